/** What callers give; it is checked before anything is written: a directory remembers whose it is for ever. */

import { checkedHistory, isMemberId, isSlot, type MemberId, type Snapshot } from '@parliament/synod';
import type { FileSystem } from './file-system.js';
import { RUNNING } from './identity.js';
import type { SpaceReport } from './space.js';

export interface LedgerOptions {
  /** Whose the directory is, or is to be. */
  readonly cluster: string;
  readonly member: number;
  /** Which of the groups in the directory; default `parliament`. Each has records and a snapshot of its own. */
  readonly group?: string;
  /**
   * With whom the group was founded, as one line. It is written down when the group is first opened with it, and must be the same ever
   * after: a member that forgets the others would take itself for a quorum.
   */
  readonly founders?: string;
  /**
   * What the members of the group run, and in which version, as one line. It is written down with the founders, must be the same ever
   * after, and is kept when a backup is restored: to another program what is in the log would mean something else. Default: none.
   */
  readonly machine?: string;
  /**
   * Whether a group that was founded without a machine may go on with this one. It is written down before the ledger is given; from then
   * on the group does not open without it. Default: it may not.
   */
  readonly mayTakeOver?: boolean;
  /**
   * The members that `founders` names. A directory that is from before founders were written down is held to those whom it has met:
   * all of them must be among these, and once it was founded they must be these.
   */
  readonly founderIds?: readonly MemberId[];
  /** Told of what was found and mended. */
  readonly onWarning?: (warning: { readonly message: string }) => void;
  /** Told when the disk becomes full, and when there is room again. */
  readonly onSpace?: (report: SpaceReport) => void;
  /** The longest record, in bytes. Default 8 MiB. Never lower it for a directory in use: what is longer is refused there. */
  readonly recordLimitBytes?: number;
  /** Segments of the log grow up to so many bytes. Default 32 MiB, at least 64 KiB. */
  readonly segmentBytes?: number;
  /** Kept free for a snapshot when the disk is full. Default 16 MiB; 0 for none. Taken once the log outgrows its first half MiB. */
  readonly reserveBytes?: number;
  /** The disk. Default: that of this machine. */
  readonly disk?: FileSystem;
}

/** The least that each number may be. */
const SIZES = [
  ['recordLimitBytes', 1],
  ['segmentBytes', 64 * 1024],
  ['reserveBytes', 0],
] as const;

const OTHERS = [
  'cluster',
  'member',
  'group',
  'founders',
  'machine',
  'mayTakeOver',
  'founderIds',
  'onWarning',
  'onSpace',
  'disk',
] as const;

/** @throws RangeError */
export function checkLedgerOptions(options: LedgerOptions): void {
  const known: readonly string[] = [...OTHERS, ...SIZES.map(([name]) => name)];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new RangeError(`unknown option ${name}; known are ${known.join(', ')}`);
  }
  checkOwnerOptions(options);
  const { founders, machine, mayTakeOver, founderIds, onWarning, onSpace } = options;
  if (founders !== undefined && (typeof founders !== 'string' || founders === '' || founders.includes(RUNNING))) {
    throw new RangeError(`founders: ${founders} is not a line that names them, and nothing else`);
  }
  if (machine !== undefined && (typeof machine !== 'string' || machine === '')) {
    throw new RangeError(`machine: ${machine} is not a line that names it`);
  }
  if (mayTakeOver !== undefined && typeof mayTakeOver !== 'boolean') throw new RangeError('mayTakeOver: true or false');
  if (founderIds !== undefined && !(Array.isArray(founderIds) && founderIds.every(isMemberId))) {
    throw new RangeError(`founderIds: ${founderIds} is no list of members' numbers`);
  }
  for (const [name, listener] of Object.entries({ onWarning, onSpace })) {
    if (listener !== undefined && typeof listener !== 'function') throw new RangeError(`${name}: give it a function`);
  }
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
  checkTail(tailSlots);
  checkedHistory(history);
}

/** @throws RangeError */
export function checkTail(tailSlots: number): void {
  if (!isWhole(tailSlots, 0)) throw new RangeError(`tailSlots: ${tailSlots} is not a whole number from 0`);
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
