/** The README draws the life of an incarnation: nothing else happens, and all of it does. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Phase } from '../src/actor/handlers.js';
import type { Shutdown } from '../src/actor/running.js';
import { startWorker, type Worker } from '../src/actor/worker.js';
import { type ActorContext, dispatch, IGNORE, type SystemReference } from '../src/index.js';
import { forEachTest, turns } from './support.js';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
const drawn = [...readme.matchAll(/^ {2}(\w+) --> (\w+):/gm)].map(([, from, to]) => `${from} → ${to}`);

const WATCHER = { onExit: () => {}, onTrouble: () => {}, onFenced: () => {}, onOrphan: () => {} };

let system: SystemReference;
forEachTest((started) => {
  system = started;
});

/** What an actor does at its start, and with its only message; and how long it may take to stop. */
interface Story {
  readonly init?: () => unknown;
  readonly receive?: (context: ActorContext) => unknown;
  readonly shutdown?: Shutdown;
}

/** Lives a life up to its end by `halt`. @returns the steps from state to state. */
async function live(name: string, story: Story): Promise<string[]> {
  const { init = () => 0, receive = () => 0, shutdown = 'infinity' } = story;
  const behaviour = { init, receive: (_: unknown, __: unknown, context: ActorContext) => receive(context) };
  const worker: Worker = startWorker(system, name, behaviour, WATCHER);
  const steps: string[] = [];
  let phase: Phase = worker.phase;
  Object.defineProperty(worker, 'phase', {
    get: () => phase,
    set(next: Phase) {
      steps.push(`${phase} → ${next}`);
      phase = next;
    },
  });
  const started = worker.started.catch(() => {});
  dispatch(worker.process.reference, 'a message');
  if (init !== NEVER) await started;
  await turns(3);
  await worker.halt(shutdown);
  return steps;
}

const NEVER = (): Promise<never> => new Promise(() => {});
const refuse = (): never => {
  throw new Error('on purpose');
};

const ALL: readonly [string, Story][] = [
  ['is-halted', {}],
  ['exits', { receive: (context) => context.exit() }],
  ['crashes', { receive: refuse }],
  ['is-killed', { shutdown: 'brutal_kill' }],
  ['is-stuck', { receive: NEVER, shutdown: 5 }],
  ['does-not-begin', { init: NEVER, shutdown: 5 }],
  ['fails-to-begin', { init: refuse }],
  ['is-not-needed', { init: () => IGNORE }],
];

it('an incarnation lives as the README draws it', async () => {
  const met = new Set<string>();
  for (const [name, story] of ALL) {
    const steps = await live(name, story);
    expect(steps.at(-1)).toBe('ended → removed');
    for (const step of steps) met.add(step);
  }
  // One whose name is taken is removed while it is made.
  expect([...met, 'starting → removed'].sort()).toEqual([...drawn].sort());
});
