/** What can go wrong, as users meet it. */

/** Whether a call that failed may have had an effect. */
export type Outcome = 'not-applied' | 'unknown';

/** The stable codes of {@link AskError}. */
export type AskErrorCode =
  /** Its deadline passed. */
  | 'timeout'
  /** The caller's AbortSignal fired. */
  | 'aborted'
  /** There is no parliament at the reference, or it has stopped. */
  | 'not-running'
  /** The node of the parliament cannot be reached. */
  | 'no-connection'
  /** Too many requests are waiting; try again later, more slowly. */
  | 'overloaded'
  /** The disk of this member is full: it takes no new proposals. Reads go on. */
  | 'no-space'
  /**
   * The request, or its answer, is longer than one of the two nodes takes, or the value longer than those take who would decide it; the
   * message has both sizes.
   */
  | 'too-large'
  /** The key or the value is not acceptable. */
  | 'bad-request'
  /** This member may not take part: its data directory is not the one that the others know, or they refuse it. */
  | 'excluded';

/**
 * A call on a parliament failed. `outcome` says what is known: `not-applied` when it certainly had no effect, `unknown`
 * when it may have been applied or may still be.
 */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: AskErrorCode;
  readonly outcome: Outcome;

  constructor(code: AskErrorCode, outcome: Outcome, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.outcome = outcome;
  }
}

/** The stable codes of {@link ParliamentError}. */
export type ParliamentErrorCode = 'bad-option' | 'not-a-parliament' | 'failed-to-start';

/** A parliament could not be set up. The message names the cause and the remedy. */
export class ParliamentError extends Error {
  override readonly name = 'ParliamentError';
  readonly code: ParliamentErrorCode;

  constructor(code: ParliamentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
