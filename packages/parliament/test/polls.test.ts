/** What watchers ask a parliament actor: it outlives those who are to answer it. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { dispatch, type Reference, startActor } from '@parliament/otp';
import { MemoryLost, Watch, WatchersUp } from '../src/actors/mail.js';
import { ParliamentActor } from '../src/actors/parliament-actor.js';
import type { Service } from '../src/host/hosted.js';
import { startSystem, stop } from '../src/index.js';
import { checkOptions } from '../src/options.js';
import { until } from './support/chamber.js';

const REQUEST = { type: 'watch', place: { slot: 5, skip: 0 }, timeoutMs: 86_400_000 } as const;
const PAGE = { ok: true, slots: [], next: { slot: 6, skip: 0 } } as const;

let system: ReturnType<typeof startSystem>;
let parliament: Reference;
let actor: ParliamentActor;
let service: Service;
/** What the watchers were given. */
let given: Watch[];
let answers: unknown[];

async function start(name: string, receive: (message: unknown, sender: Reference | undefined) => void) {
  return startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      receive(message, context.sender);
      return state;
    },
  });
}

beforeEach(async () => {
  system = startSystem();
  given = [];
  answers = [];
  const watchers = await start('watchers', (message) => {
    if (message instanceof Watch) given.push(message);
  });
  parliament = await start('parliament', (message, sender) => actor.receive(message, sender));
  actor = new ParliamentActor({
    settings: checkOptions({ member: 0, members: { 0: 'a' }, storage: 'memory' }),
    self: parliament,
    path: ['parliament'],
    node: undefined,
    life: 1,
    isRepeatable: () => false,
    machine: 'sum 1',
    openFace: (opened) => {
      service = opened;
      return { serve: () => undefined };
    },
    child: () => watchers,
    report: () => Promise.reject(new Error('nobody asks')),
  });
});
afterEach(() => stop(system));

async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
}

async function ask(): Promise<void> {
  service.watch(REQUEST, (reply) => answers.push(reply));
  await settled();
}

it('is given to the watchers, and to later ones once more while it is not answered; it is answered once', async () => {
  await ask();
  expect(given.map(({ poll }) => poll.request)).toEqual([REQUEST]);
  // Nobody is kept for a day, whatever he says.
  expect((given[0]?.poll.until ?? 0) - performance.now()).toBeLessThanOrEqual(60_000);
  expect(actor.watching).toBe(1);
  dispatch(parliament, new WatchersUp());
  await settled();
  expect(given.length).toBe(2);
  for (const { poll } of given) poll.answer(PAGE);
  expect(answers).toEqual([PAGE]);
  expect(actor.watching).toBe(0);
  dispatch(parliament, new WatchersUp());
  await settled();
  expect(given.length).toBe(2);
});

it('of too many at a time the last are refused, until others are answered', async () => {
  for (let count = 0; count < 8192; count++) service.watch(REQUEST, () => undefined);
  await ask();
  expect(answers).toMatchObject([{ ok: false, code: 'overloaded', outcome: 'not-applied' }]);
  await until(() => given.length === 8192);
  given[0]?.poll.answer(PAGE);
  await ask();
  await until(() => given.length === 8193);
  expect(answers.length).toBe(1);
});

it('is answered when the parliament ends, or is excluded, and refused from then on', async () => {
  await ask();
  actor.close();
  expect(answers).toMatchObject([{ ok: false, code: 'not-running', outcome: 'not-applied' }]);
  await ask();
  dispatch(parliament, new MemoryLost(0, 'own', '00', '11'));
  await settled();
  await ask();
  expect(answers.slice(1)).toMatchObject([
    { ok: false, code: 'excluded', outcome: 'not-applied' },
    { ok: false, code: 'excluded', outcome: 'not-applied' },
  ]);
  expect(given.length).toBe(2);
});
