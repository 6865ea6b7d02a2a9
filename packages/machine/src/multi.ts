/** Commands that hold steps for several parts, which take effect together or not at all: MultiOp of "Paxos Made Live". */

import { type Place, stepOf } from './at.js';
import {
  type ComposedReply,
  type CoreParts,
  type Guard,
  type MultiCommand,
  MULTI,
  type PartReply,
  partOf,
  type Step,
} from './composed.js';
import type { Given, Watch } from './core.js';
import { checkNames } from './definition.js';
import { difference } from './difference.js';
import { MachineError, StepError } from './errors.js';
import { kindOf } from './text.js';

/** The states of the parts. */
export type ComposedState = Readonly<Record<string, unknown>>;

/** Checks the steps that a caller gives, and what is in them. @throws MachineError that names the step */
export function admitMulti(parts: CoreParts, name: string, command: object): MultiCommand {
  const { guards = [], then, else: otherwise = [] } = command as Partial<MultiCommand>;
  try {
    checkNames(`${name}: ${MULTI}`, command, ['type', 'guards', 'then', 'else']);
  } catch (error) {
    throw new MachineError('invalid', (error as MachineError).message, { cause: error });
  }
  const steps = (branch: 'then' | 'else', all: unknown): Step[] =>
    asSteps(name, branch, all).map((step, index) => {
      const { type, command: inner } = step as Step;
      return admitStep(`${branch}[${index}]`, type, () => ({
        type,
        command: partOf(parts, type, name).admitCommand(inner),
      }));
    });
  return {
    type: MULTI,
    guards: asSteps(name, 'guards', guards).map((guard, index) => {
      const { type, query, equals } = guard as Guard;
      return admitStep(`guards[${index}]`, type, () => ({
        type,
        query: partOf(parts, type, name).admitQuery(query),
        equals,
      }));
    }),
    then: steps('then', then),
    else: steps('else', otherwise),
  };
}

function asSteps(name: string, what: string, all: unknown): readonly object[] {
  if (!Array.isArray(all)) {
    throw new MachineError('invalid', `${name}: ${what} of a ${MULTI} is a list of steps, not ${kindOf(all)}`);
  }
  for (const [index, step] of all.entries()) {
    if (typeof step !== 'object' || step === null) {
      throw new MachineError('invalid', `${name}: ${what}[${index}] is ${kindOf(step)}, and no step`);
    }
  }
  return all;
}

function admitStep<Admitted>(step: string, part: string, admit: () => Admitted): Admitted {
  try {
    return admit();
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    throw new MachineError(error.code, `${step}, ${part}: ${error.message}`, { cause: error, step });
  }
}

/** Applies the steps in order, each to what those before it have made. @throws StepError: nothing is changed then. */
export function applyMulti(
  parts: CoreParts,
  name: string,
  state: ComposedState,
  { guards, then, else: otherwise }: MultiCommand,
  place: Place,
  watch: Watch,
): Given<ComposedState> {
  const holds = guards.every(({ type, query, equals }, index) =>
    inStep(`guards[${index}]`, type, () => {
      const { ask, answers } = partOf(parts, type, name);
      // As it would come to a caller: what it is compared with has been bytes, too.
      const answer = answers.read(answers.write(ask(state[type], query, watch)));
      return difference(answer, equals, 'answer') === undefined;
    }),
  );
  const next = { ...state };
  const replies: PartReply[] = [];
  for (const [index, { type, command }] of (holds ? then : otherwise).entries()) {
    const given = inStep(`${holds ? 'then' : 'else'}[${index}]`, type, () =>
      partOf(parts, type, name).apply(next[type], command, stepOf(place, index), watch),
    );
    next[type] = given.state;
    replies.push({ part: type, reply: given.reply });
  }
  const reply: ComposedReply = { holds, replies };
  return { state: next, reply };
}

function inStep<Result>(step: string, part: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new StepError(step, part, error);
  }
}
