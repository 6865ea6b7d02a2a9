import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const listUsage: Command = {
  name: 'list',
  summary: 'list the keys that have a value, with their values',
  help: `parliament list --node HOST:PORT [options]

Prints every key that has a value, and the value, in the order in which they were decided. It shows what the asked node has applied,
and may miss what was decided in this moment: "parliament ask KEY" misses nothing.

  --node HOST:PORT     a node of the parliament; without it: the variable PARLIAMENT_NODE
${CONNECTION_HELP}

Keys and values come in parts, and --timeout is the time for each part.

A line is KEY, a tab, and VALUE. For people: what has several lines is shown in one, and long values are cut. With --json it is
{"key":"…","value":"…"}, and all of it. The data directory of a node, or a backup, is shown by "parliament log dump DIR --values".
Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 0,
  load: () => import('../commands/list.js'),
};
