/** What a leader does: propose in slot after slot, send again, keep a quorum's ear. */

import type { Ballot, MemberId } from './ballot.js';
import { everyone, governing, latest } from './configuration.js';
import { stampedValue } from './decree.js';
import { noteBack, noteLine, resendProposals, sendProposals } from './flow.js';
import { follows, longestMessageMs } from './following.js';
import type { Decision, Envelope, HeartbeatReply, Message } from './messages.js';
import { type Promises, unbind } from './promises.js';
import type { Leading, Moment, ProposerState } from './proposer-state.js';
import { isPrepared, prepareNewVoters } from './reconfiguring.js';
import { NO_OP, type Slot, sameValue, type Value } from './slot.js';
import { joined, NONE } from './step.js';

/** A leader holds at most this many values that it cannot propose yet; more are refused. */
const BACKLOG_LIMIT = 4096;

/** And no more once they have so many bytes. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** The times of this many heartbeats are remembered, to know what a late reply is worth. */
const SENT_LIMIT = 256;

/** A leadership that starts at `now`, in listening time, with what its phase 1 has brought; all `members` are to be heard from now on. */
export function createLeading(ballot: Ballot, promises: Promises, members: readonly MemberId[], now: number): Leading {
  const firstSlot = promises.decidedUpTo + 1;
  unbind(promises, 0, promises.decidedUpTo);
  return {
    name: 'leading',
    ballot,
    firstSlot,
    promises,
    nextSlot: firstSlot,
    backlog: [],
    backlogBytes: 0,
    inFlight: new Map(),
    inFlightBytes: 0,
    flows: new Map(),
    known: new Set(),
    hasDecided: false,
    sequence: 0,
    beatAt: Number.NEGATIVE_INFINITY,
    sentAt: new Map(),
    confirmed: new Map(),
    // Silence counts from here on, also of those whose promise was not needed.
    heard: new Map(members.map((member) => [member, now])),
    granted: new Map(),
    progress: new Map(),
    marks: [],
    transfer: undefined,
    progressAt: now,
  };
}

/** Takes a value to propose. @returns what is sent by that; undefined when there is no room for it. */
export function lead(state: ProposerState, role: Leading, value: Value, now: number): readonly Envelope[] | undefined {
  if (role.backlog.length >= BACKLOG_LIMIT || role.backlogBytes >= BACKLOG_BYTES) return undefined;
  postpone(role, stamped(state, value, now));
  const proposals = proposeMore(state, role, now);
  // The log is full: whoever still has something to propose has missed that, and hears of it by a heartbeat.
  const { lastSlot, heartbeatMs } = state.options;
  const isMissed = role.nextSlot > lastSlot && now - role.beatAt >= heartbeatMs;
  return isMissed ? joined(proposals, beat(state, role, now)) : proposals;
}

/** Does whatever is due: heartbeat, proposals that have room now, proposals that must be sent again. */
export function pump(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  const { heartbeatMs, standing } = state.options;
  const hasWork = standing || role.inFlight.size > 0 || role.backlog.length > 0 || role.marks.length > 0;
  const beats = hasWork && now - role.beatAt >= heartbeatMs ? beat(state, role, now) : NONE;
  // One that leads only on demand and has nothing to do owes nobody a heartbeat, and nobody owes it an ear.
  if (!hasWork) hearAll(role, state.listenedMs);
  const again = resendProposals(state, role, now);
  const prepares = prepareNewVoters(state, role, now);
  // A decree of its own ballot, decided, is what reads wait for; should nothing else be due, it is a no-op.
  const isIdle = role.inFlight.size === 0 && role.backlog.length === 0 && role.nextSlot > role.promises.boundUpTo;
  if (standing && !role.hasDecided && isIdle) postpone(role, NO_OP);
  // Nor must a change of membership wait for commands: no-ops fill the slots before it governs.
  const { from, alpha } = latest(state.history);
  const upTo = isIdle && standing ? Math.min(from, state.decidedUpTo + alpha + 1) : 0;
  while (role.nextSlot + role.backlog.length < upTo) postpone(role, NO_OP);
  const proposals = proposeMore(state, role, now);
  return joined(joined(beats, again), joined(prepares, proposals));
}

