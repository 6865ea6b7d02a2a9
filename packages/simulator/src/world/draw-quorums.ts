/** Draws quorum systems: of every kind, with quorums as small as they may be, and different in the two phases. */

import { flexible, grid, type MemberId, majority, type QuorumSystem, weighted } from '@parliament/synod';
import type { Draw } from './subject.js';

export const QUORUM_KINDS: readonly QuorumSystem['kind'][] = ['majority', 'flexible', 'weighted', 'grid'];

/** A quorum system of a kind over members; of majorities where the kind has none for so many. */
export function drawQuorums(kind: QuorumSystem['kind'], members: readonly MemberId[], draw: Draw): QuorumSystem {
  switch (kind) {
    case 'majority':
      return majority(members);
    case 'flexible': {
      const phase2 = 1 + draw(members.length);
      return flexible(members, { phase1: members.length + 1 - phase2, phase2 });
    }
    case 'weighted': {
      // The first weighs at least one, or nobody would count.
      const weights = members.map((_, index) => (index === 0 ? 1 + draw(3) : draw(3)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const phase2 = 1 + draw(total);
      // As much as there must be, and now and then more.
      const phase1 = Math.min(total, total + 1 - phase2 + draw(2));
      const byMember = Object.fromEntries(members.map((member, index) => [member, weights[index] as number]));
      return weighted(byMember, { phase1, phase2 });
    }
    case 'grid': {
      const { length } = members;
      const widths = Array.from({ length }, (_, index) => index + 1).filter((width) => length % width === 0);
      const width = widths[draw(widths.length)] as number;
      const rows = Array.from({ length: length / width }, (_, row) => members.slice(row * width, (row + 1) * width));
      return grid(rows);
    }
  }
}
