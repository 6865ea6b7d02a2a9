/** The `parliament` command. */

import fs from 'node:fs';
import type { Command } from './command.js';
import { EXIT, reasonOf, UsageError } from './errors.js';
import { parseOptions } from './options.js';
import { complain, print, watchOutput } from './output.js';
import { askUsage } from './usage/ask.js';
import { backupUsage } from './usage/backup.js';
import { clientUsage } from './usage/client.js';
import { demoUsage } from './usage/demo.js';
import { logUsage } from './usage/log.js';
import { memberUsage } from './usage/member.js';
import { restoreUsage } from './usage/restore.js';
import { startUsage } from './usage/start.js';
import { statusUsage } from './usage/status.js';
import { stopUsage } from './usage/stop.js';

const COMMANDS: readonly Command[] = [
  demoUsage,
  startUsage,
  askUsage,
  statusUsage,
  stopUsage,
  clientUsage,
  logUsage,
  backupUsage,
  restoreUsage,
  memberUsage,
];

const HELP = `parliament COMMAND [options]

Consensus for actor systems in Node.js, from the command line.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

"parliament COMMAND --help" tells more of each; --version prints the version.
Exit status: 0 done; 1 failed; 2 called wrongly.`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const title = command === undefined ? 'parliament' : `parliament ${command.name}`;
  watchOutput(title);
  // A promise that nobody handles comes here, too.
  process.on('uncaughtException', (error) => process.exit(fail(title, error)));
  try {
    return command === undefined ? answerWithout(name) : await run(command, rest);
  } catch (error) {
    return fail(title, error);
  }
}

/** Tells in one line why it ends, and gives the exit status. */
function fail(title: string, error: unknown): number {
  const isUsage = error instanceof UsageError;
  complain(`${title}: ${reasonOf(error)}${isUsage ? `. See ${title} --help` : ''}`);
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** What is asked of no command. */
function answerWithout(name: string | undefined): number {
  switch (name) {
    case undefined:
      complain(HELP);
      return EXIT.usage;
    case '--help':
    case '-h':
    case 'help':
      print(HELP);
      return EXIT.ok;
    case '--version': {
      const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
      print(version);
      return EXIT.ok;
    }
  }
  const known = COMMANDS.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`unknown command ${JSON.stringify(name)}; known are ${known}`);
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  // What follows -- is arguments, whatever it looks like: a key may be called so.
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  if (options.includes('--help') || options.includes('-h')) {
    print(command.help);
    return EXIT.ok;
  }
  const parsed = parseOptions(args, command.options, command.maxPositionals);
  const { run } = await command.load();
  return run(parsed);
}

// Until it is told otherwise: what ends because nothing is left that could go on has failed.
process.exitCode = EXIT.failed;
process.exitCode = await main(process.argv.slice(2));
