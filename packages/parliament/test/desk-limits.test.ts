import { beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, type DeskOutput, PENDING_LIMIT } from '../src/actors/desk.js';
import { AskForMark, Lookup, Propose } from '../src/actors/mail.js';
import type { QueryAnswer } from '../src/host/hosted.js';
import type { Command } from '../src/replica/batch.js';
import { applied, bytesOf, ended, type Heard, repliedTo, take } from './support/texts.js';

const SESSION = 7;
const NO_END = Number.MAX_SAFE_INTEGER;
const MIB = 1024 * 1024;
const reason = (): string => 'the reason';

let desk: Desk;
let replies: Heard[];
const answer = (reply: Heard): void => void replies.push(reply);

beforeEach(() => {
  desk = openDesk();
  replies = [];
});

function openDesk(lastSlot = NO_END): Desk {
  const opened = new Desk(1, 4711, lastSlot, () => true);
  opened.applied(applied(SESSION, [], 0), 0);
  return opened;
}

const proposals = (output: DeskOutput): Propose[] => output.proposer.filter((each) => each instanceof Propose);
const marks = (output: DeskOutput): AskForMark[] => output.proposer.filter((each) => each instanceof AskForMark);

/** Proposes what waits; gives the first command. */
function send(now: number): { readonly token: number; readonly command: Command | undefined } {
  const [proposal] = proposals(desk.flush(now));
  return { token: proposal?.token ?? 0, command: proposal?.batch.commands[0] };
}

/** A value of the size that, with its key of one character, weighs a MiB. */
const LARGE = 'v'.repeat(MIB - 1);

it('queries have room for so many bytes, whatever waits of commands, and leave it when they are answered, or fail', () => {
  const query = new Uint8Array(MIB);
  let codes: string[] = [];
  const note: QueryAnswer = (reply) => void codes.push(reply.ok ? 'ok' : reply.code);
  while (take(desk, 'k', LARGE, 5000, answer)) expect(desk.pending).toBeLessThanOrEqual(64);
  for (let round = 0; round < 4; round++) {
    codes = [];
    for (let count = 0; count < 64; count++) expect(desk.ask(query, 100, note)).toBe(true);
    expect(desk.ask(query, 100, note)).toBe(false);
    expect(codes).toEqual(['overloaded']);
    const token = marks(desk.flush(0))[0]?.token ?? 0;
    const looks = desk.reads.marked(token, 1, 0).learner;
    if (round % 2 === 0) for (const look of looks) desk.reads.seen(look.token, look.queries, 1, 0);
    else desk.tick(100, reason);
    expect(codes.slice(1)).toEqual(Array.from({ length: 64 }, () => (round % 2 === 0 ? 'ok' : 'timeout')));
  }
});

describe('what is answered leaves its room to others', () => {
  it('reads', () => {
    for (let round = 0; round <= PENDING_LIMIT; round++) {
      expect(take(desk, 'k', undefined, 5000, answer)).toBe(true);
      const token = marks(desk.flush(0))[0]?.token ?? 0;
      desk.reads.marked(token, 1, 0);
      desk.reads.seen(token, [bytesOf('')], 1, 0);
      expect(desk.pending).toBe(0);
    }
  });

  it('reads that get no answer, whether they have asked for a mark or not', () => {
    take(desk, 'asked', undefined, 100, answer);
    desk.flush(0);
    take(desk, 'not yet', undefined, 100, answer);
    desk.tick(100, reason);
    expect(replies).toHaveLength(2);
    expect(desk.pending).toBe(0);
  });

  it('writes, in number and in bytes', () => {
    for (let round = 0; round < 130; round++) {
      expect(take(desk, 'k', LARGE, 5000, answer)).toBe(true);
      const { command } = send(0);
      // Half of them get no answer.
      if (round % 2 === 0) desk.applied(applied(SESSION, [repliedTo(command, 'v')], 1), 1);
      else desk.tick(5000, reason);
      expect(desk.pending).toBe(0);
    }
  });

  it('all that waits when everything fails', () => {
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 64; count++) expect(take(desk, 'k', LARGE, 5000, answer)).toBe(true);
      take(desk, 'r', undefined, 5000, answer);
      expect(desk.pending).toBe(65);
      desk.failAll('not-running', 'stopped');
      expect(desk.pending).toBe(0);
    }
    expect(replies).toHaveLength(3 * 65);
  });

  it('writes that find the log full', () => {
    desk = openDesk(1);
    for (let round = 0; round < 70; round++) {
      take(desk, 'k', LARGE, 5000, answer);
      desk.applied(applied(0, [], 1), 1);
      expect(desk.pending).toBe(0);
    }
    expect(replies).toHaveLength(70);
  });
});

