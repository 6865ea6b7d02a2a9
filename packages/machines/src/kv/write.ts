import { textOf } from './bytes.js';
import { type Draft, packedValue } from './draft.js';
import { KvError } from './errors.js';
import { spanOf } from './range.js';
import type { DeleteReply, DeleteRequest, PutReply, PutRequest } from './requests.js';
import { keyValue, type View } from './state.js';
import { find } from './tree.js';

/** Tells whether a lease is there. */
export type LeaseExists = (lease: number) => boolean;

/** Puts a key in a draft. */
export function putIn(draft: Draft, request: PutRequest): PutReply {
  const key = textOf(request.key);
  const before = find(draft.live, key);
  const value = request.ignoreValue === true && before !== undefined ? before.value : packedValue(request.value);
  const lease = request.ignoreLease === true && before !== undefined ? before.lease : (request.lease ?? 0);
  draft.put(key, value, lease);
  const { revision } = draft;
  return request.previous === true && before !== undefined
    ? { revision, previous: keyValue(key, before) }
    : { revision };
}

/** Deletes keys in a draft. */
export function deleteIn(draft: Draft, request: DeleteRequest): DeleteReply {
  const found = draft.delete(spanOf(request));
  const reply = { revision: draft.revision, deleted: found.length };
  return request.previous === true
    ? { ...reply, previous: found.map(([key, version]) => keyValue(key, version)) }
    : reply;
}

/** Refuses a put that needs a key which is not there. */
export function checkKept(view: View, { key, ignoreValue, ignoreLease }: PutRequest): void {
  if (ignoreValue !== true && ignoreLease !== true) return;
  if (find(view.live, textOf(key)) !== undefined) return;
  throw new KvError('key-not-found', 'there is no such key of which the value or the lease could be kept');
}

/** Refuses a lease that is not there. */
export function checkLease(lease: number | undefined, leaseExists: LeaseExists): void {
  if (lease === undefined || lease === 0 || leaseExists(lease)) return;
  throw new KvError('lease-not-found', `lease ${lease} is not there: it has ended, or was never granted`);
}
