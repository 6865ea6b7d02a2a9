/** A system that stands for another node, as `@parliament/remote` enters them into nact's table, and does what it is told. */

import nact from 'nact';
import { type ActorReference, DISTRIBUTION, type Distribution, type Reference } from '../src/index.js';

type Dispatch = (to: Reference, message: unknown, sender: Reference | undefined) => unknown;

export interface FarSystem {
  /** Who waits here for that node. */
  readonly waiting: ReadonlyMap<unknown, { reject(error: Error): void }>;
  leave(): void;
}

/** `dispatch` gets all that is sent to actors, and to those who wait, of that node. */
export function enterFarSystem(name: string, dispatch: Dispatch, way?: Distribution): FarSystem {
  const start = nact.start as unknown as (first: object, extension: (entered: Entered) => void) => unknown;
  let leave = (): void => {};
  let waiting: FarSystem['waiting'] = new Map();
  start({ name }, (entered) => {
    leave = entered.stop.bind(entered);
    waiting = entered.tempReferences;
    const find = entered.find.bind(entered);
    const forwarder = (to: Reference): object => ({
      dispatch: (message: unknown, sender?: Reference) => dispatch(to, message, sender),
    });
    Object.assign(entered, {
      ...(way === undefined ? {} : { [DISTRIBUTION]: way }),
      // What waits here, for that node, is found as ever.
      find: (to: Reference) => (to.type === 'temp' && find(to) !== undefined ? find(to) : forwarder(to)),
      stop: () => {},
    });
  });
  return { waiting, leave };
}

interface Entered {
  readonly tempReferences: FarSystem['waiting'];
  find(reference: Reference): unknown;
  stop(): void;
}

export function farActor(system: string, name: string): ActorReference {
  return { type: 'actor', system: { name: system }, path: { parts: [name], system } };
}
