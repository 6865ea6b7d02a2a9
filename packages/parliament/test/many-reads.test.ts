/** Many reads that can be answered at the same moment: the learner does other things between them. */

import { afterEach, expect, it } from '@jest/globals';
import { LOOK_READS } from '../src/actors/reads.js';
import { hostedMachine } from '../src/host/hosting.js';
import { machine, propose, proposeAt, type ReadOptions, read, withMachine } from '../src/index.js';
import { type Chamber, PATIENT, prepareHosted } from './support/chamber.js';

const MANY = 10 * LOOK_READS;

const counter = machine({
  name: 'counter',
  version: 1,
  initial: () => 0,
  commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: count + by }) },
  queries: { count: (count) => count },
});

let chamber: Chamber;

afterEach(() => chamber.close());

it('are answered some in a turn of the learner, whether they came at once or waited for the same slot', async () => {
  const hosted = hostedMachine(counter, false);
  let [inTurn, most] = [0, 0];
  chamber = await prepareHosted(
    ['a'],
    {
      ...hosted,
      machine: {
        ...hosted.machine,
        query(state, query) {
          inTurn += 1;
          most = Math.max(most, inTurn);
          return hosted.machine.query(state, query);
        },
      },
    },
    {
      wrap: (role, behaviour) => ({
        ...behaviour,
        receive(state, message: unknown, context) {
          if (role === 'learner') inTurn = 0;
          return behaviour.receive(state, message as never, context);
        },
      }),
    },
  );
  const count = withMachine((await chamber.enter('a')).parliament, counter);
  const all = (options: ReadOptions) =>
    Promise.all(Array.from({ length: MANY }, () => read(count, { type: 'count' }, { ...PATIENT, ...options })));
  const { slot } = await proposeAt(count, { type: 'add', by: 1 }, PATIENT);
  for (const level of ['linearizable', 'lease', 'local'] as const) {
    expect(new Set(await all({ level }))).toEqual(new Set([1]));
  }
  const later = all({ level: 'local', atLeast: slot + 1 });
  await propose(count, { type: 'add', by: 1 }, PATIENT);
  expect(new Set(await later)).toEqual(new Set([2]));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(LOOK_READS);
});
