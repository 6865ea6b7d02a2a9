import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { call, dispatch, type Reference, startActor, startSystem, stop } from '@parliament/otp';
import { nextBallot } from '@parliament/synod';
import {
  AskForMark,
  FoundingNews,
  Handled,
  Heard,
  Idle,
  LeaderNews,
  Lookup,
  Marked,
  MemoryLost,
  NoSnapshot,
  Propose,
  Seen,
  SpaceNews,
  Tick,
  Trouble,
} from '../src/actors/mail.js';
import { ParliamentActor } from '../src/actors/parliament-actor.js';
import type { ParliamentEvent } from '../src/events.js';
import { checkOptions } from '../src/options.js';
import { openRegistersFace } from '../src/registers/registers-face.js';
import { decodePut, encodeFound, encodeQuestion } from '../src/registers/words.js';
import type { ChildName } from '../src/roles.js';
import type { ParliamentStatus } from '../src/status.js';
import { applied, repliedTo } from './support/texts.js';

const CHILDREN: readonly ChildName[] = ['storage', 'acceptor', 'learner', 'proposer', 'watchers'];
const SESSION = 5;
const LIFE = 4711;
const OWN_BALLOT = nextBallot(0, 0);
const OTHER_BALLOT = nextBallot(1, 0);
const STATUS = { name: 'as described' } as ParliamentStatus;

let system: ReturnType<typeof startSystem>;
let heard: Record<ChildName, unknown[]>;
let events: ParliamentEvent[];
let actor: ParliamentActor;
let parliament: Reference;
/** What is added to the clock. */
let shift: number;

async function start(name: string, receive: (message: unknown, sender: Reference | undefined) => void) {
  const started = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      receive(message, context.sender);
      return state;
    },
  });
  if (started === undefined) throw new Error(`${name} did not start`);
  return started;
}

beforeEach(async () => {
  shift = 0;
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + shift);
  system = startSystem();
  heard = { storage: [], acceptor: [], learner: [], proposer: [], watchers: [] };
  events = [];
  const roles = new Map<ChildName, Reference>();
  for (const name of CHILDREN) roles.set(name, await start(name, (message) => heard[name].push(message)));
  parliament = await start('parliament', (message, sender) => actor.receive(message, sender));
  actor = new ParliamentActor({
    settings: checkOptions({
      member: 0,
      members: { 0: 'a', 1: 'b', 2: 'c' },
      directory: 'd',
      valueLimitBytes: 100,
      onEvent: (event) => events.push(event),
    }),
    self: parliament,
    path: ['parliament'],
    node: undefined,
    life: LIFE,
    isRepeatable: () => true,
    machine: undefined,
    openFace: (service) => openRegistersFace(service, 100),
    child: (name) => roles.get(name) ?? parliament,
    report: async () => STATUS,
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  stop(system);
});

async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
}

async function tell(...messages: object[]): Promise<void> {
  for (const message of messages) dispatch(parliament, message);
  await settled();
}

/** Asks, and gives where the answer will be. */
async function ask(key: string, value?: string, timeoutMs = 60_000): Promise<{ reply?: unknown }> {
  const answer: { reply?: unknown } = {};
  const request = { type: 'ask', key, timeoutMs, ...(value === undefined ? {} : { value }) };
  call<unknown>(parliament, request, { timeoutMs: 60_000 }).then(
    (reply) => {
      answer.reply = reply;
    },
    () => {},
  );
  await settled();
  return answer;
}

function of<Kind>(name: ChildName, kind: new (...given: never[]) => Kind): Kind[] {
  return heard[name].filter((message): message is Kind => message instanceof kind);
}

function news(founded: boolean, positions: readonly (readonly [number, number])[] = []): FoundingNews {
  const introduced = new Map([[1, '11'.repeat(16)]]);
  const state = { directory: '00'.repeat(16), founded, introduced, positions: new Map(positions) };
  return new FoundingNews(state, founded ? [] : [1, 2], () => 0);
}