/**
 * The learner has moved on: those slots need no proposer any longer, and others have room.
 *
 * A slot that is decided otherwise than this leader proposed shows that it was deposed. It must notice before it announces
 * the slot as decided, for its followers take what they voted for at its ballot for the decided value (rule 6).
 *
 * @param before how far all was known to be decided until now.
 */
export function noteSettled(
  state: ProposerState,
  role: Leading,
  settled: readonly Decision[],
  before: Slot,
  now: number,
): readonly Envelope[] {
  for (const { slot, value } of settled) {
    const proposed = role.inFlight.get(slot);
    if (slot < role.firstSlot || (proposed === undefined && slot < role.nextSlot)) continue;
    const expected = proposed ?? boundValue(role, slot);
    if (expected === undefined || !sameValue(expected, value)) {
      follows(state);
      return NONE;
    }
    if (role.inFlight.delete(slot)) {
      role.inFlightBytes -= value.length;
      role.hasDecided = true;
    } else {
      role.known.add(slot);
    }
  }
  while (role.known.delete(role.nextSlot)) role.nextSlot += 1;
  // Decided unseen, within a snapshot: perhaps with the values that were proposed, perhaps not.
  let isPassed = role.nextSlot <= state.decidedUpTo;
  for (let slot = Math.max(before + 1, role.firstSlot); slot <= state.decidedUpTo && !isPassed; slot++)
    isPassed = role.inFlight.has(slot);
  if (isPassed) {
    follows(state);
    return NONE;
  }
  role.progressAt = state.listenedMs;
  unbind(role.promises, before, state.decidedUpTo);
  return proposeMore(state, role, now);
}

/** A member confirms that it had promised no higher ballot when the heartbeat reached it. */
export function noteReply(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  reply: HeartbeatReply,
  now: number,
): void {
  const silentMs = state.listenedMs - (role.heard.get(from) ?? -Infinity);
  // Where every heartbeat was answered nothing was lost: they came late, behind what is on its way.
  const isGap = reply.sequence > (role.confirmed.get(from) ?? 0) + 1;
  if (isGap && silentMs > state.options.electionTimeoutMinMs) noteBack(role, from);
  role.heard.set(from, state.listenedMs);
  role.progress.set(from, Math.max(role.progress.get(from) ?? 0, reply.decidedUpTo));
  const sent = role.sentAt.get(reply.sequence);
  if (sent !== undefined) noteLine(state, role, from, reply.decidedUpTo, sent.at, now);
  if (sent !== undefined && reply.leaseMs > 0) noteLease(state, role, from, reply.leaseMs, sent);
  if (reply.sequence > (role.confirmed.get(from) ?? 0)) role.confirmed.set(from, reply.sequence);
}

/** A member has granted a lease: what it said last of that holds. */
function noteLease(state: ProposerState, role: Leading, from: MemberId, grantedMs: number, sent: Moment): void {
  // Rule 11: from the moment of sending, and shorter by as much as two clocks may run apart: the own too slow, the
  // acceptor's too fast.
  const { clockDrift } = state.options;
  const leaseMs = (grantedMs * (1 - clockDrift)) / (1 + clockDrift);
  const before = role.granted.get(from);
  // Both ends are of one heartbeat: of two calendars, before and after it was set, the later one might be far off.
  if (before !== undefined && before.at >= sent.at + leaseMs) return;
  role.granted.set(from, { at: sent.at + leaseMs, time: sent.time + leaseMs });
}

/** A part of a long message has come from where a member is: what it replies to heartbeats waits behind that. */
export function notePart(state: ProposerState, role: Leading, from: MemberId, now: number): void {
  const confirmed = role.sentAt.get(role.confirmed.get(from) ?? 0);
  if (confirmed !== undefined && now - confirmed.at <= longestMessageMs(state.options))
    role.heard.set(from, state.listenedMs);
}

