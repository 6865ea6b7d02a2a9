/**
 * The acceptor and the learner of a member that crashes, which write into one log. What is recovered is found by reading the
 * log from its first record to its last, as it is done in production.
 */

import {
  type AcceptorState,
  afterLearner,
  afterSaved,
  type Ballot,
  createOnDisk,
  type Decision,
  type DurableRecord,
  type LearnerMessage,
  type LearnerState,
  type MemberId,
  NO_BALLOT,
  onDiskAtStart,
  proposerStart,
  type Snapshot,
  trimRecords,
  type Value,
  watermarkOf,
} from '@parliament/synod';
import { acceptorInput, factsOf, forgets, promisesAgain } from './acceptor-component.js';
import { reborn } from './crash.js';
import {
  checkDelivered,
  claimsBy,
  claimsOf,
  normalizeLearner,
  stateOf,
  tellAcceptor,
  tellProposer,
  whatTroubles,
} from './learner-component.js';
import type { Component, Effect, Input, JointAction, Outcome } from './model.js';
import type { ProposerLocal } from './proposer-component.js';
import { newAcceptor, newLearner, type RoleSettings, sendAll, tell } from './role-settings.js';

export interface MemberLimits {
  /** Nothing comes to this member any more when its log has so many records. */
  readonly records: number;
  /** How often it may crash. */
  readonly crashes: number;
  /** How many snapshots it may take. Default 0. */
  readonly snapshots?: number;
  /** Whether its disk takes its time: what was not synced may be lost. Default: every record is durable at once. */
  readonly isSlow?: boolean;
}

export interface MemberLocal {
  acceptor: AcceptorState;
  learner: LearnerState;
  /** The log, of which the first `synced` records are durable. */
  log: readonly DurableRecord[];
  synced: number;
  /** What becomes known when the log is synced up to there. */
  waiting: readonly Effect[];
  applied: readonly Value[];
  crashes: number;
  snapshots: number;
}

/** The acceptor and the learner of a member. */
export function memberComponent(
  member: MemberId,
  limits: MemberLimits,
  settings: RoleSettings,
): Component<MemberLocal> {
  return {
    name: `member ${member}`,
    plays: [`acceptor ${member}`, `learner ${member}`],
    member,
    initial: {
      acceptor: newAcceptor(member, settings),
      learner: newLearner(member, settings),
      log: [],
      synced: 0,
      waiting: [],
      applied: [],
      crashes: limits.crashes,
      snapshots: limits.snapshots ?? 0,
    },
    actions({ learner, log, synced, waiting, snapshots }) {
      const names: string[] = [];
      if (waiting.length > 0 || synced < log.length) names.push('syncs');
      if (snapshots > 0 && learner.decidedUpTo > (learner.snapshot?.slot ?? 0)) names.push('takes a snapshot');
      if (settings.remembers?.has('behind') === true && learner.behind !== undefined) names.push('ticks');
      return names;
    },
    act(local, action) {
      if (action === 'syncs') return sync(local);
      if (action === 'ticks') return learn(local, { type: 'tick' }, member, limits, settings);
      return takeSnapshot(local, settings);
    },
    receive(local, from, input, to) {
      const outcome =
        to === `acceptor ${member}`
          ? accept(local, from, input, member, limits, settings)
          : input.type === 'message'
            ? learn(
                local,
                { type: 'message', from, message: input.message as LearnerMessage },
                member,
                limits,
                settings,
              )
            : { next: local, effects: [] };
      return outcome;
    },
  };
}

