/** The ledger of @parliament/storage. */

import { openLedger } from '@parliament/storage';
import type { Contender } from './contender.js';
import { valueNumbered } from './contender.js';

/** Whose every directory of a measurement is. */
export const OWNER = { cluster: 'bench', group: 'bench', member: 0 } as const;

const BALLOT = 1024;

export const parliament: Contender = {
  name: 'parliament',
  way: 'one vote an append',
  async open(directory) {
    const ledger = await openLedger(directory, OWNER);
    return {
      append: (number) =>
        ledger.append([{ type: 'voted', slot: number, ballot: BALLOT, value: valueNumbered(number) }]),
      close: () => ledger.close(),
    };
  },
};
