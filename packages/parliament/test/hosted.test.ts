/** A parliament that runs a machine of bytes which is not registers. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { type AnyBehaviour, call, dispatch, type Reference } from '@parliament/otp';
import { Idle, Propose } from '../src/actors/mail.js';
import { crash, status } from '../src/index.js';
import type { ChildName } from '../src/roles.js';
import { type Chamber, prepareHosted, until } from './support/chamber.js';
import { type CounterReply, type CounterRequest, hostedCounter } from './support/counter.js';

const PATIENCE_MS = 120_000;
/** Restarts without end, and a snapshot every now and then. */
const OPTIONS = { restarts: { intensity: 1000, periodMs: 1000 }, snapshots: { logBytes: 2000, tailSlots: 5 } };

let chamber: Chamber | undefined;
/** The session in which a command was sent last: they are numbered from 1. */
let session = 0;

afterEach(async () => {
  await chamber?.close();
  chamber = undefined;
});

function noteSession(child: ChildName, behaviour: AnyBehaviour): AnyBehaviour {
  if (child !== 'proposer') return behaviour;
  return {
    ...behaviour,
    receive(state: never, message: never, context) {
      const given: unknown = message;
      if (given instanceof Propose) session = given.batch.commands[0]?.session ?? session;
      return behaviour.receive(state, message, context);
    },
  };
}

async function open(names: readonly string[]): Promise<Chamber> {
  session = 0;
  const opened = await prepareHosted(names, hostedCounter, { wrap: noteSession });
  chamber = opened;
  await Promise.all(names.map((name) => opened.enter(name, OPTIONS)));
  return opened;
}

async function request(parliament: Reference, asked: CounterRequest): Promise<CounterReply> {
  return call<CounterReply>(parliament, asked, { timeoutMs: PATIENCE_MS + 10_000 });
}

async function sumOf(reply: Promise<CounterReply>): Promise<number> {
  const found = await reply;
  if (!found.ok) throw new Error(`${found.code}, ${found.outcome}: ${found.error}`);
  return found.sum;
}

const add = (parliament: Reference, amount: number): Promise<number> =>
  sumOf(request(parliament, { type: 'add', amount, timeoutMs: PATIENCE_MS }));
const sum = (parliament: Reference): Promise<number> =>
  sumOf(request(parliament, { type: 'sum', timeoutMs: PATIENCE_MS }));

describe.each([{ names: ['a'] }, { names: ['a', 'b', 'c'] }])('a counter on $names', ({ names }) => {
  it('adds each amount once, whichever roles are restarted meanwhile, and is what it was when its members come back', async () => {
    const { seat, enter } = await open(names);
    const parliaments = names.map((name) => seat(name).parliament);
    const roles: readonly ChildName[] = ['learner', 'proposer', 'acceptor', 'storage'];
    const replies: number[] = [];
    for (let round = 0; round < 8; round++) {
      const asked = parliaments.flatMap((parliament) => Array.from({ length: 10 }, () => add(parliament, 1)));
      for (const parliament of parliaments) crash(parliament, roles[round % roles.length] ?? 'learner');
      replies.push(...(await Promise.all(asked)));
    }
    const total = 80 * names.length;
    // Each command has a sum of its own: none was applied twice.
    expect(replies.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(await Promise.all(parliaments.map(sum))).toEqual(names.map(() => total));
    await until(async () =>
      (await Promise.all(parliaments.map((each) => status(each)))).some((each) => each.storage.snapshotSlot > 0),
    );
    await Promise.all(names.map((name) => seat(name).leave()));
    const back = await Promise.all(names.map((name) => enter(name, OPTIONS)));
    expect(await add(back[0]?.parliament as Reference, 5)).toBe(total + 5);
    expect(await sum(back.at(-1)?.parliament as Reference)).toBe(total + 5);
    expect((await status(back[0]?.parliament as Reference)).learner.registers).toBe(0);
  });
});

it('a session that ends is followed by another one: nothing is applied twice, and what may have been is said to be unknown', async () => {
  const { seat } = await open(['a']);
  const { parliament } = seat('a');
  const counted = { acknowledged: 0, unknown: 0, refused: 0 };
  expect(await add(parliament, 1)).toBe(1);
  counted.acknowledged += 1;
  expect(session).toBe(1);
  while (session < 10) {
    const asked = Array.from({ length: 5 }, () =>
      request(parliament, { type: 'add', amount: 1, timeoutMs: PATIENCE_MS }),
    );
    const { decidedUpTo } = (await status(parliament)).learner;
    // Whichever slot it was used in last: one of these is that, if it is not used once more.
    const expiries = Array.from({ length: 40 }, (_, index) => ({ session, usedAt: decidedUpTo + 10 - index }));
    dispatch(parliament, new Idle(expiries));
    for (const reply of await Promise.all(asked)) {
      if (reply.ok) counted.acknowledged += 1;
      else {
        expect(reply).toMatchObject({ code: 'session-expired', outcome: 'unknown' });
        counted.unknown += 1;
      }
    }
  }
  const found = await sum(parliament);
  expect(found).toBeGreaterThanOrEqual(counted.acknowledged);
  expect(found).toBeLessThanOrEqual(counted.acknowledged + counted.unknown);
  expect(await add(parliament, 1)).toBe(found + 1);
});

it('a log of several slots and an end is refused: it has no sessions, and a command might be applied again', async () => {
  const opened = await prepareHosted(['a'], hostedCounter);
  chamber = opened;
  await expect(opened.enter('a', { lastSlot: 2 })).rejects.toMatchObject({
    code: 'bad-option',
    message: expect.stringMatching(/^lastSlot: the log of counter has one slot or no end/),
  });
});

it('a log with an end takes commands until it is full, and says so', async () => {
  const opened = await prepareHosted(['a'], hostedCounter);
  chamber = opened;
  const { parliament } = await opened.enter('a', { lastSlot: 1 });
  expect(await add(parliament, 7)).toBe(7);
  const refused = await request(parliament, { type: 'add', amount: 7, timeoutMs: PATIENCE_MS });
  expect(refused).toMatchObject({ ok: false, code: 'log-full', outcome: 'not-applied' });
  expect(await sum(parliament)).toBe(7);
});
