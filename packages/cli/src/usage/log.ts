import type { Command } from '../command.js';

export const logUsage: Command = {
  name: 'log',
  summary: 'look into a data directory: verify, dump, follow, truncate-corrupt',
  help: `parliament log verify DIR | dump DIR | follow DIR | truncate-corrupt DIR [options]

Works on the data directory of a member, or on a backup. All but truncate-corrupt only read, and may be used while the node runs.

  verify DIR            checks every checksum and the links between records and files; tells what is damaged, and where
  dump DIR              every record: position, group, kind, slot, ballot, bytes, sessions
  follow DIR            the records that come from now on, until Ctrl-C
  truncate-corrupt DIR  for a member that no longer starts: keeps what reads well, in a directory with a new id. The other
                        members will not count it any more, as it may have forgotten what it promised. Asks before

  --values              dump, follow: keys and values, too
  --json                one JSON object a line
  --confirm ID          truncate-corrupt: do not ask; ID is what would have to be typed
  --help                this text

Exit status: 0 done; verify: nothing is damaged; 1 damaged, or failed; 2 called wrongly. dump looks at the records, and not at
snapshots.`,
  options: { json: { type: 'boolean' }, values: { type: 'boolean' }, confirm: { type: 'string' } },
  words: ['verify', 'dump', 'follow', 'truncate-corrupt'],
  maxPositionals: 2,
  load: () => import('../commands/log.js'),
};
