/** What happens to keys, as it happens, for programs that follow it. */

import { decodeAnswer, encodeQuery, Rejection } from '@parliament/machine';
import { type Keys, type KeyValue, type KvEvent, keysWithPrefix, kv } from '@parliament/machines';
import { AskError } from '../errors.js';
import { endable } from './endable.js';
import { openRound, type Round } from './round.js';
import { checkWatched, type Watched, type WatchOptions } from './watch.js';
import type { WatchView } from './watch-requests.js';

/** What a watch of keys takes. */
export interface WatchKvOptions extends WatchOptions {
  /**
   * The first revision to be told: `next` of the last batch that was seen, to go on after it. Default: what happens from now on; with
   * `snapshot`, after that.
   */
  readonly from?: number;
  /** The keys: as of a range. Default: all. */
  readonly keys?: Keys;
  /** Whether to tell what was there before. Default: false. */
  readonly previous?: boolean;
  readonly noPuts?: boolean;
  readonly noDeletes?: boolean;
  /** Whether the keys as they are come first; so they do where what comes next was compacted. Default: false. */
  readonly snapshot?: boolean;
}

/** What happened at one revision: always all of it, as far as it was asked for. */
export interface KvBatch {
  readonly type: 'events';
  readonly revision: number;
  /** None in a batch that is there for its `next`. */
  readonly events: readonly KvEvent[];
  /** Where to go on: all that happened before this revision was told. */
  readonly next: number;
}

/** The keys as they were at a revision, which stands for all that happened up to it. */
export interface KvSnapshot {
  readonly type: 'snapshot';
  readonly revision: number;
  readonly items: readonly KeyValue[];
  /** Whether it stands for what was compacted: what is known so far is out of date. */
  readonly isReset: boolean;
  readonly next: number;
}

/** So much is asked for at a time: bytes of events, keys of a snapshot. */
const PAGE_BYTES = 256 * 1024;
const PAGE_KEYS = 256;

const WATCH_KV_OPTIONS: readonly string[] = [
  ...['from', 'progress', 'timeoutMs', 'signal'],
  ...['keys', 'previous', 'noPuts', 'noDeletes', 'snapshot'],
];

/**
 * Follows what happens to keys of a key space: revision by revision from `from` on, in order, each once, without a gap, whatever happens to
 * the nodes that tell it. The history goes back as far as it is not compacted.
 *
 * It asks only while somebody waits for a batch: who is slow costs nothing, and gets all.
 *
 * @throws Rejection, from `next`, with the code of a `KvError`: `compacted`, where what comes next is lost; its `data` has the revision
 *   (`compacted`) from which on there is something. `empty-range`, `bad-request`.
 * @throws AskError, from `next`, when no member answers.
 * @throws RangeError when an option is misspelt or out of its range.
 * @example
 * ```ts
 * import { kv } from '@parliament/machines';
 * import { propose, spawnParliament, startSystem, watchKv } from 'parliament';
 *
 * const members = { 0: 'a' };
 * const store = await spawnParliament(startSystem('a'), 'store', { machine: kv, member: 0, members, directory: './data-a' });
 *
 * const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
 * const keys = { key: bytes('jobs/'), rangeEnd: bytes('jobs0') };
 * const batches = watchKv(store, { keys, snapshot: true });
 * await propose(store, { type: 'put', key: bytes('jobs/1'), value: Uint8Array.of(1) });
 * for await (const batch of batches) {
 *   if (batch.type === 'snapshot') console.log(batch.items.length);
 *   else for (const { type, item } of batch.events) console.log(type, item.key, item.value);
 *   // What to keep, and to give as `from` after a restart.
 *   console.log(batch.next);
 * }
 * ```
 */
export function watchKv(
  parliament: Watched<typeof kv>,
  options: WatchKvOptions & { readonly snapshot: true },
): AsyncIterableIterator<KvBatch | KvSnapshot, undefined>;
export function watchKv(
  parliament: Watched<typeof kv>,
  options?: WatchKvOptions & { readonly snapshot?: false },
): AsyncIterableIterator<KvBatch, undefined>;
export function watchKv(
  parliament: Watched<typeof kv>,
  options: WatchKvOptions = {},
): AsyncIterableIterator<KvBatch | KvSnapshot, undefined> {
  const { references, timeoutMs } = checkWatched(parliament, options, WATCH_KV_OPTIONS);
  const { from, keys, signal, progress = false, snapshot = false } = options;
  const { previous = false, noPuts = false, noDeletes = false } = options;
  if (from !== undefined && !(Number.isSafeInteger(from) && from >= 1)) {
    throw new RangeError(`from: ${from} is no revision: give the next of a batch, a whole number from 1`);
  }
  for (const [name, value] of Object.entries({ progress, snapshot, previous, noPuts, noDeletes })) {
    if (typeof value !== 'boolean') throw new RangeError(`${name}: true or false`);
  }
  if (keys !== undefined && (typeof keys !== 'object' || keys === null)) throw new RangeError('keys: give an object');
  const { key, rangeEnd } = keys ?? {};
  const range = { ...(key === undefined ? {} : { key }), ...(rangeEnd === undefined ? {} : { rangeEnd }) };
  const filters = { previous, noPuts, noDeletes, bytes: PAGE_BYTES };
  const asked = {
    range,
    filters,
    pageKeys: PAGE_KEYS,
    from,
    progress,
    snapshot,
  };
  return endable(signal, (ending) => followKv(openRound(references, timeoutMs, ending), asked));
}

