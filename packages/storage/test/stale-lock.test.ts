import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '../src/index.js';
import { contentsOf, directoriesOfThisFile, OWNER, SAMPLE, writeSample } from './support.js';

const newDirectory = directoriesOfThisFile();

interface Holder {
  readonly pid: number;
  readonly boot?: string;
  readonly started?: string;
  readonly token: string;
}

/** A process that holds a directory, and what its lock says. */
let holder: Holder;
let heldDirectory: string;
let endHolder: () => Promise<unknown>;

beforeAll(async () => {
  heldDirectory = newDirectory();
  const script = path.join(__dirname, 'fixtures', 'holder.mjs');
  const child = spawn(process.execPath, [script, heldDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  endHolder = () => {
    child.kill('SIGKILL');
    return ended;
  };
  await new Promise((resolve) => child.stdout.once('data', resolve));
  holder = JSON.parse(fs.readFileSync(path.join(heldDirectory, 'lock'), 'utf8')) as Holder;
  expect(holder.pid).toBe(child.pid);
});

afterAll(() => endHolder());

/** A directory whose lock, or other file, says this. */
async function directoryWith(text: string, name = 'lock'): Promise<string> {
  const directory = newDirectory();
  await writeSample(directory);
  fs.writeFileSync(path.join(directory, name), text);
  return directory;
}

/** Whether the system tells which boot this is, and when a process started. */
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('a lock', () => {
  it('of a process that runs is respected, wherever it stands', async () => {
    const directory = await directoryWith(JSON.stringify(holder));
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'locked',
      message: `${directory} is in use by process ${holder.pid}: stop it first, or choose another directory`,
    });
    expect(JSON.parse(fs.readFileSync(path.join(directory, 'lock'), 'utf8'))).toEqual(holder);
    expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'lock', 'log']);
  });

  it('that does not say when its process started is respected as long as there is a process of that number', async () => {
    const directory = await directoryWith(JSON.stringify({ pid: holder.pid, token: 'a' }));
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'locked' });
  });

  onLinux('of a process that started at another time is stale: its number is used again', async () => {
    expect(holder.started).toMatch(/^\d+$/);
    const directory = await directoryWith(JSON.stringify({ ...holder, started: '1' }));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  onLinux('of an earlier boot is stale, though there is a process of that number', async () => {
    expect(holder.boot).toMatch(/^[0-9a-f-]{36}$/);
    const directory = await directoryWith(JSON.stringify({ ...holder, boot: 'an earlier one' }));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('of this process under a token that it does not hold is stale: it was of an earlier one', async () => {
    const directory = await directoryWith(JSON.stringify({ ...holder, pid: process.pid }));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it.each(['', '{', 'null', '[]', '{"pid":"1"}', '\0'.repeat(100)])('that says %j was never held', async (text) => {
    expect(await contentsOf(await directoryWith(text))).toEqual(SAMPLE);
  });

  it('is not given up by one whose lock was taken over', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const lock = path.join(directory, 'lock');
    fs.writeFileSync(lock, JSON.stringify(holder));
    await ledger.close();
    expect(JSON.parse(fs.readFileSync(lock, 'utf8'))).toEqual(holder);
  });

  it('is given up when the opening fails behind it', async () => {
    const directory = newDirectory();
    await writeSample(directory);
    await expect(openLedger(directory, { ...OWNER, member: 2 })).rejects.toMatchObject({ code: 'wrong-identity' });
    expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
  });
});

describe('a takeover', () => {
  it('waits for no other that is under way, but names it', async () => {
    const directory = await directoryWith(JSON.stringify({ ...holder, pid: process.pid }));
    fs.writeFileSync(path.join(directory, 'lock.takeover'), JSON.stringify(holder));
    await expect(openLedger(directory, OWNER)).rejects.toThrow(`${directory} is in use by process ${holder.pid}`);
    fs.rmSync(path.join(directory, 'lock.takeover'));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('whose process was killed is told, with the file to remove', async () => {
    const directory = await directoryWith(JSON.stringify({ ...holder, pid: process.pid }));
    const takeover = path.join(directory, 'lock.takeover');
    fs.writeFileSync(takeover, JSON.stringify({ ...holder, pid: process.pid }));
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(new RegExp(`was killed while it took over .* remove ${takeover}$`)),
    });
    fs.rmSync(takeover);
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });
});

describe('what stands where a file of a ledger should', () => {
  it.each(['lock', 'identity', 'log', 'snapshots'])(
    'as %s and is something else, or a link, is refused',
    async (name) => {
      const target = newDirectory();
      fs.mkdirSync(target, { recursive: true });
      for (const place of [
        (entry: string) => (name === 'snapshots' ? fs.writeFileSync(entry, '') : fs.mkdirSync(entry)),
        (entry: string) => fs.symlinkSync(target, entry),
        (entry: string) => fs.symlinkSync(path.join(target, 'nothing'), entry),
      ]) {
        const directory = newDirectory();
        await writeSample(directory);
        fs.rmSync(path.join(directory, name), { force: true, recursive: true });
        place(path.join(directory, name));
        await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
          // A log that is an empty directory is a log that is lost.
          code:
            name === 'log' &&
            fs.statSync(path.join(directory, name), { throwIfNoEntry: false })?.isDirectory() &&
            !fs.lstatSync(path.join(directory, name)).isSymbolicLink()
              ? 'corrupt'
              : 'unusable',
          message: expect.stringContaining(path.join(directory, name)),
        });
      }
      expect(fs.readdirSync(target)).toEqual([]);
    },
  );

  // The superuser is permitted everything.
  const asUser = process.getuid?.() === 0 ? it.skip : it;
  asUser('without permission is refused, naming the directory', async () => {
    const parent = newDirectory();
    fs.mkdirSync(parent, { recursive: true, mode: 0o500 });
    const directory = path.join(parent, 'below');
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'unusable',
      message: expect.stringContaining(`${directory} cannot be used`),
    });
  });
});
