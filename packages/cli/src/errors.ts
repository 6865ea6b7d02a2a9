/** What goes wrong, and the one line that tells it. */

/** Exit statuses of the command. */
export const EXIT = {
  ok: 0,
  /** It could not be done; the reason stands on standard error. */
  failed: 1,
  /** It was called wrongly. */
  usage: 2,
  /** It was answered, with and without `--json`: there is no value, or the key has another version. */
  absent: 3,
} as const;

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Node.js has put this character in the place of each byte of an argument that is not UTF-8: two that differ would be one. @throws UsageError */
export function refuseLost(name: string, text: string, remedy: string): void {
  if (!text.includes('\ufffd')) return;
  const message = `${name} has bytes that are not UTF-8, or the character U+FFFD, which stands for such; ${remedy}`;
  throw new UsageError(message);
}

/** It cannot be done, for a reason that one line tells. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The text of whatever was thrown, in one line, without what a terminal would take for commands. */
export function oneLine(thrown: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  return textOf(thrown).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** As in storage, but that package is large: `parliament --version` need not load it. */
function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'object' && thrown !== null && 'message' in thrown
      ? String(thrown.message)
      : String(thrown);
  } catch {
    return 'something was thrown that has no text';
  }
}

/**
 * What the command advises, by the code of an error. The library names its own options there, and the command has others. Its sentences
 * end with a colon and the remedy.
 */
const REMEDIES: Readonly<Record<string, string>> = {
  'insecure-listen':
    'give every node the same --secret-file, with a secret of 32 bytes or more, or listen on 127.0.0.1 only',
  'insecure-dial': 'give both sides the same --secret-file, with a secret of 32 bytes or more',
  'wrong-secret': 'give both sides the same --secret-file, or neither',
  'wrong-cluster': 'give both sides the same --cluster, or correct the address',
  'wrong-certificate': 'it wants certificates, and the command has none: reach it by a node that takes secrets',
  'too-many': 'try again when others have gone',
  'too-large': 'store it elsewhere, and agree on its name',
  version: 'update the older one of the two',
};

/** A message of the library with the command's own remedy, where it has one. */
export function inOwnWords(code: string, message: string): string {
  const [cause = ''] = message.split(': ');
  const remedy = code === 'too-large' && cause.startsWith('The reply') ? 'ask for less at once' : REMEDIES[code];
  return remedy === undefined ? message : `${cause}: ${remedy}`;
}

/**
 * The reason for a failure, in one line. What has no `code` was foreseen by nobody: it is called so, with the place that threw
 * it.
 */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `unexpected: ${oneLine(thrown)}`;
  if (thrown instanceof CommandError || thrown instanceof UsageError) return oneLine(thrown);
  if ('code' in thrown && typeof thrown.code === 'string') return oneLine(inOwnWords(thrown.code, textOf(thrown)));
  const [, place = ''] = /\n\s+(at [^\n]*)/.exec(thrown.stack ?? '') ?? [];
  return oneLine(`unexpected: ${thrown.name}: ${thrown.message} ${place}`).trimEnd();
}
