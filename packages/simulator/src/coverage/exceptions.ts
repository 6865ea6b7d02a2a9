/**
 * Branches of the protocol that no world and no model takes, each with the argument why none can or need. An entry whose
 * branch is taken after all must go: the command fails over it as over a branch that is missing here. What could be taken, and is not
 * yet, is in `gaps.ts`.
 */

import type { Exception } from './branches.js';
import { OPEN_GAPS } from './gaps.js';

/** Why nobody here calls a function wrongly. */
const WRONG =
  'only who calls it wrongly comes there: it is refused at the border, and worlds and models make nothing of that kind';

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'ballot',
    text: 'if (ballot > HIGHEST_BALLOT)',
    arm: 'is true',
    why: 'numbers are used up after 2^42 rounds',
  },
  {
    file: 'configuration',
    text: 'if (!Number.isSafeInteger(alpha) || alpha < 1 || alpha > ALPHA_LIMIT)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (!Number.isSafeInteger(count) || count < 0)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (!isMemberId(member))',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (alpha > ALPHA_LIMIT)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: "if (!Array.isArray(given)) throw new RangeError('no list of configurations');",
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: "if (first === undefined) throw new RangeError('a parliament has at least one configuration');",
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (!Number.isSafeInteger(weight) || weight < 0) {',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (row.length !== first?.length || row.length === 0) {',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (!system.members.includes(member))',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (Number.isSafeInteger(threshold) && threshold >= 1 && threshold <= total) continue;',
    arm: 'is false',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (phase1 + phase2 > total) return;',
    arm: 'is false',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: "if (members.length === 0) throw new RangeError('a parliament needs at least one member');",
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (!isMemberId(member))',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'if (member === sorted[index - 1])',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'default:',
    arm: 'is this case',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'return (system.rows[0] ?? []).some((_, column) => system.rows.every((row) => has(row[column] as MemberId)));',
    arm: 'comes to []',
    why: 'a grid has a row: it is refused without one when it is made',
  },
  {
    file: 'replica',
    text: 'if (slot !== replica.appliedUpTo + 1)',
    arm: 'is true',
    why: 'a fault of the caller: learners hand on every slot once, in order, and the oracle sees to that',
  },
  {
    file: 'replica',
    text: "if (decree.type === 'unknown')",
    arm: 'is true',
    why: 'a fault of the caller: learners stop at a decree that they cannot read',
  },
  {
    file: 'acceptor',
    text: 'leaseLimitMs: number = DEFAULT_LEASE_MS,',
    arm: 'is left out',
    why: 'a default: worlds and models always say how long a lease is',
  },
  ...OPEN_GAPS,
];
