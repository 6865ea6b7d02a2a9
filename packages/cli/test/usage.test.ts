import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cleanUpAfterwards, newFolder, run } from './support.js';

cleanUpAfterwards();

const COMMANDS = ['demo', 'start', 'ask', 'status', 'stop', 'client', 'log', 'backup', 'restore', 'member'];
const START = ['start', '--name', 'a', '--listen', '127.0.0.1:0'];
const NOWHERE = path.join(newFolder(), 'never');

function secretFile(content: string, mode: number): string {
  const file = path.join(newFolder(), 'secret');
  fs.writeFileSync(file, content);
  fs.chmodSync(file, mode);
  return file;
}

describe('help', () => {
  it('lists the commands', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(command);
  });

  it.each(COMMANDS)('of %s tells its options and exit statuses', async (command) => {
    const { status, stdout } = await run(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`parliament ${command}`);
    expect(stdout).toContain('--help');
  });

  it('tells the version', async () => {
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong call is answered by one line that names the cause, and exit status 2', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command "frobnicate"; known are demo/],
    ['an unknown option', ['ask', 'k', '--nod', 'x'], /Unknown option '--nod'/],
    ['an argument too many', ['ask', 'k', 'v', 'w', '--node', '127.0.0.1:1'], /unexpected argument "w"/],
    ['no key', ['ask', '--node', '127.0.0.1:1'], /KEY is missing/],
    ['no node', ['ask', 'k'], /--node is missing; for example/],
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
    expect(stderr).toMatch(/Listening on 0\.0\.0\.0 lets other machines in: set a secret/);
    expect(status).toBe(1);
    expect(fs.existsSync(NOWHERE)).toBe(false);
  });

  it('asking where nobody listens: not applied', async () => {
    const { status, stderr } = await run('ask', 'k', 'v', '--node', '127.0.0.1:1', '--timeout', '2s');
    expect(stderr).toMatch(/^parliament ask: 127\.0\.0\.1:1: .*\(it was not applied\)\n$/);
    expect(status).toBe(1);
  });
});
