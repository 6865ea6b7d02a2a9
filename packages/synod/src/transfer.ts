/** A leader hands over to another member: it settles what it has in flight, gives up its lease, and says so. */

import type { MemberId } from './ballot.js';
import { follows } from './following.js';
import type { Leading, ProposerOutput, ProposerState } from './proposer-state.js';
import { votersNow } from './reconfiguring.js';

/** Somebody wants `to` to lead. */
export function beginTransfer(
  state: ProposerState,
  role: Leading,
  to: MemberId,
  token: number,
  now: number,
  outputs: ProposerOutput[],
): void {
  const objection = objectionTo(state, role, to, now);
  if (objection !== undefined) {
    outputs.push({ type: 'not-submitted', token, reason: 'refused', detail: objection });
    return;
  }
  role.transfer = { to, token, until: now + state.options.electionTimeoutMinMs };
  continueTransfer(state, role, now, outputs);
}

/** Hands over once nothing is in flight any more, or gives it up when that takes too long. */
export function continueTransfer(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  const { transfer } = role;
  if (transfer === undefined) return;
  if (role.inFlight.size === 0) {
    handOver(state, role, transfer.to, now, outputs);
    outputs.push({ type: 'handed-over', token: transfer.token, to: transfer.to });
  } else if (now >= transfer.until) {
    role.transfer = undefined;
    const detail = `${role.inFlight.size} proposals were not decided in time`;
    outputs.push({ type: 'not-submitted', token: transfer.token, reason: 'refused', detail });
  }
}

/** A leader that is no voter any longer, as decided, hands over to one that is. */
export function leaveOffice(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  const heir = votersNow(state).members.find((member) => isHeard(state, role, member, now));
  if (heir === undefined) follows(state, now);
  else handOver(state, role, heir, now, outputs);
}

function handOver(state: ProposerState, role: Leading, to: MemberId, now: number, outputs: ProposerOutput[]): void {
  // Rule 11: it leads no longer, and its lease is gone with that, before anybody hears that it is.
  follows(state, now);
  outputs.push({ type: 'send', to, message: { type: 'handover', ballot: role.ballot } });
}

function objectionTo(state: ProposerState, role: Leading, to: MemberId, now: number): string | undefined {
  if (to === state.member) return `member ${to} leads already`;
  if (role.transfer !== undefined) return `it is being handed over to member ${role.transfer.to} already`;
  if (!votersNow(state).members.includes(to)) return `member ${to} is no voter`;
  return isHeard(state, role, to, now) ? undefined : `nothing is heard from member ${to}`;
}

function isHeard(state: ProposerState, role: Leading, member: MemberId, now: number): boolean {
  return member !== state.member && now - (role.heard.get(member) ?? -Infinity) < state.options.electionTimeoutMinMs;
}
