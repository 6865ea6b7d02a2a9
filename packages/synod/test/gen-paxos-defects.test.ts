// The defects of the Erlang original, each as a claim that holds here. Those of its program rather than of its protocol
// (13, 15, and what 1, 5 and 6 mean to a user) are tested in packages/parliament/test/gen-paxos.test.ts.
import { describe, expect, it } from '@jest/globals';
import {
  type AcceptorState,
  createAcceptor,
  createLearner,
  createProposer,
  type Envelope,
  foundingConfiguration,
  type History,
  isPhase1Quorum,
  isPhase2Quorum,
  type Message,
  majority,
  NO_BALLOT,
  nextBallot,
  type ProposerState,
  recoverAcceptor,
  stepAcceptor,
} from '../src/index.js';
import { playLearner, playProposer, type Said } from './playing.js';

const founded = (members: readonly number[]): History => [foundingConfiguration(majority(members))];
const TRIO = founded([0, 1, 2]);
const V = new Uint8Array([1, 1]);
const W = new Uint8Array([1, 2]);
const B1 = nextBallot(1, 0);
const B2 = nextBallot(2, B1);

const prepare = (ballot: number, fromSlot = 1) =>
  ({ type: 'prepare', ballot, fromSlot, bytes: 1e9, token: 0 }) as const;
const accept = (ballot: number, value: Uint8Array, slot = 1) => ({ type: 'accept', ballot, slot, value }) as const;

function ask(state: AcceptorState, from: number, message: ReturnType<typeof prepare> | ReturnType<typeof accept>) {
  return stepAcceptor(state, { type: 'message', from, message }, 0);
}

const isPhase2QuorumAt: typeof isPhase1Quorum = (quorums, has) => isPhase2Quorum(quorums, 'classic', has);

function only(envelopes: readonly Envelope[]): Message {
  if (envelopes.length !== 1) throw new Error(`${envelopes.length} messages`);
  return (envelopes[0] as Envelope).message;
}

function sent(outputs: readonly Said[], type: Message['type']) {
  return outputs.flatMap((output) => (output.type === 'send' && output.message.type === type ? [output] : []));
}

/** A proposer of member 0 whose own acceptor has just promised its first ballot. */
function preparing(members: readonly number[], promised = NO_BALLOT): { state: ProposerState; ballot: number } {
  const state = createProposer(0, founded(members), { promised, decidedUpTo: 0, seed: 1, now: 0 });
  let outputs = playProposer(state, { type: 'tick' }, 10);
  for (let now = 100; state.role.name === 'following'; now += 100) outputs = playProposer(state, { type: 'tick' }, now);
  const attempt = state.role.name === 'canvassing' ? state.role.attempt : 0;
  for (const from of members.slice(1)) {
    const message = { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 0 } as const;
    outputs.push(...playProposer(state, { type: 'message', from, message }, 700));
  }
  if (state.role.name !== 'preparing') throw new Error(`it is ${state.role.name}`);
  return { state, ballot: state.role.ballot };
}

function promise(
  state: ProposerState,
  from: number,
  ballot: number,
  votes: { slot: number; ballot: number; value: Uint8Array }[] = [],
): Said[] {
  const message = {
    type: 'promise',
    ballot,
    fromSlot: 1,
    upTo: undefined,
    isPaused: false,
    decidedUpTo: 0,
    votes,
    token: 0,
  } as const;
  return playProposer(state, { type: 'message', from, message }, 710);
}

describe('defect 1: a restarted acceptor forgets its promises', () => {
  it('what it promised and voted is in its records, and comes back from them', () => {
    const before = createAcceptor(0, TRIO);
    const records = [...ask(before, 1, prepare(B1)).records, ...ask(before, 1, accept(B1, V)).records];
    const after = createAcceptor(0, TRIO);
    for (const record of records) recoverAcceptor(after, record);
    expect(after).toEqual(before);
    expect(only(ask(after, 0, accept(nextBallot(0, 0), W)).messages).type).toBe('nack');
  });
});

describe('defect 2: phase 2 does not adopt the highest accepted value', () => {
  it('a new leader proposes the value of the highest ballot that a quorum reports', () => {
    const { state, ballot } = preparing([0, 1, 2]);
    promise(state, 0, ballot, [{ slot: 1, ballot: B1, value: V }]);
    const outputs = promise(state, 1, ballot, [{ slot: 1, ballot: B2, value: W }]);
    for (const { message } of sent(outputs, 'accept')) expect(message).toEqual(accept(ballot, W));
    expect(sent(outputs, 'accept')).toHaveLength(3);
  });
});

describe('defect 3: promises hide accepted values', () => {
  it('a promise reports every vote, also one whose ballot was given up long ago', () => {
    const acceptor = createAcceptor(0, TRIO);
    ask(acceptor, 1, accept(B1, V));
    ask(acceptor, 1, accept(B1, W, 7));
    for (const ballot of [B2, nextBallot(2, B2), nextBallot(1, B2 + 9999)]) {
      expect(only(ask(acceptor, 2, prepare(ballot)).messages)).toMatchObject({
        type: 'promise',
        votes: [
          { slot: 1, ballot: B1, value: V },
          { slot: 7, ballot: B1, value: W },
        ],
      });
    }
  });
});

