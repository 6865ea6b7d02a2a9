import { AskError, ask, type Outcome } from 'parliament';
import { countdown, withClient } from '../client-node.js';
import { CommandError, EXIT, oneLine, UsageError } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { complain, print, printForeign } from '../output.js';

export async function run(parsed: Parsed): Promise<number> {
  const [key, value] = parsed.positionals;
  if (key === undefined) throw new UsageError('KEY is missing: parliament ask KEY [VALUE] --node HOST:PORT');
  refuseLost('KEY', key);
  if (value !== undefined) refuseLost('VALUE', value);
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
      return decided === undefined ? EXIT.undecided : EXIT.ok;
    },
    (error) => {
      const outcome = outcomeOf(error);
      const known = outcome === 'unknown' ? 'it is not known whether it was applied' : 'it was not applied';
      return { fields: { outcome }, note: ` (${value === undefined ? 'nothing was changed' : known})` };
    },
  );
}

/** Node.js has put this character in the place of each byte that is not UTF-8: two keys that differ would be one. */
function refuseLost(name: string, text: string): void {
  if (!text.includes('\ufffd')) return;
  const message =
    'has bytes that are not UTF-8, or the character U+FFFD, which stands for such; "parliament client" takes that';
  throw new UsageError(`${name} ${message}`);
}

/** What is known of the effect: nothing, when it failed in a way that nobody foresaw. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof AskError) return error.outcome;
  return error instanceof CommandError ? 'not-applied' : 'unknown';
}
