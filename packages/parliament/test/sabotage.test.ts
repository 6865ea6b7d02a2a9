import { afterEach, describe, expect, it } from '@jest/globals';
import type { AnyBehaviour } from '@parliament/otp';
import { openLedger } from '@parliament/storage';
import { Commit } from '../src/actors/mail.js';
import { crash } from '../src/index.js';
import { CHILDREN, type ChildName } from '../src/roles.js';
import { ask, type Chamber, openChamber, status, until } from './support/chamber.js';
import { planSabotage, type Sabotage, WAYS, type Way } from './support/sabotage.js';

const TRIO = ['a', 'b', 'c'];

/** Comes by once, before there is anything to lose: see the second test. */
const AT_FOUNDING: readonly string[] = ['storage Introduced', 'storage Tick'];

/** Every await of every role, and all messages that steady work and restarts bring them. */
const EVERYWHERE: readonly string[] = [
  'storage await open',
  'storage await replay',
  'storage await append',
  'storage await close',
  'storage Commit',
  'storage Recover',
  'storage Inspect',
  'acceptor init await call 1',
  'acceptor Received prepare',
  'acceptor Received accept',
  'acceptor Received heartbeat',
  'acceptor Watermark',
  'acceptor Inspect',
  'learner init await call 1',
  'learner Received accepted',
  'learner Received heartbeat',
  'learner Lookup',
  'learner Inspect',
  'learner Tick',
  'proposer init await call 1',
  'proposer init await call 2',
  'proposer Received promise',
  'proposer Received canvass',
  'proposer Received heartbeat-reply',
  'proposer Propose',
  'proposer AskForMark',
  'proposer Settled',
  'proposer Inspect',
  'proposer Tick',
];

/** A parliament's own: what one failure may cost in restarts, before its roles count as failed for good. */
const INTENSITY = 3;

let chamber: Chamber;
afterEach(() => chamber.close());

const at = (name: string) => chamber.seat(name).parliament;
const statusOf = (name: string) =>
  until(async () => {
    const report = await status(at(name));
    const isUp = CHILDREN.every((role) => report[role].state !== 'restarting');
    return isUp ? report : undefined;
  });

/** Work of every kind, all the while: writes of all members for one key, reads, questions about the state. */
interface Load {
  /** Rounds that are over. Throws what went wrong in one: nobody is to wait for the next one then. */
  readonly rounds: number;
  readonly decided: ReadonlyMap<string, string>;
  /** Ends it; rejects with what went wrong in it. */
  stop(): Promise<void>;
}

function startLoad(): Load {
  const decided = new Map<string, string>();
  let rounds = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  async function run(): Promise<void> {
    for (let round = 0; !isOver; round += 1) {
      const key = `key ${round}`;
      const name = TRIO[round % 3] as string;
      const [unset, ...answers] = await Promise.all([
        ask(at(name), `never ${key}`),
        ...TRIO.map((member) => ask(at(member), key, member)),
      ]);
      expect(unset).toBeUndefined();
      expect(new Set(answers).size).toBe(1);
      decided.set(key, answers[0] as string);
      await status(at(name));
      rounds += 1;
    }
  }
  const running = run();
  running.catch((error: unknown) => {
    failure = { error };
  });
  return {
    get rounds() {
      if (failure !== undefined) throw failure.error;
      return rounds;
    },
    decided,
    stop() {
      isOver = true;
      return running;
    },
  };
}

/** Some places are come by rarely. After so many crashes of other roles, in vain, it is let be. */
const PROVOCATIONS = 24;

/**
 * Lets one place fail in one way. Gives how many restarts that cost, besides those that were provoked; undefined when no role
 * came by.
 */
async function fail(sabotage: Sabotage, load: Load, place: string, way: Way): Promise<number | undefined> {
  const before = await Promise.all(TRIO.map(statusOf));
  const patience = load.rounds + 2;
  let provoked = 0;
  sabotage.aim(place, way);
  while (!sabotage.fired) {
    const rounds = load.rounds;
    // Starts and elections do not happen by themselves: some role or other, on some member, is made to crash.
    if (rounds >= patience) {
      if (provoked === PROVOCATIONS) {
        sabotage.rest();
        return undefined;
      }
      crash(at(TRIO[provoked % 3] as string), CHILDREN[Math.floor(provoked / 3) % CHILDREN.length] as ChildName);
      provoked += 1;
    }
    await until(() => sabotage.fired || load.rounds > rounds);
  }
  const after = await Promise.all(TRIO.map(statusOf));
  for (const [index, report] of after.entries()) {
    expect(report.acceptor.promised).toBeGreaterThanOrEqual(before[index]?.acceptor.promised as number);
    expect(report.learner.decidedUpTo).toBeGreaterThanOrEqual(before[index]?.learner.decidedUpTo as number);
  }
  const total = (reports: typeof after): number => reports.reduce((sum, { restarts }) => sum + restarts, 0);
  return total(after) - total(before) - provoked;
}

