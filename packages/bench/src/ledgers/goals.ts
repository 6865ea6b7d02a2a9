/** What is demanded of the ledger, and whether it was met. */

import { median } from '../measure.js';
import type { Comparison } from './compare-ledgers.js';
import type { Recovery } from './recovery.js';

export interface Goal {
  readonly about: string;
  readonly value: number;
  /** Either a most or a least. */
  readonly most?: number;
  readonly least?: number;
}

const LATENCY_MOST = 1.3;
const RATE_LEAST = 2;
const RATE_WAITING = 256;
const RECOVERY_RECORDS = 1_000_000;
const RECOVERY_MOST_SECONDS = 5;

/** The goals for which there are figures. */
export function goalsOf(
  { figures, latency }: Comparison,
  recoveries: ReadonlyMap<number, readonly Recovery[]>,
): Goal[] {
  const goals: Goal[] = [];
  if (latency !== undefined) {
    goals.push({ about: 'latency with 1 waiting, by the bare cost', value: latency.ratio, most: LATENCY_MOST });
  }
  const many = figures.filter(({ waiting }) => waiting === RATE_WAITING);
  const ours = many.find(({ name }) => name === 'parliament');
  for (const { name, perSecond } of many) {
    if (ours === undefined || name === ours.name) continue;
    const value = ours.perSecond / perSecond;
    goals.push({ about: `rate with ${RATE_WAITING} waiting, by ${name}`, value, least: RATE_LEAST });
  }
  const recovery = recoveries.get(RECOVERY_RECORDS);
  if (recovery !== undefined) {
    const value = median(recovery.map(({ openMs, replayMs }) => (openMs + replayMs) / 1000));
    goals.push({ about: 'seconds to open and replay 1,000,000 records', value, most: RECOVERY_MOST_SECONDS });
  }
  return goals;
}

export function isGoalMet({ value, most, least }: Goal): boolean {
  return (most === undefined || value <= most) && (least === undefined || value >= least);
}

export function goalLine(goal: Goal): string {
  const bound = goal.most === undefined ? `≥ ${goal.least}` : `≤ ${goal.most}`;
  return `${goal.about}: ${goal.value.toFixed(2)} (${bound}: ${isGoalMet(goal) ? 'ok' : 'MISSED'})`;
}
