/** Phase 1a: asking for promises, and again for what has not come. */

import type { MemberId } from './ballot.js';
import { everyone } from './configuration.js';
import type { Envelope, Message } from './messages.js';
import { createPace, isDue, noteAnswered, noteAsked, noteMeasured, type Pace } from './pacing.js';
import { nextSlotOf } from './promises.js';
import type { Leading, Preparing, ProposerState } from './proposer-state.js';
import { NONE } from './step.js';

/** Asks every member that has not promised, at a ballot that the own acceptor has promised; again those whose answer is overdue. */
export function askForPromises(state: ProposerState, role: Preparing | Leading, now: number): readonly Envelope[] {
  const prepares: Envelope[] = [];
  // Rule 3: the own acceptor is asked first, and promises a ballot once.
  const isOwn = role.name === 'preparing' && role.stage === 'own';
  for (const to of isOwn ? [state.member] : everyone(state.history)) {
    if (role.promises.complete.has(to) || (to === state.member && !isOwn)) continue;
    if (isDue(paceOf(state, to, now), now)) prepares.push(askForPromise(state, role, to, now));
  }
  return prepares;
}

/** Asks a member for its promise, and for its votes in the slots of which it has not told yet. */
export function askForPromise(state: ProposerState, role: Preparing | Leading, to: MemberId, now: number): Envelope {
  const { ballot, promises } = role;
  const pace = paceOf(state, to, now);
  const token = noteAsked(pace, now);
  promises.decidedUpTo = Math.max(promises.decidedUpTo, state.decidedUpTo);
  const fromSlot = nextSlotOf(promises, to);
  const prepare = { type: 'prepare', ballot, fromSlot, bytes: pace.bytes, token } as const;
  const released = role.name === 'preparing' ? role.released : undefined;
  const message: Message = released === undefined ? prepare : { ...prepare, released };
  return { to, message };
}

/** Nobody has been asked yet, at a new ballot. How long answers take is known from earlier ones. */
export function askAnew(state: ProposerState): void {
  for (const pace of state.paces.values()) noteAnswered(pace);
}

/** A page has come, of this ballot or an earlier one: it tells how long answers take. */
export function notePage(state: ProposerState, from: MemberId, token: number, now: number): void {
  const { resendMs, promiseBytes } = state.options;
  noteMeasured(paceOf(state, from, now), token, resendMs, promiseBytes, now);
}

/** An answer ends here, and its sender waits to be asked on. */
export function askOn(state: ProposerState, role: Preparing | Leading, from: MemberId, now: number): Envelope {
  noteAnswered(paceOf(state, from, now));
  return askForPromise(state, role, from, now);
}

/** A page of an answer has come, and the next one is on its way: it is not asked for unless it gets lost. */
export function noteOnTheWay(state: ProposerState, from: MemberId, now: number): void {
  const pace = paceOf(state, from, now);
  pace.askedAt = now;
  pace.unanswered = 1;
}

/**
 * Nobody is told to hold off any longer once nothing has come for so many election timeouts, in which a slow disk syncs twice, or so many
 * times as long as answers take.
 */
export const COURTESY_TIMEOUTS = 8;
const COURTESY_PATIENCES = 2;

/**
 * Tells the others that this member stands, while its phase 1 makes progress: where much has to be told over slow lines, or disks are
 * slow, it takes longer than they wait for a leader, and they would stand against it again and again.
 */
export function tellCandidacy(state: ProposerState, role: Preparing, now: number): readonly Envelope[] {
  const { heartbeatMs, electionTimeoutMaxMs } = state.options;
  const silentMs = state.listenedMs - role.progressAt;
  const patienceMs = COURTESY_PATIENCES * longestPatience(state, role);
  const isMoving = silentMs <= Math.max(COURTESY_TIMEOUTS * electionTimeoutMaxMs, patienceMs);
  // Rule 3: nobody else hears of this ballot before the own acceptor has durably promised it.
  if (role.stage === 'own' || !isMoving || now - role.toldAt < heartbeatMs) return NONE;
  role.toldAt = now;
  state.candidateAt = state.listenedMs;
  const message: Message = { type: 'candidacy', ballot: role.ballot };
  return everyone(state.history).flatMap((to) => (to === state.member ? NONE : { to, message }));
}

/** The longest that the answer of a member which has not promised may take, in milliseconds. */
export function longestPatience(state: ProposerState, { promises }: Preparing): number {
  let longest = 0;
  for (const [member, { patienceMs }] of state.paces)
    if (!promises.complete.has(member)) longest = Math.max(longest, patienceMs);
  return longest;
}

function paceOf(state: ProposerState, member: MemberId, now: number): Pace {
  let pace = state.paces.get(member);
  if (pace === undefined) {
    pace = createPace(state.options.resendMs, state.options.promiseBytes, now);
    state.paces.set(member, pace);
  }
  return pace;
}
