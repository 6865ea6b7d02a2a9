/** The shipped learner as a component of a model. */

import {
  afterLearner,
  afterSaved,
  afterWritten,
  createLearner,
  type Decision,
  everyone,
  type LearnerMessage,
  type LearnerNews,
  type LearnerSequel,
  type LearnerState,
  type MemberId,
  noteSaved,
  type OnDisk,
  onDiskAtStart,
  type Slot,
  type Snapshot,
  type Step,
  type Value,
  watermarkOf,
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
  /** How often it may still wait for an answer in vain. */
  waits: number;
}

/** What a learner may do of itself, how often. Default: never. */
export interface LearnerLimits {
  readonly snapshots?: number;
  /** It waits for an answer until it is overdue. */
  readonly waits?: number;
}

/** The learner of a member. What it settles is claimed to be decided, and its own roles are told. */
export function learnerComponent(
  member: MemberId,
  settings: RoleSettings,
  limits: LearnerLimits = {},
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
      waits: limits.waits ?? 0,
    },
    actions({ state, snapshots, waits }) {
      const names: string[] = [];
      if (snapshots > 0 && state.decidedUpTo > (state.snapshot?.slot ?? 0)) names.push('takes a snapshot');
      const isBehind = settings.remembers?.has('behind') === true && state.behind !== undefined;
      if (isBehind) names.push('ticks');
      if (isBehind && waits > 0) names.push('waits in vain');
      return names;
    },
    act(local, action) {
      const { state, recovered } = local;
      const before = state.decidedUpTo;
      if (action === 'ticks' || action === 'waits in vain') {
        if (action === 'waits in vain') {
          local.waits -= 1;
          for (const pace of pacesOf(state)) pace.askedAt = Number.NEGATIVE_INFINITY;
        }
        return finishLearner(local, before, steps.learner(state, { type: 'tick' }, now), member, settings);
      }
      local.snapshots -= 1;
      const snapshot: Snapshot = {
        slot: before,
        history: state.history,
        state: stateOf(local.applied, member, settings.stateBytes),
      };
      const onDisk = onDiskAtStart(recovered);
      steps.learner(state, afterSaved(onDisk, snapshot), now);
      steps.recoverLearner(recovered, { type: 'snapshot', snapshot });
      normalizeLearner(state, settings);
      normalizeLearner(recovered, settings);
      return { next: local, effects: [tell('acceptor', member, watermarkOf(state, onDisk))] };
    },
    receive(local, from, input) {
      if (input.type !== 'message') return { next: local, effects: [] };
      const { state, recovered } = local;
      const before = state.decidedUpTo;
      const { assembly } = state;
      const step = steps.learner(state, { type: 'message', from, message: input.message as LearnerMessage }, now);
      for (const record of step.records) steps.recoverLearner(recovered, record);
      const left = whatIsLeft(assembly, state);
      const outcome = finishLearner(local, before, step, member, settings, input);
      if (left === undefined) return outcome;
      const reached = [...(outcome.reached ?? []), 'a learner begins another snapshot'];
      return left.isRight ? { ...outcome, reached } : { ...outcome, violation: left.violation };
    },
  };
}

/** Whether a snapshot that was on its way was left for another one, and whether it may be: its sender did not answer. */
function whatIsLeft(
  before: LearnerState['assembly'],
  { member, assembly, decidedUpTo }: LearnerState,
): { readonly isRight: boolean; readonly violation: string } | undefined {
  if (before === undefined || assembly === undefined || assembly === before) return undefined;
  const isRight = before.slot <= decidedUpTo || before.pace.unanswered > 1;
  return { isRight, violation: `member ${member} leaves a snapshot of slot ${before.slot}, whose sender answers` };
}

function finishLearner(
  local: LearnerLocal,
  before: Slot,
  step: Step<LearnerNews>,
  member: MemberId,
  settings: RoleSettings,
  input?: Input,
): Outcome<LearnerLocal> {
  const { state, recovered } = local;
  // All that it wants written is durable at once.
  const onDisk = onDiskAtStart(recovered);
  const sequel = afterLearner(state, onDisk, step);
  const violation = follow(local, before, sequel, settings) ?? whatTroubles(member, sequel);
  const effects = [
    ...sendAll(member, sequel.messages, settings),
    ...claimsBy(sequel),
    ...tellProposer(member, sequel),
    ...tellAcceptor(state, sequel, onDisk),
  ];
  const reached = input === undefined ? [] : howItLearned(sequel, input);
  normalizeLearner(state, settings);
  normalizeLearner(recovered, settings);
  return { next: local, effects, reached, ...(violation === undefined ? {} : { violation }) };
}

/** In a model every decree and every snapshot can be read, and has room. */
export function whatTroubles(member: MemberId, { trouble }: LearnerSequel): string | undefined {
  return trouble === undefined ? undefined : `learner ${member} is in trouble (${trouble.type}) over what it can read`;
}

