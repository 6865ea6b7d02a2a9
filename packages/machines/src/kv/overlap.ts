import { textOf } from './bytes.js';
import { KvError } from './errors.js';
import { type Span, spanOf } from './range.js';
import type { Operation } from './requests.js';
import { atOrBelow, emptyTree, entries, find, remove, set, type Tree } from './tree.js';

/** What steps may write. In trees, as nested transactions may have very many: none is compared with all others. */
interface Writes {
  readonly puts: Tree<string, true>;
  /** What is deleted: ranges that do not overlap, by their first key. */
  readonly deletes: Tree<string, Span>;
}

const NOTHING: Writes = { puts: emptyTree(), deletes: emptyTree() };

/**
 * Refuses steps that could change one key twice in one way through their branches: two puts of it, or a put and a deletion, whichever
 * comes first. So a key changes once at most at a revision. Two deletions may overlap: the second finds nothing.
 */
export function checkOverlap(operations: readonly Operation[]): void {
  writesOfAll(operations);
}

function writesOfAll(operations: readonly Operation[]): Writes {
  let before = NOTHING;
  for (const operation of operations) {
    const writes = writesOf(operation);
    for (const [key] of entries(writes.puts)) {
      if (find(before.puts, key) !== undefined || isDeleted(before.deletes, key)) throw duplicate();
    }
    for (const [, { from, until }] of entries(writes.deletes)) {
      if (entries(before.puts, from, until).next().done !== true) throw duplicate();
    }
    before = both(before, writes);
  }
  return before;
}

function writesOf(operation: Operation): Writes {
  switch (operation.type) {
    case 'range':
      return NOTHING;
    case 'put':
      return { ...NOTHING, puts: set(NOTHING.puts, textOf(operation.key), true) };
    case 'delete':
      return { ...NOTHING, deletes: covering(NOTHING.deletes, spanOf(operation)) };
    case 'txn':
      // Only one of both branches is taken, whichever it is: what is in both does not collide.
      return both(writesOfAll(operation.then ?? []), writesOfAll(operation.else ?? []));
  }
}

function both(one: Writes, other: Writes): Writes {
  let { puts, deletes } = one;
  for (const [key] of entries(other.puts)) puts = set(puts, key, true);
  for (const [, span] of entries(other.deletes)) deletes = covering(deletes, span);
  return { puts, deletes };
}

function isDeleted(deletes: Tree<string, Span>, key: string): boolean {
  const span = atOrBelow(deletes, key)?.[1];
  return span !== undefined && reaches(span.until, key);
}

/** The ranges with one more, joined with those that it overlaps. */
function covering(ranges: Tree<string, Span>, { from, until }: Span): Tree<string, Span> {
  if (!reaches(until, from)) return ranges;
  const left = atOrBelow(ranges, from)?.[1];
  const first = left !== undefined && reaches(left.until, from) ? left.from : from;
  let all = ranges;
  let end = until;
  for (const [start, span] of entries(ranges, first, until)) {
    all = remove(all, start);
    if (end !== undefined && reaches(span.until, end)) end = span.until;
  }
  return set(all, first, { from: first, until: end });
}

/** Whether a range's end is above a key. */
function reaches(until: string | undefined, key: string): boolean {
  return until === undefined || until > key;
}

function duplicate(): KvError {
  return new KvError(
    'duplicate-key',
    'a key may be changed once only in a transaction: it is put twice, or put and deleted',
  );
}
