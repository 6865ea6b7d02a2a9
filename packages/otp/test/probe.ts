/** Actors for the tests of monitors, links and mailboxes: they write down what they get, and do what they are told. */

import {
  type ActorContext,
  type ActorSettings,
  type Behaviour,
  type ExitReason,
  type Reference,
  startActor,
} from '../src/index.js';
import { rawNact, wordOf } from './support.js';

export interface Probe {
  readonly ref: Reference;
  /** What it got, in order. */
  readonly seen: unknown[];
  /** Its context, to act as it does from outside a handler. */
  readonly context: ActorContext;
  /** How it ended, once `terminate` was called. */
  readonly ends: string[];
}

/** An actor that writes down what it gets. A function that it is sent is called with its context, and awaited. */
export async function probe(
  parent: Reference,
  name: string,
  settings: ActorSettings = {},
  more: Partial<Behaviour<number, unknown>> = {},
): Promise<Probe> {
  const seen: unknown[] = [];
  const ends: string[] = [];
  let held: ActorContext | undefined;
  const ref = await startActor(
    parent,
    name,
    {
      init(context: ActorContext) {
        held = context;
        return 0;
      },
      async receive(state: number, message: unknown, context: ActorContext) {
        if (typeof message === 'function') await message(context);
        else seen.push(message);
        return state;
      },
      terminate: (_: number, reason: ExitReason) => void ends.push(wordOf(reason)),
      ...more,
    },
    settings,
  );
  return { ref: ref as Reference, seen, ends, context: held as unknown as ActorContext };
}

/** A plain nact actor of the user's that does the same. */
export function plain(parent: Reference, name: string): { readonly ref: Reference; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const ref = rawNact.spawn(
    parent,
    (state: unknown, message: unknown) => {
      if (message instanceof Error) throw message;
      if (typeof message === 'function') message();
      else seen.push(message);
      return state;
    },
    name,
    { onCrash: (_message: unknown, _error: unknown, context: { stop: symbol }) => context.stop },
  ) as Reference;
  return { ref, seen };
}
