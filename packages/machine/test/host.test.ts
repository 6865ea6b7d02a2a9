/** A machine as bytes: what is replied, what is refused, and that nothing is thrown. */

import { describe, expect, it } from '@jest/globals';
import {
  decodeAnswer,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  MachineError,
  machine,
  Rejection,
} from '../src/index.js';
import { account, bytesOf, MOMENT, numbers, refusalIn, refusalOf, thrownBy } from './support.js';

const hosted = host(account);
const rich = { balance: 100 };

describe('a hosted machine', () => {
  it('applies a command, and gives the reply as bytes', () => {
    const { state, reply } = hosted.apply(rich, encodeCommand(account, { type: 'deposit', amount: 5 }), MOMENT);
    expect(state).toEqual({ balance: 105 });
    expect(decodeReply(account, { type: 'deposit' }, reply)).toBe(105);
    expect(rich).toEqual({ balance: 100 });
  });

  it('answers a query', () => {
    const answer = hosted.query(rich, encodeQuery(account, { type: 'balance' }));
    expect(decodeAnswer(account, { type: 'balance' }, answer)).toBe(100);
  });

  it('replies, and answers, with as many parts as there are', () => {
    const items = Array.from({ length: 30_000 }, (_, at) => ({ at, of: [at] }));
    const many = numbers({ list: () => ({ state: 2, reply: items }) }, { list: () => items });
    const { state, reply } = host(many).apply(1, bytesOf(many, { type: 'list' }), MOMENT);
    const answer = host(many).query(1, bytesOf(many, { type: 'list' }));
    expect(state).toBe(2);
    expect(decodeReply<typeof many, never>(many, undefined as never, reply)).toHaveLength(30_000);
    expect(decodeAnswer<typeof many, never>(many, undefined as never, answer)).toHaveLength(30_000);
  });

  it('tells its name, its version, and its first state', () => {
    expect(hosted).toMatchObject({ name: 'account', version: 1, versions: [1] });
    expect(hosted.initial()).toEqual({ balance: 0 });
  });

  it('gives a handler the place, the time and the numbers of the command', () => {
    const dice = machine({
      name: 'dice',
      version: 1,
      initial: (): readonly unknown[] => [],
      commands: {
        roll: (_state, _command, { slot, index, time, random }) => ({ state: [slot, index, time, random()] }),
      },
    });
    const { state } = host(dice).apply([], encodeCommand(dice, { type: 'roll' }), MOMENT);
    expect(state).toEqual([7, 0, 1_700_000_000_000, expect.any(Number)]);
  });

  it('replies undefined where a handler gives no reply', () => {
    const quiet = numbers({ add: (state) => ({ state: state + 1 }) });
    const { state, reply } = host(quiet).apply(1, bytesOf(quiet, { type: 'add' }), MOMENT);
    expect([state, decodeReply<typeof quiet, never>(quiet, undefined as never, reply)]).toEqual([2, undefined]);
  });
});

describe('a command that is rejected', () => {
  const { state, reply } = hosted.apply(rich, encodeCommand(account, { type: 'withdraw', amount: 500 }), MOMENT);

  it('changes nothing', () => expect(state).toBe(rich));

  it('gives the caller the rejection as it was thrown', () => {
    const refusal = refusalOf(account, reply);
    expect(refusal).toBeInstanceOf(Rejection);
    expect(refusal).toMatchObject({
      ...{ code: 'too-little', message: 'there are 100', data: { balance: 100 }, outcome: 'not-applied' },
    });
  });

  it('is rejected by a Rejection of another copy of this package, too', () => {
    const foreign = numbers({
      add: () => {
        throw Object.assign(new Error('no'), { name: 'Rejection', code: 'never' });
      },
    });
    expect(refusalOf(foreign, host(foreign).apply(1, bytesOf(foreign, { type: 'add' }), MOMENT).reply)).toBeInstanceOf(
      Rejection,
    );
  });
});

const throwing = (thrown: () => unknown): object =>
  new Proxy(
    {},
    {
      get: () => {
        throw thrown();
      },
    },
  );