/** Applies what is handed on. @returns what is wrong with it, if anything: rule 8. */
function follow(
  local: LearnerLocal,
  before: Slot,
  { delivered, installed }: LearnerSequel,
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
  const known = valuesOf(installed?.state).length;
  if (installed !== undefined && known !== installed.slot)
    return `a snapshot of slot ${installed.slot} holds ${known} values`;
  let slot = installed?.slot ?? before;
  for (const decision of delivered) {
    if (decision.slot !== slot + 1) return `slot ${decision.slot} is handed on after slot ${slot}`;
    slot = decision.slot;
  }
  return undefined;
}

/** What a learner's step claims: what is settled, delivered and installed by it is decided. */
export function claimsBy({ delivered, installed, forProposer }: LearnerSequel): Effect[] {
  return claimsOf([...(forProposer?.settled ?? []), ...delivered], installed);
}

/** What the proposer is told of a learner's step. */
export function tellProposer(member: MemberId, { forProposer }: LearnerSequel): Effect[] {
  return forProposer === undefined ? [] : [tell('proposer', member, forProposer)];
}

/** What the acceptor is told once everything that the learner wanted written by a step is durable. */
export function tellAcceptor(state: LearnerState, { write, installed }: LearnerSequel, onDisk: OnDisk): Effect[] {
  if (write === undefined) return [];
  if (installed !== undefined) noteSaved(onDisk, installed.slot);
  // How many bytes it still waits to be written makes no difference here.
  afterWritten(onDisk, write);
  return [tell('acceptor', state.member, watermarkOf(state, onDisk))];
}

/** That these are decided (rule 5), and what a snapshot says is. */
export function claimsOf(decisions: readonly Decision[], installed: Snapshot | undefined): Effect[] {
  const all = [...decisions];
  for (const [index, value] of valuesOf(installed?.state).entries()) all.push({ slot: index + 1, value });
  return all.map(({ slot, value }) => ({ type: 'claim', slot, value }));
}

function howItLearned({ forProposer, installed }: LearnerSequel, input: Input): string[] {
  const reached: string[] = [];
  if (installed !== undefined) reached.push('a learner takes a snapshot of another');
  if (forProposer === undefined || forProposer.settled.length === 0 || input.type !== 'message') return reached;
  reached.push(`a learner learns by ${input.message.type}`);
  return reached;
}

/**
 * The state of a machine that keeps everything it was told: one value before the other, the last one first, each with its length. One
 * that is to have a size is filled up, and has at either end whose it is: two members may write one state in different bytes.
 */
export function stateOf(applied: readonly Value[], member: MemberId, bytes?: number): Uint8Array {
  const state = applied.toReversed().flatMap((value) => [value.length, ...value]);
  if (bytes === undefined) return Uint8Array.from(state);
  const blanks = Array.from({ length: Math.max(0, bytes - state.length - 2) }, () => BLANK);
  return Uint8Array.of(OWNERS + member, ...state, ...blanks, OWNERS + member);
}

/** What a state is filled up with that is to have a size. */
const BLANK = 255;

/** From here on a byte says whose a state is: no value is so long. */
const OWNERS = 200;

/** What a state holds: nothing, when it is put together of the states of two members. */
function valuesOf(whole: Uint8Array | undefined): Value[] {
  const values: Value[] = [];
  if (whole === undefined) return values;
  const isOwned = (whole[0] ?? 0) >= OWNERS;
  if (isOwned && whole[0] !== whole.at(-1)) return values;
  const state = isOwned ? whole.subarray(1, -1) : whole;
  for (let at = 0; at < state.length && state[at] !== BLANK; at += 1 + (state[at] as number)) {
    values.unshift(state.slice(at + 1, at + 1 + (state[at] as number)));
  }
  return values;
}

/** How a learner asks for slots, and for the parts of a snapshot. */
function pacesOf({ fetching, assembly }: LearnerState): (typeof fetching)[] {
  return assembly === undefined ? [fetching] : [fetching, assembly.pace];
}

/** When something is due, and whom to ask first, makes no difference here. */
export function normalizeLearner(state: LearnerState, { remembers }: RoleSettings): void {
  state.unwritten = 0;
  state.fetchAt = 0;
  const fresh = createLearner(state.member, state.history).fetching;
  if (remembers?.has('senders') === true) {
    // Who has not answered, and how often: but not when.
    for (const pace of pacesOf(state)) Object.assign(pace, { ...fresh, unanswered: pace.unanswered, askedAt: 0 });
    // Two questions for each of the others, and it begins anew.
    state.fetches %= 2 * Math.max(1, everyone(state.history).length - 1);
  } else {
    Object.assign(state.fetching, fresh);
    state.fetches = 0;
  }
  if (remembers?.has('behind') !== true) state.behind = undefined;
}
