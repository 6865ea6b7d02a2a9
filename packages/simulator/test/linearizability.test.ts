import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkLinearizable,
  type Operation,
  type Specification,
  Undecided,
  type Verdict,
} from '../src/linearizability.js';

/** A register: `write` gives 'ok', `read` gives the value, and at first there is 0. */
type Input = { readonly type: 'read'; readonly key?: string } | Write;
type Write = { readonly type: 'write'; readonly value: number; readonly key?: string };
type Output = number | 'ok';
type Call = Operation<Input, Output>;

const register: Specification<number, Input, Output> = {
  initial: 0,
  step: (state, input, output, returned) =>
    input.type === 'write'
      ? { fits: !returned || output === 'ok', state: input.value }
      : { fits: !returned || output === state, state },
  fingerprint: (state) => state,
};
const registersByKey: Specification<number, Input, Output> = { ...register, keyOf: ({ key = '' }) => key };

const write = (value: number, calledAt: number, returnedAt: number, key = ''): Call => {
  return { client: value, input: { type: 'write', value, key }, output: 'ok', calledAt, returnedAt };
};
const read = (output: number, calledAt: number, returnedAt: number, key = ''): Call => {
  return { client: 100, input: { type: 'read', key }, output, calledAt, returnedAt };
};
const unknownWrite = (value: number, calledAt: number, key = ''): Call => {
  return { client: value, input: { type: 'write', value, key }, calledAt };
};
const unknownRead = (calledAt: number): Call => ({ client: 100, input: { type: 'read' }, calledAt });

describe('a history is linearizable', () => {
  it.each<[string, Call[]]>([
    ['when it is empty', []],
    ['when nothing in it returned', [unknownWrite(1, 0), unknownRead(0)]],
    ['when reads give what was written last', [write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7)]],
    ['whatever the order in which it is listed', [read(2, 6, 7), write(2, 4, 5), read(1, 2, 3), write(1, 0, 1)]],
    ['when a read during a write gives the old value', [write(1, 0, 9), read(0, 2, 3)]],
    ['when a read during a write gives the new value', [write(1, 0, 9), read(1, 2, 3)]],
    [
      'when one read during a write gives the old value, the next the new',
      [write(1, 0, 9), read(0, 1, 2), read(1, 3, 4)],
    ],
    ['when the first of two concurrent writes is last', [write(1, 0, 5), write(2, 1, 4), read(1, 6, 7)]],
    ['when the second of two concurrent writes is last', [write(1, 0, 5), write(2, 1, 4), read(2, 6, 7)]],
    ['when an unknown write shows up later', [unknownWrite(1, 0), read(0, 2, 3), read(0, 4, 5), read(1, 6, 7)]],
    ['when an unknown write never shows', [unknownWrite(1, 0), read(0, 2, 3), write(2, 4, 5), read(2, 6, 7)]],
    ['when an unknown write overtakes a later one', [unknownWrite(1, 0), write(2, 4, 5), read(2, 6, 7), read(1, 8, 9)]],
    ['when an unknown read says nothing', [unknownRead(0), write(1, 1, 2), read(1, 3, 4)]],
    ['when a read returns at the time of a call of a write that it saw', [read(1, 0, 2), write(1, 2, 4)]],
    ['when a read called at the time of a return saw the old value', [write(1, 0, 2), read(0, 2, 4)]],
    ['when operations take no time, and are at the same time', [read(1, 3, 3), write(1, 3, 3), read(0, 3, 3)]],
  ])('%s', (_, history) => {
    expect(checkLinearizable(register, history)).toEqual({ linearizable: true, visited: expect.any(Number) });
  });
});

