/** Reads on a lease alone: what a leader says when it is asked for one, by two clocks. */

import { describe, expect, it } from '@jest/globals';
import {
  commandsValue,
  createProposer,
  foundingConfiguration,
  type History,
  majority,
  nextBallot,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];
const NO_DRIFT = { leaseMs: 100, clockDrift: 0 } as const;

/** What its calendar says when its monotonic clock says 0. */
const CALENDAR = 1_700_000_000_000;

/** Member 0, which has just come to lead by a handover; `now` and `time` are its clocks. */
function stage(options: Partial<ProposerOptions> = NO_DRIFT, hasCalendar = true) {
  const state = createProposer(0, HISTORY, { promised: 0, decidedUpTo: 0, seed: 1, now: 0, options });
  let now = 0;
  let time = CALENDAR;
  const step = (input: ProposerInput): Said[] => playProposer(state, input, now);
  const hear = (from: number, message: ProposerMessage): Said[] => step({ type: 'message', from, message });
  const sleep = (ms: number): void => {
    time += ms;
  };
  const pass = (ms: number): void => {
    now += ms;
    time += ms;
  };
  const tick = (): Said[] => step(hasCalendar ? { type: 'tick', time } : { type: 'tick' });
  const leadership = () => {
    if (state.role.name !== 'leading') throw new Error(state.role.name);
    return state.role;
  };
  /** These answer its last heartbeat, or the one of that number. */
  const grant = (members: readonly number[], sequence = leadership().sequence, leaseMs = 100): void => {
    const { ballot } = leadership();
    for (const from of members) hear(from, { type: 'heartbeat-reply', ballot, sequence, leaseMs, decidedUpTo: 0 });
  };
  const settle = (slot: number): Said[] => {
    const value = leadership().inFlight.get(slot) ?? new Uint8Array(0);
    return step({ type: 'settled', settled: [{ slot, value }], decidedUpTo: slot, history: HISTORY });
  };
  const ask = (withTime = true): Said | undefined =>
    step({ type: 'ask-lease', token: 7, ...(withTime ? { time } : {}) })[0];
  if (hasCalendar) tick();
  const before = nextBallot(1, 0);
  hear(1, { type: 'heartbeat', ballot: before, sequence: 1, decidedUpTo: 0, leaseMs: 100 });
  const lead = (): void => {
    hear(1, { type: 'handover', ballot: before });
    const page = { type: 'promise', ballot: state.highestSeen, fromSlot: 1, upTo: undefined, isPaused: false } as const;
    for (const from of [0, 1]) hear(from, { ...page, decidedUpTo: 0, votes: [], token: 0 });
  };
  return { state, step, hear, pass, sleep, tick, lead, leadership, grant, settle, ask };
}

/** It leads, has decided something, and a quorum has granted it a lease just now. */
function leased(options?: Partial<ProposerOptions>, hasCalendar?: boolean) {
  const found = stage(options, hasCalendar);
  found.lead();
  found.settle(1);
  found.grant([0, 1]);
  return found;
}

const LEASED = { type: 'leased', token: 7, slot: 1 };
const NOT_LEASED = { type: 'not-leased', token: 7, isLeading: true };

describe('who asks to read on a lease', () => {
  it('is told from which slot on, and nobody else is asked', () => {
    const { step, ask, grant } = leased();
    expect(ask()).toEqual(LEASED);
    expect(step({ type: 'ask-lease', token: 8, time: CALENDAR })).toEqual([{ type: 'leased', token: 8, slot: 1 }]);
    // What is proposed may be decided, and applied elsewhere, before this member hears of it.
    step({ type: 'propose', value: commandsValue(new Uint8Array([1])), token: 1 });
    expect(ask()).toEqual({ ...LEASED, slot: 2 });
    grant([2]);
    expect(ask()).toEqual({ ...LEASED, slot: 2 });
  });

  it('is refused by a member that does not lead, and is not sent on', () => {
    const { step } = stage();
    expect(step({ type: 'ask-lease', token: 7, time: CALENDAR })).toEqual([{ ...NOT_LEASED, isLeading: false }]);
  });

  it('is refused before something of the own ballot is decided, and before a quorum has granted', () => {
    const { lead, grant, settle, ask } = stage();
    lead();
    grant([0, 1]);
    expect(ask()).toEqual(NOT_LEASED);
    settle(1);
    expect(ask()).toEqual(LEASED);
    const other = stage();
    other.lead();
    other.settle(1);
    other.grant([0]);
    expect(other.ask()).toEqual(NOT_LEASED);
  });

  it('is refused while the leadership is handed over', () => {
    const { step, ask } = leased();
    step({ type: 'propose', value: commandsValue(new Uint8Array([1])), token: 1 });
    step({ type: 'transfer', to: 1, token: 2 });
    expect(ask()?.type).toBe('not-leased');
  });
});

describe('a lease ends', () => {
  it('counted from the heartbeat, shorter by as much as clocks may run apart', () => {
    const { pass, ask } = leased({ leaseMs: 100, clockDrift: 0.25 });
    pass(59);
    expect(ask()).toEqual(LEASED);
    pass(1);
    expect(ask()).toEqual(NOT_LEASED);
  });

  it('by the calendar, where the monotonic clock stood still with the machine', () => {
    const { sleep, ask, tick, grant } = leased();
    sleep(99);
    expect(ask()).toEqual(LEASED);
    sleep(1);
    expect(ask()).toEqual(NOT_LEASED);
    // A tick that looks at the calendar anew makes it no younger; a heartbeat of afterwards does.
    tick();
    expect(ask()).toEqual(NOT_LEASED);
    sleep(3_600_000);
    tick();
    expect(ask()).toEqual(NOT_LEASED);
    grant([0, 1]);
    expect(ask()).toEqual(NOT_LEASED);
  });

  it('before a reply that comes after the machine has woken: it counts from the heartbeat by both clocks', () => {
    const { lead, settle, sleep, tick, pass, grant, leadership, ask } = stage();
    lead();
    settle(1);
    const { sequence } = leadership();
    sleep(60_000);
    tick();
    grant([0, 1], sequence);
    expect(ask()).toEqual(NOT_LEASED);
    pass(50);
    tick();
    grant([0, 1]);
    expect(ask()).toEqual(LEASED);
  });

  it('too soon, and never too late, when the calendar is set', () => {
    const { sleep, pass, ask, tick, grant } = leased();
    // Set back: the monotonic clock says when it is over.
    sleep(-3_600_000);
    pass(99);
    expect(ask()).toEqual(LEASED);
    pass(1);
    expect(ask()).toEqual(NOT_LEASED);
    // What was granted before and what after are not mixed: the calendar of before would allow an hour of sleep.
    tick();
    grant([0, 1]);
    sleep(100);
    expect(ask()).toEqual(NOT_LEASED);
  });

  it('with the latest heartbeat that was answered, in whichever order the replies come', () => {
    const { pass, tick, grant, leadership, ask } = leased();
    const { sequence } = leadership();
    pass(50);
    tick();
    grant([0, 1]);
    grant([0, 1], sequence);
    pass(99);
    expect(ask()).toEqual(LEASED);
  });

  it('at once for who has a calendar, where it was counted without one', () => {
    const { ask } = leased(NO_DRIFT, false);
    expect(ask()).toEqual(NOT_LEASED);
    expect(ask(false)).toEqual(LEASED);
  });
});
