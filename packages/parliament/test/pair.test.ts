/** Registers and `kv` as one machine: which is told what, and their snapshots. */

import { describe, expect, it } from '@jest/globals';
import { decodeAnswer, decodeReply, encodeCommand, encodeQuery, host, machine as define } from '@parliament/machine';
import { kv } from '@parliament/machines';
import { type At, joinChunks, type Value, writeReplica } from '@parliament/synod';
import { parliament } from '#proto';
import { saidByKv, toKv } from '../src/pair/heads.js';
import { hostedPair } from '../src/pair/pair-face.js';
import { registers } from '../src/registers/registers.js';
import { decodeCount, decodeFound, decodeValue, encodePut, encodeQuestion } from '../src/registers/words.js';
import { type Command, encodeBatch } from '../src/replica/batch.js';
import { summarizeDecree } from '../src/replica/decree-summary.js';
import { applyHosted, createHosted, type HostedReplica, readHosted } from '../src/replica/hosted-replica.js';

const { machine } = hostedPair;
const AT: At = { slot: 1, index: 0, time: 0 };
const LIFE = 99;

type State = ReturnType<typeof machine.initial>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const putOf = (key: string, value: string) => ({ type: 'put', key: bytes(key), value: bytes(value) }) as const;

function put(state: State, key: string, value: string): number {
  const command = putOf(key, value);
  const reply = saidByKv(machine.apply(state, toKv(encodeCommand(kv, command)), AT));
  return decodeReply(kv, command, reply ?? new Uint8Array()).revision;
}

function kvValueOf(state: State, key: string): string | undefined {
  const query = { type: 'range', key: bytes(key) } as const;
  const answer = saidByKv(machine.query(state, toKv(encodeQuery(kv, query))));
  const [item] = decodeAnswer(kv, query, answer ?? new Uint8Array()).items;
  return item === undefined ? undefined : new TextDecoder().decode(item.value);
}

const ask = (state: State, key: string, value: string): string =>
  decodeValue(machine.apply(state, encodePut({ key, value }), AT));
const registerOf = (state: State, key: string): string | undefined =>
  decodeFound(machine.query(state, encodeQuestion({ type: 'get', key })));

function snapshotOf(state: State): Uint8Array {
  return joinChunks(machine.snapshot(state));
}

/** The same bytes, in pieces of that many. */
function cut(whole: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(whole.length / length) }, (_, index) =>
    whole.subarray(index * length, (index + 1) * length),
  );
}

describe('registers and kv', () => {
  it('are each told what is their own, and know nothing of the other', () => {
    const state = machine.initial();
    expect([
      ask(state, 'k', 'first'),
      put(state, 'k', 'one'),
      ask(state, 'k', 'second'),
      put(state, 'k', 'two'),
    ]).toEqual(['first', 2, 'first', 3]);
    expect([registerOf(state, 'k'), kvValueOf(state, 'k')]).toEqual(['first', 'two']);
    expect([registerOf(state, 'l'), kvValueOf(state, 'l')]).toEqual([undefined, undefined]);
    expect(decodeCount(machine.query(state, encodeQuestion({ type: 'count' })))).toBe(1);
  });

  it('take whatever bytes there are: what is no command of either changes nothing, and has an answer', () => {
    const state = machine.initial();
    const before = snapshotOf(state);
    for (const said of [[0], [0, 255, 255], [10, 9], [255, 255]]) {
      const payload = Uint8Array.from(said);
      const isToKv = said[0] === 0;
      expect(saidByKv(machine.apply(state, payload, AT)) !== undefined).toBe(isToKv);
      expect(saidByKv(machine.query(state, payload)) !== undefined).toBe(isToKv);
    }
    expect(snapshotOf(state)).toEqual(before);
  });

  it('differ in what may be applied twice, and in what a kept reply weighs: that of registers weighs what it did', () => {
    const [of, to] = [encodePut({ key: 'k', value: 'v' }), toKv(encodeCommand(kv, putOf('k', 'v')))];
    expect([machine.isRepeatable(of), machine.isRepeatable(to)]).toEqual([true, false]);
    const state = machine.initial();
    const [value, reply] = [
      machine.apply(state, encodePut({ key: 'k', value: 'é' }), AT),
      machine.apply(state, to, AT),
    ];
    const failure = machine.apply(state, Uint8Array.of(0), AT);
    const weigh = (said: Uint8Array) => machine.weighReply?.(said);
    expect([weigh(value), weigh(reply), weigh(failure)]).toEqual([
      2,
      host(kv).weigh(reply.subarray(1)),
      host(kv).weigh(failure.subarray(1)),
    ]);
    expect(registers.weighReply?.(value)).toBe(2);
  });
});

