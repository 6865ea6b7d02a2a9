/** Members that are asked one after the other. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Reference, startActor, startSystem, stop, stopActor } from '@parliament/otp';
import { openRound, type Round } from '../src/client/round.js';
import type { WatchReply, WatchRequest } from '../src/client/watch-requests.js';
import type { FailureReply } from '../src/client/requests.js';
import { AskError } from '../src/errors.js';

const PATIENCE_MS = 60_000;
const PLACE = { place: { slot: 5, skip: 0 } } as const;
const PAGE = { ok: true, slots: [], next: { slot: 6, skip: 0 } } as const;
const old = (oldest: number): WatchReply => ({ ok: true, oldest });
const failed = (code: FailureReply['code']): FailureReply => ({ ok: false, code, outcome: 'not-applied', error: code });

let system: ReturnType<typeof startSystem>;
/** Who was asked, in order. */
let asked: string[];
let ending: AbortController;

beforeEach(() => {
  system = startSystem();
  asked = [];
  ending = new AbortController();
});
afterEach(() => stop(system));

/** One that answers so, one after the other, and then goes on with the last; undefined is no answer. */
async function member(
  name: string,
  ...replies: readonly (WatchReply | FailureReply | undefined)[]
): Promise<Reference> {
  let count = 0;
  return startActor(system, name, {
    init: () => 0,
    receive(state: number, _request: WatchRequest, context) {
      asked.push(name);
      const reply = replies[Math.min(count, replies.length - 1)];
      count += 1;
      if (reply !== undefined && context.sender !== undefined) context.dispatch(context.sender, reply);
      return state;
    },
  });
}

const over = (members: readonly Reference[], timeoutMs = PATIENCE_MS): Round =>
  openRound(members, timeoutMs, ending.signal);

it('one that answers is asked again, and another one when it is to be left', async () => {
  const round = over([await member('a', PAGE), await member('b', PAGE)]);
  for (let count = 0; count < 2; count++) expect(await round.ask(PLACE)).toEqual(PAGE);
  round.moveOn();
  await round.ask(PLACE);
  round.moveOn();
  await round.ask(PLACE);
  expect(asked).toEqual(['a', 'a', 'b', 'a']);
});

it('one that fails or is gone is left, and comes to its turn again', async () => {
  const gone = await member('gone', PAGE);
  await stopActor(gone);
  const round = over([
    await member('a', failed('overloaded')),
    gone,
    await member('c', PAGE, failed('excluded'), PAGE),
  ]);
  expect(await round.ask(PLACE)).toEqual(PAGE);
  expect(asked).toEqual(['a', 'c']);
  // All of them fail once: then they are asked anew.
  expect(await round.ask(PLACE)).toEqual(PAGE);
  expect(asked).toEqual(['a', 'c', 'c', 'a', 'c']);
});

describe('what lies too far back', () => {
  it('is told by another one, where one remembers it', async () => {
    const round = over([await member('a', old(9)), await member('b', PAGE)]);
    expect(await round.ask(PLACE)).toEqual(PAGE);
  });

  it('is lost when none of them does: from where on it can be told is what the first of them can tell', async () => {
    const round = over([await member('a', old(9)), await member('b', old(7)), await member('c', old(8))]);
    expect(await round.ask(PLACE)).toEqual(old(7));
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('is not lost while one of them is away that may remember it; but then it is not waited for that for ever', async () => {
    const round = over([await member('a', old(9)), await member('b', failed('timeout'), PAGE)]);
    expect(await round.ask(PLACE)).toEqual(PAGE);
    const other = over([await member('c', old(9)), await member('d', failed('timeout'))], 100);
    expect(await other.ask(PLACE)).toEqual(old(9));
  });
});

it('when none has answered for so long, it fails with what the last one said', async () => {
  const round = over([await member('a', failed('overloaded')), await member('b', failed('excluded'))], 100);
  const error = await round.ask(PLACE).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(AskError);
  expect(error).toMatchObject({ code: expect.stringMatching(/^(overloaded|excluded)$/) });
  expect(asked.length).toBeGreaterThan(3);
});

it.each(['bad-request', 'too-large'] as const)('what no other one would take fails at once: %s', async (code) => {
  const round = over([await member('a', failed(code)), await member('b', PAGE)]);
  await expect(round.ask(PLACE)).rejects.toMatchObject({ code });
  expect(asked).toEqual(['a']);
});

it.each([
  ['while it waits for an answer', undefined],
  ['while it pauses', failed('timeout')],
])('it gives up at once when it is ended %s', async (_, reply) => {
  const round = over([await member('a', reply)]);
  const waiting = round.ask(PLACE);
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
  ending.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  await expect(round.ask(PLACE)).rejects.toMatchObject({ code: 'aborted' });
});
