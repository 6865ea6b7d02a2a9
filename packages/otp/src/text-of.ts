import { show } from '#platform';

/** A text is a line of a log at most: what is longer is cut. */
const TEXT_LENGTH_MAX = 2000;

/**
 * The text of whatever was thrown, on one line of printable characters: anything can be thrown, also by another node, and
 * this must neither throw itself nor write lines, or orders to a terminal, into a log.
 */
export function textOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return printable(thrown);
    // Not `instanceof Error`: it may come from another realm.
    const message = (thrown as { message?: unknown } | null | undefined)?.message;
    return printable(typeof message === 'string' ? message : show(thrown));
  } catch {
    return 'something that cannot be shown';
  }
}

/** Controls, what breaks lines, what turns the direction of writing, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of others' as one line: what cannot be printed as its code (`\\u000a`), and no longer than `lengthMax` characters. */
export function printable(text: string, lengthMax: number = TEXT_LENGTH_MAX): string {
  // What cannot be printed becomes longer; and a long text is not gone through for what is cut off it.
  const shown = text
    .slice(0, lengthMax)
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.length <= lengthMax && shown.length <= lengthMax ? shown : `${shown.slice(0, lengthMax)}…`;
}
