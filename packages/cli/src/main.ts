/** The `parliament` command. */

import fs from 'node:fs';
import type { Command, Group } from './command.js';
import { EXIT, reasonOf, UsageError } from './errors.js';
import { didYouMean } from './nearest.js';
import { parseOptions } from './options.js';
import { complain, print, watchOutput } from './output.js';
import { askUsage } from './usage/ask.js';
import { backupUsage } from './usage/backup.js';
import { clientUsage } from './usage/client.js';
import { completionUsage } from './usage/completion.js';
import { demoUsage } from './usage/demo.js';
import { kvUsage } from './usage/kv.js';
import { listUsage } from './usage/list.js';
import { logUsage } from './usage/log.js';
import { memberUsage } from './usage/member.js';
import { restoreUsage } from './usage/restore.js';
import { startUsage } from './usage/start.js';
import { statusUsage } from './usage/status.js';
import { stopUsage } from './usage/stop.js';

const COMMANDS: readonly (Command | Group)[] = [
  demoUsage,
  startUsage,
  askUsage,
  listUsage,
  kvUsage,
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
Exit status: 0 done; 1 failed; 2 called wrongly; 3 there is no value (ask KEY, kv get), or another version (kv put).`;

async function main(args: readonly string[]): Promise<number> {
  const { title, command, rest } = lookUp(args);
  watchOutput(title);
  // A promise that nobody handles comes here, too.
  process.on('uncaughtException', (error) => {
    process.exit(fail(title, error));
  });
  try {
    if (command === undefined) return answerWithout(rest[0], rest.slice(1));
    return await ('commands' in command ? answerGroup(command, rest) : run(command, rest));
  } catch (error) {
    return fail(title, error);
  }
}

/** The command that stands in front, how it is called, and what stands behind it. */
function lookUp([name, ...rest]: readonly string[]): {
  readonly title: string;
  readonly command: Command | Group | undefined;
  readonly rest: readonly string[];
} {
  const command = find(COMMANDS, name);
  if (command === undefined) return { title: 'parliament', command, rest: name === undefined ? [] : [name, ...rest] };
  const title = `parliament ${command.name}`;
  const action = 'commands' in command ? find(command.commands, rest[0]) : undefined;
  if (action === undefined) return { title, command, rest };
  return { title: `${title} ${action.name}`, command: action, rest: rest.slice(1) };
}

function find<Each extends Command | Group>(commands: readonly Each[], name: string | undefined): Each | undefined {
  return commands.find((candidate) => candidate.name === name);
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
      print(helpOf(rest));
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

/** What is asked of no action of a group. */
function answerGroup(group: Group, [name]: readonly string[]): number {
  switch (name) {
    case undefined:
      throw new UsageError(`give one of ${namesOf(group.commands).join(', ')}`);
    case '--help':
    case '-h':
      print(group.help);
      return EXIT.ok;
  }
  if (name.startsWith('-')) {
    throw new UsageError(`unknown option ${JSON.stringify(name)}; options stand behind the action`);
  }
  throw unknownAction(name, group);
}

/** The help of one command, or of all. */
function helpOf([name, action]: readonly string[]): string {
  if (name === undefined || name.startsWith('-')) return HELP;
  const command = find(COMMANDS, name);
  if (command === undefined) throw unknownCommand(name);
  if (action === undefined || action.startsWith('-') || !('commands' in command)) return command.help;
  const inner = find(command.commands, action);
  if (inner === undefined) throw unknownAction(action, command);
  return inner.help;
}

function unknownCommand(name: string): UsageError {
  const inner = COMMANDS.flatMap((each) =>
    'commands' in each && find(each.commands, name) !== undefined ? [`${each.name} ${name}`] : [],
  );
  const hint = inner.length > 0 ? `; did you mean ${inner[0]}?` : didYouMean(name, [...namesOf(COMMANDS), 'help']);
  return unknownWord('command', name, hint, COMMANDS);
}

function unknownAction(name: string, { commands }: Group): UsageError {
  return unknownWord('action', name, didYouMean(name, namesOf(commands)), commands);
}

type Commands = readonly (Command | Group)[];

function namesOf(commands: Commands): string[] {
  return commands.map((each) => each.name);
}

function unknownWord(what: string, name: string, hint: string, known: Commands): UsageError {
  const others = `; known are ${namesOf(known).join(', ')}`;
  return new UsageError(`unknown ${what} ${JSON.stringify(name)}${hint === '' ? others : hint}`);
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
