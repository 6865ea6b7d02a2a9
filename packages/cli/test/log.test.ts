import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '@parliament/storage';
import { ask, propose, spawnParliament, startSystem, stopParliament, stopSystem } from 'parliament';
import { patiently } from './progress.js';
import {
  cleanUpAfterwards,
  launch,
  NAMES,
  newFolder,
  prepareTrio,
  type RunningNode,
  run,
  startTrio,
  type Trio,
} from './support.js';

cleanUpAfterwards();

let trio: Trio;
let directory: string;

beforeAll(async () => {
  trio = await startTrio();
  for (let key = 1; key <= 5; key++) await trio.ask('a', `key ${key}`, `value ${key}`);
  directory = trio.nodes.a?.directory as string;
});

interface Shown {
  readonly position: number;
  readonly kind: string;
  readonly group: string;
  readonly keys?: readonly string[];
  readonly values?: readonly string[];
  readonly kv?: readonly unknown[];
}

const shown = (text: string): Shown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Shown);

describe('log', () => {
  it('verify finds the directory of a running node sound, and dump shows what is in it', async () => {
    const verified = await run('log', 'verify', directory, '--json');
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({
      cluster: 'parliament',
      groups: [{ name: 'registers', member: 0, snapshotSlot: 0 }],
      problems: [],
    });
    const { status, stdout } = await run('log', 'dump', directory, '--json');
    expect(status).toBe(0);
    const entries = shown(stdout);
    expect(entries.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['introduced', 'founded', 'promised', 'voted', 'decided']),
    );
    expect(entries.flatMap(({ keys = [] }) => keys)).toEqual(expect.arrayContaining(['key 1', 'key 5']));
    const positions = entries.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((one, other) => one - other));
    const lines = (await run('log', 'dump', directory)).stdout;
    expect(lines).toMatch(/^ +\d+ {2}registers +introduced +\d+ {2}member [12] /);
    expect(lines).not.toContain('value 5');
    // A no-op has neither commands nor sessions.
    expect(lines).toMatch(/ voted .* valueBytes 0 {2}commands 0$/m);
    expect(lines).toMatch(/ voted .* {2}commands 1 {2}sessions \d+$/m);
  });

  it('dump with --values shows keys and values', async () => {
    const { stdout } = await run('log', 'dump', directory, '--json', '--values');
    const all = shown(stdout).flatMap(({ keys = [], values = [] }) => keys.map((key, index) => [key, values[index]]));
    expect(all).toEqual(expect.arrayContaining([['key 5', 'value 5']]));
    expect((await run('log', 'dump', directory, '--values')).stdout).toContain('"key 5"="value 5"');
  });

  it('dump shows of commands to kv what they do to which key, beside registers', async () => {
    const system = startSystem('a');
    const place = path.join(newFolder(), 'both');
    const members = { 0: 'a' };
    const both = await spawnParliament(system, 'registers', { member: 0, members, directory: place });
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    await ask(both, 'key', 'value');
    await propose(both, { type: 'put', key: bytes('a 1'), value: bytes('secret') });
    await propose(both, { type: 'delete', key: Uint8Array.of(255), rangeEnd: Uint8Array.of(0) });
    await stopParliament(both);
    await stopSystem(system);
    const { stdout } = await run('log', 'dump', place, '--json');
    const all = shown(stdout).filter(({ kind }) => kind === 'voted');
    expect(all.flatMap(({ keys = [] }) => keys)).toEqual(['key']);
    expect(all.flatMap(({ kv = [] }) => kv)).toEqual([
      { type: 'put', key: 'a 1' },
      { type: 'delete', key: { base64: '/w==' }, rangeEnd: '\0' },
    ]);
    const lines = (await run('log', 'dump', place)).stdout;
    expect(lines).toContain('  kv put "a 1"\n');
    expect(lines).toContain('  kv delete {"base64":"/w=="} "\\u0000"\n');
    expect(lines).not.toContain('secret');
  });

  it('follow shows what comes, until it is told to stop', async () => {
    const follower = launch(['log', 'follow', directory, '--json']);
    // It begins at the end, wherever that is when it comes to it.
    for (let key = 0; !follower.stdout().includes('"voted"'); key++) await trio.ask('a', `followed ${key}`, 'v');
    follower.child.kill('SIGINT');
    const { status, stdout, stderr } = await patiently('log follow ends', follower.ended);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(shown(stdout).flatMap(({ keys = [] }) => keys)).not.toContain('key 1');
  });

  it.each([
    [['log'], /^parliament log: give one of verify, dump, follow, truncate-corrupt/],
    [['log', 'verify'], /verify: give the data directory/],
    [['log', 'eat', 'x'], /eat: give one of/],
    [['backup', 'x'], /give the data directory and the target/],
    [['restore', 'x', 'y'], /--cluster is missing/],
    [['member', 'remove'], /give: replace ID/],
  ])('%j is called wrongly', async (args, message) => {
    const { status, stderr } = await run(...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('of what is no data directory says so', async () => {
    const { status, stderr } = await run('log', 'verify', newFolder());
    expect([status, stderr]).toEqual([1, expect.stringMatching(/is no data directory of Parliament/)]);
  });
});

it('dump tells where a record is, and not how far the member of which it tells had written', async () => {
  const data = path.join(newFolder(), 'data');
  const ledger = await openLedger(data, { cluster: 'parliament', member: 0 });
  await ledger.append([
    { type: 'promised', ballot: 1024 },
    { type: 'heard', member: 2, position: 123_456 },
  ]);
  await ledger.close();
  const [, heard, sealed] = shown((await run('log', 'dump', data, '--json')).stdout);
  expect(heard).toEqual({
    position: expect.any(Number),
    group: 'parliament',
    kind: 'heard',
    bytes: expect.any(Number),
    member: 2,
    written: 123_456,
  });
  expect(heard?.position).toBeLessThan(1000);
  expect(sealed?.position).toBeGreaterThan(heard?.position ?? Number.POSITIVE_INFINITY);
  expect((await run('log', 'dump', data)).stdout).toMatch(/ heard +\d+ {2}member 2 {2}written 123456$/m);
});

it('a dump that a signal cuts short is not told as done', async () => {
  const data = path.join(newFolder(), 'data');
  const ledger = await openLedger(data, { cluster: 'parliament', member: 0 });
  // More than a pipe takes.
  await ledger.append(Array.from({ length: 10_000 }, (_, position) => ({ type: 'heard', member: 2, position })));
  await ledger.close();
  const dump = launch(['log', 'dump', data]);
  dump.child.stdout?.once('data', () => {
    dump.child.stdout?.pause();
    dump.child.kill('SIGTERM');
    dump.child.stdout?.resume();
  });
  const { status, signal, stdout } = await patiently('the dump ends', dump.ended);
  expect(stdout.split('\n').length).toBeLessThan(10_000);
  expect([status, signal]).toEqual([null, 'SIGTERM']);
});

it('member replace refuses, and says what can be done', async () => {
  const { status, stderr } = await run('member', 'replace', '2');
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/cannot be replaced: .*parliament backup.*parliament restore/),
  ]);
});

