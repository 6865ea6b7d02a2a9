/**
 * Lets roles fail, at one place at a time: at any kind of message that a role is given, and at any of its awaits; by a throw,
 * by a rejection, or by a rejection after the work was done all the same.
 */

import type { ActorContext, AnyBehaviour } from '@parliament/otp';
import { type Ledger, openLedger } from '@parliament/storage';
import { Crash } from '../../src/actors/mail.js';
import type { ChildName } from '../../src/roles.js';
import type { Seams } from '../../src/start/spawn-parliament.js';

/** How a role fails: before it does something, or after, when only the news of it is lost. */
export const WAYS = ['throw', 'reject', 'reject when done'] as const;
export type Way = (typeof WAYS)[number];

export interface Sabotage {
  readonly seams: Seams;
  /** All places that roles have come by. */
  readonly seen: ReadonlySet<string>;
  /** The place where the next role that comes by fails, once. */
  aim(place: string, way: Way): void;
  /** Takes the aim away. */
  rest(): void;
  /** Whether the failure has happened since. */
  readonly fired: boolean;
}

export function planSabotage(): Sabotage {
  const seen = new Set<string>();
  let target: { readonly place: string; readonly way: Way } | undefined;
  let fired = false;

  /** Comes by a place: does the work, or fails. Synchronous work stays so, unless it is to reject. */
  function pass<Result>(
    places: readonly string[],
    work: () => Result,
    undo?: (done: Awaited<Result>) => unknown,
  ): Result {
    for (const place of places) seen.add(place);
    if (target === undefined || !places.includes(target.place)) return work();
    const { way } = target;
    target = undefined;
    fired = true;
    const error = new Error('sabotage');
    if (way === 'throw') throw error;
    if (way === 'reject') return Promise.reject(error) as Result;
    // The work is done; nobody learns it.
    return Promise.resolve(work())
      .then((done) => undo?.(done))
      .then(() => Promise.reject(error)) as Result;
  }

  function wrap(role: ChildName, behaviour: AnyBehaviour): AnyBehaviour {
    let calls = 0;
    return {
      ...behaviour,
      init(context) {
        calls = 0;
        const call = (...parameters: Parameters<ActorContext['call']>): Promise<unknown> => {
          calls += 1;
          return pass([`${role} init await call ${calls}`], () => context.call(...parameters));
        };
        // A context with another `call`, and all else as it is.
        const own = Object.create(context, { call: { value: call } }) as ActorContext;
        for (const name of ['dispatch', 'fenced', 'fail', 'exit'] as const) {
          Object.defineProperty(own, name, { value: (context[name] as (...all: unknown[]) => unknown).bind(context) });
        }
        Object.defineProperty(own, 'incarnation', { value: context.incarnation });
        return behaviour.init(own);
      },
      receive: (state, message, context) =>
        pass(placesOf(role, message), () => behaviour.receive(state, message, context)),
    };
  }

  async function openSabotaged(...parameters: Parameters<typeof openLedger>): Promise<Ledger> {
    // What nobody was given, nobody can close.
    const ledger = await pass(
      ['storage await open'],
      () => openLedger(...parameters),
      (opened) => opened.close(),
    );
    return {
      identity: ledger.identity,
      recovery: ledger.recovery,
      get position() {
        return ledger.position;
      },
      get space() {
        return ledger.space;
      },
      saveSnapshot: (snapshot, tailSlots) =>
        pass(['storage await saveSnapshot'], () => ledger.saveSnapshot(snapshot, tailSlots)),
      trim: (tailSlots) => pass(['storage await trim'], () => ledger.trim(tailSlots)),
      append: (records, options) => pass(['storage await append'], () => ledger.append(records, options)),
      replay: (visit) => pass(['storage await replay'], () => ledger.replay(visit)),
      close: () => pass(['storage await close'], () => ledger.close()),
    };
  }

  return {
    seams: { wrap, openLedger: openSabotaged },
    seen,
    aim(place, way) {
      fired = false;
      target = { place, way };
    },
    rest() {
      target = undefined;
    },
    get fired() {
      return fired;
    },
  };
}

function placesOf(role: string, message: object): string[] {
  // It fails by itself.
  if (message instanceof Crash) return [];
  const { messages } = message as { messages?: readonly { type: string }[] };
  const name = `${role} ${message.constructor.name}`;
  return name.endsWith('Received') && messages ? [...new Set(messages.map(({ type }) => `${name} ${type}`))] : [name];
}
