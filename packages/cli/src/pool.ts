/** Several nodes of one parliament, of which one is asked; when it fails, the next. */

import { AskError, type AskErrorCode, MachineError, type Outcome, type Reference, Rejection } from 'parliament';
import type { Client } from './client-node.js';
import { CommandError, reasonOf } from './errors.js';

/** A request could not be answered by any node. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly code = 'unanswered';
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

export interface Pool {
  /**
   * Has `request` done by the first node that can, until the deadline.
   *
   * @throws PoolError `not-applied` only when no attempt can have had an effect.
   * @throws Rejection, MachineError as the machine of the node has thrown it: nothing was applied.
   */
  run<Answer>(
    timeoutMs: number,
    repeating: Repeating,
    request: (node: Reference, timeoutMs: number) => Promise<Answer>,
  ): Promise<Answer>;
}

/** Whether a request that may have been applied may be sent again. Where it certainly was not applied, each may. */
export type Repeating = 'may-be-repeated' | 'once';

/** Whether another node may do better where one failed so, or the same one later. */
const MAY_GO_ON: Readonly<Record<AskErrorCode, boolean>> = {
  noconnection: true,
  noproc: true,
  exit: true,
  excluded: true,
  timeout: true,
  // Of this node: the others have disks and desks of their own.
  'no-space': true,
  overloaded: true,
  // The leader may be any of the others.
  'no-lease': true,
  // Of that member.
  'session-expired': true,
  // Of the request, or of whoever asked.
  'bad-request': false,
  'too-large': false,
  unsendable: false,
  aborted: false,
  // Of a watch, which runs elsewhere.
  compacted: false,
};

/** When all nodes have failed in a row, the next round starts after this time, in milliseconds; after each, twice that. */
const ROUND_PAUSE_MS = 100;

/** No pause is longer, in milliseconds. */
const ROUND_PAUSE_MS_MAX = 1000;

/** An attempt is given at least this long before another node is tried, in milliseconds. */
const ATTEMPT_MS_MIN = 1000;

/** @param addresses at least one; they are tried in this order. */
export function openPool(client: Pick<Client, 'reach'>, addresses: readonly string[]): Pool {
  let current = 0;

  /** @param reachMs how long the way to the node may take. */
  async function attempt<Answer>(
    address: string,
    reachMs: number,
    limitMs: number,
    request: (node: Reference, timeoutMs: number) => Promise<Answer>,
  ): Promise<Answer> {
    const begun = performance.now();
    const { registers } = await client.reach(address, reachMs);
    return request(registers, Math.max(1, limitMs - (performance.now() - begun)));
  }

  return {
    async run(timeoutMs, repeating, request) {
      const deadline = performance.now() + timeoutMs;
      let isUncertain = false;
      let pauseMs = ROUND_PAUSE_MS;
      let reason = 'the deadline passed before any node was asked';
      for (let failures = 1; ; failures++) {
        const remaining = deadline - performance.now();
        if (remaining <= 0) throw new PoolError(isUncertain ? 'unknown' : 'not-applied', reason);
        const index = current;
        const address = addresses[index] as string;
        // One node gets all the time; of several each gets a share, so that a node that hangs does not cost everything.
        const most = addresses.length === 1 ? remaining : Math.max(ATTEMPT_MS_MIN, timeoutMs / addresses.length);
        const share = Math.min(remaining, most);
        // What a node has, and may be sent to no other, is left to it: it tries again by itself, as another leader is elected, say.
        const limit = repeating === 'once' ? remaining : share;
        try {
          return await attempt(address, share, limit, request);
        } catch (error) {
          if (error instanceof Rejection || error instanceof MachineError) throw error;
          reason = reasonOf(error);
          // Nobody was reached; or the node, or the request's way to it, says what is known; or nothing is known.
          isUncertain ||= error instanceof AskError ? error.outcome === 'unknown' : !(error instanceof CommandError);
          const mayGoOn = error instanceof AskError ? MAY_GO_ON[error.code] : error instanceof CommandError;
          const isSpent = isUncertain && repeating === 'once';
          if (mayGoOn && current === index) current = (index + 1) % addresses.length;
          if (!mayGoOn || isSpent) throw new PoolError(isUncertain ? 'unknown' : 'not-applied', reason);
          if (failures % addresses.length === 0) {
            await new Promise((resolve) =>
              setTimeout(resolve, Math.min(pauseMs, Math.max(1, deadline - performance.now()))),
            );
            pauseMs = Math.min(2 * pauseMs, ROUND_PAUSE_MS_MAX);
          }
        }
      }
    },
  };
}
