import { AskError, ask, type Outcome } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { CommandError, EXIT, oneLine, reasonOf, UsageError } from '../errors.js';
import { flag, nodeOption, type Parsed } from '../options.js';
import { complain, print, printForeign } from '../output.js';

export async function run(parsed: Parsed): Promise<number> {
  const [key, value] = parsed.positionals;
  if (key === undefined) throw new UsageError('KEY is missing: parliament ask KEY [VALUE] --node HOST:PORT');
  const address = nodeOption(parsed);
  const settings = clientSettings(parsed);
  const client = await openClient(settings);
  const isJson = flag(parsed, 'json');
  const deadline = performance.now() + settings.timeoutMs;
  try {
    const { registers } = await client.reach(address, settings.timeoutMs);
    const timeoutMs = Math.max(1, deadline - performance.now());
    const decided = await ask(registers, key, value, { timeoutMs });
    if (isJson) print(JSON.stringify({ ok: true, value: decided ?? null }));
    else if (decided !== undefined) printForeign(decided);
    else complain(`parliament ask: no value is decided for ${oneLine(JSON.stringify(key))}`);
    return decided === undefined ? EXIT.undecided : EXIT.ok;
  } catch (error) {
    const reason = reasonOf(error);
    const outcome = outcomeOf(error);
    if (isJson) print(JSON.stringify({ ok: false, outcome, error: reason }));
    const known = outcome === 'unknown' ? 'it is not known whether it was applied' : 'it was not applied';
    complain(`parliament ask: ${reason} (${value === undefined ? 'nothing was changed' : known})`);
    return EXIT.failed;
  } finally {
    await client.close();
  }
}

/** What is known of the effect: nothing, when it failed in a way that nobody foresaw. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof AskError) return error.outcome;
  return error instanceof CommandError ? 'not-applied' : 'unknown';
}
