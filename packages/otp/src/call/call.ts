/** Request and reply, as OTP's `gen_server:call`, for actors of this process and of others. */

import { CallError, type CallErrorCode, isRefusal } from '../errors.js';
import { type ExitReason, reasonText } from '../exit-reason.js';
import {
  type AnyReference,
  actorIn,
  addressOf,
  type ConcreteSystem,
  type Deferral,
  dispatch,
  isUnconnected,
  nextNumber,
  own,
  type Reference,
  systemOf,
  type TemporaryReference,
} from '../nact.js';
import { checkOptions, namesIn } from '../options.js';
import { Awaiting, mayBeAlive, type Process, processOf } from '../process/process.js';
import { LONGEST_TIMEOUT_MS } from '../promises.js';
import { unsendable } from './answering.js';
import { type Due, type Line, lineOf } from './deadlines.js';
import type { CallSettings, PlainReference, ReplyOf, RequestOf, Requests, ServerReference, Typed } from './protocol.js';

/**
 * Sends a request and resolves with the first reply: whatever is sent to the sender of the request. It fails as soon as it
 * is known that no reply will come.
 *
 * Asked through a {@link ServerReference}, the request must be one that the gen-server takes, and the reply is of its type.
 *
 * A pending call keeps the process alive, since somebody waits for its outcome; abort it to let the process end earlier.
 *
 * Whatever fails, it rejects; it never throws.
 *
 * @throws CallError, by its code: `noproc` at once when no actor is there; `exit`, with the reason, as soon as it ends before
 *   it has replied; `overloaded`, `unknown-request`, `too-large`, `unsendable`, all at once; `noconnection` when the link to
 *   its node is lost; `timeout`; `aborted`.
 * @throws RangeError when `timeoutMs` is out of range, or a setting is unknown.
 * @example
 * ```ts
 * import { CallError, call, genServer, type Request, serverAt, startActor, startSystem, stopSystem } from '@parliament/otp';
 *
 * const adder = genServer<number, Request<'add', { by: number }, number>>({
 *   init: () => ({ state: 0 }),
 *   handleCall: { add: ({ by }, _from, sum) => ({ reply: sum + by, state: sum + by }) },
 * });
 * const system = startSystem();
 * const server = serverAt(await startActor(system, 'adder', adder), adder);
 *
 * const sum: number = await call(server, { type: 'add', by: 2 }, { timeoutMs: 1000 });
 * console.log(sum); // 2
 * await stopSystem(system);
 * await call(server, { type: 'add', by: 2 }, { timeoutMs: 1000 }).catch((error) => {
 *   if (error instanceof CallError) console.log(error.code); // noproc
 * });
 * ```
 */
export function call<Calls extends Requests, Type extends Calls['type']>(
  to: ServerReference<Calls>,
  request: RequestOf<Calls, Type>,
  settings: CallSettings,
): Promise<ReplyOf<Calls, Type>>;
export function call<Reply>(to: PlainReference, request: unknown, settings: CallSettings): Promise<Reply>;
export function call(to: AnyReference, request: unknown, settings: CallSettings): Promise<unknown> {
  return callFor(undefined, to, request, settings);
}

/**
 * Sends a message that is not answered: OTP's `gen_server:cast`.
 *
 * @returns whether it is on its way; see `dispatch`, also for what it throws.
 * @example
 * ```ts
 * import { call, cast, genServer, type Request, serverAt, startActor, startSystem } from '@parliament/otp';
 *
 * const adder = genServer<number, Request<'read', object, number>, { type: 'add'; by: number }>({
 *   init: () => ({ state: 0 }),
 *   handleCall: { read: (_request, _from, sum) => ({ reply: sum, state: sum }) },
 *   handleCast: { add: ({ by }, sum) => ({ state: sum + by }) },
 * });
 * const server = serverAt(await startActor(startSystem(), 'adder', adder), adder);
 * console.log(cast(server, { type: 'add', by: 2 })); // true
 * console.log(await call(server, { type: 'read' }, { timeoutMs: 1000 })); // 2
 * ```
 */
export function cast<Calls extends Requests, Casts extends Typed>(
  to: ServerReference<Calls, Casts>,
  message: Casts,
): boolean;
export function cast<Message extends Typed>(to: PlainReference, message: Message): boolean;
export function cast(to: AnyReference, message: Typed): boolean {
  return dispatch(to, message);
}

const CALL_SETTINGS = namesIn<CallSettings>({ timeoutMs: true, signal: true });

/** A call on behalf of a process: it fails when that ends. Never throws. */
export function callFor(
  caller: Process | undefined,
  to: AnyReference,
  request: unknown,
  settings: CallSettings,
): Promise<unknown> {
  try {
    return begin(caller, to, request, settings);
  } catch (error) {
    return Promise.reject(error);
  }
}