describe('a backup', () => {
  it('of a running node founds a new cluster, which has all that was decided', async () => {
    const folder = newFolder();
    const backup = path.join(folder, 'backup');
    const made = await run('backup', directory, backup);
    expect(made).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/verified/) });
    const again = await run('backup', directory, backup);
    expect([again.status, again.stderr]).toEqual([1, expect.stringMatching(/is there already/)]);
    // Nobody starts a member on it by accident.
    const started = await run('start', '--name', 'a', '--listen', '127.0.0.1:0', '--data', backup);
    expect([started.status, started.stderr]).toEqual([
      1,
      expect.stringContaining(`${backup} is a backup, on which no member is started: make a directory of it with`),
    ]);
    // It is for reading, too.
    const read = await run('log', 'verify', backup);
    expect(read).toMatchObject({ status: 0, stdout: expect.stringMatching(/\d records in 1 segment, .*: all sound/) });
    expect((await run('log', 'dump', backup, '--values')).stdout).toContain('"key 5"="value 5"');

    const restored = await prepareTrio(['--cluster', 'second']);
    const folders = await restoreAll(restored, backup);
    const nodes: RunningNode[] = await Promise.all(NAMES.map((name) => restored.start(name)));
    expect(nodes.map((node) => node.directory)).toEqual(folders);
    await Promise.all(nodes.map((node) => node.event('founded')));
    expect(await restored.ask('c', 'key 5', 'other')).toBe('value 5');
    expect(await restored.ask('b', 'new', 'v')).toBe('v');
  });

  /** Makes the directories where the trio will look for them. */
  async function restoreAll(restored: Trio, backup: string): Promise<string[]> {
    return Promise.all(
      NAMES.map(async (name, member) => {
        const target = path.join(restored.folder, name);
        const { status, stderr } = await run(
          'restore',
          backup,
          target,
          '--cluster',
          'second',
          '--member',
          String(member),
        );
        expect([status, stderr]).toEqual([0, '']);
        return target;
      }),
    );
  }

  it('is not restored into its own cluster', async () => {
    const backup = path.join(newFolder(), 'backup');
    await run('backup', directory, backup);
    const { status, stderr } = await run('restore', backup, path.join(newFolder(), 'd'), '--cluster', 'parliament');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/give the new one another name/)]);
  });
});

