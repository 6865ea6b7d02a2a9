/** How many bytes a desk has on their way to the leader, without an answer. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, type DeskOutput } from '../src/actors/desk.js';
import { Propose } from '../src/actors/mail.js';
import type { Command } from '../src/replica/batch.js';
import * as texts from './support/texts.js';

const MIB = 1024 * 1024;
const reason = (): string => 'the reason';

let desk: Desk;

beforeEach(() => {
  desk = new Desk(1, 4711, Number.MAX_SAFE_INTEGER, () => true);
  desk.applied(texts.applied(7, [], 0), 0);
});

const commandsOf = ({ proposer }: DeskOutput) =>
  proposer.flatMap((each) => (each instanceof Propose ? each.batch.commands : []));
const keysOf = (output: DeskOutput): string[] =>
  commandsOf(output).map(({ payload }) => texts.textOf(payload.subarray(0, 1)));
/** A write that weighs so much with its key, which is one character. */
const take = (key: string, weight: number): boolean => texts.take(desk, key, 'v'.repeat(weight - 1), 600_000, () => {});

function applied(commands: readonly Command[], now: number): DeskOutput {
  const results = commands.map((command) => texts.repliedTo(command, 'v'));
  return desk.applied(texts.applied(7, results, 1), now);
}

describe('the window', () => {
  it('is a MiB at first, and takes the last that fits', () => {
    take('a', MIB - 1);
    for (const key of ['b', 'c']) take(key, 1);
    expect(keysOf(desk.flush(0))).toEqual(['a', 'b']);
  });

  it('is sixteen of them at most for a leader beside it, and a MiB again after the next change', () => {
    desk.leaderChanged(0, true);
    for (let now = 1; now <= 20; now++) {
      take('k', MIB);
      applied(commandsOf(desk.flush(now)), now);
    }
    for (let count = 0; count < 16; count++) take(String.fromCharCode(97 + count), MIB);
    take('z', 1);
    expect(keysOf(desk.flush(30)).join('')).toBe('abcdefghijklmnop');
    desk.leaderChanged(31, true);
    expect(keysOf(desk.flush(31))).toEqual(['a']);
  });

  it('is 16 KiB at least, however often answers were overdue', () => {
    for (const key of ['a', 'b']) take(key, 8192);
    take('c', 1);
    desk.flush(0);
    for (let now = 100_000; now < 599_000; now += 20_000) {
      desk.tick(now, reason);
      desk.flush(now);
    }
    desk.tick(599_500, reason);
    expect(keysOf(desk.flush(599_500))).toEqual(['a', 'b']);
  });

  it.each([
    { answeredAt: 500, sent: ['b', 'c'] },
    { answeredAt: 501, sent: ['b'] },
  ])('grows by what is answered within half a second: $answeredAt ms', ({ answeredAt, sent }) => {
    desk.leaderChanged(0, true);
    take('a', MIB);
    const first = commandsOf(desk.flush(0));
    take('b', MIB);
    take('c', MIB);
    expect(keysOf(applied(first, answeredAt))).toEqual(sent);
  });

  it('grows by what the present leader answers soon, whatever the one before was like', () => {
    take('a', MIB);
    const first = commandsOf(desk.flush(0));
    desk.leaderChanged(5000, true);
    desk.flush(5000);
    take('b', MIB);
    take('c', MIB);
    expect(keysOf(applied(first, 5100))).toEqual(['b', 'c']);
  });
});
