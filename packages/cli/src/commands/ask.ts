import { AskError, ask } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';
import { CommandError, EXIT, oneLine, UsageError } from '../errors.js';
import { flag, parseAddress, requiredOption } from '../options.js';

export const askCommand: Command = {
  name: 'ask',
  summary: 'decide a value for a key, or read the decided one',
  help: `parliament ask KEY [VALUE] --node HOST:PORT [options]

With VALUE: proposes it for KEY, and prints the value that is decided: this one, or the one decided before.
Without: prints the decided value of KEY.

  --node HOST:PORT     a node of the parliament, whichever
${CONNECTION_HELP}

Prints the value. With --json: {"ok":true,"value":"…"}, with null for "no value is decided", or
{"ok":false,"outcome":"not-applied"|"unknown","error":"…"}.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 no value is decided for KEY.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 2,
  async run(parsed) {
    const [key, value] = parsed.positionals;
    if (key === undefined) throw new UsageError('KEY is missing: parliament ask KEY [VALUE] --node HOST:PORT');
    const address = parseAddress(requiredOption(parsed, 'node', '127.0.0.1:7001'), 'node');
    const settings = clientSettings(parsed);
    const client = await openClient(settings);
    const isJson = flag(parsed, 'json');
    const deadline = performance.now() + settings.timeoutMs;
    try {
      const { registers } = await client.reach(address, settings.timeoutMs);
      const timeoutMs = Math.max(1, deadline - performance.now());
      const decided = await ask(registers, key, value, { timeoutMs });
      if (isJson) console.log(JSON.stringify({ ok: true, value: decided ?? null }));
      else if (decided !== undefined) console.log(decided);
      else console.error(`parliament ask: no value is decided for ${JSON.stringify(key)}`);
      return decided === undefined && !isJson ? EXIT.undecided : EXIT.ok;
    } catch (error) {
      if (!(error instanceof AskError || error instanceof CommandError)) throw error;
      const outcome = error instanceof AskError ? error.outcome : 'not-applied';
      const reason = oneLine(error);
      if (isJson) console.log(JSON.stringify({ ok: false, outcome, error: reason }));
      const known = outcome === 'unknown' ? 'it is not known whether it was applied' : 'it was not applied';
      console.error(`parliament ask: ${reason} (${value === undefined ? 'nothing was changed' : known})`);
      return EXIT.failed;
    } finally {
      await client.close();
    }
  },
};
