/** Batches of commands, and the replica to which they are applied. */

import { describe, expect, it } from '@jest/globals';
import { parliament } from '#proto';
import { decodeReply, encodeCommand, machine } from '@parliament/machine';
import { joinChunks, reconfigurationValue, majority, stampedValue, type Value, writeReplica } from '@parliament/synod';
import { hostedMachine } from '../src/host/hosting.js';
import { registers } from '../src/registers/registers.js';
import { decodeValue, encodePut } from '../src/registers/words.js';
import { type Command, decodeBatch, encodeBatch } from '../src/replica/batch.js';
import { summarizeDecree } from '../src/replica/decree-summary.js';
import { applyHosted, createHosted, type HostedReplica, readHosted } from '../src/replica/hosted-replica.js';
import { counter, encodeAdd } from './support/counter.js';

const LIFE = 99;

function command(session: number, sequence: number, key: string, value: string, acknowledged = 0): Command {
  const payload = encodePut({ key, value });
  return { member: 0, life: LIFE, number: 1000 + sequence, payload, session, sequence, acknowledged };
}

const batch = (commands: readonly Command[], opens: readonly number[] = []): Value =>
  encodeBatch({ opens, expiries: [], commands });

/** Applies what is decided next; gives what became of the commands of the life. */
function apply<State>(replica: HostedReplica<State>, value: Value, life = LIFE): string[] {
  const own = applyHosted(replica, { slot: replica.appliedUpTo + 1, value }, life);
  return own.map(({ session, sequence, reply }) => `${session}/${sequence} ${decodeValue(reply)}`);
}

/** The batch that an earlier version proposed: keys and values in place of payloads. */
function oldBatch(commands: readonly object[], opens: readonly number[] = []): Value {
  const bytes = parliament.protocol.Batch.encode({ commands: [...commands], opens: [...opens] }).finish();
  return Uint8Array.of(1, ...bytes);
}

describe('a replica', () => {
  it('tells each life what became of the commands of its session, and of no other one', () => {
    const replica = createHosted(registers);
    expect(apply(replica, batch([], [LIFE, 5]))).toEqual([]);
    expect(apply(replica, batch([command(1, 1, 'k', 'first')]))).toEqual(['1/1 first']);
    expect(apply(replica, batch([command(2, 1, 'k', 'second')]))).toEqual([]);
    expect(apply(replica, batch([command(1, 2, 'k', 'third'), command(2, 2, 'l', 'v')]), 5)).toEqual(['2/2 v']);
    // Sent again, and never applied again.
    expect(apply(replica, batch([command(1, 2, 'k', 'third')]))).toEqual(['1/2 first']);
  });

  it('has sessions that weigh the same on every member, although each may word a failure in its own way', () => {
    const kept = ['undefined is not an object', 'Cannot read properties of undefined'].map((text) => {
      const failing = machine({
        name: 'failing',
        version: 1,
        initial: () => 0,
        commands: {
          fail: () => {
            throw new TypeError(text);
          },
        },
      });
      const replica = createHosted(hostedMachine(failing, false).machine);
      applyHosted(replica, { slot: 1, value: batch([], [LIFE]) }, LIFE);
      const failed = { ...command(1, 1, '', ''), payload: encodeCommand(failing, { type: 'fail' }) };
      const [own] = applyHosted(replica, { slot: 2, value: batch([failed]) }, LIFE);
      expect(() => decodeReply(failing, { type: 'fail' }, own?.reply ?? new Uint8Array(0))).toThrow(text);
      return replica.sessions.bytes;
    });
    expect(kept[0]).toBeGreaterThan(0);
    expect(kept[1]).toBe(kept[0]);
  });

  it('says nothing of what comes in a session that has ended, and is not changed by it', () => {
    const replica = createHosted(registers);
    apply(replica, batch([], [LIFE]));
    const expiries = [{ session: 1, usedAt: 1 }];
    expect(apply(replica, encodeBatch({ opens: [], expiries, commands: [command(1, 1, 'k', 'v')] }))).toEqual([]);
    expect(apply(replica, batch([command(1, 1, 'k', 'v')]))).toEqual([]);
    expect([replica.state.size, replica.sessions.opened, replica.sessions.sessions.size]).toEqual([0, 1, 0]);
  });

  it('does without sessions in a log with an end: a request is answered by the life and its number', () => {
    const replica = createHosted(registers);
    const other = { ...command(0, 0, 'k', 'other'), life: LIFE + 1 };
    expect(apply(replica, batch([command(0, 0, 'k', 'v'), other]))).toEqual(['0/1000 v']);
  });

  it('applies what an earlier version has proposed as commands to registers', () => {
    const replica = createHosted(registers);
    apply(replica, oldBatch([], [LIFE]));
    const old = { member: 1, life: LIFE, number: 7, key: 'k', value: 'é', session: 1, sequence: 1, acknowledged: 0 };
    expect(apply(replica, oldBatch([old]))).toEqual(['1/1 é']);
    expect(apply(replica, stampedValue(batch([command(1, 2, 'k', 'new')]), 1000))).toEqual(['1/2 é']);
    expect([...replica.state]).toEqual([['k', 'é']]);
  });

  it('passes over what is no batch', () => {
    const replica = createHosted(registers);
    for (const value of [[], [1, 255, 255]]) expect(apply(replica, Uint8Array.from(value))).toEqual([]);
    expect(apply(replica, reconfigurationValue({ base: 0, voters: majority([0]), learners: [] }))).toEqual([]);
    expect(replica.appliedUpTo).toBe(3);
  });
});

