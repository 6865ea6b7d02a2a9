/** Lines of what joins the roles of a member: what waits for the disk, and who is told of what. */

import type { SourceMutant } from './source-mutant.js';

export const MEMBER_LINES: readonly SourceMutant[] = [
  {
    name: 'lets an acceptor speak before what it says is on disk',
    rule: 'rule 1',
    file: 'member',
    find: 'return { atOnce: NONE, write: { records, messages, promised } };',
    put: 'return { atOnce: messages, write: { records, messages: NONE, promised } };',
    first: 'worlds: crashes',
  },
  {
    name: 'has the acceptor let go of votes of which only the learner knows in memory that they are decided',
    rule: 'how a learner recovers',
    file: 'member',
    find: `watermarkOf({ history }, onDisk) {
    return { type: 'watermark', decidedUpTo: durableUpTo(onDisk), history };`,
    put: `watermarkOf({ history, decidedUpTo }, onDisk) {
    return { type: 'watermark', decidedUpTo, history };`,
    first: 'worlds: crashes',
  },
  {
    name: 'does not tell its proposer what is settled',
    rule: 'progress',
    file: 'member',
    find: "forProposer: { type: 'settled', settled, decidedUpTo, history },",
    put: "forProposer: { type: 'settled', settled: NONE, decidedUpTo, history },",
    first: 'worlds',
  },
  {
    name: 'starts a proposer below what its acceptor has promised',
    rule: 'rule 3',
    file: 'member',
    find: 'return { promised: durable, decidedUpTo, history };',
    put: 'return { promised: 0, decidedUpTo, history };',
    first: 'model: one decree, 3 acceptors, 3 ballots, crashes',
  },
  {
    name: 'counts as on disk what rests on a snapshot that is not, when a later one has been taken over meanwhile',
    rule: 'how a learner recovers',
    file: 'on-disk',
    find: 'if (decidedUpTo < onDisk.firstInstalling)',
    put: 'if (decidedUpTo < onDisk.installing)',
    first: 'worlds',
  },
  {
    name: 'counts as on disk what follows a snapshot of another member before that is',
    rule: 'how a learner recovers',
    file: 'on-disk',
    find: `    }
    onDisk.installing = slot;`,
    put: `    }
    onDisk.installing = 0;`,
    first: 'worlds: snapshots in flight',
  },
  {
    name: 'takes an older snapshot on disk for the one that was taken over',
    rule: 'how a learner recovers',
    file: 'on-disk',
    find: 'if (slot < onDisk.installing)',
    put: 'if (slot < 0)',
    first: 'worlds: snapshots in flight',
  },
  {
    name: 'counts as on disk what was left out for want of room',
    rule: 'how a learner recovers',
    file: 'on-disk',
    find: 'return Math.min(installing === 0 ? written : before, lowest - 1);',
    put: 'return installing === 0 ? written : before;',
    first: 'worlds',
  },
  {
    name: 'does not count as on disk what is written after all, until something follows it',
    rule: 'progress',
    file: 'on-disk',
    find: 'noteWritten(onDisk, onDisk.rewritingUpTo);',
    put: '{}',
    first: 'worlds',
  },
];