function accept(
  local: MemberLocal,
  from: MemberId,
  input: Input,
  member: MemberId,
  { records: limit, isSlow }: MemberLimits,
  settings: RoleSettings,
): Outcome<MemberLocal> {
  const given = acceptorInput(from, input);
  // The disk is full: nothing of this happens.
  if (given.type !== 'watermark' && local.log.length >= limit) return { next: local, effects: [] };
  const before = local.acceptor.promised;
  const step = settings.steps.acceptor(local.acceptor, given, 0);
  const again = promisesAgain(member, before, step);
  if (again !== undefined) return { next: local, effects: [], violation: `member ${member} ${again}` };
  const durable = promisedIn(local.log.slice(0, local.synced));
  const { atOnce, write } = settings.steps.afterAcceptor(local.acceptor, durable, step);
  const early = sendAll(member, atOnce, settings);
  if (write !== undefined) local.log = [...local.log, ...write.records];
  const later = sendAll(member, write?.messages ?? [], settings);
  local.waiting = [...local.waiting, ...later, ...factsOf(member, step)];
  if (isSlow === true) return { next: local, effects: early };
  const synced = sync(local, settings);
  return { ...synced, effects: [...early, ...synced.effects] };
}

/** The highest ballot of which these records hold a promise or a vote. */
function promisedIn(records: readonly DurableRecord[]): Ballot {
  const ballots = records.map((record) => (record.type === 'promised' || record.type === 'voted' ? record.ballot : 0));
  return Math.max(NO_BALLOT, ...ballots);
}

/** All that was written becomes durable, and what waited for it leaves (rule 1). */
function sync(local: MemberLocal, settings?: RoleSettings): Outcome<MemberLocal> {
  const { waiting: effects } = local;
  local.waiting = [];
  local.synced = local.log.length;
  if (settings === undefined) return { next: local, effects };
  const { acceptor, effects: claims, violation } = replay(local, local.log, settings);
  const wrong = violation ?? forgets(local.acceptor, acceptor);
  const outcome = { next: local, effects: [...effects, ...claims] };
  return wrong === undefined ? outcome : { ...outcome, violation: `member ${acceptor.member} ${wrong}` };
}

function learn(
  local: MemberLocal,
  input: Parameters<RoleSettings['steps']['learner']>[1],
  member: MemberId,
  { isSlow }: MemberLimits,
  settings: RoleSettings,
): Outcome<MemberLocal> {
  const { learner } = local;
  const before = learner.decidedUpTo;
  const step = settings.steps.learner(learner, input, 0);
  // What was to be written before is so, too, once this is. With it the acceptor hears, too, of a change of membership: where the disk
  // takes its time, models have none.
  const onDisk = createOnDisk(before);
  const sequel = afterLearner(learner, onDisk, step);
  const { write, delivered, installed, forProposer } = sequel;
  if (write !== undefined) local.log = [...local.log, ...write.records];
  // What a learner writes need not be synced: but then it may be lost.
  if (isSlow !== true) local.synced = local.log.length;
  if (installed === undefined) local.applied = [...local.applied, ...delivered.map(({ value }) => value)];
  const wrong = checkDelivered(before, delivered, installed) ?? whatTroubles(member, sequel);
  const recovered = replay(local, local.log, settings);
  normalizeLearner(learner, settings);
  const hasLearned = (forProposer?.settled.length ?? 0) > 0;
  const reached = input.type === 'message' && hasLearned ? [`a member learns by ${input.message.type}`] : [];
  if (installed !== undefined) reached.push('a member takes a snapshot of another');
  const now = [...sendAll(member, sequel.messages, settings), ...claimsBy(sequel), ...tellProposer(member, sequel)];
  const later = tellAcceptor(learner, sequel, onDisk);
  const isDurable = local.synced === local.log.length;
  if (!isDurable) local.waiting = [...local.waiting, ...later];
  const effects = isDurable ? [...now, ...later] : now;
  const violation = wrong ?? recovered.violation;
  const outcome = { next: local, effects: [...effects, ...recovered.effects], reached };
  return violation === undefined ? outcome : { ...outcome, violation };
}

function takeSnapshot(local: MemberLocal, settings: RoleSettings): Outcome<MemberLocal> {
  const { learner, log, applied } = local;
  const snapshot: Snapshot = {
    slot: learner.decidedUpTo,
    history: learner.history,
    state: stateOf(applied, learner.member, settings.stateBytes),
  };
  local.snapshots -= 1;
  local.log = trimRecords(log, snapshot);
  local.synced = local.log.length;
  const onDisk = onDiskAtStart(learner);
  settings.steps.learner(learner, afterSaved(onDisk, snapshot), 0);
  normalizeLearner(learner, settings);
  const { effects, violation } = replay(local, local.log, settings);
  const told = tell('acceptor', learner.member, watermarkOf(learner, onDisk));
  const outcome = { next: local, effects: [...effects, ...local.waiting, told] };
  local.waiting = [];
  return violation === undefined ? outcome : { ...outcome, violation };
}

