/** Messages that take longer on their line than an election timeout, and keep heartbeats behind them. */

import { describe, expect, it } from '@jest/globals';
import {
  createProposer,
  DEFAULT_PROPOSER_OPTIONS,
  foundingConfiguration,
  type History,
  type Leading,
  type MemberId,
  majority,
  nextBallot,
  type ProposerInput,
  type ProposerMessage,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const { electionTimeoutMaxMs, heartbeatMs } = DEFAULT_PROPOSER_OPTIONS;
const LONGEST_MS = 16 * electionTimeoutMaxMs;
const TICK_MS = 25;
const LEADER = 1;
const BALLOT = nextBallot(LEADER, 0);

/** Member 0, with a clock. */
function member() {
  const state = createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed: 7, now: 0 });
  let now = 0;
  const step = (input: ProposerInput): Said[] => playProposer(state, input, now);
  const hear = (from: MemberId, message: ProposerMessage): Said[] => step({ type: 'message', from, message });
  const beat = (sequence = 1): Said[] =>
    hear(LEADER, { type: 'heartbeat', ballot: BALLOT, sequence, decidedUpTo: 0, leaseMs: 0 });
  /** For so long, or until its role is no longer what it is; before each tick, something. @returns how long it was. */
  const pass = (ms: number, each: () => void = () => {}): number => {
    const begun = now;
    const { name } = state.role;
    while (now - begun < ms && state.role.name === name) {
      now += TICK_MS;
      each();
      step({ type: 'tick' });
    }
    return now - begun;
  };
  const part = (from: MemberId) => (): void => void step({ type: 'part', from });
  return { state, step, hear, beat, pass, part };
}

describe('a follower', () => {
  const support = (made: ReturnType<typeof member>): unknown =>
    made.hear(2, { type: 'canvass', attempt: 1, decidedUpTo: 0 }).map((output) => {
      return output.type === 'send' && output.message.type === 'canvass-reply' && output.message.support;
    });

  it('waits for a leader of whom a long message is coming, and would follow no other', () => {
    const made = member();
    made.beat();
    expect(made.pass(5000, made.part(LEADER))).toBe(5000);
    expect(support(made)).toEqual([false]);
    // Then it falls silent: that is noticed no later than always.
    expect(made.pass(5000)).toBeLessThanOrEqual(electionTimeoutMaxMs + TICK_MS);
  });

  it('waits so for a bounded time after the last word: the long message may be of another role than the one that led', () => {
    const made = member();
    made.beat();
    const waitedMs = made.pass(60_000, made.part(LEADER));
    expect(waitedMs).toBeGreaterThan(LONGEST_MS);
    expect(waitedMs).toBeLessThanOrEqual(LONGEST_MS + electionTimeoutMaxMs + TICK_MS);
  });

  it('has the whole time again after each word', () => {
    const made = member();
    for (let sequence = 1; sequence < 5; sequence++) {
      made.beat(sequence);
      expect(made.pass(LONGEST_MS, made.part(LEADER))).toBe(LONGEST_MS);
    }
  });

  it('does not take a message of another member for one of the leader', () => {
    const made = member();
    made.beat();
    expect(made.pass(5000, made.part(2))).toBeLessThanOrEqual(electionTimeoutMaxMs + TICK_MS);
  });

  it('that knows no leader does not wait for anybody because of a message', () => {
    const made = member();
    expect(made.pass(5000, made.part(LEADER))).toBeLessThanOrEqual(electionTimeoutMaxMs + TICK_MS);
  });
});

