import { describe, expect, it } from '@jest/globals';
import {
  createAcceptor,
  createProposer,
  DEFAULT_PROPOSER_OPTIONS,
  foundingConfiguration,
  type History,
  leaderOf,
  type Message,
  majority,
  nextBallot,
  PROMISE_PAGE_BYTES,
  type ProposerInput,
  type ProposerOptions,
  type ProposerState,
  stepAcceptor,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const trio = (alpha = 256): History => [foundingConfiguration(majority([0, 1, 2]), alpha)];
const TRIO = trio();
const V = new Uint8Array([1]);

/** The time of no question: it says nothing of how long answers take. */
const NO_TOKEN = 2 ** 50;

/** A proposer of member 0 with a clock, to whom messages are given and from whom they are taken. */
function stage(options: Partial<ProposerOptions> = {}, history: History = TRIO) {
  const state: ProposerState = createProposer(0, history, { promised: 0, decidedUpTo: 0, seed: 7, now: 0, options });
  let now = 0;
  const step = (input: ProposerInput): Said[] => playProposer(state, input, now);
  const hear = (from: number, message: Message): Said[] => step({ type: 'message', from, message: message as never });
  /** What it is doing; a function, so that the compiler does not remember an earlier answer. */
  const role = (): ProposerState['role'] => state.role;
  /** Lets time pass, tick by tick. */
  const pass = (ms: number): Said[] => {
    const outputs: Said[] = [];
    for (const end = now + ms; now < end; ) {
      now += 25;
      outputs.push(...step({ type: 'tick' }));
    }
    return outputs;
  };
  /** Lets it canvass, with the support of member 1. */
  const prepare = (highestSeen = 0): { ballot: number } => {
    state.wanted = true;
    for (let found = role(); found.name !== 'canvassing'; found = role()) pass(25);
    const { attempt } = role() as { attempt: number };
    hear(1, { type: 'canvass-reply', attempt, support: true, highestSeen, decidedUpTo: 0 });
    const found = role();
    if (found.name !== 'preparing') throw new Error(found.name);
    return found;
  };
  /** Lets it become the leader, with the votes that member 1 reports. */
  const lead = (votes: { slot: number; ballot: number; value: Uint8Array }[] = []): Said[] => {
    const { ballot } = prepare();
    const outputs = [0, 1].flatMap((from) => {
      const mine = from === 1 ? votes : [];
      return hear(from, {
        type: 'promise',
        ballot,
        fromSlot: 1,
        upTo: undefined,
        isPaused: false,
        decidedUpTo: 0,
        votes: mine,
        token: NO_TOKEN,
      });
    });
    if (role().name !== 'leading') throw new Error(role().name);
    return outputs;
  };
  return { state, step, hear, pass, prepare, lead };
}

/** The own learner has come to know slots, decided as they were proposed. */
function settled(slots: readonly number[], value = V, history = TRIO): ProposerInput {
  return { type: 'settled', settled: slots.map((slot) => ({ slot, value })), decidedUpTo: Math.max(...slots), history };
}

function messages(outputs: readonly Said[], type: Message['type']): Message[] {
  return outputs.flatMap((output) => (output.type === 'send' && output.message.type === type ? [output.message] : []));
}

describe('an election', () => {
  it('begins by canvassing, which raises no ballot, and goes no further without support', () => {
    const { state, pass, hear } = stage();
    const outputs = pass(20_000);
    expect(messages(outputs, 'canvass').length).toBeGreaterThan(5);
    expect(messages(outputs, 'prepare')).toEqual([]);
    expect(state.highestSeen).toBe(0);
    const attempt = state.role.name === 'canvassing' ? state.role.attempt : 0;
    hear(1, { type: 'canvass-reply', attempt, support: false, highestSeen: 0, decidedUpTo: 0 });
    expect(state.role.name).not.toBe('preparing');
  });

  it('is not supported by whoever hears a leader', () => {
    const { hear, pass } = stage();
    hear(1, { type: 'heartbeat', ballot: nextBallot(1, 0), sequence: 1, decidedUpTo: 0, leaseMs: 250 });
    pass(100);
    expect(messages(hear(2, { type: 'canvass', attempt: 1, decidedUpTo: 0 }), 'canvass-reply')).toMatchObject([
      { support: false },
    ]);
    // Nor by the leader itself; but a candidate may always follow itself.
    expect(messages(hear(1, { type: 'canvass', attempt: 1, decidedUpTo: 0 }), 'canvass-reply')).toMatchObject([
      { support: true },
    ]);
  });

  it('is not held while a leader is heard', () => {
    const { state, hear, pass } = stage();
    const ballot = nextBallot(1, 0);
    for (let sequence = 1; sequence < 200; sequence++) {
      expect(messages(pass(50), 'canvass')).toEqual([]);
      hear(1, { type: 'heartbeat', ballot, sequence, decidedUpTo: 0, leaseMs: 250 });
    }
    expect(leaderOf(state)).toBe(ballot);
  });

  it('uses a ballot above all it has heard of', () => {
    const high = nextBallot(2, 2 ** 30);
    expect(stage().prepare(high)).toMatchObject({ name: 'preparing', ballot: nextBallot(0, high) });
  });

  it('gives up a ballot that its own acceptor has promised before, to the proposer that it was before it was started anew', () => {
    const { hear, state, prepare } = stage();
    const { ballot } = prepare();
    hear(0, { type: 'nack', ballot, promised: ballot });
    expect(state.role.name).toBe('following');
    expect(prepare().ballot).toBeGreaterThan(ballot);
  });

  it('lost to a higher ballot waits, longer from time to time, and differently for every seed', () => {
    const waits = [1, 2, 3].map((seed) => {
      const state = createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed, now: 0 });
      return state.standAt;
    });
    expect(new Set(waits).size).toBe(3);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(DEFAULT_PROPOSER_OPTIONS.electionTimeoutMinMs);
      expect(wait).toBeLessThanOrEqual(DEFAULT_PROPOSER_OPTIONS.electionTimeoutMaxMs);
    }
    const { state, hear, lead } = stage();
    lead();
    const ballot = leaderOf(state) as number;
    hear(2, { type: 'nack', ballot, promised: nextBallot(2, ballot) });
    expect(state).toMatchObject({ role: { name: 'following' }, failures: 1, highestSeen: nextBallot(2, ballot) });
  });

  it('after a stall of this process is not held at once: silence proves nothing', () => {
    const { state, step } = stage();
    const ballot = nextBallot(1, 0);
    playProposer(
      state,
      { type: 'message', from: 1, message: { type: 'heartbeat', ballot, sequence: 1, decidedUpTo: 0, leaseMs: 250 } },
      10,
    );
    step({ type: 'tick' });
    expect(messages(playProposer(state, { type: 'tick' }, 60_000), 'canvass')).toEqual([]);
    expect(leaderOf(state)).toBe(ballot);
  });

  it.each([160, 1000])(
    'is held also where every tick comes late, by %d ms; and a leader that hears nobody steps down',
    (late) => {
      const { state } = stage();
      for (let ticks = 1; state.role.name === 'following'; ticks++) {
        expect(ticks).toBeLessThan(10);
        playProposer(state, { type: 'tick' }, ticks * late);
      }
      const other = stage();
      other.lead();
      for (let ticks = 1; other.state.role.name === 'leading'; ticks++) {
        expect(ticks).toBeLessThan(10);
        playProposer(other.state, { type: 'tick' }, 100_000 + ticks * late);
      }
    },
  );
});

