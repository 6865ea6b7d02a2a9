/** Proposers that do not adopt, count wrongly, claim what is not theirs, or serve reads that they must not. */

import {
  both,
  createProposer,
  DEFAULT_PROPOSER_OPTIONS,
  everyone,
  type Leading,
  type PromiseMessage,
  type ProposerInput,
  type ProposerState,
  stepAcceptor,
  stepProposer,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { inModel, inWorlds, type Mutant } from './mutant.js';

const THREE = 'one decree, 3 acceptors, 3 ballots';
const CRASHES = 'one decree, 3 acceptors, 3 ballots, crashes';
const LEASES = 'leases, clocks that drift';

/** Changes the promises that a proposer gets. */
function promised(change: (message: PromiseMessage, state: ProposerState) => PromiseMessage): Steps['proposer'] {
  return (state, input, now) => {
    const isPromise = input.type === 'message' && input.message.type === 'promise';
    if (!isPromise) return stepProposer(state, input, now);
    const message = change(input.message as PromiseMessage, state);
    return stepProposer(state, { ...input, message }, now);
  };
}

function leading(state: ProposerState): Leading | undefined {
  return state.role.name === 'leading' ? state.role : undefined;
}

/** Does something to a leader before or after each of its steps. */
function asLeader(
  before: ((role: Leading, input: ProposerInput, now: number, state: ProposerState) => void) | undefined,
  after?: (role: Leading, input: ProposerInput, now: number, state: ProposerState) => void,
): Steps['proposer'] {
  return (state, input, now) => {
    const role = leading(state);
    if (role !== undefined) before?.(role, input, now, state);
    const step = stepProposer(state, input, now);
    const still = leading(state);
    if (still !== undefined) after?.(still, input, now, state);
    return step;
  };
}

export const PROPOSER_MUTANTS: readonly Mutant[] = [
  {
    name: 'proposes its own value although another was voted for',
    pitfalls: '9, 17',
    steps: { proposer: promised((message) => ({ ...message, votes: [] })) },
    hunt: inModel(THREE),
  },
  {
    name: 'adopts the value that was reported last',
    pitfalls: '9',
    steps: {
      proposer: promised((message, state) => {
        state.failures += 1;
        const votes = message.votes.map((vote) => ({
          ...vote,
          ballot: 1_000_000 + state.attempts * 100 + state.failures,
        }));
        return { ...message, votes };
      }),
    },
    hunt: inModel(THREE),
  },
  {
    name: 'adopts the value of the lowest ballot',
    pitfalls: '9',
    steps: {
      proposer: promised((message) => {
        return { ...message, votes: message.votes.map((vote) => ({ ...vote, ballot: 1_000_000 - vote.ballot })) };
      }),
    },
    hunt: inModel(THREE),
  },
  {
    name: 'counts promises of an earlier ballot',
    pitfalls: '8',
    steps: {
      proposer: promised((message, { role }) => {
        return role.name === 'preparing' ? { ...message, ballot: role.ballot } : message;
      }),
    },
    hunt: inModel(THREE),
  },
  {
    name: 'counts a promise for two',
    pitfalls: '7, 15',
    steps: {
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        if (input.type !== 'message' || input.message.type !== 'promise' || input.from !== state.member) return step;
        const other = everyone(state.history).find((member) => member !== state.member) as number;
        const { role } = state;
        if (role.name !== 'preparing') return step;
        return both(step, stepProposer(state, { ...input, from: other, message: input.message }, now));
      },
    },
    hunt: inModel(THREE),
  },
  {
    name: 'takes the first page of a promise for all of it',
    pitfalls: '11',
    steps: {
      // Small pages are allowed; it is the proposer that is wrong.
      acceptor(state, input, now) {
        return stepAcceptor(Object.assign(state, { sizes: { ...state.sizes, pageBytes: 1 } }), input, now);
      },
      proposer: promised((message) => ({ ...message, upTo: undefined })),
    },
    hunt: inModel('two slots, two leaders'),
  },
  {
    name: 'leads without the promise of its own acceptor',
    pitfalls: '3',
    steps: {
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        const { role } = state;
        if (role.name !== 'preparing' || role.stage !== 'own') return step;
        const { ballot } = role;
        const page = { fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0, votes: [], token: 0 };
        const message = { type: 'promise', ballot, ...page } as const;
        return both(step, stepProposer(state, { type: 'message', from: state.member, message }, now));
      },
    },
    hunt: inModel(CRASHES),
  },
  {
    name: 'proposes two values in one slot',
    pitfalls: '14',
    steps: {
      proposer: asLeader((role, input) => {
        if (input.type === 'propose' && role.inFlight.has(role.nextSlot - 1)) role.nextSlot -= 1;
      }),
    },
    hunt: inWorlds([]),
  },
  {
    name: 'uses the ballot of another member',
    pitfalls: '4',
    steps: {
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        const messages = step.messages.map(({ to, message }) => {
          if (message.type !== 'accept') return { to, message };
          const { ballot } = message;
          const other = ballot % 2 === 0 ? ballot + 1 : ballot - 1;
          return { to, message: { ...message, ballot: other } };
        });
        return { ...step, messages };
      },
    },
    hunt: inWorlds([]),
  },
  {
    name: 'proposes further than alpha',
    pitfalls: '19, 42',
    steps: {
      proposer(state, input, now) {
        const { history } = state;
        const wide = history.map((configuration) => ({ ...configuration, alpha: 4 * configuration.alpha }));
        state.history = wide as unknown as typeof history;
        const step = stepProposer(state, input, now);
        if (state.history === (wide as unknown)) state.history = history;
        return step;
      },
    },
    hunt: inWorlds(['loss', 'isolation'], { alpha: 3 }),
  },
  {
    name: 'proposes in a new configuration without the promises of its members',
    pitfalls: '19, 21',
    steps: {
      proposer: asLeader((role, _input, _now, state) => {
        for (const member of everyone(state.history)) role.promises.complete.add(member);
      }),
    },
    hunt: inModel('member 2 is replaced, two leaders'),
  },
  {
    name: 'announces slots as decided that were decided otherwise than it proposed',
    pitfalls: '6',
    steps: {
      proposer(state, input, now) {
        const role = leading(state);
        if (input.type !== 'settled' || role === undefined) return stepProposer(state, input, now);
        const settled = input.settled.map((decision) => {
          return { ...decision, value: role.inFlight.get(decision.slot) ?? decision.value };
        });
        return stepProposer(state, { ...input, settled }, now);
      },
    },
    hunt: inModel('one decree, 3 acceptors, rule 6'),
  },
  {
    name: 'serves reads from what it knows, without asking whether it still leads',
    pitfalls: '26',
    steps: {
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        if (input.type !== 'ask-mark' || state.role.name !== 'leading') return step;
        return { ...step, news: [...step.news, { type: 'mark', token: input.token, slot: state.decidedUpTo }] };
      },
    },
    hunt: inWorlds(['isolation', 'one-way cut', 'partial partition', 'pause'], { leaseReads: false }),
  },
  {
    name: 'answers reads by a heartbeat that was sent before the question',
    pitfalls: '27',
    steps: {
      proposer: asLeader(undefined, (role, input) => {
        if (input.type !== 'ask-mark') return;
        const last = role.marks.pop();
        if (last !== undefined) role.marks.push({ ...last, sequence: last.sequence - 2 });
      }),
    },
    hunt: inWorlds(['isolation', 'one-way cut', 'partial partition', 'pause', 'tail'], { leaseReads: false }),
  },
  {
    name: 'answers reads with what it has proposed, and not with what it must propose',
    pitfalls: '18',
    steps: {
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        const role = leading(state);
        if (role === undefined) return step;
        role.hasDecided = true;
        const low = Math.min(role.nextSlot - 1, state.decidedUpTo);
        const news = step.news.map((each) => {
          return each.type === 'mark' ? { ...each, slot: Math.min(each.slot, low) } : each;
        });
        return { ...step, news };
      },
    },
    hunt: inWorlds(['isolation', 'crash', 'partial partition', 'transfer', 'slow sync'], { alpha: 256 }),
  },
  {
    name: 'counts its lease from the replies, not from the question',
    pitfalls: '28',
    steps: {
      proposer: asLeader((role, input, now) => {
        if (input.type !== 'message' || input.message.type !== 'heartbeat-reply') return;
        role.sentAt.set(input.message.sequence, { at: now, time: Number.NEGATIVE_INFINITY });
      }),
    },
    hunt: inModel(LEASES),
  },
  {
    name: 'takes every clock for as good as its own',
    pitfalls: '29',
    steps: {
      createProposer: (member, history, start) => {
        const options = { ...DEFAULT_PROPOSER_OPTIONS, ...start.options, clockDrift: 0 };
        return createProposer(member, history, { ...start, options });
      },
    },
    hunt: inModel(LEASES),
  },
  {
    name: 'keeps its lease when it hands over',
    pitfalls: '32',
    steps: {
      proposer(state, input, now) {
        const { role } = state;
        const step = stepProposer(state, input, now);
        const hasHandedOver = step.messages.some(({ message }) => message.type === 'handover');
        if (hasHandedOver && role.name === 'leading') {
          role.transfer = undefined;
          state.role = role;
        }
        return step;
      },
    },
    hunt: inWorlds(['transfer'], { leaseReads: true }),
  },
];
