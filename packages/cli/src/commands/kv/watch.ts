import { type Keys, kv } from '@parliament/machines';
import { watchKv, withMachine } from 'parliament';
import { withClient } from '../../client-node.js';
import { EXIT, UsageError } from '../../errors.js';
import { keyOfArgument, rangeOfArguments, rangeOfOptions } from '../../kv/arguments.js';
import { fieldsOfBatch, linesOfBatch } from '../../kv/events.js';
import { flag, nodeOption, type Parsed, wholeOption } from '../../options.js';
import { tellingOutcome } from '../../outcome.js';
import { endWithReader, printAndWait } from '../../output.js';

const CALL = 'parliament kv watch KEY, --range FROM [TO], --prefix P, or --all';

export function run(parsed: Parsed): Promise<number> {
  const keys = keysOf(parsed);
  const from = wholeOption(parsed, 'from', 1);
  const options = { keys, previous: flag(parsed, 'previous'), ...(from === undefined ? {} : { from }) };
  const isJson = flag(parsed, 'json');
  const address = nodeOption(parsed);
  endWithReader('parliament kv watch');
  return withClient(
    'kv watch',
    parsed,
    async (client, { timeoutMs }) => {
      const { registers } = await client.reach(address, timeoutMs);
      const space = withMachine(registers, kv);
      const batches = flag(parsed, 'snapshot')
        ? watchKv(space, { ...options, timeoutMs, snapshot: true })
        : watchKv(space, { ...options, timeoutMs });
      for await (const batch of batches) {
        const lines = isJson ? [JSON.stringify(fieldsOfBatch(batch))] : linesOfBatch(batch);
        for (const line of lines) await printAndWait(line);
      }
      return EXIT.ok;
    },
    tellingOutcome(false),
  );
}

function keysOf(parsed: Parsed): Keys {
  const { positionals } = parsed;
  const isRange = flag(parsed, 'range');
  const keys = rangeOfOptions(parsed, isRange || positionals.length > 0, CALL);
  if (keys !== undefined) return keys;
  if (isRange) return rangeOfArguments(parsed, positionals, CALL);
  const [key, more] = positionals;
  if (more !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(more)}: ${CALL}`);
  return { key: keyOfArgument(parsed, 'KEY', key, CALL) };
}
