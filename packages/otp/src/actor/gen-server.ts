/** The gen-server, after OTP's `gen_server`: a process that answers requests, one after the other. */

import { answer, refuse } from '../call/answering.js';
import type { ReplyOf, Requests, Serving, Typed, Untyped } from '../call/protocol.js';
import { CallError } from '../errors.js';
import { type ExitReason, exitReason } from '../exit-reason.js';
import { type Reference, systemOf } from '../nact.js';
import { checkOptions } from '../options.js';
import { noteDeadLetter } from '../process/dead-letters.js';
import { isPromise } from '../promises.js';
import { printable } from '../text-of.js';
import { type ActorContext, type Behaviour, IGNORE, type Timer } from './behaviour.js';

/** What follows a callback, besides the next message. */
interface Following<Continue> {
  /** `handleContinue` is called with this, before any message. */
  readonly continue?: Continue;
  /**
   * If no message arrives within so many milliseconds, `handleInfo` gets `'timeout'`. Any message, and the next result,
   * takes it back.
   */
  readonly timeoutMs?: number;
}

/** The next state. */
export type Next<State, Continue = never> = { readonly state: State } & Following<Continue>;

/** The server is to end: `terminate` is called with the reason. */
export interface Stop<State> {
  readonly state: State;
  readonly stop: ExitReason;
}

/** What `init` gives: the first state; or that the server is not needed, or cannot start. */
export type InitResult<State, Continue = never> =
  | Next<State, Continue>
  | { readonly ignore: true }
  | { readonly stop: ExitReason };

/** What `handleCast`, `handleInfo` and `handleContinue` give. */
export type Result<State, Continue = never> = Next<State, Continue> | Stop<State>;

/**
 * What `handleCall` gives: a reply; none yet, then `from.reply` is to be called some time; or the end, with or without one. A
 * reply with the end is sent once `terminate` is done; with a crash before it.
 */
export type CallResult<State, Reply, Continue = never> =
  | (Next<State, Continue> & { readonly reply: Reply })
  | (Next<State, Continue> & { readonly replyLater: true })
  | (Stop<State> & { readonly reply?: Reply });

/** Who waits for a reply. */
export interface From<Reply> {
  /** Where the reply goes: another actor can be asked to send it. */
  readonly reference: Reference;
  /**
   * Replies; only the first one counts. Of an incarnation that has ended it does nothing, gives false, and is counted. One
   * that cannot be sent to the node of whoever waits is a dead letter: the call fails, as `too-large` or `unsendable`.
   */
  reply(reply: Reply): boolean;
}

type MaybeLater<Value> = Value | Promise<Value>;

/** The callbacks of a gen-server, without the tables of its handlers. */
interface Callbacks<State, Continue> {
  init(context: ActorContext): MaybeLater<InitResult<State, Continue>>;
  /**
   * Gets every other message: `Down`, `Exit`, `'timeout'`, and whatever else is sent. Without it, they are dead letters
   * (`not-understood`).
   */
  handleInfo?(message: unknown, state: State, context: ActorContext): MaybeLater<Result<State, Continue>>;
  handleContinue?(what: Continue, state: State, context: ActorContext): MaybeLater<Result<State, Continue>>;
  terminate?(state: State, reason: ExitReason, context: ActorContext): void | Promise<void>;
  /** What `inspect` shows of the state. Without it, nothing. */
  inspect?(state: State): unknown;
}

/** One handler for each type of request. */
type CallHandlers<State, Calls extends Requests, Continue> = {
  readonly [Type in Calls['type']]: (
    request: Extract<Calls, { readonly type: Type }>,
    from: From<ReplyOf<Calls, Type>>,
    state: State,
    context: ActorContext,
  ) => MaybeLater<CallResult<State, ReplyOf<Calls, Type>, Continue>>;
};

/** One handler for each type of message that is not answered. */
type CastHandlers<State, Casts extends Typed, Continue> = {
  readonly [Type in Casts['type']]: (
    message: Extract<Casts, { readonly type: Type }>,
    state: State,
    context: ActorContext,
  ) => MaybeLater<Result<State, Continue>>;
};