/** Takes silence so far for no sign: every member counts as heard from just now, in listening time. */
function hearAll(role: Leading, now: number): void {
  for (const member of role.heard.keys()) role.heard.set(member, now);
}

/** Proposes what has a slot within alpha, in a configuration that is prepared. */
export function proposeMore(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  if (role.transfer === undefined) takeSlots(state, role);
  return sendProposals(state, role, now);
}

/** Gives a slot to what there is room for. */
function takeSlots(state: ProposerState, role: Leading): void {
  const { alpha } = state.history[0];
  // Rule 7: never beyond what is decided plus alpha. Further on it is not even known who may vote.
  const limit = Math.min(state.decidedUpTo + alpha, state.options.lastSlot);
  const { boundUpTo } = role.promises;
  const { pipelineBytes } = state.options;
  let taken = 0;
  let configuration = governing(state.history, role.nextSlot);
  let isOpen = isPrepared(role, configuration);
  while (role.nextSlot <= limit && (role.nextSlot <= boundUpTo || taken < role.backlog.length)) {
    const slot = role.nextSlot;
    if (state.history.length > 1 && governing(state.history, slot) !== configuration) {
      configuration = governing(state.history, slot);
      isOpen = isPrepared(role, configuration);
    }
    if (!isOpen || role.inFlightBytes >= pipelineBytes) break;
    if (role.known.delete(slot)) {
      role.nextSlot += 1;
      continue;
    }
    // Rule 4: what a quorum's votes bind it to comes first, then what is new.
    const value = boundValue(role, slot) ?? (role.backlog[taken++] as Value);
    role.nextSlot += 1;
    // From here on its own learner owes progress.
    if (role.inFlight.size === 0) role.progressAt = state.listenedMs;
    role.inFlight.set(slot, value);
    role.inFlightBytes += value.length;
  }
  for (const value of role.backlog.splice(0, taken)) role.backlogBytes -= value.length;
  // Past the end of the log there is nothing to wait for.
  if (role.nextSlot > state.options.lastSlot) {
    role.backlog.length = 0;
    role.backlogBytes = 0;
  }
}

/** With the time at which this leader has taken it. */
function stamped(state: ProposerState, value: Value, now: number): Value {
  const time = timeAt(state, now);
  return time === undefined ? value : stampedValue(value, time);
}

/**
 * What the calendar says at `now`, at the least: it is not looked at each time. Were the machine suspended since it was, the calendar
 * would be further; so a lease that is counted from here is over too soon by that, and never too late.
 */
function timeAt({ calendar }: ProposerState, now: number): number | undefined {
  return calendar === undefined ? undefined : calendar.time + (now - calendar.at);
}

/** A value is to have a slot when there is room for it. */
function postpone(role: Leading, value: Value): void {
  role.backlog.push(value);
  role.backlogBytes += value.length;
}

/** Tells everybody that this member leads, and how far all is decided. */
export function beat(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  role.sequence += 1;
  role.beatAt = now;
  role.sentAt.set(role.sequence, { at: now, time: timeAt(state, now) ?? Number.NEGATIVE_INFINITY });
  role.sentAt.delete(role.sequence - SENT_LIMIT);
  const { ballot, sequence } = role;
  // What phase 1 found decided is so, even where the own learner has yet to fetch it: it hears of it by this, like all.
  const decidedUpTo = Math.max(state.decidedUpTo, role.firstSlot - 1);
  const { leaseMs } = state.options;
  const message: Message = { type: 'heartbeat', ballot, sequence, decidedUpTo, leaseMs };
  return everyone(state.history).map((to) => ({ to, message }));
}

/** The value that phase 1 binds the leader to in `slot`: a vote's, or the no-op in a gap below the last one. */
function boundValue(role: Leading, slot: Slot): Value | undefined {
  if (slot > role.promises.boundUpTo) return undefined;
  return role.promises.bound.get(slot)?.value ?? NO_OP;
}
