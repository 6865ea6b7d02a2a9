/** What the tests of nact's traps share. */

import { afterAll, beforeAll, jest } from '@jest/globals';
import {
  type AnyBehaviour,
  type ChildSpec,
  type StaticSpec,
  type Supervisor,
  type SystemReference,
  startSupervisor,
} from '../src/index.js';
import type { Gate } from './support.js';

/** Keeps the policies of nact from printing. */
export function silenceNact(): void {
  beforeAll(() => {
    jest.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });
}

/** A handler of nact that does nothing. */
export const keep = (state: unknown): unknown => state;

/** A handler that fails, of nact and of ours. */
export const crash = (): never => {
  throw new Error('boom');
};

/** What nact hands to `onCrash`. */
export type Policy = Readonly<Record<string, symbol>>;

/** A policy of nact that always decides the same. */
export function decide(decision: string): (message: unknown, error: unknown, policy: Policy) => symbol {
  return (_message, _error, policy) => policy[decision] as symbol;
}

/** A supervisor of the given behaviours. */
export function supervise(
  system: SystemReference,
  children: Record<string, AnyBehaviour>,
  strategy: StaticSpec['strategy'] = 'one_for_one',
): Promise<Supervisor> {
  const specs = Object.entries(children).map(([id, start]): ChildSpec => ({ id, start }));
  return startSupervisor(system, 'top', { strategy, children: specs });
}

/** Counts handlers that run at once. */
function gauge(): { enter(): void; leave(): void; readonly most: () => number } {
  let present = 0;
  let most = 0;
  return {
    enter() {
      present += 1;
      most = Math.max(most, present);
    },
    leave() {
      present -= 1;
    },
    most: () => most,
  };
}

/** A handler that waits for the gates that it is sent, and how many of it ran at once. */
export function gated(): {
  readonly receive: (state: number, wait: Gate | 'now') => Promise<number>;
  readonly most: () => number;
  readonly begun: () => number;
} {
  const { enter, leave, most } = gauge();
  let begun = 0;
  return {
    most,
    begun: () => begun,
    async receive(state, wait) {
      begun += 1;
      enter();
      if (wait !== 'now') await wait.opened;
      leave();
      return state + 1;
    },
  };
}
