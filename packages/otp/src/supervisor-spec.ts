/** How a supervisor and its children are described, after OTP's `supervisor` module, with its defaults unless noted. */

import type { AnyBehaviour, ExitReason } from './behaviour.js';
import type { Reference } from './nact.js';
import { LONGEST_TIMEOUT_MS } from './promises.js';

const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
const RESTARTS = ['permanent', 'transient', 'temporary'] as const;

/**
 * Which children a crash restarts: the crashed one, all of them, or the crashed one and those that were started after it.
 */
export type Strategy = (typeof STRATEGIES)[number];

/** When a child that ended by itself is restarted: always; only when it crashed; never. */
export type Restart = (typeof RESTARTS)[number];

interface ChildCommon {
  /** Unique within the supervisor, and legal as a nact name: letters, digits and `-$_.+!*'(),`. */
  readonly id: string;
  /** Default `permanent`. */
  readonly restart?: Restart;
}

/** A child that is an actor. */
export interface WorkerSpec extends ChildCommon {
  /** A function gives each incarnation a behaviour of its own. */
  readonly start: AnyBehaviour | (() => AnyBehaviour);
  /** How long its handler in flight, and then its `terminate`, may take when it is stopped; in milliseconds, each. Default 5000. */
  readonly shutdownMs?: number;
}

/**
 * A child that is a supervisor itself. Past its intensity it exits, which counts as a crash of this child. It is stopped
 * without a limit of its own, as in OTP: its children have theirs.
 */
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
   * Gets every message that is sent to the supervisor actor itself: a supervisor may be the face of its children. It is
   * called while children start and restart, too. What it throws ends the supervisor, as a crash of itself: all children
   * are stopped, in reverse order. Default: such messages are dropped.
   */
  readonly onMessage?: (
    message: unknown,
    context: { readonly self: Reference; readonly sender: Reference | undefined },
  ) => void;
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
  /** `starting` also from its end until it runs again; `stopped` when it is not to be restarted. */
  readonly state: 'running' | 'starting' | 'stopped';
  /** Number of the present or last incarnation; 0 when there was none. */
  readonly incarnation: number;
  /** How often it was started anew. */
  readonly restarts: number;
  /** How many messages its incarnations tried to send after their end. */
  readonly fencedMessages: number;
  /** Why its last incarnation ended, when it did so by itself, or did not start. */
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
  /**
   * A reference to a child; it stays valid across restarts.
   *
   * @throws RangeError when there is no such child.
   */
  child(id: string): Reference;
  /** Stops the children in reverse order, each awaited, and then itself. Once is enough; never rejects. */
  shutdown(): Promise<void>;
  /** Resolves when the supervisor has ended, in whatever way. */
  readonly finished: Promise<SupervisorExit>;
  status(): SupervisorStatus;
}

export const DEFAULT_INTENSITY = 3;
export const DEFAULT_PERIOD_MS = 5000;
export const DEFAULT_SHUTDOWN_MS = 5000;

/** What a child's id must look like; the same as nact asks of names. */
const LEGAL_NAME = /^[a-z0-9-$_.+!*'(),]+$/i;

/** @throws RangeError naming what is wrong. */
export function checkSpec(spec: SupervisorSpec): void {
  const { strategy, intensity = DEFAULT_INTENSITY, periodMs = DEFAULT_PERIOD_MS } = spec;
  if (!STRATEGIES.includes(strategy)) throw new RangeError(`strategy: ${strategy} is none of ${STRATEGIES.join(', ')}`);
  if (!Number.isSafeInteger(intensity) || intensity < 0) {
    throw new RangeError(`intensity: ${intensity} is not a whole number of restarts, 0 or more`);
  }
  if (!(periodMs > 0)) throw new RangeError(`periodMs: ${periodMs} is not a time in milliseconds, above 0`);
  const ids = new Set<string>();
  for (const child of spec.children) {
    if (ids.has(child.id)) throw new RangeError(`child ${child.id} is described twice; give each an id of its own`);
    ids.add(child.id);
    checkChild(child);
  }
}

function checkChild(child: ChildSpec): void {
  const { id, restart = 'permanent' } = child;
  if (!LEGAL_NAME.test(id)) throw new RangeError(`child id ${id}: only letters, digits and -$_.+!*'(), are legal`);
  if (!RESTARTS.includes(restart)) {
    throw new RangeError(`child ${id}: restart: ${restart} is none of ${RESTARTS.join(', ')}`);
  }
  if ('supervisor' in child) {
    checkSpec(child.supervisor);
    return;
  }
  const { shutdownMs = DEFAULT_SHUTDOWN_MS } = child;
  if (!(shutdownMs >= 0) || shutdownMs > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`child ${id}: shutdownMs: ${shutdownMs} is not between 0 and ${LONGEST_TIMEOUT_MS}`);
  }
}