describe('a history is not linearizable', () => {
  it.each<[string, Call[]]>([
    ['when a read is stale', [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['when a read is from the future', [read(1, 0, 1), write(1, 2, 3)]],
    ['when an unknown write shows before its call', [read(1, 0, 1), unknownWrite(1, 2)]],
    ['when a write is lost', [write(1, 0, 1), read(0, 2, 3)]],
    ['when a read gives what nobody wrote', [write(1, 0, 9), read(2, 1, 2)]],
    [
      'when one read during a write gives the new value, the next the old',
      [write(1, 0, 9), read(1, 1, 2), read(0, 3, 4)],
    ],
    [
      'when two readers see two writes in different orders',
      [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13)],
    ],
    [
      'when an unknown write shows twice',
      [unknownWrite(1, 0), read(1, 1, 2), write(2, 3, 4), read(2, 5, 6), read(1, 7, 8)].concat(
        write(2, 9, 10),
        read(1, 11, 12),
      ),
    ],
    ['when an unknown write that showed is gone', [unknownWrite(1, 0), read(1, 2, 3), read(0, 4, 5)]],
    ['when an instant separates a write and the read that missed it', [write(1, 3, 3), read(0, 3.5, 3.5)]],
  ])('%s', (_, history) => {
    expect(checkLinearizable(register, history).linearizable).toBe(false);
  });

  it('and the verdict names the longest order and what could not come next', () => {
    const [first, second, stale, later] = [write(1, 0, 1), write(2, 2, 3), read(1, 4, 7), read(2, 8, 9)];
    const verdict = refusal(checkLinearizable(register, [later, stale, second, first]));
    expect(verdict).toMatchObject({ key: undefined, longest: [first, second], blocked: [stale] });
  });

  it('and the verdict names every concurrent operation that was tried', () => {
    const calls = [read(7, 0, 5), read(8, 1, 4), read(0, 6, 7)];
    const { longest, blocked } = refusal(checkLinearizable(register, calls));
    expect(longest).toEqual([]);
    expect(new Set(blocked)).toEqual(new Set(calls.slice(0, 2)));
  });

  it('and an operation that is listed twice counts twice', () => {
    const only = read(0, 0, 1);
    const once: Specification<number, Input, Output> = {
      ...register,
      step: (state) => ({ fits: state === 0, state: state + 1 }),
    };
    expect(refusal(checkLinearizable(once, [only, only]))).toMatchObject({ longest: [only], blocked: [only] });
  });
});

describe('operations on different keys', () => {
  const ofTwoKeys = [
    write(1, 0, 1, 'a'),
    read(0, 2, 3, 'b'),
    write(2, 4, 5, 'b'),
    read(1, 6, 7, 'a'),
    read(2, 6, 7, 'b'),
  ];

  it('do not influence one another', () => {
    expect(checkLinearizable(registersByKey, ofTwoKeys).linearizable).toBe(true);
    expect(checkLinearizable(register, ofTwoKeys).linearizable).toBe(false);
  });

  it('are blamed by key', () => {
    const lost = read(0, 8, 9, 'b');
    const verdict = refusal(checkLinearizable(registersByKey, [...ofTwoKeys, lost]));
    expect(verdict).toMatchObject({ key: 'b', longest: [ofTwoKeys[1], ofTwoKeys[2], ofTwoKeys[4]], blocked: [lost] });
  });

  it('are tried apart: the orders of one are not multiplied by those of another', () => {
    const concurrent = (key: string) => [1, 2, 3, 4, 5, 6].map((value) => write(value, 0, 9, key));
    const refused = (key: string) => [...concurrent(key), read(7, 10, 11, key)];
    const one = refusal(checkLinearizable(registersByKey, refused('a'))).visited;
    const passed = checkLinearizable(registersByKey, concurrent('b')).visited;
    const both = refusal(checkLinearizable(registersByKey, [...concurrent('b'), ...refused('a')])).visited;
    expect(both).toBe(one + passed);
  });
});

describe('a time that cannot be', () => {
  it.each<[string, Call]>([
    ['a return before the call', read(0, 2, 1)],
    ['a call at NaN', read(0, Number.NaN, 1)],
    ['an unknown call at NaN', unknownWrite(1, Number.NaN)],
    ['a return at NaN', read(0, 1, Number.NaN)],
    ['a call that is no number', read(0, '1' as unknown as number, 2)],
    ['a return that is no number', read(0, 1, '2' as unknown as number)],
    ['a return that is null', read(0, -1, null as unknown as number)],
  ])('is refused: %s', (_, operation) => {
    expect(() => checkLinearizable(register, [write(1, 0, 1), operation])).toThrow(RangeError);
  });
});

it('of a long history, what was tried is not mistaken for the like of it 32 operations later', () => {
  // Whoever reads 0 leaves 1. Such a read and a write of 1 lead to the same state, but only the read has to be first.
  const toggle: Specification<number, Input, Output> = {
    ...register,
    step: (state, input, output) =>
      input.type === 'write' ? { fits: true, state: input.value } : { fits: output === state, state: 1 },
  };
  const between = Array.from({ length: 31 }, (_, index) => read(1, index + 2, index + 2.5));
  const history = [write(1, 0, 1), ...between, read(0, 0, 40)];
  expect(checkLinearizable(toggle, history).linearizable).toBe(true);
});

it('the history, its operations and the states are left as they were', () => {
  const history = Object.freeze([read(1, 4, 5), unknownWrite(2, 3), write(1, 0, 1)].map((each) => Object.freeze(each)));
  expect(checkLinearizable(register, history).linearizable).toBe(true);
  expect(history.map(({ calledAt }) => calledAt)).toEqual([4, 3, 0]);
});

describe('the place that the system gives to an operation', () => {
  /** Each of them may have happened or not, in any order: more states than anybody can try. */
  const pending = Array.from({ length: 40 }, (_, index): Call => unknownWrite(2 ** index, 0));
  const seen = 2 ** 40 - 1 - 2 ** 17;
  const adder: Specification<number, Input, Output> = {
    ...register,
    step: (state, input, output, returned) =>
      input.type === 'write'
        ? { fits: true, state: state + input.value }
        : { fits: !returned || output === state, state },
  };

  it('makes a proof of what no search could find', () => {
    const placed = pending.map((each, index) => (index === 17 ? each : { ...each, place: 40 - index }));
    const history = [...placed, { ...read(seen, 1, 2), place: 41 }, { ...read(seen, 3, 4), place: 42 }];
    expect(checkLinearizable(adder, history)).toEqual({ linearizable: true, visited: history.length });
  });

  it('is missed where the search has a limit: that is said, and not taken for either verdict', () => {
    expect(() => checkLinearizable(adder, [...pending, read(-1, 1, 2)], 10_000)).toThrow(Undecided);
    expect(() => checkLinearizable(adder, [...pending, read(-1, 1, 2)], 10_000)).toThrow(/40 of them .* unknown/);
  });

  it('is not believed: an order that would have an operation before its call, or after its return, proves nothing', () => {
    const stale = [
      { ...write(1, 0, 1), place: 2 },
      { ...read(0, 2, 3), place: 1 },
    ];
    expect(checkLinearizable(register, stale).linearizable).toBe(false);
    const early = [
      { ...unknownWrite(1, 4), place: 1 },
      { ...read(1, 2, 3), place: 2 },
    ];
    expect(checkLinearizable(register, early).linearizable).toBe(false);
  });

  it('does no harm where it is wrong', () => {
    const history = [
      { ...write(1, 0, 9), place: 3 },
      { ...write(2, 1, 8), place: 1 },
      { ...read(2, 10, 11), place: 2 },
    ];
    expect(checkLinearizable(register, history).linearizable).toBe(true);
  });

  it('is refused where it is no number', () => {
    expect(() => checkLinearizable(register, [{ ...write(1, 0, 1), place: Number.NaN }])).toThrow(RangeError);
  });
});

describe('20,000 operations of five clients', () => {
  it('are checked in as many steps, nearly, and the stack does not overflow', () => {
    const history = longHistory(20_000);
    const { linearizable, visited } = checkLinearizable(register, history);
    expect(linearizable).toBe(true);
    expect(visited).toBeLessThan(2 * history.length);
  });

  it('are so where unknown writes are pending from the first on and never show', () => {
    const reads = Array.from({ length: 20_000 }, (_, index) => read(0, 2 * index, 2 * index + 3));
    const history = [unknownWrite(1, 0), unknownWrite(2, 0), ...reads];
    const { linearizable, visited } = checkLinearizable(register, history);
    expect(linearizable).toBe(true);
    // Each of the two may have taken effect or not, at every read.
    expect(visited).toBeLessThan(6 * history.length);
  });

  it('are refused as fast, for one read of a lost write at the end', () => {
    const history = longHistory(20_000);
    const end = 2 * history.length + 20;
    const lost = read(-1, end, end + 1);
    const verdict = refusal(checkLinearizable(register, [...history, lost]));
    expect(verdict.longest).toHaveLength(history.length);
    expect(verdict.blocked).toEqual([lost]);
    expect(verdict.visited).toBeLessThan(4 * history.length);
  });
});

describe('for any history of up to six operations', () => {
  const operation: fc.Arbitrary<Call> = fc
    .record({
      type: fc.constantFrom('read', 'write'),
      value: fc.integer({ min: 0, max: 2 }),
      calledAt: fc.integer({ min: 0, max: 8 }),
      takes: fc.integer({ min: 0, max: 4 }),
      isUnknown: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
      place: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 8 }),
    })
    .map(({ type, value, calledAt, takes, isUnknown, place }) => {
      const placed = place === undefined ? {} : { place };
      if (isUnknown) return { ...(type === 'read' ? unknownRead(calledAt) : unknownWrite(value, calledAt)), ...placed };
      return { ...(type === 'read' ? read : write)(value, calledAt, calledAt + takes), ...placed };
    });

  it('the verdict is that of trying every order, and a refusal can be verified', () => {
    const verdicts = { true: 0, false: 0 };
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (history) => {
        const verdict = checkLinearizable(register, history);
        verdicts[`${verdict.linearizable}`] += 1;
        expect(verdict.linearizable).toBe(someOrderFits(history));
        if (verdict.linearizable) return;
        const rest = history.filter((each) => !verdict.longest.includes(each));
        expect(isAnOrder(verdict.longest, rest)).toBe(true);
        const isPossible = (each: Call) => rest.every(({ returnedAt = each.calledAt }) => returnedAt >= each.calledAt);
        expect(new Set(verdict.blocked)).toEqual(new Set(rest.filter(isPossible)));
        expect(verdict.blocked.length).toBeGreaterThan(0);
        expect(verdict.longest).toHaveLength(longestOrder(history));
      }),
      { numRuns: 3000 },
    );
    // Not vacuous: both verdicts were given.
    expect(verdicts.true).toBeGreaterThan(300);
    expect(verdicts.false).toBeGreaterThan(300);
  });
});

