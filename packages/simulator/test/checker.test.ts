import { describe, expect, it } from '@jest/globals';
import { chartOf } from '../src/checker/chart.js';
import { CONFIGURATIONS } from '../src/checker/configurations.js';
import { Search } from '../src/checker/explore.js';
import { copyOf, textOf } from '../src/checker/plain.js';
import { NONE, StateSet } from '../src/checker/state-set.js';
import { ACCEPTOR_MUTANTS } from '../src/mutants/acceptor-mutants.js';
import { hunt, MUTANTS } from '../src/mutants/hunt.js';

function model(name: string, steps = {}) {
  const configuration = CONFIGURATIONS.find((each) => each.name === name);
  if (configuration === undefined) throw new Error(name);
  return configuration.build(steps);
}

const THREE = 'one decree, 3 acceptors, 3 ballots';
const LEARNER = 'one decree, 3 acceptors, 2 ballots, a learner';

describe('the model checker', () => {
  // The numbers change when the protocol does; that is what they are for.
  it('searches all of a small model, and finds nothing wrong', () => {
    const search = new Search(model(LEARNER));
    expect(search.run()).toMatchObject({ isComplete: true, states: 113_073, violation: undefined });
    // Not vacuous: of two proposers either value can be decided.
    expect(search.missed).toEqual([]);
  });

  it.each(CONFIGURATIONS.map(({ name }) => name))('finds nothing wrong in the first states of "%s"', (name) => {
    expect(new Search(model(name)).run({ stateLimit: 5_000 }).violation).toBeUndefined();
  });

  it('goes on from what it has written down, and comes to the same', () => {
    const whole = new Search(model(LEARNER)).run();
    const begun = new Search(model(LEARNER));
    begun.run({ stateLimit: 40_000 });
    const dump = copyOf(begun.dump().plain);
    const { states, depth, isComplete } = Search.restore(model(LEARNER), { ...begun.dump(), plain: dump }).run();
    expect({ states, depth, isComplete }).toEqual({ states: whole.states, depth: whole.depth, isComplete: true });
  });

  it('tells the shortest way to what is wrong as a chart', () => {
    const [mutant] = ACCEPTOR_MUTANTS.filter(({ name }) => name === 'hides its votes');
    const found = new Search(model(THREE, mutant?.steps)).run();
    const chart = chartOf(found);
    expect(chart[0]).toBe(`${THREE}: two values are decided in slot 1, in ${chart.length - 1} steps`);
    expect(chart[1]).toMatch(/proposer [01] stands for election, sends prepare/);
    // Two elections and two decisions; nothing that is not needed.
    expect(chart.length - 1).toBe(16);
  });
});

describe('the states that were seen', () => {
  it('are known again, whatever their number', () => {
    const set = new StateSet(4);
    for (let low = 0; low < 10_000; low++) expect(set.add(low, low % 7, low)).toBe(low);
    for (let low = 0; low < 10_000; low++) expect(set.add(low, low % 7, 0)).toBe(NONE);
    expect(set.add(5, 6, 0)).toBe(10_000);
    expect(set.parentOf(77)).toBe(77);
  });

  it('are the same when only the order differs in which maps and sets were filled', () => {
    const one = new Map([
      [1, new Set([1, 2])],
      [2, new Set()],
    ]);
    const two = new Map([
      [2, new Set()],
      [1, new Set([2, 1])],
    ]);
    expect(textOf(one)).toBe(textOf(two));
    expect(textOf(copyOf(one))).toBe(textOf(one));
    expect(textOf([1, 2])).not.toBe(textOf([12]));
    expect(textOf({ a: undefined })).not.toBe(textOf({ a: null }));
  });
});

describe('a mutant', () => {
  it('exists for every pitfall of the list, at least forty in all, no two alike', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  // Those that are found at once. The command `npm run mutants` hunts for all, and CI runs it.
  it.each(MUTANTS.filter(({ hunt: where }) => where.type === 'model' && where.model === LEARNER))(
    'is killed: $role that $name',
    (mutant) => {
      expect(hunt(mutant)).toMatchObject({ isKilled: true });
    },
  );
});
