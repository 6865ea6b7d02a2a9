import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const stopUsage: Command = {
  name: 'stop',
  summary: 'stop a node cleanly',
  help: `parliament stop --node HOST:PORT [options]

Stops a node as Ctrl-C would, and waits until it is gone. What it voted stays on disk; it can be started again.

  --node HOST:PORT     the node that is to stop; always to be given
${CONNECTION_HELP}

Exit status: 0 it has stopped; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 0,
  load: () => import('../commands/stop.js'),
};
