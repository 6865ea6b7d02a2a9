/** Request and reply, as OTP's `gen_server:call`, for actors of this process and of others. */

import { watchEnd } from './callers.js';
import { CallError } from './errors.js';
import { addressOf, concreteSystem, dispatch, isAlive, type Reference, type TemporaryReference } from './nact.js';
import { LONGEST_TIMEOUT_MS } from './promises.js';

/** How long a caller waits. */
export interface CallSettings {
  /** Milliseconds, above 0, at most 2^31 - 1 (about 24 days). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

// nact draws the ids of its queries at random from 31 bits, so that one caller may get another's reply (trap p08). A
// counter never repeats below 2^53, and as text it cannot meet nact's numbers either.
let calls = 0;

/**
 * Sends `message` and resolves with the first reply: whatever is sent to the message's sender.
 *
 * A pending call keeps the process alive, since somebody waits for its outcome; abort it to let the process end earlier.
 *
 * @throws CallError, by its code: `no-process` at once when no actor is there; `ended` as soon as the actor, a supervised
 *   one, ends before it has replied; `timeout`; `aborted`. Of an actor of another node the first two are not known here:
 *   instead, whatever that node's link fails the call with.
 * @throws RangeError when `timeoutMs` is out of range.
 */
export async function call<Reply>(to: Reference, message: unknown, settings: CallSettings): Promise<Reply> {
  const { timeoutMs, signal } = settings;
  if (!(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`timeoutMs: ${timeoutMs} is not above 0 and at most ${LONGEST_TIMEOUT_MS}`);
  }
  const aborted = (): CallError => new CallError('aborted', 'the caller aborted the call', { cause: signal?.reason });
  if (signal?.aborted === true) throw aborted();
  const address = addressOf(to);
  const system = concreteSystem(to);
  // A system has no mailbox: what is sent to it is dropped.
  if (system === undefined || to.type === 'system' || !isAlive(to)) {
    throw new CallError('no-process', `no actor is at ${address}; it has stopped, or was never started`);
  }
  calls += 1;
  const caller: TemporaryReference = { type: 'temp', system: { name: to.system.name }, id: `call-${calls}` };
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  let unwatch = (): void => {};
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const onTimeout = (): void => {
        reject(
          new CallError('timeout', `no reply from ${address} within ${timeoutMs} ms; it may still come to be handled`),
        );
      };
      onAbort = () => reject(aborted());
      system.addTempReference(caller, { resolve: (reply) => resolve(reply as Reply), reject });
      unwatch = watchEnd(address, () => reject(new CallError('ended', `${address} ended before it replied`)));
      timer = setTimeout(onTimeout, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      dispatch(to, message, caller);
    });
  } finally {
    clearTimeout(timer);
    unwatch();
    signal?.removeEventListener('abort', onAbort);
    system.removeTempReference(caller);
  }
}
