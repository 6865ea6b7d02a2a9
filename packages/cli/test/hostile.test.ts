import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patiently } from './progress.js';
import { BIN, cleanUpAfterwards, launch, newFolder, type Result, run, startNode } from './support.js';

cleanUpAfterwards();

const folder = newFolder();
const file = path.join(folder, 'file');
const empty = path.join(folder, 'empty');
const pipe = path.join(folder, 'pipe');
const loop = path.join(folder, 'loop');
fs.writeFileSync(file, 'no data directory');
fs.mkdirSync(empty);
fs.symlinkSync('loop', loop);
execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);

const NOBODY = ['--node', '127.0.0.1:1', '--timeout', '1s'];
const START = ['start', '--name', 'a', '--listen', '127.0.0.1:0'];
/** A name with a new line, a code for terminals, and one of those that a single byte begins. */
const ODD = 'two\nlines \u001b[31m \u009b31m';

/** One line that says what is wrong, without anything that a terminal would obey: no stack, no warning of Node's own. */
function expectOneLine({ status, stderr }: Result, statuses: readonly (number | null)[] = [1, 2]): void {
  expect(stderr).toMatch(/^parliament[^\p{Cc}]*: [^\p{Cc}]+\n$/u);
  expect(stderr).not.toMatch(/unexpected:|Warning/);
  expect(statuses).toContain(status);
}

describe('whatever it is given, the command says in one line what is wrong', () => {
  const directories = [file, empty, pipe, loop, '/dev/null', '/dev/null/below', path.join(folder, 'x'.repeat(300)), ''];
  it.each<[string, string[][]]>([
    ['log verify', directories.map((directory) => ['log', 'verify', directory])],
    ['log dump', [file, empty].map((directory) => ['log', 'dump', directory])],
    ['log follow', [pipe, empty].map((directory) => ['log', 'follow', directory])],
    [
      'log truncate-corrupt',
      [file, empty].map((directory) => ['log', 'truncate-corrupt', directory, '--confirm', 'x']),
    ],
    ['backup from', [file, empty].map((directory) => ['backup', directory, path.join(folder, 'target')])],
    ['restore from', [file, empty, loop, ''].map((backup) => ['restore', backup, `${folder}/new`, '--cluster', 'n'])],
    [
      'restore to',
      [file, loop, '/dev/null/below', ''].map((directory) => ['restore', empty, directory, '--cluster', 'n']),
    ],
    ['start on', [file, loop, '/dev/null/below'].map((directory) => [...START, '--data', directory])],
    ['demo in', [file, loop].map((name) => ['demo', '--exit', '--dir', name])],
    [
      'addresses that are none',
      ['127.0.0.1:0', '1.2.3.4.5:1', '[zz]:1', `${ODD}:1`].map((at) => ['ask', 'k', '--node', at]),
    ],
    [
      'addresses of listeners that are none',
      ['192.0.2.1:0', '[::1', `${ODD}:1`].map((at) => [
        'start',
        '--name',
        'a',
        '--listen',
        at,
        '--data',
        `${folder}/never`,
      ]),
    ],
    [
      'peers that are none',
      ['b=127.0.0.1:0', `${ODD}=127.0.0.1:1`].map((peer) => [...START, '--peer', peer, '--data', `${folder}/never`]),
    ],
    [
      'names with control characters',
      [
        [ODD],
        ['log', ODD, empty],
        ['member', 'replace', ODD],
        ['ask', ODD, ...NOBODY],
        ['ask', 'k', `--${ODD}`],
        ['kv', ODD],
        ['kv', 'get', ODD, ...NOBODY],
        ['kv', 'get', 'k', '--level', ODD, ...NOBODY],
        ['kv', 'put', 'k', ODD, '--base64', ...NOBODY],
        ['kv', 'compact', ODD, ...NOBODY],
        ['start', '--name', ODD],
        ['status', '--secret-file', ODD, ...NOBODY],
        ['log', 'verify', path.join(folder, ODD)],
      ],
    ],
    [
      'files of secrets that are none',
      [empty, '/dev/zero', ''].map((secret) => ['stop', '--secret-file', secret, ...NOBODY]),
    ],
  ])('%s', async (_, calls) => {
    for (const call of calls) expectOneLine(await run(...call));
  });
});

describe('a program that wants JSON gets a line of JSON when it fails, too', () => {
  const failed = { ok: false, error: expect.stringMatching(/./) };
  const secret = ['--secret-file', `${folder}/none`];
  it.each<[string, string[], object]>([
    ['ask, without the secret', ['ask', 'k', 'v', ...NOBODY, ...secret], { ...failed, outcome: 'not-applied' }],
    ['ask', ['ask', 'k', 'v', ...NOBODY], { ...failed, outcome: 'not-applied' }],
    ['kv put', ['kv', 'put', 'k', 'v', ...NOBODY], { ...failed, outcome: 'not-applied' }],
    ['kv get', ['kv', 'get', 'k', ...NOBODY, ...secret], { ...failed, outcome: 'not-applied' }],
    ['list', ['list', ...NOBODY, ...secret], failed],
    ['status', ['status', ...NOBODY, ...secret], failed],
    ['stop', ['stop', ...NOBODY], failed],
    ['log verify', ['log', 'verify', empty], failed],
    ['log dump', ['log', 'dump', empty], failed],
    ['log truncate-corrupt', ['log', 'truncate-corrupt', empty, '--confirm', 'x'], failed],
    ['backup', ['backup', empty, path.join(folder, 'target')], failed],
    ['restore', ['restore', empty, path.join(folder, 'new'), '--cluster', 'n'], failed],
    ['start', [...START, '--data', path.join(folder, 'never'), ...secret], { event: 'failed' }],
  ])('%s', async (_, call, answer) => {
    const result = await run(...call, '--json');
    expectOneLine(result, [1]);
    expect(JSON.parse(result.stdout)).toMatchObject(answer);
  });
});

