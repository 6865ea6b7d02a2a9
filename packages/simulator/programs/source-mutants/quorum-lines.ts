/** Lines of quorum systems and configurations: who suffices, and where. */

import type { SourceMutant } from './source-mutant.js';

// Half of an even number is no fault in one phase alone: a majority in the other meets it.
const phase1 = (rest: string): string => `isPhase1Quorum(system, has) {
    switch (system.kind) {
        case 'majority':
            return 2 * count(system.members, has) ${rest}`;
const phase2 = (rest: string): string => `isPhase2Quorum(system, _kind, has) {
    switch (system.kind) {
        case 'majority':
            return 2 * count(system.members, has) ${rest}`;

export const QUORUM_LINES: readonly SourceMutant[] = [
  {
    name: 'takes one member less than a majority for enough to promise',
    rule: 'rules 4, 5',
    file: 'quorum',
    find: phase1('> system'),
    put: phase1('> system.members.length - 2; //'),
    first: 'model: one decree, 3 acceptors, 3 ballots',
  },
  {
    name: 'takes one member less than a majority for enough to decide',
    rule: 'rule 5',
    file: 'quorum',
    find: phase2('> system'),
    put: phase2('> system.members.length - 2; //'),
    first: 'model: one decree, 3 acceptors, 2 ballots, a learner',
  },
  {
    name: 'has as few promise as may decide, of flexible quorums',
    rule: 'rule 4',
    file: 'quorum',
    find: 'count(system.members, has) >= system.phase1',
    put: 'count(system.members, has) >= system.phase2',
    first: 'worlds: flexible quorums',
  },
  {
    name: 'decides with one vote too few, of flexible quorums',
    rule: 'rule 5',
    file: 'quorum',
    find: 'count(system.members, has) >= system.phase2',
    put: 'count(system.members, has) >= system.phase2 - 1',
    first: 'worlds: flexible quorums',
  },
  {
    name: 'has too little weight promise',
    rule: 'rule 4',
    file: 'quorum',
    find: 'weigh(system, has) >= system.phase1',
    put: 'weigh(system, has) >= system.phase1 - 1',
    first: 'worlds: weighted quorums',
  },
  {
    name: 'has too little weight decide',
    rule: 'rule 5',
    file: 'quorum',
    find: 'weigh(system, has) >= system.phase2',
    put: 'weigh(system, has) >= system.phase2 - 1',
    first: 'worlds: weighted quorums',
  },
  {
    name: 'gives every member the weight of the first',
    rule: 'rule 5',
    file: 'quorum',
    find: 'found += system.weights[index]',
    put: 'found += system.weights[0]',
    first: 'worlds: weighted quorums',
  },
  {
    name: 'has part of a column of a grid promise',
    rule: 'rule 4',
    file: 'quorum',
    find: 'system.rows.every((row) => has(row[column]))',
    put: 'system.rows.some((row) => has(row[column]))',
    first: 'worlds: grids',
  },
  {
    name: 'has part of a row of a grid decide',
    rule: 'rule 5',
    file: 'quorum',
    find: 'row.every(has)',
    put: 'row.some(has)',
    first: 'worlds: grids',
  },
  {
    name: 'forgets the configuration of the next slot when the one after has another',
    rule: 'rule 7',
    file: 'configuration',
    find: 'const first = governing(history, decidedUpTo + 1);',
    put: 'const first = governing(history, decidedUpTo + 2);',
    first: 'worlds: members',
  },
  {
    name: 'lets a change govern one slot too early',
    rule: 'rule 7',
    file: 'configuration',
    find: 'from: slot + current.alpha,',
    put: 'from: slot + current.alpha - 1,',
    first: 'worlds: members',
  },
  {
    name: 'does not tell learners what goes on',
    rule: 'progress',
    file: 'configuration',
    find: 'return first.learners.length === 0 ? first.voters.members : [...first.voters.members, ...first.learners];',
    put: 'return first.voters.members;',
    first: 'worlds: members',
  },
  {
    name: 'lets a change have effect on another configuration than it was meant for',
    rule: 'rule 7',
    file: 'configuration',
    find: 'if (change.base !== current.number) {',
    put: 'if (change.base > current.number) {',
    first: 'worlds: members, alpha 1',
  },
  {
    name: 'takes back an id of a former member',
    rule: 'rule 10',
    file: 'configuration',
    find: 'if (current.spent.includes(member))',
    put: 'if (current.spent.includes(member) && current.number < 0)',
    first: 'worlds: members, alpha 1',
  },
  {
    name: 'forgets who was removed before the last change',
    rule: 'rule 10',
    file: 'configuration',
    find: 'const spent = [...current.spent, ...before',
    put: 'const spent = [...before',
    first: 'worlds: members, alpha 1',
  },
  {
    name: 'stands in the round of the highest ballot that it has seen',
    rule: 'rule 3',
    file: 'ballot',
    find: 'const round = roundOf(floor) + 1;',
    put: 'const round = roundOf(floor);',
    first: 'worlds',
  },
  {
    name: 'lets a change govern from the slot after its first',
    rule: 'rule 7',
    file: 'configuration',
    find: 'if (configuration.from <= slot)',
    put: 'if (configuration.from < slot)',
    first: 'worlds: members',
  },
  {
    name: 'lets a second change have effect before the first governs',
    rule: 'rule 7',
    file: 'configuration',
    find: 'if (current.from > slot)',
    put: 'if (current.from > slot + current.alpha)',
    first: 'worlds',
  },
  {
    name: 'takes a change that names a member twice',
    rule: 'rule 7',
    file: 'configuration',
    find: 'if (new Set(after).size !== after.length)',
    put: 'if (false)',
    first: 'worlds: members, alpha 1',
  },
];
