/** Who holds a directory, as its file `lock` says it. */

import fs from 'node:fs';
import { systemCode } from './errors.js';

export interface Holder {
  readonly pid: number;
  /** Which boot of the machine, and when the process started in it: by that a reused pid is told from the holder. */
  readonly boot: string | undefined;
  readonly started: string | undefined;
  /** The system keeps the lock, and the file only says whose it is. Otherwise the file is the lock: older versions had that. */
  readonly isBySystem: boolean;
}

/** Older versions look for a token, and take a lock with this one for that of another process. */
const TOKEN = 'kept by the system';

/** What the file is to say of this process. */
export function describeSelf(): object {
  return { pid: process.pid, boot: bootId(), started: statusOf(process.pid)?.started, token: TOKEN };
}

/** What a file says; undefined when that is nothing, as when a machine crashed while it was written. */
export function parseHolder(text: string): Holder | undefined {
  const found: unknown = JSON.parse(text);
  if (typeof found !== 'object' || found === null) return undefined;
  const { pid, boot, started, token } = found as Readonly<Record<string, unknown>>;
  if (typeof pid !== 'number' || typeof token !== 'string') return undefined;
  return { pid, boot: textOr(boot), started: textOr(started), isBySystem: token === TOKEN };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Whether the holder of a lock that is no more than a file is there. */
export function isRunning({ pid, boot, started }: Holder): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (boot !== undefined && boot !== bootId()) return false;
  const status = statusOf(pid);
  // It may be an earlier process of this number; or an older copy of this package, in this very process.
  if (pid === process.pid) return started !== undefined && started === status?.started;
  if (status !== undefined && started !== undefined && status.started !== started) return false;
  // It has ended, and nobody has asked how.
  if (status !== undefined && /[ZXx]/.test(status.state)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted to signal it: then it exists.
    return systemCode(error) === 'EPERM';
  }
}

/** Linux tells which boot this is; elsewhere it is not known. */
function bootId(): string | undefined {
  return readSystemFile('/proc/sys/kernel/random/boot_id')?.trim();
}

/** The state of a process, and when it started, in clock ticks since boot; where the system tells it. */
function statusOf(pid: number): { readonly state: string; readonly started: string } | undefined {
  const line = readSystemFile(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything: count from behind it. The state is field 3, the start 22.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields?.[0], fields?.[19]];
  return state === undefined || started === undefined ? undefined : { state, started };
}

function readSystemFile(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
