import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cleanUpAfterwards, newFolder, run, runWith } from './support.js';

cleanUpAfterwards();

const COMMANDS = [
  'demo',
  'start',
  'ask',
  'list',
  'kv',
  'kv get',
  'kv put',
  'kv delete',
  'kv range',
  'kv txn',
  'kv compact',
  'status',
  'stop',
  'client',
  'log',
  'backup',
  'restore',
  'member',
  'completion',
];
const START = ['start', '--name', 'a', '--listen', '127.0.0.1:0'];
const README = fs.readFileSync(path.join(__dirname, '../README.md'), 'utf8');
const NOWHERE = path.join(newFolder(), 'never');

function secretFile(content: string, mode: number): string {
  const file = path.join(newFolder(), 'secret');
  fs.writeFileSync(file, content);
  fs.chmodSync(file, mode);
  return file;
}

describe('help', () => {
  const offers = run('completion', 'bash').then(({ stdout }) => stdout);

  it('lists the commands', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(command.split(' ').at(-1));
  });

  it.each(COMMANDS)('of %s tells its options and exit statuses, and no others', async (command) => {
    const words = command.split(' ');
    const { status, stdout } = await run(...words, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`parliament ${command}`);
    // What a shell is offered is what is accepted.
    const completion = await offers;
    const branch = new RegExp(`^ {${4 * words.length}}${words.at(-1)}\\) offered='(.*)'`, 'm');
    const [, offered = ''] = branch.exec(completion) ?? [];
    expect(offered).toContain('--help');
    const accepted = offered.split(' ').filter((word) => word.startsWith('--'));
    // Options of other commands stand in quotes, with the command.
    const told = stdout.replaceAll(/"[^"]*"/g, '').match(/--[a-z][a-z0-9-]*/g) ?? [];
    expect([...new Set(told)].sort()).toEqual([...accepted].sort());
    expect(stdout).toMatch(/^Exit status: \d .*[12] /m);
    for (const option of accepted) expect(README).toContain(option);
  });

  it('of a command is what help with its name tells, too', async () => {
    const help = await run('ask', '--help');
    expect(await run('help', 'ask')).toEqual(help);
    expect(await run('--help', 'ask')).toEqual(help);
    expect((await run('help')).stdout).toBe((await run('--help')).stdout);
    expect(help.stdout).toMatch(/^parliament ask KEY/);
    const inner = await run('kv', 'put', '--help');
    expect(await run('help', 'kv', 'put')).toEqual(inner);
    expect(inner.stdout).toMatch(/^parliament kv put KEY VALUE/);
    expect(await run('help', 'kv')).toEqual(await run('kv', '--help'));
  });

  it('tells the version', async () => {
    for (const option of ['--version', '-V']) expect((await run(option)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong call is answered by one line that names the cause, and exit status 2', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command "frobnicate"; known are demo/],
    ['an action without its command', ['get', 'k'], /unknown command "get"; did you mean kv get\?/],
    ['a command with a slip', ['strat'], /unknown command "strat"; did you mean start\? See parliament --help$/m],
    ['help on an unknown command', ['help', 'statsu'], /unknown command "statsu"; did you mean status\?/],
    ['an unknown option in the place of a command', ['--foo'], /unknown option "--foo"; options stand behind/],
    ['an option with a slip in the place of a command', ['--hepl'], /unknown option "--hepl"; did you mean --help\?/],
    ['an unknown option', ['ask', 'k', '--nod', 'x'], /Unknown option '--nod'; did you mean --node\? See/],
    [
      'a word with a dash',
      ['ask', 'k', '-5', '--node', '127.0.0.1:1'],
      /Unknown option '-5'; what begins .* stands behind --/,
    ],
    ['a value of an option that takes none', ['ask', 'k', '--help=x'], /'-h, --help' does not take an argument/],
    [
      'a key that is not UTF-8',
      ['ask', 'k\ufffd', 'v', '--node', '127.0.0.1:1'],
      /^parliament ask: KEY has bytes that are not UTF-8/,
    ],
    [
      'a value that is not UTF-8',
      ['ask', 'k', 'v\ufffd', '--node', '127.0.0.1:1'],
      /^parliament ask: VALUE has bytes that are not/,
    ],
    ['no directory for the data of the demonstration', ['demo', '--dir', ''], /--dir is empty/],
    ['an unknown option that is like none', ['ask', 'k', '--wherever', 'x'], /Unknown option '--wherever'\. See/],
    [
      'an option that takes one value, twice',
      ['ask', 'k', '--node', '127.0.0.1:1', '--node', '127.0.0.1:2'],
      /--node is given twice, and takes one value/,
    ],
    ['an action with a slip', ['log', 'verfy', 'x'], /verfy: give one of verify, .*; did you mean verify\?/],
    ['no shell that is known', ['completion', 'tcsh'], /give one of bash, zsh, fish/],
    ['an argument too many', ['ask', 'k', 'v', 'w', '--node', '127.0.0.1:1'], /unexpected argument "w"/],
    ['no key', ['ask', '--node', '127.0.0.1:1'], /KEY is missing/],
    ['no node', ['ask', 'k'], /--node is missing; for example --node 127\.0\.0\.1:7001, or set PARLIAMENT_NODE/],
    ['an address without a port', ['ask', 'k', '--node', 'localhost'], /HOST:PORT/],
    ['no address, of a key that is called --help', ['ask', '--node', 'localhost', '--', '--help'], /HOST:PORT/],
    ['a time without a unit', ['ask', 'k', '--node', '127.0.0.1:1', '--timeout', '5'], /with its unit/],
    ['a time of nothing', ['ask', 'k', '--node', '127.0.0.1:1', '--timeout', '0s'], /with its unit/],
    ['no name', ['start', '--listen', '127.0.0.1:0', '--data', NOWHERE], /--name is missing/],
    ['no directory', START, /--data is missing/],
    [
      'a name that is none',
      ['start', '--name', 'a b', '--listen', '127.0.0.1:0', '--data', NOWHERE],
      /letters, digits/,
    ],
    ['a member that is none', [...START, '--data', NOWHERE, '--member', '1024'], /0 to 1023/],
    ['a peer that is none', [...START, '--data', NOWHERE, '--peer', 'b'], /NAME=HOST:PORT/],
    ['a port that is none', [...START, '--data', NOWHERE, '--peer', 'b=127.0.0.1:99999'], /HOST:PORT/],
    [
      'a member that contradicts the names',
      [...START, '--data', NOWHERE, '--member', '1', '--peer', 'b=127.0.0.1:1'],
      /by the order of the names/,
    ],
    ['a peer of its own name', [...START, '--data', NOWHERE, '--peer', 'a=127.0.0.1:1'], /same name/],
    [
      'ids for some',
      [...START, '--data', NOWHERE, '--member', '0', '--peer', '1:b=127.0.0.1:1', '--peer', 'c=127.0.0.1:2'],
      /all of them or to none/,
    ],
    ['no node for a client', ['client'], /--node is missing/],
    [
      'no action',
      ['kv'],
      /^parliament kv: give one of get, put, delete, range, txn, compact, watch\. See parliament kv --help$/m,
    ],
    ['an action with a slip of kv', ['kv', 'ptu'], /^parliament kv: unknown action "ptu"; did you mean put\?/],
    ['help on an action with a slip', ['help', 'kv', 'gte'], /unknown action "gte"; did you mean get\?/],
    [
      'an option in the place of an action',
      ['kv', '--node', 'x'],
      /unknown option "--node"; options stand behind the action/,
    ],
  ])('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(fs.existsSync(NOWHERE)).toBe(false);
  });
});

