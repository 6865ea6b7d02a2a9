/** What goes wrong, and the one line that tells it. */

/** Exit statuses of the command. */
export const EXIT = {
  ok: 0,
  /** It could not be done; the reason stands on standard error. */
  failed: 1,
  /** It was called wrongly. */
  usage: 2,
  /** `ask KEY`: no value is decided. */
  undecided: 3,
} as const;

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
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
 * The reason for a failure, in one line. What has no `code` was foreseen by nobody: it is called so, with the place that threw
 * it.
 */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `unexpected: ${oneLine(thrown)}`;
  if (thrown instanceof CommandError || thrown instanceof UsageError) return oneLine(thrown);
  if ('code' in thrown && typeof thrown.code === 'string') return oneLine(thrown);
  const [, place = ''] = /\n\s+(at [^\n]*)/.exec(thrown.stack ?? '') ?? [];
  return oneLine(`unexpected: ${thrown.name}: ${thrown.message} ${place}`).trimEnd();
}
