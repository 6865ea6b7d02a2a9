import { describe, expect, it } from '@jest/globals';
import {
  createAcceptor,
  createProposer,
  foundingConfiguration,
  type History,
  type MemberId,
  type Message,
  majority,
  nextBallot,
  type ProposerState,
  stepAcceptor,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const OLD = nextBallot(2, 0);

/** Three members without a leader, whose acceptors have voted; what they say to one another waits for the line of its sender. */
function openTrio(votes: number, size: number, bytesPerMs: number) {
  const members = [0, 1, 2] as const;
  const acceptors = members.map((member) => createAcceptor(member, TRIO, 0));
  for (let slot = 1; slot <= votes; slot++) {
    const accept = { type: 'accept', ballot: OLD, slot, value: new Uint8Array(size).fill(1) } as const;
    for (const acceptor of acceptors) stepAcceptor(acceptor, { type: 'message', from: 2, message: accept }, 0);
  }
  const proposers = members.map((member) => {
    const start = { promised: OLD, decidedUpTo: 0, seed: member + 1, now: 0, options: { leaseMs: 0 } };
    return createProposer(member, TRIO, start);
  });
  const free = members.map(() => 0);
  const flight: { at: number; from: MemberId; to: MemberId; message: Message }[] = [];
  const counts = { now: 0, elections: 0 };
  const send = (from: MemberId, to: MemberId, message: Message): void => {
    const bytes = message.type === 'promise' ? message.votes.reduce((sum, { value }) => sum + value.length, 100) : 100;
    const begun = Math.max(free[from] as number, counts.now);
    if (from !== to) free[from] = begun + bytes / bytesPerMs;
    flight.push({ at: from === to ? counts.now : (free[from] as number) + 5, from, to, message });
  };
  const carry = (from: MemberId, outputs: readonly Said[]): void => {
    for (const output of outputs) {
      if (output.type !== 'send') continue;
      if (output.to === from && output.message.type === 'prepare') counts.elections += 1;
      send(from, output.to, output.message);
    }
  };
  const deliver = ({ from, to, message }: (typeof flight)[number]): void => {
    if (message.type === 'prepare') {
      const input = { type: 'message', from, message } as const;
      for (const answer of stepAcceptor(acceptors[to] as (typeof acceptors)[number], input, counts.now).messages)
        send(to, answer.to, answer.message);
    } else if (message.type !== 'accept' && message.type !== 'heartbeat') {
      carry(
        to,
        playProposer(proposers[to] as ProposerState, { type: 'message', from, message: message as never }, counts.now),
      );
    }
  };
  const pass = (): void => {
    counts.now += 25;
    for (;;) {
      flight.sort((one, other) => one.at - other.at);
      if ((flight[0]?.at ?? Number.POSITIVE_INFINITY) > counts.now) break;
      deliver(flight.shift() as (typeof flight)[number]);
    }
    for (const member of members)
      carry(member, playProposer(proposers[member] as ProposerState, { type: 'tick' }, counts.now));
  };
  return { proposers, counts, pass };
}

describe('a candidate whose phase 1 takes longer than the others wait for a leader', () => {
  it.each([
    [16, 250_000, 1250],
    [8, 1_000_000, 1250],
    [16, 250_000, 250],
  ])(
    'is not stood against while it makes progress: %d votes of %d bytes at %d bytes a millisecond',
    (votes, size, bytesPerMs) => {
      const { proposers, counts, pass } = openTrio(votes, size, bytesPerMs);
      const lineMs = (votes * size) / bytesPerMs;
      while (!proposers.some(({ role }) => role.name === 'leading')) {
        if (counts.now > 20 * lineMs) throw new Error(`no leader; ${counts.elections} elections`);
        pass();
      }
      // All three stand at first; then the lines are busy with answers that nobody wants any more.
      expect(counts.elections).toBeLessThanOrEqual(5);
      expect(counts.now).toBeLessThan(3 * lineMs + 2000);
    },
  );
});

it('a candidate that makes no progress keeps nobody from standing, nor from supporting another', () => {
  const state = createProposer(0, TRIO, { promised: OLD, decidedUpTo: 0, seed: 1, now: 0 });
  const ballot = nextBallot(1, OLD);
  let now = 0;
  const tell = () => playProposer(state, { type: 'message', from: 1, message: { type: 'candidacy', ballot } }, now);
  const support = (from: MemberId) => {
    const message = { type: 'canvass', attempt: 1, decidedUpTo: 0 } as const;
    const [reply] = playProposer(state, { type: 'message', from, message }, now);
    return reply?.type === 'send' && reply.message.type === 'canvass-reply' && reply.message.support;
  };
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 25;
      playProposer(state, { type: 'tick' }, now);
    }
  };
  for (let times = 0; times < 100; times++) {
    tell();
    pass(50);
    expect(state.role.name).toBe('following');
  }
  // It is not asked to follow another meanwhile, only the candidate itself.
  expect([support(2), support(1)]).toEqual([false, true]);
  pass(300);
  expect(support(2)).toBe(true);
  pass(300);
  expect(state.role.name).toBe('canvassing');
  // A ballot below what it has seen is nobody's to wait for.
  playProposer(
    state,
    { type: 'message', from: 2, message: { type: 'nack', ballot: OLD, promised: nextBallot(2, ballot) } },
    now,
  );
  tell();
  expect(state.role.name).toBe('canvassing');
});

