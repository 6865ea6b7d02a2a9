/**
 * The acceptor: it promises, it votes, and it remembers both for ever.
 *
 * A pure step: the caller must make `records` durable, in order, before it lets any of `messages` out (rule 1). The state
 * runs ahead of the disk; should the disk fail, the state is thrown away and recovered from what the disk holds.
 */

import { type Ballot, isLeap, type MemberId, NO_BALLOT, ownerOf } from './ballot.js';
import { everyone, type History } from './configuration.js';
import type { Accept, AcceptorMessage, Heartbeat, Message, Prepare, PromiseMessage, Vote } from './messages.js';
import type { DurableRecord } from './records.js';
import { type Slot, sameValue } from './slot.js';
import { NONE, NOTHING, type Step, sendingOne } from './step.js';

/** An acceptor's word not to promise anybody but the leader of a ballot, for a while (rule 11). Never written down. */
export interface LeaseGrant {
  readonly ballot: Ballot;
  /** By the own monotonic clock, in milliseconds. */
  readonly until: number;
}

/** How much an acceptor keeps, and sends at a time. */
export interface AcceptorSizes {
  /** A page of a promise is closed once its votes have this many bytes. */
  readonly pageBytes: number;
  /**
   * It votes in slots up to this many beyond what its own learner knows to be decided, while its votes weigh less than so many bytes:
   * so much is kept. In the next slot it votes always.
   */
  readonly voteSlots: number;
  readonly voteBytes: number;
}

export interface AcceptorState {
  readonly member: MemberId;
  readonly sizes: AcceptorSizes;
  /** The longest lease that this acceptor grants, and so how long a restarted one holds back, in milliseconds. */
  readonly leaseLimitMs: number;
  /** Who has to hear of its votes, as the own learner says. */
  audience: readonly MemberId[];
  /** Every ballot below this one is refused. */
  promised: Ballot;
  /** The latest vote in each slot above `decidedUpTo`. */
  readonly votes: Map<Slot, Vote>;
  /** What their values weigh, in bytes. */
  voteBytes: number;
  /** Every slot up to here is decided, as the own learner has on disk: votes in them are trimmed, and never asked for again. */
  decidedUpTo: Slot;
  lease: LeaseGrant | undefined;
}

export type AcceptorInput =
  | { readonly type: 'message'; readonly from: MemberId; readonly message: AcceptorMessage }
  /**
   * The own learner has on disk that every slot up to `decidedUpTo` is decided, and with what; and it knows who the members are. Were
   * it not on disk, a learner that is restarted could know less than the acceptor, which has let its votes go.
   */
  | { readonly type: 'watermark'; readonly decidedUpTo: Slot; readonly history: History };

/**
 * Whether an answer says nothing but what is on disk already, so that it need not wait for votes that are being written (rule 1): that
 * no higher ballot is promised than `durable`, and how far the own learner is, which it says of what it has on disk.
 *
 * @param durable the highest ballot of which a promise or a vote is known to be on disk.
 */
export function restsOnDisk(message: Message, durable: Ballot): boolean {
  if (message.type === 'heartbeat-reply') return message.ballot <= durable;
  return message.type === 'nack' && message.promised <= durable;
}

/** The default of the longest lease that an acceptor grants, in milliseconds. */
export const DEFAULT_LEASE_MS = 250;

/** The default of the bytes of a page. */
export const PROMISE_PAGE_BYTES: number = 256 * 1024;

export const DEFAULT_ACCEPTOR_SIZES: AcceptorSizes = {
  pageBytes: PROMISE_PAGE_BYTES,
  voteSlots: 65_536,
  voteBytes: 512 * 1024 * 1024,
};

/** What a vote weighs in a page beside its value. */
const VOTE_OVERHEAD_BYTES = 32;

/**
 * An acceptor that has promised and voted nothing.
 *
 * @param leaseLimitMs the longest lease that it grants, in milliseconds.
 * @param sizes other sizes than the default ones.
 */
export function createAcceptor(
  member: MemberId,
  history: History,
  leaseLimitMs: number = DEFAULT_LEASE_MS,
  sizes: Partial<AcceptorSizes> = {},
): AcceptorState {
  return {
    member,
    sizes: { ...DEFAULT_ACCEPTOR_SIZES, ...sizes },
    leaseLimitMs,
    audience: everyone(history),
    promised: NO_BALLOT,
    votes: new Map(),
    voteBytes: 0,
    decidedUpTo: 0,
    lease: undefined,
  };
}

