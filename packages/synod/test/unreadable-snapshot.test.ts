import { expect, it } from '@jest/globals';
import { foundingConfiguration, type History } from '../src/configuration.js';
import { createLearner, stepLearner } from '../src/learner.js';
import type { SnapshotPart } from '../src/messages.js';
import { majority } from '../src/quorum.js';

const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function part(slot: number, bytes: Uint8Array): SnapshotPart {
  return { type: 'snapshot-part', slot, history: HISTORY, total: bytes.length, offset: 0, bytes, token: 0 };
}

it('a snapshot of which the machine can make nothing is not taken over, and told once; another one may be', () => {
  const learner = createLearner(0, HISTORY);
  const isReadable = ([first]: Uint8Array): boolean => first === 1;
  const take = (slot: number, first: number) => {
    const message = part(slot, new Uint8Array([first, 2, 3]));
    return stepLearner(learner, { type: 'message', from: 1, message }, 0, isReadable);
  };
  const trouble = { type: 'snapshot-unreadable', from: 1, slot: 9 };
  expect(take(9, 0)).toMatchObject({ trouble, records: [], messages: [], delivered: [] });
  const again = take(9, 0);
  expect([again.trouble, again.installed, learner.decidedUpTo]).toEqual([undefined, undefined, 0]);
  expect(take(10, 0).trouble).toEqual({ ...trouble, slot: 10 });
  expect(take(9, 1).installed?.slot).toBe(9);
  expect(learner.decidedUpTo).toBe(9);
});
