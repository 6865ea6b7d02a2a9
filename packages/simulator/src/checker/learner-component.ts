/** The shipped learner as a component of a model. */

import {
  createLearner,
  type Decision,
  type LearnerMessage,
  type LearnerOutput,
  type LearnerState,
  type MemberId,
  type Slot,
  type Snapshot,
  type Value,
} from '@parliament/synod';
import type { Component, Effect, Input, Outcome } from './model.js';
import { newLearner, type RoleSettings, sendAll, tell } from './role-settings.js';

/** A learner, and what it would recover from its records. */
export interface LearnerLocal {
  state: LearnerState;
  recovered: LearnerState;
  /** What it has handed on, slot by slot: in models in which it takes snapshots, and empty elsewhere. */
  applied: Value[];
  /** How many snapshots it may still take. */
  snapshots: number;
}

/** The learner of a member. What it settles is claimed to be decided, and its own roles are told. */
export function learnerComponent(
  member: MemberId,
  settings: RoleSettings,
  limits: { readonly snapshots?: number } = {},
): Component<LearnerLocal> {
  const { steps } = settings;
  const now = 0;
  return {
    name: `learner ${member}`,
    member,
    initial: {
      state: newLearner(member, settings),
      recovered: newLearner(member, settings),
      applied: [],
      snapshots: limits.snapshots ?? 0,
    },
    actions({ state, snapshots }) {
      const names: string[] = [];
      if (snapshots > 0 && state.decidedUpTo > (state.snapshot?.slot ?? 0)) names.push('takes a snapshot');
      if (settings.remembers?.has('behind') === true && state.behind !== undefined) names.push('ticks');
      return names;
    },
    act(local, action) {
      const { state, recovered } = local;
      const before = state.decidedUpTo;
      if (action === 'ticks') {
        const output = steps.learner(state, { type: 'tick' }, now);
        return finishLearner(local, before, output, member, settings);
      }
      local.snapshots -= 1;
      const snapshot: Snapshot = { slot: before, history: state.history, state: stateOf(local.applied) };
      steps.learner(state, { type: 'snapshotted', snapshot }, now);
      steps.recoverLearner(recovered, { type: 'snapshot', snapshot });
      normalizeLearner(state, settings);
      normalizeLearner(recovered, settings);
      return { next: local, effects: [] };
    },
    receive(local, from, input) {
      if (input.type !== 'message') return { next: local, effects: [] };
      const { state, recovered } = local;
      const before = state.decidedUpTo;
      const output = steps.learner(state, { type: 'message', from, message: input.message as LearnerMessage }, now);
      for (const record of output.records) steps.recoverLearner(recovered, record);
      return finishLearner(local, before, output, member, settings, input);
    },
  };
}

function finishLearner(
  local: LearnerLocal,
  before: Slot,
  output: LearnerOutput,
  member: MemberId,
  settings: RoleSettings,
  input?: Input,
): Outcome<LearnerLocal> {
  const { state, recovered } = local;
  const violation = follow(local, before, output, settings);
  const effects = [...sendAll(member, output.messages, settings), ...learnedEffects(member, state, output)];
  const reached = input === undefined ? [] : howItLearned(output, input);
  normalizeLearner(state, settings);
  normalizeLearner(recovered, settings);
  return { next: local, effects, reached, ...(violation === undefined ? {} : { violation }) };
}

/** Applies what is handed on. @returns what is wrong with it, if anything: rule 8. */
function follow(
  local: LearnerLocal,
  before: Slot,
  { delivered, installed }: LearnerOutput,
  settings: RoleSettings,
): string | undefined {
  const found = checkDelivered(before, delivered, installed);
  // Who takes no snapshots need not know what it applied: the claims say that it was right.
  if (settings.remembers?.has('behind') !== true) return found;
  if (installed !== undefined) local.applied = valuesOf(installed.state);
  local.applied = [...local.applied, ...delivered.map(({ value }) => value)];
  return found;
}

/** Rule 8: every slot once, in order. @returns what is wrong, if anything. */
export function checkDelivered(
  before: Slot,
  delivered: readonly Decision[],
  installed: Snapshot | undefined,
): string | undefined {
  if (installed !== undefined && installed.slot <= before) return `a snapshot takes slot ${before} back`;
  let slot = installed?.slot ?? before;
  for (const decision of delivered) {
    if (decision.slot !== slot + 1) return `slot ${decision.slot} is handed on after slot ${slot}`;
    slot = decision.slot;
  }
  return undefined;
}

/** What a learner's step claims, and what its member's other roles are told. */
export function learnedEffects(member: MemberId, state: LearnerState, output: LearnerOutput): Effect[] {
  const { settled, delivered, installed } = output;
  const effects: Effect[] = claimsOf([...settled, ...delivered], installed);
  if (settled.length === 0 && installed === undefined) return effects;
  const { decidedUpTo, history } = state;
  effects.push(
    tell('proposer', member, { type: 'settled', settled, decidedUpTo, history }),
    tell('acceptor', member, { type: 'watermark', decidedUpTo, history }),
  );
  return effects;
}

/** That these are decided (rule 5), and what a snapshot says is. */
export function claimsOf(decisions: readonly Decision[], installed: Snapshot | undefined): Effect[] {
  const all = [...decisions];
  for (const [index, value] of valuesOf(installed?.state).entries()) all.push({ slot: index + 1, value });
  return all.map(({ slot, value }) => ({ type: 'claim', slot, value }));
}

function howItLearned({ settled, installed }: LearnerOutput, input: Input): string[] {
  const reached: string[] = [];
  if (installed !== undefined) reached.push('a learner takes a snapshot of another');
  if (settled.length === 0 || input.type !== 'message') return reached;
  reached.push(`a learner learns by ${input.message.type}`);
  return reached;
}

/** The state of a machine that keeps everything it was told: one value after the other, each with its length. */
export function stateOf(applied: readonly Value[]): Uint8Array {
  return Uint8Array.from(applied.flatMap((value) => [value.length, ...value]));
}

function valuesOf(state: Uint8Array | undefined): Value[] {
  const values: Value[] = [];
  if (state === undefined) return values;
  for (let at = 0; at < state.length; at += 1 + (state[at] as number)) {
    values.push(state.slice(at + 1, at + 1 + (state[at] as number)));
  }
  return values;
}

/** When something is due, and whom to ask first, makes no difference here. */
export function normalizeLearner(state: LearnerState, { remembers }: RoleSettings): void {
  Object.assign(state.fetching, createLearner(state.member, state.history).fetching);
  state.unwritten = 0;
  state.fetchAt = 0;
  state.fetches = 0;
  if (remembers?.has('behind') !== true) state.behind = undefined;
}
