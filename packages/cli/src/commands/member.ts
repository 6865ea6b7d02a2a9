import { CommandError, UsageError } from '../errors.js';
import type { Parsed } from '../options.js';

export async function run({ positionals: [action, id] }: Parsed): Promise<number> {
  if (action !== 'replace' || id === undefined) throw new UsageError('give: replace ID');
  throw new CommandError(
    `member ${id} cannot be replaced: this version cannot change who the members are. As long as a majority of them is left, ` +
      'the parliament goes on without it. To have all members again, make a backup of one that is left (parliament backup), ' +
      'and make a new cluster of it (parliament restore)',
  );
}
