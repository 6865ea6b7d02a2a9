/** Phase 1 as the candidate sees it: pages of promises come in, and out comes what it must propose. */

import type { MemberId } from './ballot.js';
import type { PromiseMessage, Vote } from './messages.js';
import type { Slot } from './slot.js';

/** The promises at one ballot. */
export interface Promises {
  /** By member whose answer is not whole: its votes are known up to this slot. */
  readonly covered: Map<MemberId, Slot>;
  /** The members whose promise is in, with all that they voted for. */
  readonly complete: Set<MemberId>;
  /** In each slot, of the votes that were told, the one at the highest ballot: it binds the proposer (rule 4). */
  readonly bound: Map<Slot, Vote>;
  /** The furthest slot of these. */
  boundUpTo: Slot;
  /** Every slot up to here is decided, as somebody says who promised; nothing may be proposed there. */
  decidedUpTo: Slot;
}

/** No promise yet. Slots up to `decidedUpTo` are decided, as the candidate knows by itself. */
export function createPromises(decidedUpTo: Slot): Promises {
  return { covered: new Map(), complete: new Set(), bound: new Map(), boundUpTo: 0, decidedUpTo };
}

/** The first slot of which a member has yet to tell whether it voted there: the decided ones do not matter. */
export function nextSlotOf(promises: Promises, member: MemberId): Slot {
  return Math.max(promises.covered.get(member) ?? 0, promises.decidedUpTo) + 1;
}

/**
 * Adds a page. A member's promise counts when its pages leave no gap between what is decided and the end of the log: it does not
 * matter of which answer a page was, for each speaks for its own slots only. A page behind a gap waits to be sent again.
 *
 * What a page tells is heeded at once. It may bind the proposer to more than a quorum's whole answers do, and only to what they
 * could bind it to: of the votes below its ballot, the highest one in a slot is for the value that was chosen, if any was.
 *
 * @param settledUpTo votes in slots up to here bind to nothing: the candidate itself knows what is decided there.
 * @returns whether the page told anything new, and whether it makes the member's promise whole.
 */
export function addPage(
  promises: Promises,
  from: MemberId,
  page: PromiseMessage,
  settledUpTo: Slot,
): 'nothing' | 'more' | 'whole' {
  if (promises.complete.has(from)) return 'nothing';
  const { fromSlot, upTo, decidedUpTo, votes } = page;
  const next = nextSlotOf(promises, from);
  const hasGap = fromSlot > Math.max(next, decidedUpTo + 1);
  if (hasGap || (upTo !== undefined && Math.max(upTo, decidedUpTo) < next)) return 'nothing';
  promises.decidedUpTo = Math.max(promises.decidedUpTo, decidedUpTo);
  for (const vote of votes) if (vote.slot > settledUpTo) bind(promises, vote);
  if (upTo !== undefined) {
    promises.covered.set(from, upTo);
    return 'more';
  }
  promises.covered.delete(from);
  promises.complete.add(from);
  return 'whole';
}

/** Forgets what binds in slots up to `upTo`, in which nothing will be proposed any more; up to `from` it was forgotten before. */
export function unbind({ bound }: Promises, from: Slot, upTo: Slot): void {
  // Slot by slot while decisions come in, however many slots are bound; and by what is bound where it is a leap.
  if (upTo - from <= bound.size) for (let slot = from + 1; slot <= upTo; slot++) bound.delete(slot);
  else for (const slot of bound.keys()) if (slot <= upTo) bound.delete(slot);
}

function bind(promises: Promises, vote: Vote): void {
  const known = promises.bound.get(vote.slot);
  // Rule 4: the value of the highest ballot, not of the last answer, and not of most.
  if (known === undefined || vote.ballot > known.ballot) promises.bound.set(vote.slot, vote);
  promises.boundUpTo = Math.max(promises.boundUpTo, vote.slot);
}