describe('a leader', () => {
  it('fills the gaps below the highest slot that was voted in with no-ops, and proposes its own above', () => {
    const { lead, step, state } = stage();
    const old = nextBallot(1, 0) - 1024;
    const outputs = [...lead([{ slot: 3, ballot: old, value: V }]), ...step({ type: 'propose', value: V, token: 1 })];
    const slots = new Map(
      messages(outputs, 'accept').map((message) =>
        message.type === 'accept' ? [message.slot, message.value] : [0, V],
      ),
    );
    expect([...slots]).toEqual([
      [1, new Uint8Array(0)],
      [2, new Uint8Array(0)],
      [3, V],
      [4, V],
    ]);
    expect(state.role).toMatchObject({ nextSlot: 5 });
  });

  it('has at most alpha slots in flight, and takes no more values than it can hold', () => {
    const { lead, step, state } = stage({ standing: false }, trio(4));
    lead();
    let refused = 0;
    for (let token = 1; token <= 6000; token++) {
      for (const output of step({ type: 'propose', value: V, token })) {
        if (output.type === 'not-submitted') {
          expect(output).toEqual({ type: 'not-submitted', token, reason: 'overloaded' });
          refused += 1;
        }
      }
    }
    expect(state.role).toMatchObject({ nextSlot: 5 });
    expect(refused).toBe(6000 - 4 - 4096);
    const outputs = step(settled([1, 2], V, trio(4)));
    expect(new Set(messages(outputs, 'accept').map((message) => message.type === 'accept' && message.slot))).toEqual(
      new Set([5, 6]),
    );
  });

  it('asks again for votes that do not come', () => {
    const { lead, step, pass, hear, state } = stage({ standing: false });
    lead();
    step({ type: 'propose', value: V, token: 1 });
    // By heartbeats that were sent after them: they are on their way no longer.
    for (let beats = 0; beats < 2; beats++) {
      pass(75);
      for (const from of [0, 1, 2]) {
        const reply = { type: 'heartbeat-reply', ballot: state.highestSeen, leaseMs: 0, decidedUpTo: 0 } as const;
        hear(from, { ...reply, sequence: state.role.name === 'leading' ? state.role.sequence : 0 });
      }
    }
    expect(messages(pass(DEFAULT_PROPOSER_OPTIONS.resendMs - 100), 'accept')).toHaveLength(3);
    step(settled([1]));
    expect(messages(pass(300), 'accept')).toEqual([]);
  });

  it('that hears no quorum steps down', () => {
    const { state, lead, pass } = stage();
    lead();
    pass(DEFAULT_PROPOSER_OPTIONS.electionTimeoutMaxMs + 50);
    expect(state.role.name).toBe('following');
  });

  it('answers a read when a quorum has confirmed a heartbeat sent after the question, and not one sent before', () => {
    const { state, lead, pass, hear, step } = stage({ standing: false });
    lead();
    const ballot = leaderOf(state) as number;
    const beats = messages(pass(100), 'heartbeat').map((message) =>
      message.type === 'heartbeat' ? message.sequence : 0,
    );
    const before = Math.max(...beats);
    step({ type: 'propose', value: V, token: 1 });
    const asked = messages(step({ type: 'ask-mark', token: 2 }), 'heartbeat');
    const sequence = asked[0]?.type === 'heartbeat' ? asked[0].sequence : 0;
    expect(sequence).toBeGreaterThan(before);
    const reply = (from: number, number: number) =>
      hear(from, { type: 'heartbeat-reply', ballot, sequence: number, leaseMs: 250, decidedUpTo: 0 });
    expect([...reply(0, before), ...reply(1, before), ...reply(2, before)]).toEqual([]);
    expect(reply(0, sequence)).toEqual([]);
    // The same member again is no second voice.
    expect(reply(0, sequence)).toEqual([]);
    expect(reply(1, sequence)).toContainEqual({ type: 'mark', token: 2, slot: 1 });
  });

  it('one heartbeat answers all reads that wait', () => {
    const { state, lead, hear, step } = stage({ standing: false });
    lead();
    const ballot = leaderOf(state) as number;
    const sequence = (outputs: Said[]) =>
      messages(outputs, 'heartbeat').map((message) =>
        message.type === 'heartbeat' ? message.sequence : 0,
      )[0] as number;
    const first = sequence(step({ type: 'ask-mark', token: 1 }));
    for (let token = 2; token <= 50; token++) expect(step({ type: 'ask-mark', token })).toEqual([]);
    hear(0, { type: 'heartbeat-reply', ballot, sequence: first, leaseMs: 250, decidedUpTo: 0 });
    const outputs = hear(1, { type: 'heartbeat-reply', ballot, sequence: first, leaseMs: 250, decidedUpTo: 0 });
    expect(outputs.filter(({ type }) => type === 'mark')).toHaveLength(1);
    const second = sequence(outputs);
    hear(0, { type: 'heartbeat-reply', ballot, sequence: second, leaseMs: 250, decidedUpTo: 0 });
    const rest = hear(2, { type: 'heartbeat-reply', ballot, sequence: second, leaseMs: 250, decidedUpTo: 0 });
    expect(rest.filter(({ type }) => type === 'mark')).toHaveLength(49);
  });

  it('serves no read before a decree of its own ballot is decided; should there be none, it is a no-op', () => {
    const { state, lead, hear, step } = stage();
    const outputs = lead();
    expect(messages(outputs, 'accept')[0]).toMatchObject({ slot: 1, value: new Uint8Array(0) });
    const ballot = leaderOf(state) as number;
    step({ type: 'ask-mark', token: 1 });
    const reply = { type: 'heartbeat-reply', ballot, sequence: 99, leaseMs: 0, decidedUpTo: 0 } as const;
    expect([...hear(0, reply), ...hear(1, reply)].filter(({ type }) => type === 'mark')).toEqual([]);
    expect(step(settled([1], new Uint8Array(0)))).toContainEqual({ type: 'mark', token: 1, slot: 1 });
  });

  it('that sees a slot decided otherwise than it proposed was deposed, and announces nothing more', () => {
    const { state, lead, step, pass } = stage({ standing: false });
    lead();
    step({ type: 'propose', value: V, token: 1 });
    step(settled([1], new Uint8Array([2])));
    expect(state.role).toMatchObject({ name: 'following', leader: undefined });
    expect(messages(pass(100), 'heartbeat')).toEqual([]);
  });

  it('tells in its heartbeats what phase 1 found decided, though its own learner has yet to fetch it', () => {
    const { state, pass, hear, prepare } = stage();
    prepare();
    for (const from of [0, 1]) {
      const { ballot } = state.role as unknown as { ballot: number };
      hear(from, {
        type: 'promise',
        ballot,
        fromSlot: 1,
        upTo: undefined,
        isPaused: false,
        decidedUpTo: from === 1 ? 9 : 0,
        votes: [],
        token: NO_TOKEN,
      });
    }
    expect(state.role).toMatchObject({ name: 'leading', firstSlot: 10 });
    expect(messages(pass(100), 'heartbeat')[0]).toMatchObject({ decidedUpTo: 9 });
  });
});

