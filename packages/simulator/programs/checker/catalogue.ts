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
  /** How many states there are, where all of them are searched in CI. They change when the protocol does, or the model. */
  readonly states: number | undefined;
}

const ALL = Number.POSITIVE_INFINITY;
const MILLION = 1_000_000;

/** A model of which all states are searched in CI: so many. */
function all(states: number): readonly [ci: number, deep: number, states: number] {
  return [ALL, ALL, states];
}

/** @param limits how many states in CI, and with `--deep`. */
function of(
  name: string,
  limits: readonly [ci: number, deep: number, states?: number],
  make: (name: string, steps: Partial<Steps>) => Model,
): Configuration {
  return { name, build: (steps = {}) => make(name, steps), limit: limits[0], deepLimit: limits[1], states: limits[2] };
}

export const CONFIGURATIONS: readonly Configuration[] = [
  // The synod.
  of('one decree, 3 acceptors, 3 ballots', all(658_985), (name, steps) => singleDecree(name, [2, 1], { steps })),
  of('one decree, 3 acceptors, 3 ballots, crashes', all(10_125_878), (name, steps) => {
    return singleDecree(name, [2, 1], { steps, crashes: true });
  }),
  of('one decree, 3 acceptors, 2 ballots, a learner', all(113_073), (name, steps) => {
    return singleDecree(name, [1, 1], { steps, learner: true });
  }),
  of('one decree, 3 acceptors, 4 ballots', [1.5 * MILLION, 40 * MILLION], (name, steps) => {
    return singleDecree(name, [2, 2], { steps });
  }),
  of('two slots, two leaders', [1.5 * MILLION, ALL], twoSlots),
  of('promises in pages', [1.5 * MILLION, 15 * MILLION], paged),
  of('a long promise of the own acceptor', all(83_240), pagedOwn),
  of('the founding', [0.5 * MILLION, 15 * MILLION], (name) => founding(name)),
  of('the founding, two disks lost', all(21_517), (name) => foundingOfFew(name)),
  of('the founding, notes and a stranger', [0.3 * MILLION, 5 * MILLION], (name) => foundingWithNotes(name)),
  // What is known to be decided.
  of('one decree, 3 acceptors, rule 6', [1.5 * MILLION, 15 * MILLION], announcing),
  of('rule 6, two slots', all(1_031_032), announcingTwo),
  of('rule 6, what was fetched', all(594_976), announcingFetched),
  of('a follower recovers what is decided', all(2_264_308), recovery),
  of('catching up, and a crash', [0.8 * MILLION, 5 * MILLION], catchingUp),
  of('catching up with those who fall silent', [0.5 * MILLION, ALL], fallingSilent),
  of('catching up with nobody left to ask', all(13_320), lastMember),
  of('two snapshots of one slot', all(1_772), twoSenders),
  of('a disk that is slow', [0.3 * MILLION, 3 * MILLION], slowDisk),
  // Changes of membership.
  of('from 3 to 4 members', [MILLION, 15 * MILLION], reconfiguration),
  of('a fourth member votes', [1.5 * MILLION, 15 * MILLION], reconfigured),
  of('member 2 is replaced by member 3', [0.5 * MILLION, 10 * MILLION], replacement),
  of('member 2 is replaced, two leaders', [1.5 * MILLION, 15 * MILLION], disputedReplacement),
  of('a new leader is overtaken, member 2 is replaced', [1.5 * MILLION, 15 * MILLION], overtaken),
  of('a new leader knows what is ahead, member 2 is replaced', all(20_847), knownAhead),
  of('a new leader knows what is further ahead', [0.5 * MILLION, ALL], knownFurther),
  of('a member that is no longer one sees its slots through', all(456), seeingThrough),
  of('from a grid to flexible quorums', [1.5 * MILLION, ALL], gridToFlexible),
  of('from flexible quorums to a grid', [1.5 * MILLION, ALL], flexibleToGrid),
  of('from majorities to members that decide alone', all(31_776), majorityToOne),
  of('from majorities to members that decide alone, in pages', [MILLION, ALL], majorityToOneInPages),
  of('member 0 leads, and is replaced', [1.5 * MILLION, 15 * MILLION], leaving),
  // Reads.
  of('reads, two leaders', [1.5 * MILLION, 15 * MILLION], reading),
  of('reads where one member is in every quorum', all(82_596), readingOfOne),
  of('reads of a member that leads again', all(1_288_312), readingAgain),
  of('reads of a new leader, member 2 is replaced', all(3_211_144), readingInChange),
  of('reads of a new leader that does not know of the change', all(352_688), readingUnknown),
  of('reads of a deposed leader, member 2 is replaced', [1.5 * MILLION, 15 * MILLION], readingFromDeposed),
  of('reads of a deposed leader that does not know of the change', all(930), readingUnknownDeposed),
  of('reads on a lease, member 2 is replaced', all(171_080), readingOnLease),
  of('reads on a lease of new members', all(8_126), readingOnLeaseOfNew),
  of('reads of a leader that hands over', all(20_679), readingInTransfer),
  // Leaders, and how they end.
  of('a leader that nobody disputes', [1.5 * MILLION, 15 * MILLION], undisputed),
  of('a leader that has to prepare the members to come', all(1_041), preparedAnew),
  of('a leader that is behind', all(605_992), behind),
  of('a deposed leader that has proposed nothing', all(958), idleLeader),
  of('leases, clocks that drift', [MILLION, ALL], (name, steps) => leases(name, 4, steps)),
  of('leases that are handed over', [1.5 * MILLION, 15 * MILLION], (name, steps) => handingOver(name, 3, steps)),
  of('a lease of few, flexible quorums', all(176_402), leaseOfFew),
  of('a lease while members are on their way out', all(29_292), leaseInChange),
  of('a lease after another', all(630_706), leaseAfterLease),
];
