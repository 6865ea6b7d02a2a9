/**
 * Members of two versions, as while a parliament is upgraded member by member. The later one knows a kind of decree that the shipped one
 * does not, and that means nothing to the machine. Whoever runs the shipped one stands still at such a decree until it is upgraded, or
 * has a snapshot of what follows that it can read; and refuses to propose one.
 */

import {
  type Decision,
  type LearnerNews,
  type LearnerState,
  latest,
  type MemberId,
  type ProposerInput,
  progressOf,
  pruneHistory,
  recoverLearner,
  type Step,
  type Value,
} from '@parliament/synod';
import type { Steps } from './steps.js';

/** The first byte of the decrees that only the later version can read. */
const LATER_KIND = 7;

const COMMANDS_KIND = 1;

export function laterDecree(content: readonly number[]): Value {
  return Uint8Array.of(LATER_KIND, ...content);
}

export function isLaterDecree(value: Value): boolean {
  return value[0] === LATER_KIND;
}

/** The later version writes some snapshots that the shipped one cannot read. */
function isReadable(machine: Uint8Array): boolean {
  return machine.length % 2 === 0;
}

/** The steps of members of which some run the later version. */
export function withLaterVersion(steps: Steps, isLater: (member: MemberId) => boolean): Steps {
  return {
    ...steps,
    learner(state, input, now) {
      const { history } = state;
      const step = steps.learner(state, input, now, isLater(state.member) ? undefined : isReadable);
      return state.isHalted && isLater(state.member) ? goneOn(state, step, history) : step;
    },
    recoverLearner(state, record) {
      const recovery = steps.recoverLearner(state, record);
      if (!state.isHalted || !isLater(state.member)) return recovery;
      return { ...recovery, delivered: [...recovery.delivered, ...handOn(state)] };
    },
    proposer(state, input, now) {
      const value = isLater(state.member) ? laterValueOf(input) : undefined;
      if (value === undefined) return steps.proposer(state, input, now);
      // The shipped steps take it for commands, and all that come to have it have these very bytes.
      const disguised = Uint8Array.from(value);
      disguised[0] = COMMANDS_KIND;
      const step = steps.proposer(state, withValue(input, disguised), now);
      disguised[0] = LATER_KIND;
      return step;
    },
    applyDecision(replica, decision) {
      if (!isLaterDecree(decision.value)) return steps.applyDecision(replica, decision);
      replica.appliedUpTo = decision.slot;
      return [];
    },
  };
}

/** What a learner hands on from where it stands still. */
function handOn(state: LearnerState): Decision[] {
  const handedOn: Decision[] = [];
  while (state.isHalted) {
    const slot = state.decidedUpTo + 1;
    handedOn.push({ slot, value: state.decided.get(slot) as Value });
    state.isHalted = false;
    state.decidedUpTo = slot;
    state.history = pruneHistory(state.history, slot);
    // A record that says nothing new: whatever follows is handed on.
    handedOn.push(...recoverLearner(state, { type: 'decided', slot: 0, ballot: 0 }).delivered);
  }
  return handedOn;
}

function goneOn(state: LearnerState, step: Step<LearnerNews>, before: LearnerState['history']): Step<LearnerNews> {
  const known = progressOf(step) ?? { type: 'progress', delivered: [], settled: [], changes: [] };
  const handedOn = handOn(state);
  const told = new Set(known.settled.map(({ slot }) => slot));
  const slot = state.decidedUpTo;
  const isChanged = latest(before) !== latest(state.history) && known.changes.length === 0;
  const result = { type: 'changed', configuration: latest(state.history) } as const;
  const progress = {
    ...known,
    delivered: [...known.delivered, ...handedOn],
    settled: [...known.settled, ...handedOn.filter((decision) => !told.has(decision.slot))],
    changes: isChanged ? [{ slot, result }] : known.changes,
  };
  return { ...step, news: [...step.news.filter(({ type }) => type !== 'progress'), progress] };
}

function laterValueOf(input: ProposerInput): Value | undefined {
  const value =
    input.type === 'propose'
      ? input.value
      : input.type === 'message' && input.message.type === 'submit'
        ? input.message.value
        : undefined;
  return value !== undefined && isLaterDecree(value) ? value : undefined;
}

function withValue(input: ProposerInput, value: Value): ProposerInput {
  if (input.type === 'propose') return { ...input, value };
  return input.type === 'message' ? { ...input, message: { type: 'submit', value } } : input;
}
