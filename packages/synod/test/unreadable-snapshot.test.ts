import { expect, it } from '@jest/globals';
import { foundingConfiguration, type History } from '../src/configuration.js';
import { createLearner } from '../src/learner.js';
import type { LearnerMessage, SnapshotPart } from '../src/messages.js';
import { majority } from '../src/quorum.js';
import { playLearner } from './playing.js';

const HISTORY: History = [foundingConfiguration(majority([0, 1, 2]))];

function part(slot: number, bytes: Uint8Array): SnapshotPart {
  return { type: 'snapshot-part', slot, history: HISTORY, total: bytes.length, offset: 0, bytes, token: 0 };
}

it('a snapshot of which the machine can make nothing is not taken over, and told once; one of another member may be', () => {
  const learner = createLearner(0, HISTORY);
  const isReadable = ([first]: Uint8Array): boolean => first === 1;
  const take = (from: number, slot: number, first: number, now: number) => {
    const message = part(slot, new Uint8Array([first, 2, 3]));
    return playLearner(learner, { type: 'message', from, message }, now, isReadable);
  };
  const trouble = { type: 'snapshot-unreadable', from: 1, slot: 9 };
  expect(take(1, 9, 0, 0)).toMatchObject({ trouble, records: [], messages: [], delivered: [] });
  const again = take(1, 9, 0, 100_000);
  expect([again.trouble, again.installed, learner.decidedUpTo]).toEqual([undefined, undefined, 0]);
  expect(take(1, 10, 0, 200_000).trouble).toEqual({ ...trouble, slot: 10 });
  expect(take(2, 9, 1, 200_000).installed?.slot).toBe(9);
  expect(learner.decidedUpTo).toBe(9);
});

it('a snapshot of which the machine can make nothing does not come again and again', () => {
  const sender = createLearner(1, HISTORY, 0);
  const decisions = Array.from({ length: 100 }, (_, index) => ({ slot: index + 1, value: new Uint8Array([1]) }));
  const decided = { type: 'decided', decisions, decidedUpTo: 100, token: 0 } as const;
  playLearner(sender, { type: 'message', from: 2, message: decided }, 0);
  const size = 4 * 1024 * 1024;
  playLearner(
    sender,
    { type: 'snapshotted', snapshot: { slot: 100, history: HISTORY, state: new Uint8Array(size) } },
    0,
  );
  const learner = createLearner(0, HISTORY);
  const hear = (message: LearnerMessage, now: number) =>
    playLearner(learner, { type: 'message', from: 1, message }, now, () => false);
  hear({ type: 'heartbeat', ballot: 1025, sequence: 1, decidedUpTo: 100, leaseMs: 0 }, 0);
  let sentBytes = 0;
  for (let now = 0; now < 240_000; now += 25) {
    const asked = [...playLearner(learner, { type: 'tick' }, now).messages];
    for (let question = asked.shift(); question !== undefined; question = asked.shift()) {
      if (question.to !== 1) continue;
      const { messages } = playLearner(
        sender,
        { type: 'message', from: 0, message: question.message as LearnerMessage },
        now,
      );
      for (const { message } of messages) {
        sentBytes += message.type === 'snapshot-part' ? message.bytes.length : 0;
        asked.push(...hear(message as LearnerMessage, now).messages);
      }
    }
  }
  // Once a minute it is tried again, and in between no more than its beginning comes, small.
  expect(sentBytes).toBeGreaterThan(3 * size);
  expect(sentBytes).toBeLessThan(7 * size);
});
