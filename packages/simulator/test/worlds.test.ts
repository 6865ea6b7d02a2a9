import { describe, expect, it } from '@jest/globals';
import { addResult, createTotals, missingFrom, worldOptions } from '../programs/batch.js';
import { MUTANTS } from '../programs/mutants/hunt.js';
import { type RunResult, run, runWith, type Subject, Violation, type WorldOptions } from '../src/index.js';
import { stepProposer } from '@parliament/synod';
import type { Steps } from '../src/world/member.js';
import { CALM } from '../src/world/plan.js';
import { record } from '../src/world/run.js';
import { describe as describeEvent, play, shrink } from '../src/world/shrink.js';

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

/** Runs worlds, and gives what happened in them, all together. */
function runAll(all: readonly number[], options: (seed: number) => WorldOptions = (seed) => ({ seed })) {
  const totals = createTotals();
  for (const seed of all) addResult(totals, run(options(seed)));
  return totals;
}

describe('in any world', () => {
  // A few; `npm run simulate` runs thousands, in CI too, and sees to it that every kind of fault has happened.
  it('members agree, at every step, and make progress once the faults end', () => {
    const { counts } = runAll(seeds(1, 40), (seed) => worldOptions(seed, { members: undefined, isPlain: false }));
    expect(counts.checked).toBeGreaterThan(4000);
  });

  it('what should have happened in many worlds and did not is named', () => {
    const totals = runAll(seeds(1, 1));
    const asked = { members: undefined, isPlain: false };
    expect(missingFrom(totals, asked)).toEqual([]);
    expect(missingFrom({ ...totals, worlds: 500 }, asked)).toContain('bit rot');
  });

  it.each([1, 2, 4, 5])('so do %d members', (members) => {
    const { counts } = runAll(seeds(1000, 8), (seed) => ({ seed, members }));
    expect(counts.decided).toBeGreaterThan(100);
  });

  it('one decree is decided once, by members that stand only on demand', () => {
    for (const seed of seeds(2000, 10)) {
      const { decided } = run({ seed, proposer: { lastSlot: 1, standing: false }, plan: { without: ['membership'] } });
      expect(decided).toBe(1);
    }
  });

  it.each([1, 3, 256])('with an alpha of %d', (alpha) => {
    expect(runAll(seeds(3000, 6), (seed) => ({ seed, plan: { alpha } })).counts.decided).toBeGreaterThan(100);
  });

  it('the same seed gives the same world, on every version of Node', () => {
    for (const seed of seeds(1, 5)) expect(run({ seed })).toEqual(run({ seed }));
    // Written down once: what comes out elsewhere must be the same.
    expect(seeds(1, 5).map((seed) => run({ seed }).hash)).toMatchInlineSnapshot(`
[
  1053916750,
  1939569516,
  3432421169,
  1852982751,
  2123903404,
]
`);
  });

  it('a read on a lease is never stale while clocks keep to their bound, and is seen to be when they do not', () => {
    const faults = new Set(['isolation', 'one-way cut', 'pause', 'partial partition'] as const);
    const plan = { ...CALM, faults, leaseReads: true, clients: 5, faultyMs: 10_000 };
    // Were some clocks slower still, their members would not catch up in time.
    const wild = seeds(1, 40).map((seed) => run({ seed, plan: { ...plan, clockDrift: 0.8 } }));
    const sum = (results: readonly RunResult[], count: (result: RunResult) => number) =>
      results.reduce((total, result) => total + count(result), 0);
    expect(sum(wild, ({ stage }) => stage.leaseOverlaps)).toBeGreaterThan(0);
    const tame = seeds(1, 20).map((seed) => run({ seed, plan: { ...plan, clockDrift: 0.01 } }));
    expect(sum(tame, ({ stage }) => stage.leaseOverlaps + stage.staleMarks)).toBe(0);
    expect(sum(tame, ({ stage }) => stage.readsMarked)).toBeGreaterThan(1000);
    expect(sum(tame, ({ stage }) => stage.readsLeased)).toBeGreaterThan(100);
  });

  it('nor where machines are suspended, and their monotonic clocks with them; by these alone it is', () => {
    const faults = new Set(['isolation', 'tail'] as const);
    const pace = { heartbeatMs: 25, electionTimeoutMinMs: 60, electionTimeoutMaxMs: 400, resendMs: 60 };
    const plan = { ...CALM, faults, leaseReads: true, clients: 6, thinkMs: 5, pace, extras: ['suspension'] as const };
    const play = (steps: Partial<Steps>) => seeds(1, 10).map((seed) => run({ seed, steps, plan }));
    const results = play({});
    const { counts } = results.reduce((totals, result) => {
      addResult(totals, result);
      return totals;
    }, createTotals());
    expect(counts.suspension).toBeGreaterThan(20);
    expect(counts.readsLeased).toBeGreaterThan(20);
    const withoutCalendar: Steps['proposer'] = (state, input, now) =>
      stepProposer(state, input.type === 'ask-lease' ? { type: 'ask-lease', token: input.token } : input, now);
    expect(() => play({ proposer: withoutCalendar })).toThrow(Violation);
  });
});