describe('defect 4: phase 1 overwrites what was accepted', () => {
  it('a prepare carries no value and leaves votes as they are', () => {
    const acceptor = createAcceptor(0, TRIO);
    ask(acceptor, 1, accept(B1, V));
    const votes = structuredClone(acceptor.votes);
    ask(acceptor, 2, prepare(B2));
    expect(acceptor.votes).toEqual(votes);
    expect(prepare(B2)).not.toHaveProperty('value');
  });
});

describe('defect 5: decided values can be decided anew', () => {
  it('whoever missed the decision cannot get another one through: a quorum reports the vote', () => {
    const acceptors = [0, 1, 2].map((member) => createAcceptor(member, TRIO));
    // V is decided by 0 and 1; member 2 has missed it, and proposes W with a promise of 1.
    for (const member of [0, 1]) ask(acceptors[member] as AcceptorState, 1, accept(B1, V));
    const { state, ballot } = preparing([0, 1, 2], B1);
    for (const member of [0, 1]) {
      const message = only(ask(acceptors[member] as AcceptorState, 0, prepare(ballot)).messages);
      if (message.type !== 'promise') throw new Error(message.type);
      promise(state, member, ballot, [...message.votes]);
    }
    const outputs = playProposer(state, { type: 'propose', value: W, token: 1 }, 720);
    expect(sent(outputs, 'accept').map(({ message }) => message)).toEqual([0, 1, 2].map(() => accept(ballot, W, 2)));
  });
});

describe('defect 6: an even number of members decides with half', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
  ])('of %d members it takes %d, in both phases', (size, needed) => {
    const members = Array.from({ length: size }, (_, member) => member);
    const quorums = majority(members);
    for (const isQuorum of [isPhase1Quorum, isPhase2QuorumAt]) {
      expect(isQuorum(quorums, (member) => member < needed)).toBe(true);
      expect(isQuorum(quorums, (member) => member < needed - 1)).toBe(false);
    }
    const learner = createLearner(0, founded(members));
    members.slice(0, needed).forEach((from, index) => {
      const message = { type: 'accepted', ballot: B1, slot: 1, ...(from === 0 ? { value: V } : {}) } as const;
      const { delivered } = playLearner(learner, { type: 'message', from, message }, 0);
      expect(delivered).toHaveLength(index === needed - 1 ? 1 : 0);
    });
  });
});

describe('defect 7: votes are counted twice', () => {
  it('a vote that arrives again and again is one vote', () => {
    const learner = createLearner(0, TRIO);
    const message = { type: 'accepted', ballot: B1, slot: 1, value: V } as const;
    for (let times = 0; times < 5; times++) {
      expect(playLearner(learner, { type: 'message', from: 0, message }, 0).delivered).toEqual([]);
    }
    expect(playLearner(learner, { type: 'message', from: 1, message }, 0).delivered).toEqual([{ slot: 1, value: V }]);
  });

  it('votes at different ballots are no quorum, nor are those of strangers', () => {
    const learner = createLearner(0, TRIO);
    const vote = (from: number, ballot: number) =>
      playLearner(learner, { type: 'message', from, message: { type: 'accepted', ballot, slot: 1, value: V } }, 0);
    expect(vote(0, B1).delivered).toEqual([]);
    expect(vote(1, B2).delivered).toEqual([]);
    expect(vote(9, B1).delivered).toEqual([]);
    expect(vote(2, B2).delivered).toEqual([]);
    expect(vote(0, B2).delivered).toHaveLength(1);
  });

  it('a promise that arrives again is one promise', () => {
    const { state, ballot } = preparing([0, 1, 2, 3, 4]);
    promise(state, 0, ballot);
    for (let times = 0; times < 5; times++) promise(state, 1, ballot);
    expect(state.role.name).toBe('preparing');
    promise(state, 2, ballot);
    expect(state.role.name).toBe('leading');
  });
});

describe('defect 8: a late promise for an old ballot counts for a new one', () => {
  it('a promise names the ballot it answers, and counts for no other', () => {
    const acceptor = createAcceptor(1, TRIO);
    ask(acceptor, 1, accept(B1, V));
    expect(only(ask(acceptor, 2, prepare(B2)).messages)).toMatchObject({ type: 'promise', ballot: B2 });
    const { state, ballot } = preparing([0, 1, 2]);
    promise(state, 0, ballot);
    promise(state, 1, ballot - 1024);
    expect(state.role.name).toBe('preparing');
  });
});

describe('defect 9: phase 2 is entered and nobody is told', () => {
  it('the promise that completes a quorum has every member asked to vote for what it binds the leader to', () => {
    const { state, ballot } = preparing([0, 1, 2]);
    promise(state, 0, ballot, [{ slot: 1, ballot: B1, value: V }]);
    const outputs = promise(state, 1, ballot, [{ slot: 1, ballot: B1, value: V }]);
    expect(sent(outputs, 'accept').map(({ to }) => to)).toEqual([0, 1, 2]);
  });
});

