/** The stable codes of {@link LedgerError}. */
export const LEDGER_ERROR_CODES = [
  /** Another process, or another ledger of this one, uses the directory. */
  'locked',
  /** The directory belongs to another cluster or member. */
  'wrong-identity',
  /** Something in the directory is damaged or missing: what it held cannot be known. */
  'corrupt',
  /** The directory was written by a newer version. */
  'newer-format',
  /** A write or a sync has failed: nothing that this ledger holds in memory may be believed any longer. */
  'failed',
  /** The disk is full. */
  'no-space',
  /** The directory cannot be used: not a directory, no permission, a symbolic link where none may be. */
  'unusable',
  /** The ledger was closed. */
  'closed',
] as const;

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** Something is wrong with a ledger. The message names the file, the cause and the remedy. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What can be done about a directory of which something is damaged. Old copies have forgotten votes, too: rule 10. */
export const KEEP_THE_REST: string =
  '"parliament log truncate-corrupt" keeps what reads well of its directory, and the other members go on without this one. ' +
  'Never start it on an old copy or on an empty directory';

/** What can be done where nothing of a directory can be read. */
export const LEAVE_IT_OUT: string =
  'the other members go on without this one; to have all again, make a new cluster of a backup of one that is left ' +
  '("parliament backup", then "parliament restore"). Never start it on an old copy or on an empty directory';

/** The `code` of an error of Node.js, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The text of whatever was thrown. */
export function textOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
