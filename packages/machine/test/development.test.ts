/** The development mode: what would make members differ is found, and where. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  compose,
  decodeReply,
  encodeCommand,
  encodeQuery,
  host,
  MachineError,
  machine,
  Rejection,
} from '../src/index.js';
import { account, bytesOf, MOMENT, numbers, refusalIn, refusalOf, snapshotOf } from './support.js';

const DEVELOPMENT = { development: true };
const lines = readFileSync(__filename, 'utf8').split('\n');

/** Where in this file something stands. */
function lineOf(text: string): string {
  return `development.test.ts:${lines.findIndex((line) => line.includes(text)) + 1}:`;
}

/** What development mode finds when a handler does something. */
function foundIn(act: () => unknown): unknown {
  const tried = numbers({
    act: () => {
      act();
      return { state: 1 };
    },
  });
  const { state, reply } = host(tried, DEVELOPMENT).apply(1, bytesOf(tried, { type: 'act' }), MOMENT);
  expect(state).toBe(1);
  return refusalOf(tried, reply);
}

const FORBIDDEN: readonly (readonly [string, () => unknown, string])[] = [
  ['Date.now', () => Date.now(), 'use at.time'],
  ['new Date()', () => new Date(), 'use at.time'],
  ['Date()', () => Date(), 'use at.time'],
  ['performance.now', () => performance.now(), 'use at.time'],
  ['process.hrtime', () => process.hrtime.bigint(), 'use at.time'],
  ['process.uptime', () => process.uptime(), 'use at.time'],
  ['Math.random', () => Math.random(), 'use at.random()'],
  ['crypto.randomUUID', () => crypto.randomUUID(), 'use at.random()'],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1)), 'use at.random()'],
  ['setTimeout', () => setTimeout(() => 1, 1), 'nothing of it goes on later'],
  ['setInterval', () => setInterval(() => 1, 1), 'nothing of it goes on later'],
  ['setImmediate', () => setImmediate(() => 1), 'nothing of it goes on later'],
  ['queueMicrotask', () => queueMicrotask(() => 1), 'nothing of it goes on later'],
  ['process.nextTick', () => process.nextTick(() => 1), 'nothing of it goes on later'],
  ['fetch', () => fetch('https://parliament.example'), 'bring it in with the command'],
];

/** What is there before a handler runs, and must be there afterwards. */
const globals = (): unknown[] => [
  ...[Date, Date.now, Math.random, setTimeout, setInterval, setImmediate, queueMicrotask, fetch],
  ...[performance.now, crypto.randomUUID, crypto.getRandomValues, process.nextTick, process.hrtime, process.uptime],
  ...[performance, crypto].map((owner) => Object.getOwnPropertyNames(owner).join()),
];