it('a candidate that nobody answers holds off nobody for long, also when an answer once came an hour late', () => {
  const state = createProposer(0, TRIO, { promised: OLD, decidedUpTo: 0, seed: 1, now: 0 });
  const promise = {
    type: 'promise',
    fromSlot: 1,
    upTo: undefined,
    isPaused: false,
    decidedUpTo: 0,
    votes: [],
  } as const;
  let now = 3_600_000;
  // It was suspended while member 1 answered.
  const late = { ...promise, ballot: nextBallot(0, 0), token: 1 };
  playProposer(state, { type: 'message', from: 1, message: late }, now);
  const led = nextBallot(2, OLD);
  const heartbeat = { type: 'heartbeat', ballot: led, sequence: 1, decidedUpTo: 0, leaseMs: 0 } as const;
  playProposer(state, { type: 'message', from: 2, message: heartbeat }, now);
  playProposer(state, { type: 'message', from: 2, message: { type: 'handover', ballot: led } }, now);
  playProposer(
    state,
    { type: 'message', from: 0, message: { ...promise, ballot: state.highestSeen, token: now } },
    now,
  );
  const begun = now;
  let toldAt = now;
  while (state.role.name === 'preparing') {
    now += 25;
    if (now - begun > 60_000) throw new Error('it still waits for promises');
    for (const output of playProposer(state, { type: 'tick' }, now))
      if (output.type === 'send' && output.message.type === 'candidacy') toldAt = now;
  }
  expect(toldAt - begun).toBeGreaterThan(0);
  expect(toldAt - begun).toBeLessThan(5000);
});

it('a leader whose heartbeats come seldom is not deposed for that; one that falls silent is', () => {
  const state = createProposer(0, TRIO, { promised: OLD, decidedUpTo: 0, seed: 1, now: 0 });
  const { electionTimeoutMinMs: min, electionTimeoutMaxMs: max } = state.options;
  let now = 0;
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 25;
      playProposer(state, { type: 'tick' }, now);
    }
  };
  const beat = () => {
    const message = { type: 'heartbeat', ballot: OLD, sequence: 1, decidedUpTo: 0, leaseMs: 0 } as const;
    playProposer(state, { type: 'message', from: 2, message }, now);
  };
  const supports = () => {
    const message = { type: 'canvass', attempt: 1, decidedUpTo: 0 } as const;
    const [reply] = playProposer(state, { type: 'message', from: 1, message }, now);
    return reply?.type === 'send' && reply.message.type === 'canvass-reply' && reply.message.support;
  };
  // Its ticks are late, so that nearly the shortest election timeout passes between two heartbeats, and then a little more.
  for (let times = 0; times < 5; times++) {
    beat();
    pass(min - 50);
    expect(supports()).toBe(false);
  }
  beat();
  pass(min + 100);
  expect([supports(), state.role.name]).toEqual([false, 'following']);
  pass(max - min - 75);
  expect(supports()).toBe(true);
  pass(max);
  expect(state.role.name).toBe('canvassing');
  // Once it is heard often again, it is missed soon again.
  for (let times = 0; times < 20; times++) {
    beat();
    pass(50);
  }
  pass(min - 50);
  expect(supports()).toBe(true);
});
