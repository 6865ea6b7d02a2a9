/** What a desk does with writes that are too long for the present leader, and for the narrowest member. */

import { beforeEach, expect, it } from '@jest/globals';
import { Desk, type DeskOutput } from '../src/actors/desk.js';
import { Propose } from '../src/actors/mail.js';
import { ANY_ROOM, messageBytesOf, type Room } from '../src/actors/room.js';
import { applied, type Heard, repliedTo, take, textOf } from './support/texts.js';

const NO_END = Number.MAX_SAFE_INTEGER;
/** A value that weighs, with its key of one character, so much. */
const longText = (bytes: number): string => 'v'.repeat(bytes - 1);
const LONG = longText(1000);
const NARROW: Room = { messageBytes: messageBytesOf(999), node: 'b', batchBytes: NO_END };

let desk: Desk;
let room: Room;
let replies: Heard[];
const answer = (reply: Heard): void => void replies.push(reply);

beforeEach(() => {
  room = ANY_ROOM;
  desk = new Desk(
    1,
    4711,
    NO_END,
    () => true,
    () => room,
  );
  desk.applied(applied(7, [], 0), 0);
  replies = [];
});

function batches({ proposer }: DeskOutput): string[] {
  const proposals = proposer.filter((message) => message instanceof Propose);
  return proposals.map(({ batch }) => batch.commands.map(({ payload }) => textOf(payload)[0]).join(''));
}

function tokenOf({ proposer }: DeskOutput): number {
  const [first] = proposer;
  if (first === undefined) throw new Error('nothing is proposed');
  return first.token;
}

const tooLarge = (outcome: string): object => ({
  ok: false,
  code: 'too-large',
  outcome,
  error: expect.stringMatching(
    new RegExp(`message of up to ${messageBytesOf(1000)} bytes, and one to node b has at most ${messageBytesOf(999)}:`),
  ),
});

it('what the leader does not take fails at once and is not proposed; all else is', () => {
  room = NARROW;
  take(desk, 'a', longText(999), 5000, answer);
  take(desk, 'k', LONG, 5000, answer);
  take(desk, 'c', 'short', 5000, answer);
  expect(batches(desk.flush(0))).toEqual(['ac']);
  expect(replies).toEqual([tooLarge('not-applied')]);
  expect(desk.pending).toBe(2);
});

it('is weighed by its UTF-8', () => {
  room = NARROW;
  take(desk, 'é', '€'.repeat(332), 5000, answer);
  take(desk, 'é', `${'€'.repeat(332)}x`, 5000, answer);
  take(desk, 'é', `${'€'.repeat(332)}xx`, 5000, answer);
  expect(batches(desk.flush(0))).toEqual(['éé']);
  expect(replies).toEqual([tooLarge('not-applied')]);
});

it('what an earlier leader was given may have been applied, though the present one does not take it', () => {
  take(desk, 'k', LONG, 5000, answer);
  desk.handled(tokenOf(desk.flush(0)), true);
  room = NARROW;
  desk.flush(1);
  expect(replies).toEqual([]);
  desk.leaderChanged(2, false);
  expect(batches(desk.flush(2))).toEqual([]);
  expect(replies).toEqual([tooLarge('unknown')]);
});

it('so may what was handed to a proposer that has not said yet what it did with it', () => {
  take(desk, 'k', LONG, 5000, answer);
  desk.flush(0);
  room = NARROW;
  desk.leaderChanged(1, false);
  desk.flush(1);
  expect(replies).toEqual([tooLarge('unknown')]);
});

it('what came back from every proposer was certainly not applied', () => {
  take(desk, 'k', LONG, 5000, answer);
  for (const now of [0, 1]) {
    desk.handled(tokenOf(desk.flush(now)), false);
    desk.leaderChanged(now + 1, false);
  }
  room = NARROW;
  desk.flush(3);
  expect(replies).toEqual([tooLarge('not-applied')]);
});

it('what is applied while it waits for a leader that takes it is answered so', () => {
  take(desk, 'k', LONG, 5000, answer);
  const [proposal] = desk.flush(0).proposer;
  const command = proposal instanceof Propose ? proposal.batch.commands[0] : undefined;
  desk.leaderChanged(1, false);
  room = NARROW;
  desk.applied(applied(7, [repliedTo(command, LONG)], 1), 2);
  desk.flush(3);
  expect(replies).toEqual([{ ok: true, value: LONG }]);
});

it('commands are put together only as far as every member takes them; a longer one goes alone', () => {
  // Each command has 64 bytes around it.
  room = { ...ANY_ROOM, batchBytes: 2 * (100 + 64) };
  for (const [key, bytes] of Object.entries({ a: 100, b: 100, c: 100, d: 101, e: 1000, f: 100 }))
    take(desk, key, longText(bytes), 5000, answer);
  expect(batches(desk.flush(0))).toEqual(['ab', 'c', 'd', 'e', 'f']);
});