describe('defect 10: a refusal is sent as a prepare', () => {
  it('is a nack that names the ballot refused and the one promised', () => {
    const acceptor = createAcceptor(0, TRIO);
    ask(acceptor, 2, prepare(B2));
    const nack = { type: 'nack', ballot: B1, promised: B2 };
    expect(only(ask(acceptor, 1, prepare(B1)).messages)).toEqual(nack);
    expect(only(ask(acceptor, 1, accept(B1, V)).messages)).toEqual(nack);
  });
});

describe('defect 11: a proposer counts its own vote unasked', () => {
  it('its own acceptor is asked like any other, and first: no one else hears of a ballot that it refused', () => {
    const { state, ballot } = preparing([0, 1, 2]);
    expect(state.role).toMatchObject({ name: 'preparing', stage: 'own' });
    promise(state, 1, ballot);
    promise(state, 2, ballot);
    // Two promises of others are a quorum, and still it does not lead: its own acceptor has not spoken.
    expect(state.role.name).toBe('preparing');
    expect(
      sent(promise(state, 0, ballot), 'prepare').length + (state.role.name === ('leading' as string) ? 1 : 0),
    ).toBeGreaterThan(0);
  });

  it('its own acceptor promises a ballot once, so that a restarted proposer cannot use it again', () => {
    const acceptor = createAcceptor(0, TRIO);
    const mine = nextBallot(0, 0);
    expect(only(ask(acceptor, 0, prepare(mine)).messages).type).toBe('promise');
    expect(only(ask(acceptor, 0, prepare(mine)).messages).type).toBe('nack');
  });

  it('an acceptor that votes at a higher ballot answers with that ballot', () => {
    const acceptor = createAcceptor(0, TRIO);
    ask(acceptor, 1, prepare(B1));
    const { messages } = ask(acceptor, 2, accept(B2, V));
    expect(messages.map(({ message }) => message)).toContainEqual({ type: 'accepted', ballot: B2, slot: 1 });
    expect(acceptor.promised).toBe(B2);
  });
});

describe('defect 12: unexpected messages crash it', () => {
  it('every message is taken in every role a proposer can be in', () => {
    const messages: Message[] = [
      { type: 'canvass', attempt: 1, decidedUpTo: 0 },
      { type: 'canvass-reply', attempt: 1, support: true, highestSeen: B2, decidedUpTo: 0 },
      {
        type: 'promise',
        ballot: B1,
        fromSlot: 1,
        upTo: undefined,
        isPaused: false,
        decidedUpTo: 0,
        votes: [],
        token: 0,
      },
      { type: 'nack', ballot: B1, promised: B2 },
      { type: 'heartbeat', ballot: B1, sequence: 1, decidedUpTo: 3, leaseMs: 250 },
      { type: 'heartbeat-reply', ballot: B1, sequence: 1, leaseMs: 250, decidedUpTo: 0 },
      { type: 'handover', ballot: B1 },
      { type: 'dismissal', configuration: TRIO[0] },
      { type: 'submit', value: V },
      { type: 'ask-mark', token: 1 },
      { type: 'mark', token: 1, slot: 1 },
    ];
    const roles = [
      createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed: 1, now: 0 }),
      preparing([0, 1, 2]).state,
      (() => {
        const { state, ballot } = preparing([0, 1, 2]);
        promise(state, 0, ballot);
        promise(state, 1, ballot);
        return state;
      })(),
    ];
    for (const role of roles) {
      for (const message of messages) {
        for (const from of [0, 1, 2]) {
          const state = structuredClone(role);
          expect(() => playProposer(state, { type: 'message', from, message: message as never }, 720)).not.toThrow();
        }
      }
    }
  });

  it('an accept of another value at the same ballot, from a faulty proposer, gets no vote', () => {
    const acceptor = createAcceptor(0, TRIO);
    ask(acceptor, 1, accept(B1, V));
    expect(ask(acceptor, 1, accept(B1, W))).toEqual({ records: [], messages: [], news: [] });
  });
});

describe('defect 14: no catch-up', () => {
  it('a learner that missed decisions fetches them, and hands them on in order', () => {
    const ahead = createLearner(1, TRIO);
    for (let slot = 1; slot <= 5; slot++) {
      for (const from of [1, 2]) {
        const message = { type: 'accepted', ballot: B1, slot, value: new Uint8Array([1, slot]) } as const;
        playLearner(ahead, { type: 'message', from, message }, 0);
      }
    }
    const behind = createLearner(0, TRIO);
    const heartbeat = { type: 'heartbeat', ballot: B1, sequence: 1, decidedUpTo: 5, leaseMs: 0 } as const;
    playLearner(behind, { type: 'message', from: 1, message: heartbeat }, 0);
    const fetch = only(playLearner(behind, { type: 'tick' }, 1000).messages);
    const answer = only(playLearner(ahead, { type: 'message', from: 0, message: fetch as never }, 1000).messages);
    const { delivered } = playLearner(behind, { type: 'message', from: 1, message: answer as never }, 1000);
    expect(delivered.map(({ slot }) => slot)).toEqual([1, 2, 3, 4, 5]);
  });
});
