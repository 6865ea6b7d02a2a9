import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  createFounding,
  type FoundingOutput,
  type FoundingState,
  introductionTo,
  isKnown,
  meet,
  missing,
  nextRandom,
  recoverFounding,
  seededRandom,
} from '../src/index.js';

const directoryOf = (member: number, life = 0): string => `${member}${life}`.padStart(32, '0');

interface Mail {
  readonly from: number;
  readonly to: number;
  readonly introduction: ReturnType<typeof introductionTo>;
}

/** Members that send one another introductions; what is sent is given back. */
function introduceTo(state: FoundingState, others: readonly number[]): Mail[] {
  return others.map((to) => ({ from: state.member, to, introduction: introductionTo(state, to) }));
}

function take(
  states: readonly FoundingState[],
  { from, to, introduction }: Mail,
): { output: FoundingOutput; mail: Mail[] } {
  const state = states[to] as FoundingState;
  const output = meet(state, from, introduction);
  return { output, mail: introduceTo(state, output.introduce) };
}

function newMembers(size: number): FoundingState[] {
  const members = Array.from({ length: size }, (_, member) => member);
  return members.map((member) => createFounding(member, directoryOf(member), members));
}

/** Lets members introduce themselves again and again over a network that loses, until all is founded. */
function found(states: readonly FoundingState[], loss: number, seed: number): number {
  const random = seededRandom(seed);
  for (let round = 1; round <= 1000; round++) {
    const mail = states.flatMap((state) => (state.founded ? [] : introduceTo(state, state.others)));
    for (let letter = mail.shift(); letter !== undefined; letter = mail.shift()) {
      if (nextRandom(random) >= loss) mail.push(...take(states, letter).mail);
    }
    if (states.every(({ founded }) => founded)) return round;
  }
  throw new Error('never founded');
}

describe('the founding', () => {
  it('is complete when every member has written down every other, and knows that all have written it down', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 0.8, noNaN: true }),
        fc.nat(),
        (size, loss, seed) => {
          const states = newMembers(size);
          found(states, loss, seed);
          for (const state of states) {
            expect(missing(state)).toEqual([]);
            for (const other of state.others) expect(isKnown(state, other, directoryOf(other))).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not happen without every member', () => {
    const states = newMembers(3);
    const [a, b] = states as [FoundingState, FoundingState];
    for (let round = 0; round < 10; round++) {
      for (const letter of [...introduceTo(a, [1]), ...introduceTo(b, [0])]) take(states, letter);
    }
    expect([a.founded, b.founded]).toEqual([false, false]);
    expect(missing(a)).toEqual([2]);
    expect(isKnown(a, 1, directoryOf(1))).toBe(false);
  });

  it('ends in silence: nobody answers for ever', () => {
    const states = newMembers(3);
    let letters = 0;
    const mail = states.flatMap((state) => introduceTo(state, state.others));
    for (let letter = mail.shift(); letter !== undefined; letter = mail.shift()) {
      letters += 1;
      expect(letters).toBeLessThan(100);
      mail.push(...take(states, letter).mail);
    }
    found(states, 0, 1);
    for (const state of states) {
      for (const letter of introduceTo(state, state.others)) expect(take(states, letter).mail).toEqual([]);
    }
  });

  it('comes back from the records, and is then complete without anybody', () => {
    const states = newMembers(3);
    const records: FoundingOutput['records'][number][] = [];
    const mail = states.flatMap((state) => introduceTo(state, state.others));
    for (let letter = mail.shift(); letter !== undefined; letter = mail.shift()) {
      const { output, mail: more } = take(states, letter);
      if (letter.to === 0) records.push(...output.records);
      mail.push(...more);
    }
    const again = createFounding(0, directoryOf(0), [0, 1, 2]);
    for (const record of records) recoverFounding(again, record);
    expect(again.founded).toBe(true);
    expect(isKnown(again, 1, directoryOf(1))).toBe(true);
  });
});

describe('a member that lost its directory', () => {
  it('is noticed by the others, and told; it is never founded again, and never counted', () => {
    const states = newMembers(3);
    found(states, 0, 1);
    const returned = createFounding(2, directoryOf(2, 9), [0, 1, 2]);
    const world = [states[0] as FoundingState, states[1] as FoundingState, returned];
    const mismatches: FoundingOutput['mismatch'][] = [];
    for (let round = 0; round < 20; round++) {
      const mail = introduceTo(returned, returned.others);
      for (let letter = mail.shift(); letter !== undefined; letter = mail.shift()) {
        const { output, mail: more } = take(world, letter);
        if (output.mismatch !== undefined) mismatches.push(output.mismatch);
        mail.push(...more);
      }
    }
    expect(returned.founded).toBe(false);
    for (const whose of ['sender', 'own']) {
      expect(mismatches).toContainEqual({ whose, expected: directoryOf(2), found: directoryOf(2, 9) });
    }
    for (const state of states.slice(0, 2)) {
      expect(isKnown(state, 2, directoryOf(2, 9))).toBe(false);
      expect(isKnown(state, 2, directoryOf(2))).toBe(true);
    }
  });

  it('a stranger is not introduced', () => {
    const [a] = newMembers(2) as [FoundingState];
    expect(meet(a, 7, { directory: directoryOf(7), yours: undefined, founded: false })).toEqual({
      records: [],
      introduce: [],
    });
    expect(a.introduced.size).toBe(0);
  });
});