/** Member 0, leading; the others answer its heartbeats while they listen. */
function leader() {
  const made = member();
  const { state, step, pass } = made;
  const deaf = new Set<MemberId>();
  const role = (): Leading => {
    if (state.role.name !== 'leading') throw new Error(state.role.name);
    return state.role;
  };
  pass(5000);
  if (state.role.name !== 'canvassing') throw new Error(state.role.name);
  const { attempt } = state.role;
  made.hear(1, { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 0 });
  const promise = { type: 'promise', fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0 } as const;
  for (const from of [0, 1]) made.hear(from, { ...promise, ballot: state.highestSeen, votes: [], token: 2 ** 50 });
  const lead = (ms: number, each: () => void = () => {}): number =>
    pass(ms, () => {
      each();
      const { ballot, sequence } = role();
      for (const from of [0, 1, 2])
        if (!deaf.has(from)) made.hear(from, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 0 });
    });
  const deafen = (): void => {
    for (const to of [1, 2]) deaf.add(to);
  };
  const propose = (bytes: number): void => {
    const value = new Uint8Array(bytes);
    value[0] = 1;
    step({ type: 'propose', value, token: bytes });
  };
  lead(4 * heartbeatMs);
  // The no-op that it begins with.
  for (const from of [0, 1, 2]) made.hear(from, { type: 'accepted', ballot: role().ballot, slot: 1 });
  const settled = [...role().inFlight].map(([slot, value]) => ({ slot, value }));
  step({ type: 'settled', settled, decidedUpTo: 1, history: TRIO });
  return { ...made, lead, deafen, propose, role };
}

describe('a leader', () => {
  it('steps down soon when it hears no quorum', () => {
    const made = leader();
    made.propose(1024);
    made.deafen();
    expect(made.lead(60_000)).toBeLessThanOrEqual(electionTimeoutMaxMs + heartbeatMs);
  });

  it('does not while what it has sent may keep its heartbeats from them: a line takes its time for a long proposal', () => {
    const made = leader();
    made.propose(256 * 1024);
    made.deafen();
    const waitedMs = made.lead(60_000);
    // 16 KiB in an election timeout.
    expect(waitedMs).toBeGreaterThan((256 / 16) * DEFAULT_PROPOSER_OPTIONS.electionTimeoutMinMs);
    expect(waitedMs).toBeLessThan((256 / 16) * DEFAULT_PROPOSER_OPTIONS.electionTimeoutMinMs + 1000);
  });

  it('steps down in the end, however long the proposal', () => {
    const made = leader();
    made.propose(64 * 1024 * 1024);
    made.deafen();
    expect(made.lead(60_000)).toBeLessThanOrEqual(LONGEST_MS + electionTimeoutMaxMs + heartbeatMs);
  });

  it('hears a member of whom a long message is coming, for a bounded time after its last reply', () => {
    const made = leader();
    made.deafen();
    const waitedMs = made.lead(60_000, made.part(1));
    expect(waitedMs).toBeGreaterThan(LONGEST_MS);
    expect(waitedMs).toBeLessThanOrEqual(LONGEST_MS + electionTimeoutMaxMs + heartbeatMs);
  });

  it('does not hear one so that has never answered', () => {
    const made = leader();
    made.deafen();
    made.role().confirmed.clear();
    expect(made.lead(60_000, made.part(1))).toBeLessThanOrEqual(electionTimeoutMaxMs + heartbeatMs);
  });
});

describe('the window', () => {
  const answer = (made: ReturnType<typeof leader>, slot: number): void =>
    void made.hear(1, { type: 'accepted', ballot: made.role().ballot, slot });
  const windowOf = (made: ReturnType<typeof leader>): number => made.role().flows.get(1)?.pace.bytes ?? 0;

  it('does not grow by heartbeats that come when a long proposal has all but arrived', () => {
    const made = leader();
    const before = windowOf(made);
    for (let round = 0; round < 3; round++) made.propose(256 * 1024);
    made.lead(175);
    expect(windowOf(made)).toBe(before);
  });

  it('grows by long proposals that are answered soon', () => {
    const made = leader();
    const before = windowOf(made);
    const { nextSlot } = made.role();
    made.propose(256 * 1024);
    answer(made, nextSlot);
    expect(windowOf(made)).toBe(2 * before);
    made.propose(512 * 1024);
    made.lead(175);
    answer(made, nextSlot + 1);
    expect(windowOf(made)).toBe(2 * before);
  });
});