describe('what cannot be done is answered by one line that names the cause, and exit status 1', () => {
  it.each([
    ['a secret file that is not there', ['--secret-file', '/nowhere/secret'], /no such file.*make one with/],
    ['a secret that others may read', ['--secret-file', secretFile('x'.repeat(40), 0o644)], /chmod 600/],
    ['a secret that can be guessed', ['--secret-file', secretFile('secret', 0o600)], /fewer than 16 characters/],
  ])('%s', async (_, more, message) => {
    const { status, stderr } = await run(...START, '--data', NOWHERE, ...more);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });

  it('listening to other machines without a secret', async () => {
    const { status, stderr } = await run('start', '--name', 'a', '--listen', '0.0.0.0:0', '--data', NOWHERE);
    expect(stderr).toMatch(
      /^parliament start: Listening on 0\.0\.0\.0 lets other machines in: give every node the same --secret-file, .* or listen on 127\.0\.0\.1 only\n$/,
    );
    expect(status).toBe(1);
    expect(fs.existsSync(NOWHERE)).toBe(false);
  });

  it('reaching other machines without a secret', async () => {
    const { status, stderr } = await run('ask', 'k', '--node', '203.0.113.1:1');
    expect(stderr).toMatch(/203\.0\.113\.1:1 leaves this machine: give both sides the same --secret-file, .*32 bytes/);
    expect(stderr).not.toMatch(/tls/);
    expect(status).toBe(1);
  });

  it.each([
    ['ask', 'k', 'v'],
    ['kv', 'put', 'k', 'v'],
  ])('asking where nobody listens: not applied', async (...call) => {
    const { status, stderr } = await run(...call, '--node', '127.0.0.1:1', '--timeout', '2s');
    const name = call.slice(0, -2).join(' ');
    expect(stderr).toMatch(new RegExp(`^parliament ${name}: 127\\.0\\.0\\.1:1: .*\\(it was not applied\\)\n$`));
    expect(status).toBe(1);
  });
});

