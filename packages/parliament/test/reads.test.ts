/** Reads that wait at the desk, by level. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import { AskForLease, AskForMark, type Lookup } from '../src/actors/mail.js';
import { LOOK_READS, type ReadOutput, Reads } from '../src/actors/reads.js';
import type { FailureReply, ReadLevel } from '../src/client/requests.js';
import type { Found } from '../src/host/hosted.js';
import { bytesOf, textOf } from './support/texts.js';

const reason = (): string => 'the reason';
/** What the calendar is ahead of the monotonic clock, beside a constant. */
let asleep: number;
let now: number;
let token: number;
let reads: Reads;
let replies: (Found | FailureReply)[];

beforeEach(() => {
  asleep = 0;
  now = 0;
  token = 100;
  replies = [];
  reads = new Reads(
    () => {
      token += 1;
      return token;
    },
    () => 1_700_000_000_000 + now + asleep,
  );
});

function ask(level: ReadLevel, { atLeast = 0, deadline = 5000, query = 'q' } = {}): void {
  reads.add(bytesOf(query), { level, atLeast }, deadline, (reply) => void replies.push(reply));
}

function flush(at = now): ReadOutput {
  now = at;
  return reads.flush(now);
}

function tick(at: number): ReadOutput {
  now = at;
  reads.tick(now, reason);
  return reads.flush(now);
}

/** The only question to the proposer. */
function onlyQuestion<Question extends AskForLease | AskForMark>(
  { proposer }: ReadOutput,
  kind: new (token: number) => Question,
): Question {
  const [question, ...more] = proposer;
  if (!(question instanceof kind) || more.length > 0) throw new Error(`not one question: ${JSON.stringify(proposer)}`);
  return question;
}

function onlyLook({ learner }: ReadOutput): Lookup {
  const [look, ...more] = learner;
  if (look === undefined || more.length > 0) throw new Error('not one look');
  return look;
}

/** The learner has looked; the answer is what it has applied. */
function see({ token, queries }: Lookup, slot: number): ReadOutput {
  return reads.seen(
    token,
    queries.map(() => bytesOf(`at ${slot}`)),
    slot,
    now,
  );
}

const at = (slot: number, more: { readonly ageMs?: number } = {}): Found => ({
  ok: true,
  bytes: bytesOf(`at ${slot}`),
  slot,
  ...more,
});

