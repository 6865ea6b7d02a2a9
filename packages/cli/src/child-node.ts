/** A node in a process of its own, started by the command itself. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandError } from './errors.js';
import { readLines } from './lines.js';
import { withoutVariables } from './options.js';

/** An event that the node told, as `start --json` writes it. */
export interface ChildEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface ChildNode {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the node is ready. Rejects with its reason when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with a description of how the process ended. */
  readonly exited: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

const BIN = fileURLToPath(new URL('../bin/parliament.js', import.meta.url));

/** The longest event line that is read, in bytes. */
const LINE_LIMIT_BYTES = 64 * 1024;

/**
 * Starts a node. It ends with this process, also when that is killed: it notices by the channel that connects them.
 *
 * @param onEvent is told every event of the node.
 */
export function startChild(name: string, args: readonly string[], onEvent: (event: ChildEvent) => void): ChildNode {
  const child: ChildProcess = spawn(process.execPath, [BIN, 'start', '--name', name, '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: withoutVariables(process.env),
    // A group of its own: Ctrl-C in the terminal reaches the parent only, which stops its nodes in order.
    detached: true,
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4096);
  });
  const exited = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit status ${code}` : signal;
      resolve(complaint.trim() === '' ? how : `${how}: ${complaint.trim()}`);
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    exited.then((how) => reject(new CommandError(`${name} ended before it was ready: ${how}`))).catch(reject);
    // What it says that is no event, or that nobody can take, ends the wait for it too.
    listen(child, (event) => {
      if (event.event === 'ready') resolve();
      onEvent(event);
    }).catch(reject);
  });
  // Whoever does not wait for it may learn by `exited` that it never came.
  ready.catch(() => {});
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  return { name, pid: child.pid ?? 0, ready, exited, kill };
}

async function listen(child: ChildProcess, onEvent: (event: ChildEvent) => void): Promise<void> {
  if (child.stdout === null) return;
  for await (const line of readLines(child.stdout, LINE_LIMIT_BYTES)) {
    if (!('text' in line) || !line.text.startsWith('{')) continue;
    onEvent(JSON.parse(line.text) as ChildEvent);
  }
}
