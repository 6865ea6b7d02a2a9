import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  flexible,
  foundingConfiguration,
  grid,
  type History,
  isPhase1Quorum,
  isPhase2Quorum,
  majority,
  reconfigurationValue,
  replace,
  stepAcceptor,
  type Value,
  weighted,
} from '@parliament/synod';
import { CONFIGURATIONS } from '../programs/checker/catalogue.js';
import { chartOf } from '../programs/checker/chart.js';
import { mayDecide, mayPromise } from '../programs/checker/electorate.js';
import { Facts } from '../programs/checker/facts.js';
import type { Component, Fact, Model } from '../programs/checker/model.js';
import { copyOf, textOf } from '../programs/checker/plain.js';
import { playPrelude } from '../programs/checker/prelude.js';
import { finishProposer, type ProposerLocal } from '../programs/checker/proposer-component.js';
import type { RoleSettings } from '../programs/checker/role-settings.js';
import { Search } from '../programs/checker/search.js';
import { NONE, StateSet } from '../programs/checker/state-set.js';
import { ACCEPTOR_MUTANTS } from '../programs/mutants/acceptor-mutants.js';
import { hunt, MUTANTS } from '../programs/mutants/hunt.js';
import { inWorlds } from '../programs/mutants/mutant.js';

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
    const search = new Search(model(name));
    expect(search.run({ stateLimit: 5_000 }).violation).toBeUndefined();
    // What was a state once is so still: no step has changed what another one is to begin with, or is to get.
    const { locals, effects } = search.dump().plain;
    for (const known of [...locals, effects]) expect(new Set(known.map(textOf)).size).toBe(known.length);
  });

  it('goes on from what it has written down, and comes to the same', () => {
    const whole = new Search(model(LEARNER)).run();
    const begun = new Search(model(LEARNER));
    begun.run({ stateLimit: 40_000 });
    const dump = copyOf(begun.dump().plain);
    const { states, depth, isComplete } = Search.restore(model(LEARNER), { ...begun.dump(), plain: dump }).run();
    expect({ states, depth, isComplete }).toEqual({ states: whole.states, depth: whole.depth, isComplete: true });
  });

  it('says what is wrong once more when it goes on after it, for its step is done', () => {
    const [mutant] = MUTANTS.filter(({ name }) => name === 'counts messages instead of members');
    const broken = () => model(LEARNER, mutant?.steps);
    const begun = new Search(broken());
    const { violation } = begun.run();
    expect(violation?.message).toMatch('no quorum voted for');
    const dump = begun.dump();
    const search = Search.restore(broken(), { ...dump, plain: copyOf(dump.plain) });
    expect(search.run()).toMatchObject({ isComplete: false, violation: { message: violation?.message } });
    expect(search.run().violation?.path).toEqual(violation?.path);
  });

  it('takes a step that throws for wrong, and tells the way to it', () => {
    const acceptor: typeof stepAcceptor = (state, input, now) => {
      if (state.votes.size > 0) throw new TypeError('it cannot vote twice');
      return stepAcceptor(state, input, now);
    };
    const { violation } = new Search(model(LEARNER, { acceptor })).run();
    expect(violation?.message).toMatch(/^acceptor \d throws TypeError: it cannot vote twice, at .*checker\.test/);
    expect(violation?.thrown).toBeInstanceOf(TypeError);
    expect(violation?.path.at(-1)?.component).toMatch(/^acceptor/);
  });

  it('sees a claim of somebody who does not go on by it', () => {
    const claiming: Component<unknown> = {
      name: 'learner 0',
      member: 0,
      initial: {},
      actions: () => ['claims'],
      act: (next) => ({ next, effects: [{ type: 'claim', slot: 1, value: new Uint8Array([1]) }] }),
      receive: (next) => ({ next, effects: [] }),
    };
    const history: History = [foundingConfiguration(majority([0]), 1)];
    const toy: Model = { name: 'toy', components: [claiming], joint: [], pairs: [], history, reach: [] };
    expect(new Search(toy).run().violation?.message).toMatch('slot 1 is taken for decided');
  });

  it('rule 3: nobody is asked for anything at a ballot of an earlier life', () => {
    const settings = { steps: {}, carries: new Set() } as unknown as RoleSettings;
    const { initial } = model(THREE).components.find(({ name }) => name === 'proposer 0') as Component<ProposerLocal>;
    const asking = (to: number) => {
      const local = copyOf({ ...initial, usedBefore: 1024 });
      const message = { type: 'prepare', ballot: 1024, fromSlot: 1, bytes: 1, token: 0 } as const;
      const step = { records: [], messages: [{ to, message }], news: [] };
      return finishProposer(local, local.state.role, 'ticks', step, settings).violation;
    };
    expect(asking(1)).toBe('member 0 uses ballot 1024 in two lives');
    // Its own acceptor may be asked: that one refuses.
    expect(asking(0)).toBeUndefined();
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

describe('a model', () => {
  it('says what was to happen in it, and did not', () => {
    const search = new Search(model(LEARNER));
    search.run({ stateLimit: 50 });
    expect(search.missed).toContain('2 values can be chosen in slot 1');
    search.run();
    expect(search.missed).toEqual([]);
  });

  it('that is searched in full has as many states as the README says', () => {
    const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');
    const whole = CONFIGURATIONS.filter(({ limit }) => limit === Number.POSITIVE_INFINITY);
    expect(whole.length).toBeGreaterThan(20);
    for (const { name, states } of whole) {
      expect({ name, isTold: readme.includes(` ${states?.toLocaleString('en')}, all`) }).toEqual({
        name,
        isTold: true,
      });
    }
  });

  it('begins with a prelude that can be played, or not at all', () => {
    const { components } = model(THREE);
    expect(() => playPrelude(components, [['proposer 7', 'stands for election']])).toThrow('there is no proposer 7');
    expect(() => playPrelude(components, [['acceptor 0', 'prepare', 1]])).toThrow('no prepare is on its way');
    const { effects } = playPrelude(components, [['proposer 1', 'stands for election']]);
    expect(effects).toMatchObject([{ type: 'input', to: 'acceptor 1', from: 1 }]);
  });
});

describe('what follows from facts', () => {
  const SYSTEMS = [
    majority([0, 1, 2, 3]),
    flexible([0, 1, 2, 3], { phase1: 3, phase2: 2 }),
    weighted({ 0: 3, 1: 1, 2: 1, 3: 0 }),
    grid([
      [0, 1],
      [2, 3],
    ]),
  ];

  it.each(SYSTEMS)('quorums of kind $kind are those of the protocol, found by other means', (system) => {
    for (let members = 0; members < 16; members++) {
      const has = (member: number) => ((members >> member) & 1) === 1;
      expect(mayPromise(system, members)).toBe(isPhase1Quorum(system, has));
      expect(mayDecide(system, members)).toBe(isPhase2Quorum(system, 'classic', has));
    }
  });

  const VALUE = new Uint8Array([1, 1]);
  const BALLOT = 1025;

  /** Takes facts for true, one after the other, and says what is wrong with the last step. */
  function told(history: History, facts: readonly Fact[], claim?: Fact): string | undefined {
    const row = new Int32Array(2);
    const bits = new Map<string, number>();
    const found = new Facts(history);
    const bitOf = (fact: Fact): number => {
      const key = textOf(fact);
      const known = bits.get(key);
      if (known !== undefined) return known;
      const bit = bits.size;
      bits.set(key, bit);
      found.add(bit, fact, bitOf);
      return bit;
    };
    const claims = claim === undefined ? [] : [bitOf(claim)];
    let wrong: string | undefined;
    for (const fact of facts) {
      const bit = bitOf(fact);
      row[bit >> 5] = (row[bit >> 5] as number) | (1 << (bit & 31));
      wrong = found.check(row, 0, Int32Array.of(bit), new Int32Array(0));
    }
    return wrong ?? found.check(row, 0, new Int32Array(0), Int32Array.from(claims));
  }

  const FOUNDED: History = [{ ...foundingConfiguration(majority([0, 1, 2]), 1), learners: [3] }];
  const promised = (member: number): Fact => ({ type: 'promised', member, ballot: BALLOT });
  const proposed = (slot: number): Fact => ({ type: 'proposed', slot, ballot: BALLOT, value: VALUE });
  const vote = (member: number, value: Value = VALUE): Fact => ({
    type: 'vote',
    member,
    slot: 1,
    ballot: BALLOT,
    value,
  });

  it('rule 3: a ballot is used when its owner has promised it', () => {
    expect(told(FOUNDED, [promised(0), promised(2), { type: 'used', ballot: BALLOT }])).toMatch('its owner has not');
    expect(told(FOUNDED, [promised(1), { type: 'used', ballot: BALLOT }])).toBeUndefined();
  });

  it('rule 5: what is taken for decided has a quorum of votes', () => {
    const decided: Fact = { type: 'decided', slot: 1, value: VALUE };
    expect(told(FOUNDED, [vote(0), vote(3)], decided)).toBe(
      'slot 1 is taken for decided with what no quorum voted for',
    );
    expect(told(FOUNDED, [vote(0), vote(2)], decided)).toBeUndefined();
  });

  it('rule 7: a proposal has the promises of those who vote in its slot', () => {
    expect(told(FOUNDED, [promised(1), proposed(1)])).toMatch('without the promises of a quorum');
    expect(told(FOUNDED, [promised(1), promised(0), proposed(1)])).toBeUndefined();
    expect(told(FOUNDED, [promised(1), promised(0), proposed(2)])).toMatch('before it is decided who votes there');
    // Slot 1 replaces member 2 by member 3, of which nothing is heard.
    const change = reconfigurationValue(replace(FOUNDED[0], 2, 3));
    const changed = [promised(1), promised(2), vote(0, change), vote(1, change)];
    expect(told(FOUNDED, [...changed, proposed(2)])).toMatch('without the promises of a quorum');
    expect(told(FOUNDED, [...changed, promised(3), proposed(2)])).toBeUndefined();
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
    const bytes = { whole: new Uint8Array([1, 2]) };
    copyOf(bytes).whole.set([3]);
    expect(bytes).toEqual({ whole: new Uint8Array([1, 2]) });
    expect(textOf([1, 2])).not.toBe(textOf([12]));
    expect(textOf({ a: undefined })).not.toBe(textOf({ a: null }));
  });
});

describe('a mutant', () => {
  it('exists for every pitfall of the list, at least forty in all, no two alike', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it('is not killed by worlds in which the protocol as it is dies, too', () => {
    // Whoever hears its own learner after a quarter of an hour makes no progress.
    const where = inWorlds([], { innerMs: 1e6 });
    expect(() => hunt({ name: 'changes nothing', pitfalls: '', steps: {}, hunt: where })).toThrow('no progress');
  });

  it('is hunted with a sign of life before each world', () => {
    const [mutant] = MUTANTS.filter(({ name }) => name === 'takes what it voted for before a crash for decided');
    let signs = 0;
    const quarry = mutant && hunt(mutant, () => signs++);
    expect({ quarry, signs }).toMatchObject({ quarry: { isKilled: true, killer: `worlds: seed ${signs}` } });
  });

  // Those that are found at once. The command `npm run mutants` hunts for all, and CI runs it.
  it.each(MUTANTS.filter(({ hunt: where }) => where.type === 'model' && where.model === LEARNER))(
    'is killed: $role that $name',
    (mutant) => {
      expect(hunt(mutant)).toMatchObject({ isKilled: true });
    },
  );
});