describe('an environment variable', () => {
  const none = ['--timeout', '1s'];

  it.each([['ask', 'k'], ['list'], ['status'], ['kv', 'get', 'k']])(
    'PARLIAMENT_NODE stands for --node of %s',
    async (...call) => {
      const { status, stderr } = await runWith({ PARLIAMENT_NODE: '127.0.0.1:1' }, ...call, ...none);
      expect([status, stderr]).toEqual([1, expect.stringContaining('No link to 127.0.0.1:1')]);
    },
  );

  it('is not looked at where the option is given, nor when it is empty', async () => {
    const given = await runWith({ PARLIAMENT_NODE: 'nonsense' }, 'ask', 'k', '--node', '127.0.0.1:1', ...none);
    expect([given.status, given.stderr]).toEqual([1, expect.stringContaining('No link to 127.0.0.1:1')]);
    const empty = await runWith({ PARLIAMENT_NODE: '' }, 'ask', 'k', ...none);
    expect([empty.status, empty.stderr]).toEqual([2, expect.stringContaining('--node is missing')]);
  });

  it('that is wrong is called by its name', async () => {
    const node = await runWith({ PARLIAMENT_NODE: 'nonsense' }, 'status');
    expect([node.status, node.stderr]).toEqual([
      2,
      expect.stringMatching(/^parliament status: PARLIAMENT_NODE nonsense: give an address as HOST:PORT/),
    ]);
    const secret = await runWith({ PARLIAMENT_SECRET_FILE: '/nowhere/secret' }, ...START, '--data', NOWHERE);
    expect([secret.status, secret.stderr]).toEqual([
      1,
      expect.stringMatching(/^parliament start: PARLIAMENT_SECRET_FILE: .*no such file/),
    ]);
  });

  it('stops no node: stop is told each time which', async () => {
    const { status, stderr } = await runWith({ PARLIAMENT_NODE: '127.0.0.1:1' }, 'stop', ...none);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/--node is missing; for example --node 127.0.0.1:7001\./),
    ]);
  });
});
