/** What came of it as text: bars for each number of appenders, the latencies, and the goals. */

import { median } from '../measure.js';
import { barChart } from '../plot.js';
import type { Comparison } from './compare-ledgers.js';
import { type Goal, goalLine } from './goals.js';
import type { Recovery } from './recovery.js';

const CHART_WIDTH = 100;

export function reportOf(
  comparison: Comparison,
  recoveries: ReadonlyMap<number, readonly Recovery[]>,
  goals: readonly Goal[],
): string {
  const parts = [...new Set(comparison.figures.map(({ waiting }) => waiting))].map((waiting) =>
    partOf(comparison, waiting),
  );
  if (recoveries.size > 0) parts.push(recoveryPart(recoveries));
  const { latency } = comparison;
  if (latency !== undefined) {
    const [least, greatest] = [latency.least.toFixed(2), latency.greatest.toFixed(2)];
    parts.push(`latency with 1 waiting, by the bare cost of the same round: ${least} to ${greatest}`);
  }
  parts.push(goals.map(goalLine).join('\n'));
  return parts.join('\n\n');
}

function partOf({ figures }: Comparison, waiting: number): string {
  const present = figures.filter((each) => each.waiting === waiting);
  const title = `Appends per second, ${grouped(waiting)} waiting (more is better)`;
  const bars = present.map(({ name, perSecond }) => ({ label: name, value: perSecond, unit: '/s' }));
  const width = Math.max(...present.map(({ name }) => name.length));
  const details = present.map(({ name, way, p50Us, p99Us, writtenPerByte }) => {
    const latency = `p50 ${grouped(p50Us)} µs, p99 ${grouped(p99Us)} µs`;
    return `${name.padEnd(width)}  ${latency}, ${writtenPerByte.toFixed(1)} bytes written per byte kept (${way})`;
  });
  return [barChart(title, bars, CHART_WIDTH), ...details].join('\n');
}

function recoveryPart(recoveries: ReadonlyMap<number, readonly Recovery[]>): string {
  const bars = [...recoveries].map(([records, all]) => ({
    label: `${grouped(records)} records`,
    value: median(all.map(({ openMs, replayMs }) => openMs + replayMs)),
    unit: 'ms',
  }));
  const details = [...recoveries].map(([records, all]) => {
    const opening = grouped(median(all.map(({ openMs }) => openMs)));
    const replay = grouped(median(all.map(({ replayMs }) => replayMs)));
    return `${grouped(records)} records: open ${opening} ms, replay ${replay} ms`;
  });
  return [barChart('Open and replay, in a new process (less is better)', bars, CHART_WIDTH), ...details].join('\n');
}

function grouped(number: number): string {
  return Math.round(number).toLocaleString('en');
}
