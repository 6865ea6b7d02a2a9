/**
 * The acceptor: it promises, it votes, and it remembers both for ever.
 *
 * A pure step: the caller must make `records` durable, in order, before it lets any of `messages` out (rule 1). The state
 * runs ahead of the disk; should the disk fail, the state is thrown away and recovered from what the disk holds.
 */

import type { Ballot, MemberId } from './ballot.js';
import { NO_BALLOT } from './ballot.js';
import type { Accept, AcceptorMessage, Envelope, Heartbeat, Prepare, Vote } from './messages.js';
import type { QuorumSystem } from './quorum.js';
import type { DurableRecord } from './records.js';
import { type Slot, sameValue } from './slot.js';

export interface AcceptorState {
  readonly member: MemberId;
  readonly quorums: QuorumSystem;
  /** Every ballot below this one is refused. */
  promised: Ballot;
  /** The latest vote in each slot above `decidedUpTo`. */
  readonly votes: Map<Slot, Vote>;
  /** Every slot up to here is decided, as the member's own learner says. Votes in them need not be reported again. */
  decidedUpTo: Slot;
}

export type AcceptorInput =
  | { readonly type: 'message'; readonly from: MemberId; readonly message: AcceptorMessage }
  /** The own learner knows every slot up to `decidedUpTo`. */
  | { readonly type: 'watermark'; readonly decidedUpTo: Slot };

export interface AcceptorOutput {
  /** To be made durable, in this order, before `messages` leave. */
  readonly records: readonly DurableRecord[];
  readonly messages: readonly Envelope[];
}

/** A page of a promise is closed once its values have this many bytes. */
export const PROMISE_PAGE_BYTES: number = 1024 * 1024;

/** What a vote weighs in a page beside its value. */
const VOTE_OVERHEAD_BYTES = 32;

const NOTHING: AcceptorOutput = { records: [], messages: [] };

/** An acceptor that has promised and voted nothing. */
export function createAcceptor(member: MemberId, quorums: QuorumSystem): AcceptorState {
  return { member, quorums, promised: NO_BALLOT, votes: new Map(), decidedUpTo: 0 };
}

/** Takes a durable record back into memory; called for every record of the member's log, in order. */
export function recoverAcceptor(state: AcceptorState, record: DurableRecord): void {
  if (record.type === 'promised') {
    state.promised = Math.max(state.promised, record.ballot);
  } else if (record.type === 'voted') {
    // Rule 2: a vote at a ballot is a promise of that ballot too.
    state.promised = Math.max(state.promised, record.ballot);
    const { slot, ballot, value } = record;
    state.votes.set(slot, { slot, ballot, value });
  }
}

/** One step of the acceptor. Changes `state` and tells what to write and then to send. */
export function stepAcceptor(state: AcceptorState, input: AcceptorInput): AcceptorOutput {
  if (input.type === 'watermark') {
    forgetDecidedVotes(state, input.decidedUpTo);
    return NOTHING;
  }
  const { from, message } = input;
  switch (message.type) {
    case 'prepare':
      return promise(state, from, message);
    case 'accept':
      return vote(state, from, message);
    case 'heartbeat':
      return confirm(state, from, message);
  }
}

function promise(state: AcceptorState, from: MemberId, { ballot, attempt, fromSlot }: Prepare): AcceptorOutput {
  // Rule 3: the own proposer gets a ballot promised once and never again, not even the same one, so that a proposer that
  // was restarted cannot come to use a ballot which its earlier incarnation used.
  const refused = from === state.member ? ballot <= state.promised : ballot < state.promised;
  if (refused) return nack(state, from, ballot);
  const isNew = ballot > state.promised;
  state.promised = ballot;
  const votes = [...state.votes.values()].filter((vote) => vote.slot >= fromSlot).sort((a, b) => a.slot - b.slot);
  const pages = paginate(votes);
  return {
    records: isNew ? [{ type: 'promised', ballot }] : [],
    messages: pages.map((page, index) => ({
      to: from,
      message: {
        type: 'promise',
        ballot,
        attempt,
        page: index,
        pages: pages.length,
        decidedUpTo: state.decidedUpTo,
        votes: page,
      },
    })),
  };
}

function vote(state: AcceptorState, from: MemberId, { ballot, slot, value }: Accept): AcceptorOutput {
  if (ballot < state.promised) return nack(state, from, ballot);
  const earlier = state.votes.get(slot);
  const isRepeated = earlier?.ballot === ballot;
  // At one ballot and slot there is one value. A second one is a fault of its proposer and gets no vote.
  if (isRepeated && !sameValue(earlier.value, value)) return NOTHING;
  state.promised = ballot;
  if (!isRepeated && slot > state.decidedUpTo) state.votes.set(slot, { slot, ballot, value });
  return {
    records: isRepeated ? [] : [{ type: 'voted', slot, ballot, value }],
    messages: state.quorums.members.map((to) => ({
      to,
      message: to === state.member ? { type: 'accepted', ballot, slot, value } : { type: 'accepted', ballot, slot },
    })),
  };
}

function confirm(state: AcceptorState, from: MemberId, { ballot, sequence }: Heartbeat): AcceptorOutput {
  if (ballot < state.promised) return nack(state, from, ballot);
  return { records: [], messages: [{ to: from, message: { type: 'heartbeat-reply', ballot, sequence } }] };
}

function nack(state: AcceptorState, to: MemberId, ballot: Ballot): AcceptorOutput {
  return { records: [], messages: [{ to, message: { type: 'nack', ballot, promised: state.promised } }] };
}

function forgetDecidedVotes(state: AcceptorState, decidedUpTo: Slot): void {
  // The watermark grows slot by slot while the learner works and by a leap when it recovers or catches up.
  if (decidedUpTo - state.decidedUpTo < state.votes.size) {
    for (let slot = state.decidedUpTo + 1; slot <= decidedUpTo; slot++) state.votes.delete(slot);
  } else {
    for (const slot of state.votes.keys()) if (slot <= decidedUpTo) state.votes.delete(slot);
  }
  state.decidedUpTo = Math.max(state.decidedUpTo, decidedUpTo);
}

/** Cuts votes into pages of bounded size. An empty answer is one empty page. */
function paginate(votes: readonly Vote[]): Vote[][] {
  const pages: Vote[][] = [[]];
  let bytes = 0;
  for (const vote of votes) {
    if (bytes >= PROMISE_PAGE_BYTES) {
      pages.push([]);
      bytes = 0;
    }
    pages[pages.length - 1]?.push(vote);
    bytes += vote.value.length + VOTE_OVERHEAD_BYTES;
  }
  return pages;
}
