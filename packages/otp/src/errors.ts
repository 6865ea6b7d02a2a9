/** The errors of this package. Codes are stable; messages are for people. */

import type { ExitReason } from './exit-reason.js';
import { textOf } from './text-of.js';

/** A process did not start, because of its place in the tree, its `init`, or one of its children. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'start-failed';
  /** Which one did not start: the child of a supervisor, or the process itself. `cause` is what was thrown. */
  readonly child: string;

  constructor(child: string, cause: unknown) {
    super(`${child} did not start: ${textOf(cause)}`, { cause });
    this.child = child;
  }
}

/** The stable codes of {@link CallError}. All codes of all packages, with what to do about each, are in docs/errors.md. */
export const CALL_ERROR_CODES = [
  /** No process is at the reference. The request was not delivered. */
  'noproc',
  /** The process ended before it replied, for `reason`. It may have handled the request, or a part of it. */
  'exit',
  /** There is no way to the other node, or it was lost before the reply came. */
  'noconnection',
  /** No reply came in time. Whether the request was handled is unknown. */
  'timeout',
  /** The caller's AbortSignal fired. Whether the request was handled is unknown, unless it had fired before the call. */
  'aborted',
  /** The mailbox of the process is full, or too much waits for its node. The request was not handled. */
  'overloaded',
  /** The request, or its reply, is larger than the other node takes; the message has both sizes. */
  'too-large',
  /** Something in the request, or in its reply, has no form in which it could travel to another node: a function, say. */
  'unsendable',
  /** The gen-server has no handler for a request of that type. It was not handled. */
  'unknown-request',
  /** A process called itself, and would have waited for ever. The request was not sent. */
  'calling-self',
  /** The calling incarnation has ended. The request was not sent, or its reply came too late. */
  'fenced',
] as const;

export type CallErrorCode = (typeof CALL_ERROR_CODES)[number];

/** A call got no reply. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;
  /** Why the process ended; with the code `exit` only. */
  readonly reason?: ExitReason;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions & { readonly reason?: ExitReason }) {
    super(message, options);
    this.code = code;
    if (options?.reason !== undefined) this.reason = options.reason;
  }
}

/** Whether a reply is a refusal: also one that came from another node, where errors lose their class but not their name. */
export function isRefusal(reply: unknown): reply is CallError {
  if (typeof reply !== 'object' || !(reply instanceof Error) || reply.name !== 'CallError') return false;
  return CALL_ERROR_CODES.some((code) => code === (reply as { code?: unknown }).code);
}

/** The stable codes of {@link SupervisorError}. */
export const SUPERVISOR_ERROR_CODES = [
  /** A child of that id exists already, and has stopped: restart or delete it. */
  'already-present',
  /** A child of that id runs already. */
  'already-started',
  /** There is no child of that id. */
  'not-found',
  /** The child runs, or is being started. */
  'running',
  /** The child is being restarted. */
  'restarting',
  /** Not with the children of a `simple_one_for_one` supervisor, which have no specs of their own. */
  'simple-one-for-one',
  /** The supervisor has ended, or is about to. */
  'shutting-down',
] as const;

export type SupervisorErrorCode = (typeof SUPERVISOR_ERROR_CODES)[number];

/** A supervisor could not do with a child what it was asked for. Nothing has changed. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;

  constructor(code: SupervisorErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The stable codes of {@link NameError}. */
export const NAME_ERROR_CODES = [
  /** Another process has the name. */
  'name-taken',
  /** There is no process to give it to. */
  'noproc',
] as const;

/** A name could not be registered. Its `code` says why. */
export class NameError extends Error {
  override readonly name = 'NameError';
  readonly code: (typeof NAME_ERROR_CODES)[number];

  constructor(code: NameError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Something was used on behalf of an incarnation that has ended. What it would have done was not done, or does not count. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  readonly code = 'fenced';
}
