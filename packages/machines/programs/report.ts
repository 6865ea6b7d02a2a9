import type { Figures } from './figures.js';

const grouped = (number: number): string => Math.round(number).toLocaleString('en');
const ms = (number: number): string => `${number < 10 ? number.toFixed(1) : grouped(number)} ms`;

const ROWS: readonly (readonly [what: string, of: (figures: Figures) => string])[] = [
  ['puts of new keys', ({ newKeys }) => `${grouped(newKeys)}/s`],
  ['puts of keys that are there', ({ overwrites }) => `${grouped(overwrites)}/s`],
  ['the same while a snapshot is taken', (figures) => `${grouped(figures.overwritesBesideSnapshot)}/s`],
  ['transactions: one compare, one put', ({ txns }) => `${grouped(txns)}/s`],
  ['puts as bytes, in and out', ({ hostedPuts }) => `${grouped(hostedPuts)}/s`],
  ['deletions of one key', ({ deletes }) => `${grouped(deletes)}/s`],
  ['gets', ({ gets }) => `${grouped(gets)}/s`],
  ['ranges of 100', ({ rangesOf100 }) => `${grouped(rangesOf100)}/s`],
  ['counts of a range', ({ counts }) => `${grouped(counts)}/s`],
  ['events, with previous values', ({ watchedEvents }) => `${grouped(watchedEvents)}/s`],
  ['memory of a key with its value', ({ bytesOfKey }) => `${grouped(bytesOfKey)} bytes`],
  ['a snapshot', ({ snapshotBytes, snapshotMs }) => `${grouped(snapshotBytes / 1e6)} MB, ${ms(snapshotMs)}`],
  ['a step of it, the longest', ({ chunkMs, longestChunkMs }) => `${ms(chunkMs)}, ${ms(longestChunkMs)}`],
  ['its restoring', ({ restoreMs }) => ms(restoreMs)],
  ['a step of that, the longest', (figures) => `${ms(figures.restoreStepMs)}, ${ms(figures.longestRestoreStepMs)}`],
];

/** The figures as a table in Markdown. */
export function reportOf(all: readonly Figures[]): string {
  const heads = all.map(({ keys, valueBytes }) => `${grouped(keys)} keys, values of ${valueBytes} bytes`);
  const lines = ROWS.map(([what, of]) => `| ${what} | ${all.map(of).join(' | ')} |`);
  return [`| | ${heads.join(' | ')} |`, `|---|${all.map(() => '---:|').join('')}`, ...lines].join('\n');
}
