/**
 * Those who have connected and have not shown who they are: so many at a time. Whoever comes is let in, and when there are too
 * many, the one goes who is least likely to become a link: so nobody can keep the others out by holding all the places.
 */

import type { Guest } from '../platform/guest.js';

interface Seat {
  readonly host: string;
  /** 0: comes from where many have failed; 1: nothing is known; 2: promising. */
  rank: number;
  readonly evict: () => void;
}

export class Lobby {
  readonly #max: number;
  /** In the order in which they came. */
  readonly #seats: Set<Seat> = new Set();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#seats.size;
  }

  /** `evict` is called when it must go for another; it need not `leave` then. `host`: where it comes from. */
  enter(host: string, isSuspicious: boolean, evict: () => void): Guest {
    const seat: Seat = { host, rank: isSuspicious ? 0 : 1, evict };
    this.#seats.add(seat);
    if (this.#seats.size > this.#max) this.#makeRoom(seat);
    return {
      promise() {
        seat.rank = 2;
      },
      leave: () => {
        this.#seats.delete(seat);
      },
    };
  }

  /** Of the lowest rank, the place goes that has most of its kind, and of those who come from there, the oldest. */
  #makeRoom(newcomer: Seat): void {
    const others = [...this.#seats].filter((seat) => seat !== newcomer);
    const lowest = Math.min(...others.map(({ rank }) => rank));
    const low = others.filter(({ rank }) => rank === lowest);
    const counts = new Map<string, number>();
    for (const { host } of low) counts.set(host, (counts.get(host) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const gone = low.find(({ host }) => counts.get(host) === most) ?? newcomer;
    this.#seats.delete(gone);
    gone.evict();
  }
}
