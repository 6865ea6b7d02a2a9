/**
 * Is a history linearizable? Is there an order of the operations, each between its call and its return, in which the machine
 * alone would have given the same answers?
 *
 * The search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993): take any operation that no other
 * one has to precede, see whether its answer fits, go on; go back where none does. Lowe ("Testing for linearizability", 2017)
 * adds the memory that makes it quick: which operations were taken, and the state they led to, need be tried once. Operations
 * on different keys are checked apart (Horn and Kroening, "Faster linearizability checking via P-compositionality", 2015).
 */

/** One call of a client. Times in any unit, of one clock. */
export interface Operation<Input, Output> {
  readonly client: number;
  readonly input: Input;
  readonly output?: Output;
  readonly calledAt: number;
  /** Absent when the outcome is unknown: then it may take effect at any time after the call, or never. */
  readonly returnedAt?: number;
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
 * @throws RangeError when an operation returns before it was called, or a time is no number.
 */
export function checkLinearizable<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): Verdict<Input, Output> {
  const byKey = new Map<string | number | undefined, Operation<Input, Output>[]>();
  for (const operation of history) {
    const { calledAt, returnedAt = Number.POSITIVE_INFINITY } = operation;
    // Written so that NaN, which is neither more nor less than anything, is refused.
    if (typeof calledAt !== 'number' || typeof returnedAt !== 'number' || !(returnedAt >= calledAt)) {
      throw new RangeError(`an operation is called at ${calledAt} and returns at ${returnedAt}`);
    }
    const key = specification.keyOf?.(operation.input);
    const operations = byKey.get(key);
    if (operations === undefined) byKey.set(key, [operation]);
    else operations.push(operation);
  }
  let visited = 0;
  for (const [key, operations] of byKey) {
    // They are done nearly in the order of their returns, if at all: so `textOf` has little to say.
    operations.sort((left, right) => (left.returnedAt ?? Number.MAX_VALUE) - (right.returnedAt ?? Number.MAX_VALUE));
    const { order, visited: tried } = search(specification, operations);
    visited += tried;
    if (order === undefined) continue;
    const longest = order.map((index) => operations[index] as Operation<Input, Output>);
    return { linearizable: false, key, longest, blocked: possibleAfter(order, operations), visited };
  }
  return { linearizable: true, visited };
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

/** Tries the orders, one operation after the other. Gives the longest, by index, if none is complete. */
function search<State, Input, Output>(
  specification: Specification<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
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
