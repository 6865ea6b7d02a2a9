import type { Command } from '../command.js';

export const memberUsage: Command = {
  name: 'member',
  summary: 'replace a member that has lost its disk (not possible yet)',
  help: `parliament member replace ID

Is to replace a member that has lost its memory by one with a new id. This version cannot change who the members are, so the
command refuses, and says what can be done instead.

  --help   this text

Exit status: 1 refused; 2 called wrongly.`,
  options: {},
  words: ['replace'],
  maxPositionals: 2,
  load: () => import('../commands/member.js'),
};
