/**
 * Is a history linearizable? Is there an order of the operations, each between its call and its return, in which the machine
 * alone would have given the same answers?
 *
 * The search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993): take any operation that no other
 * one has to precede, see whether its answer fits, go on; go back where none does. Lowe ("Testing for linearizability", 2017)
 * adds the memory that makes it quick: which operations were taken, and the state they led to, need be tried once. Operations
 * on different keys are checked apart (Horn and Kroening, "Faster linearizability checking via P-compositionality", 2015).
 *
 * The question is hard in general (Gibbons and Korach, "Testing shared memories", 1997, theorem 4.1): every operation of unknown
 * outcome may double what is to be tried. Whoever knows in which order the system itself put the operations says so, and that
 * order is tried first: one that fits is a proof, and whether it fits is seen in one pass.
 */

/** One call of a client. Times in any unit, of one clock. */
export interface Operation<Input, Output> {
  readonly client: number;
  readonly input: Input;
  readonly output?: Output;
  readonly calledAt: number;
  /** Absent when the outcome is unknown: then it may take effect at any time after the call, or never. */
  readonly returnedAt?: number;
  /**
   * Where the system says that the operation took effect: after those with a lower place. It is a hint, and not believed: where
   * that order does not fit, all orders are tried. Absent when it is not known, or the operation never took effect.
   */
  readonly place?: number;
}

/** So many states are tried before {@link checkLinearizable} gives up: some hundred megabytes of memory. */
export const SEARCH_LIMIT = 2_000_000;

/** There are more orders than may be tried, and none was found so far that fits: it is not known whether there is one. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
  readonly key: string | number | undefined;
  readonly visited: number;

  constructor(key: string | number | undefined, visited: number, unknown: number) {
    const about = key === undefined ? '' : ` about key ${key}`;
    super(
      `no order was found among the first ${visited} states of the operations${about}, and the search ends there: ` +
        `${unknown} of them have an unknown outcome; give each operation its \`place\`, or the search a higher limit`,
    );
    this.key = key;
    this.visited = visited;
  }
}

type AnyOperation = Operation<unknown, unknown>;
type Stepped<State> = { readonly fits: boolean; readonly state: State };

/** What the machine does when it is alone. */
export interface Specification<State, Input, Output> {
  readonly initial: State;
  /** The state after `input`, and whether `output` is what it gives; anything fits an unknown outcome. Changes nothing. */
  readonly step: (state: State, input: Input, output: Output | undefined, returned: boolean) => Stepped<State>;
  /** The same for the same state, and for no other. */
  readonly fingerprint: (state: State) => string | number;
  /** Operations with different keys have nothing to do with one another. Default: all have. */
  readonly keyOf?: (input: Input) => string | number;
}

export type Verdict<Input, Output> =
  | { readonly linearizable: true; readonly visited: number }
  | {
      readonly linearizable: false;
      readonly key: string | number | undefined;
      /** The longest order that was found, and the operations of which none could come next. */
      readonly longest: readonly Operation<Input, Output>[];
      readonly blocked: readonly Operation<Input, Output>[];
      readonly visited: number;
    };

/**
 * Checks a history, key by key.
 *
 * @param limit how many states may be tried for one key.
 * @throws RangeError when an operation returns before it was called, or a time or a place is no number.
 * @throws Undecided when the limit is reached.
 * @example
 * ```ts
 * import { checkLinearizable, type Operation, type Specification } from '@parliament/simulator';
 *
 * type Input = { type: 'write'; value: number } | { type: 'read' };
 *
 * const register: Specification<number, Input, number> = {
 *   initial: 0,
 *   step(state, input, output, returned) {
 *     if (input.type === 'write') return { fits: true, state: input.value };
 *     return { fits: !returned || output === state, state };
 *   },
 *   fingerprint: (state) => state,
 * };
 * const history: Operation<Input, number>[] = [
 *   { client: 0, input: { type: 'write', value: 1 }, output: 1, calledAt: 0, returnedAt: 10 },
 *   { client: 1, input: { type: 'read' }, output: 0, calledAt: 20, returnedAt: 30 }, // the write was over by then
 * ];
 * console.log(checkLinearizable(register, history).linearizable); // false
 * ```
 */
