import type { Keys } from '@parliament/machines';
import { propose } from 'parliament';
import { UsageError } from '../../errors.js';
import { answerToDelete } from '../../kv/answers.js';
import { keyOfArgument, rangeOfArguments, rangeOfOptions } from '../../kv/arguments.js';
import { withSpace } from '../../kv/with-space.js';
import { flag, type Parsed } from '../../options.js';
import { count, print } from '../../output.js';

const CALL = 'parliament kv delete KEY, --range FROM TO, --prefix P, or --all';

export async function run(parsed: Parsed): Promise<number> {
  const keys = keysOf(parsed);
  return withSpace(parsed, {
    action: 'delete',
    isWrite: true,
    ask: (space, timeoutMs) => propose(space, { type: 'delete', ...keys }, { timeoutMs }),
    json: answerToDelete,
    show: ({ deleted, revision }) => print(`deleted ${count(deleted, 'key')}, revision ${revision}`),
  });
}

function keysOf(parsed: Parsed): Keys {
  const { positionals } = parsed;
  const isRange = flag(parsed, 'range');
  const keys = rangeOfOptions(parsed, isRange || positionals.length > 0, CALL);
  if (keys !== undefined) return keys;
  const [from, to] = positionals;
  if (!isRange) {
    if (to !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(to)}: ${CALL}`);
    return { key: keyOfArgument(parsed, 'KEY', from, CALL) };
  }
  // A range without its end would be all keys from there on: what somebody forgot is not deleted.
  if (from !== undefined && to === undefined) throw new UsageError(`TO is missing: ${CALL}`);
  return rangeOfArguments(parsed, positionals, CALL);
}
