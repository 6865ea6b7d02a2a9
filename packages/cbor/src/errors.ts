/** Why there are no bytes for a value, or no value for bytes. Codes are stable; messages are for people. */
export const CBOR_ERROR_CODES = [
  /** Something in the value has no form in bytes: `culprit` says what, and where. */
  'unencodable',
  /** The value has more parts than it may: see `workMax`. */
  'too-large',
  /** The bytes are not what `encode` makes. */
  'malformed',
] as const;

export type CborErrorCode = (typeof CBOR_ERROR_CODES)[number];

/** What this package throws: `code` is stable, `message` says what happened and what helps. */
export class CborError extends Error {
  override readonly name = 'CborError';
  readonly code: CborErrorCode;
  /** What in the value has no form in bytes, and where: `value.items[1].done is a function`. Undefined where it could not be found. */
  readonly culprit: string | undefined;

  constructor(
    code: CborErrorCode,
    message: string,
    options?: ErrorOptions & { readonly culprit?: string | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.culprit = options?.culprit;
  }
}

const LENGTH_MAX = 200;
/** Controls, what breaks lines, what turns the direction of writing, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What was thrown, which may be anything, in one line for people: what cannot be printed as its code (`\\u000a`). */
export function reasonOf(thrown: unknown): string {
  try {
    const message = (thrown as { message?: unknown } | null | undefined)?.message;
    return printable(typeof message === 'string' ? message : String(thrown));
  } catch {
    return 'something that cannot be shown';
  }
}

/** A text of others in one line, and not all of it where it is long. */
export function printable(text: string, lengthMax: number = LENGTH_MAX): string {
  const codes = (character: string): string =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  return text.slice(0, lengthMax).replaceAll(UNPRINTABLE, codes);
}
