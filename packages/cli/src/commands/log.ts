import readline from 'node:readline/promises';
import {
  confirmationFor,
  type LogEntry,
  readEntries,
  truncateCorrupt,
  type VerifyReport,
  verifyDirectory,
} from '@parliament/storage/tools';
import { LedgerError, summarizeDecree } from 'parliament';
import type { Command } from '../command.js';
import { CommandError, EXIT, oneLine, UsageError } from '../errors.js';
import { flag, type Parsed, stringOption } from '../options.js';
import { openProgress } from '../progress.js';

export const logCommand: Command = {
  name: 'log',
  summary: 'look into a data directory: verify, dump, follow, truncate-corrupt',
  help: `parliament log verify DIR | dump DIR | follow DIR | truncate-corrupt DIR [options]

Works on the data directory of a member. All but truncate-corrupt only read, and may be used while the node runs.

  verify DIR            checks every checksum and the links between records and files; tells what is damaged, and where
  dump DIR              every record: position, group, kind, slot, ballot, bytes, sessions
  follow DIR            the records that come from now on, until Ctrl-C
  truncate-corrupt DIR  for a member that no longer starts: keeps what reads well, in a directory with a new id. The other
                        members will not count it any more, as it may have forgotten what it promised. Asks before

  --json                one JSON object a line
  --confirm ID          truncate-corrupt: do not ask; ID is what would have to be typed
  --help                this text

Exit status: 0 done, nothing is damaged; 1 damaged, or failed; 2 called wrongly.`,
  options: { json: { type: 'boolean' }, confirm: { type: 'string' } },
  maxPositionals: 2,
  async run(parsed) {
    const [action, directory] = parsed.positionals;
    const run = ACTIONS.get(action ?? '');
    if (run === undefined)
      throw new UsageError(`${action ?? 'nothing'}: give one of ${[...ACTIONS.keys()].join(', ')}`);
    if (directory === undefined) throw new UsageError(`${action}: give the data directory`);
    try {
      return await run(directory, parsed);
    } catch (error) {
      if (error instanceof LedgerError) throw new CommandError(error.message, { cause: error });
      throw error;
    }
  },
};

type Action = (directory: string, parsed: Parsed) => Promise<number>;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['verify', verify],
  ['dump', (directory, parsed) => show(directory, parsed, false)],
  ['follow', (directory, parsed) => show(directory, parsed, true)],
  ['truncate-corrupt', truncate],
]);

async function verify(directory: string, parsed: Parsed): Promise<number> {
  const progress = openProgress(directory);
  const begun = performance.now();
  const report = await verifyDirectory(directory, progress.show).finally(progress.end);
  if (flag(parsed, 'json')) console.log(JSON.stringify(report));
  else console.log(describe(report, performance.now() - begun));
  return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function describe(report: VerifyReport, milliseconds: number): string {
  const { cluster, groups, segments, records, bytes, tornBytes, problems } = report;
  const lines = [`cluster ${cluster}, directory ${report.directory}`];
  for (const { name, member, snapshotSlot } of groups) {
    const snapshot = snapshotSlot === 0 ? 'no snapshot' : `a snapshot of slot ${snapshotSlot}`;
    lines.push(`  ${name}: member ${member}, ${snapshot}`);
  }
  if (problems.length > 0) return [...lines, ...problems.map((problem) => `DAMAGED: ${problem}`)].join('\n');
  const size = `${records} records in ${segments} segments, ${(bytes / 1e6).toFixed(1)} MB`;
  lines.push(`${size}, read in ${(milliseconds / 1000).toFixed(1)} s: all sound`);
  if (tornBytes > 0)
    lines.push(`${tornBytes} bytes at the end are of an append that was not acknowledged: they do no harm`);
  return lines.join('\n');
}

async function show(directory: string, parsed: Parsed, isFollowing: boolean): Promise<number> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  // A reader that has had enough, such as head, closes the pipe.
  process.stdout.once('error', () => process.exit(EXIT.ok));
  const isJson = flag(parsed, 'json');
  const options = isFollowing ? { follow: stop.signal, fromEnd: true } : {};
  for await (const entry of readEntries(directory, options)) {
    if (stop.signal.aborted) break;
    const text = isJson ? JSON.stringify(fieldsOf(entry)) : lineOf(entry);
    if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  process.off('SIGINT', end).off('SIGTERM', end);
  return EXIT.ok;
}

function fieldsOf({ position, group, kind, bytes, record }: LogEntry): Record<string, unknown> {
  const fields: Record<string, unknown> = { position, group, kind, bytes };
  if (record === undefined || record.type === 'snapshot') return fields;
  const { type, ...rest } = record;
  if (!('value' in rest)) return { ...fields, ...rest };
  const { value, ...plain } = rest;
  const { commands, sessions, keys } = summarizeDecree(value);
  return { ...fields, ...plain, valueBytes: value.length, commands, sessions, keys };
}

function lineOf(entry: LogEntry): string {
  const { position, group, kind, bytes, ...fields } = fieldsOf(entry);
  const { keys, ...shown } = fields;
  const details = Object.entries(shown).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(',') : value}`,
  );
  const columns = [
    String(position).padStart(10),
    String(group).padEnd(12),
    String(kind).padEnd(14),
    String(bytes).padStart(7),
  ];
  return oneLine(`${columns.join('  ')}  ${details.join('  ')}`).trimEnd();
}

async function truncate(directory: string, parsed: Parsed): Promise<number> {
  const confirmation = confirmationFor(directory);
  const given = stringOption(parsed, 'confirm') ?? (await askFor(directory, confirmation));
  if (given !== confirmation) throw new CommandError(`not confirmed: nothing was changed in ${directory}`);
  const { damage, records, damaged } = await truncateCorrupt(directory, given);
  if (flag(parsed, 'json')) console.log(JSON.stringify({ damage, records, damaged }));
  else {
    console.log(`damage: ${damage}`);
    console.log(`${records} records were kept in ${directory}; what was damaged is in ${damaged}`);
    console.log('This member is lost: its directory has a new id, and the others will not count it.');
  }
  return EXIT.ok;
}

async function askFor(directory: string, confirmation: string): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError(
      'nobody can be asked here: give --confirm ID; parliament log verify shows the directory’s id, whose first 8 digits it is',
    );
  }
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question =
      `What ${directory} promised and voted behind the damage is forgotten. The member will not be counted any more.\n` +
      `Type ${confirmation} to go on: `;
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
