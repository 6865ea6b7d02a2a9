import { describe, expect, it } from '@jest/globals';
import {
  type AcceptorMessage,
  type AcceptorState,
  createAcceptor,
  createProposer,
  foundingConfiguration,
  HIGHEST_BALLOT,
  type History,
  isBallot,
  majority,
  nextBallot,
  stepAcceptor,
} from '../src/index.js';
import { playProposer } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const B1 = nextBallot(1, 0);
/** The highest ballot of member 1. */
const TOP = HIGHEST_BALLOT - ((HIGHEST_BALLOT - 1025) % 2048);
const VALUE = new Uint8Array([1, 1]);

function ask(state: AcceptorState, message: AcceptorMessage) {
  return stepAcceptor(state, { type: 'message', from: 1, message }, 0);
}

describe('a number out of all proportion', () => {
  it('is no ballot that anybody takes up: it would end all elections, for ever', () => {
    expect(isBallot(TOP)).toBe(true);
    const asked: readonly AcceptorMessage[] = [
      { type: 'prepare', ballot: TOP, fromSlot: 1, bytes: 1e9, token: 0 },
      { type: 'accept', ballot: TOP, slot: 1, value: VALUE },
      { type: 'heartbeat', ballot: TOP, sequence: 1, decidedUpTo: 0, leaseMs: 250 },
    ];
    for (const message of asked) {
      const state = createAcceptor(0, TRIO);
      expect(ask(state, message)).toEqual({
        records: [],
        messages: [{ to: 1, message: { type: 'nack', ballot: TOP, promised: 0 } }],
        news: [],
      });
      expect(state).toEqual(createAcceptor(0, TRIO));
    }
    // As many elections as a parliament can have had while a member was away are none.
    const late = createAcceptor(0, TRIO);
    expect(
      ask(late, { type: 'prepare', ballot: nextBallot(1, 2 ** 39), fromSlot: 1, bytes: 1e9, token: 0 }).records,
    ).toHaveLength(1);
  });

  it('does not make a proposer use up its own ballots, in whatever message it comes', () => {
    const state = createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed: 1, now: 0 });
    for (const message of [
      { type: 'canvass-reply', attempt: 1, support: true, highestSeen: TOP, decidedUpTo: 0 },
      { type: 'nack', ballot: B1, promised: TOP },
      { type: 'heartbeat', ballot: TOP, sequence: 1, decidedUpTo: 0, leaseMs: 0 },
    ] as const) {
      playProposer(state, { type: 'message', from: 1, message }, 0);
      expect(state).toMatchObject({ highestSeen: 0, role: { name: 'following', leader: undefined } });
    }
  });

  it('is no slot that anybody votes in: votes are kept within a window of what the own learner knows', () => {
    const state = createAcceptor(0, TRIO, 0, { voteSlots: 10 });
    const vote = (slot: number) => ask(state, { type: 'accept', ballot: B1, slot, value: VALUE }).records.length;
    expect([vote(1), vote(10), vote(11), vote(2 ** 52)]).toEqual([1, 1, 0, 0]);
    stepAcceptor(state, { type: 'watermark', decidedUpTo: 1, history: TRIO }, 0);
    expect([vote(11), vote(12)]).toEqual([1, 0]);
    expect(state.votes.size).toBe(2);
  });
});

describe('votes', () => {
  it('are kept while they weigh less than the limit; in the next slot there is always room', () => {
    const state = createAcceptor(0, TRIO, 0, { voteBytes: 100 });
    const vote = (slot: number, bytes: number, ballot = B1) => {
      const value = new Uint8Array(bytes).fill(1);
      return ask(state, { type: 'accept', ballot, slot, value }).records.length;
    };
    expect([vote(2, 60), vote(3, 60), vote(4, 1), vote(1, 200)]).toEqual([1, 1, 0, 1]);
    expect(state.voteBytes).toBe(320);
    // Another vote in a slot takes the place of the one before.
    const B2 = nextBallot(1, B1);
    expect(vote(1, 10, B2)).toBe(1);
    expect(state.voteBytes).toBe(130);
    stepAcceptor(state, { type: 'watermark', decidedUpTo: 2, history: TRIO }, 0);
    expect(state.voteBytes).toBe(60);
    expect(vote(4, 1, B2)).toBe(1);
    stepAcceptor(state, { type: 'watermark', decidedUpTo: 100, history: TRIO }, 0);
    expect(state).toMatchObject({ voteBytes: 0, votes: new Map() });
  });
});

describe('a candidate', () => {
  it('asks its own acceptor again, when that holds back for a lease: it costs a moment, not the election', () => {
    const acceptor = createAcceptor(0, TRIO, 600);
    ask(acceptor, { type: 'heartbeat', ballot: B1, sequence: 1, decidedUpTo: 0, leaseMs: 600 });
    const state = createProposer(0, TRIO, { promised: B1, decidedUpTo: 0, seed: 3, now: 0 });
    let now = 0;
    const asked: number[] = [];
    while (now < 2000 && !(state.role.name === 'preparing' && state.role.stage === 'others')) {
      now += 25;
      const outputs = [...playProposer(state, { type: 'tick' }, now)];
      if (state.role.name === 'canvassing') {
        const { attempt } = state.role;
        const reply = { type: 'canvass-reply', attempt, support: true, highestSeen: B1, decidedUpTo: 0 } as const;
        outputs.push(...playProposer(state, { type: 'message', from: 1, message: reply }, now));
      }
      for (const output of outputs) {
        if (output.type !== 'send' || output.to !== 0 || output.message.type !== 'prepare') continue;
        asked.push(now);
        const input = { type: 'message', from: 0, message: output.message } as const;
        for (const { message } of stepAcceptor(acceptor, input, now).messages)
          playProposer(state, { type: 'message', from: 0, message: message as never }, now);
      }
    }
    expect(state).toMatchObject({ failures: 0, role: { stage: 'others' } });
    expect(now).toBeLessThan(600 + 200 + 25);
    expect(asked.length).toBeGreaterThan(1);
  });
});
