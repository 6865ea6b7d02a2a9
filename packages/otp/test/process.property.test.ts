import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  Down,
  demonitor,
  Exit,
  type ExitReason,
  exit,
  type Monitor,
  reasonText,
  type SignalReason,
  startSystem,
  stopActor,
  stopSystem,
  whenDown,
} from '../src/index.js';
import { type Probe, probe } from './probe.js';
import { PROPERTY_LIMIT_MS, timesOf, turns } from './support.js';

const COUNT = 5;
const REASONS: readonly SignalReason[] = ['normal', 'shutdown', { shutdown: 'x' }, { crash: 'boom' }, 'killed', 'kill'];

type Order =
  | { readonly type: 'link' | 'unlink' | 'monitor'; readonly one: number; readonly other: number }
  | { readonly type: 'demonitor'; readonly which: number; readonly flush: boolean }
  | { readonly type: 'trap'; readonly one: number; readonly traps: boolean }
  | { readonly type: 'exit'; readonly one: number; readonly reason: SignalReason }
  | { readonly type: 'stop'; readonly one: number };

/** Erlang's rules of links, monitors and exit signals, written down once more. What each actor gets is not in an order here. */
class Model {
  readonly reasons: (ExitReason | undefined)[] = Array.from({ length: COUNT }, () => undefined);
  readonly traps: boolean[] = Array.from({ length: COUNT }, () => false);
  readonly links = new Set<string>();
  readonly monitors: { readonly watcher: number; readonly object: number; isActive: boolean }[] = [];
  readonly got: string[][] = Array.from({ length: COUNT }, () => []);

  #handled: number[] = [];

  /** All that has come before is handled. */
  step(): void {
    this.#handled = this.got.map(({ length }) => length);
  }

  isAlive(one: number): boolean {
    return this.reasons[one] === undefined;
  }

  link(one: number, other: number): void {
    if (!this.isAlive(one) || one === other) return;
    if (this.isAlive(other)) this.links.add(pair(one, other));
    else this.signal(one, 'noproc');
  }

  monitor(watcher: number, object: number): void {
    const isActive = this.isAlive(watcher) && this.isAlive(object);
    this.monitors.push({ watcher, object, isActive });
    if (this.isAlive(watcher) && !isActive) this.got[watcher]?.push('DOWN noproc');
  }

  signal(one: number, reason: SignalReason): void {
    if (!this.isAlive(one)) return;
    if (reason === 'kill') this.end(one, 'killed');
    else if (this.traps[one] === true) this.got[one]?.push(`EXIT ${reasonText(reason)}`);
    else if (reason !== 'normal') this.end(one, reason);
  }

  end(one: number, reason: ExitReason): void {
    this.reasons[one] = reason;
    // What came in the very moment of its end, it has not seen any more.
    this.got[one]?.splice(this.#handled[one] ?? 0);
    for (const each of this.monitors) {
      if (each.isActive && each.object === one && each.watcher !== one) {
        this.got[each.watcher]?.push(`DOWN ${reasonText(reason)}`);
      }
      if (each.object === one || each.watcher === one) each.isActive = false;
    }
    const linked = Array.from({ length: COUNT }, (_, other) => other).filter((other) =>
      this.links.delete(pair(one, other)),
    );
    for (const other of linked) this.signal(other, reason);
  }
}

function pair(one: number, other: number): string {
  return `${Math.min(one, other)}-${Math.max(one, other)}`;
}

const place = fc.nat({ max: COUNT - 1 });
const orders: fc.Arbitrary<Order> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('link', 'unlink', 'monitor'), one: place, other: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('demonitor'), which: fc.nat({ max: 9 }), flush: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('trap'), one: place, traps: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('exit'), one: place, reason: fc.constantFrom(...REASONS) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop'), one: place }) },
) as fc.Arbitrary<Order>;

describe('actors that are linked and monitored at random', () => {
  it(
    "end as Erlang's rules say, for the reasons that they say, and each hears what it must, once",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(orders, { maxLength: 30 }), async (steps) => {
          const system = startSystem();
          const actors = await Promise.all(
            Array.from({ length: COUNT }, (_, index) => probe(system, `actor-${index}`)),
          );
          const model = new Model();
          const downs: (ExitReason | undefined)[] = Array.from({ length: COUNT }, () => undefined);
          for (const [index, { ref }] of actors.entries()) {
            void whenDown(ref).then((reason) => {
              downs[index] = reason;
            });
          }
          const monitors: Monitor[] = [];
          const at = (index: number): Probe => actors[index] as Probe;
          for (const step of steps) {
            model.step();
            await carryOut(step, model, at, monitors);
            await turns(3);
            expect(actors.map(({ context }) => context.incarnation.alive)).toEqual(
              downs.map((_, one) => model.isAlive(one)),
            );
            expect(downs).toEqual(model.reasons);
            const heard = actors.map(({ seen }) => seen.map(textOf).sort());
            expect(heard).toEqual(model.got.map((messages) => [...messages].sort()));
          }
          await stopSystem(system);
          expect(downs.every((reason) => reason !== undefined)).toBe(true);
        }),
        { numRuns: timesOf(5000) },
      );
    },
    PROPERTY_LIMIT_MS,
  );
});

async function carryOut(step: Order, model: Model, at: (index: number) => Probe, monitors: Monitor[]): Promise<void> {
  switch (step.type) {
    case 'link':
      model.link(step.one, step.other);
      at(step.one).context.link(at(step.other).ref);
      return;
    case 'unlink':
      if (model.isAlive(step.one)) model.links.delete(pair(step.one, step.other));
      at(step.one).context.unlink(at(step.other).ref);
      return;
    case 'monitor':
      model.monitor(step.one, step.other);
      monitors.push(at(step.one).context.monitor(at(step.other).ref));
      return;
    case 'demonitor': {
      const known = model.monitors[step.which];
      const monitor = monitors[step.which];
      if (known === undefined || monitor === undefined) return;
      expect(demonitor(monitor, { flush: step.flush })).toBe(known.isActive);
      known.isActive = false;
      return;
    }
    case 'trap':
      if (model.isAlive(step.one)) model.traps[step.one] = step.traps;
      at(step.one).context.trapExit(step.traps);
      return;
    case 'exit':
      model.signal(step.one, step.reason);
      exit(at(step.one).ref, step.reason);
      return;
    case 'stop':
      if (!model.isAlive(step.one)) return;
      model.end(step.one, 'normal');
      await stopActor(at(step.one).ref);
      return;
  }
}

function textOf(message: unknown): string {
  if (message instanceof Down) return `DOWN ${reasonText(message.reason)}`;
  if (message instanceof Exit) return `EXIT ${reasonText(message.reason)}`;
  return 'something else';
}