describe('the limit', () => {
  it('of requests holds for reads and writes together, and takes the last that fits', () => {
    for (let count = 1; count < PENDING_LIMIT; count++)
      take(desk, `${count}`, count % 2 ? 'v' : undefined, 5000, answer);
    expect(take(desk, 'last', undefined, 5000, answer)).toBe(true);
    expect(replies).toEqual([]);
    expect(take(desk, 'read', undefined, 5000, answer)).toBe(false);
    expect(take(desk, 'write', 'v', 5000, answer)).toBe(false);
    const refusal = { ok: false, code: 'overloaded' };
    expect(replies).toMatchObject([refusal, refusal]);
    expect(desk.pending).toBe(PENDING_LIMIT);
  });

  it('of bytes is 64 MiB, and reads are none', () => {
    for (let count = 0; count < 64; count++) expect(take(desk, 'k', LARGE, 5000, answer)).toBe(true);
    expect(take(desk, 'k', '', 5000, answer)).toBe(false);
    expect(replies).toMatchObject([{ code: 'overloaded', outcome: 'not-applied' }]);
    expect(take(desk, 'k', undefined, 5000, answer)).toBe(true);
  });

  it('of a decree is 256 KiB: the command that reaches it is its last', () => {
    const half = 'v'.repeat(128 * 1024 - 1);
    for (const value of [half, half, half, half.slice(1), 'v', 'v']) take(desk, 'k', value, 5000, answer);
    expect(proposals(desk.flush(0)).map(({ batch }) => batch.commands.length)).toEqual([2, 3, 1]);
  });
});

describe('what is known of an attempt', () => {
  it('that the proposer hands back late is that it went nowhere', () => {
    take(desk, 'k', 'v', 4000, answer);
    const { token } = send(0);
    desk.tick(2000, reason);
    desk.handled(token, false);
    desk.tick(4000, reason);
    expect(replies).toMatchObject([{ code: 'timeout', outcome: 'not-applied' }]);
  });

  it('that is handed back after its account was closed is nothing', () => {
    take(desk, 'k', 'v', 4000, answer);
    const { token } = send(0);
    desk.tick(2001, reason);
    desk.handled(token, false);
    desk.tick(4000, reason);
    expect(replies).toMatchObject([{ code: 'timeout', outcome: 'unknown' }]);
  });

  it('that is handed back twice, or was on its way already, counts once', () => {
    take(desk, 'k', 'v', 4000, answer);
    const first = send(0);
    desk.handled(first.token, true);
    desk.handled(first.token, false);
    desk.leaderChanged(1, false);
    const second = send(1);
    desk.handled(second.token, false);
    desk.handled(second.token, false);
    desk.tick(4000, reason);
    expect(replies).toMatchObject([{ code: 'timeout', outcome: 'unknown' }]);
  });

  it('is all that is told of a write whose command is not its own', () => {
    take(desk, 'k', 'v', 4000, answer);
    const { command } = send(0);
    const { session, sequence, reply, slot } = repliedTo(command, 'other');
    desk.applied(applied(SESSION, [{ session, sequence: sequence + 1000, reply, slot }], 1), 1);
    desk.applied(applied(SESSION, [{ session: session + 1, sequence, reply, slot }], 1), 1);
    expect(replies).toEqual([]);
    expect(take(desk, 'k', undefined, 4000, answer)).toBe(true);
  });
});

