import { describe, expect, it } from '@jest/globals';
import {
  type At,
  applyDecision,
  commandsValue,
  createProposer,
  createReplica,
  foundingConfiguration,
  type History,
  holdsCommands,
  type Machine,
  type MachineCodec,
  majority,
  type PromiseMessage,
  type ProposerState,
  readDecree,
  readReplica,
  type SessionEntry,
  stampedValue,
  type Value,
  writeReplica,
} from '../src/index.js';
import { playProposer } from './playing.js';

const PAYLOAD = Uint8Array.of(1, 2, 3);
const TIME = Date.UTC(2026, 10, 27);

/** The decree of an earlier version, which has no room for a stamp. */
const UNSTAMPED: Value = Uint8Array.of(1, ...PAYLOAD);

describe('a decree', () => {
  it('has the time stamp that it was given last, and the payload that it always had', () => {
    const value = commandsValue(PAYLOAD);
    expect(readDecree(value)).toEqual({ type: 'commands', time: 0, payload: PAYLOAD });
    const stamped = stampedValue(value, TIME + 0.9);
    expect(readDecree(stamped)).toEqual({ type: 'commands', time: TIME, payload: PAYLOAD });
    expect(readDecree(stampedValue(stamped, TIME - 5))).toMatchObject({ time: TIME - 5, payload: PAYLOAD });
    // Somebody else may hold the same bytes.
    expect(readDecree(value)).toMatchObject({ time: 0 });
  });

  it('has a stamp within bounds, whatever a calendar says', () => {
    const timeOf = (time: number): unknown => readDecree(stampedValue(commandsValue(PAYLOAD), time));
    expect(timeOf(-1)).toMatchObject({ time: 0 });
    expect(timeOf(Number.POSITIVE_INFINITY)).toMatchObject({ time: 2 ** 48 - 1 });
    expect(timeOf(2 ** 32)).toMatchObject({ time: 2 ** 32 });
    expect(timeOf(2 ** 32 - 1)).toMatchObject({ time: 2 ** 32 - 1 });
  });

  it('of an earlier version has none, and gets none', () => {
    expect(stampedValue(UNSTAMPED, TIME)).toBe(UNSTAMPED);
    expect(readDecree(UNSTAMPED)).toEqual({ type: 'commands', time: 0, payload: PAYLOAD });
    expect(holdsCommands(UNSTAMPED)).toBe(true);
  });

  it('that ends within its stamp is none', () => {
    for (let length = 1; length < 7; length++) {
      const cut = commandsValue(PAYLOAD).subarray(0, length);
      expect([readDecree(cut), holdsCommands(cut)]).toEqual([{ type: 'unknown' }, false]);
      expect(stampedValue(cut, TIME)).toBe(cut);
    }
    expect(readDecree(commandsValue(new Uint8Array()))).toMatchObject({ type: 'commands', time: 0 });
  });
});

describe('a leader', () => {
  const HISTORY: History = [foundingConfiguration(majority([0]), 256)];

  /** The only member, which leads; `time` is what its calendar says at 0. */
  function alone(time: number | undefined): { state: ProposerState; stampAt: (now: number) => number } {
    const state = createProposer(0, HISTORY, { promised: 0, decidedUpTo: 0, seed: 1, now: 0 });
    let now = 0;
    const tick = (): void => {
      now += 25;
      playProposer(state, { type: 'tick', ...(time === undefined ? {} : { time: time + now }) }, now);
    };
    while (state.role.name !== 'preparing') {
      tick();
      if (state.role.name === 'canvassing') {
        const { attempt } = state.role;
        const reply = { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 0 } as const;
        playProposer(state, { type: 'message', from: 0, message: reply }, now);
      }
    }
    const { ballot } = state.role;
    const promise: PromiseMessage = {
      type: 'promise',
      ballot,
      fromSlot: 1,
      upTo: undefined,
      isPaused: false,
      decidedUpTo: 0,
      votes: [],
      token: state.attempts,
    };
    playProposer(state, { type: 'message', from: 0, message: promise }, now);
    expect(state.role.name).toBe('leading');
    const stampAt = (later: number): number => {
      const value = commandsValue(PAYLOAD);
      const said = playProposer(state, { type: 'propose', value, token: 1 }, now + later);
      for (const each of said) {
        if (each.type !== 'send' || each.message.type !== 'accept') continue;
        const decree = readDecree(each.message.value);
        if (decree.type === 'commands') return decree.time - (time ?? 0) - now;
      }
      throw new Error('nothing was proposed');
    };
    return { state, stampAt };
  }

  it('stamps what it takes with what its calendar says by then', () => {
    expect(alone(TIME).stampAt(7)).toBe(7);
  });

  it('stamps nothing while nobody has told it the time', () => {
    const { state, stampAt } = alone(undefined);
    expect(state.calendar).toBeUndefined();
    expect(stampAt(7)).toBeLessThan(0);
  });
});

describe('a replica', () => {
  /** Replies with where it was, and when. */
  const machine: Machine<null, number, At> = {
    initial: () => null,
    apply: (_, __, at) => at,
    snapshot: () => [],
    restore: () => null,
  };
  const codec: MachineCodec<number, At> = {
    readEntries: (payload) => JSON.parse(new TextDecoder().decode(payload)) as SessionEntry<number>[],
    writeReply: (reply) => new TextEncoder().encode(JSON.stringify(reply)),
    readReply: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as At,
  };
  const batch = (time: number, ...entries: SessionEntry<number>[]): Value =>
    stampedValue(commandsValue(new TextEncoder().encode(JSON.stringify(entries))), time);
  const run = (number: number): SessionEntry<number> => ({
    type: 'run',
    session: 1,
    number,
    acknowledged: number - 1,
    command: 0,
  });

  it('tells its machine the slot, the place in the decree, and a time that never falls', () => {
    const replica = createReplica(machine, codec);
    const open = { type: 'open', token: 5 } as const;
    const apply = (slot: number, value: Value): unknown[] =>
      applyDecision(replica, { slot, value }).flatMap((result) => (result.type === 'replied' ? [result.reply] : []));
    expect(apply(1, batch(TIME, open, run(1), run(2)))).toEqual([
      { slot: 1, index: 1, time: TIME },
      { slot: 1, index: 2, time: TIME },
    ]);
    expect(apply(2, batch(TIME - 60_000, run(3)))).toEqual([{ slot: 2, index: 0, time: TIME }]);
    // What has no stamp has the latest.
    const unstamped = Uint8Array.of(1, ...new TextEncoder().encode(JSON.stringify([run(4)])));
    expect(apply(3, unstamped)).toEqual([{ slot: 3, index: 0, time: TIME }]);
    const copy = createReplica(machine, codec);
    readReplica(copy, 3, writeReplica(replica));
    const later = batch(TIME - 1, run(5));
    expect(applyDecision(copy, { slot: 4, value: later })).toMatchObject([
      { reply: { slot: 4, index: 0, time: TIME } },
    ]);
    expect(apply(5 - 1, batch(TIME + 1, run(5)))).toEqual([{ slot: 4, index: 0, time: TIME + 1 }]);
  });
});
