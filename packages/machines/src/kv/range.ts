import { comparePacked, textOf } from './bytes.js';
import { KvError } from './errors.js';
import type { Keys, RangeReply, RangeRequest } from './requests.js';
import { keyValue, type Version, type View, versionAt } from './state.js';
import { countBelow, entries } from './tree.js';

/** All keys from one on to another; to the end without one. */
export interface Span {
  readonly from: string;
  readonly until: string | undefined;
}

type Found = readonly [key: string, version: Version];

/** Which keys a request means. */
export function spanOf({ key, rangeEnd }: Keys): Span {
  const from = textOf(key);
  // Nothing comes between a key and that key with a zero byte behind.
  if (rangeEnd === undefined || rangeEnd.length === 0) return { from, until: `${from}\0` };
  return { from, until: rangeEnd.length === 1 && rangeEnd[0] === 0 ? undefined : textOf(rangeEnd) };
}

/** Whether it is one key. */
function isOne({ from, until }: Span): boolean {
  return until !== undefined && until.length === from.length + 1 && until.endsWith('\0') && until.startsWith(from);
}

/** Whether a key is meant. */
export function isIn({ from, until }: Span, key: string): boolean {
  return key >= from && (until === undefined || key < until);
}

/** Refuses a revision that cannot be read. Gives the one to read. */
export function readable(view: View, revision: number): number {
  const { compacted } = view;
  if (revision > view.revision) {
    throw new KvError('future-revision', `revision ${revision} is not there yet: the newest is ${view.revision}`, {
      revision: view.revision,
    });
  }
  if (revision <= 0) return view.revision;
  if (revision < compacted) {
    throw new KvError('compacted', `revision ${revision} is compacted: the oldest that can be read is ${compacted}`, {
      compacted,
    });
  }
  return revision;
}

/** Reads keys, as they are or as they were. */
export function range(view: View, request: RangeRequest): RangeReply {
  const span = spanOf(request);
  const revision = readable(view, request.revision ?? 0);
  const count = countAt(view, span, revision);
  if (request.countOnly === true || count === 0) return { revision: view.revision, items: [], more: false, count };
  const limit = Math.max(request.limit ?? 0, 0);
  // One more than the limit, to see whether there are more.
  const found = sorted(fetched(view, span, revision, request, limit === 0 ? 0 : limit + 1), request);
  const more = limit > 0 && found.length > limit;
  const items = (more ? found.slice(0, limit) : found).map(([key, version]) =>
    keyValue(key, request.keysOnly === true ? { ...version, value: '' } : version),
  );
  return { revision: view.revision, items, more, count };
}

/** Keys with what they were at a revision that can be read, in order. */
export function* foundAt(view: View, span: Span, revision: number): Generator<Found, void> {
  const { from, until } = span;
  if (isOne(span)) {
    const version = versionAt(view, from, revision);
    if (version !== undefined) yield [from, version];
    return;
  }
  if (revision === view.revision) {
    yield* entries(view.live, from, until);
    return;
  }
  const live = entries(view.live, from, until);
  const past = entries(view.past, from, until);
  let one = live.next();
  let other = past.next();
  while (one.done !== true || other.done !== true) {
    const key = lower(one.done === true ? undefined : one.value[0], other.done === true ? undefined : other.value[0]);
    const version = versionAt(view, key, revision);
    if (version !== undefined) yield [key, version];
    if (one.done !== true && one.value[0] === key) one = live.next();
    if (other.done !== true && other.value[0] === key) other = past.next();
  }
}

function lower(one: string | undefined, other: string | undefined): string {
  if (one === undefined || (other !== undefined && other < one)) return other as string;
  return one;
}

function countAt(view: View, span: Span, revision: number): number {
  if (isOne(span)) return versionAt(view, span.from, revision) === undefined ? 0 : 1;
  if (revision === view.revision) {
    const end = span.until === undefined ? view.live.size : countBelow(view.live, span.until);
    return Math.max(end - countBelow(view.live, span.from), 0);
  }
  let count = 0;
  for (const _ of foundAt(view, span, revision)) count += 1;
  return count;
}

/** What is to be sorted and cut: no more than that takes. */
function fetched(view: View, span: Span, revision: number, request: RangeRequest, limit: number): Found[] {
  const keep = filterOf(request);
  const cut = limit > 0 && isCutFirst(request);
  const found: Found[] = [];
  for (const each of foundAt(view, span, revision)) {
    if (!keep(each[1])) continue;
    found.push(each);
    if (cut && found.length === limit) break;
  }
  return found;
}

/**
 * Whether the limit cuts in the order of the keys. With another target it does so only where neither an order nor a filter is asked for:
 * the first keys are sorted then, not the first of all that are sorted. That is how etcd does it.
 */
function isCutFirst({ order = 'none', target = 'key', ...rest }: RangeRequest): boolean {
  if (target === 'key') return order !== 'descend';
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = rest;
  const filters = [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision];
  return order === 'none' && filters.every((revision) => revision === 0);
}

function filterOf(request: RangeRequest): (version: Version) => boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  return ({ mod, create }) =>
    (maxModRevision === 0 || mod <= maxModRevision) &&
    (minModRevision === 0 || mod >= minModRevision) &&
    (maxCreateRevision === 0 || create <= maxCreateRevision) &&
    (minCreateRevision === 0 || create >= minCreateRevision);
}

function sorted(found: readonly Found[], { order = 'none', target = 'key' }: RangeRequest): readonly Found[] {
  if (target === 'key') return order === 'descend' ? found.toReversed() : found;
  const sign = order === 'descend' ? -1 : 1;
  // Stable: equal ones stay in the order of their keys.
  return found.toSorted(([, one], [, other]) => sign * difference(target, one, other));
}

function difference(target: 'version' | 'create' | 'mod' | 'value', one: Version, other: Version): number {
  return target === 'value' ? comparePacked(one.value, other.value) : one[target] - other[target];
}
