/** The examples, run as their READMEs say. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';

const folder = join(__dirname, '..');
const running: ChildProcess[] = [];
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
);

interface Program {
  readonly lines: readonly string[];
  /** Resolves when a line is there, now or later; rejects when the program ends without it. */
  line(pattern: RegExp): Promise<string>;
  say(text: string): void;
  /** Ends its input, or tells it to stop; resolves with its status. */
  end(signal?: NodeJS.Signals): Promise<number>;
  readonly ended: Promise<number>;
}

function run(program: string, ...args: string[]): Program {
  const child = spawn(process.execPath, [join(folder, program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const closed = Promise.all([once(child, 'close'), once(reader, 'close')]);
  const ended = closed.then(([[status]]) => Number(status));
  return {
    lines,
    async line(pattern) {
      for (;;) {
        const found = lines.find((each) => pattern.test(each));
        if (found !== undefined) return found;
        const isOver = await Promise.race([once(reader, 'line').then(() => false), closed.then(() => true)]);
        if (isOver && !lines.some((each) => pattern.test(each))) {
          throw new Error(`${program} has ended without ${pattern}: ${lines.join('\n')}`);
        }
      }
    },
    say: (text) => child.stdin.write(`${text}\n`),
    end(signal) {
      if (signal === undefined) child.stdin.end();
      else child.kill(signal);
      return ended;
    },
    ended,
  };
}

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

it('registers: three nodes of a web service agree, and lose one of them', async () => {
  const { lines, ended } = run('registers/main.mjs');
  expect(await ended).toBe(0);
  expect(lines).toEqual([
    'PUT green at a: green',
    'PUT red at b: green',
    'c is killed',
    'GET at b: green',
    'PUT round at b: round',
    'c is back',
    'GET at c: round',
  ]);
});

describe('account', () => {
  it('is kept by one process, which is closed and opened again', async () => {
    const { lines, ended } = run('account/alone.mjs');
    expect(await ended).toBe(0);
    expect(lines).toEqual([
      'deposit 5: 5',
      'withdraw 2: 3',
      'withdraw 9: too-little, there are 3',
      'after it was closed and opened again: 3',
    ]);
  });

  it('is kept by three, one of which is killed', async () => {
    const { lines, ended } = run('account/main.mjs');
    expect(await ended).toBe(0);
    expect(lines).toEqual([
      '100 deposits, c was killed meanwhile: the balance is right',
      'c is back, and has the same',
    ]);
  });
});

it('supervised: what crashes comes back with a fresh file handle, and not for ever', async () => {
  const { lines, ended } = run('supervised/main.mjs');
  expect(await ended).toBe(0);
  expect(lines).toEqual([
    'written: 1',
    'the call failed: exit',
    'restarted, lines of this incarnation: 0',
    'written: 1',
    'the call failed: exit',
    expect.stringMatching(/^the supervisor has ended: intensity: .*: a line has one line$/),
    'the file has: first, second',
  ]);
});

it('chat: what one types is shown to the other, until it is gone', async () => {
  const ann = run('chat/chat.mjs', 'ann');
  const [, address = ''] = /listens on (\S+)$/.exec(await ann.line(/listens on/)) ?? [];
  const bob = run('chat/chat.mjs', 'bob', address);
  await Promise.all([ann.line(/^\* bob is here$/), bob.line(/^\* ann is here$/)]);
  bob.say('hello');
  await ann.line(/^bob: hello$/);
  ann.say('welcome');
  await bob.line(/^ann: welcome$/);
  expect(await bob.end()).toBe(0);
  await ann.line(/^\* bob is gone$/);
  expect(await ann.end()).toBe(0);
});

describe('own machine, in the simulator', () => {
  it('is sound in twenty worlds', async () => {
    const { lines, ended } = run('own-machine/main.mjs');
    expect(await ended).toBe(0);
    expect(lines).toEqual(['twenty worlds: every history is linearizable']);
  });

  it('is found out when a snapshot of it lacks something', async () => {
    const { lines, ended } = run('own-machine/main.mjs', '--broken');
    expect(await ended).toBe(0);
    // And then the story of it.
    expect(lines[0]).toMatch(/^found: seed \d+: what clients were told is not linearizable/);
    expect(lines.slice(2)).toEqual(lines.slice(2).map(() => expect.stringMatching(/^ +\d+ ms to \d+ ms {2}client/)));
  });
});

describe('browser', () => {
  it('serves a page with a node in it', async () => {
    const server = run('browser/server.mjs');
    const [, origin = ''] = /^open (\S+)#/.exec(await server.line(/^open /)) ?? [];
    const script = await (await fetch(`${origin}page.js`)).text();
    expect(script).toContain('has no board');
    expect(await (await fetch(origin)).text()).toContain('/page.js');
    expect(await server.end('SIGTERM')).toBe(0);
  });

  (CHROMIUM === undefined ? it.skip : it)('and the page joins, says something, and is missed', async () => {
    const server = run('browser/server.mjs');
    const [, url = ''] = /^open (\S+)$/.exec(await server.line(/^open /)) ?? [];
    const profile = mkdtempSync(join(tmpdir(), 'parliament-example-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`];
    const browser = spawn(CHROMIUM as string, [...flags, url], {
      stdio: 'ignore',
      // In a group of its own, since a browser is many processes.
      detached: true,
      env: { ...process.env, TMPDIR: profile },
    });
    const closed = once(browser, 'close');
    try {
      await server.line(/^pages: 1$/);
      await server.line(/^said: page 1 is here$/);
    } finally {
      process.kill(-(browser.pid ?? 0), 'SIGKILL');
      await closed;
      // The last of its processes may still write to it.
      rmSync(profile, { recursive: true, maxRetries: 20, retryDelay: 50 });
    }
    await server.line(/^pages: 0$/);
    expect(await server.end('SIGTERM')).toBe(0);
  });
});

it('each has a README that shows how to run it', () => {
  const examples = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  for (const { name } of examples.filter((each) => each.name !== 'test')) {
    const readme = readFileSync(join(folder, name, 'README.md'), 'utf8');
    const [, program] = new RegExp(`node examples/${name}/(\\S+\\.mjs)`).exec(readme) ?? [];
    expect({ name, exists: program !== undefined && existsSync(join(folder, name, program)) }).toEqual({
      name,
      exists: true,
    });
  }
});