describe('a read on a lease', () => {
  it('is answered when the lease held before the machine was asked, and holds still', () => {
    ask('lease');
    const first = onlyQuestion(flush(), AskForLease);
    const look = onlyLook(reads.leased(first.token, 7, 1));
    expect(look).toMatchObject({ upTo: 7, until: 5000 });
    const again = onlyQuestion(see(look, 8), AskForLease);
    expect(replies).toEqual([]);
    // What was said before the answer was made does not let it out.
    reads.leased(first.token, 8, 2);
    expect(replies).toEqual([]);
    now = 3;
    reads.leased(again.token, 9, 3);
    expect(replies).toEqual([at(8, { ageMs: 3 })]);
    expect(reads.size).toBe(0);
  });

  it('waits, without another look, when the lease does not hold at the moment of the answer; the next one does', () => {
    ask('lease');
    const look = onlyLook(reads.leased(onlyQuestion(flush(), AskForLease).token, 7, 1));
    const again = onlyQuestion(see(look, 7), AskForLease);
    // The loop stood still: the lease is over, and the next heartbeat is on its way.
    reads.notLeased(again.token, 400, undefined);
    expect(replies).toEqual([]);
    expect(tick(410)).toEqual({ proposer: [], learner: [] });
    const third = onlyQuestion(tick(420), AskForLease);
    reads.leased(third.token, 7, 421);
    expect(replies).toMatchObject([{ ok: true, slot: 7 }]);
  });

  it('has the machine asked again when the lease has not come back for long: answers are not kept meanwhile', () => {
    ask('lease');
    const look = onlyLook(reads.leased(onlyQuestion(flush(), AskForLease).token, 7, 0));
    const again = onlyQuestion(see(look, 7), AskForLease);
    reads.notLeased(again.token, 999, undefined);
    expect(onlyQuestion(flush(1019), AskForLease)).toEqual(again);
    reads.notLeased(again.token, 1020, undefined);
    const anew = onlyQuestion(flush(1040), AskForLease);
    expect(onlyLook(reads.leased(anew.token, 9, 1041)).upTo).toBe(9);
  });

  it('begins anew when the leader is another meanwhile: an answer of before counts no more', () => {
    ask('lease');
    const look = onlyLook(reads.leased(onlyQuestion(flush(), AskForLease).token, 7, 1));
    const again = onlyQuestion(see(look, 7), AskForLease);
    reads.leaderLost();
    reads.leased(again.token, 7, 2);
    expect(replies).toEqual([]);
    const anew = onlyQuestion(flush(3), AskForLease);
    expect(onlyLook(reads.leased(anew.token, 9, 4)).upTo).toBe(9);
  });

  it('waits for a lease, where this member leads without, with all others that do: one question each time', () => {
    for (let count = 0; count < 20; count++) {
      ask('lease');
      const { proposer } = flush(count / 20);
      for (const { token } of proposer) reads.notLeased(token, now, undefined);
      expect(proposer).toHaveLength(count === 0 ? 1 : 0);
    }
    expect(tick(19)).toEqual({ proposer: [], learner: [] });
    const look = onlyLook(reads.leased(onlyQuestion(tick(20), AskForLease).token, 7, 21));
    expect(look.queries).toHaveLength(20);
  });

  it('asks its machine once, however often it is told that the lease holds', () => {
    ask('lease');
    const { token } = onlyQuestion(flush(), AskForLease);
    const look = onlyLook(reads.leased(token, 7, 1));
    expect(reads.leased(token, 7, 1)).toEqual({ proposer: [], learner: [] });
    const again = onlyQuestion(see(look, 7), AskForLease);
    expect(see(look, 8)).toEqual({ proposer: [], learner: [] });
    // The proposer was restarted: the question before the answer leaves is asked again, and no other.
    expect(tick(999)).toEqual({ proposer: [], learner: [] });
    expect(tick(1000)).toEqual({ proposer: [again], learner: [] });
    reads.leased(again.token, 7, 1001);
    expect(replies).toMatchObject([{ ok: true, slot: 7 }]);
  });

  it.each([
    { what: 'is lost', change: () => reads.leaderLost() },
    { what: 'is another', change: () => reads.leaderChanged(1) },
  ])('does not wait for a lease of a leader that $what', ({ change }) => {
    ask('lease');
    reads.notLeased(onlyQuestion(flush(), AskForLease).token, 0, undefined);
    change();
    expect(onlyQuestion(flush(1), AskForLease)).toBeInstanceOf(AskForLease);
  });

  it('is refused where another member leads, and says so', () => {
    ask('lease');
    reads.notLeased(onlyQuestion(flush(), AskForLease).token, 1, 'ask node b');
    expect(replies).toEqual([{ ok: false, code: 'no-lease', outcome: 'not-applied', error: 'ask node b' }]);
    expect(reads.size).toBe(0);
    expect(tick(100)).toEqual({ proposer: [], learner: [] });
  });

  it('is not answered by a mark, and one that asks for a mark is not answered by a lease', () => {
    ask('lease');
    const lease = onlyQuestion(flush(), AskForLease);
    expect(reads.marked(lease.token, 1, 1)).toEqual({ proposer: [], learner: [] });
    ask('linearizable');
    const mark = onlyQuestion(flush(), AskForMark);
    expect(reads.leased(mark.token, 1, 1)).toEqual({ proposer: [], learner: [] });
    reads.notLeased(mark.token, 1, 'none');
    expect(replies).toEqual([]);
  });

  it('asks again where the question got lost, and fails at its deadline', () => {
    ask('lease', { deadline: 2000 });
    const { token } = onlyQuestion(flush(), AskForLease);
    expect(tick(999)).toEqual({ proposer: [], learner: [] });
    expect(onlyQuestion(tick(1000), AskForLease).token).toBe(token);
    reads.notLeased(token, 1001, undefined);
    tick(2000);
    const error = 'no answer within the deadline: the reason';
    expect(replies).toEqual([{ ok: false, code: 'timeout', outcome: 'not-applied', error }]);
    expect(reads.size).toBe(0);
  });
});