/** A table may be left out only where nothing that it would hold is declared. */
type Given<Name extends string, Declared, Table> = [Declared] extends [never]
  ? { readonly [Key in Name]?: Table }
  : { readonly [Key in Name]: Table };

/**
 * A gen-server as callbacks. `handleCall` answers requests, `handleCast` takes messages that are not answered; a server that has none of
 * them leaves it out. Each callback may be asynchronous: no other is called before it has settled. When one throws or rejects,
 * the server crashes, and whoever waits for its reply learns it.
 */
export type GenServer<State, Calls extends Requests = never, Casts extends Typed = never, Continue = never> = Callbacks<
  State,
  Continue
> &
  Given<'handleCall', Calls, CallHandlers<State, Calls, Continue>> &
  Given<'handleCast', Casts, CastHandlers<State, Casts, Continue>>;

/** A message of which only the type is declared. */
export type AnyMessage = Typed & Readonly<Record<string, unknown>>;

/** A gen-server whose requests and messages are not declared: what they hold is unknown. */
export interface UntypedServer<State> extends Callbacks<State, unknown> {
  readonly handleCall?: {
    readonly [type: string]: (
      request: AnyMessage,
      from: From<unknown>,
      state: State,
      context: ActorContext,
    ) => MaybeLater<CallResult<State, unknown, unknown>>;
  };
  readonly handleCast?: {
    readonly [type: string]: (
      message: AnyMessage,
      state: State,
      context: ActorContext,
    ) => MaybeLater<Result<State, unknown>>;
  };
}

/** A gen-server as a behaviour, to be started, supervised or not, as any other. */
export type ServerBehaviour<State, Calls extends Requests, Casts extends Typed> = Behaviour<State, unknown> &
  Serving<Calls, Casts>;

/** Who has sent a request. */
class Asker implements From<unknown> {
  readonly reference: Reference;
  readonly context: ActorContext;

  constructor(reference: Reference, context: ActorContext) {
    this.reference = reference;
    this.context = context;
  }

  reply(reply: unknown): boolean {
    const { context, reference } = this;
    // Of an incarnation that has ended, the context sees to it.
    if (!context.incarnation.alive) return context.dispatch(reference, reply);
    return answer(systemOf(context.self), reference, reply);
  }
}

/** No message came in time. A class, so that no message from elsewhere can pass for one. */
class TimeOut {
  readonly timer: Timer;

  constructor(context: ActorContext, timeoutMs: number) {
    this.timer = context.sendAfter(timeoutMs, this);
  }
}

/** A result with all that it may have. */
interface AnyResult<State, Continue> extends Following<Continue> {
  readonly state: State;
  readonly reply?: unknown;
  readonly replyLater?: true;
  readonly stop?: ExitReason;
}

/**
 * Makes a behaviour of a gen-server. A message whose sender waits for one answer (`call`, nact's `query`) is a request, and
 * goes to `handleCall` by its `type`; one of a type that `handleCast` has goes there; any other to `handleInfo`. A request
 * of an unknown type is refused: the call fails as `unknown-request`.
 *
 * With its requests declared (`genServer<State, Calls, Casts>`) every call is checked by the compiler.
 *
 * @throws RangeError when a callback has a name that there is not, is no function, or `init` is missing.
 * @example
 * ```ts
 * import { genServer, type Request } from '@parliament/otp';
 *
 * type Calls = Request<'read', object, number> | Request<'take', { count: number }, boolean>;
 * type Casts = { type: 'add'; count: number };
 *
 * const stock = genServer<number, Calls, Casts>({
 *   init: () => ({ state: 0 }),
 *   handleCall: {
 *     read: (_request, _from, stored) => ({ reply: stored, state: stored }),
 *     take({ count }, _from, stored) {
 *       if (count > stored) return { reply: false, state: stored };
 *       return { reply: true, state: stored - count };
 *     },
 *   },
 *   handleCast: { add: ({ count }, stored) => ({ state: stored + count }) },
 * });
 * console.log(stock.kind); // gen-server
 * ```
 */
