/** A machine of which no snapshot can be taken: its members go on without. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { childReference, dispatch } from '@parliament/otp';
import { TakeSnapshot } from '../src/actors/mail.js';
import { hostedMachine } from '../src/host/hosting.js';
import { machine, propose, withMachine } from '../src/index.js';
import { type Chamber, PATIENT, prepareHosted, status, until } from './support/chamber.js';

/** As long as it is `bad` its state has no form as bytes. */
const fickle = machine({
  name: 'fickle',
  version: 1,
  initial: (): { count: number; bad?: () => void } => ({ count: 0 }),
  commands: {
    good: ({ count }) => ({ state: { count: count + 1 }, reply: count + 1 }),
    bad: ({ count }) => ({ state: { count: count + 1, bad: () => {} }, reply: count + 1 }),
  },
});

let chamber: Chamber;

afterEach(() => chamber.close());

describe('a state without a form as bytes', () => {
  const hosted = hostedMachine(fickle, false);
  const { snapshot } = hosted.machine;
  const atOnce: typeof snapshot = (state) => [...snapshot(state)];
  it.each([
    ['a chunk', snapshot],
    ['all of it', atOnce],
  ])(
    'found out by %s, is told with each snapshot that is due; no role fails, and the next state is saved',
    async (_, taken) => {
      chamber = await prepareHosted(['a'], { ...hosted, machine: { ...hosted.machine, snapshot: taken } });
      const { parliament, events } = await chamber.enter('a');
      const count = withMachine(parliament, fickle);
      const learner = childReference(parliament, 'learner');
      await propose(count, { type: 'bad' }, PATIENT);
      // More often than roles may be restarted.
      for (let times = 1; times <= 6; times++) {
        dispatch(learner, new TakeSnapshot(0));
        await until(() => events.filter(({ type }) => type === 'warning').length === times);
      }
      expect(await propose(count, { type: 'good' }, PATIENT)).toBe(2);
      expect((await status(parliament)).restarts).toBe(0);
      expect(events).toContainEqual({
        type: 'warning',
        message: expect.stringMatching(
          /^no snapshot can be taken after slot \d+: fickle: the state has no form as bytes: state\.bad/,
        ),
      });
      dispatch(learner, new TakeSnapshot(0));
      await until(async () => (await status(parliament)).storage.snapshotSlot > 0);
    },
  );
});