describe('requests', () => {
  it('wait for the founding, and are then handed out in one go', async () => {
    const answers = [await ask('x', 'v'), await ask('y', 'v'), await ask('r')];
    await tell(new Tick(), news(false), new Tick());
    expect(heard.proposer).toEqual([]);
    await tell(news(true));
    expect(of('proposer', Propose).map(({ batch }) => batch.opens)).toEqual([[LIFE]]);
    const mark = of('proposer', AskForMark);
    expect(mark).toHaveLength(1);
    await tell(applied(SESSION, [], 1));
    const { token, batch } = of('proposer', Propose)[1] ?? { token: 0, batch: undefined };
    expect(batch?.commands.map(({ payload }) => decodePut(payload)?.key)).toEqual(['x', 'y']);
    expect(actor.pending).toBe(3);
    await tell(new Handled(token, true), new Marked(mark[0]?.token ?? 0, 7));
    expect(of('learner', Lookup)).toMatchObject([
      { token: mark[0]?.token, queries: [encodeQuestion({ type: 'get', key: 'r' })], upTo: 7 },
    ]);
    await tell(new Seen(mark[0]?.token ?? 0, [encodeFound('found')], 7));
    const results = (batch?.commands ?? []).map((command) => repliedTo(command, 'decided'));
    await tell(applied(SESSION, results, 2));
    expect(answers.map(({ reply }) => reply)).toEqual([
      { ok: true, value: 'decided' },
      { ok: true, value: 'decided' },
      { ok: true, value: 'found' },
    ]);
    expect(actor.pending).toBe(0);
  });

  it('that come together are one batch, and those that come later are handed out, too', async () => {
    await tell(news(true), new LeaderNews(OWN_BALLOT));
    await ask('first', 'v');
    await tell(applied(SESSION, [], 1));
    heard.proposer = [];
    for (const key of ['x', 'y']) dispatch(parliament, { type: 'ask', key, value: 'v', timeoutMs: 60_000 }, parliament);
    await settled();
    await ask('z', 'v');
    expect(
      of('proposer', Propose).map(({ batch }) => batch.commands.map(({ payload }) => decodePut(payload)?.key)),
    ).toEqual([['x', 'y'], ['z']]);
  });

  it('that are not acceptable are refused at once', async () => {
    const failure = { ok: false, outcome: 'not-applied' };
    expect((await ask('', 'v')).reply).toMatchObject({ ...failure, code: 'bad-request' });
    expect((await ask('k', 'v'.repeat(101))).reply).toMatchObject({ ...failure, code: 'bad-request' });
    expect((await ask('k', 'v'.repeat(100))).reply).toBeUndefined();
  });

  it('of nobody, and what is none, are passed over', async () => {
    await tell({ type: 'ask', key: 'k', timeoutMs: 5 }, { type: 'status' }, { type: 'clear' }, { type: 'what' });
    await tell({ type: 'refusal', message: 'go away' });
    dispatch(parliament, { type: 'refusal', message: 'go away' }, parliament);
    await settled();
    expect(actor.pending).toBe(0);
    expect(events).toEqual([]);
    expect((await ask('k', 'v')).reply).toBeUndefined();
  });

  it('about the state are answered, and what is remembered is forgotten on request', async () => {
    const limit = { timeoutMs: 120_000 };
    expect(await call(parliament, { type: 'status' }, limit)).toEqual({ ok: true, status: STATUS });
    await tell(news(true));
    const answer = await ask('k');
    const [mark] = of('proposer', AskForMark);
    await tell(new Marked(mark?.token ?? 0, 1), new Seen(mark?.token ?? 0, [encodeFound('v')], 1));
    expect(answer.reply).toEqual({ ok: true, value: 'v' });
    expect((await ask('k')).reply).toEqual({ ok: true, value: 'v' });
    expect(await call(parliament, { type: 'clear' }, limit)).toEqual({ ok: true });
    expect((await ask('k')).reply).toBeUndefined();
  });

  it('that wait when the parliament ends fail', async () => {
    const answer = await ask('k', 'v');
    actor.close();
    await settled();
    expect(answer.reply).toMatchObject({ ok: false, code: 'not-running', outcome: 'not-applied' });
  });

  it('that get no answer are told what was missing', async () => {
    const late = async (): Promise<unknown> => {
      const answer = await ask('k', 'v', 1000);
      shift += 1000;
      await tell(new Tick());
      return answer.reply;
    };
    const timeout = (reason: string) => ({ code: 'timeout', error: expect.stringContaining(reason) });
    expect(await late()).toMatchObject(timeout('storage has not started yet'));
    await tell(news(false));
    expect(await late()).toMatchObject(
      timeout('not founded yet; every member is needed for that once, and it waits for b, c'),
    );
    await tell(news(true));
    expect(await late()).toMatchObject(timeout('there is no leader (not connected: b, c)'));
    await tell(new LeaderNews(OTHER_BALLOT));
    expect(await late()).toMatchObject(timeout('no quorum has answered in time (not connected: b, c)'));
    await tell(new LeaderNews(undefined));
    expect(await late()).toMatchObject(timeout('there is no leader'));
  });
});

describe('the passing of time', () => {
  it('is told to storage before the founding, and to the roles after it', async () => {
    await tell(new Tick(), news(false), new Tick());
    expect(of('storage', Tick)).toHaveLength(2);
    expect([heard.learner, heard.proposer]).toEqual([[], []]);
    await tell(news(true), new Tick());
    expect(of('storage', Tick)).toHaveLength(2);
    expect([of('learner', Tick).length, of('proposer', Tick).length]).toEqual([1, 1]);
  });

  it('has storage hear every five seconds how far others have written, as far as anything is known of that', async () => {
    await tell(news(true));
    shift += 6000;
    await tell(new Tick());
    expect(of('storage', Heard)).toEqual([]);
    // It never goes back.
    await tell(news(true, [[1, 50]]), news(true, [[1, 40]]), new Tick());
    expect(of('storage', Heard)).toEqual([new Heard(new Map([[1, 50]]))]);
    shift += 4000;
    await tell(new Tick());
    expect(of('storage', Heard)).toHaveLength(1);
    shift += 1000;
    await tell(new Tick());
    expect(of('storage', Heard)).toHaveLength(2);
  });
});

