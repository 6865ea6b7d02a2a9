/** A process as its supervisor holds it. */

import type { ExitReason } from '../exit-reason.js';
import type { Process } from '../process/process.js';
import type { MailboxBound } from './mailbox.js';

/**
 * How long a process may take to stop: milliseconds, or as long as it likes, or nothing at all: then it is killed, without
 * `terminate`. As OTP's `shutdown`.
 */
export type Shutdown = number | 'infinity' | 'brutal_kill';

/** A process that a supervisor holds, be it a worker or a supervisor itself. */
export interface Running {
  readonly process: Process;
  /** Resolves when it has started, or found that it is not needed. Rejects with what kept it from that. */
  readonly started: Promise<'started' | 'ignored'>;
  /** Ends it, waits for what it still does, within the limits, and takes it out of the tree. Never rejects. */
  halt(shutdown: Shutdown): Promise<void>;
}

export const DEFAULT_SHUTDOWN_MS = 5000;

/** How an incarnation came to its end. */
export interface EndedBy {
  /** The type of the message that was being handled; undefined: none was. */
  readonly messageType?: string;
  /** By an exit signal, of one that it was linked with or of whoever sent it. */
  readonly isSignal: boolean;
}

/** Who is told about a worker. None of these may throw. */
export interface WorkerWatcher {
  /** The incarnation, which had started, ended by itself. Called once, and not after `halt`. */
  readonly onExit: (reason: ExitReason, how: EndedBy) => void;
  /** Something failed after the end of the incarnation, or took too long. */
  readonly onTrouble: (message: string, error?: unknown) => void;
  /** The incarnation tried to send after its end. */
  readonly onFenced: () => void;
  /** Something above it was stopped by nact's own `stop`. */
  readonly onOrphan: () => void;
}

/** How a worker is started, besides its behaviour. */
export interface WorkerSettings {
  readonly mailbox?: MailboxBound | undefined;
  readonly registeredName?: string | undefined;
  /** How long `init` may take, in milliseconds. */
  readonly startMs?: number | undefined;
  /** Is linked with it from before `init`. */
  readonly linked?: Process | undefined;
  /** How long it may take to stop when nobody says otherwise. */
  readonly shutdown?: Shutdown | undefined;
}