describe('a snapshot', () => {
  it('has machine and sessions in it', () => {
    const replica = createHosted(registers);
    apply(replica, batch([command(1, 1, 'k', 'v')], [LIFE]));
    const copy = readHosted(registers, 1, joinChunks(writeReplica(replica)));
    expect(apply(copy, batch([command(1, 1, 'k', 'again')]))).toEqual(['1/1 v']);
    expect([copy.appliedUpTo, copy.sessions.bytes]).toEqual([2, replica.sessions.bytes]);
    expect(copy.sessions.bytes).toBe(64 + 2);
  });

  it('of an earlier version is read: registers, and commands that were applied and are sent again', () => {
    const { RegistersState } = parliament.protocol;
    const session = { session: 3, token: LIFE, usedAt: 8, acknowledged: 1, replies: [{ number: 2, value: 'v' }] };
    const bytes = RegistersState.encode({
      registers: [{ key: 'k', value: 'v' }],
      opened: 4,
      sessions: [session],
    }).finish();
    const replica = readHosted(registers, 9, bytes);
    expect([replica.appliedUpTo, replica.time, replica.sessions.opened, [...replica.state]]).toEqual([
      9,
      0,
      4,
      [['k', 'v']],
    ]);
    expect(apply(replica, batch([command(3, 2, 'k', 'again'), command(3, 3, 'l', 'w')]))).toEqual(['3/2 v', '3/3 w']);
    // From here on it is one of the new form.
    expect(joinChunks(writeReplica(replica))[0]).toBe(0);
  });

  it('of an earlier version is none of another machine; nor is what nobody has written', () => {
    const old = parliament.protocol.RegistersState.encode({ opened: 1 }).finish();
    expect(() => readHosted(counter, 9, old)).toThrow('the snapshot is of an earlier version, which had no counter');
    for (const bytes of [
      [255, 255],
      [0, 1, 0, 0, 0, 9],
    ])
      expect(() => readHosted(registers, 9, Uint8Array.from(bytes))).toThrow(RangeError);
  });

  it('has replies that weigh what they are long, where the machine does not say', () => {
    const replica = createHosted(counter);
    const add = { ...command(1, 1, '', ''), payload: encodeAdd(300) };
    apply(replica, batch([add], [LIFE]));
    expect(replica.sessions.bytes).toBe(64 + 4);
  });
});

describe('a batch', () => {
  it('comes through its bytes as it was, zeros and empty payloads included; what is none is empty', () => {
    const full = {
      opens: [LIFE, 2 ** 47],
      expiries: [{ session: 3, usedAt: 9 }],
      commands: [{ ...command(0, 0, '', ''), payload: Buffer.alloc(0) }, command(1, 7, 'k', 'v')],
    };
    expect(decodeBatch(encodeBatch(full).subarray(7))).toEqual(full);
    expect(decodeBatch(Uint8Array.of(255, 255))).toEqual({ opens: [], expiries: [], commands: [] });
  });
});

describe('the summary of a decree', () => {
  it('shows keys and values of registers, whichever version wrote them, and of other commands how long they are', () => {
    const other = { ...command(2, 1, '', ''), payload: encodeAdd(5) };
    expect(summarizeDecree(batch([command(1, 1, 'k', 'v'), other, command(1, 2, 'l', 'w')], [7]))).toEqual({
      commands: 3,
      sessions: [1, 2],
      keys: ['k', 'l'],
      values: ['v', 'w'],
      kv: [],
      payloadBytes: [4],
    });
    expect(summarizeDecree(oldBatch([{ key: 'k', value: 'v', session: 3 }]))).toEqual({
      commands: 1,
      sessions: [3],
      keys: ['k'],
      values: ['v'],
      kv: [],
      payloadBytes: [],
    });
  });

  it('of no commands is empty', () => {
    const nothing = { commands: 0, sessions: [], keys: [], values: [], kv: [], payloadBytes: [] };
    const change = reconfigurationValue({ base: 0, voters: majority([0]), learners: [] });
    for (const value of [new Uint8Array(), change]) expect(summarizeDecree(value)).toEqual(nothing);
  });
});
