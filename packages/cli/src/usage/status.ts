import { CONNECTION_HELP, CONNECTION_OPTIONS, type Command } from '../command.js';

export const statusUsage: Command = {
  name: 'status',
  summary: 'what the roles of a node are doing',
  help: `parliament status --node HOST:PORT [options]

Tells whether a majority of the members is here, and of each role what it is doing: the ballot promised, the leader, the slots
decided, the restarts so far.

  --node HOST:PORT     the node that is asked; without it: the variable PARLIAMENT_NODE
${CONNECTION_HELP}

Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { ...CONNECTION_OPTIONS, node: { type: 'string' } },
  maxPositionals: 0,
  load: () => import('../commands/status.js'),
};