export function genServer<State>(server: UntypedServer<State>): Behaviour<State, unknown> & Untyped;
export function genServer<State, Calls extends Requests = never, Casts extends Typed = never, Continue = never>(
  server: GenServer<State, Calls, Casts, Continue>,
): ServerBehaviour<State, Calls, Casts>;
export function genServer<State, Calls extends Requests = never, Casts extends Typed = never, Continue = never>(
  server: Callbacks<State, Continue> & { readonly handleCall?: object; readonly handleCast?: object },
): ServerBehaviour<State, Calls, Casts> {
  checkServer(server);
  type Outcome = AnyResult<State, Continue>;
  type Receiver = (message: unknown, state: State, context: ActorContext) => MaybeLater<Outcome>;
  type Answerer = (request: unknown, from: From<unknown>, state: State, context: ActorContext) => MaybeLater<Outcome>;
  // Maps, so that no message finds what every object has.
  const answerers = handlersIn<Answerer>(server.handleCall);
  /** By the incarnation: the time-out that waits for no message to come. Most servers have none, and are not to pay for it. */
  let hasTimeOuts = false;
  const timeOuts = new WeakMap<ActorContext, TimeOut>();
  const receivers = handlersIn<Receiver>(server.handleCast);
  /** By the incarnation: the reply of a server that ends with it, which as in OTP comes when it has cleaned up. */
  const lastReplies = new WeakMap<ActorContext, () => void>();

  /** Takes a result: the reply, the next state, and what is to follow, however often that is more of the same. */
  function settle(
    given: MaybeLater<Outcome>,
    from: From<unknown> | undefined,
    context: ActorContext,
  ): MaybeLater<State> {
    if (isPromise(given)) return settleLater(given, from, context);
    let result = given;
    let next = take(result, from, context);
    while (next !== undefined) {
      if (isPromise(next)) return settleLater(next, undefined, context);
      result = next;
      next = take(result, undefined, context);
    }
    return result.state;
  }

  async function settleLater(
    given: PromiseLike<Outcome>,
    from: From<unknown> | undefined,
    context: ActorContext,
  ): Promise<State> {
    let result = await given;
    let next = take(result, from, context);
    while (next !== undefined) {
      result = await next;
      next = take(result, undefined, context);
    }
    return result.state;
  }

  /** @returns what `handleContinue` gives, if the result asks for that. */
  function take(
    result: Outcome,
    from: From<unknown> | undefined,
    context: ActorContext,
  ): MaybeLater<Outcome> | undefined {
    if (typeof result !== 'object' || result === null || !('state' in result)) throw badResult(result);
    const { state, reply, stop, timeoutMs, continue: what } = result;
    if (from !== undefined) {
      if (reply !== undefined || 'reply' in result) {
        // Past a crash it could not be sent.
        if (stop === undefined || isCrash(stop)) from.reply(reply);
        else lastReplies.set(context, () => from.reply(reply));
      } else if (result.replyLater === undefined && stop === undefined) throw new TypeError(NO_REPLY);
    }
    if (stop !== undefined) context.exit(stop);
    else if (what !== undefined) {
      if (server.handleContinue === undefined) {
        throw new TypeError('a result asks for handleContinue, which there is not');
      }
      const next: MaybeLater<Outcome> | undefined = server.handleContinue(what, state, context);
      if (next === undefined) throw badResult(next);
      return next;
    } else if (timeoutMs !== undefined) {
      hasTimeOuts = true;
      timeOuts.set(context, new TimeOut(context, timeoutMs));
    }
    return undefined;
  }

  function handleRequest(
    request: unknown,
    reference: Reference,
    state: State,
    context: ActorContext,
  ): MaybeLater<State> {
    const type = typeOf(request);
    const answerer = type === undefined ? undefined : answerers.get(type);
    if (answerer === undefined) {
      const known = clip([...answerers.keys()].join(', '));
      const asked = type === undefined ? 'without a type' : clip(type);
      const text = `${context.name} takes no request ${asked}; it takes: ${known === '' ? 'none' : known}`;
      const system = systemOf(context.self);
      if (system !== undefined) refuse(system, reference, new CallError('unknown-request', text));
      return state;
    }
    const from = new Asker(reference, context);
    return settle(answerer(request, from, state, context), from, context);
  }

  function handleOther(message: unknown, state: State, context: ActorContext): MaybeLater<State> {
    if (server.handleInfo === undefined) {
      noteDeadLetter(context.self, message, context.sender, 'not-understood');
      return state;
    }
    return settle(server.handleInfo(message, state, context), undefined, context);
  }

  const behaviour: Behaviour<State, unknown> = {
    kind: 'gen-server',

    async init(context) {
      const result = await server.init(context);
      if (typeof result !== 'object' || result === null) throw badResult(result);
      if ('ignore' in result) return IGNORE;
      if ('state' in result) return settle(result, undefined, context);
      if (!('stop' in result)) throw badResult(result);
      if (typeof result.stop === 'object' && 'crash' in result.stop) throw result.stop.crash;
      // It has ended with that; what is given no longer counts.
      context.exit(result.stop);
      return IGNORE;
    },

    receive(state, message, context) {
      if (hasTimeOuts) {
        const timeOut = timeOuts.get(context);
        // Not one that was on its way when another message came first.
        if (message instanceof TimeOut && message !== timeOut) return state;
        timeOuts.delete(context);
        if (timeOut !== undefined) {
          if (message === timeOut) return handleOther('timeout', state, context);
          timeOut.timer.cancel();
        }
      }
      const { sender } = context;
      if (sender?.type === 'temp') return handleRequest(message, sender, state, context);
      const type = typeOf(message);
      const receiver = type === undefined ? undefined : receivers.get(type);
      if (receiver !== undefined) return settle(receiver(message, state, context), undefined, context);
      return handleOther(message, state, context);
    },

    async terminate(state, reason, context) {
      try {
        await server.terminate?.(state, reason, context);
      } finally {
        lastReplies.get(context)?.();
      }
    },
  };
  if (server.inspect !== undefined) behaviour.inspect = (state) => server.inspect?.(state);
  return behaviour;
}

