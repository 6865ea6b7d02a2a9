/** A leader hands over to another member: it settles what it has in flight, gives up its lease, and says so. */

import type { MemberId } from './ballot.js';
import { isVoter } from './configuration.js';
import { configurationNow, follows, isFarBehind } from './following.js';
import type { Envelope } from './messages.js';
import type { Leading, ProposerNews, ProposerState } from './proposer-state.js';
import { isHeard } from './reconfiguring.js';
import type { Slot } from './slot.js';
import { NONE, NOTHING, type Step, telling } from './step.js';

/** Somebody wants `to` to lead. */
export function beginTransfer(
  state: ProposerState,
  role: Leading,
  to: MemberId,
  token: number,
  now: number,
): Step<ProposerNews> {
  const detail = objectionTo(state, role, to);
  if (detail !== undefined) return telling({ type: 'not-submitted', token, reason: 'refused', detail });
  role.transfer = { to, token, until: now + state.options.electionTimeoutMinMs };
  return continueTransfer(state, role, now);
}

/** Hands over once nothing is in flight any more, or gives it up when that takes too long. */
export function continueTransfer(state: ProposerState, role: Leading, now: number): Step<ProposerNews> {
  const { transfer } = role;
  if (transfer === undefined) return NOTHING;
  const { to, token, until } = transfer;
  // What was in flight may have changed who votes.
  if (!isVoter(configurationNow(state), to)) return giveUp(role, token, `member ${to} is no voter any more`);
  if (role.inFlight.size === 0) {
    return { records: NONE, messages: [handOver(state, role, to)], news: [{ type: 'handed-over', token, to }] };
  }
  return now >= until ? giveUp(role, token, `${role.inFlight.size} proposals were not decided in time`) : NOTHING;
}

function giveUp(role: Leading, token: number, detail: string): Step<ProposerNews> {
  role.transfer = undefined;
  return telling({ type: 'not-submitted', token, reason: 'refused', detail });
}

/** A leader that is no voter any longer, as decided, hands over to one that is: to the one that is furthest. */
export function leaveOffice(state: ProposerState, role: Leading): readonly Envelope[] {
  const heir = furthestHeard(state, role);
  if (heir !== undefined) return [handOver(state, role, heir)];
  follows(state);
  return NONE;
}

/**
 * A leader that can propose nothing, since its own learner is too far behind or stands still, hands over to a voter that is further.
 *
 * @returns what it tells that one; undefined where there is none.
 */
export function makeWay(state: ProposerState, role: Leading): Envelope | undefined {
  const { alpha } = state.history[0];
  const canPropose = role.firstSlot <= state.decidedUpTo + alpha;
  if (canPropose && !standsStill(state, role)) return undefined;
  const heir = furthestHeard(state, role);
  // Where it stands still, the heir knows all that it could propose: the pipeline may be full of bytes long before it has alpha slots.
  const needed = canPropose ? Math.min(state.decidedUpTo + alpha, role.nextSlot - 1) : role.firstSlot - alpha;
  return heir === undefined || progressOf(role, heir) < needed ? undefined : handOver(state, role, heir);
}

/** A learner that has not moved on for so many election timeouts stands still. */
const STANDSTILL_TIMEOUTS = 2;

/** While somebody who knows what is missing is heard from it is being fetched, perhaps within a snapshot that takes long. */
const FETCHING_TIMEOUTS = 16;

/** Whether this leader's own learner has not moved on for long, although there is something to learn. */
function standsStill(state: ProposerState, role: Leading, timeouts = STANDSTILL_TIMEOUTS): boolean {
  if (role.inFlight.size === 0 && state.decidedUpTo >= role.firstSlot - 1) return false;
  return state.listenedMs - role.progressAt > timeouts * state.options.electionTimeoutMaxMs;
}

/** Whether what lies below this leader's first slot is not to be had: those who know that it is decided are gone, or cannot tell. */
export function isStranded(state: ProposerState, role: Leading): boolean {
  const known = role.firstSlot - 1;
  if (state.decidedUpTo >= known) return false;
  const isTold = [...role.progress].some(([member, upTo]) => upTo >= known && isHeard(state, role, member));
  return standsStill(state, role, isTold ? FETCHING_TIMEOUTS : STANDSTILL_TIMEOUTS);
}

function handOver(state: ProposerState, role: Leading, to: MemberId): Envelope {
  // Rule 11: it leads no longer, and its lease is gone with that, before anybody hears that it is.
  follows(state);
  return { to, message: { type: 'handover', ballot: role.ballot } };
}

function objectionTo(state: ProposerState, role: Leading, to: MemberId): string | undefined {
  if (to === state.member) return `member ${to} leads already`;
  if (role.transfer !== undefined) return `it is being handed over to member ${role.transfer.to} already`;
  if (!isVoter(configurationNow(state), to)) return `member ${to} is no voter`;
  if (!isHeard(state, role, to)) return `nothing is heard from member ${to}`;
  const progress = progressOf(role, to);
  if (!isFarBehind(state, progress, state.decidedUpTo)) return undefined;
  return `member ${to} must catch up first: it is at slot ${progress} of ${state.decidedUpTo}`;
}

/** Of the other voters that are heard from, the one that is furthest. */
function furthestHeard(state: ProposerState, role: Leading): MemberId | undefined {
  let furthest: MemberId | undefined;
  for (const member of configurationNow(state).voters.members) {
    if (member === state.member || !isHeard(state, role, member)) continue;
    if (furthest === undefined || progressOf(role, member) > progressOf(role, furthest)) furthest = member;
  }
  return furthest;
}

function progressOf(role: Leading, member: MemberId): Slot {
  return role.progress.get(member) ?? 0;
}
