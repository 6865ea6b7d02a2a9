/** The shipped proposer as a component of a model. */

import {
  type Ballot,
  both,
  changeOf,
  everyone,
  type Leading,
  type MemberId,
  NO_BALLOT,
  type ProposerInput,
  type ProposerNews,
  type ProposerRole,
  type ProposerStart,
  type ProposerState,
  type Slot,
  type Step,
  type Value,
} from '@parliament/synod';
import type { Component, Input, Outcome } from './model.js';
import { normalizeProposer } from './normalizing.js';
import { causeOf, slotsProposed, usesOf, whatBecame, whatIsLeftOut, whatIsWrongInOffice } from './observing.js';
import { type RoleSettings, sendAll } from './role-settings.js';

const ASK_MARK = { type: 'ask-mark', token: 0 } as const;

/** What a proposer may do of itself. */
export interface ProposerLimits {
  /** How often it may stand for election. */
  readonly stands: number;
  /** What it has to propose, as a leader, one after the other. */
  readonly values: readonly Value[];
  /** How many heartbeats it may send, as a leader. Default 0. */
  readonly beats?: number;
  /** How often somebody may ask it where to read, as a leader. Default 0. */
  readonly asks?: number;
  /** To whom it may hand over, one after the other. Default: to nobody. */
  readonly heirs?: readonly MemberId[];
  /** How often its clock may tick while it leads, with everybody heard from just now. Default 0. */
  readonly ticks?: number;
  /** How often it may find, as a leader, that its learner stands still for long, or that nobody was heard for long. Default 0. */
  readonly waits?: number;
}

export interface ProposerLocal {
  state: ProposerState;
  stands: number;
  values: readonly Value[];
  beats: number;
  asks: number;
  heirs: readonly MemberId[];
  ticks: number;
  waits: number;
  /** What was applied somewhere when it was last asked where to read: the answer must not lie below. */
  asked: Slot;
  /** The highest ballot that it used in earlier lives. */
  usedBefore: Ballot;
  now: number;
  rate: number;
}

/** The proposer of a member. */
export function proposerComponent(
  member: MemberId,
  limits: ProposerLimits,
  settings: RoleSettings,
): Component<ProposerLocal> {
  const { steps } = settings;
  const { stands, values, beats = 0, asks = 0, heirs = [], ticks = 0, waits = 0 } = limits;
  const state = newProposer(member, { promised: NO_BALLOT, decidedUpTo: 0, history: settings.history }, settings);
  return {
    name: `proposer ${member}`,
    member,
    initial: {
      state,
      stands,
      values,
      beats,
      asks,
      heirs,
      ticks,
      waits,
      asked: 0,
      usedBefore: NO_BALLOT,
      now: 0,
      rate: 0,
    },
    actions({ state: { role }, ...may }) {
      const names: string[] = [];
      if (may.stands > 0) names.push('stands for election');
      if (role.name !== 'leading') return names;
      if (may.values.length > 0) names.push('proposes');
      if (may.beats > 0) names.push('sends a heartbeat');
      if (may.heirs.length > 0) names.push('hands over');
      if (may.ticks > 0) names.push('ticks');
      if (may.waits > 0) names.push('stands still', 'hears nobody');
      return names;
    },
    act(local, action) {
      const { role } = local.state;
      return finishProposer(local, role, action, act(local, action, steps, settings), settings);
    },
    receive(local, from, input) {
      const { role } = local.state;
      const next = role.name === 'leading' ? role.nextSlot : 0;
      const known = role.name === 'leading' ? [...role.known] : [];
      const given = proposerInput(from, input);
      if (settings.isUndisputed === true && isLate(local, given)) return { next: local, effects: [] };
      const step = steps.proposer(local.state, given, local.now);
      const outcome = finishProposer(local, role, causeOf(given), step, settings);
      const isSkipped = role.name === 'leading' && role.nextSlot - next > slotsProposed(step.messages).size;
      if (!isSkipped) return outcome;
      const violation = outcome.violation ?? whatIsLeftOut(next, known, given, local.state, step.messages);
      const reached = [...(outcome.reached ?? []), 'a leader skips what is decided'];
      return { ...outcome, reached, ...(violation === undefined ? {} : { violation }) };
    },
  };
}

function act(
  local: ProposerLocal,
  action: string,
  { proposer }: RoleSettings['steps'],
  settings: RoleSettings,
): Step<ProposerNews> {
  const { state, now } = local;
  switch (action) {
    case 'proposes': {
      const [value, ...values] = local.values;
      local.values = values;
      return propose(state, value as Value, proposer, now);
    }
    case 'sends a heartbeat': {
      local.beats -= 1;
      (state.role as Leading).beatAt = Number.NEGATIVE_INFINITY;
      // One that leads only on demand has a heartbeat to send when somebody wants to read.
      return proposer(state, state.options.standing ? { type: 'tick' } : ASK_MARK, now);
    }
    case 'hands over': {
      const [to, ...heirs] = local.heirs;
      local.heirs = heirs;
      return proposer(state, { type: 'transfer', to: to as MemberId, token: 0 }, now);
    }
    case 'ticks':
      local.ticks -= 1;
      return proposer(state, { type: 'tick' }, now);
    case 'stands still':
    case 'hears nobody': {
      local.waits -= 1;
      const role = state.role as Leading;
      // As if so much time had gone by.
      if (action === 'stands still') role.progressAt = Number.NEGATIVE_INFINITY;
      else for (const member of role.heard.keys()) role.heard.set(member, Number.NEGATIVE_INFINITY);
      return proposer(state, { type: 'tick' }, now);
    }
    default:
      local.stands -= 1;
      return stand(local, settings);
  }
}

