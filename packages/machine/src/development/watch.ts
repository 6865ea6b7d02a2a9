/**
 * The development mode: makes each call of a handler twice, once on copies that may be changed and once on what is frozen, and throws what
 * it finds. A call costs several snapshots of the state: this is for tests, and for trying out.
 */

import type { Call, Compared, Core, Watch } from '../core.js';
import { difference, sameBytes } from '../difference.js';
import { MachineError } from '../errors.js';
import { joined, kept } from '../frames.js';
import { chunksOf } from '../snapshot.js';
import { plainly } from '../handlers.js';
import { isRejection } from '../thrown.js';
import { guarded } from './forbidden.js';
import { freeze, freezeCopy } from './freeze.js';
import { lossIn } from './loss.js';
import { placeIn } from './place.js';

export const watch: Watch = (call) => {
  const { core, called, state, input, kind, form } = call;
  const copy = copyOf(core, state);
  const bytes = bytesOf(core, state);
  const inputBytes = form.write(input);
  const inputCopy = form.read(inputBytes);
  const first = attempt(call, copy, inputCopy);
  if (!sameBytes(bytesOf(core, copy), bytes)) throw changed(call, difference(state, copy, 'state') ?? 'state');
  if (!sameBytes(form.write(inputCopy), inputBytes)) throw changed(call, difference(input, inputCopy, kind) ?? kind);

  const second = attempt(call, freeze(state), freeze(input));
  // What it wrote in place was there already: no bytes differ.
  if ('result' in first && placeOfChange(second) !== undefined) throw changed(call, `state or ${kind}`);
  const differs = differenceOf(first, second);
  if (differs !== undefined) {
    const text = `${called} gave ${differs} when it ran again with the same state and ${kind}: it depends on something else`;
    throw new MachineError('not-deterministic', text);
  }
  if ('thrown' in second) throw second.thrown;
  return freeze(second.result);
};

/** Gives a copy by way of a snapshot. @throws MachineError `lossy-snapshot` when that is not the same state */
export function copyOf<State>(core: Core<State>, state: State): State {
  for (const [type, part] of core.parts ?? []) copyOf(part, Reflect.get(Object(state), type));
  const bytes = bytesOf(core, state);
  const copy = core.restore([...kept(core.snapshot(state))]);
  const isSame = sameBytes(bytesOf(core, copy), bytes);
  const lost = lossIn(state, copy, 'state');
  if (isSame && lost === undefined) return copy;
  if (isSame) {
    const text = `${core.name}: what restore makes of a snapshot has another ${lost}, which its snapshot leaves out: members that restore it would differ`;
    throw new MachineError('lossy-snapshot', text);
  }
  const where = difference(state, copy, 'state') ?? 'state';
  const text = `${core.name}: what restore makes of a snapshot has another ${where}: its snapshot would be another one`;
  throw new MachineError('lossy-snapshot', text);
}

function bytesOf<State>(core: Core<State>, state: State): Uint8Array {
  return joined(kept(chunksOf(core, state)));
}

type Outcome<Result> =
  | { readonly result: Result; readonly compared: Compared; readonly thrown?: never }
  | { readonly thrown: unknown };

function attempt<State, Result>(call: Call<State, Result>, state: State, input: unknown): Outcome<Result> {
  let result: Result;
  try {
    result = guarded(call.called, () => plainly({ ...call, state, input }));
  } catch (error) {
    return { thrown: error };
  }
  return { result, compared: call.compared(result) };
}

/** The error for what was changed in place: one more run, on a frozen copy, tells where. */
function changed<State, Result>(call: Call<State, Result>, path: string): MachineError {
  const { core, called, state, input, kind, form } = call;
  const copy = freezeCopy(core.restore([...kept(core.snapshot(state))]));
  const again = attempt(call, copy, freezeCopy(form.read(form.write(input))));
  const place = placeOfChange(again);
  const remedy = kind === 'command' ? 'give a new state, and leave the old one as it is' : 'a query changes nothing';
  return new MachineError(
    'changed-in-place',
    `${called} changes ${path} in place${place === undefined ? '' : `, at ${place}`}: ${remedy}`,
  );
}

/** Where something frozen was to be changed, by the error that JavaScript has for that. */
function placeOfChange({ thrown }: Outcome<unknown>): string | undefined {
  const cause = thrown instanceof MachineError ? thrown.cause : undefined;
  return cause instanceof TypeError ? placeIn(cause.stack) : undefined;
}

/** What is not the same in two outcomes; undefined when all is. */
function differenceOf<Result>(one: Outcome<Result>, other: Outcome<Result>): string | undefined {
  if ('thrown' in one || 'thrown' in other) {
    if (!('thrown' in one) || !('thrown' in other)) return 'a result once, and an error';
    return difference(told(one.thrown), told(other.thrown), 'error') === undefined ? undefined : 'another error';
  }
  for (const [index, [what, value, bytes]] of one.compared.entries()) {
    const [, again, others] = other.compared[index] ?? [];
    if (others !== undefined && sameBytes(bytes, others)) continue;
    return `another ${difference(value, again, what) ?? what}`;
  }
  return undefined;
}

/** What a caller would get of what was thrown. */
function told(thrown: unknown): unknown {
  if (isRejection(thrown)) return { code: thrown.code, message: thrown.message, data: thrown.data };
  return thrown instanceof MachineError ? { code: thrown.code, message: thrown.message } : thrown;
}
