import { expect, it } from '@jest/globals';
import { createLearner, foundingConfiguration, type History, majority, nextBallot } from '../src/index.js';
import { playLearner } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];

it('a new leader whose own learner is behind what phase 1 found decided fetches it from the others, each in turn', () => {
  const learner = createLearner(0, TRIO);
  const ballot = nextBallot(0, 0);
  // The leader's own heartbeat: member 1 or 2 has said in its promise that slot 1 is decided.
  const heartbeat = { type: 'heartbeat', ballot, sequence: 1, decidedUpTo: 1, leaseMs: 0 } as const;
  playLearner(learner, { type: 'message', from: 0, message: heartbeat }, 0);
  const asked = new Set<number>();
  for (let now = 100; now <= 10_000; now += 100) {
    for (const { to, message } of playLearner(learner, { type: 'tick' }, now).messages) {
      expect(message).toMatchObject({ type: 'fetch', fromSlot: 1, upTo: 1 });
      asked.add(to);
    }
  }
  expect([...asked].sort()).toEqual([1, 2]);
  const decided = {
    type: 'decided',
    decisions: [{ slot: 1, value: new Uint8Array([1, 7]) }],
    decidedUpTo: 1,
    token: 0,
  } as const;
  const { delivered } = playLearner(learner, { type: 'message', from: 2, message: decided }, 10_100);
  expect(delivered).toEqual(decided.decisions);
});
