import { inspect } from 'node:util';

/** A supervisor could not start, because of its place in the tree or because of one of its children. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'start-failed';
  /** The child that did not start, or the supervisor itself. Its `cause` is what was thrown. */
  readonly child: string;

  constructor(child: string, cause: unknown) {
    super(`${child} did not start: ${textOf(cause)}`, { cause });
    this.child = child;
  }
}

/** The stable codes of {@link CallError}. */
export type CallErrorCode =
  /** No actor is at the reference. The message was not delivered. */
  | 'no-process'
  /** The actor ended before it replied. It may have handled the message, or a part of it. */
  | 'ended'
  /** No reply came in time. Whether the message was handled is unknown. */
  | 'timeout'
  /** The caller's AbortSignal fired. Whether the message was handled is unknown, unless it had fired before the call. */
  | 'aborted';

/** A call got no reply. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of whatever was thrown: anything can be, and this must not throw itself. */
export function textOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return thrown;
    // Not `instanceof Error`: it may come from another realm.
    const message = (thrown as { message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' ? message : inspect(thrown, { depth: 1 });
  } catch {
    return 'something that cannot be shown';
  }
}
