import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { LedgerError, openLedger, realFileSystem } from '@parliament/storage';
import { StartAnew } from '../src/actors/mail.js';
import { clear, crash, type Reference, spawnParliament, startSystem, stop, stopParliament } from '../src/index.js';
import type { Seams } from '../src/start/spawn-parliament.js';
import { machinePacketCodec } from '../src/wire/packet-codec.js';
import { ask, type Chamber, openChamber, prepareChamber, QUICK, status, until } from './support/chamber.js';

const TRIO = ['a', 'b', 'c'];
/** Snapshots soon, and little kept below them. */
const SOON = { snapshots: { logBytes: 64 * 1024, tailSlots: 5 } };
const VALUE = 'v'.repeat(1000);

let chamber: Chamber;
afterEach(() => chamber?.close());

const at = (name: string): Reference => chamber.seat(name).parliament;

async function write(name: string, from: number, to: number): Promise<void> {
  for (let key = from; key <= to; key++) await ask(at(name), `key ${key}`, `${key} ${VALUE}`);
}

async function snapshotOf(name: string): Promise<number> {
  return (await status(at(name))).storage.snapshotSlot;
}

/** Small segments, so that trimming shows. */
const SMALL: Seams = {
  openLedger: (directory, options) => openLedger(directory, { ...options, segmentBytes: 64 * 1024 }),
};

describe('a parliament with snapshots', () => {
  it('trims its log, and has every register after a restart of all', async () => {
    chamber = await prepareChamber(TRIO, SMALL);
    await Promise.all(TRIO.map((name) => chamber.enter(name, SOON)));
    await write('a', 1, 400);
    await until(async () => (await snapshotOf('a')) > 50);
    const log = path.join(chamber.seat('a').directory, 'log');
    await until(() => !fs.existsSync(path.join(log, '0000000001')));
    await Promise.all(TRIO.map((name) => chamber.seat(name).leave()));
    await Promise.all(TRIO.map((name) => chamber.enter(name, SOON)));
    for (const key of [1, 200, 400]) expect(await ask(at('b'), `key ${key}`, 'other')).toBe(`${key} ${VALUE}`);
    expect((await status(at('b'))).learner.registers).toBe(400);
  });

  it('hands the state to a member that was away for longer than the log is kept', async () => {
    chamber = await prepareChamber(TRIO, SMALL);
    await Promise.all(TRIO.map((name) => chamber.enter(name, SOON)));
    await write('a', 1, 5);
    await chamber.seat('c').leave();
    await write('a', 6, 300);
    await until(async () => (await snapshotOf('a')) > 100 && (await snapshotOf('b')) > 100);
    await chamber.enter('c', SOON);
    await until(async () => (await status(at('c'))).learner.registers === 300);
    await until(async () => (await snapshotOf('c')) > 100);
    // It is a full member again: with it, one of the others is enough.
    await chamber.seat('b').leave();
    await write('c', 301, 310);
    expect(await ask(at('c'), 'key 300', 'other')).toBe(`300 ${VALUE}`);
  });
});