describe('a snapshot of registers and kv', () => {
  function filled(): State {
    const state = machine.initial();
    for (let index = 0; index < 3; index++) {
      // More than one chunk of registers.
      ask(state, `key ${index}`, 'v'.repeat(100_000));
      put(state, `key ${index}`, `${index}`);
    }
    return state;
  }

  it('is the state again, however it is cut, and gives the same bytes', () => {
    const snapshot = snapshotOf(filled());
    for (const length of [1, 7, 4096, snapshot.length]) {
      const state = machine.restore([new Uint8Array(), ...cut(snapshot, length)]);
      expect([registerOf(state, 'key 2'), kvValueOf(state, 'key 2')]).toEqual(['v'.repeat(100_000), '2']);
      expect(Buffer.compare(snapshotOf(state), snapshot)).toBe(0);
      expect(put(state, 'more', 'v')).toBe(5);
    }
  });

  it('is what they were when it was asked for, whatever becomes of them while it is taken, in chunks of a few milliseconds', () => {
    const state = filled();
    const before = snapshotOf(state);
    const chunks = machine.snapshot(state)[Symbol.iterator]();
    const taken: Uint8Array[] = [];
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) {
      taken.push(next.value);
      ask(state, `later ${taken.length}`, 'v');
      put(state, 'key 0', `${taken.length}`);
    }
    expect(Buffer.compare(joinChunks(taken), before)).toBe(0);
    expect(Math.max(...taken.map(({ length }) => length))).toBeLessThan(400_000);
  });

  it('of registers alone, with values or without one, has no kv yet', () => {
    const alone = registers.initial();
    for (const count of [0, 2]) {
      for (let index = 0; index < count; index++)
        registers.apply(alone, encodePut({ key: `k ${index}`, value: 'v' }), AT);
      const state = machine.restore(registers.snapshot(alone));
      expect([...state.registers]).toEqual([...alone]);
      expect(put(state, 'k', 'v')).toBe(2);
    }
  });

  it('that breaks off, or is of another version, is none', () => {
    const snapshot = snapshotOf(filled());
    for (const length of [1, 2, 5, 1000, snapshot.length - 1]) {
      expect(() => machine.restore([snapshot.subarray(0, length)])).toThrow();
    }
    expect(() => machine.restore([Uint8Array.of(0, 2)])).toThrow('registers and kv in version 2; this is version 1');
  });
});

describe('a log of before', () => {
  function command(sequence: number, payload: Uint8Array): Command {
    return { member: 0, life: LIFE, number: sequence, payload, session: 1, sequence, acknowledged: 0 };
  }
  const batch = (commands: readonly Command[], opens: readonly number[] = []): Value =>
    encodeBatch({ opens, expiries: [], commands });
  const apply = <Content>(replica: HostedReplica<Content>, value: Value): Uint8Array[] =>
    applyHosted(replica, { slot: replica.appliedUpTo + 1, value }, LIFE).map(({ reply }) => reply);
  const before = [
    batch([command(1, encodePut({ key: 'k', value: 'v' }))], [LIFE]),
    batch([command(2, encodePut({ key: 'k', value: 'w' })), command(3, Uint8Array.of(7))]),
  ];

  it('is applied as it was, down to what its sessions weigh', () => {
    const [alone, both] = [createHosted(registers), createHosted(machine)];
    for (const value of before) expect(apply(both, value)).toEqual(apply(alone, value));
    expect([...both.state.registers]).toEqual([['k', 'v']]);
    expect(both.sessions).toEqual({ ...alone.sessions, weigh: expect.any(Function) });
  });

  it('has snapshots with sessions, of either form, in which commands of both go on', () => {
    const alone = createHosted(registers);
    for (const value of before) apply(alone, value);
    const session = { session: 1, token: LIFE, usedAt: 2, acknowledged: 0, replies: [{ number: 1, value: 'v' }] };
    const { RegistersState } = parliament.protocol;
    const oldest = { registers: [{ key: 'k', value: 'v' }], opened: 1, sessions: [session] };
    for (const snapshot of [joinChunks(writeReplica(alone)), RegistersState.encode(oldest).finish()]) {
      const replica = readHosted(machine, 2, snapshot);
      const again = command(1, encodePut({ key: 'k', value: 'other' }));
      const added = putOf('k', 'v');
      const said = apply(replica, batch([again, command(4, toKv(encodeCommand(kv, added)))]));
      expect(decodeValue(said[0] ?? new Uint8Array())).toBe('v');
      const reply = saidByKv(said[1] ?? new Uint8Array()) ?? new Uint8Array();
      expect(decodeReply(kv, added, reply)).toEqual({ revision: 2 });
      // Sent again, and answered as before, after a snapshot of both.
      const copy = readHosted(machine, 3, joinChunks(writeReplica(replica)));
      expect(apply(copy, batch([command(4, toKv(encodeCommand(kv, added)))]))).toEqual([said[1]]);
      expect(copy.sessions.bytes).toBe(replica.sessions.bytes);
    }
  });

  it('is shown beside what kv is told: of each command the type, and the key', () => {
    const [key, other] = [bytes('a/é'), Uint8Array.of(255)];
    const commands = [
      { type: 'put', key, value: bytes('v') },
      { type: 'delete', key: other },
      { type: 'delete', key, rangeEnd: Uint8Array.of(0) },
      { type: 'txn', then: [{ type: 'put', key }] },
      { type: 'compact', revision: 2 },
    ] as const;
    const stranger = define({ name: 'other', version: 1, initial: () => 0, commands: { tick: () => ({ state: 1 }) } });
    const payloads = [
      ...commands.map((each) => toKv(encodeCommand(kv, each))),
      encodePut({ key: 'k', value: 'v' }),
      // None of these is of kv, though each begins so.
      Uint8Array.of(0),
      toKv(bytes('text')),
      toKv(encodeCommand(stranger, { type: 'tick' })),
      toKv(Uint8Array.of(...encodeCommand(kv, { type: 'compact', revision: 2 }), 0)),
    ];
    const decree = batch(payloads.map((payload, index) => command(index + 1, payload)));
    expect(summarizeDecree(decree)).toMatchObject({
      commands: 10,
      keys: ['k'],
      values: ['v'],
      kv: [
        { type: 'put', key: 'a/é' },
        { type: 'delete', key: { base64: '/w==' } },
        { type: 'delete', key: 'a/é', rangeEnd: '\0' },
        { type: 'txn' },
        { type: 'compact' },
      ],
      payloadBytes: [1, 5, payloads[8]?.length, payloads[9]?.length],
    });
  });
});
