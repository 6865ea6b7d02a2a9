import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { realFileSystem } from '../src/index.js';
import { lockDirectory } from '../src/lock.js';
import { describeSelf, type Holder, isRunning, parseHolder } from '../src/lock-holder.js';
import { directoriesOfThisFile, systemError, turn } from './support.js';

const newDirectory = directoriesOfThisFile();
const BOOT = 'this boot';
const OWN = process.pid;
const OTHER = OWN + 1;
const HOLDER: Holder = { pid: OTHER, boot: undefined, started: undefined, isBySystem: false };

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** What the system tells of processes: their state, and when they started, which is field 22. */
function systemTells(processes: Readonly<Record<number, readonly [state: string, started: number]>>): void {
  const files = new Map([['/proc/sys/kernel/random/boot_id', `${BOOT}\n`]]);
  for (const [pid, [state, started]] of Object.entries(processes)) {
    const between = Array.from({ length: 18 }, (_, index) => index + 4).join(' ');
    files.set(`/proc/${pid}/stat`, `${pid} (a) name (b) ${state} ${between} ${started} 23 24\n`);
  }
  const { readFileSync } = fs;
  jest.spyOn(fs, 'readFileSync').mockImplementation((name, options) => {
    if (!String(name).startsWith('/proc/')) return readFileSync(name, options);
    const text = files.get(String(name));
    if (text === undefined) throw systemError('ENOENT');
    return text;
  });
}

/** What the system says to a signal. */
function signalled(code: string | undefined): jest.Spied<typeof process.kill> {
  return jest.spyOn(process, 'kill').mockImplementation(() => {
    if (code !== undefined) throw systemError(code);
    return true;
  });
}

describe('the holder of a lock file', () => {
  beforeEach(() => systemTells({ [OWN]: ['R', 500], [OTHER]: ['S', 700] }));

  it.each<[string, Partial<Holder>, boolean]>([
    ['is there, as the system says', {}, true],
    ['of this boot is there', { boot: BOOT, started: '700' }, true],
    ['of another boot has gone', { boot: 'another', started: '700' }, false],
    ['that started at another time has gone', { started: '701' }, false],
    ['without a number is none', { pid: 0 }, false],
    ['with a number that is none is none', { pid: 1.5 }, false],
    ['with a number below is none', { pid: -OTHER }, false],
    ['is this process', { pid: OWN, started: '500' }, true],
    ['was an earlier process of this number', { pid: OWN, started: '499' }, false],
    ['was of this number, and does not say when', { pid: OWN }, false],
  ])('%s', (_, holder, expected) => {
    const kill = signalled(undefined);
    expect(isRunning({ ...HOLDER, ...holder })).toBe(expected);
    // Nobody is ever signalled in earnest.
    for (const call of kill.mock.calls) expect(call).toEqual([OTHER, 0]);
  });

  it.each([
    ['ESRCH', false],
    ['EPERM', true],
    ['EINVAL', false],
  ])('that cannot be signalled for %s is there: %s', (code, expected) => {
    signalled(code);
    expect(isRunning(HOLDER)).toBe(expected);
  });

  it.each(['Z', 'X', 'x', 'R', 'D'])('in the state %s is there as long as it has not ended', (state) => {
    systemTells({ [OTHER]: [state, 700] });
    signalled(undefined);
    expect(isRunning({ ...HOLDER, started: '700' })).toBe(!'ZXx'.includes(state));
  });

  it('is asked of where the system tells nothing', () => {
    jest.spyOn(fs, 'readFileSync').mockImplementation(() => {
      throw systemError('ENOENT');
    });
    signalled(undefined);
    expect(isRunning({ ...HOLDER, started: '700' })).toBe(true);
    // Of another boot: which one this is, is not known.
    expect(isRunning({ ...HOLDER, boot: BOOT })).toBe(false);
    expect(isRunning({ ...HOLDER, pid: OWN })).toBe(false);
    expect(describeSelf()).toEqual({ pid: OWN, boot: undefined, started: undefined, token: 'kept by the system' });
  });

  it('says of itself what is found again', () => {
    expect(describeSelf()).toEqual({ pid: OWN, boot: BOOT, started: '500', token: 'kept by the system' });
    const holder = { pid: OWN, boot: BOOT, started: '500', isBySystem: true };
    expect(parseHolder(JSON.stringify(describeSelf()))).toEqual(holder);
    expect(parseHolder('{"pid":7,"token":"a","boot":1,"started":2}')).toEqual({ ...HOLDER, pid: 7 });
    for (const text of ['null', '7', '"a"', '{"token":"a"}', '{"pid":7}', '{"pid":"7","token":"a"}']) {
      expect(parseHolder(text)).toBeUndefined();
    }
    expect(() => parseHolder('{')).toThrow(SyntaxError);
  });
});

describe('a directory that is locked', () => {
  const locked = (directory: string, by: string): object => ({
    code: 'locked',
    message: `${directory} is in use by ${by}: stop it first, or choose another directory`,
  });

  function made(holder?: object): string {
    const directory = newDirectory();
    fs.mkdirSync(directory);
    if (holder !== undefined) fs.writeFileSync(`${directory}/lock`, JSON.stringify(holder));
    return directory;
  }

  it('is told by whom; by an older version the lock of the system is given up again', async () => {
    const holder = (pid: number, token: string): object => ({ pid, started: pid === OWN ? '500' : '700', token });
    systemTells({ [OWN]: ['R', 500], [OTHER]: ['S', 700] });
    signalled(undefined);
    for (const [pid, by] of [
      [OTHER, `process ${OTHER}`],
      [OWN, `this process (${OWN}) already`],
    ] as const) {
      let unlocked = 0;
      const directory = made(holder(pid, 'a'));
      const free = {
        ...realFileSystem,
        lock: async () => () => {
          unlocked += 1;
        },
      };
      await expect(lockDirectory(free, directory)).rejects.toMatchObject(locked(directory, by));
      expect(unlocked).toBe(1);
      const taken = { ...realFileSystem, lock: async () => undefined };
      await expect(lockDirectory(taken, directory)).rejects.toMatchObject(locked(directory, by));
      // Of this version it says who was there last, and the system has the lock.
      fs.writeFileSync(`${directory}/lock`, JSON.stringify(holder(pid, 'kept by the system')));
      const unlock = await lockDirectory(free, directory);
      expect(JSON.parse(fs.readFileSync(`${directory}/lock`, 'utf8'))).toEqual(describeSelf());
      unlock();
      expect(unlocked).toBe(2);
      expect(fs.readdirSync(directory)).toEqual([]);
    }
  });

  it('by nobody who says so is tried for about five seconds', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const directory = made();
    let asked = 0;
    const disk = {
      ...realFileSystem,
      lock: async () => {
        asked += 1;
        return undefined;
      },
    };
    const before = Date.now();
    let isOver = false;
    const refusal = expect(lockDirectory(disk, directory)).rejects.toMatchObject(locked(directory, 'another process'));
    const end = refusal.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await turn();
      jest.advanceTimersToNextTimer();
    }
    await end;
    expect(Date.now() - before).toBeGreaterThan(4000);
    expect(Date.now() - before).toBeLessThan(8000);
    expect(asked).toBeGreaterThan(5);
  });
});
