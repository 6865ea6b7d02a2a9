/** The disk of one member: what was appended, and how much of it a crash leaves. */

import { type Ballot, type DurableRecord, NO_BALLOT, type Slot } from '@parliament/synod';

export class SimulatedDisk {
  readonly #records: DurableRecord[] = [];
  #synced = 0;
  #promised: Ballot = NO_BALLOT;
  readonly #votes = new Set<string>();
  #brokenPromise: string | undefined;
  /** Goes up with every crash: a sync that was under way then never ends. */
  #life = 0;

  /** Appends records. Gives what to call when the sync that covers them is done; false: it was lost in a crash. */
  append(records: readonly DurableRecord[]): () => boolean {
    this.#records.push(...records);
    const covered = this.#records.length;
    const life = this.#life;
    return () => {
      if (life !== this.#life) return false;
      this.#advance(covered);
      return true;
    };
  }

  /** Loses everything that was not synced, but for the first `kept` of those records: the disk may have got that far. */
  crash(kept: number): void {
    this.#life += 1;
    this.#records.length = Math.min(this.#records.length, this.#synced + kept);
    this.#advance(this.#records.length);
  }

  /** The highest ballot that is durably promised, by a promise or by a vote. */
  get promised(): Ballot {
    return this.#promised;
  }

  /** A vote below a promise that stood before it, if there is one. */
  get brokenPromise(): string | undefined {
    return this.#brokenPromise;
  }

  /** Whether that vote is durable. */
  hasVote(slot: Slot, ballot: Ballot): boolean {
    return this.#votes.has(`${slot}@${ballot}`);
  }

  get unsynced(): number {
    return this.#records.length - this.#synced;
  }

  #advance(synced: number): void {
    for (; this.#synced < synced; this.#synced++) {
      const record = this.#records[this.#synced] as DurableRecord;
      if (record.type === 'voted') {
        if (record.ballot < this.#promised) {
          this.#brokenPromise ??= `a vote at ballot ${record.ballot} after a promise of ${this.#promised}`;
        }
        this.#votes.add(`${record.slot}@${record.ballot}`);
      }
      if (record.type === 'voted' || record.type === 'promised') {
        this.#promised = Math.max(this.#promised, record.ballot);
      }
    }
  }

  /** What a recovery reads. */
  *durable(): Generator<DurableRecord> {
    for (let index = 0; index < this.#synced; index++) yield this.#records[index] as DurableRecord;
  }
}
