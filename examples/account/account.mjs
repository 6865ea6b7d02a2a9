// A state machine: what it is at the beginning, which commands change it, which queries look at it. A handler gives a new state and
// leaves the old one as it is. What it does depends on what it is given, and on nothing else: so all members come to the same state.

import { machine, Rejection } from 'parliament';

export const account = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0 }),
  commands: {
    /** @param {{ balance: number }} state @param {{ amount: number }} command */
    deposit: ({ balance }, { amount }) => ({ state: { balance: balance + amount }, reply: balance + amount }),
    /** @param {{ balance: number }} state @param {{ amount: number }} command */
    withdraw: ({ balance }, { amount }) => {
      if (amount > balance) throw new Rejection('too-little', `there are ${balance}`);
      return { state: { balance: balance - amount }, reply: balance - amount };
    },
  },
  queries: { balance: ({ balance }) => balance },
});
