/** Hunters at work: a process for each mutant, a few at a time. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Errand, HunterReport } from './hunter.js';

/** What became of a hunt: what the hunter said last, or how its process ended without a word. */
export type Catch =
  | Exclude<HunterReport, { readonly type: 'progress' }>
  /** A step never returned, or its memory was used up. */
  | { readonly type: 'lost'; readonly how: 'hangs' | 'dies' };

/** A world takes some hundredths of a second: a hunter that says nothing for this long stands still, in milliseconds. */
const SILENCE_MS = 60_000;

/** The second time it is waited for so many times as long. */
const PATIENCE = 3;

/** The memory of a hunter, in megabytes. */
const MEMORY_MB = 2048;

/** So a process ends that has used up its memory, or that the engine itself gives up. */
const DEATHS: readonly (NodeJS.Signals | null)[] = ['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS'];

/**
 * Hunts, and tells of each in the order of the errands.
 *
 * @param jobs so many processes at a time.
 * @throws Error when a hunter is broken.
 */
export async function huntAll(
  errands: readonly Errand[],
  jobs: number,
  onCatch: (index: number, found: Catch, seconds: number) => void,
  hunt: (errand: Errand, silenceMs: number) => Promise<Catch> = huntOne,
): Promise<void> {
  const done: (readonly [Catch, number] | undefined)[] = errands.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < errands.length; index = next++) {
      const begun = performance.now();
      const errand = errands[index] as Errand;
      let found = await hunt(errand, SILENCE_MS);
      // On a busy machine a hunter may be silent for other causes than its mutant: what is lost is lost twice.
      if (found.type === 'lost') found = await hunt(errand, PATIENCE * SILENCE_MS);
      done[index] = [found, (performance.now() - begun) / 1000];
      for (let ready = done[told]; ready !== undefined; ready = done[told]) {
        onCatch(told, ...ready);
        told += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

function huntOne(errand: Errand, silenceMs: number): Promise<Catch> {
  const child = fork(fileURLToPath(new URL('./hunter.js', import.meta.url)), [], {
    execArgv: [`--max-old-space-size=${MEMORY_MB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let found: Catch | undefined;
    let said = '';
    let isHanging = false;
    const watch = (): NodeJS.Timeout => {
      return setTimeout(() => {
        isHanging = true;
        child.kill('SIGKILL');
      }, silenceMs);
    };
    let timer = watch();
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.on('message', (report: HunterReport) => {
      clearTimeout(timer);
      timer = watch();
      if (report.type !== 'progress') found = report;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (found !== undefined) resolve(found);
      else if (isHanging) resolve({ type: 'lost', how: 'hangs' });
      else if (DEATHS.includes(signal)) resolve({ type: 'lost', how: 'dies' });
      // It has ended of itself without a word, or somebody else has ended it: a fault of the simulator or its surroundings.
      else reject(new Error(`a hunter could not hunt, and ended by ${signal ?? `status ${status}`}: ${said}`));
    });
    child.send(errand);
  });
}
