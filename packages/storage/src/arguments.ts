/** What callers give is checked before anything is written: a directory remembers whose it is for ever. */

import { checkedHistory, isMemberId, isSlot, type Snapshot } from '@parliament/synod';
import type { LedgerOptions } from './open-ledger.js';

/** The least that each number may be. */
const SIZES = [
  ['recordLimitBytes', 1],
  ['segmentBytes', 64 * 1024],
  ['reserveBytes', 0],
] as const;

const OTHERS = ['cluster', 'member', 'group', 'founders', 'onWarning', 'onSpace', 'disk'] as const;

/** @throws RangeError */
export function checkLedgerOptions(options: LedgerOptions): void {
  const known: readonly string[] = [...OTHERS, ...SIZES.map(([name]) => name)];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new RangeError(`unknown option ${name}; known are ${known.join(', ')}`);
  }
  checkOwnerOptions(options);
  for (const [name, least] of SIZES) {
    const value = options[name];
    if (value === undefined || isWhole(value, least)) continue;
    throw new RangeError(`${name}: ${value} is not a whole number of bytes from ${least}`);
  }
}

/** @throws RangeError */
export function checkOwnerOptions({
  cluster,
  group = 'parliament',
  member,
}: Pick<LedgerOptions, 'cluster' | 'group' | 'member'>): void {
  for (const [name, value] of Object.entries({ cluster, group })) {
    if (typeof value !== 'string' || value === '') throw new RangeError(`${name}: give it a name`);
  }
  if (!isMemberId(member)) throw new RangeError(`member: ${member} is no member's number`);
}

/**
 * What could be written and not be read again; and how much is to be let go, as what is trimmed is gone.
 *
 * @throws Error
 */
export function checkSnapshot({ slot, history }: Snapshot, tailSlots: number): void {
  if (slot !== 0 && !isSlot(slot)) throw new RangeError(`a snapshot at slot ${slot}, which is none`);
  if (!isWhole(tailSlots, 0)) throw new RangeError(`tailSlots: ${tailSlots} is not a whole number from 0`);
  checkedHistory(history);
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