function begin(
  caller: Process | undefined,
  to: AnyReference,
  request: unknown,
  settings: CallSettings,
): Promise<unknown> {
  checkOptions('call', settings, CALL_SETTINGS);
  const { timeoutMs, signal } = settings;
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw new RangeError('signal: is no AbortSignal');
  }
  if (!(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new RangeError(`timeoutMs: ${timeoutMs} is not above 0 and at most ${LONGEST_TIMEOUT_MS}`);
  }
  if (signal?.aborted === true) throw abortion(signal);
  const system = systemOf(to);
  if (system === undefined && isUnconnected(to)) {
    throw new CallError('noconnection', `no way leads to ${addressOf(to)}: the request was not sent`);
  }
  const actor = system === undefined ? undefined : actorIn(system, to);
  const callee = actor === undefined ? undefined : processOf(actor);
  // A system has no mailbox: what is sent to it is dropped. What is no actor of this process may be one of another node.
  const isThere = callee === undefined ? to.type !== 'system' && mayBeAlive(to) : callee.alive;
  if (system === undefined || !isThere) {
    throw new CallError('noproc', `no actor is at ${addressOf(to)}; it has stopped, or was never started`);
  }
  const reply = new Promise(capture);
  const pending = new PendingCall(system, to, callee, caller, timeoutMs, resolveNew, rejectNew);
  if (signal !== undefined) pending.heed(signal);
  try {
    const isTaken =
      actor === undefined ? dispatch(to, request, pending.reference) : actor.dispatch(request, pending.reference);
    if (isTaken === false) pending.undelivered();
  } catch (error) {
    // Nothing of it waits on, for nobody would hear of its end.
    pending.reject(unsendable('the request', error));
  }
  return reply;
}

// The two ends of the promise that was made last. An executor of its own would be one more object for each call, and calls
// are bound by garbage.
let resolveNew: (reply: unknown) => void;
let rejectNew: (error: unknown) => void;

function capture(resolve: (reply: unknown) => void, reject: (error: unknown) => void): void {
  resolveNew = resolve;
  rejectNew = reject;
}

function abortion(signal: AbortSignal): CallError {
  return new CallError('aborted', 'the caller aborted the call', { cause: signal.reason });
}

/** Waits for one reply, in nact's table of temporary references. Whatever comes first settles it, and leaves nothing behind. */
class PendingCall extends Awaiting implements Deferral, Due {
  // Declared only: a field that is defined is written twice, and this is made with every call.
  declare dueAt: number;
  declare earlier: Due | undefined;
  declare later: Due | undefined;
  declare before: Awaiting | undefined;
  declare after: Awaiting | undefined;
  declare readonly reference: TemporaryReference;
  declare readonly system: ConcreteSystem;
  declare readonly to: Reference;
  declare readonly callee: Process | undefined;
  declare readonly caller: Process | undefined;
  declare readonly line: Line;
  declare readonly timeoutMs: number;
  declare readonly succeed: (reply: unknown) => void;
  declare readonly fail: (error: unknown) => void;
  /** Takes the listener off the signal. */
  declare neglect: (() => void) | undefined;

  constructor(
    system: ConcreteSystem,
    to: AnyReference,
    callee: Process | undefined,
    caller: Process | undefined,
    timeoutMs: number,
    resolve: (reply: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.dueAt = 0;
    this.earlier = undefined;
    this.later = undefined;
    this.before = undefined;
    this.after = undefined;
    this.neglect = undefined;
    this.reference = { type: 'temp', system: to.system, id: nextNumber() };
    this.system = system;
    this.to = own(to);
    this.callee = callee;
    this.caller = caller;
    this.succeed = resolve;
    this.fail = reject;
    callee?.await(this);
    caller?.listen(this);
    this.timeoutMs = timeoutMs;
    this.line = lineOf(timeoutMs);
    this.line.join(this);
    system.addTempReference(this.reference, this);
  }

  /** Gives up when the signal fires. */
  heed(signal: AbortSignal): void {
    const onAbort = (): void => this.reject(abortion(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    this.neglect = () => signal.removeEventListener('abort', onAbort);
  }

  /** The one who is called has ended, or the one who calls. */
  ended(process: Process, reason: ExitReason): void {
    if (process === this.caller) {
      this.reject(new CallError('fenced', 'the incarnation that called has ended'));
      return;
    }
    const cause = typeof reason === 'object' && 'crash' in reason ? { cause: reason.crash } : {};
    const message = `${addressOf(this.to)} ended before it replied: ${reasonText(reason)}`;
    this.reject(new CallError('exit', message, { reason, ...cause }));
  }

  timedOut(): void {
    const message = `no reply from ${addressOf(this.to)} within ${this.timeoutMs} ms; it may still come to be handled`;
    this.reject(new CallError('timeout', message));
  }

  dispatch(reply: unknown): void {
    this.resolve(reply);
  }

  resolve(reply: unknown): void {
    this.leave();
    if (isRefusal(reply)) this.fail(reply);
    else this.succeed(reply);
  }

  reject(error: unknown): void {
    this.leave();
    this.fail(translate(error));
  }

  /** The request was not taken: the mailbox has said why, or there was nobody after all. */
  undelivered(): void {
    this.reject(new CallError('noproc', `no actor is at ${addressOf(this.to)}`));
  }

  leave(): void {
    this.line.leave(this);
    this.system.removeTempReference(this.reference);
    this.callee?.unawait(this);
    this.caller?.unlisten(this);
    this.neglect?.();
  }
}

/** What a link fails a call with. Only `unknown-type` is none of a call's codes: to the caller, such a request cannot travel. */
const CODES_OF_LINKS: ReadonlyMap<string, CallErrorCode> = new Map([
  ['noconnection', 'noconnection'],
  ['noproc', 'noproc'],
  ['too-large', 'too-large'],
  ['overloaded', 'overloaded'],
  ['unknown-type', 'unsendable'],
]);

/** What a link fails a call with, as an error of this package. What has no code could not be put into its form. */
function translate(error: unknown): unknown {
  if (error instanceof CallError || !(error instanceof Error)) return error;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') return unsendable('the request', error);
  const own = CODES_OF_LINKS.get(code);
  return own === undefined ? error : new CallError(own, error.message, { cause: error });
}