describe('a call that every member would have another answer to', () => {
  it.each(FORBIDDEN)('is found, with its place, and put back: %s', (shown, act, remedy) => {
    const before = globals();
    const error = foundIn(act);
    expect(globals()).toEqual(before);
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'forbidden-call' });
    const { message } = error as MachineError;
    expect(message).toMatch(`numbers.act calls ${shown} at `);
    expect(message).toContain(remedy);
    expect(message).toContain(lineOf(`['${shown}', () =>`));
  });

  it('is put back where it was, when that was in a prototype', () => {
    const { random } = Math;
    Reflect.deleteProperty(Math, 'random');
    Object.setPrototypeOf(Math, { random });
    try {
      expect(foundIn(() => Math.random())).toMatchObject({ code: 'forbidden-call' });
      expect([Object.hasOwn(Math, 'random'), Math.random]).toEqual([false, random]);
    } finally {
      Object.setPrototypeOf(Math, Object.prototype);
      Object.defineProperty(Math, 'random', { configurable: true, value: random, writable: true });
    }
  });

  it('is found although the handler has caught the error', () => {
    const error = foundIn(() => {
      try {
        Math.random();
      } catch {
        // As a library may do.
      }
    });
    expect(error).toMatchObject({ code: 'forbidden-call' });
  });

  it('is the first one, where there are several', () => {
    const error = foundIn(() => {
      for (const act of [() => Math.random(), () => Date.now()]) {
        try {
          act();
        } catch {
          // Goes on.
        }
      }
    });
    expect(error).toMatchObject({ message: expect.stringContaining('Math.random') });
  });

  it('is found in a query, and in initial and migrate', () => {
    const asking = numbers({}, { now: () => Date.now() });
    const answer = host(asking, DEVELOPMENT).query(1, bytesOf(asking, { type: 'now' }));
    expect(refusalIn(asking, answer)).toMatchObject({ message: expect.stringContaining('numbers.now calls Date.now') });
    const later = machine({
      ...{ name: 'account', version: 2, initial: () => Date.now(), commands: {} },
      ...{ previous: account, migrate: () => Math.random() },
    });
    const hosted = host(later, DEVELOPMENT);
    expect(() => hosted.initial()).toThrow('account.initial calls Date.now at ');
    expect(() => hosted.migrate({ balance: 1 }, 1)).toThrow('account.migrate calls Math.random at ');
    expect(() => hosted.restore([snapshotOf(host(account), { balance: 1 })])).toThrow('calls Math.random at ');
  });

  it('is found in a handler that a handler calls, by the name of that', () => {
    const inner = numbers({ roll: () => ({ state: Math.random() }) });
    const nested = host(inner, DEVELOPMENT);
    const bytes = bytesOf(inner, { type: 'roll' });
    const before = globals();
    let reply = new Uint8Array();
    const error = foundIn(() => {
      reply = Uint8Array.from(nested.apply(1, bytes, MOMENT).reply);
      Math.random();
    });
    expect(globals()).toEqual(before);
    expect(refusalOf(inner, reply)).toMatchObject({
      message: expect.stringContaining('numbers.roll calls Math.random'),
    });
    expect(error).toMatchObject({ message: expect.stringContaining('numbers.act calls Math.random') });
  });

  it('is not one that has the answer from the command', () => {
    const dated = machine({
      name: 'dated',
      version: 1,
      initial: () => new Date(0),
      commands: {
        set: (_state, { to }: { to: string }, at) => {
          const given = new Date(to);
          const isDate = given instanceof Date && Date.parse(to) === given.getTime() && Date.UTC(1970) === 0;
          return { state: isDate ? given : new Date(at.time + at.random()) };
        },
      },
    });
    const { state } = host(dated, DEVELOPMENT).apply(
      new Date(0),
      bytesOf(dated, { type: 'set', to: '2020-01-01' }),
      MOMENT,
    );
    expect(state).toEqual(new Date('2020-01-01'));
  });

  it('is not found without the development mode', () => {
    const rolling = numbers({ roll: () => ({ state: Math.random() }) });
    expect(host(rolling).apply(1, bytesOf(rolling, { type: 'roll' }), MOMENT).state).not.toBe(1);
  });
});

interface Everything {
  list: number[];
  map: Map<string, { count: number }>;
  set: Set<number>;
  date: Date;
  bytes: Uint8Array;
}
const everything = (): Everything => ({
  ...{ list: [1, 2], map: new Map([['a', { count: 1 }]]), set: new Set([1]) },
  ...{ date: new Date(0), bytes: Uint8Array.of(1, 2) },
});

/** A machine whose command and query change what they are given, by a function. */
function changing(change: (given: Everything) => unknown) {
  return machine({
    name: 'shop',
    version: 1,
    initial: everything,
    commands: {
      state: (state) => {
        change(state);
        return { state: { ...state } };
      },
      command: (state, { given }: { given: Everything }) => {
        change(given);
        return { state };
      },
    },
    queries: { see: (state) => change(state) },
  });
}

