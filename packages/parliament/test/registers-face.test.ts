/** The registers as their users see them, over a parliament that is played. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { call, dispatch, type Reference, startActor, startSystem, stop } from '@parliament/otp';
import type { FailureReply } from '../src/client/requests.js';
import type { CommandAnswer, Face, QueryAnswer } from '../src/host/hosted.js';
import { openRegistersFace } from '../src/registers/registers-face.js';
import {
  decodePut,
  decodeQuestion,
  encodeCount,
  encodeFound,
  encodePage,
  encodeValue,
} from '../src/registers/words.js';

const EXCLUDED: FailureReply = { ok: false, code: 'excluded', outcome: 'not-applied', error: 'away' };
const FULL = { ok: false, code: 'log-full', outcome: 'unknown', error: 'full' } as const;
const LIMIT = { timeoutMs: 20_000 };

let system: ReturnType<typeof startSystem>;
let users: Reference;
let face: Face;
let objection: FailureReply | undefined;
let commands: { readonly payload: Uint8Array; readonly deadline: number; readonly answer: CommandAnswer }[];
let queries: { readonly query: Uint8Array; readonly deadline: number; readonly answer: QueryAnswer }[];
let looked: (query: Uint8Array) => Promise<Uint8Array>;

beforeEach(async () => {
  jest.spyOn(performance, 'now').mockReturnValue(1000);
  system = startSystem();
  objection = undefined;
  commands = [];
  queries = [];
  face = openRegistersFace(
    {
      objectionTo: () => objection,
      command: (payload, deadline, answer) => void commands.push({ payload, deadline, answer }),
      query: (query, deadline, answer) => void queries.push({ query, deadline, answer }),
      look: (query) => looked(query),
      watch: () => expect('registers').toBe('nothing to watch'),
    },
    100,
  );
  const started = await startActor(system, 'users', {
    init: () => 0,
    receive(state: number, message: unknown, { sender }) {
      if (sender !== undefined) face.serve(message, sender);
      return state;
    },
  });
  if (started === undefined) throw new Error('it did not start');
  users = started;
});
afterEach(() => {
  jest.restoreAllMocks();
  stop(system);
});

async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/** Asks, and gives what the answer will be. */
async function ask(key: string, value?: string): Promise<{ readonly reply: Promise<unknown> }> {
  const request = { type: 'ask', key, timeoutMs: 50, ...(value === undefined ? {} : { value }) };
  const reply = call<unknown>(users, request, LIMIT);
  await settled();
  return { reply };
}

describe('an ask', () => {
  it('with a value is a command, and is answered with its reply', async () => {
    const { reply } = await ask('k', 'mine');
    const [command] = commands;
    expect([decodePut(command?.payload ?? new Uint8Array()), command?.deadline]).toEqual([
      { key: 'k', value: 'mine' },
      1050,
    ]);
    command?.answer({ ok: true, bytes: encodeValue('theirs'), slot: 1 });
    expect(await reply).toEqual({ ok: true, value: 'theirs' });
  });

  it('without one is a query, and is answered with the value, if there is one', async () => {
    const asked = [await ask('k'), await ask('l')];
    expect(queries.map(({ query }) => decodeQuestion(query))).toEqual([
      { type: 'get', key: 'k' },
      { type: 'get', key: 'l' },
    ]);
    queries[0]?.answer({ ok: true, bytes: encodeFound(undefined), slot: 1 });
    queries[1]?.answer({ ok: true, bytes: encodeFound('v'), slot: 1 });
    expect(await Promise.all(asked.map(({ reply }) => reply))).toEqual([{ ok: true }, { ok: true, value: 'v' }]);
  });

  it('is answered from memory once its value is known, by a command or a query, until that is cleared', async () => {
    const first = await ask('k', 'v');
    commands[0]?.answer({ ok: true, bytes: encodeValue('v'), slot: 1 });
    const second = await ask('l');
    queries[0]?.answer({ ok: true, bytes: encodeFound('w'), slot: 1 });
    await Promise.all([first.reply, second.reply]);
    expect(await (await ask('k')).reply).toEqual({ ok: true, value: 'v' });
    expect(await (await ask('l', 'other')).reply).toEqual({ ok: true, value: 'w' });
    expect([commands.length, queries.length]).toEqual([1, 1]);
    objection = EXCLUDED;
    expect(await (await ask('k')).reply).toEqual(EXCLUDED);
    objection = undefined;
    expect(await call(users, { type: 'clear' }, LIMIT)).toEqual({ ok: true });
    const { reply } = await ask('k');
    queries[1]?.answer({ ok: true, bytes: encodeFound('v'), slot: 1 });
    expect(await reply).toEqual({ ok: true, value: 'v' });
  });

  it('that is not acceptable goes no further', async () => {
    expect(await (await ask('', 'v')).reply).toMatchObject({ code: 'bad-request', outcome: 'not-applied' });
    expect(await (await ask('k', 'v'.repeat(101))).reply).toMatchObject({ code: 'bad-request' });
    expect(commands).toEqual([]);
  });

  it('that fails is told what is known of it', async () => {
    const [written, read] = [await ask('k', 'v'), await ask('k')];
    const failure: FailureReply = { ok: false, code: 'timeout', outcome: 'unknown', error: 'late' };
    commands[0]?.answer(failure);
    queries[0]?.answer({ ...failure, outcome: 'not-applied' });
    expect(await written.reply).toEqual(failure);
    expect(await read.reply).toEqual({ ...failure, outcome: 'not-applied' });
  });

  it('of a log that is full is answered with the value that the register has for ever', async () => {
    const { reply } = await ask('subject', 'mine');
    commands[0]?.answer(FULL);
    expect(queries.map(({ query, deadline }) => [decodeQuestion(query), deadline])).toEqual([
      [{ type: 'get', key: 'subject' }, 1050],
    ]);
    queries[0]?.answer({ ok: true, bytes: encodeFound('theirs'), slot: 1 });
    expect(await reply).toEqual({ ok: true, value: 'theirs' });
  });

  it('of a log that is full still says unknown when it fails after all', async () => {
    const { reply } = await ask('subject', 'mine');
    commands[0]?.answer(FULL);
    queries[0]?.answer({ ok: false, code: 'timeout', outcome: 'not-applied', error: 'late' });
    expect(await reply).toEqual({ ok: false, code: 'timeout', outcome: 'unknown', error: 'late' });
  });
});

describe('a list', () => {
  it('is what the learner has', async () => {
    const asked: unknown[] = [];
    looked = async (query) => {
      asked.push(decodeQuestion(query));
      return encodePage({ entries: [['k', 'v']], next: 8 });
    };
    expect(await call(users, { type: 'list', after: 7 }, LIMIT)).toEqual({ ok: true, entries: [['k', 'v']], next: 8 });
    expect(asked).toEqual([{ type: 'list', after: 7 }]);
  });

  it('of a learner that does not answer is to be asked for again', async () => {
    looked = () => Promise.reject(new Error('busy'));
    expect(await call(users, { type: 'list', after: 0 }, LIMIT)).toMatchObject({ ok: false, code: 'timeout' });
  });
});

it('the number of registers is asked of the learner', async () => {
  looked = async () => encodeCount(3);
  expect(await face.count?.(500)).toBe(3);
});

it('what is no request is passed over', async () => {
  for (const message of [{ type: 'status' }, { type: 'propose' }, 7]) dispatch(users, message, users);
  await settled();
  expect([commands, queries]).toEqual([[], []]);
});
