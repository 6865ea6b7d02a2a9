/** A supervisor could not start, because of one of its children. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'start-failed';
  /** The child that did not start. */
  readonly child: string;

  constructor(child: string, cause: unknown) {
    super(`child ${child} did not start: ${textOf(cause)}`, { cause });
    this.child = child;
  }
}

/** The stable codes of {@link CallError}. */
export type CallErrorCode =
  /** No actor is at the reference. The message was not delivered. */
  | 'no-process'
  /** No answer came in time. */
  | 'timeout'
  /** The caller's AbortSignal fired. */
  | 'aborted';

/** A call got no answer. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of whatever was thrown. */
export function textOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