describe('a request', () => {
  it('fails at its deadline, and not before', () => {
    take(desk, 'k', 'v', 100, answer);
    take(desk, 'l', undefined, 100, answer);
    desk.flush(0);
    take(desk, 'm', undefined, 100, answer);
    desk.tick(99, reason);
    expect(replies).toEqual([]);
    desk.tick(100, reason);
    expect(replies).toHaveLength(3);
  });

  it('that waits for a mark asks again when there is another leader, or after a second; not before', () => {
    take(desk, 'k', undefined, 60_000, answer);
    expect(marks(desk.flush(0))).toHaveLength(1);
    desk.tick(999, reason);
    expect(marks(desk.flush(999))).toEqual([]);
    desk.tick(1000, reason);
    expect(marks(desk.flush(1000))).toHaveLength(1);
    // However short a time after it was asked that is.
    desk.leaderChanged(1000, false);
    expect(marks(desk.flush(1000))).toHaveLength(1);
  });

  it('whose deadline has passed takes no other one of its round with it, nor its mark', () => {
    take(desk, 'short', undefined, 100, answer);
    take(desk, 'long', undefined, 5000, answer);
    const { token } = marks(desk.flush(0))[0] ?? { token: 0 };
    desk.tick(100, reason);
    expect(replies).toHaveLength(1);
    expect(desk.flush(101)).toEqual({ proposer: [], learner: [] });
    expect(desk.reads.marked(token, 3, 102).learner).toEqual([
      new Lookup(token, [bytesOf('short'), bytesOf('long')], 3, 5000),
    ]);
    desk.reads.seen(token, [bytesOf('u'), bytesOf('v')], 3, 102);
    expect(replies.slice(1)).toEqual([{ ok: true, value: 'v' }]);
    expect(desk.pending).toBe(0);
  });

  it('that reads is handed to the learner at once when its log is full, and not before', () => {
    desk = openDesk(2);
    take(desk, 'k', undefined, 5000, answer);
    expect(desk.applied(applied(0, [], 1), 1)).toEqual({ proposer: [], learner: [] });
    expect(desk.applied(applied(0, [], 2), 2).learner).toHaveLength(1);
  });

  it('of a log that is full is looked up once, and again when the learner does not answer', () => {
    desk = openDesk(1);
    desk.applied(applied(0, [], 1), 0);
    take(desk, 'k', undefined, 60_000, answer);
    expect(desk.flush(1).learner).toHaveLength(1);
    expect(desk.flush(2)).toEqual({ proposer: [], learner: [] });
    desk.tick(1001, reason);
    const [look] = desk.flush(1001).learner;
    expect(look).toEqual(new Lookup(look?.token ?? 0, [bytesOf('k')], 1, 60_000));
  });
});

describe('a session', () => {
  it('that has ended does not come back, and another one’s end does not end the present one', () => {
    take(desk, 'k', 'v', 5000, answer);
    send(0);
    desk.applied(ended(SESSION - 1, 5), 10);
    expect(proposals(desk.flush(11))).toEqual([]);
    expect(proposals(desk.applied(ended(SESSION, 5), 12))[0]?.batch.opens).toEqual([4711]);
    desk.applied(applied(SESSION, [], 5), 13);
    expect(proposals(desk.flush(2000))[0]?.batch.opens).toEqual([4711]);
  });

  it('is not exchanged for another one while it is there', () => {
    desk.applied(applied(SESSION - 1, [], 1), 0);
    take(desk, 'k', 'v', 5000, answer);
    expect(proposals(desk.flush(0))[0]?.batch.commands[0]?.session).toBe(SESSION);
  });

  it('is asked for once a second, and not for reads', () => {
    desk = new Desk(1, 4711, NO_END, () => true);
    take(desk, 'r', undefined, 60_000, answer);
    expect(proposals(desk.flush(0))).toEqual([]);
    take(desk, 'k', 'v', 60_000, answer);
    expect(proposals(desk.flush(1))).toHaveLength(1);
    expect(proposals(desk.flush(1000))).toHaveLength(0);
    expect(proposals(desk.flush(1001))).toHaveLength(1);
  });
});

it('every question and every attempt has a number of its own', () => {
  const numbers: number[] = [];
  for (let round = 0; round < 5; round++) {
    take(desk, `w${round}`, 'v', 60_000, answer);
    take(desk, `r${round}`, undefined, 60_000, answer);
    for (const { token } of desk.flush(0).proposer) numbers.push(token);
    for (const { token } of desk.expire([]).proposer) numbers.push(token);
  }
  expect(numbers).toHaveLength(15);
  expect(new Set(numbers).size).toBe(15);
  expect(Math.min(...numbers)).toBeGreaterThan(4711);
});

it('decrees that leave together, and those of another attempt, have numbers of their own', () => {
  for (const key of ['x', 'y']) take(desk, key, 'v'.repeat(300_000), 60_000, answer);
  const tokens = proposals(desk.flush(0)).map(({ token }) => token);
  desk.leaderChanged(1, false);
  tokens.push(...proposals(desk.flush(1)).map(({ token }) => token));
  expect(tokens).toHaveLength(4);
  expect(new Set(tokens).size).toBe(4);
});
