/** What a leader does: propose in slot after slot, send again, keep a quorum's ear, and answer where reads may start. */

import type { Ballot, MemberId } from './ballot.js';
import type { HeartbeatReply, Message } from './messages.js';
import type { Leading, ProposerOutput, ProposerState } from './proposer-state.js';
import { isQuorum } from './quorum.js';
import type { Slot, Value } from './slot.js';

/** A leader holds at most this many values that it cannot propose yet; more are refused. */
const BACKLOG_LIMIT = 4096;

/** A leader holds at most this many unanswered questions for a mark; more are dropped, and asked again. */
const MARK_LIMIT = 4096;

/** A leadership that starts now, bound to propose `values` from `firstSlot` on. */
export function createLeading(
  ballot: Ballot,
  firstSlot: Slot,
  values: Value[],
  promisers: readonly MemberId[],
  now: number,
): Leading {
  return {
    name: 'leading',
    ballot,
    firstSlot,
    adoptedUpTo: firstSlot + values.length - 1,
    nextSlot: firstSlot,
    backlog: values,
    inFlight: new Map(),
    sequence: 0,
    beatAt: Number.NEGATIVE_INFINITY,
    confirmed: new Map(),
    heard: new Map(promisers.map((member) => [member, now])),
    marks: [],
    progressAt: now,
  };
}

/** Takes a value to propose. False when there is no room for it. */
export function lead(
  state: ProposerState,
  role: Leading,
  value: Value,
  now: number,
  outputs: ProposerOutput[],
): boolean {
  if (role.backlog.length >= BACKLOG_LIMIT) return false;
  role.backlog.push(value);
  propose(state, role, now, outputs);
  return true;
}

/** Does whatever is due: heartbeat, proposals that have room now, proposals that must be sent again. */
export function pump(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  const { heartbeatMs, resendMs, standing } = state.options;
  const hasWork = standing || role.inFlight.size > 0 || role.backlog.length > 0 || role.marks.length > 0;
  if (hasWork && now - role.beatAt >= heartbeatMs) beat(state, role, now, outputs);
  // One that leads only on demand and has nothing to do owes nobody a heartbeat, and nobody owes it an ear.
  if (!hasWork) hearAll(role, now);
  for (const [slot, proposal] of role.inFlight) {
    if (now - proposal.sentAt < resendMs) continue;
    proposal.sentAt = now;
    broadcast(state, { type: 'accept', ballot: role.ballot, slot, value: proposal.value }, outputs);
  }
  propose(state, role, now, outputs);
}

/** The learner has moved on: those slots need no proposer any longer, and others have room. */
export function noteSettled(
  state: ProposerState,
  role: Leading,
  slots: readonly Slot[],
  now: number,
  outputs: ProposerOutput[],
): void {
  for (const slot of slots) role.inFlight.delete(slot);
  role.progressAt = now;
  propose(state, role, now, outputs);
}

/**
 * Somebody wants to read: up to which slot must it have applied? Everything that anybody can know to be decided now was
 * proposed by this leader or adopted by it, so the answer is the last slot it proposed or must propose, provided that it
 * still leads: a quorum must confirm a heartbeat that is sent after the question. One heartbeat answers all who wait.
 */
export function requestMark(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  token: number,
  now: number,
  outputs: ProposerOutput[],
): void {
  if (role.marks.length >= MARK_LIMIT) return;
  const isFirst = role.marks.length === 0;
  const slot = Math.max(role.adoptedUpTo, role.nextSlot - 1);
  // The heartbeat on its way was sent before the question: only the next one can confirm the answer.
  role.marks.push({ from, token, slot, sequence: role.sequence + 1 });
  if (isFirst) beat(state, role, now, outputs);
}

/** A member confirms that it had promised no higher ballot when the heartbeat reached it. */
export function confirmHeartbeat(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  { ballot, sequence }: HeartbeatReply,
  now: number,
  outputs: ProposerOutput[],
): void {
  if (ballot !== role.ballot) return;
  role.heard.set(from, now);
  if (sequence <= (role.confirmed.get(from) ?? 0)) return;
  role.confirmed.set(from, sequence);
  const waiting = role.marks.splice(0);
  for (const mark of waiting) {
    const voters = [...role.confirmed].filter(([, confirmed]) => confirmed >= mark.sequence).map(([member]) => member);
    if (!isQuorum(state.quorums, voters)) role.marks.push(mark);
    else if (mark.from === state.member) outputs.push({ type: 'mark', token: mark.token, slot: mark.slot });
    else {
      const message: Message = { type: 'mark', token: mark.token, slot: mark.slot };
      outputs.push({ type: 'send', to: mark.from, message });
    }
  }
  // Those who asked while that heartbeat was out wait for one of their own, sent as soon as it has come back.
  const isUnasked = role.marks.some((mark) => mark.sequence > role.sequence);
  if (isUnasked && waiting.length > role.marks.length) beat(state, role, now, outputs);
}

/** Takes silence so far for no sign: every member counts as heard from just now. */
export function hearAll(role: Leading, now: number): void {
  for (const member of role.heard.keys()) role.heard.set(member, now);
}

function propose(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  const { pipelineSlots, lastSlot } = state.options;
  // Rule 7: never beyond what is decided plus alpha.
  const limit = Math.min(Math.max(state.decidedUpTo, role.firstSlot - 1) + pipelineSlots, lastSlot);
  let taken = 0;
  while (taken < role.backlog.length && role.nextSlot <= limit) {
    const value = role.backlog[taken] as Value;
    const slot = role.nextSlot;
    taken += 1;
    role.nextSlot += 1;
    role.inFlight.set(slot, { value, sentAt: now });
    broadcast(state, { type: 'accept', ballot: role.ballot, slot, value }, outputs);
  }
  role.backlog.splice(0, taken);
  // Past the end of the log there is nothing to wait for.
  if (role.nextSlot > lastSlot) role.backlog.length = 0;
}

function beat(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  role.sequence += 1;
  role.beatAt = now;
  const { ballot, sequence } = role;
  // What phase 1 found decided is so, even where the own learner has yet to fetch it: it hears of it by this, like all.
  const decidedUpTo = Math.max(state.decidedUpTo, role.firstSlot - 1);
  broadcast(state, { type: 'heartbeat', ballot, sequence, decidedUpTo }, outputs);
}

function broadcast(state: ProposerState, message: Message, outputs: ProposerOutput[]): void {
  for (const to of state.quorums.members) outputs.push({ type: 'send', to, message });
}
