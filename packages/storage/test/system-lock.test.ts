import childProcess from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { lockBySystem } from '../src/system-lock.js';
import { directoriesOfThisFile, systemError } from './support.js';

const newDirectory = directoriesOfThisFile();
const { platform } = process;

function made(): string {
  const directory = newDirectory();
  fs.mkdirSync(directory, { recursive: true });
  return directory;
}

function on(system: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: system });
}

afterEach(() => {
  jest.restoreAllMocks();
  on(platform);
});

const onLinux = platform === 'linux' ? describe : describe.skip;

/** The program `flock`, as it ends: with a status or by a signal, and what it complains of. Counts how often it is started. */
function flockEnds(
  status: number | null,
  complaint = '',
  signal: string | null = null,
): jest.Spied<typeof childProcess.spawn> {
  return jest.spyOn(childProcess, 'spawn').mockImplementation(() => {
    const child = Object.assign(new EventEmitter(), { stderr: Object.assign(new EventEmitter(), { setEncoding }) });
    function setEncoding(): EventEmitter {
      return child.stderr;
    }
    setImmediate(() => {
      if (complaint !== '') child.stderr.emit('data', complaint);
      child.emit('close', status, signal);
    });
    return child as unknown as childProcess.ChildProcess;
  });
}

/** The program `flock` that cannot be started, and says so at once or later. */
function flockFails(code: string, how: 'at once' | 'later'): void {
  jest.spyOn(childProcess, 'spawn').mockImplementation(() => {
    if (how === 'at once') throw systemError(code);
    const child = new EventEmitter();
    setImmediate(() => child.emit('error', systemError(code)));
    return child as unknown as childProcess.ChildProcess;
  });
}

/** No sockets in the abstract namespace, for such a reason. */
function socketFails(code: string): void {
  jest.spyOn(net.Server.prototype, 'listen').mockImplementation(function listen(this: net.Server) {
    setImmediate(() => this.emit('error', systemError(code)));
    return this;
  });
}

/** Which files this process has open. */
const openFiles = (): string[] =>
  fs.readdirSync('/proc/self/fd').flatMap((each) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${each}`)];
    } catch {
      // That of the reading itself.
      return [];
    }
  });

/** Whether another may have the lock now. */
async function isFree(directory: string): Promise<boolean> {
  jest.restoreAllMocks();
  const unlock = await lockBySystem(directory);
  unlock?.();
  return unlock !== undefined;
}

onLinux('on Linux a lock', () => {
  it('is one until it is given up, and leaves nothing open', async () => {
    const directory = made();
    for (let times = 0; times < 2; times++) {
      const unlock = await lockBySystem(directory);
      expect(await lockBySystem(directory)).toBeUndefined();
      expect(openFiles()).toContain(directory);
      unlock?.();
      expect(openFiles()).not.toContain(directory);
    }
    expect(await isFree(directory)).toBe(true);
  });

  it.each([
    ['there is no program flock', () => flockFails('ENOENT', 'later')],
    ['the program flock may not be run', () => flockFails('EACCES', 'at once')],
    ['the program flock cannot lock this', () => flockEnds(1, 'flock: 3: Bad file descriptor')],
    ['the program flock is another one', () => flockEnds(64)],
    ['there are no such sockets', () => socketFails('EACCES')],
  ])('is held by what is left when %s', async (_, without) => {
    const directory = made();
    without();
    const unlock = await lockBySystem(directory);
    expect(unlock).toBeDefined();
    expect(await isFree(directory)).toBe(false);
    unlock?.();
    expect(await isFree(directory)).toBe(true);
    expect(openFiles()).not.toContain(directory);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EINTR', 'EIO'])(
    'is not taken by half for %s, which passes',
    async (code) => {
      const directory = made();
      for (const fail of [
        () => flockFails(code, 'at once'),
        () => flockFails(code, 'later'),
        () => socketFails(code),
      ]) {
        fail();
        await expect(lockBySystem(directory)).rejects.toMatchObject({ code });
        expect(openFiles()).not.toContain(directory);
        expect(await isFree(directory)).toBe(true);
      }
    },
  );

  it('is not taken when the program flock is ended by a signal', async () => {
    const directory = made();
    flockEnds(null, '', 'SIGKILL');
    await expect(lockBySystem(directory)).rejects.toThrow('flock was ended by SIGKILL');
    expect(openFiles()).not.toContain(directory);
    expect(await isFree(directory)).toBe(true);
  });

  it('that the program flock finds held is another’s, and the socket is given up', async () => {
    const directory = made();
    flockEnds(1);
    expect(await lockBySystem(directory)).toBeUndefined();
    expect(openFiles()).not.toContain(directory);
    expect(await isFree(directory)).toBe(true);
  });

  it('whose socket is another’s is not asked of the program flock', async () => {
    const directory = made();
    const spawn = flockEnds(0);
    socketFails('EADDRINUSE');
    expect(await lockBySystem(directory)).toBeUndefined();
    expect(spawn).not.toHaveBeenCalled();
  });

  it('is refused where there is no way to have one', async () => {
    socketFails('EACCES');
    flockFails('ENOENT', 'later');
    await expect(lockBySystem(made())).rejects.toMatchObject({ code: 'ENOTSUP' });
  });

  it('answers nobody who comes to its socket, and keeps no process alive', async () => {
    const directory = made();
    const unlock = await lockBySystem(directory);
    const { dev, ino } = fs.statSync(directory, { bigint: true });
    const stranger = net.connect(`\0parliament-ledger:${dev}:${ino}`);
    await new Promise((resolve) => stranger.once('close', resolve));
    unlock?.();
  });
});

describe.each([
  ['darwin', 'EAGAIN'],
  ['freebsd', 'EWOULDBLOCK'],
  ['win32', 'EBUSY'],
  ['win32', 'EPERM'],
] as const)('on %s a lock', (system, held) => {
  /** What is opened, and how: by name, flags and mode. */
  function opening(work: () => number): unknown[][] {
    const asked: unknown[][] = [];
    jest.spyOn(fs, 'openSync').mockImplementation((...each) => {
      asked.push(each);
      return work();
    });
    return asked;
  }

  it('is a file that is open so that no other may be', async () => {
    const directory = made();
    const name = system === 'win32' ? path.join(directory, 'lock.system') : directory;
    const { O_RDONLY, O_NONBLOCK, O_RDWR, O_CREAT } = fs.constants;
    const flags = system === 'win32' ? O_RDWR | O_CREAT | 0x1000_0000 : O_RDONLY | O_NONBLOCK | 0x20;
    const closed: number[] = [];
    const asked = opening(() => 77);
    jest.spyOn(fs, 'closeSync').mockImplementation((file) => void closed.push(file));
    on(system);
    const unlock = await lockBySystem(directory);
    expect(asked).toEqual([[name, flags, 0o600]]);
    expect(closed).toEqual([]);
    unlock?.();
    unlock?.();
    expect(closed).toEqual([77]);
  });

  it(`is another’s when the system says ${held}; what else it says is an error`, async () => {
    const directory = made();
    let code = held as string;
    opening(() => {
      throw systemError(code);
    });
    on(system);
    expect(await lockBySystem(directory)).toBeUndefined();
    code = 'EACCES';
    await expect(lockBySystem(directory)).rejects.toMatchObject({ code });
  });
});
