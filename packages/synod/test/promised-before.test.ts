import { expect, it } from '@jest/globals';
import {
  type Configuration,
  createProposer,
  foundingConfiguration,
  type History,
  type MemberId,
  majority,
  type PromiseMessage,
} from '../src/index.js';
import { playProposer } from './playing.js';

it('a candidate leads once its learner comes to know that they govern who have promised already', () => {
  const old = foundingConfiguration(majority([0, 1, 2]), 8);
  const next: Configuration = { ...old, number: 1, from: 20, voters: majority([2, 3, 4]), spent: [0, 1] };
  const both: History = [old, next];
  const start = { promised: 0, decidedUpTo: 12, seed: 1, now: 0, options: { leaseMs: 0 } };
  const proposer = createProposer(2, both, start);
  const hear = (from: MemberId, message: Parameters<typeof playProposer>[1] & { type: 'message' }) =>
    playProposer(proposer, { ...message, from }, 1000);
  for (let now = 0; proposer.role.name === 'following'; now += 100) playProposer(proposer, { type: 'tick' }, now);
  for (const from of [0, 1, 3, 4]) {
    const attempt = proposer.role.name === 'canvassing' ? proposer.role.attempt : 0;
    const message = { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 12 } as const;
    hear(from, { type: 'message', from, message });
  }
  const { role } = proposer;
  if (role.name !== 'preparing') throw new Error(`it is ${role.name}`);
  const promise = { type: 'promise', ballot: role.ballot, fromSlot: 13, decidedUpTo: 12, votes: [], token: 0 } as const;
  for (const from of [2, 3, 4]) {
    const message: PromiseMessage = { ...promise, upTo: undefined, isPaused: false };
    hear(from, { type: 'message', from, message });
  }
  // Those of old are gone, and a majority of them is still due.
  expect(proposer.role.name).toBe('preparing');
  const outputs = playProposer(proposer, { type: 'settled', settled: [], decidedUpTo: 19, history: [next] }, 1000);
  expect(proposer.role.name).toBe('leading');
  expect(outputs).toContainEqual({ type: 'leader', ballot: role.ballot });
});