export function checkLinearizable<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  limit: number = SEARCH_LIMIT,
): Verdict<Input, Output> {
  const byKey = new Map<string | number | undefined, Operation<Input, Output>[]>();
  for (const operation of history) {
    const { calledAt, returnedAt = Number.POSITIVE_INFINITY, place = 0 } = operation;
    // Written so that NaN, which is neither more nor less than anything, is refused.
    if (typeof calledAt !== 'number' || typeof returnedAt !== 'number' || !(returnedAt >= calledAt)) {
      throw new RangeError(`an operation is called at ${calledAt} and returns at ${returnedAt}`);
    }
    if (typeof place !== 'number' || Number.isNaN(place)) throw new RangeError(`an operation has the place ${place}`);
    const key = specification.keyOf?.(operation.input);
    const operations = byKey.get(key);
    if (operations === undefined) byKey.set(key, [operation]);
    else operations.push(operation);
  }
  let visited = 0;
  for (const [key, operations] of byKey) {
    // They are done nearly in the order of their returns, if at all: so `textOf` has little to say.
    operations.sort((left, right) => (left.returnedAt ?? Number.MAX_VALUE) - (right.returnedAt ?? Number.MAX_VALUE));
    if (doesPlacedOrderFit(specification, operations)) {
      visited += operations.length;
      continue;
    }
    const { order, visited: tried } = search(specification, operations, limit);
    visited += tried;
    if (order === undefined) continue;
    if (tried > limit) throw new Undecided(key, limit, operations.filter((each) => !hasReturned(each)).length);
    const longest = order.map((index) => operations[index] as Operation<Input, Output>);
    return { linearizable: false, key, longest, blocked: possibleAfter(order, operations), visited };
  }
  return { linearizable: true, visited };
}

/** Whether the order that the system itself says it has is one that answers every question. */
function doesPlacedOrderFit<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  if (operations.some((each) => hasReturned(each) && each.place === undefined)) return false;
  const placed = operations.filter(({ place }) => place !== undefined);
  placed.sort((left, right) => (left.place as number) - (right.place as number));
  let { initial: state } = specification;
  let lastCall = Number.NEGATIVE_INFINITY;
  for (const operation of placed) {
    const { input, output, calledAt, returnedAt = Number.POSITIVE_INFINITY } = operation;
    // It returned before one was called that is to come first.
    if (returnedAt < lastCall) return false;
    lastCall = Math.max(lastCall, calledAt);
    const after = specification.step(state, input, output, hasReturned(operation));
    if (!after.fits) return false;
    state = after.state;
  }
  return true;
}

/** A call or a return, in a list that is linked both ways, so that an operation is taken out and put back at once. */
interface Entry {
  readonly operation: number;
  readonly at: number;
  readonly isCall: boolean;
  readonly itsReturn?: Entry;
  before?: Entry | undefined;
  next?: Entry | undefined;
}

/**
 * Tries the orders, one operation after the other, until `limit` states were visited. Gives the longest, by index, if none that is
 * complete was found.
 */
