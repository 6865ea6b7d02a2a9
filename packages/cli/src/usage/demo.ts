import type { Command } from '../command.js';

export const demoUsage: Command = {
  name: 'demo',
  summary: 'three processes on this machine form a parliament and survive what is done to them',
  help: `parliament demo [--exit] [--dir DIR]

Starts three nodes, a, b and c, each in a process of its own, on this machine. They form a parliament and agree on a value;
the leader is killed and restarted; an actor is made to crash. Every step is told. Afterwards the three keep running until
Ctrl-C.

  --exit       stop after the last step
  --dir DIR    keep the data there (default: a temporary directory, removed at the end)
  --help       this text

Exit status: 0 every step went as it must; 1 a step went wrong, or it was stopped before the last one; 2 called wrongly.`,
  options: { exit: { type: 'boolean' }, dir: { type: 'string' } },
  maxPositionals: 0,
  load: () => import('../commands/demo.js'),
};
