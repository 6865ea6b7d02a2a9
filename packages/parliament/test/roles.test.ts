import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { call, childReference, dispatch, type Reference, startActor, startSystem, stop } from '@parliament/otp';
import {
  type Decision,
  foundingConfiguration,
  joinChunks,
  type Message,
  majority,
  type Snapshot,
  writeReplica,
} from '@parliament/synod';
import { type LearnerReport, learnerBehaviour } from '../src/actors/learner-actor.js';
import {
  Applied,
  Commit,
  Done,
  GoOn,
  Idle,
  Inspect,
  Lookup,
  Received,
  Recover,
  type Report,
  Saved,
  SaveSnapshot,
  Seen,
  Settled,
  TakeSnapshot,
  Tick,
  Watermark,
  Written,
} from '../src/actors/mail.js';
import { detach } from '../src/detach.js';
import { ask, status } from '../src/index.js';
import { registers } from '../src/registers/registers.js';
import { encodeFound, encodePut, encodeQuestion, encodeValue } from '../src/registers/words.js';
import { encodeBatch } from '../src/replica/batch.js';
import { createHosted } from '../src/replica/hosted-replica.js';
import { CHILDREN } from '../src/roles.js';
import { openChamber, until } from './support/chamber.js';

const LIFE = 4711;
const LATER = Number.POSITIVE_INFINITY;
const HISTORY = [foundingConfiguration(majority([0, 1, 2]))] as const;
const LIMIT = { timeoutMs: 120_000 };
const NAMES = ['parliament', 'storage', 'acceptor', 'proposer', 'watchers'] as const;

let system: ReturnType<typeof startSystem>;
let heard: Record<(typeof NAMES)[number], unknown[]>;
let learner: Reference;
let sent: Message[];

async function recorder(name: (typeof NAMES)[number]): Promise<Reference> {
  const found = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      heard[name].push(message);
      // Storage has nothing to show.
      if (message instanceof Recover && context.sender !== undefined) context.dispatch(context.sender, new Done());
      return state;
    },
  });
  if (found === undefined) throw new Error(`${name} did not start`);
  return found;
}

beforeEach(async () => {
  system = startSystem();
  heard = { parliament: [], storage: [], acceptor: [], proposer: [], watchers: [] };
  sent = [];
  const [parliament, storage, acceptor, proposer, watchers] = await Promise.all(NAMES.map(recorder));
  if (!parliament || !storage || !acceptor || !proposer || !watchers) throw new Error('not all did start');
  const post = {
    send: (envelopes: readonly { message: Message }[]) => void sent.push(...envelopes.map((each) => each.message)),
  };
  const learning = childReference(system, 'learner');
  const around = { parliament, storage, acceptor, proposer, watchers, learner: learning, post };
  const settings = { ...around, member: 0, history: HISTORY, leaseMs: 0, tailSlots: 7 };
  const started = await startActor(system, 'learner', learnerBehaviour(settings, LIFE, registers, 1e6));
  if (started === undefined) throw new Error('the learner did not start');
  learner = started;
  await settled();
  for (const name of NAMES) heard[name] = [];
});
afterEach(() => stop(system));

const report = async (): Promise<LearnerReport> =>
  (await call<Report<LearnerReport>>(learner, new Inspect(), LIMIT)).content;

/** Whatever was sent to the learner before was handled, and what it has sent has come. */
async function settled(): Promise<void> {
  await report();
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
}

function of<Kind>(name: (typeof NAMES)[number], kind: new (...given: never[]) => Kind): Kind[] {
  return heard[name].filter((message): message is Kind => message instanceof kind);
}

/** The question for a register, and the answer. */
const get = (key: string): Uint8Array => encodeQuestion({ type: 'get', key });
const found = (value?: string): Uint8Array => encodeFound(value);

function decision(slot: number, key = `key ${slot}`, life = LIFE): Decision {
  const place = { session: 0, sequence: 0, acknowledged: 0 };
  const payload = encodePut({ key, value: `value ${slot}` });
  const command = { member: 0, life, number: slot, payload, ...place };
  return { slot, value: encodeBatch({ opens: [], expiries: [], commands: [command] }) };
}

/** Another member says what is decided. */
function decide(...decisions: Decision[]): void {
  const decidedUpTo = Math.max(...decisions.map(({ slot }) => slot));
  dispatch(learner, new Received(1, [{ type: 'decided', decisions, decidedUpTo, token: 0 }]));
}

function snapshotPart(snapshot: Snapshot): Received<never> {
  const { slot, history, state: bytes } = snapshot;
  return new Received<never>(1, [
    { type: 'snapshot-part', slot, history, total: bytes.length, offset: 0, bytes, token: 0 } as never,
  ]);
}

function stateOf(slot: number): Snapshot {
  const replica = createHosted(registers);
  replica.state.set('known', 'value');
  return { slot, history: HISTORY, state: joinChunks(writeReplica(replica)) };
}

