/** Learners that count wrongly, hand on wrongly, or know what is not so; and replicas that apply wrongly. */

import {
  applyDecision,
  both,
  createSessions,
  type Decision,
  foundingConfiguration,
  type LearnerInput,
  majority,
  type Progress,
  progressOf,
  recoverLearner,
  stepLearner,
  stepProposer,
  writeReplica,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import { inModel, inWorlds, type Mutant } from './mutant.js';

const LEARNER = 'one decree, 3 acceptors, 2 ballots, a learner';

/** What a machine must not have: something of its own beside its state. */
let applications = 0;

type Message = Extract<LearnerInput, { readonly type: 'message' }>;

/** Changes what a learner is told. */
function hearing(change: (input: Message, state: Parameters<Steps['learner']>[0]) => Message): Steps['learner'] {
  return (state, input, now) => stepLearner(state, input.type === 'message' ? change(input, state) : input, now);
}

/** Changes what a learner says of how it has moved on. */
function moving(change: (progress: Progress, state: Parameters<Steps['learner']>[0]) => Progress): Steps['learner'] {
  return (state, input, now) => {
    const step = stepLearner(state, input, now);
    return { ...step, news: step.news.map((each) => (each.type === 'progress' ? change(each, state) : each)) };
  };
}

export const LEARNER_MUTANTS: readonly Mutant[] = [
  {
    name: 'counts votes at different ballots together',
    pitfalls: '6',
    steps: {
      learner: hearing((input, state) => {
        if (input.message.type !== 'accepted') return input;
        const known = state.votes.get(input.message.slot)?.values().next().value;
        return { ...input, message: { ...input.message, ballot: known ?? input.message.ballot } };
      }),
    },
    hunt: inModel(LEARNER),
  },
  {
    name: 'counts messages instead of members',
    pitfalls: '7',
    steps: {
      learner: hearing((input, state) => {
        if (input.message.type !== 'accepted') return input;
        const votes = state.votes.get(input.message.slot);
        const free = state.history[0].voters.members.find((member) => votes?.has(member) !== true);
        return votes?.has(input.from) === true && free !== undefined ? { ...input, from: free } : input;
      }),
    },
    hunt: inModel(LEARNER),
  },
  {
    name: 'takes one vote less than a quorum',
    pitfalls: '15',
    steps: {
      learner(state, input, now) {
        if (input.type === 'message' && input.message.type === 'accepted') {
          const other = state.history[0].voters.members.find((member) => member !== input.from);
          if (other !== undefined) stepLearner(state, { ...input, from: other }, now);
        }
        return stepLearner(state, input, now);
      },
    },
    hunt: inModel(LEARNER),
  },
  {
    name: 'takes half of an even number of members for a quorum, as does the proposer',
    pitfalls: '15',
    steps: {
      learner(state, input, now) {
        const isVote = input.type === 'message' && input.message.type === 'accepted';
        const { members } = state.history[0].voters;
        if (isVote && members.length % 2 === 0) {
          const { slot, ballot } = input.message as { slot: number; ballot: number };
          const votes = state.votes.get(slot);
          const voted = members.filter((member) => votes?.get(member) === ballot || member === input.from);
          const other = members.find((member) => !voted.includes(member));
          if (other !== undefined && 2 * voted.length === members.length)
            stepLearner(state, { ...input, from: other }, now);
        }
        return stepLearner(state, input, now);
      },
      proposer(state, input, now) {
        const step = stepProposer(state, input, now);
        const { role } = state;
        const isPromise = input.type === 'message' && input.message.type === 'promise';
        if (!isPromise || role.name !== 'preparing' || role.promises.complete.size !== 2) return step;
        const other = state.history[0].voters.members.find((member) => !role.promises.complete.has(member));
        if (other === undefined) return step;
        return both(step, stepProposer(state, { ...input, from: other } as typeof input, now));
      },
    },
    hunt: inWorlds(['isolation', 'partial partition', 'swizzle', 'one-way cut'], {}, 4),
  },
  {
    name: 'takes its own vote at any ballot for decided, where the leader says that the slot is (rule 6)',
    pitfalls: '6',
    steps: {
      learner(state, input, now) {
        if (input.type === 'message' && input.message.type === 'heartbeat') {
          const { ballot } = input.message;
          for (const [slot, vote] of state.ownVotes) state.ownVotes.set(slot, { ...vote, ballot });
        }
        return stepLearner(state, input, now);
      },
    },
    hunt: inWorlds(['isolation', 'one-way cut', 'crash', 'loss', 'pause'], { alpha: 16 }),
  },
  {
    name: 'hands on past a gap',
    pitfalls: '16',
    steps: {
      learner: moving((progress, { decidedUpTo }) => {
        const ahead = progress.settled.find(({ slot }) => slot > decidedUpTo + 1);
        return ahead === undefined ? progress : { ...progress, delivered: [...progress.delivered, ahead] };
      }),
    },
    hunt: inWorlds(['loss', 'crash'], { alpha: 16 }),
  },
  {
    name: 'hands on a slot twice',
    pitfalls: '38',
    steps: {
      learner: moving((progress) => {
        return { ...progress, delivered: progress.delivered.flatMap((decision) => [decision, decision]) };
      }),
    },
    hunt: inWorlds([]),
  },
  {
    name: 'sends what it voted for to whoever asks for what is decided',
    pitfalls: '9',
    steps: {
      learner(state, input, now) {
        if (input.type !== 'message' || input.message.type !== 'fetch') return stepLearner(state, input, now);
        const known = [...state.ownVotes].map(([slot, { value }]): Decision => ({ slot, value }));
        const decisions = [...[...state.decided].map(([slot, value]): Decision => ({ slot, value })), ...known];
        const message = { type: 'decided', decisions, decidedUpTo: state.decidedUpTo, token: 0 } as const;
        return { ...stepLearner(state, input, now), messages: [{ to: input.from, message }] };
      },
    },
    hunt: inWorlds(['isolation', 'one-way cut', 'crash', 'loss', 'pause'], { alpha: 16 }),
  },
  {
    name: 'takes what it voted for before a crash for decided',
    pitfalls: '34',
    steps: {
      recoverLearner(state, record) {
        const recovery = recoverLearner(state, record);
        if (record.type !== 'voted' || record.slot !== state.decidedUpTo + 1) return recovery;
        return recoverLearner(state, { type: 'decided', slot: record.slot, ballot: record.ballot });
      },
    },
    hunt: inWorlds(['isolation', 'one-way cut', 'crash', 'loss']),
  },
  {
    name: 'goes by the founding members for ever',
    pitfalls: '21',
    steps: {
      learner(state, input, now) {
        const { history } = state;
        const step = stepLearner(state, input, now);
        if (progressOf(step)?.changes.some(({ result }) => result.type === 'changed')) state.history = history;
        return step;
      },
    },
    hunt: inWorlds(['membership', 'crash', 'isolation'], { alpha: 3 }),
  },
  {
    name: 'lets a change of membership govern at once',
    pitfalls: '19',
    steps: {
      learner: moving((progress, state) => {
        const last = state.history.length - 1;
        const changed = progress.changes.find(({ result }) => result.type === 'changed');
        const configuration = state.history[last];
        if (changed !== undefined && configuration !== undefined && state.member % 2 === 0) {
          const early = { ...configuration, from: changed.slot + 1 };
          state.history = [...state.history.slice(0, last), early] as unknown as typeof state.history;
        }
        return progress;
      }),
    },
    hunt: inWorlds(['membership'], { alpha: 3 }),
  },
  {
    name: 'takes a snapshot that is older than its own state',
    pitfalls: '45',
    steps: {
      learner(state, input, now) {
        if (input.type === 'message' && input.message.type === 'snapshot-part') state.decidedUpTo = 0;
        return stepLearner(state, input, now);
      },
    },
    hunt: inWorlds(['isolation', 'crash', 'duplication', 'replay'], { snapshotSlots: 25, tailSlots: 0 }),
  },
  {
    name: 'takes a snapshot without its configurations',
    pitfalls: '44',
    steps: {
      learner: hearing((input) => {
        if (input.message.type !== 'snapshot-part') return input;
        const history = [foundingConfiguration(majority([0, 1, 2]), input.message.history[0].alpha)] as const;
        return { ...input, message: { ...input.message, history } };
      }),
    },
    hunt: inWorlds(['membership', 'isolation', 'crash'], { snapshotSlots: 25, tailSlots: 0, alpha: 3 }),
  },
  {
    name: 'leaves the sessions out of snapshots',
    pitfalls: '39, 44',
    steps: {
      writeReplica: (replica) => writeReplica({ ...replica, sessions: createSessions() as typeof replica.sessions }),
    },
    hunt: inWorlds(['isolation', 'crash', 'loss'], { snapshotSlots: 25, tailSlots: 0 }),
  },
  {
    name: 'applies a command again that is sent again',
    pitfalls: '38',
    steps: {
      applyDecision(replica, decision) {
        for (const session of replica.sessions.sessions.values()) session.replies.clear();
        return applyDecision(replica, decision);
      },
    },
    hunt: inWorlds(['loss', 'crash', 'isolation']),
  },
  {
    name: 'gives a command that is sent again another reply',
    pitfalls: '41',
    steps: {
      applyDecision(replica, decision) {
        for (const session of replica.sessions.sessions.values()) {
          for (const number of session.replies.keys())
            session.replies.set(number, { reply: 'again' as never, bytes: 0 });
        }
        return applyDecision(replica, decision);
      },
    },
    hunt: inWorlds(['loss', 'crash', 'isolation']),
  },
  {
    name: 'opens a session anew that has expired, without a word',
    pitfalls: '40',
    steps: {
      applyDecision(replica, decision) {
        const before = new Map(replica.sessions.sessions);
        const results = applyDecision(replica, decision);
        for (const [session, state] of before) {
          if (replica.sessions.sessions.has(session)) continue;
          replica.sessions.sessions.set(session, { ...state, acknowledged: 0, replies: new Map() });
        }
        return results;
      },
    },
    hunt: inWorlds([
      'loss',
      'crash',
      'isolation',
      'pause',
      'dead client',
      'tail',
      'replay',
      'partial partition',
      'swizzle',
    ]),
  },
  {
    name: 'applies with the help of what only it knows',
    pitfalls: '54',
    steps: {
      applyDecision(replica, decision) {
        const results = applyDecision(replica, decision);
        return results.map((result) => {
          if (result.type !== 'replied' || decision.slot % 50 !== 0) return result;
          applications += 1;
          const reply = applications as never;
          return { ...result, reply };
        });
      },
    },
    hunt: inWorlds([]),
  },
];
