import { describe, expect, it } from '@jest/globals';
import { encodeEntries } from '../src/world/machines.js';
import { SHIPPED_STEPS } from '../src/world/member.js';
import { CALM, NARROW, type Plan } from '../src/world/plan.js';
import { type RunResult, run } from '../src/world/run.js';
import { registerSubject } from '../src/world/subject.js';
import { Violation } from '../src/world/violation.js';
import { World } from '../src/world/world.js';

/** Much to say over little. */
const CROWDED: Partial<Plan> = {
  ...CALM,
  faults: new Set(['isolation', 'pause', 'one-way cut', 'slow sync']),
  alpha: 64,
  clients: 8,
  thinkMs: 2,
  window: 4,
  valueBytes: 2000,
  line: { ...NARROW, queueBytes: 16_000 },
  // Less than a line holds.
  learnerSizes: { replyBytes: 8000 },
  pace: { windowBytes: 3000, pipelineBytes: 5000 },
};

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

function sum(results: readonly RunResult[], count: (result: RunResult) => number): number {
  return results.reduce((total, result) => total + count(result), 0);
}

describe('a leader', () => {
  it('has its way over lines that drop what is more than they hold, and loses little to them', () => {
    const results = SEEDS.map((seed) => run({ seed, plan: CROWDED }));
    const free: Partial<Plan> = { ...CROWDED, faults: new Set(), pace: { windowBytes: 1e9, pipelineBytes: 1e9 } };
    const heedless = SEEDS.map((seed) => run({ seed, plan: { ...free, faultyMs: 3000 } }));
    const lost = sum(results, ({ network }) => network.overflowed);
    expect(sum(results, ({ decided }) => decided)).toBeGreaterThan(200);
    expect(5 * lost).toBeLessThan(sum(heedless, ({ network }) => network.overflowed));
  });

  it('is found, and stays, where every sync takes up to two seconds', () => {
    for (const seed of SEEDS) {
      const calm = run({ seed, plan: { ...CALM, syncMs: 2000, faultyMs: 60_000 } });
      expect(calm.decided).toBeGreaterThan(20);
      // Whoever stood first may have been overtaken; then one stays.
      expect(calm.stage.leaders).toBeLessThan(5);
      run({ seed, plan: { ...CALM, syncMs: 2000, faults: new Set(['isolation', 'crash', 'loss']) } });
    }
  });

  it.each([
    [800 * 1024, 1250],
    [2048 * 1024, 1250],
    [1024 * 1024, 125],
  ])('stays, and fills its lines, with values of %d bytes on lines of %d bytes a millisecond', (bytes, bytesPerMs) => {
    for (const seed of SEEDS.slice(0, 3)) {
      const world = new World(registerSubject, {
        seed,
        plan: { ...CALM, clients: 0, line: { bytesPerMs, queueBytes: 64e6 } },
      });
      // A line has one order.
      world.network.faults = { ...world.network.faults, delayMs: 0 };
      while (!world.nodes.some(({ isLeading }) => isLeading)) world.step();
      world.runUntil(world.queue.now + 1000);
      const { leaders } = world.stage.counts;
      const decided = (): number => Math.max(...world.nodes.map(({ learner }) => learner.decidedUpTo));
      const before = decided();
      const lineMs = bytes / bytesPerMs;
      const endsAt = world.queue.now + 12 * lineMs;
      let token = 1_000_000;
      while (world.queue.now < endsAt) {
        world.runUntil(world.queue.now + 10);
        for (const { member, proposer } of world.nodes) {
          if (proposer.role.name !== 'leading') continue;
          const { inFlight, backlog } = proposer.role;
          for (let open = inFlight.size + backlog.length; open < 8; open++) {
            const payload = new Uint8Array(bytes).fill(0x20);
            payload.set(encodeEntries([]));
            token += 1;
            world.happen({ type: 'propose', at: world.queue.now, member, payload, token });
          }
        }
      }
      expect(world.stage.counts.leaders).toBe(leaders);
      // The rest is the way there and back, and the disk.
      expect(decided() - before).toBeGreaterThanOrEqual(11);
    }
  });

  it('is found out when it sends more than its window to one that answers nothing', () => {
    const steps: Partial<typeof SHIPPED_STEPS> = {
      proposer(state, input, now) {
        const step = SHIPPED_STEPS.proposer(state, input, now);
        const accepts = step.messages.filter(({ message }) => message.type === 'accept');
        return { ...step, messages: [...step.messages, ...accepts, ...accepts, ...accepts] };
      },
    };
    expect(() => run({ seed: 1, plan: CROWDED, steps })).toThrow(Violation);
    expect(() => run({ seed: 1, plan: CROWDED, steps })).toThrow(/which has answered none of them/);
  });
});
