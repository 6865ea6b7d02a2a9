/** A violation as its finder needs it: of which world it is, how it is seen again, and what came to pass. */

import type { Operation } from '../linearizability.js';
import { describe, HASTY, shrink } from './shrink.js';
import type { StageEvent, StageOptions } from './stage.js';
import { Violation } from './violation.js';

/** A world that was run once more, with everything written down that happened to its members. */
export interface Recording<State, Command, Reply> {
  readonly violation: Violation | undefined;
  readonly trace: readonly StageEvent[];
  readonly stageOptions: StageOptions<State, Command, Reply>;
}

/** So many lines of a story are part of the message; `story` has all. */
const LINES_MAX = 40;

/** The same violation, with seed and story. `again` runs the world once more. */
export function tellOf<State, Command, Reply>(
  violation: Violation,
  seed: number,
  again: () => Recording<State, Command, Reply>,
): Violation {
  const { title, story } = storyOf(violation, again);
  const skipped = Math.max(0, story.length - LINES_MAX);
  const lines = [
    `seed ${seed}: ${violation.message}`,
    `runWith(subject, { seed: ${seed}, … }), with the same options, plays it again. ${title}`,
    ...(skipped === 0 ? [] : [`  (${skipped} lines before these are in the field story)`]),
    ...story.slice(-LINES_MAX).map((line) => `  ${line}`),
  ];
  return new Violation(lines.join('\n'), { seed, story }, { cause: violation });
}

interface Story {
  /** What kind of story it is. */
  readonly title: string;
  readonly story: readonly string[];
}

function storyOf<State, Command, Reply>(
  { message, story }: Violation,
  again: () => Recording<State, Command, Reply>,
): Story {
  if (story.length > 0) return { title: 'What clients asked and were told:', story };
  const { violation, trace, stageOptions } = again();
  if (violation?.message !== message) {
    const now = violation === undefined ? 'went well' : `ended otherwise (${violation.message})`;
    const title = `Run once more it ${now}: something in it does not follow from the seed, such as a machine that is not deterministic. What happened to the members that time:`;
    return { title, story: trace.map(describe) };
  }
  const small = shrink(trace, stageOptions, HASTY);
  if (small === undefined) return { title: 'What happened to the members:', story: trace.map(describe) };
  const title = `The same in ${small.events.length} events (${small.violation.message}):`;
  return { title, story: small.events.map(describe) };
}

/** What a client asked and was told, as a line of a story. */
export function describeOperation({
  client,
  input,
  output,
  calledAt,
  returnedAt,
}: Operation<unknown, unknown>): string {
  const time = `${calledAt.toFixed(0).padStart(6)} ms to ${returnedAt === undefined ? 'the end' : `${returnedAt.toFixed(0)} ms`}`;
  const told = returnedAt === undefined ? 'was told nothing' : `was told ${JSON.stringify(output)}`;
  return `${time}  client ${client} asked ${JSON.stringify(input)}, and ${told}`;
}
