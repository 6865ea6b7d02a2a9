/** Acceptors that break their word, forget it, or do not tell all. */

import {
  afterAcceptor,
  type AcceptorState,
  createProposer,
  type DurableRecord,
  type Message,
  type PromiseMessage,
  recoverAcceptor,
  stepAcceptor,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { inModel, inWorlds, type Mutant } from './mutant.js';

const THREE = 'one decree, 3 acceptors, 3 ballots';
const LEASES = 'leases, clocks that drift';

/** Changes every promise that an acceptor sends. */
function promising(change: (message: PromiseMessage, state: AcceptorState) => PromiseMessage): Steps['acceptor'] {
  return changing((message, state) => (message.type === 'promise' ? change(message, state) : message));
}

function changing(change: (message: Message, state: AcceptorState) => Message): Steps['acceptor'] {
  return (state, input, now) => {
    const step = stepAcceptor(state, input, now);
    return { ...step, messages: step.messages.map(({ to, message }) => ({ to, message: change(message, state) })) };
  };
}

/** Keeps some records from the disk. */
function dropping(isDropped: (record: DurableRecord) => boolean): Steps['acceptor'] {
  return (state, input, now) => {
    const step = stepAcceptor(state, input, now);
    return { ...step, records: step.records.filter((record) => !isDropped(record)) };
  };
}

export const ACCEPTOR_MUTANTS: readonly Mutant[] = [
  {
    name: 'answers before its records are durable',
    pitfalls: '1, 2',
    steps: {
      afterAcceptor(state, durable, step) {
        const { write } = afterAcceptor(state, durable, step);
        return { atOnce: step.messages, write: write === undefined ? undefined : { ...write, messages: [] } };
      },
    },
    hunt: inWorlds(['crash']),
  },
  {
    name: 'does not write down its promises',
    pitfalls: '1',
    steps: { acceptor: dropping(({ type }) => type === 'promised') },
    hunt: inModel(THREE),
  },
  {
    name: 'does not write down its votes',
    pitfalls: '2',
    steps: { acceptor: dropping(({ type }) => type === 'voted') },
    hunt: inModel(THREE),
  },
  {
    name: 'forgets everything in a crash',
    pitfalls: '33',
    steps: { recoverAcceptor: () => {} },
    hunt: inWorlds(['crash']),
  },
  {
    name: 'does not recover the promise that a vote is',
    pitfalls: '12, 35',
    steps: {
      recoverAcceptor(state, record) {
        const { promised } = state;
        recoverAcceptor(state, record);
        if (record.type === 'voted') state.promised = promised;
      },
    },
    hunt: inWorlds(['crash', 'isolation', 'one-way cut']),
  },
  {
    name: 'recovers its first vote in a slot, not the last',
    pitfalls: '34',
    steps: {
      recoverAcceptor(state, record) {
        const known = record.type === 'voted' ? state.votes.get(record.slot) : undefined;
        recoverAcceptor(state, record);
        if (known !== undefined) state.votes.set(known.slot, known);
      },
    },
    hunt: inModel('one decree, 3 acceptors, 3 ballots, crashes'),
  },
  {
    name: 'votes below its promise',
    pitfalls: '12',
    steps: {
      acceptor(state, input, now) {
        const { promised } = state;
        if (input.type !== 'message' || input.message.type !== 'accept') return stepAcceptor(state, input, now);
        state.promised = 0;
        const output = stepAcceptor(state, input, now);
        state.promised = Math.max(promised, state.promised);
        return output;
      },
    },
    hunt: inModel(THREE),
  },
  {
    name: 'does not promise by voting',
    pitfalls: '12',
    steps: {
      acceptor(state, input, now) {
        const { promised } = state;
        const output = stepAcceptor(state, input, now);
        if (input.type === 'message' && input.message.type === 'accept') state.promised = promised;
        return output;
      },
      recoverAcceptor(state, record) {
        const { promised } = state;
        recoverAcceptor(state, record);
        if (record.type === 'voted') state.promised = promised;
      },
    },
    hunt: inModel(THREE),
  },
  {
    name: 'takes its promise back for a lower ballot',
    pitfalls: '12',
    steps: {
      acceptor(state, input, now) {
        if (input.type === 'message' && input.message.type === 'prepare' && input.from !== state.member) {
          state.promised = Math.min(state.promised, input.message.ballot);
        }
        return stepAcceptor(state, input, now);
      },
    },
    hunt: inModel(THREE),
  },
  {
    name: 'hides its votes',
    pitfalls: '10',
    steps: { acceptor: promising((message) => ({ ...message, votes: [] })) },
    hunt: inModel(THREE),
  },
  {
    name: 'reports its latest slot only',
    pitfalls: '10',
    steps: { acceptor: promising((message) => ({ ...message, votes: message.votes.slice(-1) })) },
    hunt: inModel('two slots, two leaders'),
  },
  {
    name: 'leaves out the first slot that it is asked about',
    pitfalls: '10',
    steps: {
      acceptor: promising((message) => {
        return { ...message, votes: message.votes.filter(({ slot }) => slot > message.fromSlot) };
      }),
    },
    hunt: inModel(THREE),
  },
  {
    name: 'says that a slot is decided in which it only voted',
    pitfalls: '10',
    steps: {
      acceptor: promising((message, state) => ({
        ...message,
        votes: [],
        decidedUpTo: Math.max(message.decidedUpTo, ...state.votes.keys()),
      })),
    },
    hunt: inWorlds(['crash', 'isolation', 'loss']),
  },
  {
    name: 'forgets the vote above its watermark too',
    pitfalls: '10, 43',
    steps: {
      acceptor(state, input, now) {
        if (input.type === 'message') return stepAcceptor(state, input, now);
        return stepAcceptor(state, { ...input, decidedUpTo: input.decidedUpTo + 1 }, now);
      },
    },
    hunt: inWorlds(['crash', 'isolation', 'partial partition'], { alpha: 16 }),
  },
  {
    name: 'promises its own proposer a ballot twice, which then uses it in another life',
    pitfalls: '3',
    steps: {
      acceptor(state, input, now) {
        const isOwn = input.type === 'message' && input.message.type === 'prepare' && input.from === state.member;
        if (isOwn && input.message.ballot === state.promised) state.promised -= 1;
        return stepAcceptor(state, input, now);
      },
      createProposer: (member, history, start) => {
        const state = createProposer(member, history, start);
        state.highestSeen = Math.max(0, start.promised - 2048);
        return state;
      },
    },
    hunt: inModel('one decree, 3 acceptors, 3 ballots, crashes'),
  },
  {
    name: 'forgets its lease in a crash',
    pitfalls: '30',
    steps: { resumeAcceptor: () => {} },
    hunt: inModel(LEASES),
  },
  {
    name: 'promises another in spite of its lease',
    pitfalls: '28',
    steps: {
      acceptor(state, input, now) {
        if (input.type === 'message' && input.message.type === 'prepare') state.lease = undefined;
        return stepAcceptor(state, input, now);
      },
    },
    hunt: inModel(LEASES),
  },
  {
    name: 'keeps a lease for half the time',
    pitfalls: '28, 29',
    steps: {
      acceptor(state, input, now) {
        const output = stepAcceptor(state, input, now);
        if (input.type === 'message' && input.message.type === 'heartbeat' && state.lease !== undefined) {
          state.lease = { ...state.lease, until: now + (state.lease.until - now) / 2 };
        }
        return output;
      },
    },
    hunt: inModel(LEASES),
  },
  {
    name: 'confirms a leader that was deposed',
    pitfalls: '26',
    steps: {
      acceptor(state, input, now) {
        if (input.type !== 'message' || input.message.type !== 'heartbeat') return stepAcceptor(state, input, now);
        const { promised } = state;
        state.promised = Math.min(promised, input.message.ballot);
        const output = stepAcceptor(state, input, now);
        state.promised = Math.max(promised, state.promised);
        return output;
      },
    },
    hunt: inModel('reads of a member that leads again'),
  },
];
