import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { call, status } from 'parliament';
import { openClient } from '../src/client-node.js';
import { crashRequest } from '../src/control.js';
import { freePorts } from '../src/free-ports.js';
import { patiently, until } from './progress.js';
import {
  BIN,
  cleanUpAfterwards,
  LONG,
  NAMES,
  newFolder,
  prepareTrio,
  type Result,
  run,
  runWith,
  startNode,
  startTrio,
  type Trio,
} from './support.js';

cleanUpAfterwards();

let trio: Trio;
beforeAll(async () => {
  trio = await startTrio();
});

const addressOf = (name: string): string => trio.addresses[name] as string;

/** By the command, as a person asks. */
const askBy = (name: string, ...args: string[]): Promise<Result> =>
  run('ask', ...args, '--node', addressOf(name), ...LONG);

describe('three nodes', () => {
  it('say in their first line that they are ready, and for what', () => {
    NAMES.forEach((name, member) => {
      const node = trio.nodes[name];
      expect(node?.events[0]).toMatchObject({
        event: 'ready',
        name,
        member,
        listen: addressOf(name),
        data: node?.directory,
      });
    });
  });

  it('play the scenario of the original README', async () => {
    const somevalue = { status: 0, signal: null, stdout: 'somevalue\n', stderr: '' };
    expect(await askBy('a', 'somekey', 'somevalue')).toEqual(somevalue);
    expect(await askBy('b', 'somekey')).toEqual(somevalue);
    expect(await askBy('c', 'somekey', 'other')).toEqual(somevalue);
  });

  it('say that nothing is decided, by words and exit status 3', async () => {
    const { status, stdout, stderr } = await askBy('a', 'nobody asked');
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toContain('no value is decided for "nobody asked"');
    const json = await askBy('a', 'nobody asked', '--json');
    expect([json.status, JSON.parse(json.stdout)]).toEqual([3, { ok: true, value: null }]);
  });

  it('tell what each role is doing', async () => {
    await trio.ask('a', 'before the status', 'v');
    const report = await trio.status('b');
    expect(report).toMatchObject({ founded: true, node: 'b', member: 1, restarts: 0 });
    expect(report.proposer.leader?.node).toMatch(/^[abc]$/);
    const { stdout } = await run('status', '--node', addressOf('b'), ...LONG);
    for (const word of ['acceptor', 'promised ballot', 'leader: ', 'slots decided', 'connected', 'restarts']) {
      expect(stdout).toContain(word);
    }
    expect(stdout).toMatch(/^majority {2}yes: 3 of 3 members$/m);
    expect(stdout).toMatch(/^waiting {3}0 requests$/m);
  });

  it('list their keys with their values: for people in lines, for programs as they are', async () => {
    const long = 'x'.repeat(101);
    await trio.ask('a', 'several\nlines', 'two\nof them');
    await trio.ask('a', 'a long one', long);
    // What is read at b was applied there.
    expect(await trio.ask('b', 'a long one')).toBe(long);
    const shown = await run('list', '--node', addressOf('b'), ...LONG);
    expect([shown.status, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout.split('\n')).toEqual(
      expect.arrayContaining(['several lines\ttwo of them', `a long one\t${'x'.repeat(100)}… (101 characters)`]),
    );
    const json = await run('list', '--node', addressOf('b'), '--json', ...LONG);
    const registers = json.stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(registers.slice(-2)).toEqual([
      { key: 'several\nlines', value: 'two\nof them' },
      { key: 'a long one', value: long },
    ]);
  });

  it.each([
    ['an empty key', '', 'v', /the key is empty/],
    ['an empty value', 'newkey', '', /the value is empty/],
    ['a key over a kilobyte', 'k'.repeat(1025), 'v', /1025 bytes; the limit is 1024/],
    // As long as a command line takes; a value over the limit goes through the client, below.
  ])('refuse %s', async (_, key, value, message) => {
    const { status, stderr } = await askBy('a', key, value);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('it was not applied');
  });

  it('let nobody in who is of another cluster', async () => {
    const { status, stderr } = await run('ask', 'k', '--node', addressOf('a'), '--cluster', 'other', ...LONG);
    expect(status).toBe(1);
    expect(stderr).toMatch(/belongs to another cluster: give both sides the same --cluster, or correct the address/);
  });

  it('refuse a node that takes the name of one of them', async () => {
    const [port] = await freePorts(1);
    const peers = ['--peer', `a=${addressOf('a')}`, '--peer', `c=${addressOf('c')}`];
    const impostor = startNode('b', `127.0.0.1:${port}`, path.join(newFolder(), 'b'), peers);
    const { status, stderr } = await patiently('the impostor ends', impostor.ended);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^parliament start: .*b.*\n$/);
    expect(await trio.ask('b', 'somekey')).toBe('somevalue');
  });

  it('refuse a node that takes the member id of one of them', async () => {
    const [port] = await freePorts(1);
    const peers = ['--member', '1', '--peer', `0:a=${addressOf('a')}`, '--peer', `2:c=${addressOf('c')}`];
    const impostor = startNode('d', `127.0.0.1:${port}`, path.join(newFolder(), 'd'), peers);
    const { status, stderr } = await patiently('the impostor ends', impostor.ended);
    expect(status).toBe(1);
    expect(stderr).toMatch(/member id 1 is taken: it is node b/);
    expect(await trio.ask('b', 'somekey')).toBe('somevalue');
  });
});

