import { restore } from '@parliament/storage/tools';
import { LedgerError } from 'parliament';
import type { Command } from '../command.js';
import { CommandError, EXIT, UsageError } from '../errors.js';
import { flag, parseMember, parseName, requiredOption, stringOption } from '../options.js';
import { openProgress } from '../progress.js';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'make a data directory for a new cluster from a backup',
  help: `parliament restore BACKUP DIR --cluster NAME [options]

Makes a new data directory with all that the backup has decided, for a member of a new cluster. What the old member promised and
voted is left out: old and new members must never meet, so the cluster needs a name that none had before. Do this once for every
member, each with its own --member and DIR, and all from the same backup; then start them with --cluster NAME.

  --cluster NAME   the name of the new cluster
  --member ID      which member the directory is for (default: the one that the backup is of)
  --json           the report as one JSON object
  --help           this text

Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { cluster: { type: 'string' }, member: { type: 'string' }, json: { type: 'boolean' } },
  maxPositionals: 2,
  async run(parsed) {
    const [backup, directory] = parsed.positionals;
    if (backup === undefined || directory === undefined) throw new UsageError('give the backup and the new directory');
    const cluster = parseName(requiredOption(parsed, 'cluster', 'restored-1'), 'cluster');
    const id = stringOption(parsed, 'member');
    const member = id === undefined ? {} : { member: parseMember(id, 'member') };
    try {
      const progress = openProgress(directory);
      const work = restore(backup, directory, { cluster, ...member }, progress.show);
      const { groups } = await work.finally(progress.end);
      if (flag(parsed, 'json')) console.log(JSON.stringify({ directory, cluster, groups }));
      for (const { name, member: own, decidedUpTo } of flag(parsed, 'json') ? [] : groups) {
        console.log(`${directory}: ${name}, member ${own} of ${cluster}, decided up to slot ${decidedUpTo}`);
      }
      return EXIT.ok;
    } catch (error) {
      if (error instanceof LedgerError) throw new CommandError(error.message, { cause: error });
      throw error;
    }
  },
};
