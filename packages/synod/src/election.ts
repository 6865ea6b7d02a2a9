/** How a member comes to lead: it canvasses, has its own acceptor promise, prepares the others, and adopts their votes. */

import { type Ballot, type MemberId, nextBallot } from './ballot.js';
import { everyone } from './configuration.js';
import { configurationNow, electionTimeout, mayStand, noteSeen } from './following.js';
import { createLeading, proposeMore, pump } from './leadership.js';
import type { CanvassReply, Handover, Message, PromiseMessage } from './messages.js';
import { askAnew, askForPromise, askForPromises, askOn, noteOnTheWay, notePage } from './preparing.js';
import { addPage, createPromises } from './promises.js';
import type { Preparing, ProposerOutput, ProposerState } from './proposer-state.js';
import { isPhase1Quorum } from './quorum.js';
import { followsAfterOvertaken, isAllPrepared } from './reconfiguring.js';

/** Asks everybody whether they would follow. */
export function canvass(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  const supporters = new Set([state.member]);
  const until = state.listenedMs + electionTimeout(state);
  state.role = { name: 'canvassing', attempt: state.attempts, supporters, until };
  if (isSupported(state, supporters)) {
    prepare(state, now, outputs);
    return;
  }
  sendCanvass(state, outputs);
}

/**
 * A member that does not vote asks around, too, when it hears no leader: it is told how far the others are, and if it was removed, that
 * it was.
 */
export function askAround(state: ProposerState, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  state.standAt = state.listenedMs + electionTimeout(state);
  sendCanvass(state, outputs);
}

function sendCanvass(
  { member, history, attempts: attempt, decidedUpTo }: ProposerState,
  outputs: ProposerOutput[],
): void {
  const message: Message = { type: 'canvass', attempt, decidedUpTo };
  for (const to of everyone(history)) if (to !== member) outputs.push({ type: 'send', to, message });
}

/** Somebody would follow, or would not. */
export function noteSupport(
  state: ProposerState,
  from: MemberId,
  message: CanvassReply,
  now: number,
  outputs: ProposerOutput[],
): void {
  noteSeen(state, message.highestSeen);
  const { role } = state;
  if (role.name !== 'canvassing' || message.attempt !== role.attempt || !message.support) return;
  role.supporters.add(from);
  if (isSupported(state, role.supporters)) prepare(state, now, outputs);
}

/** The leader that this member follows has handed over to it: it stands at once, without asking around. */
export function takeOver(state: ProposerState, { ballot }: Handover, now: number, outputs: ProposerOutput[]): void {
  const { role } = state;
  if (role.name === 'following' && role.leader === ballot && mayStand(state)) prepare(state, now, outputs, ballot);
}

/** Begins phase 1 at a ballot above all it has seen. */
export function prepare(state: ProposerState, now: number, outputs: ProposerOutput[], released?: Ballot): void {
  const ballot = nextBallot(state.member, state.highestSeen);
  state.highestSeen = ballot;
  const { decidedUpTo, listenedMs: progressAt } = state;
  const promises = createPromises(decidedUpTo);
  state.role = { name: 'preparing', ballot, released, stage: 'own', promises, progressAt, toldAt: now };
  askAnew(state);
  // Rule 3: nobody else hears of this ballot before the own acceptor has durably promised it.
  askForPromise(state, state.role, state.member, now, outputs);
}

/** Takes a promise, and leads once a quorum of them is in. */
export function collect(
  state: ProposerState,
  from: MemberId,
  message: PromiseMessage,
  now: number,
  outputs: ProposerOutput[],
): void {
  const { role } = state;
  notePage(state, from, message.token, now);
  // A promise counts for the ballot it names and for no other.
  if ((role.name !== 'preparing' && role.name !== 'leading') || message.ballot !== role.ballot) return;
  if (role.name === 'leading' && isAllPrepared(state, role)) return;
  // Also what is known already is a sign of life: on a slow line more is behind it.
  if (role.name === 'preparing') role.progressAt = state.listenedMs;
  const news = addPage(role.promises, from, message, state.decidedUpTo);
  if (news === 'nothing') return;
  if (role.name === 'leading' && followsAfterOvertaken(state, role)) return;
  if (news === 'more') {
    if (message.isPaused) askOn(state, role, from, now, outputs);
    else noteOnTheWay(state, from, now);
    return;
  }
  if (role.name === 'leading') {
    // Phase 1 goes on for the voters of a configuration that has come in sight (rule 7).
    proposeMore(state, role, now, outputs);
    return;
  }
  if (role.stage === 'own') {
    if (!role.promises.complete.has(state.member)) return;
    role.stage = 'others';
    askForPromises(state, role, now, outputs);
  }
  leadIfPromised(state, role, now, outputs);
}

/**
 * Leads, once a quorum has promised. To be asked with every promise, and whenever the own learner has moved on: by that another
 * configuration may have come to govern, a quorum of which has promised already and will not say so again.
 */
export function leadIfPromised(state: ProposerState, role: Preparing, now: number, outputs: ProposerOutput[]): void {
  if (role.stage === 'own') return;
  if (!isPhase1Quorum(configurationNow(state).voters, (member) => role.promises.complete.has(member))) return;
  // The own learner may have moved on since this phase 1 began.
  role.promises.decidedUpTo = Math.max(role.promises.decidedUpTo, state.decidedUpTo);
  const leading = createLeading(role.ballot, role.promises, everyone(state.history), state.listenedMs);
  state.role = leading;
  state.failures = 0;
  state.wanted = false;
  pump(state, leading, now, outputs);
}

function isSupported(state: ProposerState, supporters: ReadonlySet<MemberId>): boolean {
  return isPhase1Quorum(configurationNow(state).voters, (member) => supporters.has(member));
}
