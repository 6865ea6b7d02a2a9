import type { Command } from '../command.js';

export const backupUsage: Command = {
  name: 'backup',
  summary: 'copy a data directory, also while its node runs',
  help: `parliament backup DIR TARGET [options]

Makes a consistent copy of a member's data directory, and verifies it. The node may run meanwhile. A backup is no directory to
start a member on: what that member promised since would be forgotten. It is for "parliament restore", which makes a new
cluster of it, and for reading ("parliament log verify", "log dump").

  --json    the report as one JSON object
  --help    this text

Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { json: { type: 'boolean' } },
  maxPositionals: 2,
  load: () => import('../commands/backup.js'),
};
