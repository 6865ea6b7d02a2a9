import { bytesOf } from './bytes.js';
import { Draft } from './draft.js';
import { type KvState, leaseEntry } from './state.js';
import { entries } from './tree.js';

/** The keys that end with a lease, in order. */
export function keysOfLease(state: KvState, lease: number): readonly Uint8Array[] {
  return textsOfLease(state, lease).map(bytesOf);
}

/** Deletes the keys that end with a lease, all at one revision. */
export function endLease(state: KvState, lease: number): { readonly state: KvState; readonly deleted: number } {
  const draft = new Draft(state);
  const keys = textsOfLease(state, lease);
  for (const key of keys) draft.delete({ from: key, until: `${key}\0` });
  return { state: draft.state(), deleted: keys.length };
}

function textsOfLease({ leases }: KvState, lease: number): string[] {
  const prefix = leaseEntry(lease, '');
  return Array.from(entries(leases, prefix, leaseEntry(lease + 1, '')), ([entry]) => entry.slice(prefix.length));
}
