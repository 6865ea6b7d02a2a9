import type { Packed } from './bytes.js';
import { bytesOf, unpack } from './bytes.js';
import type { KeyValue } from './requests.js';
import { atOrBelow, emptyTree, find, type Tree } from './tree.js';

/** A key's value and numbers, as of one revision. Of a deleted key the version is 0. */
export interface Version {
  readonly value: Packed;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: number;
}

/** A key that is not there: all its numbers are 0. */
export const ABSENT: Version = { value: '', create: 0, mod: 0, version: 0, lease: 0 };

/** What a reader needs. */
export interface View {
  /** The newest revision: 1 when nothing was ever written. */
  readonly revision: number;
  /** The oldest revision that can be read; -1 when nothing was compacted. */
  readonly compacted: number;
  /** The newest version of each key that there is. */
  readonly live: Tree<string, Version>;
  /** Of each key the versions before, and the deletion when it is gone, by revision. */
  readonly past: Tree<string, Tree<number, Version>>;
}

/** The whole of a key space. It never changes: every write gives another one, which shares with it what is the same. */
export interface KvState extends View {
  /** The keys that changed at each revision, in order; a key changes once at most. */
  readonly changed: Tree<number, readonly string[]>;
  /** The last revision of which that has been swept out which no reader can see any more. */
  readonly swept: number;
  /** The keys that end with a lease: `leaseEntry` of both. */
  readonly leases: Tree<string, true>;
}

/** A key space without keys. */
export function emptyKv(): KvState {
  return {
    ...{ revision: 1, compacted: -1, swept: -1 },
    ...{ live: emptyTree(), past: emptyTree(), changed: emptyTree(), leases: emptyTree() },
  };
}

/** A key as it was at a revision that can be read. */
export function versionAt(view: View, key: string, revision: number): Version | undefined {
  const newest = find(view.live, key);
  if (newest !== undefined && newest.mod <= revision) return newest;
  const history = find(view.past, key);
  const version = history && atOrBelow(history, revision)?.[1];
  return version?.version === 0 ? undefined : version;
}

/** What a user sees of it. */
export function keyValue(key: string, { value, create, mod, version, lease }: Version): KeyValue {
  const numbers = { createRevision: create, modRevision: mod, version, lease };
  return { key: bytesOf(key), value: unpack(value), ...numbers };
}

/** Where a lease's keys stand among all leases' keys: together, in the order of the keys. */
export function leaseEntry(lease: number, key: string): string {
  return `${lease.toString(16).padStart(14, '0')}${key}`;
}
