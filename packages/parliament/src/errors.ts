/** What can go wrong, as users meet it. */

/** Whether a call that failed may have had an effect. */
export type Outcome = 'not-applied' | 'unknown';

/** The stable codes of {@link AskError}. */
export const ASK_ERROR_CODES = [
  /** Its deadline passed. */
  'timeout',
  /** The caller's AbortSignal fired. */
  'aborted',
  /** There is no parliament at the reference: it has stopped, or was never started. */
  'noproc',
  /** The parliament stopped before it answered. */
  'exit',
  /** The node of the parliament is not connected, or the link to it was lost before the answer came. */
  'noconnection',
  /** Too many requests are waiting; try again later, more slowly. */
  'overloaded',
  /** A read on a lease was asked of a member that has none, as it does not lead; the message says who does. */
  'no-lease',
  /** The disk of this member is full: it takes no new proposals. Reads go on. */
  'no-space',
  /**
   * The request, or its answer, is longer than one of the two nodes takes, or the value longer than those take who would decide it; the
   * message has both sizes.
   */
  'too-large',
  /** The other node has no codec of the request's type: a codec of this one takes what would travel without. */
  'unsendable',
  /** The key or the value is not acceptable. */
  'bad-request',
  /** The session in which the command was sent has ended: nobody can tell whether it was applied, and it is not sent again. */
  'session-expired',
  /** What a watch is to begin with is not remembered any more; `next` of the error says from where on it can go. */
  'compacted',
  /** This member may not take part: its data directory is not the one that the others know, or they refuse it. */
  'excluded',
] as const;

export type AskErrorCode = (typeof ASK_ERROR_CODES)[number];

/**
 * A call on a parliament failed. `outcome` says what is known: `not-applied` when it certainly had no effect, `unknown`
 * when it may have been applied or may still be.
 */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: AskErrorCode;
  readonly outcome: Outcome;
  /** With the code `compacted`: the first slot that can still be told. */
  declare readonly next?: number;

  constructor(
    code: AskErrorCode,
    outcome: Outcome,
    message: string,
    options?: ErrorOptions & { readonly next?: number },
  ) {
    super(message, options);
    this.code = code;
    this.outcome = outcome;
    if (options?.next !== undefined) this.next = options.next;
  }
}

/** The stable codes of {@link ParliamentError}. */
export const PARLIAMENT_ERROR_CODES = [
  /** An option is unknown, or its value is not of its form. */
  'bad-option',
  /** What was given is no parliament of this process, or one that has stopped. */
  'not-a-parliament',
  /** The parliament did not start; `cause` is what was thrown. */
  'start-failed',
] as const;

export type ParliamentErrorCode = (typeof PARLIAMENT_ERROR_CODES)[number];

/** A parliament could not be set up. The message names the cause and the remedy. */
export class ParliamentError extends Error {
  override readonly name = 'ParliamentError';
  readonly code: ParliamentErrorCode;

  constructor(code: ParliamentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