const touchy = throwing(() => new Error('not even this'));
const hostile: unknown = throwing(() => hostile);

class Coded extends Error {
  override readonly name = 'Coded';
  readonly code = 42;
}

/** What a handler throws, and what the caller gets of it. */
const THROWN: readonly (readonly [string, unknown, object])[] = [
  ['an error', new RangeError('too far'), { fault: { name: 'RangeError', message: 'too far' } }],
  ['an error with a code', new Coded('x'), { fault: { name: 'Coded', code: 42, message: 'x' } }],
  ['a text', 'oh', { message: 'numbers.add threw string: oh' }],
  ['nothing', undefined, { message: 'numbers.add threw undefined: undefined' }],
  ['null', null, { fault: { name: 'object', message: 'null' } }],
  ['an object', {}, { fault: { name: 'object', message: 'without a message' } }],
  ['a symbol', Symbol('s'), { fault: { name: 'symbol', message: 'Symbol(s)' } }],
  ['what throws when it is looked at', touchy, { message: 'numbers threw Error: not even this' }],
  ['what throws itself when it is looked at', hostile, { message: 'numbers: what was thrown cannot be looked at' }],
  ['a rejection whose data are no data', new Rejection('x', 'y', () => 1), { code: 'unencodable' }],
];

describe('a handler that fails', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  it.each(THROWN)('changes nothing when it throws %s', (_what, thrown, expected) => {
    const failing = numbers(
      {
        add: () => {
          throw thrown;
        },
      },
      {
        see: () => {
          throw thrown;
        },
      },
    );
    const { state, reply } = host(failing).apply(1, bytesOf(failing, { type: 'add' }), MOMENT);
    expect(state).toBe(1);
    const refusal = refusalOf(failing, reply);
    expect(refusal).toBeInstanceOf(MachineError);
    expect(refusal).toMatchObject({ code: 'handler-failed', outcome: 'not-applied', ...expected });
    const answer = host(failing).query(1, bytesOf(failing, { type: 'see' }));
    expect(refusalIn(failing, answer)).toBeInstanceOf(MachineError);
  });

  it('has what it threw clipped, and no stack told', () => {
    const failing = numbers({
      add: () => {
        throw new Error('x'.repeat(1_000_000));
      },
    });
    const { reply } = host(failing).apply(1, bytesOf(failing, { type: 'add' }), MOMENT);
    expect(reply.length).toBeLessThan(2000);
    expect(Buffer.from(reply).toString()).not.toContain('host.test');
  });

  it.each<[string, unknown, string]>([
    ['a promise', Promise.resolve({ state: 1 }), 'numbers.add gave a promise: it is synchronous'],
    ['a promise that rejects', Promise.reject(new Error('x')), 'numbers.add gave a promise: it is synchronous'],
    ['nothing', undefined, 'numbers.add gave nothing: a handler of commands gives { state, reply }'],
    ['null', null, 'numbers.add gave null'],
    ['a number', 5, 'numbers.add gave a number'],
    ['an array', [5], 'numbers.add gave an object without a state'],
    ['a reply alone', { reply: 5 }, 'numbers.add gave an object without a state'],
    [
      'a reply that is no data',
      { state: 5, reply: () => 1 },
      'numbers: a reply has no form as bytes: reply is a function',
    ],
    ['a reply without end', { state: 5, reply: cyclic }, 'reply.self is a cycle'],
  ])('changes nothing when it gives %s', (_what, given, message) => {
    const failing = numbers({ add: () => given as { state: number } });
    const { state, reply } = host(failing).apply(1, bytesOf(failing, { type: 'add' }), MOMENT);
    expect(state).toBe(1);
    expect(refusalOf(failing, reply)).toMatchObject({ message: expect.stringContaining(message) });
  });

  it('is told as well when it is one of a query', () => {
    const asking = numbers({}, { later: () => Promise.resolve(1) });
    expect(refusalIn(asking, host(asking).query(1, bytesOf(asking, { type: 'later' })))).toMatchObject({
      ...{ code: 'handler-failed', message: expect.stringContaining('numbers.later gave a promise') },
    });
  });
});