describe('a directory', () => {
  it('in use by another process is refused', async () => {
    const directory = trio.nodes.a?.directory as string;
    const { status, stderr } = await run('start', '--name', 'a', '--listen', '127.0.0.1:0', '--data', directory);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^parliament start: ${directory} is in use by process ${trio.nodes.a?.pid}: .*\n$`),
    );
  });

  it('of another member, or of another cluster, is refused and left as it is', async () => {
    const directory = path.join(newFolder(), 'data');
    const node = startNode('x', '127.0.0.1:0', directory, ['--member', '3']);
    await node.event('ready');
    node.kill('SIGTERM');
    await patiently('x ends', node.ended);
    const log = fs.readFileSync(path.join(directory, 'log', '0000000001'));
    const start = ['start', '--name', 'x', '--listen', '127.0.0.1:0', '--data', directory];
    const member = await run(...start, '--member', '4');
    expect([member.status, member.stderr]).toEqual([
      1,
      expect.stringMatching(/belongs to member 3 of .*, not to member 4/),
    ]);
    const cluster = await run(...start, '--member', '3', '--cluster', 'other');
    expect([cluster.status, cluster.stderr]).toEqual([
      1,
      expect.stringMatching(/belongs to the cluster parliament, not to other/),
    ]);
    expect(fs.readFileSync(path.join(directory, 'log', '0000000001'))).toEqual(log);
  });

  it('that is a file is refused', async () => {
    const file = path.join(newFolder(), 'file');
    fs.writeFileSync(file, '');
    const { status, stderr } = await run('start', '--name', 'x', '--listen', '127.0.0.1:0', '--data', file);
    expect([status, stderr]).toEqual([1, expect.stringContaining('not a directory')]);
  });
});

it('a port in use is refused, naming the remedy', async () => {
  const { status, stderr } = await run(
    'start',
    '--name',
    'x',
    '--listen',
    addressOf('a'),
    '--data',
    path.join(newFolder(), 'x'),
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/is in use: stop the other program, or listen on another port/);
});

it('that has no majority says so', async () => {
  const alone = await startTrio();
  await alone.kill('b');
  expect(await alone.status('a')).toMatchObject({ majority: true });
  await alone.kill('c');
  const report = await until('a sees nobody', async () => {
    const { members, majority } = await alone.status('a');
    return members.some(({ node, connected }) => node !== 'a' && connected) ? undefined : { majority };
  });
  expect(report).toEqual({ majority: false });
  const { status, stdout } = await run('status', '--node', alone.addresses.a ?? '', ...LONG);
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^majority {2}no majority: 1 of 3 members is here, 2 are needed\. Nothing can be decided$/m),
  ]);
});

it('peers that are not there yet are named, waited for, and found when they come', async () => {
  const late = await prepareTrio();
  const a = await late.start('a');
  expect(a.events[0]).toMatchObject({ event: 'ready', missing: ['b', 'c'] });
  await late.start('b');
  await until('b and c are connected, as a sees it', async () => (await late.status('a')).waitingFor.join() === 'c');
  await expect(late.ask('a', 'k', 'early', 1000)).rejects.toThrow(/not founded yet.*waits for .*c.*\(not-applied\)/);
  await late.start('c');
  expect(await late.ask('a', 'k', 'late')).toBe('late');
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s stops a node cleanly', async (signal) => {
  const directory = path.join(newFolder(), 'data');
  const node = startNode('x', '127.0.0.1:0', directory);
  await node.event('ready');
  node.kill(signal);
  expect(await patiently('x ends', node.ended)).toMatchObject({ status: 0, stderr: '' });
  expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
});

it('a node makes no role crash for a client, unless it was started for that', async () => {
  const client = await openClient({ cluster: 'parliament', secret: undefined });
  for (const [more, ok] of [
    [[], false],
    [['--allow-crash'], true],
  ] as const) {
    const node = startNode('x', '127.0.0.1:0', path.join(newFolder(), 'data'), more);
    const { listen } = await node.event('ready');
    const { control, registers } = await client.reach(String(listen), 60_000);
    expect(await call(control, crashRequest('acceptor'), { timeoutMs: 60_000 })).toEqual({ ok });
    const restarts = async (): Promise<number> => (await status(registers, { timeoutMs: 60_000 })).acceptor.restarts;
    if (ok) await until('the acceptor is back', async () => (await restarts()) === 1);
    else expect(await restarts()).toBe(0);
    node.kill('SIGTERM');
    await patiently('x ends', node.ended);
  }
  await client.close();
});

it('a node whose parent was gone before it had begun ends, too', async () => {
  const args = [BIN, 'start', '--name', 'x', '--listen', '127.0.0.1:0', '--data', path.join(newFolder(), 'data')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.disconnect();
  try {
    expect(await patiently('the node ends', ended)).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

it('stop stops a node, and waits until it is gone', async () => {
  const [port] = await freePorts(1);
  const node = startNode('x', `127.0.0.1:${port}`, path.join(newFolder(), 'data'));
  await node.event('ready');
  expect(await run('stop', '--node', `127.0.0.1:${port}`, ...LONG)).toMatchObject({
    status: 0,
    stdout: 'x has stopped\n',
  });
  expect(await patiently('x ends', node.ended)).toMatchObject({ status: 0 });
  expect((await run('stop', '--node', `127.0.0.1:${port}`)).status).toBe(1);
});

it('a secret lets in those who have it, and nobody else', async () => {
  const file = (content: string): string => {
    const name = path.join(newFolder(), 'secret');
    fs.writeFileSync(name, content, { mode: 0o600 });
    return name;
  };
  const right = file('a secret of more than sixteen characters');
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const guarded = startNode('x', address, path.join(newFolder(), 'data'), ['--secret-file', right]);
  await guarded.event('founded');
  const node = ['--node', address, ...LONG];
  expect(await run('ask', 'k', 'v', ...node, '--secret-file', right)).toMatchObject({ status: 0, stdout: 'v\n' });
  const inVariable = await runWith({ PARLIAMENT_SECRET_FILE: right, PARLIAMENT_NODE: address }, 'ask', 'k', ...LONG);
  expect(inVariable).toMatchObject({ status: 0, stdout: 'v\n' });
  for (const more of [[], ['--secret-file', file('another secret of many characters')]]) {
    const { status, stderr } = await run('ask', 'k', ...node, ...more);
    expect(status).toBe(1);
    expect(stderr).toMatch(/does not have the same secret: give both sides the same --secret-file, or neither/);
  }
  expect(await run('ask', 'k', ...node, '--secret-file', right)).toMatchObject({ status: 0, stdout: 'v\n' });
});
