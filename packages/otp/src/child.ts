/** What a supervisor keeps of a child. */

import type { Running } from './actor.js';
import type { Reference } from './nact.js';
import { type ChildSpec, type ChildStatus, DEFAULT_SHUTDOWN_MS } from './supervisor-spec.js';

export interface Child {
  readonly spec: ChildSpec;
  /** The present incarnation, from before it has started until it is halted; alive or not. */
  running: Running | undefined;
  state: ChildStatus['state'];
  /** Number of the present or last incarnation; 0 when there was none. */
  incarnation: number;
  /** How often it has started. */
  starts: number;
  fencedMessages: number;
  lastExit: string | undefined;
}

/** A child before its first start. */
export function newChild(spec: ChildSpec): Child {
  return {
    spec,
    running: undefined,
    state: 'starting',
    incarnation: 0,
    starts: 0,
    fencedMessages: 0,
    lastExit: undefined,
  };
}

/** How long each step of stopping a child may take, in milliseconds. A subtree knows its own limits. */
export function limitOf({ spec }: Child): number {
  return ('start' in spec ? spec.shutdownMs : undefined) ?? DEFAULT_SHUTDOWN_MS;
}

/** What the public is told of a child. */
export function statusOf(child: Child, reference: Reference): ChildStatus {
  const { spec, state, incarnation, starts, fencedMessages, lastExit } = child;
  return {
    id: spec.id,
    reference,
    state,
    incarnation,
    restarts: Math.max(0, starts - 1),
    fencedMessages,
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}
