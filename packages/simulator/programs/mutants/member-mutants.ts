/** Members that are counted though they must not be, or go on though their disk has failed. */

import { inWorlds, type Mutant } from './mutant.js';

export const MEMBER_MUTANTS: readonly Mutant[] = [
  {
    name: 'counts a member that has lost its disk',
    pitfalls: '33',
    steps: { isKnown: () => true },
    hunt: inWorlds(['wiped disk', 'isolation', 'crash', 'partial partition']),
  },
  {
    name: 'counts a member whose disk is an old copy',
    pitfalls: '33',
    steps: { noteRelapse: () => [] },
    hunt: inWorlds(['old backup', 'isolation', 'partial partition', 'transfer']),
  },
  {
    name: 'goes on after a sync that failed',
    pitfalls: '36',
    steps: { heedsFailedSync: false },
    hunt: inWorlds(['failed sync', 'full disk'], { disk: 'log' }),
  },
];
