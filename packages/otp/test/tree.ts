/** Supervisors of scribes, for the tests of supervisors. */

import { expect } from '@jest/globals';
import {
  type AnyBehaviour,
  type ChildSpec,
  type Reference,
  type Restart,
  type StaticSpec,
  type Supervisor,
  type SupervisorEvent,
  startSupervisor,
} from '../src/index.js';
import { scribe } from './support.js';

export interface Tree {
  readonly supervisor: Supervisor;
  readonly log: string[];
  readonly events: SupervisorEvent[];
}

/** A supervisor of scribes a, b and c, with what they have written since they started. */
export async function tree(
  system: Reference,
  strategy: StaticSpec['strategy'],
  restarts: { readonly [id: string]: Restart } = {},
  rest: Partial<StaticSpec> = {},
): Promise<Tree> {
  const log: string[] = [];
  const events: SupervisorEvent[] = [];
  const children = ['a', 'b', 'c'].map((id): ChildSpec => {
    return { id, start: scribe(log, id), restart: restarts[id] ?? 'permanent' };
  });
  const onEvent = (event: SupervisorEvent): void => void events.push(event);
  const supervisor = await startSupervisor(system, 'top', { strategy, children, onEvent, ...rest });
  expect(log.splice(0)).toEqual(['+a', '+b', '+c']);
  return { supervisor, log, events };
}

/** The state of each child, by its id. */
export function statesOf(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries(supervisor.status().children.map(({ id, state }) => [id, state]));
}

/** A scribe that does not start. */
export function broken(log: string[], id: string): AnyBehaviour {
  return {
    ...scribe(log, id),
    init() {
      throw new Error('cannot read the disk');
    },
  };
}

export interface Run {
  readonly supervisor: Supervisor;
  readonly events: SupervisorEvent[];
}

/** One actor under a supervisor of its own. */
export async function alone(
  system: Reference,
  start: AnyBehaviour | (() => AnyBehaviour),
  shutdownMs = 5000,
): Promise<Run> {
  const events: SupervisorEvent[] = [];
  const supervisor = await startSupervisor(system, 'top', {
    strategy: 'one_for_one',
    children: [{ id: 'actor', start, shutdown: shutdownMs }],
    onEvent: (event) => events.push(event),
  });
  return { supervisor, events };
}
