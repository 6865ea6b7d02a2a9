/** A process as its supervisor holds it. */

import type { Process } from './process.js';

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
