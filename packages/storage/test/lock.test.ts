import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openLedger } from '../src/index.js';
import { contentsOf, directoriesOfThisFile, OWNER, SAMPLE, writeSample } from './support.js';

const newDirectory = directoriesOfThisFile();
const HOLDER = path.join(__dirname, 'fixtures', 'holder.mjs');

/** A process of its own that opens the directory and keeps it. */
async function hold(directory: string): Promise<{ pid: number; kill: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [HOLDER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const kill = (): Promise<unknown> => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    return closed;
  };
  return { pid: child.pid as number, kill };
}

describe('a directory in use', () => {
  it('by this process is refused, and free again after the close', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`this process (${process.pid})`),
    });
    await ledger.close();
    await contentsOf(directory);
    expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
  });

  it('by another process is refused, naming it; and taken over when that was killed', async () => {
    const directory = newDirectory();
    await writeSample(directory);
    const holder = await hold(directory);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${holder.pid}`),
    });
    await holder.kill();
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('by a process whose number is now another’s is taken over', async () => {
    const directory = newDirectory();
    await writeSample(directory);
    const lock = { pid: process.pid, boot: 'an earlier boot', started: '1', token: 'somebody' };
    fs.writeFileSync(path.join(directory, 'lock'), JSON.stringify(lock));
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });

  it('is taken over by one of several that find its lock stale', async () => {
    const directory = newDirectory();
    const holder = await hold(directory);
    await holder.kill();
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => openLedger(directory, OWNER)));
    const opened = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(opened).toHaveLength(1);
    await opened[0]?.value.close();
  });
});

describe('a directory that is not one’s own', () => {
  it.each([
    ['of another member', { cluster: 'test', member: 2 }, 'member 1 of test, not to member 2'],
    ['of another cluster', { cluster: 'other', member: 1 }, 'the cluster test, not to other'],
  ])('%s is refused, saying whose it is', async (_, other, owner) => {
    const directory = newDirectory();
    await writeSample(directory);
    await expect(openLedger(directory, other)).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining(`${directory} belongs to ${owner}: give every member`),
    });
    expect(await contentsOf(directory)).toEqual(SAMPLE);
  });
});

describe('what is no directory', () => {
  it('a file, and a link, are refused', async () => {
    const [file, link, target] = [newDirectory(), newDirectory(), newDirectory()];
    fs.mkdirSync(target, { recursive: true });
    fs.writeFileSync(file, '');
    fs.symlinkSync(target, link);
    for (const directory of [file, link]) {
      await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'unusable' });
    }
    await expect(openLedger(path.join(file, 'below'), OWNER)).rejects.toMatchObject({ code: 'unusable' });
  });

  it('one whose log is a link is refused', async () => {
    const directory = newDirectory();
    await writeSample(directory);
    const log = path.join(directory, 'log');
    fs.renameSync(log, `${log}.elsewhere`);
    fs.symlinkSync(`${log}.elsewhere`, log);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'unusable' });
  });
});
