/** Votes become decisions. */

import { type Ballot, kindOf, type MemberId } from './ballot.js';
import { noteBehind } from './catching-up.js';
import { governing, latest } from './configuration.js';
import type { LearnerState } from './learner-state.js';
import type { Decision } from './messages.js';
import { isPhase2Quorum } from './quorum.js';
import type { DecidedRecord } from './records.js';
import type { Slot, Value } from './slot.js';

/** A member says at which ballot it voted. Gives the votes of the slot, this one included. */
export function noteVote(state: LearnerState, from: MemberId, slot: Slot, ballot: Ballot): Map<MemberId, Ballot> {
  let votes = state.votes.get(slot);
  if (votes === undefined) {
    votes = new Map();
    state.votes.set(slot, votes);
  }
  // Only a member's highest ballot is kept. A quorum at a lower one may go unseen by that, but never unlearned: its value
  // is the only one that can be chosen at the higher ballot.
  if (ballot > (votes.get(from) ?? 0)) votes.set(from, ballot);
  return votes;
}

/** What the votes at `ballot` in `slot` decide, and what to write down of it. */
export function countSlot(
  state: LearnerState,
  slot: Slot,
  ballot: Ballot,
  votes: ReadonlyMap<MemberId, Ballot>,
  now: number,
): { readonly decision: Decision; readonly record: DecidedRecord } | undefined {
  // Rule 7: who may vote in a slot further on is not known yet. These votes are counted again when it is.
  if (slot > state.decidedUpTo + latest(state.history).alpha) return undefined;
  const { voters } = governing(state.history, slot);
  // Rule 5: a value is chosen by a quorum of distinct members, of this slot's configuration, that voted at one ballot.
  if (!isPhase2Quorum(voters, kindOf(ballot), (member) => votes.get(member) === ballot)) return undefined;
  const own = state.ownVotes.get(slot);
  // A vote above the ballot at which the value was chosen is a vote for the same value: its proposer had to adopt it.
  if (own === undefined || own.ballot < ballot) {
    const known = voters.members.find((member) => member !== state.member && votes.get(member) === ballot);
    if (known !== undefined) noteBehind(state, known, slot, now);
    return undefined;
  }
  settle(state, slot, own.value);
  // The record names the own vote, not the ballot at which others decided: recovery takes that very vote.
  return { decision: { slot, value: own.value }, record: { type: 'decided', slot, ballot: own.ballot } };
}

/** A slot is decided. */
export function settle(state: LearnerState, slot: Slot, value: Value): void {
  state.decided.set(slot, value);
  state.votes.delete(slot);
  state.ownVotes.delete(slot);
}

/** The slots above `after` and up to `upTo` in which somebody voted. */
export function slotsWithVotes(state: LearnerState, after: Slot, upTo: Slot): Slot[] {
  if (upTo - after > state.votes.size) return [...state.votes.keys()].filter((slot) => slot > after && slot <= upTo);
  const slots: Slot[] = [];
  for (let slot = after + 1; slot <= upTo; slot++) if (state.votes.has(slot)) slots.push(slot);
  return slots;
}
