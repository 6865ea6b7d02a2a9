/** Several nodes of one parliament, of which one is asked; when it fails, the next. */

import { AskError, type AskErrorCode, type Outcome, type Reference } from 'parliament';
import type { Client } from './client-node.js';
import { CommandError, oneLine } from './errors.js';

/** A request could not be answered by any node. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

export interface Pool {
  /**
   * Has `request` done by the first node that can, until the deadline. It may be done more than once, so it must be one
   * that may be repeated.
   *
   * @throws PoolError `not-applied` only when no attempt can have had an effect.
   */
  run<Answer>(
    timeoutMs: number,
    request: (registers: Reference, timeoutMs: number) => Promise<Answer>,
  ): Promise<Answer>;
}

/** Failures after which another node may do better. */
const NODE_FAILURES: readonly AskErrorCode[] = ['no-connection', 'not-running', 'excluded', 'timeout'];

/** When all nodes have failed in a row, the next round starts after this time, in milliseconds. */
const ROUND_PAUSE_MS = 100;

/** An attempt is given at least this long before another node is tried, in milliseconds. */
const ATTEMPT_MS_MIN = 1000;

export function openPool(client: Client, addresses: readonly string[]): Pool {
  let current = 0;

  async function attempt<Answer>(
    address: string,
    limitMs: number,
    request: (registers: Reference, timeoutMs: number) => Promise<Answer>,
  ): Promise<Answer> {
    const begun = performance.now();
    const { registers } = await client.reach(address, limitMs);
    return request(registers, Math.max(1, limitMs - (performance.now() - begun)));
  }

  return {
    async run(timeoutMs, request) {
      const deadline = performance.now() + timeoutMs;
      let isUncertain = false;
      let reason = 'the deadline passed before any node was asked';
      for (let failures = 0; ; failures++) {
        const remaining = deadline - performance.now();
        if (remaining <= 0) throw new PoolError(isUncertain ? 'unknown' : 'not-applied', reason);
        const index = current;
        const address = addresses[index] as string;
        // One node gets all the time; of several each gets a share, so that a node that hangs does not cost everything.
        const share = addresses.length === 1 ? remaining : Math.max(ATTEMPT_MS_MIN, timeoutMs / addresses.length);
        try {
          return await attempt(address, Math.min(remaining, share), request);
        } catch (error) {
          reason = oneLine(error);
          if (error instanceof AskError) {
            isUncertain ||= error.outcome === 'unknown';
            if (!NODE_FAILURES.includes(error.code))
              throw new PoolError(isUncertain ? 'unknown' : 'not-applied', reason);
          } else if (!(error instanceof CommandError)) {
            throw error;
          }
          if (current === index) current = (index + 1) % addresses.length;
          if ((failures + 1) % addresses.length === 0) {
            await new Promise((resolve) => setTimeout(resolve, Math.min(ROUND_PAUSE_MS, Math.max(1, remaining))));
          }
        }
      }
    },
  };
}