/** Takes a durable record back into memory; called for every record of the member's log, in order. */
export function recoverAcceptor(state: AcceptorState, record: DurableRecord): void {
  if (record.type === 'promised') {
    state.promised = Math.max(state.promised, record.ballot);
  } else if (record.type === 'voted') {
    // Rule 2: a vote at a ballot is a promise of that ballot too.
    state.promised = Math.max(state.promised, record.ballot);
    const { slot, ballot, value } = record;
    if (slot > state.decidedUpTo) keepVote(state, { slot, ballot, value });
  } else if (record.type === 'snapshot') {
    forgetDecidedVotes(state, record.snapshot.slot);
  }
}

/** To be called once after the last record, at time `now`, before the first step. */
export function resumeAcceptor(state: AcceptorState, now: number): void {
  // Rule 11: a lease that an earlier life granted is not on disk, but only the owner of the promised ballot can have it.
  const isNew = state.promised === NO_BALLOT || state.leaseLimitMs === 0;
  state.lease = isNew ? undefined : { ballot: state.promised, until: now + state.leaseLimitMs };
}

/**
 * One step of the acceptor at time `now` (monotonic milliseconds). Changes `state`, tells what to write and then to send.
 *
 * @returns records, to be made durable first; messages, to be sent then. It never has news.
 * @example
 * ```ts
 * import { createAcceptor, foundingConfiguration, majority, nextBallot, stepAcceptor } from '@parliament/synod';
 *
 * const acceptor = createAcceptor(0, [foundingConfiguration(majority([0, 1, 2]))]);
 * const ballot = nextBallot(1, 0);
 * const message = { type: 'prepare', ballot, fromSlot: 1, bytes: 1e6, token: 0 } as const;
 * const { records, messages } = stepAcceptor(acceptor, { type: 'message', from: 1, message }, 0);
 * console.log(records); // [ { type: 'promised', ballot: 1025 } ]: to be written first
 * console.log(messages.map(({ to, message }) => `${message.type} to ${to}`)); // [ 'promise to 1' ]: to be sent then
 * ```
 */
export function stepAcceptor(state: AcceptorState, input: AcceptorInput, now: number): Step<never> {
  if (input.type === 'watermark') {
    state.audience = everyone(input.history);
    forgetDecidedVotes(state, input.decidedUpTo);
    return NOTHING;
  }
  const { from, message } = input;
  switch (message.type) {
    case 'prepare':
      return promise(state, from, message, now);
    case 'accept':
      return vote(state, from, message, now);
    case 'heartbeat':
      return confirm(state, from, message, now);
  }
}

function promise(state: AcceptorState, from: MemberId, message: Prepare, now: number): Step<never> {
  const { ballot, released } = message;
  // Rule 3: the own proposer gets a ballot promised once and never again, not even the same one, so that a proposer that
  // was restarted cannot come to use a ballot which its earlier incarnation used.
  const refused = from === state.member ? ballot <= state.promised : ballot < state.promised;
  if (refused || isLeap(ballot, state.promised)) return nack(state, from, ballot);
  // Rule 11: silence, not a nack, for nothing higher is promised; the candidate asks again, and the lease runs out.
  if (isHeldBack(state.lease, ballot, released, now)) return NOTHING;
  const isNew = ballot > state.promised;
  state.promised = ballot;
  // What is left of a lease is another member's, and was given up, or has run out.
  if (state.lease !== undefined && ownerOf(state.lease.ballot) !== ownerOf(ballot)) state.lease = undefined;
  const pages = pagesFrom(state, from, message);
  return {
    records: isNew ? [{ type: 'promised', ballot }] : NONE,
    messages: pages.map((page) => ({ to: from, message: page })),
    news: NONE,
  };
}

/** Whether a lease forbids to promise `ballot` now: it is another member's, and was not given up for this one. */
function isHeldBack(lease: LeaseGrant | undefined, ballot: Ballot, released: Ballot | undefined, now: number): boolean {
  if (lease === undefined || now >= lease.until) return false;
  return ownerOf(ballot) !== ownerOf(lease.ballot) && lease.ballot !== released;
}

function vote(state: AcceptorState, from: MemberId, { ballot, slot, value }: Accept, now: number): Step<never> {
  if (ballot < state.promised || isLeap(ballot, state.promised)) return nack(state, from, ballot);
  // No vote that could not be kept: its own learner has to move on first.
  if (!hasRoom(state, slot)) return nack(state, from, ballot);
  // Rule 11: a vote is a promise, too.
  if (isHeldBack(state.lease, ballot, undefined, now)) return NOTHING;
  const earlier = state.votes.get(slot);
  const isRepeated = earlier?.ballot === ballot;
  // At one ballot and slot there is one value. A second one is a fault of its proposer and gets no vote.
  if (isRepeated && !sameValue(earlier.value, value)) return NOTHING;
  state.promised = ballot;
  if (!isRepeated && slot > state.decidedUpTo) keepVote(state, { slot, ballot, value });
  const toOthers: Message = { type: 'accepted', ballot, slot };
  // Whoever asked is told too: a leader that is on its way out of the membership still has slots to see through.
  const { audience } = state;
  const told = audience.includes(from) ? audience : [...audience, from];
  return {
    records: isRepeated ? NONE : [{ type: 'voted', slot, ballot, value }],
    messages: told.map((to) => ({
      to,
      message: to === state.member ? { type: 'accepted', ballot, slot, value } : toOthers,
    })),
    news: NONE,
  };
}

