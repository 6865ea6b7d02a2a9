import type { RangeReply, RangeRequest } from '@parliament/machines';
import { UsageError } from '../../errors.js';
import { answerToRange } from '../../kv/answers.js';
import { rangeOfArguments, rangeOfOptions } from '../../kv/arguments.js';
import { LEVELS } from '../../kv/calls.js';
import { readRange } from '../../kv/pages.js';
import { shownBytes } from '../../kv/shown.js';
import { withSpace } from '../../kv/with-space.js';
import { flag, type Parsed, wholeOption, wordOption } from '../../options.js';
import { complain, endWithReader, print, printAndWait, shorten } from '../../output.js';

const CALL = 'parliament kv range FROM [TO], --prefix P, or --all';

export async function run(parsed: Parsed): Promise<number> {
  const request = requestOf(parsed);
  const level = wordOption(parsed, 'level', LEVELS) ?? 'linearizable';
  endWithReader('parliament kv range');
  return withSpace(parsed, {
    action: 'range',
    isWrite: false,
    ask: (space, timeoutMs) => readRange(space, request, level, timeoutMs),
    json: (reply) => answerToRange(request, reply),
    show: (reply) => show(request, reply),
  });
}

function requestOf(parsed: Parsed): RangeRequest {
  const { positionals } = parsed;
  const keys = rangeOfOptions(parsed, positionals.length > 0, CALL) ?? rangeOfArguments(parsed, positionals, CALL);
  const revision = wholeOption(parsed, 'rev', 1);
  const limit = wholeOption(parsed, 'limit', 1);
  const order = wordOption(parsed, 'order', ['ascend', 'descend'] as const);
  const keysOnly = flag(parsed, 'keys-only');
  const countOnly = flag(parsed, 'count-only');
  if (countOnly && (keysOnly || limit !== undefined || order !== undefined)) {
    throw new UsageError('--count-only tells how many there are: it stands without --keys-only, --limit and --order');
  }
  return {
    ...keys,
    keysOnly,
    countOnly,
    ...(revision === undefined ? {} : { revision }),
    ...(limit === undefined ? {} : { limit }),
    ...(order === undefined ? {} : { order }),
  };
}

async function show({ keysOnly, countOnly }: RangeRequest, { items, count, more }: RangeReply): Promise<void> {
  if (countOnly === true) {
    print(String(count));
    return;
  }
  for (const { key, value } of items) {
    await printAndWait(keysOnly === true ? shownBytes(key) : `${shownBytes(key)}\t${shorten(shownBytes(value))}`);
  }
  if (more) complain(`parliament kv range: ${items.length} of ${count} keys are shown`);
}
