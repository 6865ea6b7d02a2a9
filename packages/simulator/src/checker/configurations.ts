/** The models that are searched, and how far. */

import type { Steps } from '../world/node.js';
import type { Model } from './model.js';
import { announcing, announcingFetched, announcingTwo } from './models/announcing.js';
import {
  flexibleToGrid,
  gridToFlexible,
  knownAhead,
  leaving,
  majorityToOne,
  overtaken,
  undisputed,
} from './models/in-sight.js';
import { handingOver, leases } from './models/leases.js';
import {
  disputedReplacement,
  readingUnknown,
  reconfiguration,
  reconfigured,
  replacement,
} from './models/membership.js';
import { reading, readingAgain, readingFromDeposed, readingInChange } from './models/reading.js';
import { catchingUp, recovery, slowDisk } from './models/recovery.js';
import { behind } from './models/standing-still.js';
import { paged, singleDecree, twoSlots } from './models/synod.js';

/** A model by name, and how much of it is searched: in CI, and with `--deep`. */
export interface Configuration {
  readonly name: string;
  readonly build: (steps?: Partial<Steps>) => Model;
  readonly limit: number;
  readonly deepLimit: number;
}

const ALL = Number.POSITIVE_INFINITY;

export const CONFIGURATIONS: readonly Configuration[] = [
  {
    name: 'one decree, 3 acceptors, 3 ballots',
    build: (steps = {}) => singleDecree('one decree, 3 acceptors, 3 ballots', [2, 1], { steps }),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'one decree, 3 acceptors, 3 ballots, crashes',
    build: (steps = {}) =>
      singleDecree('one decree, 3 acceptors, 3 ballots, crashes', [2, 1], { steps, crashes: true }),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'one decree, 3 acceptors, 2 ballots, a learner',
    build: (steps = {}) =>
      singleDecree('one decree, 3 acceptors, 2 ballots, a learner', [1, 1], { steps, learner: true }),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'one decree, 3 acceptors, 4 ballots',
    build: (steps = {}) => singleDecree('one decree, 3 acceptors, 4 ballots', [2, 2], { steps }),
    limit: 1_500_000,
    deepLimit: 40_000_000,
  },
  {
    name: 'two slots, two leaders',
    build: (steps = {}) => twoSlots('two slots, two leaders', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'one decree, 3 acceptors, rule 6',
    build: (steps = {}) => announcing('one decree, 3 acceptors, rule 6', steps),
    limit: 1_500_000,
    deepLimit: 15_000_000,
  },
  {
    name: 'from 3 to 4 members',
    build: (steps = {}) => reconfiguration('from 3 to 4 members', steps),
    limit: 1_000_000,
    deepLimit: 15_000_000,
  },
  {
    name: 'member 2 is replaced by member 3',
    build: (steps = {}) => replacement('member 2 is replaced by member 3', steps),
    limit: 500_000,
    deepLimit: 10_000_000,
  },
  {
    name: 'member 2 is replaced, two leaders',
    build: (steps = {}) => disputedReplacement('member 2 is replaced, two leaders', steps),
    limit: 1_500_000,
    deepLimit: 15_000_000,
  },
  {
    name: 'leases, clocks that drift',
    build: (steps = {}) => leases('leases, clocks that drift', 4, steps),
    limit: 1_000_000,
    deepLimit: ALL,
  },
  {
    name: 'a follower recovers what is decided',
    build: (steps = {}) => recovery('a follower recovers what is decided', steps),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'a disk that is slow',
    build: (steps = {}) => slowDisk('a disk that is slow', steps),
    limit: 300_000,
    deepLimit: ALL,
  },
  {
    name: 'rule 6, two slots',
    build: (steps = {}) => announcingTwo('rule 6, two slots', steps),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'rule 6, what was fetched',
    build: (steps = {}) => announcingFetched('rule 6, what was fetched', steps),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'reads, two leaders',
    build: (steps = {}) => reading('reads, two leaders', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'reads of a new leader, member 2 is replaced',
    build: (steps = {}) => readingInChange('reads of a new leader, member 2 is replaced', steps),
    limit: ALL,
    deepLimit: ALL,
  },
  {
    name: 'reads of a deposed leader, member 2 is replaced',
    build: (steps = {}) => readingFromDeposed('reads of a deposed leader, member 2 is replaced', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'reads of a new leader that does not know of the change',
    build: (steps = {}) => readingUnknown('reads of a new leader that does not know of the change', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'reads of a member that leads again',
    build: (steps = {}) => readingAgain('reads of a member that leads again', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'a new leader is overtaken, member 2 is replaced',
    build: (steps = {}) => overtaken('a new leader is overtaken, member 2 is replaced', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'a new leader knows what is ahead, member 2 is replaced',
    build: (steps = {}) => knownAhead('a new leader knows what is ahead, member 2 is replaced', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'from a grid to flexible quorums',
    build: (steps = {}) => gridToFlexible('from a grid to flexible quorums', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'from majorities to members that decide alone',
    build: (steps = {}) => majorityToOne('from majorities to members that decide alone', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'from flexible quorums to a grid',
    build: (steps = {}) => flexibleToGrid('from flexible quorums to a grid', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'promises in pages',
    build: (steps = {}) => paged('promises in pages', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'catching up, and a crash',
    build: (steps = {}) => catchingUp('catching up, and a crash', steps),
    limit: 800_000,
    deepLimit: ALL,
  },
  {
    name: 'a leader that nobody disputes',
    build: (steps = {}) => undisputed('a leader that nobody disputes', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'member 0 leads, and is replaced',
    build: (steps = {}) => leaving('member 0 leads, and is replaced', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'a fourth member votes',
    build: (steps = {}) => reconfigured('a fourth member votes', steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'leases that are handed over',
    build: (steps = {}) => handingOver('leases that are handed over', 3, steps),
    limit: 1_500_000,
    deepLimit: ALL,
  },
  {
    name: 'a leader that is behind',
    build: (steps = {}) => behind('a leader that is behind', steps),
    limit: 1_000_000,
    deepLimit: ALL,
  },
];