describe('a local read', () => {
  it('asks the learner at once, and nobody else', () => {
    ask('local');
    const [look, ...more] = reads.looks(0);
    expect(more).toEqual([]);
    expect(look).toMatchObject({ upTo: 0 });
    see(look as Lookup, 3);
    expect(replies).toEqual([at(3)]);
  });

  it('tells how old it is at most: since a mark was asked for to which the member has come', () => {
    ask('local');
    const output = flush(0);
    see(onlyLook(output), 3);
    const { token } = onlyQuestion(output, AskForMark);
    now = 30;
    reads.marked(token, 4, now);
    for (const slot of [3, 4]) {
      ask('local');
      now += 10;
      see(onlyLook(flush()), slot);
    }
    expect(replies).toEqual([at(3), at(3), at(4, { ageMs: 50 })]);
    asleep = 3_600_000;
    ask('local');
    see(onlyLook({ ...flush(), proposer: [] }), 4);
    expect(replies.at(-1)).toEqual(at(4, { ageMs: 3_600_050 }));
  });

  it('has marks asked for while local reads come, each some time after the one before, and not for ever', () => {
    ask('local');
    const asked: number[] = [];
    const note = ({ proposer }: ReadOutput): void => {
      for (const question of proposer) {
        asked.push(now);
        reads.marked(question.token, 0, now);
      }
    };
    note(flush(0));
    for (let ms = 25; ms <= 120_000; ms += 25) note(tick(ms));
    expect(asked.slice(0, 4)).toEqual([0, 250, 500, 750]);
    expect(asked.at(-1)).toBe(60_000);
  });

  it('asks for the next mark only when the last one has come, or got lost', () => {
    ask('local');
    const asked: number[] = [];
    flush(0);
    for (let ms = 25; ms <= 2100; ms += 25) if (tick(ms).proposer.length > 0) asked.push(ms);
    expect(asked).toEqual([1000, 2000]);
  });

  it('has a mark asked for anew when the leader is another, for what the one before was asked is lost', () => {
    ask('local');
    const { token } = onlyQuestion(flush(0), AskForMark);
    reads.leaderChanged(30);
    const anew = onlyQuestion(flush(30), AskForMark);
    reads.marked(token, 0, 40);
    reads.marked(anew.token, 0, 50);
    now = 60;
    ask('local');
    see(onlyLook(flush()), 3);
    expect(replies.at(-1)).toEqual(at(3, { ageMs: 30 }));
  });

  it('of a log that is full can be no older than anything', () => {
    reads.applied(1, true);
    ask('local');
    see(onlyLook(flush(0)), 1);
    expect(replies).toEqual([at(1, { ageMs: 0 })]);
  });
});

