/** The shipped roles as components of a model. */

import {
  type AcceptorMessage,
  type AcceptorState,
  type Ballot,
  createAcceptor,
  createLearner,
  type DurableRecord,
  type Envelope,
  everyone,
  type History,
  type Leading,
  type LearnerMessage,
  type LearnerState,
  type MemberId,
  NO_BALLOT,
  type ProposerInput,
  type ProposerOptions,
  type ProposerOutput,
  type ProposerState,
  RECEIVERS,
  type Value,
} from '@parliament/synod';
import type { Steps } from '../world/node.js';
import type { Component, Effect, Outcome } from './model.js';
import { copyOf, textOf } from './plain.js';

const ASK_MARK = { type: 'ask-mark', token: 0 } as const;

/** What the components of one model have in common. */
export interface RoleSettings {
  readonly steps: Steps;
  readonly history: History;
  readonly options: Partial<ProposerOptions>;
  /** Messages of these types are part of the model; others are lost. */
  readonly carries: ReadonlySet<string>;
  readonly leaseMs: number;
}

/** An acceptor, and what it would recover from its records. */
export interface AcceptorLocal {
  state: AcceptorState;
  recovered: AcceptorState;
  /** The member's own clock, and how fast it goes; it stands still in models without leases. */
  now: number;
  rate: number;
}

export interface LearnerLocal {
  state: LearnerState;
  recovered: LearnerState;
}

export interface ProposerLocal {
  state: ProposerState;
  /** How often it may still stand for election. */
  stands: number;
  /** What it still has to propose, as a leader, and how many heartbeats it may send. */
  values: readonly Value[];
  beats: number;
  now: number;
  rate: number;
}

/** The acceptor of a member. */
export function acceptorComponent(member: MemberId, settings: RoleSettings): Component<AcceptorLocal> {
  const { steps, history, leaseMs } = settings;
  return {
    name: `acceptor ${member}`,
    member,
    initial: {
      state: createAcceptor(member, history, leaseMs),
      recovered: createAcceptor(member, history, leaseMs),
      now: 0,
      rate: 0,
    },
    actions: () => [],
    act: (local) => ({ next: local, effects: [] }),
    receive(local, from, input) {
      const { state, recovered } = local;
      const before = state.promised;
      const given =
        input.type === 'message'
          ? ({ type: 'message', from, message: input.message as AcceptorMessage } as const)
          : (input.content as Parameters<Steps['acceptor']>[1]);
      const { records, messages } = steps.acceptor(state, given, local.now);
      for (const record of records) steps.recoverAcceptor(recovered, record);
      if (given.type === 'watermark') steps.acceptor(recovered, given, local.now);
      const effects = sendAll(member, messages, settings);
      for (const record of records)
        if (record.type === 'voted') effects.push({ type: 'fact', fact: voteOf(member, record) });
      if (state.promised < before)
        return { next: local, effects, violation: `acceptor ${member} takes back its promise` };
      const outcome: Outcome<AcceptorLocal> = { next: local, effects };
      const forgotten = forgets(state, recovered);
      return forgotten === undefined ? outcome : { ...outcome, violation: `acceptor ${member} ${forgotten}` };
    },
  };
}

/** What an acceptor would not have any more after a crash, although somebody may know of it (rule 1). */
function forgets(state: AcceptorState, recovered: AcceptorState): string | undefined {
  if (recovered.promised < state.promised) return `would forget its promise of ballot ${state.promised}`;
  for (const [slot, vote] of state.votes) {
    if (textOf(recovered.votes.get(slot)) !== textOf(vote)) return `would forget its vote in slot ${slot}`;
  }
  return undefined;
}

