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
import { didYouMean } from '../nearest.js';
import { flag, type Parsed, stringOption } from '../options.js';
import { answering, count, endWithReader, print, printAndWait } from '../output.js';
import { openProgress } from '../progress.js';

export async function run(parsed: Parsed): Promise<number> {
  const [action, directory] = parsed.positionals;
  const act = ACTIONS.get(action ?? '');
  const names = [...ACTIONS.keys()];
  if (action === undefined) throw new UsageError(`give one of ${names.join(', ')}`);
  if (act === undefined) throw new UsageError(`${action}: give one of ${names.join(', ')}${didYouMean(action, names)}`);
  if (directory === undefined) throw new UsageError(`${action}: give the data directory`);
  return answering(flag(parsed, 'json'), () => act(directory, parsed));
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
  else for (const line of verdictLines(report, performance.now() - begun)) print(oneLine(line));
  return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

function verdictLines(report: VerifyReport, milliseconds: number): string[] {
  const { cluster, groups, segments, records, bytes, tornBytes, problems } = report;
  const lines = [`cluster ${cluster}, directory ${report.directory}`];
  for (const { name, member, snapshotSlot } of groups) {
    const snapshot = snapshotSlot === 0 ? 'no snapshot' : `a snapshot of slot ${snapshotSlot}`;
    lines.push(`  ${name}: member ${member}, ${snapshot}`);
  }
  if (problems.length > 0) return [...lines, ...problems.map((problem) => `DAMAGED: ${problem}`)];
  const size = `${count(records, 'record')} in ${count(segments, 'segment')}, ${(bytes / 1e6).toFixed(1)} MB`;
  lines.push(`${size}, read in ${(milliseconds / 1000).toFixed(1)} s: all sound`);
  if (tornBytes > 0)
    lines.push(`at the end ${count(tornBytes, 'byte')} of an append that was not acknowledged: no harm is done`);
  return lines;
}

async function show(directory: string, parsed: Parsed, isFollowing: boolean): Promise<number> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  // To follow has no other end. A dump that a signal cuts short is not done.
  if (isFollowing) process.once('SIGINT', end).once('SIGTERM', end);
  // Summaries of decrees are all that is needed of the package, which is large.
  const { summarizeDecree } = await import('parliament');
  endWithReader('parliament log');
  const isJson = flag(parsed, 'json');
  const shown = { withValues: flag(parsed, 'values'), summarize: summarizeDecree };
  const options = isFollowing ? { follow: stop.signal, fromEnd: true } : {};
  for await (const entry of readEntries(directory, options)) {
    if (stop.signal.aborted) break;
    await printAndWait(isJson ? JSON.stringify(fieldsOf(entry, shown)) : lineOf(entry, shown));
  }
  process.off('SIGINT', end).off('SIGTERM', end);
  return EXIT.ok;
}

/** How records are shown. */
interface Shown {
  readonly withValues: boolean;
  readonly summarize: (value: Uint8Array) => DecreeSummary;
}

function fieldsOf(
  { position, group, kind, bytes, record }: LogEntry,
  { withValues, summarize }: Shown,
): Record<string, unknown> {
  const fields: Record<string, unknown> = { position, group, kind, bytes };
  if (record === undefined || record.type === 'snapshot') return fields;
  // What another member had written is no position of this log.
  if (record.type === 'heard') return { ...fields, member: record.member, written: record.position };
  const { type, ...rest } = record;
  if (!('value' in rest)) return { ...fields, ...rest };
  const { value, ...plain } = rest;
  const { commands, sessions, keys, values, kv, payloadBytes } = summarize(value);
  const others = { ...(kv.length > 0 ? { kv } : {}), ...(payloadBytes.length > 0 ? { payloadBytes } : {}) };
  const words = withValues ? { keys, values, ...others } : { keys, ...others };
  return { ...fields, ...plain, valueBytes: value.length, commands, sessions, ...words };
}

function lineOf(entry: LogEntry, shown: Shown): string {
  const { position, group, kind, bytes, keys, values, ...more } = fieldsOf(entry, shown);
  const details = Object.entries(more)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.map(wordOf).join(',') : value}`);
  if (Array.isArray(keys) && Array.isArray(values)) {
    details.push(...keys.map((key, index) => `${JSON.stringify(key)}=${JSON.stringify(values[index])}`));
  }
  const columns = [
    String(position).padStart(10),
    String(group).padEnd(12),
    String(kind).padEnd(14),
    String(bytes).padStart(7),
  ];
  return oneLine(`${columns.join('  ')}  ${details.join('  ')}`).trimEnd();
}

/** A list's entry, in a line for people: of a command to kv its type and its key. */
function wordOf(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry);
  const { type, ...keys } = entry as DecreeSummary['kv'][number];
  return [type, ...Object.values(keys).map((key) => JSON.stringify(key))].join(' ');
}

async function truncate(directory: string, parsed: Parsed): Promise<number> {
  const confirmation = confirmationFor(directory);
  const given = stringOption(parsed, 'confirm') ?? (await askFor(directory, confirmation));
  if (given !== confirmation) throw new CommandError(`not confirmed: nothing was changed in ${directory}`);
  const { damage, records, damaged } = await truncateCorrupt(directory, given);
  if (flag(parsed, 'json')) print(JSON.stringify({ damage, records, damaged }));
  else {
    print(oneLine(`damage: ${damage}`));
    print(oneLine(`kept in ${directory}: ${count(records, 'record')}; what was damaged is in ${damaged}`));
    print('This member is lost: its directory has a new id, and the others will not count it.');
  }
  return EXIT.ok;
}

async function askFor(directory: string, confirmation: string): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError(
      `nobody can be asked here: give --confirm ${confirmation} if what the member promised behind the damage may be forgotten`,
    );
  }
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr });
  // At the end of the input there is no answer, nor after Ctrl-C.
  const ended = new Promise<string>((resolve) =>
    lines.once('close', () => {
      resolve('');
    }),
  );
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