/** Whether `order` respects the times, the answers, and the operations that are not in it. */
function isAnOrder(order: readonly Call[], rest: readonly Call[]): boolean {
  let value: number = register.initial;
  return order.every((operation, index) => {
    const mustComeLater = [...order.slice(index + 1), ...rest];
    if (mustComeLater.some(({ returnedAt = Number.POSITIVE_INFINITY }) => returnedAt < operation.calledAt))
      return false;
    const { fits, state } = register.step(value, operation.input, operation.output, operation.returnedAt !== undefined);
    value = state;
    return fits;
  });
}

/** Every order of every subset, with the operations that it leaves out. Slow and plain. */
function* ordersOf(rest: readonly Call[], order: readonly Call[] = []): Generator<[readonly Call[], readonly Call[]]> {
  yield [order, rest];
  for (const each of rest) {
    const others = rest.filter((other) => other !== each);
    yield* ordersOf(others, [...order, each]);
  }
}

function someOrderFits(history: readonly Call[]): boolean {
  for (const [order, rest] of ordersOf(history)) {
    if (rest.every(({ returnedAt }) => returnedAt === undefined) && isAnOrder(order, rest)) return true;
  }
  return false;
}

function longestOrder(history: readonly Call[]): number {
  let longest = 0;
  for (const [order, rest] of ordersOf(history)) {
    if (order.length > longest && isAnOrder(order, rest)) longest = order.length;
  }
  return longest;
}

/** Each operation takes effect at its own time, 2 apart; its call and return are up to 5 before and after. */
function longHistory(length: number): Call[] {
  let value = 0;
  return Array.from({ length }, (_, index) => {
    const at = 2 * index + 10;
    const [calledAt, returnedAt] = [at - ((index * 7) % 6), at + ((index * 11) % 5)];
    if (index % 3 !== 0) return { ...read(value, calledAt, returnedAt), client: index % 5 };
    value = index % 100;
    return { ...write(value, calledAt, returnedAt), client: index % 5 };
  });
}

function refusal(verdict: Verdict<Input, Output>): Extract<typeof verdict, { linearizable: false }> {
  if (verdict.linearizable) throw new Error('linearizable');
  return verdict;
}
