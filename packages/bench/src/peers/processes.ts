/**
 * Processes for the time of a measurement. Whatever was started or made is gone when it is over, however it ends: by a
 * result, by a failure, by its time limit, or by a signal to this process. Only `kill -9` of this process outruns it: our
 * programs then still end, as their standard input does, but an `epmd` and the directories stay.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A measurement between processes came to nothing. The message names the process, the cause and the remedy. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: 'ended' | 'timeout';

  constructor(code: 'ended' | 'timeout', message: string) {
    super(message);
    this.code = code;
  }
}

type Environment = Readonly<Record<string, string>>;

/** What a measurement may start and make. */
export interface Processes {
  /** Aborted once the measurement is over: whatever still waits then is to stop. */
  readonly over: AbortSignal;
  /** Makes a directory. */
  newFolder(): string;
  /** Runs a program to its end; anything but status 0 fails the measurement. */
  run(command: string, args: readonly string[]): Promise<void>;
  /** Starts a program that is to live as long as the measurement: its end before fails it. */
  start(command: string, args: readonly string[], environment?: Environment): void;
  /** Starts one as well, and waits for the line that begins with `word`: gives the words after it. */
  startUntil(word: string, command: string, args: readonly string[], environment?: Environment): Promise<string[]>;
}

/** Does some work with processes, and cleans up after it. @throws PeerError when one of them fails, or time is up. */
export async function withProcesses<Result>(
  timeoutMs: number,
  work: (processes: Processes) => Promise<Result>,
): Promise<Result> {
  const measurement = new Measurement();
  const timer = setTimeout(() => {
    const cause = `not done after ${timeoutMs / 1000} s`;
    measurement.fail(new PeerError('timeout', `${cause}: measure less at a time, or on an idle machine`));
  }, timeoutMs);
  const forget = onAbruptEnd(() => measurement.dropAtOnce());
  try {
    return await Promise.race([work(measurement), measurement.failed]);
  } finally {
    clearTimeout(timer);
    await measurement.end();
    forget();
  }
}

/** Whether a command is there to be run, as a shell would find it. */
export function isInstalled(command: string): boolean {
  const { PATH = '' } = process.env;
  return PATH.split(path.delimiter).some((folder) => {
    try {
      fs.accessSync(path.join(folder, command), fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** As much of what a process has complained about as an error tells. */
const COMPLAINT_CHARACTERS = 2000;

class Measurement implements Processes {
  readonly failed: Promise<never>;
  fail: (error: Error) => void = () => {};
  readonly #living = new Set<ChildProcess>();
  readonly #folders: string[] = [];
  readonly #controller = new AbortController();

  constructor() {
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
  }

  get over(): AbortSignal {
    return this.#controller.signal;
  }

  newFolder(): string {
    this.over.throwIfAborted();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-bench-'));
    this.#folders.push(folder);
    return folder;
  }

  run(command: string, args: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#spawn(command, args, {}, (status) => {
        if (status === 0) resolve();
        return status === 0;
      });
    });
  }

  start(command: string, args: readonly string[], environment: Environment = {}): void {
    this.#spawn(command, args, environment, () => false);
  }

  startUntil(word: string, command: string, args: readonly string[], environment: Environment = {}): Promise<string[]> {
    return new Promise((resolve) => {
      const child = this.#spawn(command, args, environment, () => false);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [first, ...rest] = line.split(' ');
        if (first === word) resolve(rest);
      });
    });
  }

  /** All are killed, and awaited; all directories are removed. */
  async end(): Promise<void> {
    this.#controller.abort();
    // 'close' rather than 'exit': it waits as well for grandchildren, which have inherited the pipes.
    const gone = [...this.#living].map((child) => new Promise((resolve) => child.once('close', resolve)));
    this.dropAtOnce();
    await Promise.all(gone);
    this.#removeFolders();
  }

  /** The same without waiting, for when this process has no time left. */
  dropAtOnce(): void {
    for (const child of this.#living) child.kill('SIGKILL');
    this.#removeFolders();
  }

  #removeFolders(): void {
    for (const folder of this.#folders) fs.rmSync(folder, { recursive: true, force: true });
  }

  #spawn(
    command: string,
    args: readonly string[],
    environment: Environment,
    mayEnd: (status: number | null) => boolean,
  ) {
    this.over.throwIfAborted();
    const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...environment } });
    this.#living.add(child);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS);
    });
    child.stdout.resume();
    child.once('error', ({ message }) => {
      complaint += message;
    });
    child.once('close', (status, signal) => {
      this.#living.delete(child);
      if (mayEnd(status)) return;
      const cause = `${command} ended with ${signal ?? status} in the middle of a measurement`;
      this.fail(
        new PeerError('ended', `${cause}; run it by hand to see why: ${complaint.trim() || 'it said nothing'}`),
      );
    });
    return child;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Cleans up when this process is told to end. Gives what takes that back. */
function onAbruptEnd(cleanUp: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    cleanUp();
    // Nobody listens any longer: now it does what it does by default.
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    process.off('exit', cleanUp);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.once('exit', cleanUp);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  return forget;
}
