/** A gen-server for tests. */

import {
  type CallResult,
  type ExitReason,
  type From,
  type GenServer,
  genServer,
  type Reference,
  type Request,
  type ServerReference,
  serverAt,
  startActor,
} from '../src/index.js';
import { turns, wordOf } from './support.js';

export const SOON = { timeoutMs: 600_000 };

export type CounterCall =
  | Request<'read', object, number>
  | Request<'add', { by: number }, number>
  | Request<'later', object, string>
  | Request<'stop', { reason: ExitReason; reply: boolean }, string>
  | Request<'fail', { how: 'throw' | 'reject' }>
  | Request<'nothing'>;
export type CounterCast = { readonly type: 'set'; readonly to: number } | { readonly type: 'stop-by-cast' };

interface Counter {
  readonly ref: ServerReference<CounterCall, CounterCast>;
  readonly asked: From<string>[];
  readonly heard: unknown[];
  readonly ends: string[];
}

/** A gen-server that counts, and does what it is told. */
export async function startCounter(
  system: Reference,
  more: Partial<GenServer<number, CounterCall, CounterCast, string>> = {},
): Promise<Counter> {
  const asked: From<string>[] = [];
  const heard: unknown[] = [];
  const ends: string[] = [];
  const counter = genServer<number, CounterCall, CounterCast, string>({
    init: () => ({ state: 0 }),
    handleCall: {
      read: (_, __, state) => ({ reply: state, state }),
      add: async ({ by }, _, state) => {
        await turns(1);
        return { reply: state + by, state: state + by };
      },
      later(_, from, state) {
        asked.push(from);
        return { replyLater: true, state };
      },
      stop: ({ reason, reply }, _, state) => ({
        state: state + 1000,
        stop: reason,
        ...(reply ? { reply: 'as told' } : {}),
      }),
      fail({ how }) {
        if (how === 'reject') return Promise.reject(new Error('told to'));
        throw new Error('told to');
      },
      nothing: () => undefined as unknown as CallResult<number, undefined>,
    },
    handleCast: {
      set: ({ to }) => ({ state: to }),
      'stop-by-cast': (_, state) => ({ state, stop: 'shutdown' }),
    },
    handleInfo(message, state) {
      heard.push(message);
      return { state };
    },
    terminate: (state, reason) => void ends.push(`${state} ${wordOf(reason)}`),
    inspect: (state) => state,
    ...more,
  });
  const ref = (await startActor(system, 'counter', counter)) as Reference;
  return { ref: serverAt(ref, counter), asked, heard, ends };
}