/** The learner of a member. What it settles is a fact, and its own roles are told. */
export function learnerComponent(member: MemberId, settings: RoleSettings): Component<LearnerLocal> {
  const { steps, history } = settings;
  const now = 0;
  return {
    name: `learner ${member}`,
    member,
    initial: { state: createLearner(member, history), recovered: createLearner(member, history) },
    actions: () => [],
    act: (local) => ({ next: local, effects: [] }),
    receive(local, from, input) {
      if (input.type !== 'message') return { next: local, effects: [] };
      const { state, recovered } = local;
      const message = input.message as LearnerMessage;
      const output = steps.learner(state, { type: 'message', from, message }, now);
      const effects = sendAll(member, output.messages, settings);
      for (const record of output.records) steps.recoverLearner(recovered, record);
      if (output.settled.length > 0) {
        const { decidedUpTo, history: known } = state;
        for (const { slot, value } of output.settled)
          effects.push({ type: 'fact', fact: { type: 'decided', slot, value } });
        const news = { type: 'settled', settled: output.settled, decidedUpTo, history: known };
        const watermark = { type: 'watermark', decidedUpTo, history: known };
        const tell = (to: string, content: unknown): Effect => {
          return { type: 'input', to: `${to} ${member}`, from: member, input: { type: 'watermark', content } };
        };
        effects.push(tell('proposer', news), tell('acceptor', watermark));
      }
      normalizeLearner(state);
      normalizeLearner(recovered);
      return { next: local, effects };
    },
  };
}

/** The proposer of a member, which may stand `stands` times and has `values` to propose. */
export function proposerComponent(
  member: MemberId,
  limits: { readonly stands: number; readonly values: readonly Value[]; readonly beats?: number },
  settings: RoleSettings,
): Component<ProposerLocal> {
  const { steps } = settings;
  const state = newProposer(member, NO_BALLOT, 0, settings.history, settings);
  const finish = (local: ProposerLocal, outputs: readonly ProposerOutput[]): Outcome<ProposerLocal> => {
    const envelopes = outputs.flatMap((output) => (output.type === 'send' ? [output] : []));
    const effects = sendAll(member, envelopes, settings);
    for (const { message } of envelopes) {
      if (message.type !== 'accept') continue;
      const { slot, ballot, value } = message;
      effects.push({ type: 'fact', fact: { type: 'proposed', slot, ballot, value } });
    }
    normalizeProposer(local.state, settings);
    return { next: local, effects };
  };
  return {
    name: `proposer ${member}`,
    member,
    initial: { state, beats: 0, ...limits, now: 0, rate: 0 },
    actions({ state: { role }, stands, values, beats }) {
      const names: string[] = [];
      if (stands > 0) names.push('stands for election');
      if (role.name === 'leading' && values.length > 0) names.push('proposes');
      if (role.name === 'leading' && beats > 0) names.push('sends a heartbeat');
      return names;
    },
    act(local, action) {
      if (action === 'proposes') {
        const [value, ...values] = local.values;
        local.values = values;
        return finish(
          local,
          steps.proposer(local.state, { type: 'propose', value: value as Value, token: 0 }, local.now),
        );
      }
      if (action === 'sends a heartbeat') {
        local.beats -= 1;
        (local.state.role as Leading).beatAt = Number.NEGATIVE_INFINITY;
        // One that leads only on demand has a heartbeat to send when somebody wants to read.
        const { standing } = local.state.options;
        return finish(local, steps.proposer(local.state, standing ? { type: 'tick' } : ASK_MARK, local.now));
      }
      local.stands -= 1;
      return finish(local, stand(local, settings));
    },
    receive(local, from, input) {
      const given =
        input.type === 'message'
          ? ({ type: 'message', from, message: input.message } as ProposerInput)
          : (input.content as ProposerInput);
      return finish(local, steps.proposer(local.state, given, local.now));
    },
  };
}

