import { beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, type DeskOutput, PENDING_LIMIT } from '../src/actors/desk.js';
import { Applied, AskForMark, Lookup, Propose } from '../src/actors/mail.js';
import type { Command } from '../src/replica/batch.js';
import { applied, bytesOf, ended, type Heard, repliedTo, take, textOf } from './support/texts.js';

const MEMBER = 1;
const LIFE = 4711;
const SESSION = 7;
const NO_END = Number.MAX_SAFE_INTEGER;
const reason = (): string => 'the reason';

let desk: Desk;
let replies: Heard[];
const answer = (reply: Heard): void => void replies.push(reply);

beforeEach(() => {
  desk = new Desk(MEMBER, LIFE, NO_END, () => true);
  desk.applied(applied(SESSION, [], 0), 0);
  replies = [];
});

function proposals(output: DeskOutput): Propose[] {
  return output.proposer.filter((message) => message instanceof Propose);
}

function onlyProposal(output: DeskOutput): Propose {
  const [proposal, ...more] = proposals(output);
  if (proposal === undefined || more.length > 0) throw new Error('not exactly one proposal');
  return proposal;
}

function onlyMark(output: DeskOutput): AskForMark {
  const [mark, ...more] = output.proposer.filter((message) => message instanceof AskForMark);
  if (mark === undefined || more.length > 0) throw new Error('not exactly one question for a mark');
  return mark;
}

function commandsOf(output: DeskOutput): Command[] {
  return proposals(output).flatMap(({ batch }) => batch.commands);
}

function textsOf(output: DeskOutput): string[] {
  return commandsOf(output).map(({ payload }) => textOf(payload));
}

describe('a write', () => {
  it('is proposed once, with its origin, and answered with what the machine replied', () => {
    expect(take(desk, 'k', 'mine', 5000, answer)).toBe(true);
    const { commands } = onlyProposal(desk.flush(0)).batch;
    const origin = { member: MEMBER, life: LIFE, number: expect.any(Number) };
    const place = { session: SESSION, sequence: 1, acknowledged: 0 };
    expect(commands).toEqual([{ ...origin, ...place, payload: bytesOf('kmine') }]);
    expect(proposals(desk.flush(1))).toEqual([]);
    desk.applied(applied(SESSION, [repliedTo(commands[0], 'theirs')], 1), 2);
    expect(replies).toEqual([{ ok: true, value: 'theirs' }]);
    expect(desk.pending).toBe(0);
  });

  it('shares a decree with those that wait with it', () => {
    for (const key of ['x', 'y', 'z']) take(desk, key, 'v', 5000, answer);
    const { batch } = onlyProposal(desk.flush(0));
    expect(batch.commands.map(({ payload }) => textOf(payload))).toEqual(['xv', 'yv', 'zv']);
  });

  it('is tried again after a leader change, and when no answer comes', () => {
    take(desk, 'k', 'v', 60_000, answer);
    const first = onlyProposal(desk.flush(0));
    desk.handled(first.token, true);
    desk.leaderChanged(10, false);
    const second = onlyProposal(desk.flush(10));
    expect(second.batch).toEqual(first.batch);
    desk.handled(second.token, true);
    desk.tick(500, reason);
    expect(proposals(desk.flush(500))).toEqual([]);
    desk.tick(1010, reason);
    expect(onlyProposal(desk.flush(1010)).batch).toEqual(first.batch);
  });

  it('that was handed back by the proposer every time was certainly not applied', () => {
    take(desk, 'k', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, false);
    // Not at once, and not again and again: there is no leader, and every attempt costs.
    desk.tick(25, reason);
    expect(proposals(desk.flush(25))).toEqual([]);
    desk.leaderChanged(30, false);
    desk.handled(onlyProposal(desk.flush(30)).token, false);
    desk.tick(1000, reason);
    expect(replies).toEqual([
      { ok: false, code: 'timeout', outcome: 'not-applied', error: expect.stringContaining('the reason') },
    ]);
  });

  it('that was ever put on its way, or whose fate the proposer took with it, may have been applied', () => {
    take(desk, 'submitted', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    take(desk, 'unheard of', 'v', 1000, answer);
    desk.flush(1);
    take(desk, 'once out, then back', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(2)).token, true);
    desk.leaderChanged(3, false);
    desk.handled(onlyProposal(desk.flush(3)).token, false);
    desk.tick(1000, reason);
    expect(replies.map((reply) => !reply.ok && reply.outcome)).toEqual(['unknown', 'unknown', 'unknown']);
  });
});

