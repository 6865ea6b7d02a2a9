import { bytesOf } from './bytes.js';
import { checkEvents } from './check.js';
import { KvError } from './errors.js';
import { isIn, type Span, spanOf } from './range.js';
import type { EventsReply, EventsRequest, KvEvent, KvEvents } from './requests.js';
import { type KvState, keyValue, type Version, versionAt } from './state.js';
import { entries, find } from './tree.js';

/** How many changes are gone through at most when nobody says. */
const CHANGES = 1_000;

/** How many bytes are told at most when nobody says. */
const BYTES = 1_024 * 1_024;

/**
 * Tells what happened from a revision on: in order, no revision by halves. Of the compacted revision itself it still tells; further back
 * the history has a hole, and it refuses.
 *
 * @throws KvError `compacted`, `empty-range`, `bad-request`
 * @example
 * ```ts
 * import { emptyKv, eventsSince, put } from '@parliament/machines';
 *
 * const { state } = put(emptyKv(), { key: Uint8Array.of(97) });
 * const { batches, next } = eventsSince(state, { from: 2, previous: true });
 * console.log(batches.length, next); // 1 3
 * ```
 */
export function eventsSince(state: KvState, request: EventsRequest): EventsReply {
  checkEvents(request);
  const { from, limit = CHANGES, bytes = BYTES } = request;
  const span = watched(request);
  const { revision, compacted } = state;
  if (from < compacted || from < 0) {
    const oldest = Math.max(compacted, 0);
    throw new KvError('compacted', `revision ${from} is compacted: what happened is known from ${oldest} on`, {
      compacted: oldest,
      revision,
    });
  }
  const batches: KvEvents[] = [];
  let gone = 0;
  let told = 0;
  for (const [at, keys] of entries(state.changed, from)) {
    if (gone >= limit || told >= bytes) return { revision, batches, next: at };
    gone += keys.length;
    const events = keys.flatMap((key) => (isIn(span, key) ? eventOf(state, key, at, request) : []));
    told += events.reduce((sum, event) => sum + bytesOfEvent(event), 0);
    if (events.length > 0) batches.push({ revision: at, events });
  }
  return { revision, batches, next: Math.max(from, revision + 1) };
}

/** The empty key stands for the first one, as in etcd's watches. */
function watched({ key, rangeEnd }: EventsRequest): Span {
  if (key === undefined) return { from: '', until: undefined };
  const span = spanOf({
    key: key.length === 0 ? Uint8Array.of(0) : key,
    ...(rangeEnd === undefined ? {} : { rangeEnd }),
  });
  if (span.until === undefined || span.from < span.until) return span;
  throw new KvError('empty-range', 'no key is in the range: its end must come after its key');
}

function eventOf(state: KvState, key: string, revision: number, request: EventsRequest): KvEvent[] {
  const version = changeAt(state, key, revision);
  const isDelete = version.version === 0;
  if (isDelete ? request.noDeletes === true : request.noPuts === true) return [];
  const event: KvEvent = isDelete
    ? { type: 'delete', item: deletedItem(key, revision) }
    : { type: 'put', item: keyValue(key, version) };
  if (request.previous !== true || revision - 1 < state.compacted) return [event];
  const before = versionAt(state, key, revision - 1);
  return [before === undefined ? event : { ...event, previous: keyValue(key, before) }];
}

/** What a key became at a revision at which it changed. */
function changeAt({ live, past }: KvState, key: string, revision: number): Version {
  const newest = find(live, key);
  if (newest?.mod === revision) return newest;
  const history = find(past, key);
  const version = history && find(history, revision);
  if (version === undefined) throw new Error(`a change at revision ${revision} is not kept`);
  return version;
}

function bytesOfEvent({ item, previous }: KvEvent): number {
  return (
    item.key.length + item.value.length + (previous === undefined ? 0 : previous.key.length + previous.value.length)
  );
}

function deletedItem(key: string, revision: number): KvEvent['item'] {
  const none = { value: new Uint8Array(0), createRevision: 0, version: 0, lease: 0 };
  return { key: bytesOf(key), modRevision: revision, ...none };
}
