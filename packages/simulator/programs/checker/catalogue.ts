/** The models that are searched, and how far. */

import type { Steps } from '#src/world/member.js';
import type { Model } from './model.js';
import { announcing, announcingFetched, announcingTwo } from './models/announcing.js';
import { fallingSilent, lastMember, twoSenders } from './models/falling-silent.js';
import { founding, foundingOfFew, foundingWithNotes } from './models/founding.js';
import {
  flexibleToGrid,
  gridToFlexible,
  knownAhead,
  knownFurther,
  leaving,
  majorityToOne,
  majorityToOneInPages,
  overtaken,
  preparedAnew,
  seeingThrough,
  undisputed,
} from './models/in-sight.js';
import { handingOver, leaseAfterLease, leaseInChange, leaseOfFew, leases } from './models/leases.js';
import {
  disputedReplacement,
  readingUnknown,
  readingUnknownDeposed,
  reconfiguration,
  reconfigured,
  replacement,
} from './models/membership.js';
import {
  reading,
  readingAgain,
  readingFromDeposed,
  readingInChange,
  readingInTransfer,
  readingOfOne,
  readingOnLease,
  readingOnLeaseOfNew,
} from './models/reading.js';
import { catchingUp, recovery, slowDisk } from './models/recovery.js';
import { behind, idleLeader } from './models/standing-still.js';
import { paged, pagedOwn, singleDecree, twoSlots } from './models/synod.js';

/** A model by name, and how much of it is searched: in CI, and with `--deep`. */
export interface Configuration {
  readonly name: string;
  readonly build: (steps?: Partial<Steps>) => Model;
  readonly limit: number;
  readonly deepLimit: number;
}

const ALL = Number.POSITIVE_INFINITY;
const MILLION = 1_000_000;

/** @param limits how many states in CI, and with `--deep`. */
function of(
  name: string,
  limits: readonly [ci: number, deep: number],
  make: (name: string, steps: Partial<Steps>) => Model,
): Configuration {
  return { name, build: (steps = {}) => make(name, steps), limit: limits[0], deepLimit: limits[1] };
}

export const CONFIGURATIONS: readonly Configuration[] = [
  // The synod.
  of('one decree, 3 acceptors, 3 ballots', [ALL, ALL], (name, steps) => singleDecree(name, [2, 1], { steps })),
  of('one decree, 3 acceptors, 3 ballots, crashes', [ALL, ALL], (name, steps) => {
    return singleDecree(name, [2, 1], { steps, crashes: true });
  }),
  of('one decree, 3 acceptors, 2 ballots, a learner', [ALL, ALL], (name, steps) => {
    return singleDecree(name, [1, 1], { steps, learner: true });
  }),
  of('one decree, 3 acceptors, 4 ballots', [1.5 * MILLION, 40 * MILLION], (name, steps) => {
    return singleDecree(name, [2, 2], { steps });
  }),
  of('two slots, two leaders', [1.5 * MILLION, ALL], twoSlots),
  of('promises in pages', [1.5 * MILLION, 15 * MILLION], paged),
  of('a long promise of the own acceptor', [ALL, ALL], pagedOwn),
  of('the founding', [0.5 * MILLION, 15 * MILLION], (name) => founding(name)),
  of('the founding, two disks lost', [ALL, ALL], (name) => foundingOfFew(name)),
  of('the founding, notes and a stranger', [0.3 * MILLION, 5 * MILLION], (name) => foundingWithNotes(name)),
  // What is known to be decided.
  of('one decree, 3 acceptors, rule 6', [1.5 * MILLION, 15 * MILLION], announcing),
  of('rule 6, two slots', [ALL, ALL], announcingTwo),
  of('rule 6, what was fetched', [ALL, ALL], announcingFetched),
  of('a follower recovers what is decided', [ALL, ALL], recovery),
  of('catching up, and a crash', [0.8 * MILLION, 5 * MILLION], catchingUp),
  of('catching up with those who fall silent', [0.5 * MILLION, ALL], fallingSilent),
  of('catching up with nobody left to ask', [ALL, ALL], lastMember),
  of('two snapshots of one slot', [ALL, ALL], twoSenders),
  of('a disk that is slow', [0.3 * MILLION, 3 * MILLION], slowDisk),
  // Changes of membership.
  of('from 3 to 4 members', [MILLION, 15 * MILLION], reconfiguration),
  of('a fourth member votes', [1.5 * MILLION, 15 * MILLION], reconfigured),
  of('member 2 is replaced by member 3', [0.5 * MILLION, 10 * MILLION], replacement),
  of('member 2 is replaced, two leaders', [1.5 * MILLION, 15 * MILLION], disputedReplacement),
  of('a new leader is overtaken, member 2 is replaced', [1.5 * MILLION, 15 * MILLION], overtaken),
  of('a new leader knows what is ahead, member 2 is replaced', [ALL, ALL], knownAhead),
  of('a new leader knows what is further ahead', [0.5 * MILLION, ALL], knownFurther),
  of('a member that is no longer one sees its slots through', [ALL, ALL], seeingThrough),
  of('from a grid to flexible quorums', [1.5 * MILLION, ALL], gridToFlexible),
  of('from flexible quorums to a grid', [1.5 * MILLION, ALL], flexibleToGrid),
  of('from majorities to members that decide alone', [ALL, ALL], majorityToOne),
  of('from majorities to members that decide alone, in pages', [MILLION, ALL], majorityToOneInPages),
  of('member 0 leads, and is replaced', [1.5 * MILLION, 15 * MILLION], leaving),
  // Reads.
  of('reads, two leaders', [1.5 * MILLION, 15 * MILLION], reading),
  of('reads where one member is in every quorum', [ALL, ALL], readingOfOne),
  of('reads of a member that leads again', [ALL, ALL], readingAgain),
  of('reads of a new leader, member 2 is replaced', [ALL, ALL], readingInChange),
  of('reads of a new leader that does not know of the change', [ALL, ALL], readingUnknown),
  of('reads of a deposed leader, member 2 is replaced', [1.5 * MILLION, 15 * MILLION], readingFromDeposed),
  of(
    'reads of a deposed leader that does not know of the change',
    [1.5 * MILLION, 15 * MILLION],
    readingUnknownDeposed,
  ),
  of('reads on a lease, member 2 is replaced', [1.5 * MILLION, 15 * MILLION], readingOnLease),
  of('reads on a lease of new members', [MILLION, 15 * MILLION], readingOnLeaseOfNew),
  of('reads of a leader that hands over', [1.5 * MILLION, 15 * MILLION], readingInTransfer),
  // Leaders, and how they end.
  of('a leader that nobody disputes', [1.5 * MILLION, 15 * MILLION], undisputed),
  of('a leader that has to prepare the members to come', [ALL, ALL], preparedAnew),
  of('a leader that is behind', [ALL, ALL], behind),
  of('a deposed leader that has proposed nothing', [ALL, ALL], idleLeader),
  of('leases, clocks that drift', [MILLION, ALL], (name, steps) => leases(name, 4, steps)),
  of('leases that are handed over', [1.5 * MILLION, 15 * MILLION], (name, steps) => handingOver(name, 3, steps)),
  of('a lease of few, flexible quorums', [1.5 * MILLION, 15 * MILLION], leaseOfFew),
  of('a lease while members are on their way out', [ALL, ALL], leaseInChange),
  of('a lease after another', [1.5 * MILLION, 15 * MILLION], leaseAfterLease),
];