/** The id of a data directory. */
function idOf(data: string): string {
  const [text = ''] = fs.readFileSync(path.join(data, 'identity'), 'utf8').split('\n');
  return (JSON.parse(text) as { directory: string }).directory;
}

describe('a directory that is damaged', () => {
  it('is told by verify and by start; truncate-corrupt keeps the rest, and its member is not counted any more', async () => {
    await trio.kill('a');
    const file = path.join(directory, 'log', '0000000001');
    const bytes = fs.readFileSync(file);
    // Somewhere behind the founding.
    bytes.writeUInt8(bytes.readUInt8(1200) ^ 1, 1200);
    fs.writeFileSync(file, bytes);
    const verified = await run('log', 'verify', directory);
    expect([verified.status, verified.stdout]).toEqual([
      1,
      expect.stringMatching(/DAMAGED: .*0000000001 is damaged at offset \d+ .*"parliament log truncate-corrupt"/),
    ]);
    await expect(trio.start('a')).rejects.toThrow(/0000000001 is damaged at offset \d+/);

    const unconfirmed = await run('log', 'truncate-corrupt', directory);
    expect([unconfirmed.status, unconfirmed.stderr]).toEqual([
      2,
      expect.stringContaining(`give --confirm ${idOf(directory).slice(0, 8)}`),
    ]);
    const wrong = await run('log', 'truncate-corrupt', directory, '--confirm', 'yes');
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/nothing was changed/)]);
    expect(fs.readFileSync(file)).toEqual(bytes);

    const id = idOf(directory);
    const cut = await run('log', 'truncate-corrupt', directory, '--confirm', id.slice(0, 8));
    expect(cut).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/This member is lost/) });
    expect(await run('log', 'verify', directory)).toMatchObject({ status: 0, stderr: '' });
    // Confirmed rightly: it is for want of damage that nothing is done.
    const nothing = await run('log', 'truncate-corrupt', directory, '--confirm', idOf(directory).slice(0, 8));
    expect([nothing.status, nothing.stderr]).toEqual([
      1,
      expect.stringMatching(/^parliament log: nothing is damaged in .*\n$/),
    ]);

    const node = await trio.start('a');
    expect(await node.event('lost-memory')).toMatchObject({ whose: 'own' });
    expect(await trio.ask('b', 'key 5', 'other')).toBe('value 5');
    // The one that is left has no majority in it.
    await trio.kill('b');
    await expect(trio.ask('c', 'without a majority', 'v', 2000)).rejects.toThrow(/\((unknown|not-applied)\)/);
  });
});
