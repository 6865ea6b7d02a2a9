/** A parliament without a machine of its user's: registers and `kv`, from one log. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openLedger } from '@parliament/storage';
import {
  clear,
  crash,
  kv,
  listRegisters,
  machine,
  openNode,
  type ParliamentOf,
  propose,
  proposeAt,
  type Reference,
  read,
  readAt,
  spawnParliament,
  startSystem,
  stopParliament,
  stopSystem,
  withMachine,
} from '../src/index.js';
import { hostedRegisters } from '../src/registers/registers-face.js';
import { packetCodec } from '../src/wire/packet-codec.js';
import { ask, type Chamber, PATIENT, prepareChamber, QUICK, status, until } from './support/chamber.js';

type Both = ParliamentOf<typeof kv>;

const TRIO = ['a', 'b', 'c'];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (some: Uint8Array): string => new TextDecoder().decode(some);

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(names: readonly string[]): Promise<Chamber> {
  const chamber = await prepareChamber(names);
  ends.push(() => chamber.close());
  return chamber;
}

const put = (both: Both, key: string, value: string) =>
  propose(both, { type: 'put', key: bytes(key), value: bytes(value) }, PATIENT);

/** Keys and values, in the order of the keys. */
async function allOf(both: Both, level: 'linearizable' | 'local' = 'linearizable'): Promise<[string, string][]> {
  const all = { type: 'range', key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) } as const;
  const { items } = await read(both, all, { ...PATIENT, level });
  return items.map(({ key, value }) => [text(key), text(value)]);
}

async function registersOf(reference: Reference): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { key, value } of listRegisters(reference, PATIENT)) found.push([key, value]);
  return found;
}

