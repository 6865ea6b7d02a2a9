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
  const text =
    typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : String(thrown);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