describe('a read that waits for a slot', () => {
  it('is looked up when that is applied, whatever its level', () => {
    reads.applied(5, false);
    ask('local', { atLeast: 9 });
    ask('local', { atLeast: 4 });
    const looks = reads.looks(0);
    expect(looks.map(({ upTo, queries }) => [upTo, queries.length])).toEqual([
      [4, 1],
      [9, 1],
    ]);
    ask('linearizable', { atLeast: 20 });
    ask('linearizable');
    const { token } = onlyQuestion({ ...flush(1), learner: [] }, AskForMark);
    expect(reads.marked(token, 7, 2).learner.map(({ upTo }) => upTo)).toEqual([7, 20]);
  });

  it('on a lease is looked up when that is applied, and its answer leaves with the lease', () => {
    ask('lease', { atLeast: 20 });
    const look = onlyLook(reads.leased(onlyQuestion(flush(), AskForLease).token, 7, 1));
    expect(look.upTo).toBe(20);
    const again = onlyQuestion(see(look, 20), AskForLease);
    reads.leased(again.token, 20, 2);
    expect(replies).toMatchObject([{ ok: true, slot: 20 }]);
  });

  it('and has its deadline first is told how far this member is', () => {
    reads.applied(17, false);
    ask('local', { atLeast: 20, deadline: 100 });
    reads.looks(0);
    reads.applied(18, false);
    tick(100);
    expect(replies).toEqual([
      {
        ok: false,
        code: 'timeout',
        outcome: 'not-applied',
        error: 'no answer within the deadline: slot 18 is applied here, and slot 20 is to be; the reason',
      },
    ]);
  });

  it('keeps nobody else waiting', () => {
    ask('linearizable', { atLeast: 1_000_000 });
    ask('linearizable');
    const { token } = onlyQuestion(flush(), AskForMark);
    const [look] = reads.marked(token, 7, 1).learner;
    see(look as Lookup, 7);
    expect(replies).toEqual([at(7, { ageMs: 0 })]);
    expect(reads.size).toBe(1);
  });
});

it('one confirmation serves all linearizable reads that wait, and the next one those that come meanwhile', () => {
  for (let count = 0; count < 1000; count++) ask('linearizable', { query: `${count}` });
  const first = onlyQuestion(flush(), AskForMark);
  for (let count = 0; count < 1000; count++) ask('linearizable', { query: `${count}` });
  const second = onlyQuestion(flush(), AskForMark);
  const looks = reads.marked(first.token, 7, 1).learner;
  // The learner is asked for some at a time: it has more to do.
  expect(looks.every(({ queries }) => queries.length <= LOOK_READS)).toBe(true);
  expect(looks.flatMap(({ queries }) => queries).map(textOf)).toEqual(Array.from({ length: 1000 }, (_, at) => `${at}`));
  for (const look of looks) see(look, 7);
  expect(replies).toHaveLength(1000);
  for (const look of reads.marked(second.token, 8, 2).learner) see(look, 8);
  expect(replies).toHaveLength(2000);
  expect(reads.size).toBe(0);
});

it('a mark that was asked for is waited for while no other leader is known', () => {
  ask('linearizable');
  const { token } = onlyQuestion(flush(), AskForMark);
  reads.leaderLost();
  expect(flush(1)).toEqual({ proposer: [], learner: [] });
  expect(onlyLook(reads.marked(token, 7, 2)).upTo).toBe(7);
});

it('a read whose deadline passes is told what it waited for, and the others of its round are answered later', () => {
  ask('linearizable', { deadline: 100 });
  ask('linearizable', { deadline: 300 });
  const { token } = onlyQuestion(flush(), AskForMark);
  tick(100);
  const timeout = { ok: false, code: 'timeout', outcome: 'not-applied' };
  const error = 'no answer within the deadline: the reason';
  expect(replies).toEqual([{ ...timeout, error }]);
  expect(reads.size).toBe(1);
  const look = onlyLook(reads.marked(token, 7, 110));
  expect(look.until).toBe(300);
  see(look, 7);
  expect(replies).toMatchObject([{ ok: false }, { ok: true, slot: 7 }]);
  expect(reads.size).toBe(0);
  // One that has its answer, and waits for the lease.
  ask('lease', { deadline: 200 });
  see(onlyLook(reads.leased(onlyQuestion(flush(120), AskForLease).token, 7, 121)), 7);
  tick(200);
  expect(replies.at(-1)).toEqual({ ...timeout, error });
});

it('a lease that holds serves all that wait on it', () => {
  for (let count = 0; count < 1000; count++) ask('lease', { query: `${count}` });
  for (const look of reads.leased(onlyQuestion(flush(), AskForLease).token, 7, 1).learner) {
    const again = onlyQuestion(see(look, 7), AskForLease);
    reads.leased(again.token, 7, 2);
  }
  expect(replies).toHaveLength(1000);
});
