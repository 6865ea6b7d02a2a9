import type { Command } from '../command.js';
import { CommandError, UsageError } from '../errors.js';

export const memberCommand: Command = {
  name: 'member',
  summary: 'replace a member that has lost its disk (not possible yet)',
  help: `parliament member replace ID

Is to replace a member that has lost its memory by one with a new id. This version cannot change who the members are, so the
command refuses, and says what can be done instead.

  --help   this text

Exit status: 1 refused; 2 called wrongly.`,
  options: {},
  maxPositionals: 2,
  async run({ positionals: [action, id] }) {
    if (action !== 'replace' || id === undefined) throw new UsageError('give: replace ID');
    throw new CommandError(
      `member ${id} cannot be replaced: this version cannot change who the members are. As long as a majority of them is left, ` +
        'the parliament goes on without it. To have all members again, make a backup of one that is left (parliament backup), ' +
        'and found a new cluster from it (parliament restore)',
    );
  },
};
