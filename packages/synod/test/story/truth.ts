/** What must be true at every moment of any story, whatever it claims. */

import { holdsLease, type MemberId, type Slot, sameValue, type Value } from '../../src/index.js';
import type { Stage } from './stage.js';
import { valueWords } from './words.js';

/** A member knows a slot to be decided: all others know the same, also those that are gone (rule 8). */
export function checkChosen({ chosen }: Stage, member: MemberId, slot: Slot, value: Value): void {
  const known = chosen.get(slot);
  if (known !== undefined && !sameValue(known, value)) {
    throw new Error(
      `slot ${slot} was decided with ${valueWords(known)}, and member ${member} has ${valueWords(value)} there`,
    );
  }
  chosen.set(slot, value);
}

/** Two members never hold a lease at a time (rule 11). */
export function checkLeases({ players, now }: Stage): void {
  const holders = [...players.values()].filter(({ isUp, proposer }) => isUp && holdsLease(proposer, now));
  if (holders.length > 1) throw new Error(`members ${holders.map(({ member }) => member).join(' and ')} hold a lease`);
}
