/**
 * Quorum systems, read a second time. What the oracle goes by shares no line with `quorum.ts`, so a mistake there cannot hide
 * itself: a system is turned into what it says about sets of members, and whether its quorums meet is tried with every set.
 */

import type { MemberId, QuorumSystem } from '@parliament/synod';

/** Which sets suffice: those that hold one of `sets` whole, or whose weights come to `least`. */
type Rule =
  | { readonly sets: readonly (readonly MemberId[])[] }
  | { readonly weights: readonly (readonly [MemberId, number])[]; readonly least: number };

/** A quorum system, as the oracle reads it. */
export interface OwnQuorums {
  /** The voters, in ascending order. */
  readonly members: readonly MemberId[];
  readonly promising: Rule;
  readonly deciding: Rule;
  /** The system in words: the same for systems that are alike. */
  readonly text: string;
}

/** With more members than this not every set is tried. */
const TRIED_MEMBERS = 12;

/** Reads a system that comes from a decree. @returns undefined when it is none, or has quorums that do not meet. */
export function readQuorums(given: unknown): OwnQuorums | undefined {
  if (typeof given !== 'object' || given === null || !('members' in given) || !Array.isArray(given.members)) {
    return undefined;
  }
  // What is not there is undefined, and refused below.
  const system = given as QuorumSystem;
  if (system.kind === 'grid' && !Array.isArray(system.rows)) return undefined;
  const listed = system.kind === 'grid' ? system.rows.flat() : system.members;
  const members = [...listed].sort((left, right) => left - right);
  const isFit = members.length > 0 && new Set(members).size === members.length && members.every(isId);
  const rules = isFit ? rulesOf(system, members) : undefined;
  if (rules === undefined) return undefined;
  const [promising, deciding, text] = rules;
  const own = { members, promising, deciding, text: `${system.kind} of ${members.join(' ')}${text}` };
  return isReachable(own) && doMeet(own) ? own : undefined;
}

/** Whether the members that `has` tells of suffice to promise together. */
export function mayPromise({ promising }: OwnQuorums, has: (member: MemberId) => boolean): boolean {
  return suffices(promising, has);
}

/** Whether the members that `has` tells of suffice to decide together. */
export function mayDecide({ deciding }: OwnQuorums, has: (member: MemberId) => boolean): boolean {
  return suffices(deciding, has);
}

function rulesOf(
  system: QuorumSystem,
  members: readonly MemberId[],
): readonly [promising: Rule, deciding: Rule, text: string] | undefined {
  const ones = members.map((member) => [member, 1] as const);
  switch (system.kind) {
    case 'majority': {
      const half: Rule = { weights: ones, least: Math.floor(members.length / 2) + 1 };
      return [half, half, ''];
    }
    case 'flexible':
      return thresholds(ones, system.phase1, system.phase2, '');
    case 'weighted': {
      const given = new Map(system.members.map((member, index) => [member, system.weights[index] ?? Number.NaN]));
      const weights = members.map((member) => [member, given.get(member) ?? Number.NaN] as const);
      const listed = weights.map(([, weight]) => weight);
      return thresholds(weights, system.phase1, system.phase2, ` with weights ${listed.join(' ')}`);
    }
    case 'grid': {
      const { rows } = system;
      const [first = []] = rows;
      if (rows.some((row) => row.length !== first.length || row.length === 0)) return undefined;
      const columns = first.map((_, column) => rows.map((row) => row[column] as MemberId));
      return [{ sets: columns }, { sets: rows }, ` in rows ${rows.map((row) => row.join(' ')).join(', ')}`];
    }
    default:
      return undefined;
  }
}

function thresholds(
  weights: readonly (readonly [MemberId, number])[],
  phase1: number,
  phase2: number,
  text: string,
): readonly [promising: Rule, deciding: Rule, text: string] | undefined {
  const isWhole = (number: number, least: number): boolean => Number.isSafeInteger(number) && number >= least;
  if (!isWhole(phase1, 1) || !isWhole(phase2, 1)) return undefined;
  if (!weights.every(([, weight]) => isWhole(weight, 0))) return undefined;
  return [{ weights, least: phase1 }, { weights, least: phase2 }, `${text}, ${phase1} promise and ${phase2} decide`];
}

function suffices(rule: Rule, has: (member: MemberId) => boolean): boolean {
  if ('sets' in rule) return rule.sets.some((set) => set.every(has));
  const { weights, least } = rule;
  let missing = least;
  for (let place = 0; place < weights.length; place++) {
    const [member, weight] = weights[place] as readonly [MemberId, number];
    if (has(member)) missing -= weight;
  }
  return missing <= 0;
}

/** All together suffice. */
function isReachable({ promising, deciding }: OwnQuorums): boolean {
  return suffices(promising, () => true) && suffices(deciding, () => true);
}

/** No set decides while all the others promise. */
function doMeet({ members, promising, deciding }: OwnQuorums): boolean {
  if (members.length > TRIED_MEMBERS) return true;
  const places = new Map(members.map((member, place) => [member, place]));
  for (let set = 0; set < 2 ** members.length; set++) {
    const isIn = (member: MemberId): boolean => (set & (1 << (places.get(member) ?? 31))) !== 0;
    if (suffices(deciding, isIn) && suffices(promising, (member) => !isIn(member))) return false;
  }
  return true;
}

function isId(member: unknown): boolean {
  return Number.isInteger(member) && (member as number) >= 0 && (member as number) < 1024;
}