/** What {@link followKv} is to tell of. */
export interface FollowingKv {
  readonly range: Partial<Keys>;
  readonly filters: {
    readonly previous: boolean;
    readonly noPuts: boolean;
    readonly noDeletes: boolean;
    readonly bytes: number;
  };
  /** So many keys of a snapshot are asked for at a time. */
  readonly pageKeys: number;
  readonly from: number | undefined;
  readonly progress: boolean;
  readonly snapshot: boolean;
}

/** Follows what happens, over members of which one or the other answers. */
export async function* followKv(
  round: Round,
  { range, filters, pageKeys, from, progress, snapshot }: FollowingKv,
): AsyncGenerator<KvBatch | KvSnapshot, void> {
  const space = openSpace(round);
  let next = from;
  let isLost = next === undefined && snapshot;
  let isFirst = next === undefined;
  for (;;) {
    if (isLost) {
      const { revision, items } = await snapshotOf(space, range, pageKeys);
      const isReset = !isFirst;
      [next, isLost, isFirst] = [revision + 1, false, false];
      yield { type: 'snapshot', revision, items, isReset, next };
    }
    if (next === undefined) {
      next = (await space.ask({ type: 'status' })).revision + 1;
      if (progress) yield { type: 'events', revision: next - 1, events: [], next };
    }
    let told = next;
    try {
      const reply = await space.ask({ type: 'events', ...range, ...filters, from: next });
      for (const { revision, events } of reply.batches) {
        told = revision + 1;
        yield { type: 'events', revision, events, next: told };
      }
      // It is never less than what was asked for: of one that has not come so far yet, too, nothing is told twice.
      next = reply.next;
      if (progress && next > told) yield { type: 'events', revision: next - 1, events: [], next };
      if (next > reply.revision) space.pause();
    } catch (error) {
      if (!snapshot || !(error instanceof Rejection) || error.code !== 'compacted') throw error;
      isLost = true;
    }
  }
}

type Question = Parameters<typeof encodeQuery<typeof kv>>[1];

/** A key space that is asked at one member or another, and never as it was before the last answer. */
interface Space {
  /** @throws Rejection, AskError */
  ask<const Asked extends Question>(query: Asked): Promise<ReturnType<typeof decodeAnswer<typeof kv, Asked>>>;
  /** What is asked next is answered only when something was applied after the last answer, or some time has passed. */
  pause(): void;
}

function openSpace(round: Round): Space {
  /** What is asked is answered once every slot before it is applied. */
  let slot: number | undefined;
  async function look(query: Uint8Array): Promise<WatchView> {
    for (;;) {
      const place = slot === undefined ? {} : { place: { slot, skip: 0 } };
      const view = await round.ask({ ...place, query });
      if ('bytes' in view) return view;
      // Nothing has come there. It may elsewhere; and where it does not, how it is now is an answer, too.
      round.moveOn();
    }
  }
  return {
    async ask(query) {
      const view = await look(encodeQuery(kv, query));
      slot = view.slot + 1;
      return decodeAnswer(kv, query, view.bytes);
    },
    pause() {
      if (slot !== undefined) slot += 1;
    },
  };
}

/** All keys of a range, as they were at one revision, page by page. */
async function snapshotOf(
  space: Space,
  range: Partial<Keys>,
  pageKeys: number,
): Promise<{ readonly revision: number; readonly items: readonly KeyValue[] }> {
  const items: KeyValue[] = [];
  const first = range.key === undefined ? keysWithPrefix('') : { ...range, key: range.key };
  let keys: Keys = first;
  let limit = pageKeys;
  let revision: number | undefined;
  for (;;) {
    const at = revision === undefined ? {} : { revision };
    try {
      const page = await space.ask({ type: 'range', ...keys, ...at, limit });
      revision ??= page.revision;
      for (const item of page.items) items.push(item);
      const last = page.items.at(-1);
      if (!page.more || last === undefined) return { revision, items };
      keys = { ...first, key: following(last.key) };
    } catch (error) {
      if (error instanceof AskError && error.code === 'too-large' && limit > 1) limit = Math.ceil(limit / 4);
      else if (error instanceof Rejection && error.code === 'compacted') {
        // Compacted meanwhile: what is there now is newer.
        items.length = 0;
        [keys, revision] = [first, undefined];
      } else throw error;
    }
  }
}

/** The first key after this one. */
function following(key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(key.length + 1);
  bytes.set(key);
  return bytes;
}
