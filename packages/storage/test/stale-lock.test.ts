import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '../src/index.js';
import {
  contentsOf,
  directoriesOfThisFile,
  faultyDisk,
  OWNER,
  recordsOf,
  SAMPLE,
  systemError,
  writeSample,
} from './support.js';

// It ends before the directories go.
afterAll(() => endHolder());

const newDirectory = directoriesOfThisFile();

interface Holder {
  readonly pid: number;
  readonly boot?: string;
  readonly started?: string;
  readonly token: string;
}

/** A process that holds a directory, and what the lock file of an older version, which knew no other lock, would say of it. */
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
  const said = JSON.parse(fs.readFileSync(path.join(heldDirectory, 'lock'), 'utf8')) as Holder;
  holder = { ...said, token: '0123456789abcdef' };
  expect(holder.pid).toBe(child.pid);
});

/** A directory whose lock, or other file, says this. */
async function directoryWith(text: string, name = 'lock'): Promise<string> {
  const directory = newDirectory();
  await writeSample(directory);
  fs.writeFileSync(path.join(directory, name), text);
  return directory;
}

/** Whether the system tells which boot this is, and when a process started. */
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('the lock file of an older version', () => {
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

  onLinux('of this very process is respected: it is of another copy of the package', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const mine = JSON.parse(fs.readFileSync(path.join(directory, 'lock'), 'utf8')) as Holder;
    await ledger.close();
    fs.writeFileSync(path.join(directory, 'lock'), JSON.stringify({ ...mine, token: 'another' }));
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'locked' });
  });

  it('is understood by one: it finds in ours a process that runs, and a token', () => {
    const said = JSON.parse(fs.readFileSync(path.join(heldDirectory, 'lock'), 'utf8')) as Holder;
    expect(said).toEqual({ ...holder, token: 'kept by the system' });
  });

  it.each(['', 'half a li'])('is left behind by a takeover, saying %j, and stops nobody', async (text) => {
    const directory = await directoryWith(JSON.stringify({ ...holder, boot: 'an earlier one', started: '1' }));
    fs.writeFileSync(path.join(directory, 'lock.takeover'), text);
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('is given up when the opening fails behind it', async () => {
    const directory = newDirectory();
    await writeSample(directory);
    await expect(openLedger(directory, { ...OWNER, member: 2 })).rejects.toMatchObject({ code: 'wrong-identity' });
    expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
  });
});

describe('a lock file of this version', () => {
  it('is no lock: the system keeps that, and whoever does not have it has gone', async () => {
    const directory = await directoryWith(JSON.stringify({ ...holder, token: 'kept by the system' }));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('that somebody has removed is not missed', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    fs.rmSync(path.join(directory, 'lock'));
    const child = spawn(process.execPath, [path.join(__dirname, 'fixtures', 'holder.mjs'), directory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    for await (const chunk of child.stderr) complaint += String(chunk);
    expect(complaint).toContain(`${directory} is in use by another process`);
    await ledger.close();
  });

  it('that cannot be written stops nobody', async () => {
    const disk = faultyDisk();
    const directory = newDirectory();
    await writeSample(directory);
    disk.create = () => {
      throw systemError('ENOSPC');
    };
    const ledger = await openLedger(directory, { ...OWNER, disk });
    expect(await recordsOf(ledger)).toEqual(SAMPLE);
    await ledger.close();
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