/** Starts it with an output of which nobody reads anything: each write fails. */
function runUnread(args: readonly string[], input?: string): Promise<Result> {
  const { child, ended } = launch(args, input);
  child.stdout?.destroy();
  return patiently(args.join(' '), ended);
}

/** Starts it with an output on a disk that is full. */
function runOnFullDisk(...args: string[]): Promise<Result> {
  const full = fs.openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', full, 'pipe'] });
  fs.closeSync(full);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Result>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout: '', stderr }));
  });
  return patiently(args.join(' '), ended);
}

describe('when nobody reads its output', () => {
  it('a command says so', async () => {
    for (const call of [['--help'], ['-V'], ['help', 'ask'], ['completion', 'bash']])
      expectOneLine(await runUnread(call), [1]);
  });

  it('a client ends, and the demonstration stops its nodes and takes its directory away', async () => {
    const request = `${JSON.stringify({ id: 1, op: 'ask', key: 'k', timeoutMs: 1 })}\n`;
    expect(await runUnread(['client', ...NOBODY], request)).toMatchObject({ status: 0, stderr: '' });
    const before = demonstrations();
    expect(await runUnread(['demo'])).toMatchObject({ status: 1, stderr: '' });
    expect(demonstrations().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('a node works on', async () => {
    const directory = path.join(newFolder(), 'data');
    const node = startNode('x', '127.0.0.1:0', directory);
    const { listen } = await node.event('ready');
    node.stopReading();
    const address = String(listen);
    expect(await run('ask', 'k', 'v', '--node', address)).toMatchObject({ status: 0, stdout: 'v\n' });
    expect(await run('stop', '--node', address)).toMatchObject({ status: 0 });
    expect(await patiently('x ends', node.ended)).toMatchObject({ status: 0, stderr: '' });
    // What is read only in part, as by head, was not a failure.
    expect(await runUnread(['log', 'dump', directory])).toMatchObject({ status: 0, stderr: '' });
  });

  (fs.existsSync('/dev/full') ? it : it.skip)('for want of space on its disk, a command says so', async () => {
    for (const call of [['--help'], ['--version'], ['ask', '--help']]) expectOneLine(await runOnFullDisk(...call), [1]);
  });
});

function demonstrations(): string[] {
  return fs.readdirSync(path.dirname(folder)).filter((name) => /^parliament-[^-]{6}$/.test(name));
}

describe('what is loaded', () => {
  /** The modules that a run of the command has loaded, but for those of Node itself. */
  async function modulesOf(...args: string[]): Promise<string[]> {
    const reports = newFolder();
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: 'ignore',
      env: { ...process.env, NODE_V8_COVERAGE: reports },
    });
    await patiently(args.join(' '), new Promise((resolve) => child.once('close', resolve)));
    return fs.readdirSync(reports).flatMap((name) => {
      const report = JSON.parse(fs.readFileSync(path.join(reports, name), 'utf8')) as { result: { url: string }[] };
      return report.result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    });
  }

  const packages = new URL('..', `file://${path.dirname(__dirname)}/`).href;
  const isOwn = (url: string): boolean => url.startsWith(`${packages}cli/`);

  it.each([[['--help']], [['--version']], [['help', 'ask']], [['ask', '--wrong']], [['help', 'kv', 'get']]])(
    'by %j is how commands are called, and not what does them',
    async (args) => {
      const modules = await modulesOf(...args);
      expect(modules.filter((url) => !isOwn(url))).toEqual([]);
      expect(modules.filter((url) => url.includes('/commands/'))).toEqual([]);
      expect(modules).toContain(`${packages}cli/dist/main.js`);
      expect(modules.length).toBeLessThan(30);
    },
  );

  it('by a command is what it needs', async () => {
    const modules = await modulesOf('member', 'replace', '1');
    expect(modules.filter((url) => url.includes('/commands/'))).toEqual([`${packages}cli/dist/commands/member.js`]);
    expect(modules.filter((url) => !isOwn(url))).toEqual([]);
    // The tools of a data directory need no actors and no links.
    const tools = await modulesOf('log', 'verify', empty);
    expect(tools.filter((url) => url.startsWith(`${packages}storage/`))).not.toEqual([]);
    expect(tools.filter((url) => /\/packages\/(parliament|remote|otp)\//.test(url))).toEqual([]);
  });
});
