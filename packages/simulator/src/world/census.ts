/** Counts what happens in worlds, rarely or often: what is never seen is not tested (O13). */

import {
  isVoter,
  type Leading,
  type LearnerState,
  type Message,
  type ProposerInput,
  type ProposerNews,
  type ProposerState,
  type Step,
  sameValue,
} from '@parliament/synod';

/** How often each has happened. */
export interface Census {
  /** Promises that did not fit one page, those whose sender waited to be asked on, and pages that ask on in the middle. */
  pages: number;
  pauses: number;
  /** Answers to a fetch that were closed before all that was asked for was in. */
  partialAnswers: number;
  /** Parts of snapshots behind the first one, of snapshots that have a successor, and parts that were asked for again. */
  parts: number;
  lentParts: number;
  partsAskedAgain: number;
  /** Transfers of a snapshot in several parts that came to their end, and that were given up for another one. */
  transfers: number;
  abandonedTransfers: number;
  /** Votes that an acceptor refused because its own learner is too far behind to keep them. */
  votesBeyondWindow: number;
  /** A leader found slots ahead of it decided, with what it was bound to propose there. */
  knownAhead: number;
  /** A member would not support a candidate, though it heard no leader. */
  unsupported: number;
  /** Leaders that ceased to lead: no quorum was heard; */
  silenced: number;
  /** an acceptor had promised a higher ballot; */
  refused: number;
  /** the leader of a higher ballot was heard; */
  outranked: number;
  /** a slot was decided otherwise than it proposed; */
  contradicted: number;
  /** a slot in which it had proposed was decided unseen, within a snapshot; */
  skippedOver: number;
  /** who promised late knew more to be decided than it had proposed; */
  overtaken: number;
  /** it did not get to know what is decided below its first slot, and went through phase 1 again; */
  stuck: number;
  /** it handed over, as it was told to; because it is no voter any longer; or because it was too far behind. */
  transferred: number;
  leftOffice: number;
  madeWay: number;
  /** Learners that stood still at a decree of the later version; and such as had a snapshot of what follows. */
  halts: number;
  haltsPassed: number;
  /** Snapshots that were refused for their size, and told of. */
  tooLarge: number;
  /** Snapshots of a later version that were refused. */
  unreadable: number;
  /** What was left out for want of room was written after all. */
  rewrites: number;
  /** A decree has an earlier time stamp than one before it: the calendar of another leader is behind. */
  calendarsBack: number;
}

export function createCensus(): Census {
  return {
    pages: 0,
    pauses: 0,
    partialAnswers: 0,
    parts: 0,
    lentParts: 0,
    partsAskedAgain: 0,
    transfers: 0,
    abandonedTransfers: 0,
    votesBeyondWindow: 0,
    knownAhead: 0,
    unsupported: 0,
    silenced: 0,
    refused: 0,
    outranked: 0,
    contradicted: 0,
    skippedOver: 0,
    overtaken: 0,
    stuck: 0,
    transferred: 0,
    leftOffice: 0,
    madeWay: 0,
    halts: 0,
    haltsPassed: 0,
    tooLarge: 0,
    unreadable: 0,
    rewrites: 0,
    calendarsBack: 0,
  };
}

/** A member sends a message. */
export function countSent(census: Census, message: Message, learner: LearnerState, { role }: ProposerState): void {
  switch (message.type) {
    case 'promise':
      if (message.upTo === undefined) return;
      census.pages += 1;
      if (message.isPaused) census.pauses += 1;
      return;
    case 'nack':
      if (message.promised <= message.ballot) census.votesBeyondWindow += 1;
      return;
    case 'decided':
      if ((message.decisions.at(-1)?.slot ?? 0) < message.decidedUpTo) census.partialAnswers += 1;
      return;
    case 'snapshot-part':
      if (message.offset > 0) census.parts += 1;
      if (message.slot !== learner.snapshot?.slot) census.lentParts += 1;
      return;
    case 'fetch-snapshot':
      if ((learner.assembly?.pace.unanswered ?? 0) > 1) census.partsAskedAgain += 1;
      return;
    case 'canvass-reply':
      if (!message.support && role.name === 'following' && role.leader === undefined) census.unsupported += 1;
      return;
    default:
      return;
  }
}

/** A part of a snapshot has come: `before` is what there was of one, `after` what there is now. */
export function countPart(
  census: Census,
  before: LearnerState['assembly'],
  after: LearnerState['assembly'],
  isInstalled: boolean,
): void {
  if (before === undefined) return;
  if (isInstalled) census.transfers += 1;
  else if (after !== before) census.abandonedTransfers += 1;
}

/** A proposer that led has taken a step. */
export function countLeading(
  census: Census,
  role: Leading,
  input: ProposerInput,
  state: ProposerState,
  step: Step<ProposerNews>,
): void {
  if (state.role !== role) census[endOf(role, input, state, step)] += 1;
  else if (input.type === 'settled' && role.known.size > 0) census.knownAhead += 1;
}

/** What ended a leadership. */
function endOf(
  role: Leading,
  input: ProposerInput,
  { role: after, history, member }: ProposerState,
  { messages, news }: Step<ProposerNews>,
): keyof Census {
  if (news.some(({ type }) => type === 'handed-over')) return 'transferred';
  if (messages.some(({ message }) => message.type === 'handover')) {
    return history.some((configuration) => isVoter(configuration, member)) ? 'madeWay' : 'leftOffice';
  }
  if (input.type === 'message') {
    if (input.message.type === 'nack') return 'refused';
    return input.message.type === 'promise' ? 'overtaken' : 'outranked';
  }
  if (input.type !== 'settled') return after.name === 'preparing' ? 'stuck' : 'silenced';
  const isContradicted = input.settled.some(({ slot, value }) => {
    const proposed = role.inFlight.get(slot);
    return slot >= role.firstSlot && (proposed === undefined || !sameValue(proposed, value));
  });
  return isContradicted ? 'contradicted' : 'skippedOver';
}
