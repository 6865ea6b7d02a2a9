/** A replica as bytes: in chunks, as it was when it was asked for them. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyDecision,
  commandsValue,
  createReplica,
  isReplica,
  joinChunks,
  type Machine,
  type MachineCodec,
  type Replica,
  readReplica,
  type SessionEntry,
  stampedValue,
  writeReplica,
} from '../src/index.js';

/** A list that grows; a chunk for each of its numbers. */
const machine: Machine<number[], number, string> = {
  initial: () => [],
  apply: (state, command) => `${state.push(command)} numbers`,
  snapshot(state) {
    const count = state.length;
    return (function* () {
      for (let index = 0; index < count; index++) yield Uint8Array.of(state[index] as number);
    })();
  },
  restore(chunks) {
    const state = [...joinChunks(chunks)];
    if (state.includes(99)) throw new Error('99 is no number of mine');
    return state;
  },
};

const codec: MachineCodec<number, string> = {
  readEntries: (payload) => JSON.parse(new TextDecoder().decode(payload)),
  writeReply: (reply) => new TextEncoder().encode(reply),
  readReply: (bytes) => new TextDecoder().decode(bytes),
};

function write(replica: Replica<number[], number, string>, ...entries: SessionEntry<number>[]): void {
  const value = stampedValue(commandsValue(new TextEncoder().encode(JSON.stringify(entries))), 1000);
  applyDecision(replica, { slot: replica.appliedUpTo + 1, value });
}

const run = (number: number, command = number): SessionEntry<number> => {
  return { type: 'run', session: 1, number, acknowledged: 0, command };
};

function written(): Replica<number[], number, string> {
  const replica = createReplica(machine, codec);
  write(replica, { type: 'open', token: 5 }, run(1), run(2), run(3));
  return replica;
}

function contentOf({ state, time, appliedUpTo, sessions }: Replica<number[], number, string>): unknown {
  const { weigh: _, ...table } = sessions;
  return { state, time, appliedUpTo, table };
}

describe('the bytes of a replica', () => {
  it('are of the moment when they were asked for, whatever becomes of it while they are taken', () => {
    const replica = written();
    const before = joinChunks(writeReplica(replica));
    const chunks = writeReplica(replica)[Symbol.iterator]();
    const parts = [chunks.next().value as Uint8Array];
    write(replica, run(4), { type: 'open', token: 6 });
    for (let next = chunks.next(); next.done !== true; next = chunks.next()) parts.push(next.value);
    expect(joinChunks(parts)).toEqual(before);
    expect(parts.length).toBeGreaterThan(4);
    expect(joinChunks(writeReplica(replica))).not.toEqual(before);
  });

  it('may come back in other chunks', () => {
    const replica = written();
    const bytes = joinChunks(writeReplica(replica));
    const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places.sort((left, right) => left - right), bytes.length];
        const copy = createReplica(machine, codec);
        const chunks = ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
        readReplica(copy, 1, chunks);
        expect(contentOf(copy)).toEqual(contentOf(replica));
      }),
    );
  });

  it('begin with a byte that no message of protobuf begins with', () => {
    expect(isReplica(joinChunks(writeReplica(createReplica(machine, codec))))).toBe(true);
    expect([[], [8, 1], [10, 0]].map((bytes) => isReplica(Uint8Array.from(bytes)))).toEqual([false, false, false]);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['of another form', (bytes) => bytes.with(0, 8), /none of a replica/],
    ['of a later version', (bytes) => bytes.with(1, 2), /version 2; this is version 1/],
    ['that end within the prefix', (bytes) => bytes.subarray(0, 3), /ends too soon/],
    ['that end within the head', (bytes) => bytes.subarray(0, 20), /ends too soon/],
    ['that end within a reply', (bytes) => bytes.subarray(0, -8), /ends too soon/],
    ['that their machine refuses', (bytes) => bytes.with(bytes.length - 1, 99), /99 is no number/],
  ])('%s are refused, and change nothing', (_, change, message) => {
    const replica = createReplica(machine, codec);
    const bytes = change(joinChunks(writeReplica(written())));
    expect(() => readReplica(replica, 1, [bytes])).toThrow(message);
    expect(contentOf(replica)).toEqual(contentOf(createReplica(machine, codec)));
  });
});
