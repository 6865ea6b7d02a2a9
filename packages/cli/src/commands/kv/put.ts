import { propose } from 'parliament';
import { EXIT, UsageError } from '../../errors.js';
import { answerToCas, answerToPut } from '../../kv/answers.js';
import { bytesOfArgument, keyOfArgument } from '../../kv/arguments.js';
import { cas } from '../../kv/asking.js';
import { withSpace } from '../../kv/with-space.js';
import { readInput } from '../../input.js';
import { flag, nodeOption, type Parsed, wholeOption } from '../../options.js';
import { complain, print } from '../../output.js';

const CALL = 'parliament kv put KEY VALUE --node HOST:PORT; - for VALUE takes it from standard input';

export async function run(parsed: Parsed): Promise<number> {
  const [text, given] = parsed.positionals;
  const key = keyOfArgument(parsed, 'KEY', text, CALL);
  if (given === undefined) throw new UsageError(`VALUE is missing: ${CALL}`);
  const version = wholeOption(parsed, 'if-version', 0);
  // What is wrong with the call is told before anybody has to write.
  nodeOption(parsed);
  const value = given === '-' ? await readInput(flag(parsed, 'json')) : bytesOfArgument(parsed, 'VALUE', given);
  const action = 'put';
  if (version === undefined) {
    return withSpace(parsed, {
      action,
      isWrite: true,
      ask: (space, timeoutMs) => propose(space, { type: 'put', key, value }, { timeoutMs }),
      json: answerToPut,
      show: ({ revision }) => print(`revision ${revision}`),
    });
  }
  return withSpace(parsed, {
    action,
    isWrite: true,
    ask: (space, timeoutMs) => cas(space, { key, version, value }, { timeoutMs }),
    json: answerToCas,
    show(swap) {
      if (swap.swapped) print(`revision ${swap.revision}`);
      else complain(`parliament kv put: nothing was changed: the key has version ${swap.version}, and not ${version}`);
    },
    status: ({ swapped }) => (swapped ? EXIT.ok : EXIT.absent),
  });
}
