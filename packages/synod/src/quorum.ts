/**
 * Quorum systems: which sets of members may decide.
 *
 * All that Paxos needs is that every set which may promise (phase 1) shares a member with every set which may decide
 * (phase 2); that member carries what was decided over to the next leader. Two phase-2 quorums need not meet (Howard,
 * Malkhi, Spiegelman, "Flexible Paxos", 2016). A system in which they do not is refused when it is made.
 */

import { type BallotKind, isMemberId, type MemberId } from './ballot.js';

/** More than half of the members, in both phases. */
export interface MajorityQuorums {
  readonly kind: 'majority';
  /** The voters, in ascending order; so in every system. */
  readonly members: readonly MemberId[];
}

/** Any `phase1` members promise, any `phase2` members decide; `phase1 + phase2` is more than there are members. */
export interface FlexibleQuorums {
  readonly kind: 'flexible';
  readonly members: readonly MemberId[];
  readonly phase1: number;
  readonly phase2: number;
}

/** Members whose weights come to `phase1` promise, to `phase2` decide; together more than all weights. */
export interface WeightedQuorums {
  readonly kind: 'weighted';
  readonly members: readonly MemberId[];
  /** The weight of each member, in the order of `members`: whole numbers from 0. */
  readonly weights: readonly number[];
  readonly phase1: number;
  readonly phase2: number;
}

/** Members in rows and columns: a whole column promises, a whole row decides, and any column crosses any row. */
export interface GridQuorums {
  readonly kind: 'grid';
  readonly members: readonly MemberId[];
  /** Rows of equal length. */
  readonly rows: readonly (readonly MemberId[])[];
}

/** A quorum system as plain data. */
export type QuorumSystem = MajorityQuorums | FlexibleQuorums | WeightedQuorums | GridQuorums;

/** Whether a member is in the set that is asked about. */
export type Has = (member: MemberId) => boolean;

/**
 * The majority system over `members`.
 *
 * @throws RangeError when there is no member, an id is out of range, or one stands twice; so in every system.
 * @example
 * ```ts
 * import { isPhase2Quorum, majority } from '@parliament/synod';
 *
 * const quorums = majority([0, 1, 2]);
 * const voters = new Set([0, 2]);
 * console.log(isPhase2Quorum(quorums, 'classic', (member) => voters.has(member))); // true: two of three decide
 * ```
 */
export function majority(members: readonly MemberId[]): MajorityQuorums {
  return { kind: 'majority', members: ascending(members) };
}

/**
 * Quorums of given sizes.
 *
 * @throws RangeError when two of them might not meet: `phase1 + phase2` must be more than there are members.
 */
export function flexible(
  members: readonly MemberId[],
  sizes: { readonly phase1: number; readonly phase2: number },
): FlexibleQuorums {
  const sorted = ascending(members);
  checkThresholds(sizes.phase1, sizes.phase2, sorted.length, 'members');
  return { kind: 'flexible', members: sorted, phase1: sizes.phase1, phase2: sizes.phase2 };
}

/**
 * Quorums by weight. Both thresholds are by default more than half of all weights.
 *
 * @param weights the weight of each member.
 * @throws RangeError when a weight is no whole number from 0, or two quorums might not meet.
 */
export function weighted(
  weights: Readonly<Record<MemberId, number>>,
  thresholds: { readonly phase1?: number; readonly phase2?: number } = {},
): WeightedQuorums {
  const members = ascending(Object.keys(weights).map(Number));
  const values = members.map((member) => weights[member] as number);
  for (const [index, weight] of values.entries()) {
    if (!Number.isSafeInteger(weight) || weight < 0) {
      throw new RangeError(`the weight ${weight} of member ${members[index]} is not a whole number from 0`);
    }
  }
  const total = values.reduce((sum, weight) => sum + weight, 0);
  // Past that numbers are not exact: quorums that do not meet could seem to.
  if (!Number.isSafeInteger(total)) throw new RangeError('the weights come to more than 2^53 - 1');
  const half = Math.floor(total / 2) + 1;
  const { phase1 = half, phase2 = half } = thresholds;
  checkThresholds(phase1, phase2, total, 'weights');
  return { kind: 'weighted', members, weights: values, phase1, phase2 };
}

/**
 * A grid: columns promise, rows decide.
 *
 * @throws RangeError when the rows have not all the same length.
 */
