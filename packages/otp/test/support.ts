/** What the tests of this package share. */

import { afterAll, afterEach, beforeEach } from '@jest/globals';
import nact from 'nact';
import systemMap from 'nact/lib/system-map.js';
import * as otp from '../src/index.js';
import {
  type ActorContext,
  type Behaviour,
  dispatch,
  type ExitReason,
  type Reference,
  type Supervisor,
  type SupervisorEvent,
  type SystemReference,
  startSystem,
  stop,
  stopSystem,
} from '../src/index.js';

/** How often a property is tried: a tenth in a test, all as evidence (`npm run evidence`). */
export function timesOf(all: number): number {
  return process.env.PROPERTIES === 'long' ? all : all / 10;
}

/** The last resort for what is tried so often; how long it takes tells nothing. */
export const PROPERTY_LIMIT_MS = 30 * 60_000;

/** Systems that end with the tests of the file. */
export function systemsOfThisFile(): (name?: string) => SystemReference {
  const started: SystemReference[] = [];
  afterAll(() => {
    for (const system of started) stop(system);
  });
  return (name) => {
    const system = startSystem(name);
    started.push(system);
    return system;
  };
}

/** A system for each test of the file, stopped with all that is in it when the test ends. */
export function forEachTest(use: (system: SystemReference) => void): void {
  let system: SystemReference | undefined;
  beforeEach(() => {
    system = startSystem();
    use(system);
  });
  afterEach(async () => {
    if (system !== undefined) await stopSystem(system);
  });
}

/** Lets the event loop turn, so that whatever is ready happens. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for a condition. What never comes true ends here, so that it does not spin on after its test. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 25_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came true: ${condition}`);
    await turns(1);
  }
}

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Something that a handler waits for and the test lets go. */
export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export type Order = 'boom' | 'reject' | 'exit' | 'exit shutdown' | 'echo' | { readonly wait: Gate };

/** A behaviour that writes down `+id` at its start and `-id reason` at its end, and does what it is told. */
export function scribe(log: string[], id: string): Behaviour<number, Order> {
  return {
    init() {
      log.push(`+${id}`);
      return 0;
    },
    receive(handled, order, context) {
      if (order === 'boom') throw new Error('boom');
      if (order === 'reject') return Promise.reject(new Error('reject'));
      if (order === 'exit') context.exit();
      if (order === 'exit shutdown') context.exit('shutdown');
      if (order === 'echo') reply(context, handled);
      if (typeof order === 'object' && 'wait' in order) return order.wait.opened.then(() => handled + 1);
      return handled + 1;
    },
    terminate(_, reason) {
      log.push(`-${id} ${wordOf(reason)}`);
    },
  };
}

/** A reason as one word. */
export function wordOf(reason: ExitReason): string {
  return typeof reason === 'string' ? reason : Object.keys(reason).join();
}

export function reply(context: ActorContext, message: unknown): void {
  if (context.sender !== undefined) context.dispatch(context.sender, message);
}

/** Sends an order to a child and waits until the supervisor has made of it what it will. */
export async function orderAndRestart(supervisor: Supervisor, id: string, order: Order): Promise<void> {
  const before = supervisor.status().restarts;
  dispatch(supervisor.child(id), order);
  await until(() => supervisor.status().restarts > before);
  await allUp(supervisor);
}

/** Waits until no child is being started. */
export function allUp(supervisor: Supervisor): Promise<void> {
  return until(() => supervisor.status().children.every(({ state }) => state !== 'starting' && state !== 'restarting'));
}

export function typesOf(events: readonly SupervisorEvent[]): readonly string[] {
  return events.map((event) => ('id' in event ? `${event.type} ${event.id}` : event.type));
}

/** What nact keeps behind a reference, for tests that look at it. */
export interface Inside {
  readonly stopped: boolean;
  readonly busy: boolean;
  readonly state: unknown;
  readonly mailbox: { readonly length: number };
  readonly children: ReadonlyMap<string, unknown>;
  readonly tempReferences: ReadonlyMap<unknown, unknown>;
}

export function inside(reference: object): Inside | undefined {
  const { system } = reference as Reference;
  const found = systemMap.find(system.name, reference) as object | undefined;
  // Where nobody is, something else takes what is sent to the dead.
  return found !== undefined && 'children' in found ? (found as Inside) : undefined;
}

/** This package without its types, as programs in JavaScript use it. */
export const untyped = otp as unknown as Record<
  | 'startActor'
  | 'startSupervisor'
  | 'stopActor'
  | 'genServer'
  | 'call'
  | 'whenDown'
  | 'onDeadLetter'
  | 'exit'
  | 'dispatch',
  (...parameters: readonly unknown[]) => unknown
>;

/** nact without its types, which leave out what is tested here. */
export const rawNact = nact as unknown as Record<
  'start' | 'spawn' | 'spawnStateless' | 'spawnPersistent' | 'configurePersistence' | 'dispatch' | 'query' | 'stop',
  // biome-ignore lint/suspicious/noExplicitAny: a library under test, without its types
  (...parameters: any[]) => any
>;
