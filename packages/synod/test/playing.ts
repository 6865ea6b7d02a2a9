/** The steps of learner and proposer, and what came of them in the form in which tests ask for it. */

import {
  type Envelope,
  type LearnerInput,
  type LearnerState,
  type LearnerTrouble,
  type Progress,
  type ProposerInput,
  type ProposerNews,
  type ProposerState,
  progressOf,
  type Step,
  stepLearner,
  stepProposer,
  troubleOf,
} from '../src/index.js';

/** Something that a proposer sends or tells. */
export type Said = ({ readonly type: 'send' } & Envelope) | ProposerNews;

/** A step of a proposer. @returns what it sends, and then what it tells. */
export function playProposer(state: ProposerState, input: ProposerInput, now: number): Said[] {
  const { messages, news } = stepProposer(state, input, now);
  return [...messages.map((envelope) => ({ type: 'send', ...envelope }) as const), ...news];
}

/** What a learner writes, sends, and has learned. */
export interface Learned
  extends Pick<Step<never>, 'records' | 'messages'>,
    Pick<Progress, 'installed' | 'delivered' | 'settled' | 'changes'> {
  readonly trouble?: LearnerTrouble;
}

/** A step of a learner. */
export function playLearner(
  state: LearnerState,
  input: LearnerInput,
  now: number,
  isReadable?: (machine: Uint8Array) => boolean,
): Learned {
  const step = stepLearner(state, input, now, isReadable);
  const { records, messages } = step;
  const { delivered = [], settled = [], changes = [], installed } = progressOf(step) ?? {};
  const trouble = troubleOf(step);
  return {
    records,
    messages,
    delivered,
    settled,
    changes,
    ...(installed === undefined ? {} : { installed }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}
