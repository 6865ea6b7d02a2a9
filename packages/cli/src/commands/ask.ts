import { ask } from 'parliament';
import { countdown, withClient } from '../client-node.js';
import { EXIT, oneLine, refuseLost, UsageError } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { tellingOutcome } from '../outcome.js';
import { complain, print, printForeign } from '../output.js';

const LOST = '"parliament client" takes that';

export async function run(parsed: Parsed): Promise<number> {
  const [key, value] = parsed.positionals;
  if (key === undefined) throw new UsageError('KEY is missing: parliament ask KEY [VALUE] --node HOST:PORT');
  refuseLost('KEY', key, LOST);
  if (value !== undefined) refuseLost('VALUE', value, LOST);
  const address = nodeOption(parsed);
  const isJson = flag(parsed, 'json');
  return withClient(
    'ask',
    parsed,
    async (client, settings) => {
      const left = countdown(settings.timeoutMs);
      const { registers } = await client.reach(address, left());
      const decided = await ask(registers, key, value, { timeoutMs: left() });
      if (isJson) print(JSON.stringify({ ok: true, value: decided ?? null }));
      else if (decided !== undefined) printForeign(decided);
      else complain(`parliament ask: no value is decided for ${oneLine(JSON.stringify(key))}`);
      return decided === undefined ? EXIT.absent : EXIT.ok;
    },
    tellingOutcome(value !== undefined),
  );
}