describe('a leader', () => {
  it('is told to the host, with its node; that there is none, too', async () => {
    await tell(new LeaderNews(OTHER_BALLOT), new LeaderNews(undefined));
    expect(events).toEqual([
      { type: 'leader', member: 1, node: 'b', ballot: OTHER_BALLOT },
      { type: 'leader', member: undefined, node: undefined, ballot: undefined },
    ]);
  });

  it('that is another one is given at once what waits; none is given nothing', async () => {
    await tell(news(true));
    await ask('r');
    expect(of('proposer', AskForMark)).toHaveLength(1);
    await tell(new LeaderNews(undefined));
    expect(of('proposer', AskForMark)).toHaveLength(1);
    shift += 1;
    await tell(new LeaderNews(OTHER_BALLOT));
    expect(of('proposer', AskForMark)).toHaveLength(2);
  });

  it('has idle sessions ended when it is the own one only', async () => {
    const idle = new Idle([{ session: 3, usedAt: 17 }]);
    await tell(news(true), idle, new LeaderNews(OTHER_BALLOT), idle);
    expect(of('proposer', Propose)).toEqual([]);
    await tell(new LeaderNews(OWN_BALLOT), idle);
    expect(of('proposer', Propose).map(({ batch }) => batch.expiries)).toEqual([idle.expiries]);
    await tell(new LeaderNews(undefined), idle);
    expect(of('proposer', Propose)).toHaveLength(1);
  });
});

describe('the host is told', () => {
  it('of the founding once', async () => {
    await tell(news(false), news(true), news(true));
    expect(events).toEqual([{ type: 'founded' }]);
    expect(actor.founding?.founded).toBe(true);
  });

  it('of a memory that was lost; who has lost its own fails what waits, and all that comes', async () => {
    const answer = await ask('k', 'v');
    await tell(new MemoryLost(1, 'sender', 'x', 'y'), new MemoryLost(9, 'relapse', '10', '9'));
    expect(events).toEqual([
      expect.objectContaining({ type: 'lost-memory', member: 1, node: 'b', whose: 'sender' }),
      expect.objectContaining({ type: 'lost-memory', member: 9, node: 'unknown', whose: 'relapse' }),
    ]);
    expect(answer.reply).toBeUndefined();
    expect([...actor.uncounted]).toEqual([1, 9]);
    await tell(new MemoryLost(2, 'own', 'x', 'y'));
    expect([...actor.uncounted]).toEqual([1, 9, 0]);
    const excluded = { ok: false, code: 'excluded', outcome: 'not-applied', error: expect.stringContaining('node c') };
    expect(answer.reply).toMatchObject(excluded);
    expect((await ask('r')).reply).toMatchObject(excluded);
  });

  it('of a disk that is full: writes are refused, reads are not, until there is room', async () => {
    await tell(new SpaceNews('low', 700));
    expect((await ask('k', 'v')).reply).toBeUndefined();
    await tell(new SpaceNews('full', 500));
    expect((await ask('l', 'v')).reply).toMatchObject({ ok: false, code: 'no-space', outcome: 'not-applied' });
    expect((await ask('r')).reply).toBeUndefined();
    await tell(new SpaceNews('ok', 900));
    expect((await ask('m', 'v')).reply).toBeUndefined();
    expect(events).toEqual([
      {
        type: 'space',
        space: 'low',
        bytes: 700,
        message: expect.stringMatching(/700 bytes .* will soon take no proposals$/),
      },
      {
        type: 'space',
        space: 'full',
        bytes: 500,
        message: expect.stringMatching(/500 bytes .* casts no votes .* reads go on$/),
      },
      { type: 'space', space: 'ok', bytes: 900, message: 'the disk of d has room again' },
    ]);
  });

  it('why its member stands still, and of roles that fail', async () => {
    await tell(new Trouble({ type: 'snapshot-unreadable', from: 1, slot: 7 }, 'it is empty'));
    await tell(new NoSnapshot(7, 'account: it cannot be'));
    actor.noteSupervision({ type: 'restarted', id: 'learner', incarnation: 2, reason: 'r' });
    actor.noteSupervision({ type: 'gave-up', reason: 'too often' });
    actor.noteSupervision({ type: 'trouble', message: 'm' });
    expect(events).toEqual([
      {
        type: 'standing-still',
        cause: 'snapshot-unreadable',
        slot: 7,
        message: expect.stringContaining('node b (it is empty)'),
      },
      {
        type: 'warning',
        message: expect.stringMatching(
          /after slot 7: account: it cannot be; the log is not trimmed, .* mend the machine/,
        ),
      },
      { type: 'restarted', role: 'learner', reason: 'r' },
      { type: 'gave-up', reason: 'too often' },
    ]);
  });
});
