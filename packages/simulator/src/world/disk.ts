/** The disk of one member: what was appended, and how much of it a crash leaves. */

import { type Ballot, type DurableRecord, NO_BALLOT, type Slot, type Snapshot, trimRecords } from '@parliament/synod';

/** What a restarted member finds. */
export type Found =
  | { readonly type: 'records'; readonly records: readonly DurableRecord[] }
  /** Not what was written, and the disk knows: this member must not vote. */
  | { readonly type: 'damaged'; readonly reason: string };

/** What becomes of an append: it is durable, it was lost in a crash, or the disk says that it failed. */
export type SyncResult = 'done' | 'lost' | 'failed';

/** Any disk of a member. */
export interface Disk {
  /** Appends records. Gives what to call when the sync that covers them ends. */
  append(records: readonly DurableRecord[]): () => SyncResult;
  /**
   * Puts a snapshot in place of what it stands for, once it and all before it is synced. Gives what to call when that is so;
   * until then the disk is as it was.
   */
  trim(snapshot: Snapshot): () => SyncResult;
  /** Loses everything that was not synced, but for a part that the disk may have got. `chance` gives numbers from 0 to 1. */
  crash(chance: () => number): void;
  recover(): Found;
  /** Whether it has no room left. What is appended all the same fails. */
  readonly isFull: boolean;
  /** All that was appended, synced or not. */
  readonly records: readonly DurableRecord[];
  /** Counts what is durable, trimmed or not: it never goes back, unless an old copy is put in the place of the disk. */
  readonly position: number;
  /** A copy of what is durable, as a backup has it. */
  copy(): Disk;
  /** The highest ballot that is durably promised, by a promise or by a vote. */
  readonly promised: Ballot;
  /** A vote below a promise that stood before it, if there is one. */
  readonly brokenPromise: string | undefined;
  /** By slot, the ballot of the latest durable vote, as far as it was not trimmed. */
  readonly votes: ReadonlyMap<Slot, Ballot>;
  /** Whether a vote is, or was, durable. */
  hasVote(slot: Slot, ballot: Ballot): boolean;
}

/** Remembers what is durable as records, and keeps an eye on promises: rule 1 and rule 2 are about disks. */
export class RecordDisk implements Disk {
  readonly isFull = false;
  #records: DurableRecord[];
  #synced: number;
  #promised: Ballot = NO_BALLOT;
  readonly #votes = new Map<Slot, Ballot>();
  #brokenPromise: string | undefined;
  /** Goes up with every crash: a sync that was under way then never ends. */
  #life = 0;
  /** Records that were trimmed away: positions count on. */
  #trimmed = 0;
  #trimmedUpTo: Slot = 0;
  readonly #onDurable: (record: DurableRecord) => void;

  /** @param onDurable is told of every promise and vote that becomes durable. */
  constructor(records: readonly DurableRecord[], onDurable: (record: DurableRecord) => void = () => {}) {
    this.#records = [...records];
    this.#synced = records.length;
    this.#onDurable = onDurable;
  }

  append(records: readonly DurableRecord[]): () => SyncResult {
    for (const record of records) this.#records.push(record);
    const covered = this.#trimmed + this.#records.length;
    const life = this.#life;
    return () => {
      if (life !== this.#life) return 'lost';
      this.#advance(covered - this.#trimmed);
      return 'done';
    };
  }

  trim(snapshot: Snapshot): () => SyncResult {
    const sync = this.append([]);
    return () => {
      const result = sync();
      if (result !== 'done') return result;
      const kept = trimRecords(this.#records.slice(0, this.#synced), snapshot);
      this.#trimmed += this.#synced - kept.length;
      this.#records = [...kept, ...this.#records.slice(this.#synced)];
      this.#synced = kept.length;
      this.#trimmedUpTo = Math.max(this.#trimmedUpTo, snapshot.slot);
      for (const slot of this.#votes.keys()) if (slot <= snapshot.slot) this.#votes.delete(slot);
      return 'done';
    };
  }

  crash(chance: () => number): void {
    this.#life += 1;
    const unsynced = this.#records.length - this.#synced;
    this.#records.length = this.#synced + Math.floor(chance() * (unsynced + 1));
    this.#advance(this.#records.length);
  }

  recover(): Found {
    return { type: 'records', records: this.#records.slice(0, this.#synced) };
  }

  copy(): RecordDisk {
    const copy = new RecordDisk(this.#records.slice(0, this.#synced));
    // Not from the records: what trimming has kept does not stand in the order in which it was written.
    copy.#promised = this.#promised;
    for (const [slot, ballot] of this.#votes) copy.#votes.set(slot, ballot);
    copy.#brokenPromise = this.#brokenPromise;
    copy.#trimmed = this.#trimmed;
    copy.#trimmedUpTo = this.#trimmedUpTo;
    return copy;
  }

  /** All records, and how many of them are synced. */
  get records(): readonly DurableRecord[] {
    return this.#records;
  }

  get synced(): number {
    return this.#synced;
  }

  get position(): number {
    return this.#trimmed + this.#synced;
  }

  get promised(): Ballot {
    return this.#promised;
  }

  get brokenPromise(): string | undefined {
    return this.#brokenPromise;
  }

  get votes(): ReadonlyMap<Slot, Ballot> {
    return this.#votes;
  }

  hasVote(slot: Slot, ballot: Ballot): boolean {
    // The latest vote covers earlier ones, which may be told late; a trimmed one was durable before.
    const latest = this.#votes.get(slot);
    return latest === undefined ? slot <= this.#trimmedUpTo : latest >= ballot;
  }

  #advance(synced: number): void {
    for (; this.#synced < synced; this.#synced++) {
      const record = this.#records[this.#synced] as DurableRecord;
      if (record.type === 'voted') {
        if (record.ballot < this.#promised) {
          this.#brokenPromise ??= `a vote at ballot ${record.ballot} after a promise of ${this.#promised}`;
        }
        this.#votes.set(record.slot, record.ballot);
      }
      if (record.type === 'voted' || record.type === 'promised') {
        this.#promised = Math.max(this.#promised, record.ballot);
        this.#onDurable(record);
      }
    }
  }
}