interface Replayed {
  readonly acceptor: AcceptorState;
  readonly learner: LearnerState;
  readonly applied: readonly Value[];
  readonly effects: readonly Effect[];
  readonly violation: string | undefined;
}

/** What comes of reading a log. */
function replay(
  { acceptor: { member } }: MemberLocal,
  log: readonly DurableRecord[],
  settings: RoleSettings,
): Replayed {
  const { steps } = settings;
  const acceptor = newAcceptor(member, settings);
  const learner = newLearner(member, settings);
  const effects: Effect[] = [];
  let applied: Value[] = [];
  let violation: string | undefined;
  for (const record of log) {
    const before = learner.decidedUpTo;
    steps.recoverAcceptor(acceptor, record);
    const { delivered, installed } = steps.recoverLearner(learner, record);
    violation ??= checkDelivered(before, delivered, installed);
    effects.push(...claimsOf(delivered, installed));
    if (installed !== undefined) applied = [];
    applied = [...applied, ...delivered.map(({ value }) => value)];
  }
  steps.resumeAcceptor(acceptor, 0);
  steps.acceptor(acceptor, watermarkOf(learner, onDiskAtStart(learner)), 0);
  normalizeLearner(learner, settings);
  // What is settled ahead of a gap is known too.
  effects.push(...claimsOf(decisionsOf(learner), undefined));
  return { acceptor, learner, applied, effects, violation };
}

function decisionsOf({ decided }: LearnerState): Decision[] {
  return [...decided].map(([slot, value]) => ({ slot, value }));
}

/** Whether a record says of a vote that it was decided, between which and the record another vote was written. */
function isByEarlierVote(log: readonly DurableRecord[], learner: LearnerState): boolean {
  const at = log.findIndex((record) => record.type === 'decided');
  const decided = log[at];
  if (decided?.type !== 'decided' || !learner.decided.has(decided.slot)) return false;
  return log.slice(0, at).some((record) => {
    return record.type === 'voted' && record.slot === decided.slot && record.ballot > decided.ballot;
  });
}

/** A crash of a member: its log keeps what was synced, and of the rest all but the last `lost` records. */
export function memberCrash(member: MemberId, lost: number, settings: RoleSettings, hasProposer = true): JointAction {
  return {
    name: `member ${member} crashes${lost === 0 ? '' : `, loses ${lost} of its records,`} and recovers`,
    components: hasProposer ? [`member ${member}`, `proposer ${member}`] : [`member ${member}`],
    act([given, standing]) {
      const local = given as MemberLocal;
      const kept = local.log.length - lost;
      if (local.crashes === 0 || kept < local.synced) return undefined;
      const log = local.log.slice(0, kept);
      const { acceptor, learner, applied, effects, violation } = replay(local, log, settings);
      const next: MemberLocal = {
        ...local,
        acceptor,
        learner,
        applied,
        log,
        synced: kept,
        waiting: [],
        crashes: local.crashes - 1,
      };
      const start = proposerStart(acceptor.promised, learner);
      const proposer = standing === undefined ? [] : [reborn(standing as ProposerLocal, start, settings)];
      // A vote that was not synced, and is on the disk all the same, is one.
      const votes = factsOf(member, { records: log.slice(local.synced), messages: [] });
      const reached = [lost > 0 ? 'a member loses records' : 'a member recovers'];
      if (learner.decidedUpTo > 0) reached.push('a member recovers what is decided');
      if (isByEarlierVote(log, learner)) reached.push('a member recovers by a vote that is not its last');
      const outcome = { next: [next, ...proposer], effects: [...votes, ...effects], reached };
      return violation === undefined ? outcome : { ...outcome, violation };
    },
  };
}
