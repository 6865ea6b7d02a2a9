/** Several members that are asked one after the other, for those who watch: when one does not answer, the next one does. */

import type { Reference } from '@parliament/otp';
import { AskError } from '../errors.js';
import { send } from './calling.js';
import type { WatchReply, WatchRequest } from './watch-requests.js';

/** Members, in the order in which they are asked. */
export interface Round {
  /** What the first member answers that does. @throws AskError when none has for `timeoutMs`, or none ever will. */
  ask(request: Pick<WatchRequest, 'place' | 'query'>): Promise<WatchReply>;
  /** The next one is to be asked, where there is one: this one may be behind. */
  moveOn(): void;
}

/** A question waits so long at a member, in milliseconds; who has not answered after so many times that is busy, or gone. */
const POLL_MS = 5000;
const CALL_FACTOR = 2;

/** When no member has answered, it is paused before they are asked again: so long at first, in milliseconds, and twice as long each time. */
const PAUSE_MS = 50;
const PAUSE_MS_MAX = 1000;

/** What another attempt cannot mend. */
const FOR_GOOD: readonly string[] = ['aborted', 'bad-request', 'too-large', 'unsendable'];

export function openRound(references: readonly Reference[], timeoutMs: number, signal: AbortSignal): Round {
  let index = 0;
  const pollMs = Math.min(POLL_MS, timeoutMs);
  const moveOn = (): void => {
    index = (index + 1) % references.length;
  };

  return {
    async ask(request) {
      const since = performance.now();
      /** By member: from where on it can tell. */
      const oldest = new Map<number, number>();
      let pauseMs = PAUSE_MS;
      for (let failures = 0; ; ) {
        const reference = references[index] as Reference;
        try {
          const asked: WatchRequest = { type: 'watch', ...request, timeoutMs: pollMs };
          const reply = await send<WatchReply>(reference, asked, CALL_FACTOR * pollMs, signal, false);
          if (!('oldest' in reply)) return reply;
          oldest.set(index, reply.oldest);
        } catch (error) {
          if (!(error instanceof AskError) || FOR_GOOD.includes(error.code)) throw error;
          failures += 1;
          if (performance.now() - since >= timeoutMs) {
            if (oldest.size > 0) return earliestOf(oldest);
            throw error;
          }
        }
        if (oldest.size === references.length) return earliestOf(oldest);
        moveOn();
        if (failures === 0 || failures % references.length !== 0) continue;
        await pause(pauseMs, signal);
        pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs);
      }
    },
    moveOn,
  };
}

function earliestOf(oldest: ReadonlyMap<number, number>): WatchReply {
  return { ok: true, oldest: Math.min(...oldest.values()) };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(new AskError('aborted', 'not-applied', 'the watch was ended'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