export function grid(rows: readonly (readonly MemberId[])[]): GridQuorums {
  const members = ascending(rows.flat());
  const [first] = rows;
  for (const row of rows) {
    if (row.length !== first?.length || row.length === 0) {
      throw new RangeError('the rows of a grid have different lengths: a column would not cross every row');
    }
  }
  return { kind: 'grid', members, rows: rows.map((row) => [...row]) };
}

/**
 * The same system, with another member in the place of one.
 *
 * @throws RangeError when `member` is not in it, or `by` is.
 */
export function withMemberInPlace(system: QuorumSystem, member: MemberId, by: MemberId): QuorumSystem {
  if (!system.members.includes(member)) throw new RangeError(`member ${member} is no voter`);
  const swapped = (each: MemberId): MemberId => (each === member ? by : each);
  const members = system.members.map(swapped);
  switch (system.kind) {
    case 'majority':
      return majority(members);
    case 'flexible':
      return flexible(members, system);
    case 'weighted':
      ascending(members);
      return weighted(Object.fromEntries(members.map((each, index) => [each, system.weights[index] ?? 0])), system);
    case 'grid':
      return grid(system.rows.map((row) => row.map(swapped)));
  }
}

/** Makes a system anew from data that came from outside. @throws RangeError as the functions above. */
export function checkedQuorums(system: QuorumSystem): QuorumSystem {
  switch (system.kind) {
    case 'majority':
      return majority(system.members);
    case 'flexible':
      return flexible(system.members, system);
    case 'weighted':
      return weighted(Object.fromEntries(system.members.map((id, index) => [id, system.weights[index] ?? -1])), system);
    case 'grid':
      return grid(system.rows);
    default:
      throw new RangeError('a quorum system of an unknown kind');
  }
}

/**
 * Whether the members that `has` tells of may promise together (phase 1). Each member of the system is asked once, and
 * strangers never: this and {@link isPhase2Quorum} are where answers become decisions (rule 5), so they ask who has
 * answered, and not how many answers there are.
 */
export function isPhase1Quorum(system: QuorumSystem, has: Has): boolean {
  switch (system.kind) {
    case 'majority':
      return 2 * count(system.members, has) > system.members.length;
    case 'flexible':
      return count(system.members, has) >= system.phase1;
    case 'weighted':
      return weigh(system, has) >= system.phase1;
    case 'grid':
      return (system.rows[0] ?? []).some((_, column) => system.rows.every((row) => has(row[column] as MemberId)));
  }
}

/** Whether the members that `has` tells of may decide together, having voted at one ballot of this kind (phase 2). */
export function isPhase2Quorum(system: QuorumSystem, _kind: BallotKind, has: Has): boolean {
  switch (system.kind) {
    case 'majority':
      return 2 * count(system.members, has) > system.members.length;
    case 'flexible':
      return count(system.members, has) >= system.phase2;
    case 'weighted':
      return weigh(system, has) >= system.phase2;
    case 'grid':
      return system.rows.some((row) => row.every(has));
  }
}

function count(members: readonly MemberId[], has: Has): number {
  let found = 0;
  for (const member of members) if (has(member)) found += 1;
  return found;
}

function weigh(system: WeightedQuorums, has: Has): number {
  let found = 0;
  for (const [index, member] of system.members.entries()) if (has(member)) found += system.weights[index] as number;
  return found;
}

function checkThresholds(phase1: number, phase2: number, total: number, what: string): void {
  for (const [phase, threshold] of [phase1, phase2].entries()) {
    if (Number.isSafeInteger(threshold) && threshold >= 1 && threshold <= total) continue;
    throw new RangeError(
      `a phase-${phase + 1} quorum of ${threshold} is not a whole number from 1 to the ${total} ${what}`,
    );
  }
  if (phase1 + phase2 > total) return;
  throw new RangeError(
    `quorums of ${phase1} and ${phase2} might not meet among ${total} ${what}: their sum must be more than ${total}`,
  );
}

function ascending(members: readonly MemberId[]): MemberId[] {
  if (members.length === 0) throw new RangeError('a parliament needs at least one member');
  const sorted = [...members].sort((left, right) => left - right);
  sorted.forEach((member, index) => {
    if (!isMemberId(member)) throw new RangeError(`member id ${member} is not a whole number from 0 to 1023`);
    if (member === sorted[index - 1]) throw new RangeError(`member id ${member} is given twice`);
  });
  return sorted;
}
