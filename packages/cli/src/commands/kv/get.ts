import { answerToGet } from '../../kv/answers.js';
import { keyOfArgument } from '../../kv/arguments.js';
import { get } from '../../kv/asking.js';
import { LEVELS } from '../../kv/calls.js';
import { printValue, shownBytes } from '../../kv/shown.js';
import { withSpace } from '../../kv/with-space.js';
import { EXIT } from '../../errors.js';
import { type Parsed, wholeOption, wordOption } from '../../options.js';
import { complain, endWithReader } from '../../output.js';

export async function run(parsed: Parsed): Promise<number> {
  const [text] = parsed.positionals;
  const key = keyOfArgument(parsed, 'KEY', text, 'parliament kv get KEY --node HOST:PORT');
  const revision = wholeOption(parsed, 'rev', 1);
  const level = wordOption(parsed, 'level', LEVELS) ?? 'linearizable';
  endWithReader('parliament kv get');
  return withSpace(parsed, {
    action: 'get',
    isWrite: false,
    ask: (space, timeoutMs) =>
      get(space, { key, ...(revision === undefined ? {} : { revision }) }, level, { timeoutMs }),
    json: answerToGet,
    show({ item }) {
      if (item !== undefined) return printValue(item.value);
      const when = revision === undefined ? 'there is' : `at revision ${revision} there was`;
      complain(`parliament kv get: ${when} no key ${JSON.stringify(shownBytes(key))}`);
    },
    status: ({ item }) => (item === undefined ? EXIT.absent : EXIT.ok),
  });
}
