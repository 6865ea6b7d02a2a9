/** Request and answer, as OTP's `gen_server:call`, for actors of this process and of others. */

import { CallError } from './errors.js';
import { concrete, concreteSystem, dispatch, pathOf, type Reference, type TemporaryReference } from './nact.js';

/** How long a caller waits. */
export interface CallSettings {
  /** Milliseconds, above 0, at most 2^31 - 1 (about 24 days). */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The longest time that a timer of Node.js can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

// nact draws the ids of its queries at random from 31 bits, so that one caller may get another's answer (trap p08).
let calls = 0;

/**
 * Sends `message` and resolves with the first answer: whatever is sent to the message's sender. The pending call keeps the
 * process alive, as the caller waits for it.
 *
 * @throws CallError `no-process` at once when no actor is there, `timeout`, `aborted`; or the error with which the other
 *   node's link fails the call.
 * @throws RangeError when `timeoutMs` is out of range.
 */
export async function call<Answer>(to: Reference, message: unknown, settings: CallSettings): Promise<Answer> {
  const { timeoutMs, signal } = settings;
  if (!(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`timeoutMs: ${timeoutMs} is not above 0 and at most ${LONGEST_TIMEOUT_MS}`);
  }
  const where = pathOf(to).join('/');
  const system = concreteSystem(to);
  if (system === undefined || concrete(to) === undefined) {
    throw new CallError('no-process', `no actor is at ${to.system.name}:${where}`);
  }
  if (signal?.aborted === true) throw new CallError('aborted', 'the call was aborted', { cause: signal.reason });
  calls += 1;
  const caller: TemporaryReference = { type: 'temp', system: { name: to.system.name }, id: `call-${calls}` };
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      system.addTempReference(caller, { resolve: (answer) => resolve(answer as Answer), reject });
      timer = setTimeout(() => {
        reject(new CallError('timeout', `no answer from ${where} within ${timeoutMs} ms`));
      }, timeoutMs);
      onAbort = () => reject(new CallError('aborted', 'the call was aborted', { cause: signal?.reason }));
      signal?.addEventListener('abort', onAbort, { once: true });
      dispatch(to, message, caller);
    });
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    system.removeTempReference(caller);
  }
}
