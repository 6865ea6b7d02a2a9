/** The `parliament` command. */

import fs from 'node:fs';
import type { Command } from './command.js';
import { askCommand } from './commands/ask.js';
import { backupCommand } from './commands/backup.js';
import { clientCommand } from './commands/client.js';
import { demoCommand } from './commands/demo.js';
import { logCommand } from './commands/log.js';
import { memberCommand } from './commands/member.js';
import { restoreCommand } from './commands/restore.js';
import { startCommand } from './commands/start.js';
import { statusCommand } from './commands/status.js';
import { stopCommand } from './commands/stop.js';
import { CommandError, EXIT, oneLine, UsageError } from './errors.js';
import { parseOptions } from './options.js';

const COMMANDS: readonly Command[] = [
  demoCommand,
  startCommand,
  askCommand,
  statusCommand,
  stopCommand,
  clientCommand,
  logCommand,
  backupCommand,
  restoreCommand,
  memberCommand,
];

const HELP = `parliament COMMAND [options]

Consensus for actor systems in Node.js, from the command line.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

"parliament COMMAND --help" tells more of each; --version prints the version.
Exit status: 0 done; 1 failed; 2 called wrongly.
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(HELP);
    return EXIT.usage;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  if (name === '--version') {
    const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    console.log(version);
    return EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const known = COMMANDS.map((candidate) => candidate.name).join(', ');
    process.stderr.write(
      `parliament: unknown command ${JSON.stringify(name)}; known are ${known}. See parliament --help\n`,
    );
    return EXIT.usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run(parseOptions(rest, command.options, command.maxPositionals));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`parliament ${name}: ${oneLine(error)}. See parliament ${name} --help\n`);
      return EXIT.usage;
    }
    if (error instanceof CommandError) {
      process.stderr.write(`parliament ${name}: ${oneLine(error)}\n`);
      return EXIT.failed;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
