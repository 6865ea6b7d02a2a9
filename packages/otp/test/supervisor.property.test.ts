import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ChildSpec,
  call,
  childReference,
  dispatch,
  exit,
  mayBeAlive,
  type Reference,
  type Supervisor,
  type SupervisorSpec,
  startSupervisor,
  supervisorAt,
} from '../src/index.js';
import { type End, type LeafPlan, Model, type TreePlan } from './otp-model.js';
import { PROPERTY_LIMIT_MS, scribe, systemsOfThisFile, timesOf, turns } from './support.js';

const newSystem = systemsOfThisFile();

const TREES = timesOf(10_000);

const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one'] as const;
const RESTARTS = ['permanent', 'transient', 'temporary'] as const;
const AUTO_SHUTDOWNS = ['never', 'any_significant', 'all_significant'] as const;

/** What one number out of many decides. */
type Draw = () => number;

/** A plan from a stream of numbers: what does not go together does not come together. */
function planOf(draw: Draw, id: string, depth: number, mayBeSignificant: boolean): LeafPlan | TreePlan {
  const restart = RESTARTS[draw() % 3] ?? 'permanent';
  const common = { id, restart, significant: mayBeSignificant && restart !== 'permanent' && draw() % 2 === 0 };
  return depth > 0 && draw() % 3 === 0 ? treeOf(draw, common, depth) : common;
}

function treeOf(draw: Draw, common: LeafPlan, depth: number): TreePlan {
  const autoShutdown = AUTO_SHUTDOWNS[Math.max(0, (draw() % 5) - 2)] ?? 'never';
  const count = 1 + (draw() % 4);
  return {
    ...common,
    strategy: STRATEGIES[draw() % 3] ?? 'one_for_one',
    intensity: draw() % 5,
    autoShutdown,
    children: Array.from({ length: count }, (_, index) =>
      planOf(draw, `${common.id}${index}`, depth - 1, autoShutdown !== 'never'),
    ),
  };
}

function specOf(plan: TreePlan, log: string[]): SupervisorSpec {
  const { strategy, intensity, autoShutdown } = plan;
  const children = plan.children.map((child): ChildSpec => {
    const { id, restart, significant } = child;
    const common = { id, restart, significant };
    return 'children' in child ? { ...common, supervisor: specOf(child, log) } : { ...common, start: scribe(log, id) };
  });
  return { strategy, intensity, autoShutdown, periodMs: 3_600_000, children };
}

function referenceOf(root: Reference, path: readonly string[]): Reference {
  return path.reduce<Reference>((parent, id) => childReference(parent, id), root);
}

/** What each supervisor that runs says of its children. */
function summaryOf(supervisor: Supervisor): unknown {
  return supervisor.whichChildren().map(({ id, state, reference }) => {
    const below = state === 'running' ? supervisorAt(reference) : undefined;
    return [id, state, below === undefined ? [] : summaryOf(below)];
  });
}

/** Long enough for all that follows from one end: nothing in it waits for more than turns of the event loop. */
const TURNS_OF_A_STEP = 400;

const ORDERS = ['boom', 'reject', 'exit', 'exit shutdown', 'kill', 'terminate', 'restart', 'delete'] as const;
const ENDS: Readonly<Record<string, End>> = {
  boom: 'crash',
  reject: 'crash',
  exit: 'normal',
  'exit shutdown': 'shutdown',
  kill: 'killed',
};

describe('a tree of supervisors under random ends', () => {
  it(
    "is left with what OTP's rules say, stopped and started in the order that they say, and loses no message that it must not",
    async () => {
      const system = newSystem();
      let run = 0;
      const happened = new Map<string, number>();
      const count = (what: string): void => void happened.set(what, (happened.get(what) ?? 0) + 1);

      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat({ max: 1000 }), { minLength: 30, maxLength: 30 }),
          fc.array(fc.tuple(fc.constantFrom(...ORDERS), fc.nat({ max: 1000 }), fc.nat({ max: 3 })), { maxLength: 6 }),
          async (numbers, steps) => {
            run += 1;
            let at = 0;
            const draw = (): number => {
              at += 1;
              return numbers[at % numbers.length] as number;
            };
            const plan = treeOf(draw, { id: 'c', restart: 'permanent', significant: false }, 2);
            const model = new Model(plan);
            const log: string[] = [];
            const supervisor = await startSupervisor(system, `run-${run}`, specOf(plan, log));
            for (const [order, which, inFlight] of steps) {
              await step(supervisor, model, order, which, inFlight, count);
              for (let turn = 0; turn < TURNS_OF_A_STEP && log.length < model.log.length; turn += 1) await turns(1);
              await turns(3);
              expect(log).toEqual(model.log);
              if (!model.root.running) break;
              expect(summaryOf(supervisor)).toEqual(model.summary());
            }
            expect(mayBeAlive(supervisor.ref)).toBe(model.root.running);
            count(model.root.running ? 'survived' : 'gave up');
            await supervisor.shutdown();
            const { how } = await supervisor.finished;
            expect(how === 'told').toBe(model.root.running);
            count(how);
          },
        ),
        { numRuns: TREES },
      );
      // Not vacuous: everything happened, in one of two hundred trees at least.
      const kinds = [...ORDERS, 'survived', 'gave up', 'intensity', 'auto-shutdown', 'answered', 'lost with its actor'];
      for (const what of kinds) expect([what, (happened.get(what) ?? 0) > TREES / 200]).toEqual([what, true]);
    },
    PROPERTY_LIMIT_MS,
  );
});

/** One thing happens, with messages in flight around it: those before it are answered, those after it fail at once. */
async function step(
  supervisor: Supervisor,
  model: Model,
  order: (typeof ORDERS)[number],
  which: number,
  inFlight: number,
  count: (what: string) => void,
): Promise<void> {
  const leaves = model.leaves();
  if (order === 'restart' || order === 'delete') {
    const stopped = model.root.children.filter(({ running }) => !running);
    const node = stopped[which % Math.max(1, stopped.length)];
    if (node === undefined) return;
    count(order);
    model[order](node);
    if (order === 'restart') await supervisor.restartChild(node.plan.id);
    else await supervisor.deleteChild(node.plan.id);
    return;
  }
  if (order === 'terminate') {
    const running = model.root.children.filter((child) => child.running);
    const node = running[which % Math.max(1, running.length)];
    if (node === undefined) return;
    count(order);
    model.terminate(node);
    await supervisor.terminateChild(node.plan.id);
    return;
  }
  const leaf = leaves[which % Math.max(1, leaves.length)];
  if (leaf === undefined) return;
  count(order);
  const actor = referenceOf(supervisor.ref, leaf.path);
  const settings = { timeoutMs: 60_000 };
  const before = Array.from({ length: inFlight }, () => call(actor, 'echo', settings));
  if (order === 'kill') {
    // It comes before what waits: in Erlang, too, a signal that ends the receiver leaves its mailbox unread.
    exit(actor, 'kill');
    for (const lost of before) {
      await expect(lost).rejects.toMatchObject({ code: 'exit', reason: 'killed' });
      count('lost with its actor');
    }
  } else {
    dispatch(actor, order);
    const after = Array.from({ length: inFlight }, () => call(actor, 'echo', settings).catch((error) => error.code));
    for (const reply of before) {
      expect(typeof (await reply)).toBe('number');
      count('answered');
    }
    for (const code of await Promise.all(after)) {
      expect(code).toBe('exit');
      count('lost with its actor');
    }
  }
  model.take(leaf.node, ENDS[order] as End);
}
