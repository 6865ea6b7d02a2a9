import { beforeEach, describe, expect, it } from '@jest/globals';
import { Desk, type DeskOutput, PENDING_LIMIT } from '../src/actors/desk.js';
import { Applied, AskForMark, Lookup, Propose } from '../src/actors/mail.js';
import type { AskReply, FailureReply } from '../src/client/requests.js';

const MEMBER = 1;
const LIFE = 4711;
const SESSION = 7;
const NO_END = Number.MAX_SAFE_INTEGER;
const reason = (): string => 'the reason';

let desk: Desk;
let replies: (AskReply | FailureReply)[];
const answer = (reply: AskReply | FailureReply): void => void replies.push(reply);

beforeEach(() => {
  desk = new Desk(MEMBER, LIFE, NO_END);
  desk.applied(new Applied(SESSION, [], 0), 0);
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

function numbersOf(output: DeskOutput): number[] {
  return proposals(output).flatMap(({ batch }) => batch.commands.map(({ number }) => number));
}

describe('a write', () => {
  it('is proposed once, with its origin, and answered with the value that its register got', () => {
    expect(desk.take('k', 'mine', 5000, answer)).toBe(true);
    const { commands } = onlyProposal(desk.flush(0)).batch;
    const origin = { member: MEMBER, life: LIFE, number: expect.any(Number) };
    const place = { session: SESSION, sequence: 1, acknowledged: 0 };
    expect(commands).toEqual([{ ...origin, ...place, key: 'k', value: 'mine' }]);
    expect(proposals(desk.flush(1))).toEqual([]);
    desk.applied(new Applied(undefined, [{ number: commands[0]?.number ?? 0, value: 'theirs' }], 1), 2);
    expect(replies).toEqual([{ ok: true, value: 'theirs' }]);
    expect(desk.pending).toBe(0);
  });

  it('shares a decree with those that wait with it', () => {
    for (const key of ['x', 'y', 'z']) desk.take(key, 'v', 5000, answer);
    expect(onlyProposal(desk.flush(0)).batch.commands.map(({ key }) => key)).toEqual(['x', 'y', 'z']);
  });

  it('is tried again after a leader change, and when no answer comes', () => {
    desk.take('k', 'v', 60_000, answer);
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
    desk.take('k', 'v', 1000, answer);
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
    desk.take('submitted', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    desk.take('unheard of', 'v', 1000, answer);
    desk.flush(1);
    desk.take('once out, then back', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(2)).token, true);
    desk.leaderChanged(3, false);
    desk.handled(onlyProposal(desk.flush(3)).token, false);
    desk.tick(1000, reason);
    expect(replies.map((reply) => !reply.ok && reply.outcome)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('whose value is known already is answered from memory, until that is cleared', () => {
    desk.take('k', 'first', 1000, answer);
    const number = onlyProposal(desk.flush(0)).batch.commands[0]?.number ?? 0;
    desk.applied(new Applied(undefined, [{ number, value: 'first' }], 1), 1);
    expect(desk.take('k', 'second', 1000, answer)).toBe(false);
    expect(replies[1]).toEqual({ ok: true, value: 'first' });
    desk.clear();
    expect(desk.take('k', 'second', 1000, answer)).toBe(true);
  });
});

describe('a session', () => {
  const fresh = (): Desk => new Desk(MEMBER, LIFE, NO_END);
  const opening = { opens: [LIFE], expiries: [], commands: [] };

  it('is opened when there is something to write, and writes wait for it: until then they are certainly not applied', () => {
    desk = fresh();
    expect(desk.flush(0)).toEqual({ proposer: [], learner: [] });
    desk.take('k', 'v', 5000, answer);
    expect(onlyProposal(desk.flush(1)).batch).toEqual(opening);
    // Asked for again when no answer comes, or there is another leader; it is the same one however often.
    expect(proposals(desk.flush(500))).toEqual([]);
    expect(onlyProposal(desk.flush(1001)).batch).toEqual(opening);
    desk.leaderChanged(1100, false);
    expect(onlyProposal(desk.flush(1100)).batch).toEqual(opening);
    const { commands } = onlyProposal(desk.applied(new Applied(3, [], 1), 1200)).batch;
    expect(commands).toMatchObject([{ key: 'k', session: 3, sequence: 1, acknowledged: 0 }]);
  });

  it('that is never opened leaves its writes not applied', () => {
    desk = fresh();
    desk.take('k', 'v', 1000, answer);
    desk.handled(onlyProposal(desk.flush(0)).token, true);
    desk.tick(1000, reason);
    expect(replies).toMatchObject([{ ok: false, code: 'timeout', outcome: 'not-applied' }]);
  });

  it('has its commands numbered, and acknowledges what is answered', () => {
    const write = (key: string) => {
      desk.take(key, 'v', 5000, answer);
      return onlyProposal(desk.flush(0)).batch.commands[0];
    };
    const [one, two] = [write('one'), write('two')];
    expect([one, two]).toMatchObject([{ sequence: 1 }, { sequence: 2, acknowledged: 0 }]);
    desk.applied(new Applied(undefined, [{ number: two?.number ?? 0, value: 'v' }], 1), 1);
    expect(write('three')).toMatchObject({ sequence: 3, acknowledged: 0 });
    desk.applied(new Applied(undefined, [{ number: one?.number ?? 0, value: 'v' }], 2), 2);
    expect(write('four')).toMatchObject({ sequence: 4, acknowledged: 2 });
  });

  it('that has expired is followed by another one, in which all is sent anew that was refused', () => {
    desk.take('k', 'v', 5000, answer);
    const { token, batch } = onlyProposal(desk.flush(0));
    desk.handled(token, true);
    const number = batch.commands[0]?.number ?? 0;
    desk.applied(new Applied(undefined, [{ number, refused: SESSION }], 5), 10);
    expect(onlyProposal(desk.flush(11)).batch).toEqual(opening);
    // What a restarted learner finds of the old one is no news.
    expect(proposals(desk.applied(new Applied(SESSION, [], 5), 12))).toEqual([]);
    const again = onlyProposal(desk.applied(new Applied(8, [], 6), 13)).batch.commands[0];
    expect(again).toMatchObject({ number, session: 8, sequence: 1, acknowledged: 0 });
  });

  it('that has ended says nothing of what was sent in it: that may have been applied within a snapshot', () => {
    desk.take('k', 'v', 5000, answer);
    const { token, batch } = onlyProposal(desk.flush(0));
    desk.handled(token, true);
    const number = batch.commands[0]?.number ?? 0;
    desk.applied(new Applied(undefined, [{ number, refused: SESSION }], 5), 10);
    desk.flush(11);
    desk.tick(5000, reason);
    expect(replies).toMatchObject([{ ok: false, code: 'timeout', outcome: 'unknown' }]);
  });

  it('that has ended leaves a write not applied of which every attempt was handed back', () => {
    desk.take('k', 'v', 5000, answer);
    desk.take('other', 'v', 5000, answer);
    const { token, batch } = onlyProposal(desk.flush(0));
    const number = batch.commands[1]?.number ?? 0;
    desk.applied(new Applied(undefined, [{ number, refused: SESSION }], 5), 10);
    desk.handled(token, false);
    desk.tick(5000, reason);
    expect(replies).toMatchObject([{ outcome: 'not-applied' }, { outcome: 'not-applied' }]);
  });

  it('that nobody uses is ended by whoever leads', () => {
    const expiries = [{ session: 3, usedAt: 17 }];
    expect(onlyProposal(desk.expire(expiries)).batch).toEqual({ opens: [], expiries, commands: [] });
  });

  it('is not opened in a log with an end, where it would take the place of a decree', () => {
    desk = new Desk(MEMBER, LIFE, 1);
    desk.take('k', 'v', 5000, answer);
    expect(onlyProposal(desk.flush(0)).batch).toMatchObject({ opens: [], commands: [{ session: 0, sequence: 0 }] });
  });
});

describe('a read', () => {
  it('waits for a mark, then for the learner to be there', () => {
    desk.take('k', undefined, 5000, answer);
    desk.take('l', undefined, 5000, answer);
    const { token } = onlyMark(desk.flush(0));
    const { learner } = desk.marked(token, 17, 0);
    expect(learner).toEqual([new Lookup(token, ['k', 'l'], 17, 5000)]);
    desk.seen(token, ['value', undefined]);
    expect(replies).toEqual([{ ok: true, value: 'value' }, { ok: true }]);
  });

  it('asks for another mark when the first question got lost, and ignores the late answer', () => {
    desk.take('k', undefined, 5000, answer);
    const first = onlyMark(desk.flush(0));
    desk.tick(1000, reason);
    const second = onlyMark(desk.flush(1000));
    expect(desk.marked(first.token, 1, 1001).learner).toEqual([]);
    desk.marked(second.token, 2, 1002);
    desk.seen(first.token, ['stale']);
    desk.seen(second.token, ['fresh']);
    expect(replies).toEqual([{ ok: true, value: 'fresh' }]);
  });

  it('waits with its mark for a learner that is behind, which is asked again by the same token once a second', () => {
    desk.take('k', undefined, 60_000, answer);
    const { token } = onlyMark(desk.flush(0));
    const look = new Lookup(token, ['k'], 17, 60_000);
    expect(desk.marked(token, 17, 10).learner).toEqual([look]);
    // Another mark would only be further ahead.
    expect(desk.marked(token, 18, 20).learner).toEqual([]);
    desk.tick(1009, reason);
    expect(desk.flush(1009)).toEqual({ proposer: [], learner: [] });
    desk.tick(1010, reason);
    expect(desk.flush(1010)).toEqual({ proposer: [], learner: [look] });
    desk.leaderChanged(1500, false);
    expect(desk.flush(1500)).toEqual({ proposer: [], learner: [] });
    desk.seen(token, ['v']);
    expect(replies).toEqual([{ ok: true, value: 'v' }]);
    expect(desk.flush(9000)).toEqual({ proposer: [], learner: [] });
  });

  it('gives a slow leader as long as marks take, and up to eight seconds', () => {
    desk.take('k', undefined, 600_000, answer);
    desk.flush(0);
    const asked: number[] = [];
    for (let now = 0; now <= 40_000; now += 500) {
      desk.tick(now, reason);
      if (desk.flush(now).proposer.length > 0) asked.push(now);
    }
    expect(asked).toEqual([1000, 3000, 7000, 15_000, 23_000, 31_000, 39_000]);
    desk.take('l', undefined, 600_000, answer);
    const { token } = onlyMark(desk.flush(40_000));
    desk.marked(token, 1, 40_900);
    // One took 900 ms: what has waited for twice as long is asked for again.
    desk.tick(40_900, reason);
    expect(desk.flush(40_900).proposer).toHaveLength(1);
  });

  it.each([
    { tookMs: 3000, pauseMs: 6000 },
    { tookMs: 4001, pauseMs: 8000 },
    { tookMs: 499, pauseMs: 1000 },
  ])('asks again after twice as long as the last mark took, $tookMs ms', ({ tookMs, pauseMs }) => {
    desk.take('k', undefined, 600_000, answer);
    const { token } = onlyMark(desk.flush(0));
    desk.marked(token, 1, tookMs);
    desk.seen(token, ['v']);
    desk.take('l', undefined, 600_000, answer);
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
      const other = new Desk(MEMBER, life, NO_END);
      other.take('k', undefined, 5000, answer);
      return onlyMark(other.flush(0));
    };
    desk.take('k', undefined, 5000, answer);
    desk.flush(0);
    // The same question, asked in the same order: its late answer would promise less than is decided by now.
    expect(desk.marked(ask(2 ** 40).token, 1, 0).learner).toEqual([]);
  });

  it('that arrived later never shares a mark that was asked for before', () => {
    desk.take('k', undefined, 5000, answer);
    const first = onlyMark(desk.flush(0));
    desk.take('l', undefined, 5000, answer);
    expect(desk.marked(first.token, 3, 0).learner[0]?.keys).toEqual(['k']);
    expect(onlyMark(desk.flush(1)).token).not.toBe(first.token);
  });

  it('fails at its deadline', () => {
    desk.take('k', undefined, 100, answer);
    desk.flush(0);
    desk.tick(100, reason);
    expect(replies).toEqual([expect.objectContaining({ ok: false, code: 'timeout', outcome: 'not-applied' })]);
    expect(desk.pending).toBe(0);
  });
});

describe('bounds', () => {
  it('refuses what it has no room for, and says that it was not applied', () => {
    for (let index = 0; index < PENDING_LIMIT; index++) desk.take(`k${index}`, 'v', 5000, answer);
    expect(desk.take('one more', 'v', 5000, answer)).toBe(false);
    expect(replies).toEqual([expect.objectContaining({ code: 'overloaded', outcome: 'not-applied' })]);
  });

  it('cuts what waits into decrees of bounded size', () => {
    for (let index = 0; index < 8; index++) desk.take(`k${index}`, 'v'.repeat(100_000), 5000, answer);
    const sizes = proposals(desk.flush(0)).map(({ batch }) => batch.commands.length);
    expect(sizes).toEqual([3, 3, 2]);
  });

  it('keeps few bytes on their way to another node, and sends on as answers come', () => {
    for (let index = 0; index < 100; index++) desk.take(`k${index}`, 'v'.repeat(200_000), 5000, answer);
    const [first, ...others] = numbersOf(desk.flush(0));
    expect(others).toHaveLength(4);
    expect(numbersOf(desk.flush(1))).toEqual([]);
    const more = numbersOf(desk.applied(new Applied(undefined, [{ number: first ?? 0, value: 'v' }], 1), 2));
    expect(more).toHaveLength(1);
  });

  it.each([
    { where: 'to another node no more', isOwn: false, most: 5 },
    { where: 'to a leader beside it, that keeps them in memory only, many more', isOwn: true, most: 80 },
  ])('sends as much as is answered soon: $where', ({ isOwn, most }) => {
    for (let index = 0; index < 300; index++) desk.take(`k${index}`, 'v'.repeat(200_000), 5000, answer);
    desk.leaderChanged(0, isOwn);
    let out = numbersOf(desk.flush(0));
    expect(out).toHaveLength(5);
    const counts: number[] = [];
    for (let now = 100; now <= 500; now += 100) {
      const results = out.map((number) => ({ number, value: 'v' }));
      out = numbersOf(desk.applied(new Applied(undefined, results, now), now));
      counts.push(out.length);
    }
    expect(Math.max(...counts)).toBeGreaterThanOrEqual(most);
    expect(Math.max(...counts)).toBeLessThan(most + 5);
  });

  it('sends half as much each time that an answer is overdue: a slow leader decides little but the same otherwise', () => {
    for (let index = 0; index < 300; index++) desk.take(`k${index}`, 'v'.repeat(10_000), 100_000, answer);
    desk.leaderChanged(0, true);
    let sent = numbersOf(desk.flush(0)).length;
    const counts = [sent];
    for (let now = 100; now <= 13_000; now += 100) {
      desk.tick(now, reason);
      sent = numbersOf(desk.flush(now)).length;
      if (sent > 0) counts.push(sent);
    }
    expect(counts).toEqual([104, 52, 26, 13, 6, 3, 1, 1]);
  });

  it('sends a write that is larger than that, alone', () => {
    for (const key of ['x', 'y']) desk.take(key, 'v'.repeat(2_000_000), 5000, answer);
    expect(onlyProposal(desk.flush(0)).batch.commands.map(({ key }) => key)).toEqual(['x']);
    expect(proposals(desk.flush(1))).toEqual([]);
  });

  it('gives a long write the time that it takes on a line, before it tries it again', () => {
    desk.take('k', 'v'.repeat(800_000), 60_000, answer);
    expect(proposals(desk.flush(0))).toHaveLength(1);
    const triedAt: number[] = [];
    for (let now = 100; now <= 3000; now += 100) {
      desk.tick(now, reason);
      if (proposals(desk.flush(now)).length > 0) triedAt.push(now);
    }
    expect(triedAt).toEqual([2600]);
  });

  it('knows how long that is: a millisecond for each 500 bytes, of the key, too', () => {
    desk.take('k', 'v'.repeat(250_499), 60_000, answer);
    desk.flush(0);
    desk.tick(1500, reason);
    expect(proposals(desk.flush(1500))).toEqual([]);
    desk.tick(1501, reason);
    expect(proposals(desk.flush(1501))).toHaveLength(1);
  });

  it('tries again later and later while no answer comes, and no sooner than answers take', () => {
    const firstOf = (output: DeskOutput): number => onlyProposal(output).batch.commands[0]?.number ?? 0;
    desk.take('k', 'v', 600_000, answer);
    const number = firstOf(desk.flush(0));
    const triedAt: number[] = [];
    for (let now = 0; now < 10_000; now += 100) {
      desk.tick(now, reason);
      if (proposals(desk.flush(now)).length > 0) triedAt.push(now);
    }
    expect(triedAt).toEqual([1000, 2000, 4000, 6000, 8000]);
    desk.applied(new Applied(undefined, [{ number, value: 'v' }], 1), 12_000);
    desk.take('k2', 'v', 600_000, answer);
    desk.flush(20_000);
    desk.tick(21_500, reason);
    expect(proposals(desk.flush(21_500))).toEqual([]);
    desk.tick(23_000, reason);
    expect(proposals(desk.flush(23_000))).toHaveLength(1);
  });

  it('leaves nobody waiting when it closes', () => {
    desk.take('w', 'v', 5000, answer);
    desk.take('r', undefined, 5000, answer);
    desk.flush(0);
    desk.take('new', undefined, 5000, answer);
    desk.failAll('not-running', 'stopped');
    expect(replies.map((reply) => !reply.ok && reply.outcome)).toEqual(['unknown', 'not-applied', 'not-applied']);
    expect(desk.pending).toBe(0);
  });
});

describe('a log with an end', () => {
  it('answers everything from the learner once it is full', () => {
    desk = new Desk(MEMBER, LIFE, 1);
    desk.take('subject', 'mine', 5000, answer);
    desk.flush(0);
    const [look] = desk.applied(new Applied(undefined, [], 1), 1).learner;
    expect(look).toEqual(new Lookup(look?.token ?? 0, ['subject'], 1, 5000));
    desk.seen(look?.token ?? 0, ['theirs']);
    expect(replies).toEqual([{ ok: true, value: 'theirs' }]);
  });

  it('still says unknown of a write that fails after all', () => {
    desk = new Desk(MEMBER, LIFE, 1);
    desk.take('subject', 'mine', 100, answer);
    desk.flush(0);
    desk.applied(new Applied(undefined, [], 1), 1);
    desk.tick(100, reason);
    expect(replies).toEqual([expect.objectContaining({ outcome: 'unknown' })]);
  });
});