function search<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  limit: number,
): { readonly visited: number; readonly order: readonly number[] | undefined } {
  const head = entriesOf(operations);
  const done = new Uint32Array(Math.ceil(operations.length / 32));
  const seen = new Set<string>();
  // What was taken, each with the state before it: a stack of our own, for that of the engine is too small.
  const taken: { readonly entry: Entry; readonly before: State }[] = [];
  const longest: number[] = [];
  // How many of `longest` are still taken: only the others have to be copied when a longer order is found.
  let shared = 0;
  // All that returned must have its place; what did not may have none.
  let missing = operations.filter(hasReturned).length;
  let state = specification.initial;
  let entry = head.next;
  while (missing > 0) {
    if (entry?.isCall === true) {
      const operation = operations[entry.operation] as Operation<Input, Output>;
      const after = specification.step(state, operation.input, operation.output, hasReturned(operation));
      flip(done, entry.operation);
      const memory = after.fits ? `${textOf(done)}/${specification.fingerprint(after.state)}` : undefined;
      if (memory !== undefined && !seen.has(memory)) {
        seen.add(memory);
        if (seen.size > limit) return { visited: seen.size, order: longest };
        taken.push({ entry, before: state });
        state = after.state;
        if (hasReturned(operation)) missing -= 1;
        takeOut(entry);
        entry = head.next;
      } else {
        flip(done, entry.operation);
        entry = entry.next;
      }
      continue;
    }
    // A return, which the rest would have to follow, or the end: whatever could come next was tried.
    if (taken.length > longest.length) {
      for (; shared < taken.length; shared += 1) longest[shared] = taken[shared]?.entry.operation as number;
    }
    const last = taken.pop();
    if (last === undefined) return { visited: seen.size, order: longest };
    shared = Math.min(shared, taken.length);
    flip(done, last.entry.operation);
    state = last.before;
    if (last.entry.itsReturn !== undefined) missing += 1;
    putBack(last.entry);
    entry = last.entry.next;
  }
  return { visited: seen.size, order: undefined };
}

function hasReturned({ returnedAt }: AnyOperation): boolean {
  return returnedAt !== undefined;
}

function flip(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) ^ (1 << (index & 31));
}

/** Which operations are done, as text: how many words are full from the first on, and the later words that are not empty. */
function textOf(done: Uint32Array): string {
  let index = 0;
  while (done[index] === 0xffffffff) index += 1;
  let text = `${index}`;
  for (; index < done.length; index += 1) {
    if (done[index] !== 0) text += `,${index}:${done[index]}`;
  }
  return text;
}

/** The entries in the order of time; of those at the same time, calls come first: operations that touch are concurrent. */
function entriesOf(operations: readonly AnyOperation[]): Entry {
  const entries = operations.flatMap(({ calledAt, returnedAt }, operation): Entry[] => {
    if (returnedAt === undefined) return [{ operation, at: calledAt, isCall: true }];
    const itsReturn: Entry = { operation, at: returnedAt, isCall: false };
    return [{ operation, at: calledAt, isCall: true, itsReturn }, itsReturn];
  });
  entries.sort((left, right) => left.at - right.at || Number(right.isCall) - Number(left.isCall));
  const head: Entry = { operation: -1, at: Number.NEGATIVE_INFINITY, isCall: false, next: entries[0] };
  for (const [index, entry] of entries.entries()) {
    entry.before = entries[index - 1] ?? head;
    entry.next = entries[index + 1];
  }
  return head;
}

function takeOut(call: Entry): void {
  for (const entry of [call, call.itsReturn]) {
    if (entry?.before !== undefined) entry.before.next = entry.next;
    if (entry?.next !== undefined) entry.next.before = entry.before;
  }
}

/** Undoes {@link takeOut}, in reverse: an entry that was taken out still knows its neighbours. */
function putBack(call: Entry): void {
  for (const entry of [call.itsReturn, call]) {
    if (entry?.before !== undefined) entry.before.next = entry;
    if (entry?.next !== undefined) entry.next.before = entry;
  }
}

/** The operations that could come after an order: those that no other one has to precede. */
function possibleAfter<Each extends AnyOperation>(order: readonly number[], operations: readonly Each[]): Each[] {
  const ordered = new Set(order);
  const rest = operations.filter((_, index) => !ordered.has(index));
  let firstReturn = Number.POSITIVE_INFINITY;
  for (const { returnedAt = firstReturn } of rest) firstReturn = Math.min(firstReturn, returnedAt);
  return rest.filter(({ calledAt }) => calledAt <= firstReturn);
}