describe('a session', () => {
  const fresh = (): Desk => new Desk(MEMBER, LIFE, NO_END, () => true);
  const opening = { opens: [LIFE], expiries: [], commands: [] };

  it('is opened when there is something to write, and writes wait for it: until then they are certainly not applied', () => {
    desk = fresh();
    expect(desk.flush(0)).toEqual({ proposer: [], learner: [] });
    take(desk, 'k', 'v', 5000, answer);
    expect(onlyProposal(desk.flush(1)).batch).toEqual(opening);
    // Asked for again when no answer comes, or there is another leader; it is the same one however often.
    expect(proposals(desk.flush(500))).toEqual([]);
    expect(onlyProposal(desk.flush(1001)).batch).toEqual(opening);
    desk.leaderChanged(1100, false);
    expect(onlyProposal(desk.flush(1100)).batch).toEqual(opening);
    const { commands } = onlyProposal(desk.applied(applied(3, [], 1), 1200)).batch;
    expect(commands).toMatchObject([{ payload: bytesOf('kv'), session: 3, sequence: 1, acknowledged: 0 }]);
  });

  it('that is never opened leaves its writes not applied', () => {
    desk = fresh();
    take(desk, 'k', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    desk.tick(1000, reason);
    expect(replies).toMatchObject([{ ok: false, code: 'timeout', outcome: 'not-applied' }]);
  });

  it('has its commands numbered, and acknowledges what is answered', () => {
    const write = (key: string) => {
      take(desk, key, 'v', 5000, answer);
      return onlyProposal(desk.flush(0)).batch.commands[0];
    };
    const [one, two] = [write('one'), write('two')];
    expect([one, two]).toMatchObject([{ sequence: 1 }, { sequence: 2, acknowledged: 0 }]);
    desk.applied(applied(SESSION, [repliedTo(two, 'v')], 1), 1);
    expect(write('three')).toMatchObject({ sequence: 3, acknowledged: 0 });
    desk.applied(applied(SESSION, [repliedTo(one, 'v')], 2), 2);
    expect(write('four')).toMatchObject({ sequence: 4, acknowledged: 2 });
  });

  it('that has ended is followed by another one, in which all is sent anew that was not answered', () => {
    take(desk, 'k', 'v', 5000, answer);
    const { token, batch } = onlyProposal(desk.flush(0));
    desk.handled(token, true);
    const number = batch.commands[0]?.number ?? 0;
    expect(onlyProposal(desk.applied(ended(SESSION, 5), 10)).batch).toEqual(opening);
    // What a restarted learner finds of the old one is no news.
    expect(proposals(desk.applied(applied(SESSION, [], 5), 12))).toEqual([]);
    const again = onlyProposal(desk.applied(applied(8, [], 6), 13)).batch.commands[0];
    expect(again).toMatchObject({ number, session: 8, sequence: 1, acknowledged: 0 });
  });

  it('that has ended says nothing of what was sent in it: that may have been applied within a snapshot', () => {
    take(desk, 'k', 'v', 5000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    desk.applied(ended(SESSION, 5), 10);
    desk.flush(11);
    desk.tick(5000, reason);
    expect(replies).toMatchObject([{ ok: false, code: 'timeout', outcome: 'unknown' }]);
  });

  it('that has ended leaves a write not applied of which every attempt was handed back', () => {
    take(desk, 'k', 'v', 5000, answer);
    take(desk, 'other', 'v', 5000, answer);
    const { token } = onlyProposal(desk.flush(0));
    desk.applied(ended(SESSION, 5), 10);
    desk.handled(token, false);
    desk.tick(5000, reason);
    expect(replies).toMatchObject([{ outcome: 'not-applied' }, { outcome: 'not-applied' }]);
  });

  it('that nobody uses is ended by whoever leads', () => {
    const expiries = [{ session: 3, usedAt: 17 }];
    expect(onlyProposal(desk.expire(expiries)).batch).toEqual({ opens: [], expiries, commands: [] });
  });

  it('is not opened in a log with an end, where it would take the place of a decree', () => {
    desk = new Desk(MEMBER, LIFE, 1, () => true);
    take(desk, 'k', 'v', 5000, answer);
    expect(onlyProposal(desk.flush(0)).batch).toMatchObject({ opens: [], commands: [{ session: 0, sequence: 0 }] });
  });
});

describe('a read', () => {
  it('waits for a mark, then for the learner to be there', () => {
    take(desk, 'k', undefined, 5000, answer);
    take(desk, 'l', undefined, 5000, answer);
    const { token } = onlyMark(desk.flush(0));
    const { learner } = desk.reads.marked(token, 17, 0);
    expect(learner).toEqual([new Lookup(token, [bytesOf('k'), bytesOf('l')], 17, 5000)]);
    desk.reads.seen(token, [bytesOf('value'), bytesOf('')], 17, 0);
    expect(replies).toEqual([
      { ok: true, value: 'value' },
      { ok: true, value: '' },
    ]);
  });

  it('asks for another mark when the first question got lost, and ignores the late answer', () => {
    take(desk, 'k', undefined, 5000, answer);
    const first = onlyMark(desk.flush(0));
    desk.tick(1000, reason);
    const second = onlyMark(desk.flush(1000));
    expect(desk.reads.marked(first.token, 1, 1001).learner).toEqual([]);
    desk.reads.marked(second.token, 2, 1002);
    desk.reads.seen(first.token, [bytesOf('stale')], 2, 1003);
    desk.reads.seen(second.token, [bytesOf('fresh')], 2, 1003);
    expect(replies).toEqual([{ ok: true, value: 'fresh' }]);
  });

  it('waits with its mark for a learner that is behind, which is asked again by the same token once a second', () => {
    take(desk, 'k', undefined, 60_000, answer);
    const { token } = onlyMark(desk.flush(0));
    const look = new Lookup(token, [bytesOf('k')], 17, 60_000);
    expect(desk.reads.marked(token, 17, 10).learner).toEqual([look]);
    // Another mark would only be further ahead.
    expect(desk.reads.marked(token, 18, 20).learner).toEqual([]);
    desk.tick(1009, reason);
    expect(desk.flush(1009)).toEqual({ proposer: [], learner: [] });
    desk.tick(1010, reason);
    expect(desk.flush(1010)).toEqual({ proposer: [], learner: [look] });
    desk.leaderChanged(1500, false);
    expect(desk.flush(1500)).toEqual({ proposer: [], learner: [] });
    desk.reads.seen(token, [bytesOf('v')], 17, 50_000);
    expect(replies).toEqual([{ ok: true, value: 'v' }]);
    expect(desk.flush(9000)).toEqual({ proposer: [], learner: [] });
  });

  it('gives a slow leader as long as marks take, and up to eight seconds', () => {
    take(desk, 'k', undefined, 600_000, answer);
    desk.flush(0);
    const asked: number[] = [];
    for (let now = 0; now <= 40_000; now += 500) {
      desk.tick(now, reason);
      if (desk.flush(now).proposer.length > 0) asked.push(now);
    }
    expect(asked).toEqual([1000, 3000, 7000, 15_000, 23_000, 31_000, 39_000]);
    take(desk, 'l', undefined, 600_000, answer);
    const { token } = onlyMark(desk.flush(40_000));
    desk.reads.marked(token, 1, 40_900);
    // One took 900 ms: what has waited for twice as long is asked for again.
    desk.tick(40_900, reason);
    expect(desk.flush(40_900).proposer).toHaveLength(1);
  });

  it.each([
    { tookMs: 3000, pauseMs: 6000 },
    { tookMs: 4001, pauseMs: 8000 },
    { tookMs: 499, pauseMs: 1000 },
  ])('asks again after twice as long as the last mark took, $tookMs ms', ({ tookMs, pauseMs }) => {
    take(desk, 'k', undefined, 600_000, answer);
    const { token } = onlyMark(desk.flush(0));
    desk.reads.marked(token, 1, tookMs);
    desk.reads.seen(token, [bytesOf('v')], 17, 50_000);
    take(desk, 'l', undefined, 600_000, answer);
    const at = 10_000;
    onlyMark(desk.flush(at));
    desk.tick(at + pauseMs - 1, reason);
    expect(desk.flush(at + pauseMs - 1).proposer).toEqual([]);
    desk.tick(at + pauseMs, reason);
    onlyMark(desk.flush(at + pauseMs));
    // A new leader begins with the shortest pause.
    desk.leaderChanged(100_000, false);
    onlyMark(desk.flush(100_000));
    desk.tick(100_999, reason);
    expect(desk.flush(100_999).proposer).toEqual([]);
    desk.tick(101_000, reason);
    onlyMark(desk.flush(101_000));
  });

  it('is not served by a mark that was asked for in an earlier life of this member', () => {
    const ask = (life: number): AskForMark => {
      const other = new Desk(MEMBER, life, NO_END, () => true);
      take(other, 'k', undefined, 5000, answer);
      return onlyMark(other.flush(0));
    };
    take(desk, 'k', undefined, 5000, answer);
    desk.flush(0);
    // The same question, asked in the same order: its late answer would promise less than is decided by now.
    expect(desk.reads.marked(ask(2 ** 40).token, 1, 0).learner).toEqual([]);
  });

  it('that arrived later never shares a mark that was asked for before', () => {
    take(desk, 'k', undefined, 5000, answer);
    const first = onlyMark(desk.flush(0));
    take(desk, 'l', undefined, 5000, answer);
    expect(desk.reads.marked(first.token, 3, 0).learner[0]?.queries).toEqual([bytesOf('k')]);
    expect(onlyMark(desk.flush(1)).token).not.toBe(first.token);
  });

  it('fails at its deadline', () => {
    take(desk, 'k', undefined, 100, answer);
    desk.flush(0);
    desk.tick(100, reason);
    expect(replies).toEqual([expect.objectContaining({ ok: false, code: 'timeout', outcome: 'not-applied' })]);
    expect(desk.pending).toBe(0);
  });
});

describe('bounds', () => {
  it('refuses what it has no room for, and says that it was not applied', () => {
    for (let index = 0; index < PENDING_LIMIT; index++) take(desk, `k${index}`, 'v', 5000, answer);
    expect(take(desk, 'one more', 'v', 5000, answer)).toBe(false);
    expect(replies).toEqual([expect.objectContaining({ code: 'overloaded', outcome: 'not-applied' })]);
  });

  it('cuts what waits into decrees of bounded size', () => {
    for (let index = 0; index < 8; index++) take(desk, `k${index}`, 'v'.repeat(100_000), 5000, answer);
    const sizes = proposals(desk.flush(0)).map(({ batch }) => batch.commands.length);
    expect(sizes).toEqual([3, 3, 2]);
  });

  it('keeps few bytes on their way to another node, and sends on as answers come', () => {
    for (let index = 0; index < 100; index++) take(desk, `k${index}`, 'v'.repeat(200_000), 5000, answer);
    const [first, ...others] = commandsOf(desk.flush(0));
    expect(others).toHaveLength(4);
    expect(commandsOf(desk.flush(1))).toEqual([]);
    const more = commandsOf(desk.applied(applied(SESSION, [repliedTo(first, 'v')], 1), 2));
    expect(more).toHaveLength(1);
  });

  it.each([
    { where: 'to another node no more', isOwn: false, most: 5 },
    { where: 'to a leader beside it, that keeps them in memory only, many more', isOwn: true, most: 80 },
  ])('sends as much as is answered soon: $where', ({ isOwn, most }) => {
    for (let index = 0; index < 300; index++) take(desk, `k${index}`, 'v'.repeat(200_000), 5000, answer);
    desk.leaderChanged(0, isOwn);
    let out = commandsOf(desk.flush(0));
    expect(out).toHaveLength(5);
    const counts: number[] = [];
    for (let now = 100; now <= 500; now += 100) {
      const results = out.map((command) => repliedTo(command, 'v'));
      out = commandsOf(desk.applied(applied(SESSION, results, now), now));
      counts.push(out.length);
    }
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(most);
    expect(Math.max(...counts)).toBeLessThan(most + 5);
  });

  it('sends half as much each time that an answer is overdue: a slow leader decides little but the same otherwise', () => {
    for (let index = 0; index < 300; index++) take(desk, `k${index}`, 'v'.repeat(10_000), 100_000, answer);
    desk.leaderChanged(0, true);
    let sent = commandsOf(desk.flush(0)).length;
    const counts = [sent];
    for (let now = 100; now <= 13_000; now += 100) {
      desk.tick(now, reason);
      sent = commandsOf(desk.flush(now)).length;
      if (sent > 0) counts.push(sent);
    }
    expect(counts).toEqual([104, 52, 26, 13, 6, 3, 1, 1]);
  });

  it('sends a write that is larger than that, alone', () => {
    for (const key of ['x', 'y']) take(desk, key, 'v'.repeat(2_000_000), 5000, answer);
    expect(textsOf(desk.flush(0)).map(([first]) => first)).toEqual(['x']);
    expect(proposals(desk.flush(1))).toEqual([]);
  });

  it('gives a long write the time that it takes on a line, before it tries it again', () => {
    take(desk, 'k', 'v'.repeat(800_000), 60_000, answer);
    expect(proposals(desk.flush(0))).toHaveLength(1);
    const triedAt: number[] = [];
    for (let now = 100; now <= 3000; now += 100) {
      desk.tick(now, reason);
      if (proposals(desk.flush(now)).length > 0) triedAt.push(now);
    }
    expect(triedAt).toEqual([2600]);
  });

  it('knows how long that is: a millisecond for each 500 bytes, of the key, too', () => {
    take(desk, 'k', 'v'.repeat(250_499), 60_000, answer);
    desk.flush(0);
    desk.tick(1500, reason);
    expect(proposals(desk.flush(1500))).toEqual([]);
    desk.tick(1501, reason);
    expect(proposals(desk.flush(1501))).toHaveLength(1);
  });

  it('tries again later and later while no answer comes, and no sooner than answers take', () => {
    take(desk, 'k', 'v', 600_000, answer);
    const [command] = commandsOf(desk.flush(0));
    const triedAt: number[] = [];
    for (let now = 0; now < 10_000; now += 100) {
      desk.tick(now, reason);
      if (proposals(desk.flush(now)).length > 0) triedAt.push(now);
    }
    expect(triedAt).toEqual([1000, 2000, 4000, 6000, 8000]);
    desk.applied(applied(SESSION, [repliedTo(command, 'v')], 1), 12_000);
    take(desk, 'k2', 'v', 600_000, answer);
    desk.flush(20_000);
    desk.tick(21_500, reason);
    expect(proposals(desk.flush(21_500))).toEqual([]);
    desk.tick(23_000, reason);
    expect(proposals(desk.flush(23_000))).toHaveLength(1);
  });

  it('leaves nobody waiting when it closes', () => {
    take(desk, 'w', 'v', 5000, answer);
    take(desk, 'r', undefined, 5000, answer);
    desk.flush(0);
    take(desk, 'new', undefined, 5000, answer);
    desk.failAll('not-running', 'stopped');
    expect(replies.map((reply) => !reply.ok && reply.outcome)).toEqual(['unknown', 'not-applied', 'not-applied']);
    expect(desk.pending).toBe(0);
  });
});

it('a session that has ended: only commands that may be applied twice are sent in the next one', () => {
  desk = new Desk(MEMBER, LIFE, NO_END, (command) => Buffer.compare(command, bytesOf('safe!')) === 0);
  desk.applied(applied(SESSION, [], 0), 0);
  take(desk, 'safe', '!', 5000, answer);
  take(desk, 'other', '!', 5000, answer);
  desk.handled(onlyProposal(desk.flush(0)).token, true);
  desk.applied(ended(SESSION, 5), 10);
  expect(replies).toMatchObject([{ ok: false, code: 'session-expired', outcome: 'unknown' }]);
  expect(commandsOf(desk.applied(applied(SESSION + 1, [], 6), 11))).toMatchObject([{ payload: bytesOf('safe!') }]);
});

describe('a session that has ended, of a machine to which it is not all the same how often a command is applied', () => {
  beforeEach(() => {
    desk = new Desk(MEMBER, LIFE, NO_END, () => false);
    desk.applied(applied(SESSION, [], 0), 0);
  });

  it('fails at once what may have been applied in it, and sends in the next one what was never on its way', () => {
    take(desk, 'sent', '!', 5000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    take(desk, 'handed back', '!', 5000, answer);
    desk.handled(onlyProposal(desk.flush(1)).token, false);
    take(desk, 'new', '!', 5000, answer);
    expect(onlyProposal(desk.applied(ended(SESSION, 5), 10)).batch.opens).toEqual([LIFE]);
    expect(replies).toEqual([
      {
        ok: false,
        code: 'session-expired',
        outcome: 'unknown',
        error: expect.stringContaining('see what its machine has'),
      },
    ]);
    expect(desk.pending).toBe(2);
    const sent = commandsOf(desk.applied(applied(SESSION + 1, [], 6), 11));
    expect(sent).toMatchObject([
      { payload: bytesOf('handed back!'), session: SESSION + 1, sequence: 1 },
      { payload: bytesOf('new!'), session: SESSION + 1, sequence: 2 },
    ]);
  });

  it('still answers what was applied before its end, when the learner tells both at a time', () => {
    take(desk, 'k', '!', 5000, answer);
    const [command] = commandsOf(desk.flush(0));
    desk.applied(new Applied(undefined, SESSION, [repliedTo(command, 'done')], 5), 10);
    expect(replies).toEqual([{ ok: true, value: 'done' }]);
  });

  it('has not ended for a learner that is behind, and has not come to its opening', () => {
    take(desk, 'k', '!', 5000, answer);
    desk.flush(0);
    desk.applied(new Applied(undefined, SESSION - 1, [], 1), 10);
    expect(replies).toEqual([]);
    expect(desk.pending).toBe(1);
  });

  it('has nothing to do with the commands of the next one that have its numbers', () => {
    take(desk, 'k', '!', 5000, answer);
    const [command] = commandsOf(desk.flush(0));
    desk.applied(ended(SESSION, 5), 10);
    desk.applied(applied(SESSION + 1, [], 6), 11);
    take(desk, 'l', '!', 5000, answer);
    desk.flush(12);
    desk.applied(applied(SESSION + 1, [repliedTo(command, 'of the old one')], 7), 13);
    expect(replies).toMatchObject([{ code: 'session-expired' }]);
    expect(desk.pending).toBe(1);
  });
});

describe('a log with an end', () => {
  it('answers its commands by the numbers of their requests', () => {
    desk = new Desk(MEMBER, LIFE, 2, () => true);
    take(desk, 'subject', 'mine', 5000, answer);
    const [command] = commandsOf(desk.flush(0));
    desk.applied(applied(0, [repliedTo(command, 'theirs')], 1), 1);
    expect(replies).toEqual([{ ok: true, value: 'theirs' }]);
  });

  it('says of commands that it is full: not applied, unless they were on their way', () => {
    desk = new Desk(MEMBER, LIFE, 1, () => true);
    take(desk, 'sent', 'v', 5000, answer);
    desk.flush(0);
    take(desk, 'not sent', 'v', 5000, answer);
    desk.applied(applied(0, [], 1), 1);
    const error = expect.stringContaining('no slot is left');
    expect(replies).toEqual([
      { ok: false, code: 'log-full', outcome: 'unknown', error },
      { ok: false, code: 'log-full', outcome: 'not-applied', error },
    ]);
    expect(desk.pending).toBe(0);
  });

  it('answers queries from the learner once it is full, also those that are asked because it is', () => {
    desk = new Desk(MEMBER, LIFE, 1, () => true);
    const instead = (): void => void take(desk, 'subject', undefined, 5000, answer);
    take(desk, 'subject', 'mine', 5000, instead);
    desk.flush(0);
    const [look] = desk.applied(applied(0, [], 1), 1).learner;
    expect(look).toEqual(new Lookup(look?.token ?? 0, [bytesOf('subject')], 1, 5000));
    desk.reads.seen(look?.token ?? 0, [bytesOf('theirs')], 1, 2);
    expect(replies).toEqual([{ ok: true, value: 'theirs' }]);
  });
});