describe('a learner', () => {
  it('tells what became of the commands of this life, and of no other one', async () => {
    decide(decision(1), decision(2, 'other', LIFE + 1), decision(3, 'key 1'));
    await settled();
    const results = [
      { session: 0, sequence: 1, reply: encodeValue('value 1'), slot: 1 },
      { session: 0, sequence: 3, reply: encodeValue('value 1'), slot: 3 },
    ];
    expect(of('parliament', Applied)).toEqual([new Applied(undefined, 0, results, 3)]);
    expect(await report()).toEqual({ decidedUpTo: 3, history: HISTORY });
    expect(of('proposer', Settled).map(({ decidedUpTo }) => decidedUpTo)).toEqual([3]);
  });

  it('applies nothing ahead of a gap, and tells the proposer of it all the same', async () => {
    decide(decision(2));
    await settled();
    expect(of('parliament', Applied)).toEqual([]);
    expect(of('proposer', Settled)).toMatchObject([{ settled: [{ slot: 2 }], decidedUpTo: 0 }]);
    decide(decision(1));
    await settled();
    expect(of('parliament', Applied).map(({ decidedUpTo }) => decidedUpTo)).toEqual([2]);
  });

  it('forgets a read that nobody waits for any longer, and takes the same question twice for one', async () => {
    dispatch(learner, new Lookup(1, [get('key 1')], 1, performance.now()));
    for (let times = 0; times < 3; times++) dispatch(learner, new Lookup(2, [get('key 1')], 1, LATER));
    dispatch(learner, new Tick());
    decide(decision(1));
    await settled();
    expect(of('parliament', Seen)).toEqual([new Seen(2, [found('value 1')], 1)]);
  });

  it('answers a read once its slot is applied, each one once', async () => {
    dispatch(learner, new Lookup(1, [get('key 1'), get('none')], 0, LATER));
    dispatch(learner, new Lookup(2, [get('key 1'), get('none')], 1, LATER));
    dispatch(learner, new Lookup(3, [get('key 2')], 2, LATER));
    await settled();
    expect(of('parliament', Seen)).toEqual([new Seen(1, [found(), found()], 0)]);
    decide(decision(1));
    await settled();
    expect(of('parliament', Seen).slice(1)).toEqual([new Seen(2, [found('value 1'), found()], 1)]);
    decide(decision(2));
    await settled();
    expect(of('parliament', Seen).slice(2)).toEqual([new Seen(3, [found('value 2')], 2)]);
  });

  it('has what it learns written down, when there is time, and lets the acceptor go on only behind that', async () => {
    decide(decision(1));
    await settled();
    const [commit, ...more] = of('storage', Commit);
    expect(more).toEqual([]);
    expect(commit).toMatchObject({ role: 'learner', urgent: false, records: [{ type: 'learned', slot: 1 }] });
    expect(of('acceptor', Watermark)).toEqual([]);
    commit?.release();
    await settled();
    expect(of('acceptor', Watermark)).toEqual([new Watermark(1, HISTORY)]);
    // It never goes back.
    dispatch(learner, new Written({ records: [], decidedUpTo: 0, bytes: 0 }));
    await settled();
    expect(of('acceptor', Watermark).at(-1)).toEqual(new Watermark(1, HISTORY));
  });

  it('has written later what was left out for want of room, and lets the acceptor go on only behind that', async () => {
    decide(decision(1));
    await settled();
    of('storage', Commit)[0]?.skip?.();
    await settled();
    decide(decision(2));
    await settled();
    of('storage', Commit)[1]?.release();
    await settled();
    expect(of('acceptor', Watermark).map(({ decidedUpTo }) => decidedUpTo)).toEqual([0]);
    dispatch(learner, new Tick());
    await settled();
    const again = of('storage', Commit)[2];
    expect(again).toMatchObject({ role: 'learner', urgent: false, records: [{ type: 'learned', slot: 1 }] });
    again?.release();
    await settled();
    expect(of('acceptor', Watermark).at(-1)).toEqual(new Watermark(2, HISTORY));
  });

  it('that takes over a snapshot lets the acceptor go on when that is on the disk, whatever else is', async () => {
    dispatch(learner, new Lookup(1, [get('known')], 10, LATER));
    dispatch(learner, snapshotPart(stateOf(10)));
    await settled();
    expect(of('parliament', Applied)).toEqual([new Applied(undefined, 0, [], 10)]);
    expect(of('parliament', Seen)).toEqual([new Seen(1, [found('value')], 10)]);
    expect(of('proposer', Settled).map(({ decidedUpTo }) => decidedUpTo)).toEqual([10]);
    expect(of('storage', Commit)).toMatchObject([{ records: [{ type: 'snapshot', snapshot: { slot: 10 } }] }]);
    dispatch(learner, new Written({ records: [], decidedUpTo: 12, bytes: 0 }));
    dispatch(learner, new Saved(stateOf(9)));
    await settled();
    expect(of('acceptor', Watermark).map(({ decidedUpTo }) => decidedUpTo)).toEqual([0, 0, 0]);
    dispatch(learner, new Saved(stateOf(10)));
    await settled();
    expect(of('acceptor', Watermark).map(({ decidedUpTo }) => decidedUpTo)).toEqual([0, 0, 0, 12]);
  });

  it('that takes over another snapshot before the first is on the disk lets the acceptor go on when the last one is', async () => {
    dispatch(learner, snapshotPart(stateOf(10)));
    decide(decision(11));
    dispatch(learner, snapshotPart(stateOf(20)));
    await settled();
    for (const { release } of of('storage', Commit)) release();
    await settled();
    expect(of('storage', Commit)).toHaveLength(3);
    expect(of('acceptor', Watermark).map(({ decidedUpTo }) => decidedUpTo)).toEqual([0, 0, 0, 0, 0]);
    dispatch(learner, new Saved(stateOf(20)));
    await settled();
    expect(of('acceptor', Watermark).at(-1)).toEqual(new Watermark(20, HISTORY));
  });

  it('takes one snapshot at a time, of what was applied when it was asked for, and none of nothing new', async () => {
    dispatch(learner, new TakeSnapshot(5));
    await settled();
    expect(of('storage', SaveSnapshot)).toEqual([]);
    // Longer than what is encoded in one go.
    const long = Array.from({ length: 8 }, (_, index) => decision(index + 1, 'k'.repeat(100_000) + index));
    decide(...long);
    dispatch(learner, new TakeSnapshot(5));
    dispatch(learner, new TakeSnapshot(6));
    decide(decision(9));
    await until(() => of('storage', SaveSnapshot).length > 0);
    await settled();
    const [save, ...more] = of('storage', SaveSnapshot);
    expect(more).toEqual([]);
    expect(save).toMatchObject({ tailSlots: 5, snapshot: { slot: 8 } });
    if (save === undefined) throw new Error('no snapshot');
    dispatch(learner, new Saved(save.snapshot));
    dispatch(learner, new TakeSnapshot(5));
    await until(() => of('storage', SaveSnapshot).length > 1);
    expect(of('storage', SaveSnapshot)[1]).toMatchObject({ snapshot: { slot: 9 } });
  });

  it('goes on with no snapshot when an earlier incarnation took one', async () => {
    dispatch(learner, new GoOn());
    await settled();
    expect(heard.storage).toEqual([]);
  });

  it('has sessions ended that nobody has used for ten minutes, so many at a time; it looks every five seconds', async () => {
    let shift = 0;
    const { now } = performance;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + shift);
    const opens = Array.from({ length: 257 }, (_, index) => 1000 + index);
    decide({ slot: 1, value: encodeBatch({ opens, expiries: [], commands: [] }) });
    const look = async (laterMs: number): Promise<number[]> => {
      shift += laterMs;
      dispatch(learner, new Tick());
      await settled();
      return of('parliament', Idle).map(({ expiries }) => expiries.length);
    };
    expect(await look(5000)).toEqual([]);
    expect(await look(10 * 60_000 - 1000)).toEqual([]);
    // It has looked a moment ago.
    expect(await look(1000)).toEqual([]);
    expect(await look(4000)).toEqual([256]);
    expect(await look(4000)).toEqual([256]);
    expect(await look(1000)).toEqual([256, 256]);
    clock.mockRestore();
  });

  it('that knows of more than it has asks for it as time passes', async () => {
    dispatch(learner, new Received(1, [{ type: 'heartbeat', ballot: 1025, sequence: 1, decidedUpTo: 5, leaseMs: 0 }]));
    await until(() => {
      dispatch(learner, new Tick());
      return sent.length > 0;
    });
    expect(sent[0]).toMatchObject({ type: 'fetch', fromSlot: 1, upTo: 5 });
  });
});

it('what no role knows is not answered, and what is asked by nobody harms none', async () => {
  const chamber = await openChamber(['a']);
  const { parliament } = chamber.seat('a');
  await ask(parliament, 'k', 'v');
  const anybody = await startActor(system, 'anybody', nobody);
  if (anybody === undefined) throw new Error('nobody is there');
  for (const name of CHILDREN) {
    const child = childReference(parliament, name);
    dispatch(child, 'what?', anybody);
    dispatch(child, { ok: true }, anybody);
    dispatch(child, new Inspect());
  }
  expect(await ask(parliament, 'l', 'w')).toBe('w');
  expect((await status(parliament)).restarts).toBe(0);
  expect(questions).toEqual([]);
  await chamber.close();
});
const questions: unknown[] = [];
const nobody = {
  init: () => 0,
  receive(state: number, message: unknown) {
    questions.push(message);
    return state;
  },
};

it('a promise that goes its own way ends nothing by its end: what it rejects with is told', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  detach(Promise.resolve());
  detach(Promise.reject(new Error('as told')));
  detach(Promise.reject('a text'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/^Something failed that nobody waits for: Error: as told\n +at /),
    'Something failed that nobody waits for: a text',
  ]);
  warn.mockRestore();
});
