import type { Command } from '../command.js';

export const restoreUsage: Command = {
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
  load: () => import('../commands/restore.js'),
};
