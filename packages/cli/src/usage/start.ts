import type { Command } from '../command.js';

export const startUsage: Command = {
  name: 'start',
  summary: 'run one node of a parliament in the foreground',
  help: `parliament start --name NAME --listen HOST:PORT --data DIR [--peer NAME=HOST:PORT]... [options]

Runs one node until SIGTERM, SIGINT or "parliament stop" stops it cleanly (a second signal: at once). The first line on standard
output says that it is ready to serve; others follow, each with its time. Warnings go to standard error. Members that are not there
yet are dialled until they come. The first start of a parliament needs all of its members, once; from then on a majority is enough.

  --name NAME          the node's name, unique in the cluster
  --member ID          its member id, 0 to 1023 (default: its place in the order of all names)
  --listen HOST:PORT   where it listens; without a secret only on this machine
  --peer NAME=HOST:PORT, --peer ID:NAME=HOST:PORT
                       another member, once for each; ids for all members or for none.
                       Without any: a parliament of one
  --data DIR           where its votes are kept: a directory of its own, on a disk that survives
  --cluster NAME       nodes of different clusters refuse each other (default: parliament)
  --secret-file FILE   file with a secret that all nodes share; others must not be able to read it;
                       without it: what the variable PARLIAMENT_SECRET_FILE names, if that is set
  --allow-crash        let clients make a role crash, for demonstrations of supervision
  --json               tell every event as one JSON object a line, all on standard output, first {"event":"ready",...}
  --help               this text

Exit status: 0 stopped; 1 failed; 2 called wrongly.`,
  options: {
    name: { type: 'string' },
    member: { type: 'string' },
    listen: { type: 'string' },
    peer: { type: 'string', multiple: true },
    data: { type: 'string' },
    cluster: { type: 'string' },
    'secret-file': { type: 'string' },
    'allow-crash': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  maxPositionals: 0,
  load: () => import('../commands/start.js'),
};
