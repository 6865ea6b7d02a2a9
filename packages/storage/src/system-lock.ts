/**
 * An exclusive lock of a directory that the system itself keeps: it ends with whoever holds it, however that ends, be it a
 * process, a thread or a zombie; and it is the same one for all copies of this code. Nothing of it is on the disk.
 *
 * Node.js has no `flock`. What there is differs by system:
 *
 * - Linux: a socket in the abstract namespace, named after the directory's device and inode, which one only can have; and,
 *   where the program `flock` is there (util-linux, busybox), `flock(2)` on the directory: the program locks the open file that
 *   it is handed, and leaves it locked. The first holds within a network namespace, that is, not between containers; the
 *   second between all that see the directory through one kernel. Each alone excludes others, so both exclude no fewer.
 * - macOS and the BSDs: the directory is opened with `O_EXLOCK`.
 * - Windows: a file is opened so that nobody else can open it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { systemCode } from './errors.js';

/** Gives the lock up. */
export type Unlock = () => void;

/** The lock is another's. */
const HELD = 'held';
/** The system does not offer this kind of lock, or not here. */
const NOT_OFFERED = 'not offered';

type Attempt = Unlock | typeof HELD | typeof NOT_OFFERED;

/**
 * Takes the lock of a directory; undefined when another has it.
 *
 * @throws Error `ENOTSUP` when the system has no such lock.
 */
export async function lockBySystem(directory: string): Promise<Unlock | undefined> {
  const taken: Unlock[] = [];
  const unlock = (): void => {
    for (const each of taken.splice(0)) each();
  };
  for (const attempt of attempts()) {
    let result: Attempt;
    try {
      result = await attempt(directory);
    } catch (error) {
      unlock();
      throw error;
    }
    if (result === HELD) {
      unlock();
      return undefined;
    }
    if (result !== NOT_OFFERED) taken.push(result);
  }
  if (taken.length > 0) return unlock;
  throw Object.assign(new Error('this system has no lock that Node.js can take: install the program flock'), {
    code: 'ENOTSUP',
  });
}

function attempts(): ((directory: string) => Attempt | Promise<Attempt>)[] {
  if (process.platform === 'linux') return [bySocket, byFlock];
  if (process.platform === 'win32') return [byShareMode];
  return [byOpenFlag];
}

function bySocket(directory: string): Promise<Attempt> {
  const { dev, ino } = fs.statSync(directory, { bigint: true });
  const server = net.createServer((stranger) => stranger.destroy());
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      if (systemCode(error) === 'EADDRINUSE') resolve(HELD);
      else if (isPassing(error)) reject(error);
      else resolve(NOT_OFFERED);
    });
    // Exclusive: the workers of a cluster would share it.
    server.listen({ path: `\0parliament-ledger:${dev}:${ino}`, exclusive: true }, () => {
      resolve(() => {
        server.close();
      });
    });
    server.unref();
  });
}

async function byFlock(directory: string): Promise<Attempt> {
  const file = fs.openSync(directory, 'r');
  const release = (): void => fs.closeSync(file);
  let result: Awaited<ReturnType<typeof runFlock>> = NOT_OFFERED;
  try {
    result = await runFlock(file);
  } finally {
    if (result !== 'locked') release();
  }
  return result === 'locked' ? release : result;
}

/** Both programs end with 1 for a lock that is held; one of them also for other failures, which it tells of. */
function runFlock(file: number): Promise<'locked' | typeof HELD | typeof NOT_OFFERED> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      if (isPassing(error)) reject(error);
      else resolve(NOT_OFFERED);
    };
    let child: ChildProcess;
    try {
      child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', file] });
    } catch (error) {
      giveUp(error);
      return;
    }
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('error', giveUp);
    child.once('close', (status, signal) => {
      if (signal !== null) reject(new Error(`flock was ended by ${signal}`));
      else if (status === 0) resolve('locked');
      else resolve(status === 1 && complaint === '' ? HELD : NOT_OFFERED);
    });
  });
}

/** What has nothing to do with what the system offers, and may go well the next time: to do without would be to risk. */
function isPassing(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EINTR', 'EIO'].includes(systemCode(error) ?? '');
}

/** The same number on macOS, FreeBSD, OpenBSD and NetBSD; Node.js does not name it. */
const O_EXLOCK = 0x20;

function byOpenFlag(directory: string): Attempt {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  return opened(directory, O_RDONLY | O_NONBLOCK | O_EXLOCK, ['EAGAIN', 'EWOULDBLOCK']);
}

/** libuv's `UV_FS_O_EXLOCK`. */
const SHARED_WITH_NOBODY = 0x1000_0000;

function byShareMode(directory: string): Attempt {
  const { O_RDWR, O_CREAT } = fs.constants;
  return opened(path.join(directory, 'lock.system'), O_RDWR | O_CREAT | SHARED_WITH_NOBODY, ['EBUSY', 'EPERM']);
}

function opened(name: string, flags: number, held: readonly string[]): Attempt {
  try {
    const file = fs.openSync(name, flags, 0o600);
    return () => fs.closeSync(file);
  } catch (error) {
    const code = systemCode(error);
    if (code !== undefined && held.includes(code)) return HELD;
    throw error;
  }
}
