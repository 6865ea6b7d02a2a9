import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const askUsage: Command = {
  name: 'ask',
  summary: 'decide a value for a key, or read the decided one',
  help: `parliament ask KEY [VALUE] --node HOST:PORT [options]

With VALUE: proposes it for KEY, and prints the value that is decided: this one, or the one decided before.
Without: prints the decided value of KEY. An empty value is refused: a register keeps its value for ever.

  --node HOST:PORT     a node of the parliament, whichever; without it: the variable PARLIAMENT_NODE
${CONNECTION_HELP}

Prints the value. With --json: {"ok":true,"value":"…"}, with null for "no value is decided", or
{"ok":false,"outcome":"not-applied"|"unknown","error":"…"}.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 no value is decided for KEY.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 2,
  load: () => import('../commands/ask.js'),
};
