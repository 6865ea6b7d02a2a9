/** Compositions: as their parts, applied by hand; steps together, or not at all. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compose,
  decodeAnswer,
  decodeCommand,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  MachineError,
  machine,
  Rejection,
} from '../src/index.js';
import { toCbor } from '../src/codec.js';
import { toStream } from '../src/frames.js';
import { account, bytesOf, MOMENT, refusalIn, refusalOf, snapshotOf, thrownBy } from './support.js';

const orders = machine({
  name: 'orders',
  version: 2,
  initial: (): readonly string[] => [],
  commands: {
    place: (state, { item }: { item: string }) => ({ state: [...state, item], reply: state.length + 1 }),
    fail: () => {
      throw new RangeError('out of paper');
    },
  },
  queries: {
    all: (state) => ({ items: state, count: state.length }),
    fail: () => {
      throw new Rejection('closed', 'come back tomorrow');
    },
  },
  codec: {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
  },
  snapshot: (state) => state.map((item) => Buffer.from(item)),
  restore: (chunks) => [...chunks].map((chunk) => Buffer.from(chunk).toString()),
});

const dice = machine({
  name: 'dice',
  version: 1,
  initial: (): readonly number[] => [],
  commands: { roll: (state, _command, at) => ({ state: [...state, at.random()] }) },
});

const bank = compose({ accounts: account, orders, dice });
const hosted = host(bank);
const start = { accounts: { balance: 10 }, orders: ['pear'], dice: [] };

type BankCommand = Parameters<typeof encodeCommand<typeof bank>>[1];
const apply = (state: typeof start, command: BankCommand) =>
  hosted.apply(state as never, encodeCommand(bank, command), MOMENT);

describe('a command of a part', () => {
  it('changes that part alone, and replies as the part does', () => {
    const command = { type: 'orders', command: { type: 'place', item: 'apple' } } as const;
    const { state, reply } = apply(start, command);
    expect(state).toEqual({ ...start, orders: ['pear', 'apple'] });
    expect(state.accounts).toBe(start.accounts);
    expect(decodeReply(bank, command, reply)).toBe(2);
  });

  it('travels in the codec of the part', () => {
    const bytes = encodeCommand(bank, { type: 'orders', command: { type: 'place', item: 'x' } });
    expect(Buffer.from(bytes).toString()).toContain('{"type":"place","item":"x"}');
    expect(decodeCommand(bank, bytes)).toEqual({ type: 'orders', command: { type: 'place', item: 'x' } });
  });

  it('is rejected, and fails, as the part does', () => {
    const rejected = apply(start, { type: 'accounts', command: { type: 'withdraw', amount: 11 } });
    expect(rejected.state).toBe(start);
    expect(refusalOf(bank, rejected.reply)).toMatchObject({ code: 'too-little', data: { balance: 10 } });
    const failed = apply(start, { type: 'orders', command: { type: 'fail' } });
    expect(failed.state).toBe(start);
    expect(refusalOf(bank, failed.reply)).toMatchObject({ message: 'orders.fail threw RangeError: out of paper' });
  });

  it('has the same numbers as without a composition', () => {
    const composed = apply(start, { type: 'dice', command: { type: 'roll' } }).state.dice;
    expect(composed).toEqual(host(dice).apply([], encodeCommand(dice, { type: 'roll' }), MOMENT).state);
  });
});

describe('a query of a part', () => {
  it('is answered as the part does', () => {
    const query = { type: 'orders', query: { type: 'all' } } as const;
    const answer = hosted.query(start, encodeQuery(bank, query));
    expect(decodeAnswer(bank, query, answer)).toEqual({ items: ['pear'], count: 1 });
    const refused = hosted.query(start, encodeQuery(bank, { type: 'orders', query: { type: 'fail' } }));
    expect(refusalIn(bank, refused)).toMatchObject({ code: 'closed' });
  });
});

describe('steps for several parts', () => {
  const pay = { type: 'accounts', command: { type: 'withdraw', amount: 4 } } as const;
  const place = { type: 'orders', command: { type: 'place', item: 'apple' } } as const;
  const roll = { type: 'dice', command: { type: 'roll' } } as const;
  const has = (balance: number) => ({ type: 'accounts', query: { type: 'balance' }, equals: balance }) as const;

  it('are all done, in order, when all guards hold', () => {
    const command = { type: 'multi', guards: [has(10)], then: [pay, place, pay] } as const;
    const { state, reply } = apply(start, command);
    expect(state).toEqual({ accounts: { balance: 2 }, orders: ['pear', 'apple'], dice: [] });
    expect(decodeReply(bank, command, reply)).toEqual({ holds: true, replies: [6, 2, 2] });
    expect(start).toEqual({ accounts: { balance: 10 }, orders: ['pear'], dice: [] });
  });

  it('are others when a guard does not hold, or none', () => {
    const otherwise = { type: 'multi', guards: [has(10), has(9)], then: [pay], else: [place] } as const;
    const applied = apply(start, otherwise);
    expect(applied.state).toEqual({ ...start, orders: ['pear', 'apple'] });
    expect(decodeReply(bank, otherwise, applied.reply)).toEqual({ holds: false, replies: [2] });
    const none = apply(start, { type: 'multi', guards: [has(9)], then: [pay] });
    expect(none.state).toEqual(start);
    expect(decodeReply(bank, { type: 'multi', then: [] }, none.reply)).toEqual({ holds: false, replies: [] });
  });

  it('compare what a query answers by what it holds, in whichever order its names are', () => {
    const guard = { type: 'orders', query: { type: 'all' }, equals: { count: 1, items: ['pear'] } } as const;
    const { reply } = apply(start, { type: 'multi', guards: [guard], then: [] });
    expect(decodeReply(bank, { type: 'multi', then: [] }, reply)).toEqual({ holds: true, replies: [] });
  });

  it.each<[string, BankCommand, string, object]>([
    [
      'is rejected',
      { type: 'multi', then: [place, pay, pay, pay] },
      'then[3]',
      { code: 'too-little', data: { balance: 2 } },
    ],
    [
      'fails',
      { type: 'multi', guards: [has(1)], then: [], else: [pay, { type: 'orders', command: { type: 'fail' } }] },
      'else[1]',
      { code: 'handler-failed', fault: { name: 'RangeError', message: 'out of paper' } },
    ],
    [
      'is a guard that is rejected',
      {
        type: 'multi',
        guards: [has(10), { type: 'orders', query: { type: 'fail' }, equals: 1 as never }],
        then: [pay],
      },
      'guards[1]',
      { code: 'closed', message: 'guards[1], orders: come back tomorrow' },
    ],
  ])('are all taken back when one %s, which is named', (_what, command, step, expected) => {
    const { state, reply } = apply(start, command);
    expect(state).toBe(start);
    const refusal = refusalOf(bank, reply);
    expect(refusal).toMatchObject({ step, outcome: 'not-applied', ...expected });
    expect(refusal).toMatchObject({ message: expect.stringContaining(step) });
  });

  it('have numbers of their own, each', () => {
    const { dice: rolled } = apply(start, { type: 'multi', then: [roll, roll, roll] }).state;
    expect(new Set([...rolled, ...apply(start, roll).state.dice]).size).toBe(4);
  });
});

describe('a composed command at the border', () => {
  it.each<[string, unknown, string, object]>([
    [
      'of no part',
      { type: 'cards', command: {} },
      'unknown-command',
      { message: 'accounts+orders+dice has no part "cards"; it has: accounts, orders, dice' },
    ],
    [
      'without a part',
      { command: {} },
      'unknown-command',
      { message: expect.stringContaining('has no part without a type') },
    ],
    ['that is nothing', undefined, 'unknown-command', {}],
    [
      'without a command',
      { type: 'accounts' },
      'unknown-command',
      { message: 'account has no command nothing without a type; it has: deposit, withdraw' },
    ],
    [
      'with a part of a multi mistyped',
      { type: 'multi', than: [] },
      'invalid',
      { message: expect.stringContaining('multi: there is no than') },
    ],
    [
      'without steps',
      { type: 'multi' },
      'invalid',
      { message: expect.stringContaining('then of a multi is a list of steps, not nothing') },
    ],
    [
      'with what is no step',
      { type: 'multi', then: [5] },
      'invalid',
      { message: expect.stringContaining('then[0] is a number') },
    ],
    ['with a step of no part', { type: 'multi', then: [{ type: 'cards' }] }, 'unknown-command', { step: 'then[0]' }],
    [
      'with a step that the part does not know',
      { type: 'multi', then: [], else: [{ type: 'accounts', command: { type: 'steal' } }] },
      'unknown-command',
      { step: 'else[0]', message: 'else[0], accounts: account has no command "steal"; it has: deposit, withdraw' },
    ],
    [
      'with a guard that the part does not know',
      { type: 'multi', guards: [{ type: 'accounts', query: { type: 'x' } }], then: [] },
      'unknown-command',
      { step: 'guards[0]' },
    ],
    [
      'with what has no form as bytes',
      { type: 'multi', guards: [{ type: 'accounts', query: { type: 'balance' }, equals: () => 1 }], then: [] },
      'unencodable',
      { message: expect.stringContaining('is a function') },
    ],
  ])('is refused %s', (_what, command, code, expected) => {
    const error = thrownBy(() => encodeCommand(bank, command as never));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code, ...expected });
  });

  it('has its queries looked at, too', () => {
    expect(() => encodeQuery(bank, { type: 'cards' } as never)).toThrow('has no part "cards"');
    expect(() => encodeQuery(bank, null as never)).toThrow('has no part without a type');
  });
});

describe('bytes that no composition made', () => {
  it('are an outcome like any other', () => {
    const pieces: unknown[] = ['accounts', 'orders', 'multi', 'cards', [], 5, null, true, Buffer.alloc(3)];
    const anyPiece = fc.letrec((tie) => ({
      piece: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...pieces),
        fc.uint8Array(),
        fc.array(tie('piece'), { maxLength: 4 }),
      ),
    })).piece;
    // A plain machine writes whatever it is given.
    const write = (value: unknown): Uint8Array => bytesOf(account, value);
    const expectOutcome = (read: () => unknown): void => {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(MachineError);
      }
    };
    fc.assert(
      fc.property(anyPiece, (piece) => {
        const { state, reply } = hosted.apply(start as never, write(piece), MOMENT);
        expect(state).toEqual(start);
        const multi = { type: 'multi', then: [] } as const;
        expectOutcome(() => decodeReply(bank, multi, reply));
        const answer = hosted.query(start as never, write(piece));
        expectOutcome(() => decodeAnswer(bank, { type: 'accounts', query: { type: 'balance' } }, answer));
        expectOutcome(() => decodeReply(bank, multi, Buffer.concat([Buffer.alloc(1), write(piece)])));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the snapshot of a composition', () => {
  it('restores each part by its own way', () => {
    const state = { accounts: { balance: 3 }, orders: ['a', '', 'c'], dice: [0.5] };
    expect(hosted.restore([snapshotOf(hosted, state)])).toEqual(state);
  });

  it('is refused when parts are missing, or others are there', () => {
    const small = host(compose({ accounts: account }, { name: 'bank' }));
    const large = host(compose({ accounts: account, orders }, { name: 'bank', version: 1 }));
    const smallBytes = snapshotOf(small, small.initial());
    const largeBytes = snapshotOf(large, large.initial());
    expect(() => large.restore([smallBytes])).toThrow(
      'bank: the snapshot cannot be restored: it does not have: orders',
    );
    expect(() => small.restore([largeBytes])).toThrow(
      'bank: the snapshot cannot be restored: it has the part "orders"',
    );
  });

  it('is refused when something else stands where a part begins', () => {
    const small = host(compose({ accounts: account }, { name: 'bank' }));
    const head = toCbor([1, 'bank', 1], 'head');
    for (const chunk of [toCbor(5, 'part'), Uint8Array.of(0xff), new Uint8Array(0)]) {
      expect(thrownBy(() => small.restore(toStream([head, chunk], 'bank')))).toMatchObject({
        ...{ code: 'bad-snapshot', message: expect.stringContaining('it names no part where one begins') },
      });
    }
  });

  it.each([
    ['it ends', []],
    ['a mark is another one', [[2], [1]]],
    ['a mark is longer', [[0, 0]]],
    ['a mark is empty', [[]]],
    ['what a mark announces is missing', [[1]]],
  ])('is refused when within a part %s', (_what, rest) => {
    const small = host(compose({ accounts: account }, { name: 'bank' }));
    const chunks = [
      toCbor([1, 'bank', 1], 'head'),
      toCbor('accounts', 'part'),
      ...rest.map((each) => Uint8Array.from(each)),
    ];
    expect(thrownBy(() => small.restore(toStream(chunks, 'bank')))).toMatchObject({
      ...{
        code: 'bad-snapshot',
        message: expect.stringContaining('bank: the snapshot cannot be restored: a part of it ends'),
      },
    });
  });

  it('is refused when it ends early, wherever', () => {
    const bytes = snapshotOf(hosted, start);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(thrownBy(() => hosted.restore([bytes.subarray(0, length)]))).toMatchObject({ code: 'bad-snapshot' });
    }
  });
});

describe('a composition as a part', () => {
  const all = compose({ bank, spare: account });
  const outer = host(all);
  const inner = { type: 'multi', then: [{ type: 'accounts', command: { type: 'deposit', amount: 1 } }] } as const;

  it('takes its commands, its queries, and steps of steps', () => {
    const command = {
      type: 'multi',
      then: [
        { type: 'bank', command: inner },
        { type: 'bank', command: inner },
      ],
    } as const;
    const { state, reply } = outer.apply(outer.initial(), encodeCommand(all, command), MOMENT);
    expect(state.bank.accounts).toEqual({ balance: 2 });
    expect(decodeReply(all, command, reply)).toEqual({
      holds: true,
      replies: [
        { holds: true, replies: [1] },
        { holds: true, replies: [2] },
      ],
    });
    const query = { type: 'bank', query: { type: 'accounts', query: { type: 'balance' } } } as const;
    expect(decodeAnswer(all, query, outer.query(state, encodeQuery(all, query)))).toBe(2);
    expect(outer.restore([snapshotOf(outer, state)])).toEqual(state);
  });

  it('names the step within the step', () => {
    const bad = { type: 'accounts', command: { type: 'withdraw', amount: 99 } } as const;
    const command = {
      type: 'multi',
      then: [{ type: 'bank', command: { type: 'multi', then: [inner.then[0], bad] } }],
    } as const;
    const { state, reply } = outer.apply(outer.initial(), encodeCommand(all, command), MOMENT);
    expect(state).toEqual(outer.initial());
    expect(refusalOf(all, reply)).toMatchObject({
      step: 'then[0].then[1]',
      message: 'then[0], bank: then[1], accounts: there are 1',
    });
  });
});

const anyStep = fc.oneof(
  fc
    .record({ amount: fc.integer({ min: 0, max: 9 }), type: fc.constantFrom('deposit' as const, 'withdraw' as const) })
    .map((command) => ({ type: 'accounts', command }) as const),
  fc.string().map((item) => ({ type: 'orders', command: { type: 'place', item } }) as const),
  fc.constant({ type: 'orders', command: { type: 'fail' } } as const),
  fc.constant({ type: 'dice', command: { type: 'roll' } } as const),
);

describe('any commands', () => {
  it('do to a composition what they do to its parts', () => {
    const parts = { accounts: host(account), orders: host(orders), dice: host(dice) };
    fc.assert(
      fc.property(fc.array(anyStep), (steps) => {
        let composed = hosted.initial();
        const byHand = {
          accounts: parts.accounts.initial(),
          orders: parts.orders.initial(),
          dice: parts.dice.initial(),
        };
        for (const [index, step] of steps.entries()) {
          const at = { ...MOMENT, index };
          const applied = hosted.apply(composed, encodeCommand(bank, step), at);
          composed = applied.state;
          const part = { accounts: account, orders, dice }[step.type];
          const alone = (parts[step.type] as (typeof parts)['accounts']).apply(
            byHand[step.type] as never,
            bytesOf(part, step.command),
            at,
          );
          Object.assign(byHand, { [step.type]: alone.state });
          expect(composed).toEqual(byHand);
          // Both are replied to, or neither is.
          expect(applied.reply[0]).toBe(alone.reply[0]);
        }
      }),
    );
  });

  it('are together what they are one after the other, or nothing when one of them is refused', () => {
    const anySteps = fc.array(
      anyStep.filter(({ type }) => type !== 'dice'),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(anySteps, anySteps, fc.integer({ min: 0, max: 3 }), (then, otherwise, balance) => {
        const guard = { type: 'accounts', query: { type: 'balance' }, equals: balance } as const;
        const before = { accounts: { balance: 2 }, orders: [], dice: [] };
        const multi = apply(before as never, { type: 'multi', guards: [guard], then, else: otherwise });
        let state: object = before;
        let isRefused = false;
        for (const step of balance === 2 ? then : otherwise) {
          const applied = apply(state as never, step);
          isRefused ||= applied.reply[0] !== 0;
          state = applied.state;
        }
        expect(multi.reply[0] !== 0).toBe(isRefused);
        expect(multi.state).toEqual(isRefused ? before : state);
      }),
      { numRuns: 100 },
    );
  });
});
