import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { measureBare } from '../src/peers/bare.js';
import { measureErlang } from '../src/peers/erlang.js';
import { isInstalled, PeerError, type Processes, withProcesses } from '../src/peers/processes.js';
import { measureRemote } from '../src/peers/remote.js';
import { descendants, expectFigures, forEachTestMarkProcesses, SIZES } from './processes.js';

forEachTestMarkProcesses();

describe('our own pair of nodes', () => {
  it.each(['otp', 'nact'] as const)('is measured between actors of %s, and leaves no process', async (kind) => {
    expectFigures(await measureRemote(SIZES, kind));
    expect(descendants()).toEqual([]);
  });
});

it.each(['net', 'ws'] as const)('a bare socket of %s is measured, and leaves no process', async (kind) => {
  expect(await measureBare(kind, SIZES)).toBeGreaterThan(0);
  expect(descendants()).toEqual([]);
});

describe('a foreign peer', () => {
  const itWithErlang = isInstalled('erl') ? it : it.skip;
  itWithErlang('Erlang is measured, and leaves no process', async () => {
    expectFigures(await measureErlang(SIZES));
    expect(descendants()).toEqual([]);
  });

  it('Erlang is not measured where it is not installed', async () => {
    const { PATH } = process.env;
    process.env.PATH = '';
    try {
      expect(await measureErlang(SIZES)).toBeUndefined();
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe('processes for the time of a measurement', () => {
  const LASTING = 'console.log("ready 1 2"); setInterval(() => {}, 1000);';

  /** One that lasts and a directory, and then what `more` does. Gives the directory, and how it all ended. */
  async function measured(
    timeoutMs: number,
    more: (processes: Processes, folder: string) => Promise<unknown>,
  ): Promise<{ folder: string; ended: unknown }> {
    let folder = '';
    const ended = await withProcesses(timeoutMs, async (processes) => {
      folder = processes.newFolder();
      expect(await processes.startUntil('ready', process.execPath, ['-e', LASTING])).toEqual(['1', '2']);
      return more(processes, folder);
    }).catch((error: unknown) => error);
    return { folder, ended };
  }

  const failing = ['-e', 'console.error("no luck"); process.exit(3);'];

  it.each<[string, number, (processes: Processes) => Promise<unknown>, unknown]>([
    ['a result', 20_000, async () => 7, 7],
    ['a failure', 20_000, () => Promise.reject(new RangeError('mine')), new RangeError('mine')],
    [
      'the end of a process that was to last',
      20_000,
      async (processes) => {
        processes.start(process.execPath, failing);
        await new Promise(() => {});
      },
      expect.objectContaining({ code: 'ended', message: expect.stringMatching(/ended with 3 .*no luck$/) }),
    ],
    [
      'a failure of one that was to end',
      20_000,
      (processes) => processes.run(process.execPath, failing),
      expect.objectContaining({ code: 'ended', message: expect.stringMatching(/ended with 3 .*no luck$/) }),
    ],
    [
      'a program that is not there',
      20_000,
      (processes) => processes.run('no-such-program', []),
      expect.objectContaining({ code: 'ended', message: expect.stringContaining('ENOENT') }),
    ],
    [
      'the time limit',
      1000,
      () => new Promise(() => {}),
      expect.objectContaining({ code: 'timeout', message: expect.stringContaining('not done after 1 s') }),
    ],
  ])('are gone after %s, and so are directories', async (_, timeoutMs, more, expected) => {
    const { folder, ended } = await measured(timeoutMs, (processes) => {
      expect(descendants().length > 0 || !fs.existsSync('/proc/self/environ')).toBe(true);
      return more(processes);
    });
    expect(ended).toEqual(expected);
    expect(fs.existsSync(folder)).toBe(false);
    expect(descendants()).toEqual([]);
  });

  it('cannot be started once it is over', async () => {
    let kept: Processes | undefined;
    await measured(20_000, async (processes) => {
      kept = processes;
    });
    expect(() => kept?.newFolder()).toThrow();
    expect(() => kept?.start(process.execPath, failing)).toThrow();
    expect(descendants()).toEqual([]);
  });

  it('are gone after a signal to this process', async () => {
    const door = pathToFileURL(path.resolve(__dirname, '../dist/peers/processes.js')).href;
    const program = `
      import { withProcesses } from ${JSON.stringify(door)};
      await withProcesses(60_000, async (processes) => {
        const folder = processes.newFolder();
        await processes.startUntil('ready', process.execPath, ['-e', ${JSON.stringify(LASTING)}]);
        console.log(folder);
        await new Promise(() => {});
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env },
    });
    const [told] = (await once(child.stdout, 'data')) as [Buffer];
    const folder = told.toString().trim();
    expect(fs.existsSync(folder)).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(fs.existsSync(folder)).toBe(false);
    // Killed, but with nobody left to await it.
    while (descendants().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('fail with an error of their own', () => {
    expect(new PeerError('timeout', 'late')).toMatchObject({ name: 'PeerError', code: 'timeout', message: 'late' });
  });
});
