/** How a supervisor and its children are described, after OTP's `supervisor` module, with its defaults unless noted. */

import type { AnyBehaviour } from '../actor/behaviour.js';
import type { MailboxBound } from '../actor/mailbox.js';
import type { Shutdown } from '../actor/running.js';
import type { Reference } from '../nact.js';

export const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'] as const;
export const RESTARTS = ['permanent', 'transient', 'temporary'] as const;
export const AUTO_SHUTDOWNS = ['never', 'any_significant', 'all_significant'] as const;

/**
 * Which children a crash restarts: the crashed one, all of them, or the crashed one and those that were started after it.
 * `simple_one_for_one` is `one_for_one` for any number of children of one kind, which come and go.
 */
export type Strategy = (typeof STRATEGIES)[number];

/** When a child that ended by itself is restarted: always; only after an abnormal end; never, and then it is forgotten. */
export type Restart = (typeof RESTARTS)[number];

/** Whether a supervisor shuts itself down when a significant child, or the last of them, has ended for good. */
export type AutoShutdown = (typeof AUTO_SHUTDOWNS)[number];

/** Waiting before a restart: each one in a row twice as long as the one before, at random by up to a half shorter. */
export interface Backoff {
  /** Before the first restart, in milliseconds. */
  readonly firstMs: number;
  /** At most, in milliseconds. */
  readonly maxMs: number;
}

interface ChildCommon {
  /** Unique within the supervisor, and legal as a nact name: letters, digits and `-$_.+!*'(),`. */
  readonly id: string;
  /** Default `permanent`. */
  readonly restart?: Restart;
  /**
   * Its end, if it is not restarted, may be the end of the supervisor: see `autoShutdown`. Not for `permanent` children, nor
   * under `autoShutdown: 'never'`. Default false.
   */
  readonly significant?: boolean;
}

interface WorkerCommon extends ChildCommon {
  /** Limits its handler in flight, and then its `terminate`, each. Default 5000 milliseconds. */
  readonly shutdown?: Shutdown;
  /** Past this, in milliseconds, a start has failed. Default: no limit, as in OTP. */
  readonly startMs?: number;
  /** Default: as many messages as there is memory. */
  readonly mailbox?: MailboxBound;
  /** Each incarnation gets this name (see `register`) before its `init`. When it is taken the start fails. */
  readonly registeredName?: string;
}

interface SubtreeCommon extends ChildCommon {
  /** Default `infinity`, as its own children have limits of theirs. Past it they are all killed. */
  readonly shutdown?: Shutdown;
}

/** A child that is an actor. */
export interface WorkerSpec extends WorkerCommon {
  /** A function gives each incarnation a behaviour of its own. */
  readonly start: AnyBehaviour | (() => AnyBehaviour);
}

/** A child that is a supervisor itself. Past its intensity it ends with the reason `shutdown`. */
export interface SubtreeSpec extends SubtreeCommon {
  readonly supervisor: SupervisorSpec;
}

export type ChildSpec = WorkerSpec | SubtreeSpec;

/** The children of a `simple_one_for_one` supervisor: made from what `startChild` is given, again at each restart. */
export type ChildTemplate =
  | (WorkerCommon & { readonly start: (...parameters: readonly never[]) => AnyBehaviour })
  | (SubtreeCommon & { readonly supervisor: (...parameters: readonly never[]) => SupervisorSpec });

interface SupervisorCommon {
  /** More restarts than this within `periodMs` are one too many. Default 3 (OTP: 1). */
  readonly intensity?: number;
  /** Default 5000 milliseconds (as OTP's 5 seconds). */
  readonly periodMs?: number;
  /** Default `never`. */
  readonly autoShutdown?: AutoShutdown;
  /** Default: a restart follows at once, as in OTP. */
  readonly backoff?: Backoff;
  /** It gets this name (see `register`). When it is taken the start fails. */
  readonly registeredName?: string;
  /**
   * Gets every message that is sent to the supervisor actor itself: a supervisor may be the face of its children. It is
   * called while children start and restart, too. What it throws ends the supervisor, as a crash of itself: all children
   * are stopped, in reverse order. Default: such messages are dead letters, and calls fail as `unknown-request`.
   */
  readonly onMessage?: (
    message: unknown,
    context: { readonly self: Reference; readonly sender: Reference | undefined },
  ) => void;
  /**
   * Is called when all children have stopped, and the supervisor is about to: the last moment to answer those who wait at its
   * face. Not when it is killed. What it throws is ignored.
   */
  readonly onEnd?: () => void;
  /** Is told what happens. What it throws is ignored. */
  readonly onEvent?: (event: SupervisorEvent) => void;
}

/** A supervisor of children that are told apart by their ids. */
export interface StaticSpec extends SupervisorCommon {
  readonly strategy: Exclude<Strategy, 'simple_one_for_one'>;
  /** In the order in which they start; they stop in the reverse order. */
  readonly children: readonly ChildSpec[];
}

/** A supervisor of children of one kind. They stop all at once. */
export interface DynamicSpec extends SupervisorCommon {
  readonly strategy: 'simple_one_for_one';
  readonly child: ChildTemplate;
}

export type SupervisorSpec = StaticSpec | DynamicSpec;

export type SupervisorEvent =
  /** A child ended by itself. What follows depends on its `restart`. */
  | { readonly type: 'exited'; readonly id: string; readonly reason: string; readonly error?: unknown }
  /** A child is running again, because it or another one had ended; `reason` is that one's. */
  | { readonly type: 'restarted'; readonly id: string; readonly incarnation: number; readonly reason: string }
  /** A child did not come back up. It is tried again, which is one more restart. */
  | { readonly type: 'start-failed'; readonly id: string; readonly reason: string; readonly error?: unknown }
  /** Too many restarts: all children are stopped, in reverse order. */
  | { readonly type: 'gave-up'; readonly reason: string; readonly error?: unknown }
  /** A significant child has ended, and with it the supervisor does. */
  | { readonly type: 'auto-shutdown'; readonly id: string }
  /** Something that should not happen and that changes nothing: a `terminate` that threw, a handler that did not end. */
  | { readonly type: 'trouble'; readonly message: string; readonly error?: unknown };
