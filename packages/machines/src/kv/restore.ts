import { damaged, Octets, OctetsReader } from './octets.js';
import { FORMAT } from './snapshot.js';
import { type KvState, leaseEntry, type Version } from './state.js';
import { emptyTree, set, type Tree, TreeBuilder } from './tree.js';

/** A snapshot that comes in chunks of any size. */
export interface Restoring {
  /** Takes the next chunk. */
  take(chunk: Uint8Array): void;
  /** The key space, once all chunks are there. */
  state(): KvState;
}

interface Head {
  readonly revision: number;
  readonly compacted: number;
  readonly swept: number;
  readonly live: number;
  readonly past: number;
  readonly changed: number;
}

/** Makes a key space of the chunks of a snapshot. @throws KvError `damaged-snapshot` */
export function restore(chunks: Iterable<Uint8Array>): KvState {
  const restoring = startRestoring();
  for (const chunk of chunks) restoring.take(chunk);
  return restoring.state();
}

/** The same, chunk by chunk, with others' turns between. */
export function startRestoring(): Restoring {
  /** What has come of a record that is not complete. */
  const rest = new Octets();
  const building = startBuilding();
  return {
    take(chunk) {
      rest.append(chunk);
      const reader = new OctetsReader(rest.all());
      let whole = 0;
      for (let record = nextRecord(reader); record !== undefined; record = nextRecord(reader)) {
        building.add(new OctetsReader(record));
        whole = reader.at;
      }
      rest.drop(whole);
    },
    state() {
      if (rest.length > 0) throw damaged('its last record is cut off');
      return building.state();
    },
  };
}

/** The next record, when it has come as a whole. */
function nextRecord(reader: OctetsReader): Uint8Array | undefined {
  const length = reader.wholeNumber();
  return length === undefined ? undefined : reader.piece(length);
}

interface Building {
  add(record: OctetsReader): void;
  state(): KvState;
}

function startBuilding(): Building {
  let head: Head | undefined;
  let leases: Tree<string, true> = emptyTree();
  const live = new TreeBuilder<string, Version>();
  const past = new TreeBuilder<string, Tree<number, Version>>();
  const changed = new TreeBuilder<number, readonly string[]>();
  return {
    add(record) {
      if (head === undefined) head = readHead(record);
      else if (live.size < head.live) {
        const key = readKey(record);
        const version = readVersion(record, head);
        if (version.version === 0) throw damaged('a key is there that was deleted');
        live.add(above(live.last, key), version);
        if (version.lease !== 0) leases = set(leases, leaseEntry(version.lease, key), true);
      } else if (past.size < head.past) past.add(above(past.last, readKey(record)), readHistory(record, head));
      else if (changed.size < head.changed)
        changed.add(above(changed.last, readRevision(record, head)), readKeys(record));
      else throw damaged('it is longer than its head says');
      if (record.left > 0) throw damaged('a record is longer than what is in it');
    },
    state() {
      if (head === undefined || live.size < head.live || past.size < head.past || changed.size < head.changed) {
        throw damaged('its end is missing');
      }
      const { revision, compacted, swept } = head;
      return { revision, compacted, swept, live: live.tree(), past: past.tree(), changed: changed.tree(), leases };
    },
  };
}

function readHead(record: OctetsReader): Head {
  const format = record.number();
  if (format !== FORMAT) {
    throw damaged(`its format is ${format}, and this version of @parliament/machines reads ${FORMAT}`);
  }
  const [revision, compacted, swept] = [record.number(), record.number() - 1, record.number() - 1];
  if (revision < 1 || compacted > revision || swept > compacted) throw damaged('its revisions do not fit together');
  return { revision, compacted, swept, live: record.number(), past: record.number(), changed: record.number() };
}

function readHistory(record: OctetsReader, head: Head): Tree<number, Version> {
  const builder = new TreeBuilder<number, Version>();
  for (const version of readList(record, () => readVersion(record, head)))
    builder.add(above(builder.last, version.mod), version);
  if (builder.size === 0) throw damaged('a key has no history');
  return builder.tree();
}

function readKeys(record: OctetsReader): readonly string[] {
  const keys = readList(record, () => readKey(record));
  if (keys.length === 0) throw damaged('nothing changed at a revision');
  return keys;
}

function readKey(record: OctetsReader): string {
  const key = record.text();
  if (key === '') throw damaged('a key has no bytes');
  return key;
}

/** That of a change. */
function readRevision(record: OctetsReader, { revision }: Head): number {
  const number = record.number();
  if (number < 2 || number > revision) throw damaged('something changed at a revision that there was not');
  return number;
}

function above<K extends string | number>(last: K | undefined, key: K): K {
  if (last !== undefined && key <= last) throw damaged('its records are not in order');
  return key;
}

function readVersion(record: OctetsReader, head: Head): Version {
  const create = record.number();
  const mod = readRevision(record, head);
  const [version, lease] = [record.number(), record.number()];
  const value = record.packed();
  // Of a deleted key there is nothing but the revision.
  const isSound = version === 0 ? create === 0 && lease === 0 && value.length === 0 : create >= 2 && create <= mod;
  if (!isSound) throw damaged('the numbers of a key do not fit together');
  return { value, create, mod, version, lease };
}

function readList<T>(record: OctetsReader, read: () => T): T[] {
  const list: T[] = [];
  for (let left = record.number(); left > 0; left -= 1) list.push(read());
  return list;
}
