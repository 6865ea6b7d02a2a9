/** How a member comes to lead: it canvasses, has its own acceptor promise, prepares the others, and adopts their votes. */

import { type Ballot, type MemberId, nextBallot } from './ballot.js';
import { everyone } from './configuration.js';
import { configurationNow, electionTimeout, mayStand, noteSeen } from './following.js';
import { createLeading, proposeMore, pump } from './leadership.js';
import type { CanvassReply, Envelope, Handover, Message, PromiseMessage } from './messages.js';
import { askAnew, askForPromise, askForPromises, askOn, noteOnTheWay, notePage } from './preparing.js';
import { addPage, createPromises } from './promises.js';
import type { Preparing, ProposerState } from './proposer-state.js';
import { isPhase1Quorum } from './quorum.js';
import { followsAfterOvertaken, isAllPrepared } from './reconfiguring.js';
import { joined, NONE } from './step.js';

/** Asks everybody whether they would follow. */
export function canvass(state: ProposerState, now: number): readonly Envelope[] {
  state.attempts += 1;
  const supporters = new Set([state.member]);
  const until = state.listenedMs + electionTimeout(state);
  state.role = { name: 'canvassing', attempt: state.attempts, supporters, until };
  return isSupported(state, supporters) ? prepare(state, now) : sendCanvass(state);
}

/**
 * A member that does not vote asks around, too, when it hears no leader: it is told how far the others are, and if it was removed, that
 * it was.
 */
export function askAround(state: ProposerState): readonly Envelope[] {
  state.attempts += 1;
  state.standAt = state.listenedMs + electionTimeout(state);
  return sendCanvass(state);
}

function sendCanvass({ member, history, attempts: attempt, decidedUpTo }: ProposerState): readonly Envelope[] {
  const message: Message = { type: 'canvass', attempt, decidedUpTo };
  return everyone(history).flatMap((to) => (to === member ? NONE : { to, message }));
}

/** Somebody would follow, or would not. */
export function noteSupport(
  state: ProposerState,
  from: MemberId,
  message: CanvassReply,
  now: number,
): readonly Envelope[] {
  noteSeen(state, message.highestSeen);
  const { role } = state;
  if (role.name !== 'canvassing' || message.attempt !== role.attempt || !message.support) return NONE;
  role.supporters.add(from);
  return isSupported(state, role.supporters) ? prepare(state, now) : NONE;
}

/** The leader that this member follows has handed over to it: it stands at once, without asking around. */
export function takeOver(state: ProposerState, { ballot }: Handover, now: number): readonly Envelope[] {
  const { role } = state;
  const isHeir = role.name === 'following' && role.leader === ballot && mayStand(state);
  return isHeir ? prepare(state, now, ballot) : NONE;
}

/** Begins phase 1 at a ballot above all it has seen. */
export function prepare(state: ProposerState, now: number, released?: Ballot): readonly Envelope[] {
  const ballot = nextBallot(state.member, state.highestSeen);
  state.highestSeen = ballot;
  const { decidedUpTo, listenedMs: progressAt } = state;
  const promises = createPromises(decidedUpTo);
  state.role = { name: 'preparing', ballot, released, stage: 'own', promises, progressAt, toldAt: now };
  askAnew(state);
  // Rule 3: nobody else hears of this ballot before the own acceptor has durably promised it.
  return [askForPromise(state, state.role, state.member, now)];
}

/** Takes a promise, and leads once a quorum of them is in. */
export function collect(
  state: ProposerState,
  from: MemberId,
  message: PromiseMessage,
  now: number,
): readonly Envelope[] {
  const { role } = state;
  notePage(state, from, message.token, now);
  // A promise counts for the ballot it names and for no other.
  if ((role.name !== 'preparing' && role.name !== 'leading') || message.ballot !== role.ballot) return NONE;
  if (role.name === 'leading' && isAllPrepared(state, role)) return NONE;
  // Also what is known already is a sign of life: on a slow line more is behind it.
  if (role.name === 'preparing') role.progressAt = state.listenedMs;
  const news = addPage(role.promises, from, message, state.decidedUpTo);
  if (news === 'nothing') return NONE;
  if (role.name === 'leading' && followsAfterOvertaken(state, role)) return NONE;
  if (news === 'more') {
    if (message.isPaused) return [askOn(state, role, from, now)];
    noteOnTheWay(state, from, now);
    return NONE;
  }
  if (role.name === 'leading') {
    // Phase 1 goes on for the voters of a configuration that has come in sight (rule 7).
    return proposeMore(state, role, now);
  }
  if (role.stage === 'others') return leadIfPromised(state, role, now);
  if (!role.promises.complete.has(state.member)) return NONE;
  role.stage = 'others';
  return joined(askForPromises(state, role, now), leadIfPromised(state, role, now));
}

/**
 * Leads, once a quorum has promised. To be asked with every promise, and whenever the own learner has moved on: by that another
 * configuration may have come to govern, a quorum of which has promised already and will not say so again.
 */
export function leadIfPromised(state: ProposerState, role: Preparing, now: number): readonly Envelope[] {
  if (role.stage === 'own') return NONE;
  if (!isPhase1Quorum(configurationNow(state).voters, (member) => role.promises.complete.has(member))) return NONE;
  // The own learner may have moved on since this phase 1 began.
  role.promises.decidedUpTo = Math.max(role.promises.decidedUpTo, state.decidedUpTo);
  const leading = createLeading(role.ballot, role.promises, everyone(state.history), state.listenedMs);
  state.role = leading;
  state.failures = 0;
  state.wanted = false;
  return pump(state, leading, now);
}

function isSupported(state: ProposerState, supporters: ReadonlySet<MemberId>): boolean {
  return isPhase1Quorum(configurationNow(state).voters, (member) => supporters.has(member));
}
