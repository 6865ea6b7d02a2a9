/** A mutant of the source: one line of the built protocol, changed. */

/** The lists of these are `*-lines.ts`, one for each part of the protocol. */
export interface SourceMutant {
  /** What the member does that has it: "votes below its promise". */
  readonly name: string;
  /** The rule of packages/synod/README.md that it breaks, or what else rests on the line. */
  readonly rule: string;
  /** A file of `packages/synod/dist`, without `.js`. */
  readonly file: string;
  /** What stands there, exactly once … */
  readonly find: string;
  /** … and what is to stand there instead. */
  readonly put: string;
  /** The stage of the battery that finds it soonest, by name; the rest follows when it does not. */
  readonly first?: string;
}

/** The source has changed, and a mutant does not fit it any longer. */
export class StaleMutantError extends Error {
  override readonly name = 'StaleMutantError';
  readonly code = 'STALE_MUTANT';
}

/** The source with the fault in it. @throws StaleMutantError unless what is to be replaced stands there exactly once. */
export function mutated(source: string, { name, file, find, put }: SourceMutant): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    const times = parts.length === 1 ? 'not' : `${parts.length - 1} times`;
    throw new StaleMutantError(
      `the mutant "${name}" is stale: ${JSON.stringify(find)} stands ${times} in ${file}.js. Write it anew, after the source as it is now`,
    );
  }
  if (find === put) throw new StaleMutantError(`the mutant "${name}" changes nothing`);
  return parts.join(put);
}