describe('what a reply weighs', () => {
  const reply = (error: unknown) => {
    const failing = numbers({
      fail: () => {
        throw error;
      },
    });
    return host(failing).apply(1, bytesOf(failing, { type: 'fail' }), MOMENT).reply;
  };

  it('is the same on every member, although each may word a failure in its own way', () => {
    const one = reply(new TypeError('undefined is not an object'));
    const other = reply(new TypeError("Cannot read properties of undefined (reading 'balance')"));
    expect(one).not.toEqual(other);
    expect(hosted.weigh(one)).toBe(hosted.weigh(other));
  });

  it('is not below what it takes', () => {
    const long = '\u{10ffff}'.repeat(1000);
    const longest = reply(Object.assign(new Error(long), { name: long, code: long }));
    expect(hosted.weigh(longest)).toBeGreaterThan(longest.length);
    for (const each of [
      reply(new Rejection('no', 'why', long)),
      hosted.apply(rich, Uint8Array.of(0x61, 0x61), MOMENT).reply,
    ]) {
      expect(hosted.weigh(each)).toBeGreaterThanOrEqual(each.length);
    }
    const { reply: short } = hosted.apply(rich, encodeCommand(account, { type: 'deposit', amount: 5 }), MOMENT);
    expect(hosted.weigh(short)).toBe(short.length);
  });
});

describe('bytes that are no command', () => {
  it.each<[string, Uint8Array, string]>([
    ['none', new Uint8Array(0), 'account: 0 bytes are no command that its codec has made'],
    ['some', Uint8Array.of(0xff, 1, 2), 'account: 3 bytes are no command that its codec has made'],
    ['a number', Uint8Array.of(5), 'account has no command a number without a type; it has: deposit, withdraw'],
    [
      'of another type',
      bytesOf(account, { type: 'steal' }),
      'account has no command "steal"; it has: deposit, withdraw',
    ],
    ['of a type that objects have', bytesOf(account, { type: 'toString' }), 'account has no command "toString"'],
    ['of a type that is no text', bytesOf(account, { type: 5 }), 'account has no command an object without a type'],
  ])('are an outcome like any other: %s', (_what, bytes, message) => {
    const { state, reply } = hosted.apply(rich, bytes, MOMENT);
    expect(state).toBe(rich);
    const refusal = refusalOf(account, reply);
    expect(refusal).toBeInstanceOf(MachineError);
    expect(refusal).toMatchObject({ message: expect.stringContaining(message) });
    expect(refusalIn(account, hosted.query(rich, bytes))).toBeInstanceOf(MachineError);
  });

  it('are told alike by every member', () => {
    const replies = [1, 2].map(() => host(account).apply(rich, Uint8Array.of(0xff), MOMENT).reply);
    expect(replies[0]).toEqual(replies[1]);
  });
});

describe('bytes that are no outcome', () => {
  it.each([[[]], [[9, 1]], [[1]], [[1, 0xff]], [[2, 5]], [[2, 0xf6]], [[0]], [[0, 0xff]]])(
    'are refused: %j',
    (bytes) => {
      const refusal = thrownBy(() => decodeReply(account, { type: 'deposit' }, Uint8Array.from(bytes)));
      expect(refusal).toBeInstanceOf(MachineError);
      // The command may have been applied all the same; a query changes nothing.
      expect(refusal).toMatchObject({ code: 'malformed', outcome: 'unknown' });
      const unanswered = thrownBy(() => decodeAnswer(account, { type: 'balance' }, Uint8Array.from(bytes)));
      expect(unanswered).toMatchObject({ code: 'malformed', outcome: 'not-applied' });
    },
  );
});

describe('host', () => {
  it('takes machines, and options that there are', () => {
    expect(() => host({ name: 'x', version: 1 } as never)).toThrow(
      'host: an object is no machine: give what machine or compose',
    );
    expect(() => host(account, { develop: true } as never)).toThrow('account: host: there is no develop');
  });
});
