/**
 * How a leader paces its proposals: to each voter it sends within a window of bytes that have no answer yet, and again only what that
 * voter has not answered, with growing pauses. A proposal is kept once, with the leader, and goes to each voter when there is room for
 * it; one that is decided before goes to nobody any more: who needs it fetches it.
 *
 * The line is measured by heartbeats, which wait for no disk: the window is what comes within a moment. How long answers take is
 * measured by votes, which do: a slow disk is asked again late, and has as much on its way as a quick one.
 */

import type { MemberId } from './ballot.js';
import { everyone, governing } from './configuration.js';
import { longestMessageMs } from './following.js';
import type { Envelope } from './messages.js';
import { createPace, halfOf, LEAST_BYTES, noteAsked, notePatience, pauseOf } from './pacing.js';
import type { Flow, Leading, ProposerState, Sent } from './proposer-state.js';
import type { Slot } from './slot.js';
import { joined, NONE } from './step.js';

/** The window at first, in bytes, unless less is allowed. */
const FIRST_WINDOW_BYTES = 128 * 1024;

/** What a proposal weighs beside its value, in bytes. */
const OVERHEAD_BYTES = 32;

/** So many proposals without an answer are remembered of a voter, to measure it by; the oldest goes first. */
const REMEMBERED_LIMIT = 4096;

/** The window grows where a heartbeat and its reply take no more than this part of the shortest election timeout; past that, it shrinks. */
const QUICK_PART = 1 / 2;
const SLOW_PART = 1;

/** Sends what there is room for, to each voter. */
export function sendProposals(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  if (role.inFlight.size === 0) return NONE;
  const [first] = state.history;
  const members = state.history.length === 1 ? first.voters.members : everyone(state.history);
  const proposals: Envelope[] = [];
  for (const member of members) for (const each of sendTo(state, role, member, now)) proposals.push(each);
  return proposals;
}

/**
 * Sends again what is overdue: each proposal by itself, for one may be lost of many that are answered. Before a heartbeat that was sent
 * after it is answered, it may still be on its way, however long ago that was: a line may be slow, and has one order.
 */
export function resendProposals(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  let proposals: readonly Envelope[] = NONE;
  for (const [member, flow] of role.flows) {
    const dueAt = now - pauseOf(flow.pace);
    if (!giveUp(role, flow, ({ at }) => at <= dueAt && at < flow.cameBefore)) continue;
    noteAsked(flow.pace, now);
    proposals = joined(proposals, sendTo(state, role, member, now));
  }
  return proposals;
}

/** A voter has answered a proposal of this leader. */
export function noteVoted(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  slot: Slot,
  now: number,
): readonly Envelope[] {
  const flow = role.flows.get(from);
  const sent = flow?.unanswered.get(slot);
  if (flow === undefined || sent === undefined) return NONE;
  const { resendMs, windowBytes, electionTimeoutMinMs } = state.options;
  notePatience(flow.pace, sent.firstAt, sent.at, resendMs, now);
  if (sent.bytes > flow.pace.bytes && now - sent.firstAt <= QUICK_PART * electionTimeoutMinMs) widen(flow, windowBytes);
  settle(flow, slot, sent);
  noteProgress(flow, now);
  const hasMore = flow.again.length > 0 || flow.nextSlot < role.nextSlot;
  return hasMore ? sendTo(state, role, from, now) : NONE;
}

/** A voter has answered a heartbeat that was sent at `sentAt`: it tells of the line, and what it has on disk needs no answer any more. */
export function noteLine(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  decidedUpTo: Slot,
  sentAt: number,
  now: number,
): void {
  const flow = role.flows.get(from);
  if (flow === undefined) return;
  if (sentAt >= flow.answer.at) {
    flow.cameBefore = flow.answer.sentAt;
    flow.answer = { sentAt, at: now };
  }
  const { pace } = flow;
  const { windowBytes, electionTimeoutMinMs } = state.options;
  if (sentAt > flow.narrowedAt) {
    const tookMs = now - sentAt;
    if (tookMs > SLOW_PART * electionTimeoutMinMs) {
      pace.bytes = halfOf(pace.bytes);
      flow.narrowedAt = now;
    } else if (tookMs <= QUICK_PART * electionTimeoutMinMs && flow.isNarrow && pace.unanswered <= 1) {
      widen(flow, windowBytes);
      flow.isNarrow = false;
    }
  }
  const before = flow.unanswered.size;
  for (const [slot, sent] of flow.unanswered) {
    if (slot > decidedUpTo) break;
    // Where this leader does not know it to be decided it needs the vote all the same.
    if (!role.inFlight.has(slot)) settle(flow, slot, sent);
  }
  if (flow.unanswered.size < before) noteProgress(flow, now);
}

/**
 * How long a voter may not have heard a heartbeat, since it was sent a single proposal that has more than a window. A window comes within
 * a moment, and on the slowest lines that is the smallest one.
 */
export function onLineMs({ options }: ProposerState, flow: Flow | undefined): number {
  if (flow === undefined || flow.bytes <= flow.pace.bytes) return 0;
  return Math.min(longestMessageMs(options), (options.electionTimeoutMinMs * flow.bytes) / LEAST_BYTES);
}