/** Whoever would have the membership changed asks when all are heard from, caught up, and something has been decided. */
function propose(
  state: ProposerState,
  value: Value,
  proposer: RoleSettings['steps']['proposer'],
  now: number,
): Step<ProposerNews> {
  const role = state.role as Leading;
  const { hasDecided } = role;
  if (changeOf(value) !== undefined) {
    role.hasDecided = true;
    for (const member of everyone(state.history)) {
      role.heard.set(member, 0);
      role.progress.set(member, state.decidedUpTo);
    }
  }
  const step = proposer(state, { type: 'propose', value, token: 0 }, now);
  role.hasDecided = hasDecided;
  return step;
}

/** What a step of a proposer comes to. `before` is the role that it had, and `cause` what made it move. */
export function finishProposer(
  local: ProposerLocal,
  before: ProposerRole,
  cause: string,
  { messages, news }: Step<ProposerNews>,
  settings: RoleSettings,
): Outcome<ProposerLocal> {
  const { member, role } = local.state;
  const effects = sendAll(member, messages, settings);
  let violation: string | undefined;
  for (const { to, message } of messages) {
    effects.push(...usesOf(member, to, message));
    const isUse = message.type === 'accept' || (message.type === 'prepare' && to !== member);
    // Rule 3: what was used in an earlier life is never used again.
    if (isUse && message.ballot <= local.usedBefore)
      violation = `member ${member} uses ballot ${message.ballot} in two lives`;
  }
  const reached = whatBecame(before, role, cause, messages);
  if (settings.isUndisputed === true && before.name === 'leading' && role.name !== 'leading') {
    violation = `member ${member} steps down by ${cause}, and nobody else leads`;
  }
  violation ??= whatIsWrongInOffice(before, local.state, cause, messages);
  for (const told of news) {
    if ((told.type !== 'mark' && told.type !== 'leased') || told.token === 0) continue;
    reached.push('a read is answered');
    if (told.slot < local.asked) violation = `a read at slot ${told.slot} misses slot ${local.asked}`;
  }
  normalizeProposer(local.state, settings);
  return violation === undefined ? { next: local, effects, reached } : { next: local, effects, reached, violation };
}

/** News of the own learner after other news that got lost: what was in flight is decided, and not said with what. */
function isLate({ state: { role } }: ProposerLocal, input: ProposerInput): boolean {
  if (role.name !== 'leading' || input.type !== 'settled') return false;
  const told = new Set(input.settled.map(({ slot }) => slot));
  return [...role.inFlight.keys()].some((slot) => slot <= input.decidedUpTo && !told.has(slot));
}

/** An input of a model as the proposer takes it. */
function proposerInput(from: MemberId, input: Input): ProposerInput {
  return input.type === 'message'
    ? ({ type: 'message', from, message: input.message } as ProposerInput)
    : (input.content as ProposerInput);
}

/** A timeout: whatever it was doing, it follows nobody, and asks around; the others would all follow it. */
function stand({ state, now }: ProposerLocal, { steps }: RoleSettings): Step<ProposerNews> {
  state.role = { name: 'following', leader: undefined, heardAt: 0, wordAt: 0 };
  state.standAt = 0;
  state.wanted = true;
  let step = steps.proposer(state, { type: 'tick' }, now);
  for (const from of everyone(state.history)) {
    const attempt = state.role.name === ('canvassing' as string) ? state.attempts : -1;
    if (from === state.member || attempt < 0) continue;
    const message = { type: 'canvass-reply', attempt, support: true, highestSeen: NO_BALLOT, decidedUpTo: 0 } as const;
    step = both(step, steps.proposer(state, { type: 'message', from, message }, now));
  }
  return step;
}

/** A proposer as it is when its member starts. */
export function newProposer(
  member: MemberId,
  { promised, decidedUpTo, history }: ProposerStart,
  { steps, options }: RoleSettings,
): ProposerState {
  const state = steps.createProposer(member, history, { promised, decidedUpTo, seed: 0, now: 0, options });
  state.standAt = 0;
  state.random.word = 0;
  return state;
}

/** The highest ballot that a proposer has used by now, in this life or before. */
export function usedBy({ state: { role }, usedBefore }: ProposerLocal): Ballot {
  const isUsed = role.name === 'leading' || (role.name === 'preparing' && role.stage === 'others');
  return isUsed ? Math.max(usedBefore, role.ballot) : usedBefore;
}