const CALLBACKS = ['init', 'handleCall', 'handleCast', 'handleInfo', 'handleContinue', 'terminate', 'inspect'];

/** A callback whose name is mistyped would never be called. An object of a class may have more in it. */
function checkServer(server: { readonly init?: unknown }): void {
  if (typeof server !== 'object' || server === null) throw new RangeError('genServer: give its callbacks as an object');
  if (Object.getPrototypeOf(server) === Object.prototype) checkOptions('genServer', server, CALLBACKS);
  const given = server as Readonly<Record<string, unknown>>;
  if (server.init === undefined) throw new RangeError('genServer: init is missing: it gives the first state');
  for (const name of CALLBACKS) {
    const callback = given[name];
    if (callback === undefined) continue;
    if (name !== 'handleCall' && name !== 'handleCast') {
      if (typeof callback !== 'function') throw new RangeError(`genServer: ${name} is no function`);
    } else checkHandlers(name, callback);
  }
}

function checkHandlers(name: string, handlers: unknown): void {
  if (typeof handlers !== 'object' || handlers === null) {
    throw new RangeError(`genServer: ${name} is no object of functions, one for each type`);
  }
  for (const [type, handler] of Object.entries(handlers)) {
    if (handler !== undefined && typeof handler !== 'function')
      throw new RangeError(`genServer: ${name}.${clip(type)} is no function`);
  }
}

/** One that is undefined is left out, as a callback is. */
function handlersIn<Handler>(handlers: object = {}): Map<string, Handler> {
  return new Map(Object.entries(handlers).filter(([, handler]) => handler !== undefined));
}

/** What others have named may be of any length, and of anything. */
function clip(text: string): string {
  return printable(text, 200);
}

function typeOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type } = message as { type?: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** What is no exit reason is taken as a crash with it. */
function isCrash(given: ExitReason): boolean {
  const reason = exitReason(given);
  return typeof reason === 'object' && 'crash' in reason;
}

const NO_REPLY = 'handleCall gave neither a reply nor replyLater: true';

/**
 * OTP's `bad_return_value`: a callback that forgot to give a result must not become a state of nothing. What it gave instead is not
 * shown: it may be a secret, and this goes into logs.
 */
function badResult(result: unknown): TypeError {
  const kind = typeof result;
  return new TypeError(`a callback gave ${kind === 'object' ? 'an object without a state' : `${kind} and no result`}`);
}