describe('a role that fails', () => {
  it('anywhere, in any way, under load, comes back within the intensity; nothing that was promised or decided is lost', async () => {
    const sabotage = planSabotage();
    // So many failures in so short a time are forgiven here: what each of them costs is counted.
    chamber = await openChamber(TRIO, { restarts: { intensity: 10_000, periodMs: 1000 } }, sabotage.seams);
    const load = startLoad();
    const looked = new Set<string>();
    const failed = new Set<string>();
    const next = (): string | undefined =>
      [...sabotage.seen].find((place) => !looked.has(place) && !AT_FOUNDING.includes(place));
    await until(() => load.rounds > 2);
    for (const role of CHILDREN) crash(at('a'), role);
    for (let place = next(); place !== undefined; place = next()) {
      looked.add(place);
      // A directory that was not given free would be no fault of the role's.
      const ways = place === 'storage await close' ? (['reject when done'] as const) : WAYS;
      for (const way of ways) {
        const cost = await fail(sabotage, load, place, way);
        if (cost === undefined) continue;
        failed.add(place);
        expect([place, way, cost >= 0 && cost <= INTENSITY]).toEqual([place, way, true]);
      }
    }
    await load.stop();
    expect(load.decided.size).toBe(load.rounds);
    for (const [key, value] of load.decided) {
      for (const name of TRIO) expect(await ask(at(name), key, 'other')).toBe(value);
    }
    // Not vacuous.
    expect(EVERYWHERE.filter((place) => !failed.has(place))).toEqual([]);
  }, 240_000);

  it.each(AT_FOUNDING.flatMap((place) => WAYS.map((way) => [place, way] as const)))(
    'while the members meet for the first time (%s, %s), comes back, and they found the parliament',
    async (place, way) => {
      const sabotage = planSabotage();
      sabotage.aim(place, way);
      chamber = await openChamber(TRIO, {}, sabotage.seams);
      expect(await ask(at('a'), 'key', 'value')).toBe('value');
      expect(sabotage.fired).toBe(true);
      const restarts = await Promise.all(TRIO.map(async (name) => (await statusOf(name)).restarts));
      expect(restarts.reduce((sum, count) => sum + count, 0)).toBe(1);
    },
  );
});

it('a vote whose sync ends after its storage has crashed leaves no trace of its sender, and the promise is kept', async () => {
  /** The sync that is held up, and those who wait for it. */
  let hold: Promise<void> | undefined;
  let letGo = (): void => {};
  const late: string[] = [];
  const open: typeof openLedger = async (...parameters) => {
    const ledger = await openLedger(...parameters);
    return {
      identity: ledger.identity,
      recovery: ledger.recovery,
      get position() {
        return ledger.position;
      },
      get space() {
        return ledger.space;
      },
      saveSnapshot: (snapshot, tailSlots) => ledger.saveSnapshot(snapshot, tailSlots),
      trim: (tailSlots) => ledger.trim(tailSlots),
      replay: (visit) => ledger.replay(visit),
      close: () => ledger.close(),
      async append(records, options) {
        const held = hold;
        await ledger.append(records, options);
        await held;
      },
    };
  };
  /** Notes what storage lets out after it was told to crash. */
  const wrap = (role: ChildName, behaviour: AnyBehaviour): AnyBehaviour => {
    if (role !== 'storage') return behaviour;
    return {
      ...behaviour,
      receive(state, message, context) {
        const given: unknown = message;
        if (!(given instanceof Commit)) return behaviour.receive(state, message, context);
        const release = (): void => {
          if (!context.incarnation.alive) late.push(given.role);
          given.release();
        };
        const { role: of, incarnation, records, urgent } = given;
        return behaviour.receive(state, new Commit(of, incarnation, records, urgent, release) as never, context);
      },
    };
  };
  chamber = await openChamber(['a'], {}, { wrap, openLedger: open });
  expect(await ask(at('a'), 'before', 'value')).toBe('value');
  const before = await statusOf('a');
  hold = new Promise((resolve) => {
    letGo = resolve;
  });
  const answer = ask(at('a'), 'key', 'value');
  await until(async () => (await status(at('a'))).pending === 1);
  hold = undefined;
  crash(at('a'), 'storage');
  await until(async () => (await status(at('a'))).storage.restarts === 1);
  letGo();
  expect(await answer).toBe('value');
  expect(late).toEqual([]);
  const after = await statusOf('a');
  expect(after.acceptor.promised).toBeGreaterThanOrEqual(before.acceptor.promised);
});
