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
];