describe('a failure', () => {
  it.each([
    'answers before its records are durable',
    'forgets everything in a crash',
    'proposes two values in one slot',
    'serves reads from what it knows, without asking whether it still leads',
    'keeps its lease when it hands over',
  ])('of a member that %s shrinks to a true story of fewer than fifty events that fails too', (name) => {
    const mutant = MUTANTS.find((each) => each.name === name);
    if (mutant?.hunt.type !== 'worlds') throw new Error(name);
    const { members } = mutant.hunt;
    // Nothing else is out of the ordinary: stories are short where messages are.
    const { quorums, ticks, innerMs, pace, valueBytes, window, batchMs, acceptorSizes, learnerSizes } = CALM;
    const calm = { quorums, ticks, innerMs, pace, valueBytes, window, batchMs, acceptorSizes, learnerSizes };
    const plan = { ...calm, ...mutant.hunt.plan };
    const options = (seed: number): WorldOptions => ({ seed, members, steps: mutant.steps, plan });
    let failed: ReturnType<typeof record> | undefined;
    for (const seed of seeds(1, 100)) {
      const recorded = record(options(seed));
      // Some worlds notice first that something grows without bound, for which a stage of few events has no rule.
      if (play(recorded.trace, recorded.world.stageOptions).violation === undefined) continue;
      failed = recorded;
      break;
    }
    if (failed === undefined) throw new Error('no world of a hundred breaks a rule of safety');
    const { world, trace, violation } = failed;
    expect(violation).toBeInstanceOf(Violation);
    const small = shrink(trace, world.stageOptions);
    expect(small?.events.length).toBeLessThan(50);
    expect(small?.events.length).toBeLessThan(trace.length);
    expect(play(small?.events ?? [], world.stageOptions).violation?.message).toBe(small?.violation.message);
    for (const event of small?.events ?? []) expect(describeEvent(event)).toMatch(/ms {2}\d/);
  });

  it('of the machine, not of the protocol, is found too: one whose replies depend on who applies', () => {
    let applications = 0;
    const subject: Subject<number[], number, number> = {
      machine: {
        initial: () => [],
        apply: (state, command) => state.push(command) + (applications++ % 997 === 996 ? 1 : 0),
        snapshot: (state) => [new TextEncoder().encode(JSON.stringify(state))],
        restore: (chunks) => JSON.parse(Buffer.concat([...chunks]).toString()),
      },
      command: (draw) => draw(10),
    };
    const all = () => seeds(1, 40).map((seed) => runWith(subject, { seed, plan: { faultyMs: 3000 } }));
    expect(all).toThrow(Violation);
  });
});
