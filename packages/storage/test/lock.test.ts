import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { type FileSystem, openLedger, realFileSystem } from '../src/index.js';
import { lockDirectory } from '../src/lock.js';
import { contentsOf, directoriesOfThisFile, OWNER, PATIENCE_MS, SAMPLE, turn, writeSample } from './support.js';

const newDirectory = directoriesOfThisFile();
const fixture = (name: string): string => path.join(__dirname, 'fixtures', `${name}.mjs`);
const run = promisify(execFile);
const onLinux = process.platform === 'linux' ? it : it.skip;

/** A process of its own that opens the directory and keeps it. */
async function hold(directory: string): Promise<{ pid: number; kill: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [fixture('holder'), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const kill = (): Promise<unknown> => {
    const closed = once(child, 'close');
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

  it('by a thread of this process is refused, and free again when the thread is ended', async () => {
    const directory = newDirectory();
    const thread = new Worker(fixture('thread'), { workerData: directory });
    expect(await once(thread, 'message')).toEqual(['held']);
    await expect(openLedger(directory, OWNER)).rejects.toMatchObject({ code: 'locked' });
    await thread.terminate();
    expect(await contentsOf(directory)).toEqual([]);
  });

  it('by this process is refused to its threads', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const thread = new Worker(fixture('thread'), { workerData: directory });
    expect(await once(thread, 'message')).toEqual(['locked']);
    await thread.terminate();
    await ledger.close();
  });

  it('by one copy of this package is refused to another in the same process', async () => {
    const { stdout } = await run(process.execPath, [fixture('two-copies'), newDirectory()]);
    expect(stdout.trim()).toBe('locked');
  });

  it('under another name is refused all the same', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const alias = newDirectory();
    fs.symlinkSync(path.dirname(directory), alias);
    await expect(openLedger(path.join(alias, path.basename(directory)), OWNER)).rejects.toMatchObject({
      code: 'locked',
    });
    await ledger.close();
  });

  it(
    'is never had by two of several processes that open and close it all the time',
    async () => {
      const directory = newDirectory();
      const contenders = Array.from({ length: 4 }, () => run(process.execPath, [fixture('contender'), directory, '5']));
      for (const { stdout } of await Promise.all(contenders)) expect(stdout.trim()).toBe('never together');
    },
    PATIENCE_MS,
  );

  onLinux('by a process that has ended, and whose parent has not asked how, is free', async () => {
    const directory = newDirectory();
    // The shell becomes a program that waits for no children.
    const script = '"$0" "$1" "$2" & echo $!; exec sleep 1000';
    const parent = spawn('sh', ['-c', script, process.execPath, fixture('holder'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of parent.stdout) {
      said += String(chunk);
      if (said.includes('held')) break;
    }
    const pid = Number.parseInt(said, 10);
    process.kill(pid, 'SIGKILL');
    // It takes a moment, and one of its threads perhaps a longer one.
    const stateOf = (): string | undefined => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
    while (fs.readdirSync(`/proc/${pid}/task`).length > 1 || stateOf() !== 'Z') await turn();
    const opening = contentsOf(directory);
    const [outcome] = await Promise.allSettled([opening]);
    const ended = once(parent, 'exit');
    parent.kill('SIGKILL');
    await ended;
    expect(outcome).toEqual({ status: 'fulfilled', value: [] });
  });
});

describe('a lock that is held', () => {
  /** A disk whose lock is taken by nobody who says so, for the first times it is asked for. */
  function heldFor(times: number): FileSystem & { asked: number } {
    const disk = {
      ...realFileSystem,
      asked: 0,
      async lock(directory: string) {
        disk.asked += 1;
        return disk.asked > times ? realFileSystem.lock(directory) : undefined;
      },
    };
    return disk;
  }

  it('by what is left of a process that was killed while it opened is waited for', async () => {
    const disk = heldFor(3);
    const directory = newDirectory();
    await (await openLedger(directory, { ...OWNER, disk })).close();
    // Nor does it count what a holder that has gone has said.
    fs.writeFileSync(path.join(directory, 'lock'), JSON.stringify({ pid: 2 ** 30, token: 'kept by the system' }));
    disk.asked = 0;
    await (await openLedger(directory, { ...OWNER, disk })).close();
    expect(disk.asked).toBe(4);
  });

  it('by one who says so is refused at once', async () => {
    const directory = newDirectory();
    const disk = heldFor(Number.POSITIVE_INFINITY);
    const ledger = await openLedger(directory, OWNER);
    await expect(lockDirectory(disk, directory)).rejects.toMatchObject({ code: 'locked' });
    expect(disk.asked).toBe(1);
    await ledger.close();
  });
});

describe('each of the locks that Linux offers', () => {
  /** What comes of opening the directory in a process that is run so. */
  async function openIn(directory: string, command: readonly string[], env = process.env): Promise<string> {
    const script = `import { openLedger } from ${JSON.stringify(path.join(__dirname, '..', 'dist', 'index.js'))};
      await openLedger(${JSON.stringify(directory)}, { cluster: 'test', member: 1 })
        .then((ledger) => ledger.close().then(() => console.log('opened')), (error) => console.log(error.code));`;
    const [program = '', ...rest] = [...command, process.execPath, '--input-type=module', '--eval', script];
    return (await run(program, rest, { env })).stdout.trim();
  }

  const hasFlock = spawnSync('flock', ['--version']).status === 0;
  const hasNamespaces = spawnSync('unshare', ['--net', 'true']).status === 0;

  onLinux('is enough: without the program flock', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    const env = { ...process.env, PATH: '/nowhere' };
    expect(await openIn(directory, [], env)).toBe('locked');
    await ledger.close();
    expect(await openIn(directory, [], env)).toBe('opened');
  });

  (hasFlock && hasNamespaces ? it : it.skip)('is enough: from another network, as of a container', async () => {
    const directory = newDirectory();
    const ledger = await openLedger(directory, OWNER);
    expect(await openIn(directory, ['unshare', '--net', '--pid', '--fork'])).toBe('locked');
    await ledger.close();
    expect(await openIn(directory, ['unshare', '--net', '--pid', '--fork'])).toBe('opened');
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