function confirm(state: AcceptorState, from: MemberId, message: Heartbeat, now: number): Step<never> {
  const { ballot, sequence } = message;
  if (ballot < state.promised || isLeap(ballot, state.promised)) return nack(state, from, ballot);
  // Rule 11: whoever came to lead without this member waits for the lease that it has granted to run out.
  if (isHeldBack(state.lease, ballot, undefined, now)) return NOTHING;
  // A lease is granted only at the promised ballot, so that a restarted acceptor knows to whom it may have granted one.
  const isNew = ballot > state.promised;
  state.promised = ballot;
  const leaseMs = Math.min(message.leaseMs, state.leaseLimitMs);
  if (leaseMs > 0) {
    const before = state.lease?.ballot === ballot ? state.lease.until : Number.NEGATIVE_INFINITY;
    state.lease = { ballot, until: Math.max(before, now + leaseMs) };
  }
  const { decidedUpTo } = state;
  return {
    records: isNew ? [{ type: 'promised', ballot }] : NONE,
    messages: [{ to: from, message: { type: 'heartbeat-reply', ballot, sequence, leaseMs, decidedUpTo } }],
    news: NONE,
  };
}

function nack(state: AcceptorState, to: MemberId, ballot: Ballot): Step<never> {
  return sendingOne(to, { type: 'nack', ballot, promised: state.promised });
}

/** Whether a vote in `slot` can be kept. In the next slot it always can, so that things go on. */
function hasRoom({ decidedUpTo, voteBytes, sizes }: AcceptorState, slot: Slot): boolean {
  return slot <= decidedUpTo + 1 || (slot <= decidedUpTo + sizes.voteSlots && voteBytes < sizes.voteBytes);
}

function keepVote(state: AcceptorState, vote: Vote): void {
  const earlier = state.votes.get(vote.slot);
  state.votes.set(vote.slot, vote);
  state.voteBytes += vote.value.length - (earlier?.value.length ?? 0);
}

function dropVote(state: AcceptorState, slot: Slot): void {
  const vote = state.votes.get(slot);
  if (vote === undefined) return;
  state.votes.delete(slot);
  state.voteBytes -= vote.value.length;
}

function forgetDecidedVotes(state: AcceptorState, decidedUpTo: Slot): void {
  // The watermark grows slot by slot while the learner works and by a leap when it recovers or catches up.
  if (decidedUpTo - state.decidedUpTo <= state.votes.size) {
    for (let slot = state.decidedUpTo + 1; slot <= decidedUpTo; slot++) dropVote(state, slot);
  } else {
    for (const slot of state.votes.keys()) if (slot <= decidedUpTo) dropVote(state, slot);
  }
  state.decidedUpTo = Math.max(state.decidedUpTo, decidedUpTo);
}

/**
 * The votes from a slot on, as many as were asked for, in pages of bounded size, each with the slots that it speaks of; without any
 * vote, one empty page. The own proposer gets all of them, for it is promised a ballot only once; another one asks on.
 */
function pagesFrom(state: AcceptorState, to: MemberId, { ballot, fromSlot, bytes, token }: Prepare): PromiseMessage[] {
  const { sizes, decidedUpTo } = state;
  const all = [...state.votes.values()].filter(({ slot }) => slot >= fromSlot).sort((a, b) => a.slot - b.slot);
  const most = to === state.member ? Number.POSITIVE_INFINITY : bytes;
  const pages: PromiseMessage[] = [];
  let first = fromSlot;
  let next = 0;
  let total = 0;
  do {
    const votes: Vote[] = [];
    for (let size = 0; next < all.length && (votes.length === 0 || (size < sizes.pageBytes && total < most)); next++) {
      const each = all[next] as Vote;
      votes.push(each);
      size += each.value.length + VOTE_OVERHEAD_BYTES;
      total += each.value.length + VOTE_OVERHEAD_BYTES;
    }
    const upTo = next < all.length ? votes.at(-1)?.slot : undefined;
    const isPaused = upTo !== undefined && total >= most;
    pages.push({ type: 'promise', ballot, fromSlot: first, upTo, isPaused, decidedUpTo, votes, token });
    first = (upTo ?? first) + 1;
  } while (next < all.length && total < most);
  return pages;
}
