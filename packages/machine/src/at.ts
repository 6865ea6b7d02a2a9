/** Where a command stands in the log, and chance that is the same on every member. */

/** The place of a command, and the time that the leader gave it: the same on every member. */
export interface Moment {
  /** The slot of the decree, from 1. */
  readonly slot: number;
  /** The position in the decree, from 0. */
  readonly index: number;
  /** The leader's time stamp, in milliseconds since 1970. It never falls from one command to the next. */
  readonly time: number;
}

/** What a handler of commands is given in place of a clock and of chance. */
export interface At extends Moment {
  /**
   * The next of the numbers that belong to this command, from 0 (inclusive) to 1 (exclusive): the same ones on every member, in every
   * version of JavaScript, and others for every other command.
   */
  random(): number;
}

/** A moment, and which step of a composed command this is. */
export interface Place extends Moment {
  /** Empty but for a step of `multi`: then its number, from 0; where compositions are composed, one number for each. */
  readonly path: readonly number[];
}

export function placeOf({ slot, index, time }: Moment): Place {
  return { slot, index, time, path: [] };
}

/** The place of a step of the command: so that each has random numbers of its own. */
export function stepOf(place: Place, step: number): Place {
  return { ...place, path: [...place.path, step] };
}

/** What a handler is given. Each begins anew with the numbers of the place. */
export function atOf(place: Place): At {
  const { slot, index, time } = place;
  let next: (() => number) | undefined;
  return {
    slot,
    index,
    time,
    random: () => {
      next ??= randomOf(place);
      return next();
    },
  };
}

const ROUNDS = 12;

/**
 * The numbers of a place. The generator is Chris Doty-Humphrey's sfc32 (of PractRand): three words and a counter, so that no seed
 * has a short cycle. What seeds it is absorbed word by word, with rounds between, so that neighbours in the log have nothing in common.
 */
function randomOf({ slot, index, path }: Place): () => number {
  let a = 0;
  let b = 0;
  let c = 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (const word of [slot, Math.floor(slot / 0x1_0000_0000), index, ...path]) {
    a ^= word;
    for (let round = 0; round < ROUNDS; round += 1) next();
  }
  // 53 bits, as many as a number between 0 and 1 has.
  return () => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 0x20_0000_0000_0000;
}