describe('promises in pages', () => {
  /** An acceptor of member 1 that has voted in slots 1 to 5, in pages of two, and a candidate with the promise of its own. */
  function candidate() {
    const acceptor = createAcceptor(1, TRIO);
    const old = nextBallot(2, 0);
    for (let slot = 1; slot <= 5; slot++) {
      const value = new Uint8Array(PROMISE_PAGE_BYTES * 0.6).fill(1);
      stepAcceptor(acceptor, { type: 'message', from: 2, message: { type: 'accept', ballot: old, slot, value } }, 0);
    }
    const { state, pass, hear } = stage();
    while (state.role.name !== 'canvassing') pass(25);
    const { attempt } = state.role;
    hear(1, { type: 'canvass-reply', attempt, support: true, highestSeen: old, decidedUpTo: 0 });
    const { ballot } = state.role as unknown as { ballot: number };
    const own = { fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0, votes: [], token: 0 };
    hear(0, { type: 'promise', ballot, ...own });
    const answer = (fromSlot = 1) =>
      stepAcceptor(
        acceptor,
        { type: 'message', from: 0, message: { type: 'prepare', ballot, fromSlot, bytes: 1e9, token: 0 } },
        0,
      ).messages.map(({ message }) => message);
    const learn = (decidedUpTo: number) => stepAcceptor(acceptor, { type: 'watermark', decidedUpTo, history: TRIO }, 0);
    return { state, pass, hear, answer, learn };
  }

  it('count when they leave no gap, whatever answers they are of: no vote is missed (an acceptor that answered twice)', () => {
    const { state, hear, answer, learn } = candidate();
    const first = answer();
    expect(first).toMatchObject([
      { fromSlot: 1, upTo: 2 },
      { fromSlot: 3, upTo: 4 },
      { fromSlot: 5, upTo: undefined },
    ]);
    learn(2);
    // The same prepare again, and its answer is cut elsewhere.
    const second = answer();
    expect(second).toMatchObject([
      { fromSlot: 1, upTo: 4, decidedUpTo: 2 },
      { fromSlot: 5, upTo: undefined },
    ]);
    hear(1, first[0] as Message);
    hear(1, second[1] as Message);
    hear(1, first[2] as Message);
    expect(state.role.name).toBe('preparing');
    hear(1, second[0] as Message);
    expect(state.role.name).toBe('preparing');
    hear(1, first[2] as Message);
    expect(state.role).toMatchObject({ name: 'leading', promises: { boundUpTo: 5 } });
    const { promises } = state.role as unknown as { promises: { bound: Map<number, unknown> } };
    expect([...promises.bound.keys()].sort()).toEqual([3, 4, 5]);
  });

  it('are asked for on, a few at a time, from where they end; and again, with growing pauses, when they do not come', () => {
    const { state, hear, pass } = candidate();
    const { ballot } = state.role as unknown as { ballot: number };
    const page = (fromSlot: number, upTo: number | undefined, isPaused: boolean) =>
      ({ type: 'promise', ballot, fromSlot, upTo, isPaused, decidedUpTo: 0, votes: [], token: NO_TOKEN }) as const;
    const asked = (outputs: Said[]) =>
      outputs.flatMap((output) =>
        output.type === 'send' && output.to === 1 && output.message.type === 'prepare' ? [output.message.fromSlot] : [],
      );
    expect(asked(hear(1, page(1, 7, false)))).toEqual([]);
    expect(asked(hear(1, page(8, 9, true)))).toEqual([10]);
    // After 200, 400 and 800 ms, from where its knowledge ends.
    expect(asked(pass(1500))).toEqual([10, 10, 10]);
    expect(asked(hear(1, page(10, 11, true)))).toEqual([12]);
    hear(1, page(12, undefined, false));
    expect(state.role.name).toBe('leading');
  });

  it('may take as long as they take: an election is given up for want of progress only', () => {
    const { state, hear, pass } = candidate();
    const { ballot } = state.role as unknown as { ballot: number };
    for (let slot = 1; slot <= 20; slot++) {
      pass(4500);
      hear(1, {
        type: 'promise',
        ballot,
        fromSlot: slot,
        upTo: slot,
        isPaused: true,
        decidedUpTo: 0,
        votes: [],
        token: NO_TOKEN,
      });
    }
    expect(state.role).toMatchObject({ name: 'preparing', ballot });
    pass(6000);
    expect(state.role.name).not.toBe('preparing');
  });

  it.each([
    [8, 1_000_000, 1250],
    [16, 250_000, 250],
    [64, 250_000, 12_500],
  ])(
    'arrive over a slow line in one election: %d votes of %d bytes at %d bytes a millisecond',
    (votes, size, bytesPerMs) => {
      const acceptor = createAcceptor(1, TRIO, 0);
      const own = createAcceptor(0, TRIO, 0);
      const old = nextBallot(2, 0);
      for (let slot = 1; slot <= votes; slot++) {
        const accept = { type: 'accept', ballot: old, slot, value: new Uint8Array(size).fill(1) } as const;
        stepAcceptor(acceptor, { type: 'message', from: 2, message: accept }, 0);
      }
      const state = createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed: 1, now: 0, options: { leaseMs: 0 } });
      const flight: { at: number; message: Message }[] = [];
      let [now, free, sentBytes, elections] = [0, 0, 0, 0];
      const hear = (from: number, message: Message): void =>
        carry(playProposer(state, { type: 'message', from, message: message as never }, now));
      const carry = (outputs: readonly Said[]): void => {
        for (const output of outputs) {
          if (output.type !== 'send' || output.to === 2) continue;
          const { to, message } = output;
          if (message.type === 'canvass') {
            const { attempt } = message;
            flight.push({
              at: free,
              message: { type: 'canvass-reply', attempt, support: true, highestSeen: old, decidedUpTo: 0 },
            });
          } else if (message.type === 'prepare' && to === 0) {
            elections += 1;
            for (const answer of stepAcceptor(own, { type: 'message', from: 0, message }, now).messages)
              hear(0, answer.message);
          } else if (message.type === 'prepare') {
            for (const answer of stepAcceptor(acceptor, { type: 'message', from: 0, message }, now).messages) {
              if (answer.message.type !== 'promise') throw new Error(answer.message.type);
              const bytes = answer.message.votes.reduce((sum, { value }) => sum + value.length, 100);
              sentBytes += bytes;
              free = Math.max(free, now) + bytes / bytesPerMs;
              flight.push({ at: free + 5, message: answer.message });
            }
          }
        }
      };
      for (; state.role.name !== 'leading'; now += 25) {
        if (now > 600_000) throw new Error(`no leader in ten minutes; ${sentBytes} bytes were sent`);
        flight.sort((one, other) => one.at - other.at);
        while ((flight[0]?.at ?? Number.POSITIVE_INFINITY) <= now)
          hear(1, (flight.shift() as (typeof flight)[number]).message);
        carry(playProposer(state, { type: 'tick' }, now));
      }
      expect(elections).toBe(1);
      expect(sentBytes).toBeLessThan(1.7 * votes * size);
    },
  );
});