describe('a parliament of one', () => {
  const MEMBERS = { 0: 'a' };

  async function alone(directory: string): Promise<{ both: Both; leave: () => Promise<void> }> {
    const system = startSystem('a');
    ends.push(() => stopSystem(system));
    const both = await spawnParliament(system, 'registers', { member: 0, members: MEMBERS, directory, timing: QUICK });
    const leave = async (): Promise<void> => {
      await stopParliament(both);
      await stopSystem(system);
    };
    return { both, leave };
  }

  it('tells of a put in which slot it was applied, and reads of it wait for that, at any level', async () => {
    const { root } = await open([]);
    const { both } = await alone(path.join(root, 'a'));
    const { slot } = await proposeAt(both, { type: 'put', key: bytes('k'), value: bytes('v') }, PATIENT);
    const query = { type: 'range', key: bytes('k') } as const;
    for (const level of ['linearizable', 'lease', 'local'] as const) {
      const found = await readAt(both, query, { ...PATIENT, level, atLeast: slot });
      expect([found.slot >= slot, found.answer.items.map(({ value }) => text(value))]).toEqual([true, ['v']]);
    }
    const beyond = { timeoutMs: 50, level: 'local', atLeast: slot + 1000 } as const;
    await expect(readAt(both, query, beyond)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('takes asks and puts by turns, and has both when it comes back', async () => {
    const { root } = await open([]);
    const directory = path.join(root, 'a');
    const { both, leave } = await alone(directory);
    const done = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const value = await ask(both, `k ${index}`, `${index}`);
        return [value, (await put(both, `k ${index % 5}`, `${index}`)).revision];
      }),
    );
    expect(done.map(([value]) => value)).toEqual(done.map((_, index) => `${index}`));
    expect(done.map(([, revision]) => Number(revision)).sort((one, other) => one - other)).toEqual(
      done.map((_, index) => index + 2),
    );
    const [pairs, found] = [await allOf(both), await registersOf(both)];
    expect([pairs.length, found.length, (await status(both)).learner.registers]).toEqual([5, 20, 20]);
    expect(await allOf(both, 'local')).toEqual(pairs);
    await clear(both);
    expect(await ask(both, 'k 3')).toBe('3');
    await leave();
    const { both: again } = await alone(directory);
    expect([await allOf(again), await registersOf(again)]).toEqual([pairs, found]);
    expect(await ask(again, 'k 3', 'other')).toBe('3');
    expect(await put(again, 'k 3', 'more')).toEqual({ revision: 22 });
  });

  it('refuses what kv refuses, in its words, and what is too long', async () => {
    const { both } = await alone(path.join((await open([])).root, 'a'));
    await expect(put(both, '', 'v')).rejects.toMatchObject({ name: 'Rejection', outcome: 'not-applied' });
    await expect(put(both, 'k', 'v'.repeat(1024 * 1024))).rejects.toMatchObject({ code: 'too-large' });
    const other = machine({ name: 'other', version: 1, initial: () => 0, commands: { tick: () => ({ state: 1 }) } });
    await expect(propose(withMachine(both, other), { type: 'tick' }, PATIENT)).rejects.toMatchObject({
      code: 'unknown-command',
      message: expect.stringContaining('kv'),
    });
    withMachine(both, kv);
    expect([await allOf(both), await registersOf(both)]).toEqual([[], []]);
  });

  it('does not open its directory with another machine, nor with a log that has an end; nor does a version of registers alone', async () => {
    const directory = path.join((await open([])).root, 'a');
    const { both, leave } = await alone(directory);
    await put(both, 'k', 'v');
    await leave();
    const system = startSystem('other');
    ends.push(() => stopSystem(system));
    const options = { member: 0, members: MEMBERS, directory, timing: QUICK };
    const was = 'was founded with the members 0 a, running registers 1 and kv 1, not with 0 a';
    const refused = { code: 'wrong-identity', message: expect.stringContaining(was) };
    await expect(spawnParliament(system, 'registers', { ...options, machine: kv })).rejects.toMatchObject(refused);
    await expect(spawnParliament(system, 'registers', { ...options, lastSlot: 1 })).rejects.toMatchObject(refused);
    // What a version of before says about itself.
    const owner = { cluster: 'parliament', group: 'registers', member: 0, founders: '0 a', founderIds: [0] };
    await expect(openLedger(directory, owner)).rejects.toMatchObject(refused);
    const { both: again } = await alone(directory);
    expect(await allOf(again)).toEqual([['k', 'v']]);
  });

  it('whose log has an end holds registers alone, and says so', async () => {
    const system = startSystem('a');
    ends.push(() => stopSystem(system));
    const options = { member: 0, members: MEMBERS, storage: 'memory', timing: QUICK, lastSlot: 1 } as const;
    const subject = await spawnParliament(system, 'subject', options);
    await expect(put(subject, 'k', 'v')).rejects.toMatchObject({
      code: 'bad-request',
      message: 'the log of this parliament has an end (lastSlot), so it holds registers alone: use ask',
    });
    expect(await ask(subject, 'subject', 'mine')).toBe('mine');
  });

  it('that is killed again and again has all that was acknowledged, each once', async () => {
    const directory = path.join((await open([])).root, 'a');
    const acknowledged = new Set<string>();
    let first = 1;
    for (let round = 0; round < 3; round++) {
      const program = path.join(__dirname, 'fixtures/both.mjs');
      const child = spawn(process.execPath, [program, directory, `${first}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(child, 'close');
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.add(line);
        lines += 1;
        if (lines === 60) child.kill('SIGKILL');
      }
      await closed;
      first += 1000;
    }
    const { both, leave } = await alone(directory);
    const { items } = await read(both, { type: 'range', key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) }, PATIENT);
    // What was decided by then is applied by now: a list may be behind.
    const found = new Set(items.map(({ key }) => `put ${text(key)}`));
    for (const [key] of await registersOf(both)) found.add(key.replace('register', 'asked'));
    expect([...acknowledged].filter((each) => !found.has(each))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(180);
    expect(items.filter(({ version }) => version !== 1)).toEqual([]);
    expect((await status(both)).storage.snapshotSlot).toBeGreaterThan(0);
    await leave();
  });
});

describe('a parliament of three', () => {
  const SOON = { snapshots: { logBytes: 20_000, tailSlots: 5 }, restarts: { intensity: 1000, periodMs: 1000 } };

  it('has one order for asks and puts of all, which a member that was away for long takes as a snapshot', async () => {
    const chamber = await open(TRIO);
    const enter = async (name: string): Promise<Both> => withMachine((await chamber.enter(name, SOON)).parliament, kv);
    const [a, b, c] = await Promise.all(TRIO.map(enter));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three are there');
    const long = 'v'.repeat(200);
    const round = (places: readonly Both[], from: number) =>
      Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const at = places[index % places.length] ?? a;
          if (index % 20 === 7) crash(at, 'learner');
          // Who asks second for the same key gets what the first has written.
          await Promise.all([ask(at, `r ${from + index}`, long), put(at, `k ${index}`, `${from + index} ${long}`)]);
        }),
      );
    await round([a, b, c], 0);
    await chamber.seat('c').leave();
    const { decidedUpTo } = (await status(a)).learner;
    // Neither of them can tell it decision by decision, then.
    await until(async () => {
      await round([a, b], 1000);
      const found = await Promise.all([a, b].map((each) => status(each)));
      return found.every(({ storage }) => storage.snapshotSlot > decidedUpTo + 10);
    });
    const back = await enter('c');
    const all = await allOf(back);
    expect(all).toEqual(await allOf(a));
    expect(all).toHaveLength(60);
    expect(all.every(([, value]) => value.startsWith('1'))).toBe(true);
    expect(await registersOf(back)).toEqual(await registersOf(a));
    expect(await registersOf(back)).toHaveLength(120);
    await until(async () => (await status(back)).storage.snapshotSlot > decidedUpTo);

    // A client of neither says itself what runs there.
    const { address } = chamber.seat('b').node;
    if (address === undefined) throw new Error('it listens');
    const system = startSystem('client');
    const node = await openNode(system, { name: 'client', peers: { b: `${address.host}:${address.port}` } });
    ends.push(async () => {
      await node.close();
      await stopSystem(system);
    });
    await node.connected('b', PATIENT);
    const remote = withMachine(node.ref('b', ['registers']), kv);
    const condition = { key: bytes('k 0'), target: 'version', result: 'greater', value: 1 } as const;
    const swap = { type: 'txn', compare: [condition], then: [{ type: 'delete', key: bytes('k 0') }] } as const;
    expect(await propose(remote, swap, PATIENT)).toMatchObject({ holds: true });
    expect(await ask(remote, 'r 0', 'other')).toBe(long);

    // All are gone, and come back: from snapshots, and the logs behind them.
    await Promise.all(TRIO.map((name) => chamber.seat(name).leave()));
    const again = await Promise.all(TRIO.map(enter));
    for (const member of again) {
      expect(await allOf(member)).toEqual(all.slice(1));
      expect(await registersOf(member)).toHaveLength(120);
    }
  });

  it('takes the place of one of registers alone, member by member: there is one kind that decides, and the other is told what to install', async () => {
    const chamber = await open(TRIO);
    const enterOfBefore = (name: string) => chamber.enterAs(name, hostedRegisters, { codecs: [packetCodec] });
    await Promise.all(TRIO.map(enterOfBefore));
    const at = (name: string): Both => withMachine(chamber.seat(name).parliament, kv);
    expect(await ask(at('a'), 'k', 'v')).toBe('v');

    // One of three: the others go on without it, and it says why it cannot.
    await chamber.seat('a').leave();
    const { events } = await chamber.enter('a');
    const remedy =
      /node [bc] runs registers alone, but the others run registers 1 and kv 1: install the same version of parliament/;
    await until(() => events.some((event) => event.type === 'warning' && remedy.test(event.message)));
    expect(await ask(at('b'), 'l', 'w')).toBe('w');
    expect(await ask(at('c'), 'l', 'x')).toBe('w');
    const late = propose(at('a'), { type: 'put', key: bytes('k') }, { timeoutMs: 300 });
    await expect(late).rejects.toMatchObject({ code: 'timeout', message: expect.stringMatching(remedy) });
    await until(async () => (await status(at('a'))).majority === false);
    expect(events.filter(({ type }) => type === 'refused')).toEqual([]);

    // Two of three: now these decide, and the third is put out.
    const before = chamber.seat('c').events;
    await chamber.seat('b').leave();
    await chamber.enter('b');
    expect((await put(at('a'), 'k', 'v')).revision).toBeGreaterThan(1);
    const refused = await until(() => before.find(({ type }) => type === 'refused'));
    expect(refused).toMatchObject({
      message: expect.stringMatching(/node c runs registers alone.*install the same version/),
    });
    await expect(ask(at('c'), 'm', 'x')).rejects.toMatchObject({ code: 'excluded' });
    expect(await ask(at('b'), 'm', 'x')).toBe('x');

    await chamber.seat('c').leave();
    await chamber.enter('c');
    expect(await allOf(at('c'))).toEqual([['k', 'v']]);
    expect(await registersOf(at('c'))).toEqual([
      ['k', 'v'],
      ['l', 'w'],
      ['m', 'x'],
    ]);
    await until(async () => (await status(at('c'))).majority);
    // None of them goes back.
    await chamber.seat('c').leave();
    const directory = path.join(chamber.root, 'c');
    expect(fs.readFileSync(path.join(directory, 'identity'), 'utf8')).toContain(', running registers 1 and kv 1"');
    await expect(enterOfBefore('c')).rejects.toMatchObject({ code: 'wrong-identity' });
  });

  it('is not founded with a member of registers alone, which is told what to install', async () => {
    const chamber = await open(['a', 'b']);
    await chamber.enter('a');
    const { events, parliament } = await chamber.enterAs('b', hostedRegisters, { codecs: [packetCodec] });
    const refused = await until(() => events.find(({ type }) => type === 'refused'));
    expect(refused).toMatchObject({
      message: expect.stringMatching(/^node b runs registers alone.*install the same version/),
    });
    await expect(ask(parliament, 'k', 'v')).rejects.toMatchObject({ code: 'excluded' });
  });
});
