/** The `parliament` command. */

import fs from 'node:fs';
import type { Command } from './command.js';
import { EXIT, reasonOf, UsageError } from './errors.js';
import { didYouMean } from './nearest.js';
import { parseOptions } from './options.js';
import { complain, print, watchOutput } from './output.js';
import { askUsage } from './usage/ask.js';
import { backupUsage } from './usage/backup.js';
import { clientUsage } from './usage/client.js';
import { completionUsage } from './usage/completion.js';
import { demoUsage } from './usage/demo.js';
import { listUsage } from './usage/list.js';
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
  listUsage,
  statusUsage,
  stopUsage,
  clientUsage,
  logUsage,
  backupUsage,
  restoreUsage,
  memberUsage,
  completionUsage(() => COMMANDS),
];

const HELP = `parliament COMMAND [options]

Consensus for actor systems in Node.js, from the command line.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

"parliament help COMMAND" (or "parliament COMMAND --help") tells more of each; --version (-V) prints the version.
Exit status: 0 done; 1 failed; 2 called wrongly; 3 no value is decided (ask KEY).`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = find(name);
  const title = command === undefined ? 'parliament' : `parliament ${command.name}`;
  watchOutput(title);
  // A promise that nobody handles comes here, too.
  process.on('uncaughtException', (error) => {
    process.exit(fail(title, error));
  });
  try {
    return command === undefined ? answerWithout(name, rest) : await run(command, rest);
  } catch (error) {
    return fail(title, error);
  }
}

function find(name: string | undefined): Command | undefined {
  return COMMANDS.find((candidate) => candidate.name === name);
}

/** Tells in one line why it ends, and gives the exit status. */
function fail(title: string, error: unknown): number {
  const isUsage = error instanceof UsageError;
  const reason = reasonOf(error);
  complain(`${title}: ${reason}${isUsage ? `${reason.endsWith('?') ? '' : '.'} See ${title} --help` : ''}`);
  return isUsage ? EXIT.usage : EXIT.failed;
}

/** What is asked of no command. */
function answerWithout(name: string | undefined, rest: readonly string[]): number {
  switch (name) {
    case undefined:
      complain(HELP);
      return EXIT.usage;
    case '--help':
    case '-h':
    case 'help':
      print(helpOf(rest[0]));
      return EXIT.ok;
    case '--version':
    case '-V': {
      const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
      print(version);
      return EXIT.ok;
    }
  }
  if (name.startsWith('-')) {
    const meant = didYouMean(name, ['--help', '--version']);
    const hint = meant === '' ? '; options stand behind the command' : meant;
    throw new UsageError(`unknown option ${JSON.stringify(name)}${hint}`);
  }
  throw unknownCommand(name);
}

/** The help of one command, or of all. */
function helpOf(name: string | undefined): string {
  if (name === undefined || name.startsWith('-')) return HELP;
  const command = find(name);
  if (command === undefined) throw unknownCommand(name);
  return command.help;
}

function unknownCommand(name: string): UsageError {
  const known = COMMANDS.map((candidate) => candidate.name);
  const meant = didYouMean(name, [...known, 'help']);
  return new UsageError(
    `unknown command ${JSON.stringify(name)}${meant === '' ? `; known are ${known.join(', ')}` : meant}`,
  );
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
