import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkedQuorums,
  flexible,
  grid,
  isPhase1Quorum,
  isPhase2Quorum,
  majority,
  type QuorumSystem,
  weighted,
} from '../src/index.js';

const upTo = (size: number) => Array.from({ length: size }, (_, member) => member);

/** Every set of members, as bits, that may act in a phase. */
function quorums(system: QuorumSystem): { phase1: number[]; phase2: number[] } {
  const sets = upTo(2 ** system.members.length);
  const has = (set: number) => (member: number) => (set & (1 << system.members.indexOf(member))) !== 0;
  return {
    phase1: sets.filter((set) => isPhase1Quorum(system, has(set))),
    phase2: sets.filter((set) => isPhase2Quorum(system, 'classic', has(set))),
  };
}

/** Only the smallest sets: if these meet, all do. */
function smallest(sets: readonly number[]): number[] {
  const found: number[] = [];
  for (const set of [...sets].sort((left, right) => bits(left) - bits(right))) {
    if (!found.some((other) => (other & set) === other)) found.push(set);
  }
  return found;
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function expectIntersection(system: QuorumSystem): void {
  const { phase1, phase2 } = quorums(system);
  expect(phase1.length).toBeGreaterThan(0);
  expect(phase2.length).toBeGreaterThan(0);
  for (const one of smallest(phase1)) {
    for (const two of smallest(phase2)) if ((one & two) === 0) throw new Error(`${one} and ${two} do not meet`);
  }
}

describe('whoever promises and whoever decides share a member', () => {
  it.each(upTo(9).map((index) => index + 1))('in every system of %d members', (size) => {
    const members = upTo(size);
    expectIntersection(majority(members));
    for (let phase1 = 1; phase1 <= size; phase1++) {
      for (let phase2 = 1; phase2 <= size; phase2++) {
        if (phase1 + phase2 > size) expectIntersection(flexible(members, { phase1, phase2 }));
        else expect(() => flexible(members, { phase1, phase2 })).toThrow(/might not meet/);
      }
    }
    for (let rows = 1; rows <= size; rows++) {
      if (size % rows !== 0) continue;
      const columns = size / rows;
      expectIntersection(grid(upTo(rows).map((row) => upTo(columns).map((column) => row * columns + column))));
    }
  });

  it('by weights, whatever these are, or the system is refused', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 9 }),
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        (weights, phase1, phase2) => {
          try {
            expectIntersection(weighted({ ...weights }, { phase1, phase2 }));
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            const total = weights.reduce((sum, weight) => sum + weight, 0);
            expect(phase1 + phase2 <= total || Math.min(phase1, phase2) < 1 || Math.max(phase1, phase2) > total).toBe(
              true,
            );
            refused += 1;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  it('by weight alone: a heavy member counts for its weight, one without weight for nothing', () => {
    const system = weighted({ 0: 3, 1: 1, 2: 1, 7: 0 });
    expect(isPhase1Quorum(system, (member) => member === 0)).toBe(true);
    expect(isPhase2Quorum(system, 'classic', (member) => member !== 0)).toBe(false);
  });
});

describe('a quorum system', () => {
  it('counts no stranger', () => {
    for (const system of [majority([3, 5, 8]), flexible([3, 5, 8], { phase1: 2, phase2: 2 }), grid([[3], [5]])]) {
      expect(isPhase1Quorum(system, (member) => ![3, 5, 8].includes(member))).toBe(false);
    }
  });

  it.each([[[]], [[1, 1]], [[-1]], [[1024]], [[0.5]]])('of %j is refused', (members) => {
    expect(() => majority(members)).toThrow(RangeError);
    expect(() => grid([members])).toThrow(RangeError);
  });

  it('whose weights come to more than a number holds exactly is refused: quorums that do not meet would pass for sound', () => {
    const most = Number.MAX_SAFE_INTEGER;
    // One member alone promises, and the four others decide.
    const weights = { 0: most, 1: 1, 2: 1, 3: 1, 4: 1 };
    expect(() => weighted(weights, { phase1: most, phase2: 4 })).toThrow(/more than 2\^53 - 1/);
    expect(() => weighted({ 0: most - 4, 1: 1, 2: 1, 3: 1, 4: 1 }, { phase1: most, phase2: 4 })).not.toThrow();
  });

  it('whose rows differ in length is refused: a column would miss a row', () => {
    expect(() => grid([[0, 1], [2]])).toThrow(/different lengths/);
  });

  it('comes through JSON as it was, and is checked on the way', () => {
    const systems = [
      majority([0, 1]),
      flexible([0, 1, 2], { phase1: 3, phase2: 1 }),
      weighted({ 4: 2, 5: 9 }),
      grid([[0, 1]]),
    ];
    for (const system of systems) expect(checkedQuorums(JSON.parse(JSON.stringify(system)))).toEqual(system);
    expect(() => checkedQuorums({ kind: 'flexible', members: [0, 1, 2], phase1: 1, phase2: 1 })).toThrow(RangeError);
    expect(() => checkedQuorums({ kind: 'oligarchy' } as never)).toThrow(RangeError);
  });
});
