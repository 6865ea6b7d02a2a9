/**
 * Whose votes count in a slot, found anew from the rules and not by the functions of the protocol: a fault of theirs must not
 * hide itself.
 */

import type { History, MemberId, QuorumSystem, Reconfiguration, Slot } from '@parliament/synod';

/** A configuration as far as voting goes. */
export interface Electorate {
  readonly number: number;
  readonly from: Slot;
  readonly voters: QuorumSystem;
}

/** The members of a set: a bit for each. Models have fewer than 30. */
export type Members = number;

/** Whether these may promise together. */
export function mayPromise(voters: QuorumSystem, members: Members): boolean {
  switch (voters.kind) {
    case 'majority':
      return weightOf(voters, members) * 2 > voters.members.length;
    case 'flexible':
    case 'weighted':
      return weightOf(voters, members) >= voters.phase1;
    case 'grid': {
      const [first = []] = voters.rows;
      return first.some((_, column) => voters.rows.every((row) => isIn(members, row[column])));
    }
  }
}

/** Whether these may decide together. */
export function mayDecide(voters: QuorumSystem, members: Members): boolean {
  switch (voters.kind) {
    case 'majority':
      return weightOf(voters, members) * 2 > voters.members.length;
    case 'flexible':
    case 'weighted':
      return weightOf(voters, members) >= voters.phase2;
    case 'grid':
      return voters.rows.some((row) => row.every((member) => isIn(members, member)));
  }
}

/** The electorates after a change was decided in `slot`; the same when it has no effect. */
export function changed(
  electorates: readonly Electorate[],
  slot: Slot,
  alpha: number,
  change: Reconfiguration,
): readonly Electorate[] {
  const current = electorates[electorates.length - 1] as Electorate;
  if (current.from > slot || change.base !== current.number) return electorates;
  return [...electorates, { number: current.number + 1, from: slot + alpha, voters: change.voters }];
}

/** Who votes in `slot`. */
export function electorateOf(electorates: readonly Electorate[], slot: Slot): Electorate {
  return electorates.findLast(({ from }) => from <= slot) ?? (electorates[0] as Electorate);
}

/** The electorates that a model begins with. */
export function foundersOf(history: History): readonly Electorate[] {
  return history.map(({ number, from, voters }) => ({ number, from, voters }));
}

function weightOf(voters: Exclude<QuorumSystem, { readonly kind: 'grid' }>, members: Members): number {
  return voters.members.reduce((weight, member, index) => {
    if (!isIn(members, member)) return weight;
    return weight + (voters.kind === 'weighted' ? (voters.weights[index] ?? 0) : 1);
  }, 0);
}

/** Whether a member is one of these. */
export function isIn(members: Members, member: MemberId | undefined): boolean {
  return member !== undefined && ((members >>> member) & 1) === 1;
}