/** A member crashes: what its roles have in memory is gone, and they recover from what was durable. */
export function recover(
  member: MemberId,
  [acceptor, proposer, learner]: readonly [AcceptorLocal, ProposerLocal | undefined, LearnerLocal | undefined],
  settings: RoleSettings,
): readonly unknown[] {
  const recovered = copyOf(acceptor.recovered);
  settings.steps.resumeAcceptor(recovered, acceptor.now);
  const locals: unknown[] = [{ ...acceptor, state: recovered }];
  const learned = learner === undefined ? undefined : copyOf(learner.recovered);
  if (proposer !== undefined) {
    const decidedUpTo = learned?.decidedUpTo ?? 0;
    const history = learned?.history ?? settings.history;
    const state = newProposer(member, recovered.promised, decidedUpTo, history, settings);
    locals.push({ ...proposer, state });
  }
  if (learner !== undefined) locals.push({ state: learned, recovered: copyOf(learner.recovered) });
  return locals;
}

/** A timeout: whatever it was doing, it follows nobody, and asks around; the others would all follow it. */
function stand({ state, now }: ProposerLocal, { steps }: RoleSettings): ProposerOutput[] {
  state.role = { name: 'following', leader: undefined, heardAt: 0 };
  state.standAt = 0;
  state.wanted = true;
  const outputs = [...steps.proposer(state, { type: 'tick' }, now)];
  for (const from of everyone(state.history)) {
    const attempt = state.role.name === ('canvassing' as string) ? state.attempts : -1;
    if (from === state.member || attempt < 0) continue;
    const message = { type: 'canvass-reply', attempt, support: true, highestSeen: NO_BALLOT, decidedUpTo: 0 } as const;
    outputs.push(...steps.proposer(state, { type: 'message', from, message }, now));
  }
  return outputs;
}

function newProposer(
  member: MemberId,
  promised: Ballot,
  decidedUpTo: number,
  history: History,
  { steps, options }: RoleSettings,
): ProposerState {
  const state = steps.createProposer(member, history, { promised, decidedUpTo, seed: 0, now: 0, options });
  state.standAt = 0;
  state.random.word = 0;
  return state;
}

function sendAll(from: MemberId, envelopes: readonly Envelope[], { carries }: RoleSettings): Effect[] {
  const effects: Effect[] = [];
  for (const { to, message } of envelopes) {
    if (!carries.has(message.type)) continue;
    for (const role of RECEIVERS[message.type]) {
      effects.push({ type: 'input', to: `${role} ${to}`, from, input: { type: 'message', message } });
    }
  }
  return effects;
}

function voteOf(
  member: MemberId,
  record: Extract<DurableRecord, { type: 'voted' }>,
): Extract<Effect, { type: 'fact' }>['fact'] {
  const { slot, ballot, value } = record;
  return { type: 'vote', member, slot, ballot, value };
}

/** When something is due, and what only counts, makes no difference here: timeouts come when they like. */
function normalizeProposer(state: ProposerState, { leaseMs }: RoleSettings): void {
  const { role } = state;
  state.random.word = 0;
  state.standAt = 0;
  state.tickedAt = 0;
  state.listenedMs = 0;
  state.paces.clear();
  state.failures = 0;
  state.wanted = true;
  if (role.name === 'following') {
    state.role = { name: 'following', leader: undefined, heardAt: 0 };
  } else if (role.name === 'preparing') {
    role.progressAt = 0;
  } else if (role.name === 'leading') {
    role.progressAt = 0;
    for (const proposal of role.inFlight.values()) proposal.sentAt = 0;
    role.beatAt = 0;
    role.progress.clear();
    role.confirmed.clear();
    // Everybody is heard from, always: a leader that steps down is one that stands no more.
    for (const member of role.heard.keys()) role.heard.set(member, 0);
    if (leaseMs > 0) return;
    for (const map of [role.heard, role.granted, role.sentAt]) map.clear();
    role.sequence = 0;
  }
}

function normalizeLearner(state: LearnerState): void {
  state.behind = undefined;
  Object.assign(state.fetching, createLearner(state.member, state.history).fetching);
  state.fetchAt = 0;
  state.fetches = 0;
}
