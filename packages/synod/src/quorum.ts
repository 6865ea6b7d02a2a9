/** Quorum systems: which sets of members may decide. */

import { isMemberId, type MemberId } from './ballot.js';

/** More than half of the members, in both phases; any two quorums share a member. */
export interface MajorityQuorums {
  readonly kind: 'majority';
  /** The voters, in ascending order. */
  readonly members: readonly MemberId[];
}

/** A quorum system as plain data. */
export type QuorumSystem = MajorityQuorums;

/**
 * The majority system over `members`.
 *
 * @throws RangeError when there is no member, an id is out of range, or one stands twice.
 */
export function majority(members: readonly MemberId[]): MajorityQuorums {
  if (members.length === 0) throw new RangeError('a parliament needs at least one member');
  const sorted = [...members].sort((left, right) => left - right);
  sorted.forEach((member, index) => {
    if (!isMemberId(member)) throw new RangeError(`member id ${member} is not a whole number from 0 to 1023`);
    if (member === sorted[index - 1]) throw new RangeError(`member id ${member} is given twice`);
  });
  return { kind: 'majority', members: sorted };
}

/** How many members make a quorum: floor(n/2) + 1, for even n as for odd. */
export function quorumSize(system: QuorumSystem): number {
  return Math.floor(system.members.length / 2) + 1;
}

/**
 * Whether `voters` hold a quorum. Counts each member of the system once, and strangers never: this is where votes become
 * decisions (rule 5), so it takes the senders themselves and no number of messages.
 */
export function isQuorum(system: QuorumSystem, voters: Iterable<MemberId>): boolean {
  const distinct = new Set<MemberId>();
  for (const voter of voters) if (system.members.includes(voter)) distinct.add(voter);
  return distinct.size >= quorumSize(system);
}
