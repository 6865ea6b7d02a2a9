/** Those who wait for what is still to be decided. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { call, dispatch, type Reference, startActor, startSystem, stop } from '@parliament/otp';
import { AppliedUpTo, Inspect, Report, Tell, Told, Watch, WatchersUp } from '../src/actors/mail.js';
import { watchersBehaviour } from '../src/actors/watchers-actor.js';
import type { WatchRequest } from '../src/client/watch-requests.js';
import type { Poll } from '../src/watch/waiting.js';
import { until } from './support/chamber.js';

let system: ReturnType<typeof startSystem>;
let watchers: Reference;
/** What the learner and the parliament were sent. */
let told: unknown[];
let asked: Tell[];
let answers: (readonly [name: string, reply: unknown])[];

async function start(name: string, receive: (message: unknown) => unknown): Promise<Reference> {
  const started = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      const reply = receive(message);
      if (reply !== undefined && context.sender !== undefined) context.dispatch(context.sender, reply);
      return state;
    },
  });
  if (started === undefined) throw new Error(`${name} did not start`);
  return started;
}

beforeEach(async () => {
  system = startSystem();
  told = [];
  asked = [];
  answers = [];
  const parliament = await start('parliament', (message) => void told.push(message));
  const learner = await start('learner', (message) => {
    if (message instanceof Tell) asked.push(message);
    return message instanceof Inspect ? new Report({ decidedUpTo: 10, history: [] }) : undefined;
  });
  const started = await startActor(system, 'watchers', watchersBehaviour(parliament, learner));
  if (started === undefined) throw new Error('they did not start');
  watchers = started;
});
afterEach(() => stop(system));

const LATER = Number.POSITIVE_INFINITY;

function poll(name: string, request: Omit<WatchRequest, 'type' | 'timeoutMs'>, until = LATER): Poll {
  const whole = { type: 'watch', timeoutMs: 1000, ...request } as const;
  return { request: whole, until, answer: (reply) => void answers.push([name, reply]) };
}

/** Asks, and waits until that has come as far as it goes. */
async function ask(...polls: readonly Poll[]): Promise<void> {
  for (const each of polls) dispatch(watchers, new Watch(each));
  await settled();
}

async function settled(): Promise<void> {
  await call(watchers, new Inspect(), { timeoutMs: 60_000 });
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

const placed = (slot: number, skip = 0): Pick<WatchRequest, 'place'> => ({ place: { slot, skip } });

it('tell the parliament that they are there, and know how far all is applied', async () => {
  await settled();
  expect(told).toEqual([new WatchersUp()]);
  await ask(poll('known', placed(10)), poll('now', {}), poll('next', placed(11)));
  expect(asked.map(({ request }) => request.place?.slot)).toEqual([10, undefined]);
  expect(answers).toEqual([]);
});

it('read once for all who stand at the same place, when it is applied, and not before', async () => {
  const query = Uint8Array.of(1);
  const names = ['one', 'other', 'within', 'far', 'asking', 'alike'];
  const polls = [
    poll('one', placed(12)),
    poll('other', placed(12)),
    poll('within', placed(12, 3)),
    poll('far', placed(13)),
    // What the machine says before slot 13 it can say after 12.
    poll('asking', { ...placed(13), query }),
    poll('alike', { ...placed(13), query }),
  ];
  await ask(...polls);
  dispatch(watchers, new AppliedUpTo(11));
  await settled();
  expect(asked).toEqual([]);
  dispatch(watchers, new AppliedUpTo(12));
  await settled();
  const groups = (): string[] => asked.map((tell) => tell.polls.map((each) => names[polls.indexOf(each)]).join(', '));
  expect(groups().toSorted()).toEqual(['alike', 'asking', 'one, other', 'within']);
  dispatch(watchers, new AppliedUpTo(13));
  await settled();
  expect(groups().at(-1)).toBe('far');
});

it('answer those who have asked, also when it was another incarnation that they have asked', async () => {
  const [one, other] = [poll('one', placed(5)), poll('other', placed(6))];
  await ask(one);
  const reply = { ok: true, oldest: 7 } as const;
  dispatch(watchers, new Told([other], reply));
  await settled();
  expect(answers).toEqual([['other', reply]]);
  dispatch(watchers, new Told([one], reply));
  await settled();
  expect(answers).toEqual([
    ['other', reply],
    ['one', reply],
  ]);
});

it('say that nothing has come when the time is over, and forget it', async () => {
  await ask(poll('patient', placed(11)), poll('hasty', placed(11), performance.now() + 1));
  await until(() => answers.length > 0);
  expect(answers).toEqual([['hasty', { ok: true, slots: [], next: { slot: 11, skip: 0 } }]]);
  dispatch(watchers, new AppliedUpTo(11));
  await settled();
  expect(asked.map(({ polls }) => polls.length)).toEqual([1]);
});