/** A voter that was silent is heard again: what it was sent meanwhile is lost, most likely. */
export function noteBack(role: Leading, member: MemberId): void {
  const flow = role.flows.get(member);
  if (flow !== undefined) giveUp(role, flow, () => true);
}

function sendTo(state: ProposerState, role: Leading, to: MemberId, now: number): readonly Envelope[] {
  if (role.inFlight.size === 0) return NONE;
  const proposals: Envelope[] = [];
  const flow = flowOf(state, role, to);
  const isOwn = to === state.member;
  const { again, pace } = flow;
  const window = isOwn ? Number.POSITIVE_INFINITY : pace.bytes;
  let done = 0;
  for (; done < again.length; done++) {
    const slot = again[done] as Slot;
    // It may have been answered since it was given up.
    const sent = flow.unanswered.has(slot) ? send(state, role, flow, to, slot, window, now) : undefined;
    if (sent === 'waits') break;
    if (sent !== undefined) proposals.push(sent);
  }
  if (done > 0) again.splice(0, done);
  if (again.length > 0) return proposals;
  flow.nextSlot = Math.max(flow.nextSlot, state.decidedUpTo + 1);
  // Whoever answers nothing is sent one proposal at a time: its disk may stand still, and what it gets stays in its memory.
  const fresh = pace.unanswered > 1 && !isOwn ? 0 : window;
  for (; flow.nextSlot < role.nextSlot; flow.nextSlot++) {
    const sent = send(state, role, flow, to, flow.nextSlot, fresh, now);
    if (sent === 'waits') break;
    if (sent !== undefined) proposals.push(sent);
  }
  return proposals;
}

/**
 * Who votes in a slot, and the leader's own acceptor: its vote may not count there, but by it the own learner has the value, and need not
 * wait for one of those who voted to hear of the others.
 */
function mayVote({ member, history }: ProposerState, slot: Slot, to: MemberId): boolean {
  return to === member || governing(history, slot).voters.members.includes(to);
}

/** A proposal goes out, unless this voter need not have it; or it waits for room in the window. The first of all needs none. */
function send(
  state: ProposerState,
  role: Leading,
  flow: Flow,
  to: MemberId,
  slot: Slot,
  window: number,
  now: number,
): Envelope | 'waits' | undefined {
  const value = role.inFlight.get(slot);
  if (value === undefined || !mayVote(state, slot, to)) return undefined;
  const bytes = value.length + OVERHEAD_BYTES;
  if (flow.bytes > 0 && flow.bytes + bytes > window) {
    // A heartbeat that is sent when one long proposal has all but arrived says nothing of how long that took: its vote does.
    flow.isNarrow = flow.bytes <= window;
    return 'waits';
  }
  if (flow.bytes === 0) {
    flow.pace.askedAt = now;
    flow.pace.unanswered = Math.max(1, flow.pace.unanswered);
  }
  const firstAt = flow.unanswered.get(slot)?.firstAt ?? now;
  flow.unanswered.set(slot, { firstAt, at: now, bytes });
  flow.bytes += bytes;
  return { to, message: { type: 'accept', ballot: role.ballot, slot, value } };
}

function flowOf(state: ProposerState, role: Leading, member: MemberId): Flow {
  let flow = role.flows.get(member);
  if (flow === undefined) {
    const { resendMs, windowBytes } = state.options;
    flow = {
      unanswered: new Map(),
      bytes: 0,
      again: [],
      nextSlot: role.firstSlot,
      pace: createPace(resendMs, Math.min(windowBytes, FIRST_WINDOW_BYTES)),
      isNarrow: false,
      narrowedAt: Number.NEGATIVE_INFINITY,
      answer: { sentAt: Number.NEGATIVE_INFINITY, at: Number.NEGATIVE_INFINITY },
      cameBefore: Number.NEGATIVE_INFINITY,
    };
    role.flows.set(member, flow);
  }
  return flow;
}

/**
 * Some of what was sent counts as lost, and is to be sent again unless it is decided by now.
 *
 * @returns whether there was any.
 */
function giveUp({ inFlight }: Leading, flow: Flow, isOverdue: (sent: Sent) => boolean): boolean {
  if (flow.bytes === 0) return false;
  const before = flow.bytes;
  let surplus = flow.unanswered.size - REMEMBERED_LIMIT;
  for (const [slot, sent] of flow.unanswered) {
    const isLost = sent.bytes > 0 && isOverdue(sent);
    if (isLost) {
      flow.bytes -= sent.bytes;
      sent.bytes = 0;
      if (inFlight.has(slot)) flow.again.push(slot);
    }
    if (sent.bytes === 0 && surplus-- > 0 && !inFlight.has(slot)) flow.unanswered.delete(slot);
  }
  if (flow.bytes === before) return false;
  flow.again.sort((left, right) => left - right);
  return true;
}

function widen({ pace }: Flow, windowBytes: number): void {
  pace.bytes = Math.min(windowBytes, 2 * pace.bytes);
}

function settle(flow: Flow, slot: Slot, sent: Sent): void {
  flow.unanswered.delete(slot);
  flow.bytes -= sent.bytes;
}

/** What is still without an answer is waited for from now on. */
function noteProgress({ pace, bytes }: Flow, now: number): void {
  pace.unanswered = bytes > 0 ? 1 : 0;
  pace.askedAt = now;
}