describe('an old copy of a directory that was put back', () => {
  /** Puts a copy of c's directory back that was made before the others went on with it. */
  async function relapse(): Promise<void> {
    chamber = await openChamber(TRIO);
    await write('a', 1, 5);
    const { directory } = chamber.seat('c');
    await chamber.seat('c').leave();
    fs.cpSync(directory, `${directory}.copy`, { recursive: true });
    await chamber.enter('c');
    await write('c', 6, 30);
    await until(async () => (await status(at('c'))).learner.registers === 30);
    await chamber.seat('c').leave();
    fs.rmSync(directory, { recursive: true });
    fs.renameSync(`${directory}.copy`, directory);
  }

  it('is noticed by those that have heard of more: its member is told, and not counted', async () => {
    await relapse();
    const { events } = await chamber.enter('c');
    const refused = await until(() => events.find(({ type }) => type === 'refused'));
    expect(refused).toMatchObject({
      message: expect.stringContaining('an old copy of the data directory of member 2'),
    });
    await until(() => ['a', 'b'].some((name) => chamber.seat(name).events.some(isRelapse)));
    // By then they may have told it, too, that its directory is not the one that they know.
    await expect(ask(at('c'), 'new', 'v')).rejects.toMatchObject({ code: 'excluded' });
    // The others go on.
    expect(await ask(at('a'), 'new', 'v')).toBe('v');
  });

  it('is noticed after a restart of the others, too, and the word is kept', async () => {
    await relapse();
    const { events } = await chamber.enter('c');
    await until(() => events.some(({ type }) => type === 'refused'));
    await until(() => ['a', 'b'].every((name) => chamber.seat(name).events.some(isRelapse)));
    for (const name of TRIO) await chamber.seat(name).leave();
    await Promise.all(TRIO.map((name) => chamber.enter(name)));
    expect(await ask(at('a'), 'newer', 'v')).toBe('v');
    await chamber.seat('b').leave();
    await expect(ask(at('a'), 'newest', 'v', { timeoutMs: 800 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says in each packet how far it was when it started: what it writes then does not hide that', async () => {
    const encode = jest.spyOn(machinePacketCodec, 'encode');
    try {
      chamber = await openChamber(TRIO);
      await write('a', 1, 5);
      await chamber.seat('c').leave();
      await chamber.enter('c');
      await write('a', 6, 30);
      await until(async () => (await status(at('c'))).learner.registers === 30);
      const sent = encode.mock.calls.map(([packet]) => packet).filter(({ from }) => from === 2);
      const lives = [...new Set(sent.map(({ start }) => start?.life))];
      expect(lives).toHaveLength(2);
      let had = 0;
      for (const life of lives) {
        const packets = sent.filter(({ start }) => start?.life === life);
        const begins = [...new Set(packets.map(({ start }) => start?.position))];
        const now = packets.map(({ position }) => position);
        // It begins where the life before ended, or behind it; and says so to its end, although it has written more by then.
        expect(begins).toHaveLength(1);
        expect(begins[0]).toBeGreaterThanOrEqual(had);
        expect(Math.min(...now)).toBeGreaterThanOrEqual(begins[0] ?? Number.NaN);
        had = Math.max(...now);
        expect(had).toBeGreaterThan(begins[0] ?? Number.NaN);
      }
    } finally {
      encode.mockRestore();
    }
  });

  const isRelapse = (event: { type: string; whose?: string }): boolean =>
    event.type === 'lost-memory' && event.whose === 'relapse';
});

describe('a member in memory', () => {
  const MEMORY = { storage: 'memory', directory: undefined } as const;

  it('keeps its word while its process lives, through crashes of its roles', async () => {
    chamber = await prepareChamber(TRIO);
    await Promise.all(TRIO.map((name) => chamber.enter(name, MEMORY as never)));
    await write('a', 1, 3);
    for (const role of ['storage', 'acceptor', 'learner'] as const) {
      const before = (await status(at('a'))).restarts;
      crash(at('a'), role);
      await until(async () => (await status(at('a'))).restarts > before);
      expect(await ask(at('a'), 'key 2', 'other')).toBe(`2 ${VALUE}`);
    }
    expect(fs.readdirSync(chamber.root)).toEqual([]);
  });

  it('that comes back with nothing is not counted', async () => {
    chamber = await prepareChamber(TRIO);
    await Promise.all(TRIO.map((name) => chamber.enter(name, MEMORY as never)));
    await write('a', 1, 3);
    await chamber.seat('c').leave();
    const { events } = await chamber.enter('c', MEMORY as never);
    await until(() => events.some(({ type }) => type === 'lost-memory'));
    await expect(ask(at('c'), 'key 9', 'v')).rejects.toMatchObject({ code: 'excluded' });
  });
});

it('two parliaments of one process may share a directory, and one of them may end', async () => {
  chamber = await openChamber(['a']);
  const { directory, node } = chamber.seat('a');
  expect(node.name).toBe('a');
  await write('a', 1, 3);
  const system = startSystem();
  const settings = { member: 4, members: { 4: 'x' }, directory, timing: QUICK };
  // Of another cluster it may not be.
  await expect(spawnParliament(system, 'locks', { ...settings, cluster: 'other' })).rejects.toMatchObject({
    code: 'wrong-identity',
  });
  const locks = await spawnParliament(system, 'locks', { ...settings, cluster: node.cluster });
  expect(await ask(locks, 'lock', 'mine')).toBe('mine');
  await chamber.seat('a').leave();
  expect(await ask(locks, 'lock', 'other')).toBe('mine');
  await stopParliament(locks);
  await chamber.enter('a');
  expect(await ask(at('a'), 'key 3', 'other')).toBe(`3 ${VALUE}`);
  stop(system);
});

describe('a member whose disk is full', () => {
  it('and that has a vote in memory which was not written lets nothing out that rests on it', async () => {
    const seams: Seams = {
      async openLedger(directory, options) {
        const ledger = await openLedger(directory, options);
        const append = ledger.append.bind(ledger);
        ledger.append = (records, how) =>
          records.some((record) => record.type === 'voted' && record.value.length > 5000)
            ? Promise.reject(new LedgerError('no-space', 'as told'))
            : append(records, how);
        return ledger;
      },
      // It goes on as if nothing had happened, for as long as it takes to be asked for the same vote again.
      wrap: (role, behaviour) =>
        role === 'acceptor'
          ? {
              ...behaviour,
              receive: (state, message, context) =>
                (message as unknown) instanceof StartAnew ? state : behaviour.receive(state, message, context),
            }
          : behaviour,
    };
    chamber = await prepareChamber(['a'], seams);
    await chamber.enter('a');
    await write('a', 1, 3);
    const refused = ask(at('a'), 'long', 'l'.repeat(6000), { timeoutMs: 1500 });
    await expect(refused).rejects.toMatchObject({ outcome: expect.stringMatching(/not-applied|unknown/) });
  });

  it('and that is to vote for more than fits, restarts its roles once, and is a full member again when there is room', async () => {
    let isFull = false;
    const disk = { ...realFileSystem, freeBytes: () => (isFull ? 0 : Number.MAX_SAFE_INTEGER) };
    const seams: Seams = {
      openLedger: (directory, options) =>
        openLedger(directory, { ...options, segmentBytes: 64 * 1024, reserveBytes: 0, disk }),
    };
    chamber = await prepareChamber(['a'], seams);
    await chamber.enter('a');
    await write('a', 1, 3);
    isFull = true;
    const long = 'l'.repeat(100_000);
    await expect(ask(at('a'), 'long', long, { timeoutMs: 2000 })).rejects.toMatchObject({
      code: expect.stringMatching(/no-space|timeout/),
    });
    await expect(ask(at('a'), 'other', 'v')).rejects.toMatchObject({ code: 'no-space' });
    expect(await ask(at('a'), 'key 2')).toBe(`2 ${VALUE}`);
    expect((await status(at('a'))).acceptor.restarts).toBe(1);
    isFull = false;
    await until(() => chamber.seat('a').events.some((event) => event.type === 'space' && event.space === 'ok'));
    expect(await ask(at('a'), 'long', long)).toBe(long);
    expect((await status(at('a'))).storage.restarts).toBe(0);
  });

  it('and that is alone serves reads after its roles were started anew, too', async () => {
    let isFull = false;
    const seams: Seams = {
      async openLedger(directory, options) {
        const ledger = await openLedger(directory, options);
        const space = () => ({ space: isFull ? 'full' : 'ok', bytes: 1e6 }) as const;
        return Object.defineProperty(ledger, 'space', { get: space });
      },
    };
    chamber = await prepareChamber(['a'], seams);
    await chamber.enter('a');
    await write('a', 1, 3);
    isFull = true;
    crash(at('a'), 'storage');
    await until(() => chamber.seat('a').events.some(({ type }) => type === 'restarted'));
    await until(() => chamber.seat('a').events.some((event) => event.type === 'space' && event.space === 'full'));
    await clear(at('a'));
    expect(await ask(at('a'), 'key 2')).toBe(`2 ${VALUE}`);
    await expect(ask(at('a'), 'another', 'v')).rejects.toMatchObject({ code: 'no-space' });
  });

  it('takes no proposals and says so, serves reads, and goes on by itself when there is room', async () => {
    let isFull = false;
    const disk = { ...realFileSystem, freeBytes: () => (isFull ? 0 : Number.MAX_SAFE_INTEGER) };
    const seams: Seams = {
      openLedger: (directory, options) =>
        openLedger(directory, { ...options, segmentBytes: 64 * 1024, reserveBytes: 0, disk }),
    };
    chamber = await prepareChamber(TRIO, seams);
    await Promise.all(TRIO.map((name) => chamber.enter(name)));
    await write('a', 1, 3);
    isFull = true;
    // On a busy machine one may come to its deadline long before the disk is full.
    const isTold = () => chamber.seat('a').events.some((event) => event.type === 'space' && event.space === 'full');
    for (let key = 4; !isTold(); key++) {
      await ask(at('a'), `key ${key}`, VALUE, { timeoutMs: 3000 }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/no-space|timeout/) });
      });
    }
    await expect(ask(at('a'), 'another', 'v')).rejects.toMatchObject({
      code: 'no-space',
      outcome: 'not-applied',
      message: expect.stringContaining(chamber.seat('a').directory),
    });
    expect(await ask(at('a'), 'key 2')).toBe(`2 ${VALUE}`);
    expect((await status(at('a'))).storage.space).toBe('full');
    isFull = false;
    await until(() =>
      TRIO.every((name) => chamber.seat(name).events.some((event) => event.type === 'space' && event.space === 'ok')),
    );
    expect(await ask(at('a'), 'another', 'v')).toBe('v');
    expect((await status(at('a'))).restarts).toBe(0);
  });
});
