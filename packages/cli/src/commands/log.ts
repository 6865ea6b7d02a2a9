import readline from 'node:readline/promises';
import {
  confirmationFor,
  type LogEntry,
  readEntries,
  truncateCorrupt,
  type VerifyReport,
  verifyDirectory,
} from '@parliament/storage/tools';
import type { DecreeSummary } from 'parliament';
import { CommandError, EXIT, oneLine, UsageError } from '../errors.js';
import { flag, type Parsed, stringOption } from '../options.js';
import { complain, onOutputLost, print } from '../output.js';
import { openProgress } from '../progress.js';

export async function run(parsed: Parsed): Promise<number> {
  const [action, directory] = parsed.positionals;
  const act = ACTIONS.get(action ?? '');
  if (act === undefined) throw new UsageError(`${action ?? 'nothing'}: give one of ${[...ACTIONS.keys()].join(', ')}`);
  if (directory === undefined) throw new UsageError(`${action}: give the data directory`);
  return act(directory, parsed);
}

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
  if (flag(parsed, 'json')) print(JSON.stringify(report));
  else for (const line of describe(report, performance.now() - begun)) print(oneLine(line));
  return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function describe(report: VerifyReport, milliseconds: number): string[] {
  const { cluster, groups, segments, records, bytes, tornBytes, problems } = report;
  const lines = [`cluster ${cluster}, directory ${report.directory}`];
  for (const { name, member, snapshotSlot } of groups) {
    const snapshot = snapshotSlot === 0 ? 'no snapshot' : `a snapshot of slot ${snapshotSlot}`;
    lines.push(`  ${name}: member ${member}, ${snapshot}`);
  }
  if (problems.length > 0) return [...lines, ...problems.map((problem) => `DAMAGED: ${problem}`)];
  const size = `${records} records in ${segments} segments, ${(bytes / 1e6).toFixed(1)} MB`;
  lines.push(`${size}, read in ${(milliseconds / 1000).toFixed(1)} s: all sound`);
  if (tornBytes > 0)
    lines.push(`${tornBytes} bytes at the end are of an append that was not acknowledged: they do no harm`);
  return lines;
}

async function show(directory: string, parsed: Parsed, isFollowing: boolean): Promise<number> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  // Summaries of decrees are all that is needed of the package, which is large.
  const { summarizeDecree } = await import('parliament');
  // A reader that has had enough, such as head, closes the pipe.
  onOutputLost((reason) => {
    const hasHadEnough = reason.includes('EPIPE');
    if (!hasHadEnough) complain(`parliament log: standard output: ${reason}`);
    process.exit(hasHadEnough ? EXIT.ok : EXIT.failed);
  });
  const isJson = flag(parsed, 'json');
  const options = isFollowing ? { follow: stop.signal, fromEnd: true } : {};
  for await (const entry of readEntries(directory, options)) {
    if (stop.signal.aborted) break;
    const text = isJson ? JSON.stringify(fieldsOf(entry, summarizeDecree)) : lineOf(entry, summarizeDecree);
    if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  process.off('SIGINT', end).off('SIGTERM', end);
  return EXIT.ok;
}

type Summarize = (value: Uint8Array) => DecreeSummary;

function fieldsOf({ position, group, kind, bytes, record }: LogEntry, summarize: Summarize): Record<string, unknown> {
  const fields: Record<string, unknown> = { position, group, kind, bytes };
  if (record === undefined || record.type === 'snapshot') return fields;
  const { type, ...rest } = record;
  if (!('value' in rest)) return { ...fields, ...rest };
  const { value, ...plain } = rest;
  const { commands, sessions, keys } = summarize(value);
  return { ...fields, ...plain, valueBytes: value.length, commands, sessions, keys };
}

function lineOf(entry: LogEntry, summarize: Summarize): string {
  const { position, group, kind, bytes, ...fields } = fieldsOf(entry, summarize);
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
  if (flag(parsed, 'json')) print(JSON.stringify({ damage, records, damaged }));
  else {
    print(oneLine(`damage: ${damage}`));
    print(oneLine(`${records} records were kept in ${directory}; what was damaged is in ${damaged}`));
    print('This member is lost: its directory has a new id, and the others will not count it.');
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
  // At the end of the input there is no answer, nor after Ctrl-C.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const question =
      `What ${oneLine(directory)} promised and voted behind the damage is forgotten. The member will not be counted any more.\n` +
      `Type ${confirmation} to go on: `;
    const answer = await Promise.race([lines.question(question).catch(() => ''), ended]);
    return answer.trim();
  } finally {
    lines.close();
  }
}
