/** Outcomes as text: a table, and a plot of the ratios. */

import { isMet, type Outcome } from './measure.js';

const HEAD = ['what', 'bare', 'here', 'ratio', '(least–greatest)', 'target', ''] as const;

/** 1234567 as 1,234,567. */
function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}

function verdict(outcome: Outcome): string {
  if (outcome.target === undefined) return '';
  return isMet(outcome) ? 'ok' : 'MISSED';
}

/** A table with a line for each outcome. Rates are per second. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    outcome.name,
    grouped(outcome.bareRate),
    grouped(outcome.rate),
    outcome.ratio.toFixed(2),
    `(${outcome.leastRatio.toFixed(2)}–${outcome.greatestRatio.toFixed(2)})`,
    outcome.target === undefined ? '' : `≥ ${outcome.target.toFixed(2)}`,
    verdict(outcome),
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    row
      // The name stands to the left, what is a number to the right.
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd();
  return all.map(line).join('\n');
}

const PLOT_WIDTH = 50;

/** A bar for each ratio; `|` marks 1, where both are equally fast. */
export function plotOf(outcomes: readonly Outcome[]): string {
  const greatest = Math.max(1, ...outcomes.map(({ ratio }) => ratio));
  const place = (ratio: number): number => Math.round((ratio / greatest) * PLOT_WIDTH);
  const width = Math.max(0, ...outcomes.map(({ name }) => name.length));
  return outcomes
    .map(({ name, ratio }) => {
      const bar = '#'.repeat(place(ratio)).padEnd(PLOT_WIDTH + 1, ' ');
      const marked = `${bar.slice(0, place(1))}|${bar.slice(place(1) + 1)}`;
      return `${name.padEnd(width)}  ${marked.trimEnd()}  ${ratio.toFixed(2)}`;
    })
    .join('\n');
}
