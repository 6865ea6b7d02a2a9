/** Texts of others, cut to what an error may hold. What becomes bytes of a reply must be cut alike on every member. */

/** What is longer is no message any more. */
const TEXT_MAX = 500;
const NAME_MAX = 100;

export function clip(text: string, lengthMax: number = TEXT_MAX): string {
  if (text.length <= lengthMax) return text;
  // No half of a character: no encoding has it.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(lengthMax - 1)) ? lengthMax - 1 : lengthMax;
  return `${text.slice(0, end)}…`;
}

/** The names that there are, as a list for a message. */
export function listOf(names: Iterable<string>): string {
  const all = [...names];
  return all.length === 0 ? 'none' : clip(all.join(', '));
}

/** Controls, what breaks lines, what turns the direction of writing, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A name from elsewhere, in quotes: it may go into a log, or onto a terminal. */
export function quoted(name: string): string {
  return JSON.stringify(clip(name, NAME_MAX)).replaceAll(UNPRINTABLE, (character) =>
    Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** What a value is, without showing it: it may be a secret, and this goes into logs. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** What was thrown, which may be anything. */
export function messageOf(thrown: unknown): string {
  try {
    return clip(String((thrown as { message?: unknown } | null | undefined)?.message ?? thrown));
  } catch {
    return 'what was thrown cannot be shown';
  }
}
