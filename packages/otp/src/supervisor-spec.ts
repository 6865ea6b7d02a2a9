/** How a supervisor and its children are described, after OTP's `supervisor` module, with its defaults unless noted. */

import type { AnyBehaviour, ExitReason } from './behaviour.js';
import type { Reference } from './nact.js';

/**
 * Which children a crash restarts: the crashed one, all of them, or the crashed one and those that were started after it.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** When a child is restarted: always; only when it ended abnormally; never. */
export type Restart = 'permanent' | 'transient' | 'temporary';

interface ChildCommon {
  /** Unique within the supervisor, and legal as a nact name: letters, digits and `-$_.+!*'(),`. */
  readonly id: string;
  /** Default `permanent`. */
  readonly restart?: Restart;
  /** How long its handler in flight and its `terminate` may take when it is stopped, in milliseconds each. Default 5000. */
  readonly shutdownMs?: number;
}

/** A child that is an actor. A function gives each incarnation a behaviour of its own. */
export interface WorkerSpec extends ChildCommon {
  readonly start: AnyBehaviour | (() => AnyBehaviour);
}

/** A child that is a supervisor itself. Past its intensity it exits, which counts as a crash of this child. */
export interface SubtreeSpec extends ChildCommon {
  readonly supervisor: SupervisorSpec;
}

export type ChildSpec = WorkerSpec | SubtreeSpec;

export interface SupervisorSpec {
  readonly strategy: Strategy;
  /** More restarts than this within `periodMs` are one too many. Default 3 (OTP: 1). */
  readonly intensity?: number;
  /** Default 5000 milliseconds (as OTP's 5 seconds). */
  readonly periodMs?: number;
  /** In the order in which they start; they stop in the reverse order. */
  readonly children: readonly ChildSpec[];
  /**
   * Gets every message that is sent to the supervisor actor itself: a supervisor may be the face of its children. It goes
   * on being called while children restart. What it throws ends the supervisor, as a crash.
   */
  readonly onMessage?: (message: unknown, context: { readonly sender: Reference | undefined }) => void;
  /** Is told what happens. What it throws is ignored. */
  readonly onEvent?: (event: SupervisorEvent) => void;
}

export type SupervisorEvent =
  /** A child ended by itself. What follows depends on its `restart`. */
  | { readonly type: 'exited'; readonly id: string; readonly reason: string; readonly error?: unknown }
  /** A child is running again, because it or another one had ended; `reason` is that one's. */
  | { readonly type: 'restarted'; readonly id: string; readonly incarnation: number; readonly reason: string }
  /** Too many restarts: all children are stopped, in reverse order. */
  | { readonly type: 'gave-up'; readonly reason: string; readonly error?: unknown }
  /** Something that should not happen and that changes nothing: a `terminate` that threw, a handler that did not end. */
  | { readonly type: 'trouble'; readonly message: string; readonly error?: unknown };

/** How a supervisor ended: `shutdown` when told to, `crash` past its intensity or when its `onMessage` threw. */
export interface SupervisorExit {
  readonly reason: Exclude<ExitReason, 'normal'>;
  readonly message: string;
  readonly error?: unknown;
}

/** What is known of a child. */
export interface ChildStatus {
  readonly id: string;
  readonly reference: Reference;
  /** `restarting` from the crash until it runs again; `stopped` when it is not to be restarted. */
  readonly state: 'running' | 'restarting' | 'stopped';
  /** Number of the present or last incarnation. */
  readonly incarnation: number;
  /** How often it was started anew. */
  readonly restarts: number;
  /** Why its last incarnation ended. */
  readonly lastExit?: string;
}

export interface SupervisorStatus {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly periodMs: number;
  /** Restarts since the supervisor started, as the intensity counts them: one for each crash, whatever it restarted. */
  readonly restarts: number;
  readonly children: readonly ChildStatus[];
}

/** A running supervisor. */
export interface Supervisor {
  readonly ref: Reference;
  /** A reference to a child; it stays valid across restarts. */
  child(id: string): Reference;
  /** Stops the children in reverse order, each awaited, and then itself. Once is enough; never rejects. */
  shutdown(): Promise<void>;
  /** Resolves when the supervisor has ended, in whatever way. */
  readonly finished: Promise<SupervisorExit>;
  status(): SupervisorStatus;
}

/** What a child's id must look like; the same as nact asks of names. */
const CHILD_ID = /^[a-z0-9-$_.+!*'(),]+$/i;

/** @throws RangeError naming what is wrong. */
export function checkSpec(spec: SupervisorSpec): void {
  const { intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS } = spec;
  if (!['one_for_one', 'one_for_all', 'rest_for_one'].includes(spec.strategy)) {
    throw new RangeError(`strategy: ${spec.strategy} is none of one_for_one, one_for_all, rest_for_one`);
  }
  if (!Number.isInteger(intensity) || intensity < 0) throw new RangeError(`intensity: ${intensity} is not a count`);
  if (!(periodMs > 0)) throw new RangeError(`periodMs: ${periodMs} is not a time in milliseconds`);
  const ids = new Set<string>();
  for (const child of spec.children) {
    if (!CHILD_ID.test(child.id)) throw new RangeError(`child id ${child.id}: only letters, digits and -$_.+!*'(),`);
    if (ids.has(child.id)) throw new RangeError(`child id ${child.id} is given twice`);
    ids.add(child.id);
    if ('supervisor' in child) checkSpec(child.supervisor);
  }
}

export const DEFAULT_INTENSITY = 3;
export const DEFAULT_PERIOD_MS = 5000;
export const DEFAULT_SHUTDOWN_MS = 5000;
