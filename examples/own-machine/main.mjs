// A state machine of your own in the simulator: locks whose holder gets a token that only grows. Its members crash, lose messages,
// change leaders and take snapshots; then what clients were told is held against what the machine alone would have told them.
// Usage: node main.mjs            sound: twenty worlds
//        node main.mjs --broken   one that forgets its tokens in a snapshot: the simulator finds it

import { runWith, Violation } from '@parliament/simulator';

/** @typedef {{ token: number, holders: Record<string, { owner: number, token: number }> }} Locks */
/** @typedef {{ type: 'acquire' | 'release', lock: string, owner: number }} Command */

const isBroken = process.argv.includes('--broken');

/** @type {import('@parliament/simulator').Subject<Locks, Command, number>} */
const locks = {
  machine: {
    initial: () => ({ token: 0, holders: {} }),
    // The reply: the token of the holder, or 0 where there is none of it.
    apply(state, { type, lock, owner }) {
      const holder = state.holders[lock];
      if (type === 'release') {
        if (holder?.owner !== owner) return 0;
        delete state.holders[lock];
        return holder.token;
      }
      if (holder !== undefined) return holder.owner === owner ? holder.token : 0;
      state.token += 1;
      state.holders[lock] = { owner, token: state.token };
      return state.token;
    },
    snapshot(state) {
      const kept = isBroken ? { ...state, token: 0 } : state;
      return [new TextEncoder().encode(JSON.stringify(kept))];
    },
    restore: (chunks) => JSON.parse(Buffer.concat([...chunks]).toString()),
  },
  command: (draw) => ({
    type: draw(2) === 0 ? 'acquire' : 'release',
    lock: draw(2) === 0 ? 'north' : 'south',
    owner: draw(3),
  }),
};

let operations = 0;
try {
  for (let seed = 1; seed <= 20; seed += 1) operations += runWith(locks, { seed, plan: { faultyMs: 2000 } }).checked;
  console.log(operations > 0 ? 'twenty worlds: every history is linearizable' : 'nothing was checked');
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  console.log(`found: ${error.message}`);
}