const CHANGES: readonly (readonly [string, (given: Everything) => unknown, string, boolean])[] = [
  ['a list', (given) => given.list.push(3), 'list[2]', true],
  ['a property', (given) => Object.assign(given, { list: [] }), 'list[0]', true],
  ['a map', (given) => given.map.set('b', { count: 2 }), 'map.key(1)', true],
  ['what is in a map', (given) => Object.assign(given.map.get('a') ?? {}, { count: 2 }), 'map.get("a").count', true],
  ['a set', (given) => given.set.add(2), 'set.element(1)', true],
  ['a date', (given) => given.date.setTime(5), 'date', true],
  ['bytes', (given) => given.bytes.fill(0), 'bytes', false],
];

describe('what is changed in place', () => {
  it.each(CHANGES)('is found, and left as it was: %s', (what, change, path, isPlaced) => {
    const shop = changing(change);
    const hosted = host(shop, DEVELOPMENT);
    const state = hosted.initial();
    const place = isPlaced ? `, at ${__dirname}/${lineOf(`['${what}',`)}` : ': give';
    const byState = hosted.apply(state, encodeCommand(shop, { type: 'state' }), MOMENT);
    expect(byState.state).toBe(state);
    expect(state).toEqual(everything());
    const error = refusalOf(shop, byState.reply);
    expect(error).toMatchObject({ code: 'changed-in-place' });
    expect(error).toMatchObject({
      message: expect.stringContaining(`shop.state changes state.${path} in place${place}`),
    });

    const byCommand = hosted.apply(state, encodeCommand(shop, { type: 'command', given: everything() }), MOMENT);
    expect(refusalOf(shop, byCommand.reply)).toMatchObject({
      message: expect.stringContaining(`shop.command changes command.given.${path} in place`),
    });
    const answer = hosted.query(state, encodeQuery(shop, { type: 'see' }));
    expect(refusalIn(shop, answer)).toMatchObject({
      message: expect.stringMatching(/shop.see changes state\..* in place.*: a query changes nothing/),
    });
  });

  it('is found when it was the same already', () => {
    const shop = changing((given) => Object.assign(given, { date: given.date }));
    const { reply } = host(shop, DEVELOPMENT).apply(everything(), encodeCommand(shop, { type: 'state' }), MOMENT);
    expect(refusalOf(shop, reply)).toMatchObject({
      message: expect.stringContaining('shop.state changes state or command in place, at '),
    });
  });

  it('is found in a state with a circle in it, which its own snapshot may have', () => {
    interface Ring {
      map: Map<string, number>;
      again: Map<string, number>;
      self?: Ring;
    }
    const ringOf = (entries: [string, number][]): Ring => {
      const map = new Map(entries);
      const ring: Ring = { map, again: map };
      ring.self = ring;
      return ring;
    };
    const rings = machine({
      name: 'rings',
      version: 1,
      initial: () => ringOf([['a', 1]]),
      commands: { turn: (ring) => ({ state: ringOf([...ring.again.set('b', 2)]) }) },
      snapshot: ({ map }) => [Buffer.from(JSON.stringify([...map]))],
      restore: (chunks) => ringOf(JSON.parse(Buffer.concat([...chunks]).toString()) as [string, number][]),
    });
    const hosted = host(rings, DEVELOPMENT);
    const { reply } = hosted.apply(hosted.initial(), encodeCommand(rings, { type: 'turn' }), MOMENT);
    expect(refusalOf(rings, reply)).toMatchObject({
      message: expect.stringContaining(
        `rings.turn changes state.map.key(1) in place, at ${__dirname}/${lineOf('turn: (ring)')}`,
      ),
    });
  });

  it('is found by its own error when it happens after the handler', () => {
    const kept: number[][] = [];
    const keeping = machine({
      name: 'keeping',
      version: 1,
      initial: (): { readonly list: readonly number[] } => ({ list: [] }),
      commands: {
        add: () => {
          const list = [1];
          kept.push(list);
          return { state: { list } };
        },
      },
    });
    host(keeping, DEVELOPMENT).apply({ list: [] }, encodeCommand(keeping, { type: 'add' }), MOMENT);
    expect(() => kept.at(-1)?.push(2)).toThrow(TypeError);
  });

  it('leaves objects of classes as they are, which may keep caches', () => {
    class Tree {
      readonly items: readonly string[];
      size?: number;
      constructor(items: readonly string[]) {
        this.items = items;
      }
    }
    const forest = machine({
      name: 'forest',
      version: 1,
      initial: () => new Tree([]),
      commands: {
        plant: (tree, { item }: { item: string }) => {
          tree.size ??= tree.items.length;
          return { state: new Tree([...tree.items, item]), reply: tree.size };
        },
      },
      snapshot: (tree) => tree.items.map((item) => Buffer.from(item)),
      restore: (chunks) => new Tree([...chunks].map(String)),
    });
    const hosted = host(forest, DEVELOPMENT);
    const { reply } = hosted.apply(hosted.initial(), encodeCommand(forest, { type: 'plant', item: 'oak' }), MOMENT);
    expect(decodeReply(forest, { type: 'plant' }, reply)).toBe(0);
  });
});

describe('what is not the same when it runs again', () => {
  it.each<[string, (count: number) => { state: number; reply?: unknown }, string]>([
    ['a state', (count) => ({ state: count }), 'gave another state when it ran again with the same state and command'],
    ['a reply', (count) => ({ state: 1, reply: { a: [count] } }), 'gave another reply.a[0] when it ran again'],
    [
      'an order of names',
      (count) => ({ state: 1, reply: count % 2 === 0 ? { a: 1, b: 2 } : { b: 2, a: 1 } }),
      'gave another reply when it ran again',
    ],
    [
      'an error',
      (count) => {
        if (count % 2 === 0) throw new Error('even');
        return { state: 1 };
      },
      'gave a result once, and an error when it ran again',
    ],
    [
      'a rejection',
      (count) => {
        throw new Rejection('no', `for the ${count}. time`);
      },
      'gave another error when it ran again',
    ],
  ])('is found: %s', (_what, act, message) => {
    let count = 0;
    const counting = numbers({
      act: () => {
        count += 1;
        return act(count);
      },
    });
    const { state, reply } = host(counting, DEVELOPMENT).apply(1, bytesOf(counting, { type: 'act' }), MOMENT);
    expect(state).toBe(1);
    const error = refusalOf(counting, reply);
    expect(error).toMatchObject({ code: 'not-deterministic' });
    expect(error).toMatchObject({ message: expect.stringContaining(`numbers.act ${message}`) });
  });

  it('is not a number of at.random', () => {
    const rolling = numbers({ roll: (_state, _command, at) => ({ state: at.random(), reply: at.random() }) });
    const bytes = bytesOf(rolling, { type: 'roll' });
    const [watched, plain] = [host(rolling, DEVELOPMENT), host(rolling)].map((each) => each.apply(1, bytes, MOMENT));
    expect(watched).toEqual(plain);
  });
});

describe('a machine that is right', () => {
  it('does in development mode what it does without', () => {
    const bank = compose({ accounts: account, spare: account });
    const step = (type: 'accounts' | 'spare', amount: number) =>
      ({ type, command: { type: 'deposit', amount } }) as const;
    const command = encodeCommand(bank, {
      ...{ type: 'multi', guards: [{ type: 'accounts', query: { type: 'balance' }, equals: 0 }] },
      then: [step('accounts', 5), step('spare', 6), { type: 'spare', command: { type: 'withdraw', amount: 1 } }],
    });
    const [watched, plain] = [host(bank, DEVELOPMENT), host(bank)].map((each) => {
      const { state, reply } = each.apply(each.initial(), command, MOMENT);
      return { state, reply, snapshot: snapshotOf(each, state), again: each.restore(each.snapshot(state)) };
    });
    expect(watched).toEqual(plain);
    expect(watched?.state).toEqual({ accounts: { balance: 5 }, spare: { balance: 5 } });
  });

  it('is rejected and fails as without', () => {
    const bytes = bytesOf(account, { type: 'withdraw', amount: 5 });
    const [watched, plain] = [host(account, DEVELOPMENT), host(account)].map((each) =>
      each.apply({ balance: 0 }, bytes, MOMENT),
    );
    expect(watched).toEqual(plain);
  });
});
