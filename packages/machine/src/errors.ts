/** The errors of this package. Codes are stable; messages are for people. Each says whether something may have been applied. */

/** The stable codes of {@link MachineError}. All codes of all packages, with what to do about each, are in docs/errors.md. */
export const MACHINE_ERROR_CODES = [
  /** The definition of a machine is not right. */
  'bad-machine',
  /** No handler is there for a command, or a query, of that type. */
  'unknown-command',
  /** The schema of a command, or of a query, refuses it. */
  'invalid',
  /** Something has no form as bytes, by the codec of the machine. */
  'unencodable',
  /** Bytes are none that the codec of the machine has made. */
  'malformed',
  /** Something has more bytes than it may have; the message has both sizes. */
  'too-large',
  /** A handler threw what was no {@link Rejection}, or gave no state. */
  'handler-failed',
  /** Bytes are no snapshot of this machine, or a damaged one. */
  'bad-snapshot',
  /** A snapshot is of a version of the machine that this one does not know how to come from, or of a newer one. */
  'other-version',
  /** Development mode: a handler calls a clock, chance, or something that goes on later. */
  'forbidden-call',
  /** Development mode: a handler changes a state, or a command, in place. */
  'changed-in-place',
  /** Development mode: a handler gives something else when it runs again. */
  'not-deterministic',
  /** Development mode: what is restored from a snapshot is not the state that it was taken of. */
  'lossy-snapshot',
] as const;

export type MachineErrorCode = (typeof MACHINE_ERROR_CODES)[number];

/** What a handler threw, as far as it is kept: no stack, and nothing long. */
export interface Fault {
  readonly name: string;
  readonly code?: string | number;
  readonly message: string;
}

/** What a machine, or a command for it, is not right in. Its `code` says what, its message also what to do. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code: MachineErrorCode;
  /** `not-applied`: nothing has changed. `unknown`, with the code `malformed` only: a command was applied, but its reply cannot be read. */
  readonly outcome: 'not-applied' | 'unknown';
  /** With the code `handler-failed`: what the handler threw. */
  declare readonly fault?: Fault;
  /** In a composition: the step that it is about, `then[1]`. */
  declare readonly step?: string;

  constructor(
    code: MachineErrorCode,
    message: string,
    options?: ErrorOptions & {
      readonly fault?: Fault;
      readonly step?: string;
      readonly outcome?: 'not-applied' | 'unknown';
    },
  ) {
    super(message, options);
    this.code = code;
    this.outcome = options?.outcome ?? 'not-applied';
    if (options?.fault !== undefined) this.fault = options.fault;
    if (options?.step !== undefined) this.step = options.step;
  }
}

/** A step of a composed command was rejected or failed, and takes the others back. Whoever writes outcomes takes it apart. */
export class StepError extends Error {
  override readonly name = 'StepError';
  /** `then[1]` */
  readonly step: string;
  readonly part: string;

  constructor(step: string, part: string, cause: unknown) {
    super(step, { cause });
    this.step = step;
    this.part = part;
  }
}

/**
 * A handler refuses a command, as planned: thrown, it changes nothing, on every member alike, and the caller gets it as it is:
 * `throw new Rejection('too-little', 'there are 3', { balance: 3 })`.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  /** For programs: a short word of the machine's own. */
  readonly code: string;
  /** More for programs: plain data. */
  declare readonly data?: unknown;
  /** Nothing has changed. */
  readonly outcome = 'not-applied';
  /** In a composition: the step that it is about, `then[1]`. */
  declare readonly step?: string;

  constructor(code: string, message: string, data?: unknown, options?: { readonly step?: string }) {
    super(message);
    this.code = code;
    if (data !== undefined) this.data = data;
    if (options?.step !== undefined) this.step = options.step;
  }
}
