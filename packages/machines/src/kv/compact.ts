import { checkCompact } from './check.js';
import { KvError } from './errors.js';
import type { CompactReply, CompactRequest } from './requests.js';
import type { KvState, Version } from './state.js';
import { countBelow, entries, find, remove, set, type Tree } from './tree.js';

/** How many changes a compaction sweeps out at once: some milliseconds. The rest is swept by later writes. */
const SWEPT_BY_COMPACT = 512;

/**
 * Gives up the history below a revision. Of each key the version stays that can be read there, and what changed there and later.
 * Readers see it at once; the memory comes free bit by bit, so that nobody waits for it.
 *
 * @throws KvError `compacted`, `future-revision`, `bad-request`
 * @example
 * ```ts
 * import { compact, emptyKv, put } from '@parliament/machines';
 *
 * const { state } = put(emptyKv(), { key: Uint8Array.of(97) });
 * console.log(compact(state, { revision: 2 }).reply); // { revision: 2, compacted: 2, unswept: 0 }
 * ```
 */
export function compact(
  state: KvState,
  request: CompactRequest,
): { readonly state: KvState; readonly reply: CompactReply } {
  checkCompact(request);
  const { revision } = request;
  const { compacted } = state;
  if (revision <= compacted) {
    throw new KvError('compacted', `revision ${revision} is compacted: it has been done up to ${compacted}`, {
      compacted,
    });
  }
  if (revision > state.revision) {
    throw new KvError('future-revision', `revision ${revision} is not there yet: the newest is ${state.revision}`, {
      revision: state.revision,
    });
  }
  const next = sweep({ ...state, compacted: revision }, SWEPT_BY_COMPACT);
  return { state: next, reply: { revision: next.revision, compacted: revision, unswept: unswept(next) } };
}

/** How many revisions hold something that no reader can see any more. */
export function unswept({ changed, compacted, swept }: KvState): number {
  const done = swept >= compacted ? 0 : find(changed, compacted) === undefined ? 0 : 1;
  return countBelow(changed, compacted) + done;
}

/** Frees what no reader can see any more: about so many changes, and no revision by halves. */
export function sweep(state: KvState, changes: number): KvState {
  let { past, changed, swept } = state;
  let done = 0;
  for (const [revision, keys] of entries(state.changed, undefined, state.compacted + 1)) {
    if (done >= changes) break;
    if (revision === state.compacted && swept === revision) break;
    for (const key of keys) past = sweptHistory(past, key, revision, revision < state.compacted);
    // What changed at the compacted revision itself can still be watched.
    if (revision < state.compacted) changed = remove(changed, revision);
    swept = revision;
    done += keys.length;
  }
  return done === 0 ? state : { ...state, past, changed, swept };
}

/** The past without what a change superseded, and without the change when it was a deletion that nobody can watch any more. */
function sweptHistory(
  past: Tree<string, Tree<number, Version>>,
  key: string,
  revision: number,
  unwatched: boolean,
): Tree<string, Tree<number, Version>> {
  let history = find(past, key);
  // Nothing is kept of a key that was put once.
  if (history === undefined) return past;
  for (const [mod, { version }] of [...entries(history, undefined, revision + 1)]) {
    if (mod < revision || (unwatched && version === 0)) history = remove(history, mod);
  }
  return history.size === 0 ? remove(past, key) : set(past, key, history);
}
