import { backUp } from '@parliament/storage/tools';
import { LedgerError } from 'parliament';
import type { Command } from '../command.js';
import { CommandError, EXIT, UsageError } from '../errors.js';
import { flag } from '../options.js';
import { openProgress } from '../progress.js';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'copy a data directory, also while its node runs',
  help: `parliament backup DIR TARGET [options]

Makes a consistent copy of a member's data directory, and verifies it. The node may run meanwhile. A backup is no directory to
start a member on: what that member promised since would be forgotten. It is for "parliament restore", which founds a new
cluster, and for reading.

  --json    the report as one JSON object
  --help    this text

Exit status: 0 done; 1 failed; 2 called wrongly.`,
  options: { json: { type: 'boolean' } },
  maxPositionals: 2,
  async run(parsed) {
    const [directory, target] = parsed.positionals;
    if (directory === undefined || target === undefined) throw new UsageError('give the data directory and the target');
    const progress = openProgress(target);
    try {
      const report = await backUp(directory, target, progress.show).finally(progress.end);
      const { records, bytes } = report;
      if (flag(parsed, 'json')) console.log(JSON.stringify(report));
      else console.log(`${target}: ${records} records, ${(bytes / 1e6).toFixed(1)} MB, verified`);
      return EXIT.ok;
    } catch (error) {
      if (error instanceof LedgerError) throw new CommandError(error.message, { cause: error });
      throw error;
    }
  },
};
