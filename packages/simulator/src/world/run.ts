/** One run of a world: first anything may fail, and only safety is asked; then all is healed, and progress is owed. */

import { DEFAULT_PROPOSER_OPTIONS, latest, type MemberId, nextRandom, type Value } from '@parliament/synod';
import { checkLinearizable, type Operation, type Specification, Undecided, type Verdict } from '../linearizability.js';
import type { Census } from './census.js';
import type { ClientCounts } from './client.js';
import { doExtra, EXTRA_MS } from './extras.js';
import { cutLinks, doHarm, drawNetwork } from './harm.js';
import type { NetworkCounts } from './network.js';
import { changeMembership } from './operators.js';
import { type Oracle, Violation } from './oracle.js';
import { checkOwed } from './owed.js';
import type { Plan } from './plan.js';
import type { StageCounts, StageEvent } from './stage.js';
import { describeOperation, type Recording, tellOf } from './story.js';
import { type ClientInput, registerSpecification, registerSubject, type Subject, specificationOf } from './subject.js';
import { World, type WorldCounts, type WorldOptions } from './world.js';

/** What happened in a run without a violation. */
export interface RunResult {
  readonly seed: number;
  /** The same for the same seed, always. */
  readonly hash: number;
  readonly decided: number;
  readonly counts: WorldCounts;
  readonly stage: StageCounts;
  readonly network: NetworkCounts;
  readonly clients: ClientCounts;
  readonly oracle: Oracle['counts'];
  readonly membership: Oracle['membership'];
  readonly census: Census;
  /** Operations whose history was checked. */
  readonly checked: number;
  /** How long a fresh command took after the healing, in virtual milliseconds. */
  readonly healedMs: number;
}

/** Progress is owed within this time after the healing: ten election timeouts. */
export const HEALING_LIMIT_MS: number = 10 * DEFAULT_PROPOSER_OPTIONS.electionTimeoutMaxMs;

/**
 * Where members send one another little at a time, each slot that one is behind is given so much time, in milliseconds; and more where
 * they look at their clocks late, for then what has to be asked again is.
 */
const SLOT_MS = 50;
const LATE_SLOT_MS = 250;

/** An operator changes the membership this often, if no other change is on its way. */
const CHANGE_MS = 400;

/** And clients think so many times as long, or they would be faster than who is behind. */
const LEISURE = 10;

/** Runs the world of a seed, about registers. @throws Violation as {@link runWith}. */
export function run(options: WorldOptions): RunResult {
  return runWorld(new World(registerSubject, options), registerSpecification, options);
}

/**
 * Runs the world of a seed about a machine of the user's own. Clients go on until one of them was answered at least: a run in which
 * nothing was checked would prove nothing.
 *
 * @throws Violation when a safety rule is broken, when the history of the clients is not linearizable, or when no progress is
 * made, or no client is answered, after the healing. It tells the seed, and what came to pass (`story`).
 * @example
 * ```ts
 * import { runWith, type Subject } from '@parliament/simulator';
 *
 * const account: Subject<{ balance: number }, { amount: number }, number | 'refused'> = {
 *   machine: {
 *     initial: () => ({ balance: 0 }),
 *     apply(state, { amount }) {
 *       if (state.balance + amount < 0) return 'refused';
 *       state.balance += amount;
 *       return state.balance;
 *     },
 *     snapshot: (state) => [new TextEncoder().encode(JSON.stringify(state))],
 *     restore: (chunks) => JSON.parse(Buffer.concat([...chunks]).toString()),
 *   },
 *   command: (draw) => ({ amount: draw(20) - 8 }),
 * };
 * const { decided, checked } = runWith(account, { seed: 1, plan: { faultyMs: 2000 } });
 * console.log(`${decided} slots decided, ${checked} operations linearizable`);
 * ```
 */
export function runWith<State, Command, Reply, Query>(
  subject: Subject<State, Command, Reply, Query>,
  options: WorldOptions,
): RunResult {
  const specification = specificationOf(subject);
  try {
    return runWorld(new World(subject, options), specification, options, true);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw tellOf(error, options.seed, () => recordingOf(new World(subject, options, true), specification, options));
  }
}

function recordingOf<State, Command, Reply, Query, Model>(
  world: World<State, Command, Reply, Query>,
  specification: Specification<Model, ClientInput<Command, Query>, unknown>,
  options: WorldOptions,
): Recording<State, Command, Reply> {
  const { stage, stageOptions } = world;
  try {
    runWorld(world, specification, options, true);
  } catch (violation) {
    if (!(violation instanceof Violation)) throw violation;
    return { violation, trace: stage.trace ?? [], stageOptions };
  }
  return { violation: undefined, trace: stage.trace ?? [], stageOptions };
}

/** Runs the world of a seed, and gives what happened to its members up to the end or the violation. */
export function record(options: WorldOptions): {
  readonly world: World<unknown, unknown, unknown, unknown>;
  readonly trace: readonly StageEvent[];
  readonly violation: Violation | undefined;
} {
  const world = new World(registerSubject, options, true);
  let violation: Violation | undefined;
  try {
    runWorld(world, registerSpecification, options);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  return {
    world: world as unknown as World<unknown, unknown, unknown, unknown>,
    trace: world.stage.trace ?? [],
    violation,
  };
}

function runWorld<State, Command, Reply, Query, Model>(
  world: World<State, Command, Reply, Query>,
  specification: Specification<Model, ClientInput<Command, Query>, unknown>,
  options: WorldOptions,
  isAnswerOwed = false,
): RunResult {
  const { faultyMs, harmMs } = world.plan;
  const any = world as unknown as World<unknown, unknown, unknown, unknown>;
  drawNetwork(any);
  again(world, harmMs, faultyMs, () => doHarm(any));
  again(world, harmMs * 8, faultyMs, () => drawNetwork(any));
  // Beside all that is wrong: the more often the members change, the more often it happens in the middle of something.
  if (world.plan.faults.has('membership')) again(world, CHANGE_MS, faultyMs, () => changeInTrouble(any));
  for (const fault of world.plan.extras ?? []) again(world, EXTRA_MS[fault], faultyMs, () => doExtra(any, fault));
  again(world, 200, faultyMs, () => checkBounds(world));
  again(world, 300, faultyMs, () => world.expireSessions());
  world.runUntil(faultyMs);
  const healedMs = heal(world);
  if (isAnswerOwed) awaitAnswer(world);
  for (const client of world.clients) client.finish();
  // One whose log has an end may not have room for more.
  const isEndless = world.stageOptions.proposer.lastSlot === undefined;
  if (isEndless && (world.plan.isIdleOwed ?? options.seed % 4 === 1)) checkOwed(any, owedMs(any));
  const checked = checkHistory(world, specification);
  return {
    seed: options.seed,
    hash: world.hash,
    decided: world.stage.oracle.furthest,
    counts: world.counts,
    stage: world.stage.counts,
    network: world.network.counts,
    clients: sumClients(world),
    oracle: world.stage.oracle.counts,
    membership: world.stage.oracle.membership,
    census: world.stage.census,
    checked,
    healedMs,
  };
}

/** Does something again and again, at random moments until a time. */
function again<State, Command, Reply, Query>(
  world: World<State, Command, Reply, Query>,
  everyMs: number,
  untilMs: number,
  action: () => void,
): void {
  world.queue.schedule(nextRandom(world.random) * 2 * everyMs, () => {
    if (world.queue.now >= untilMs) return;
    action();
    again(world, everyMs, untilMs, action);
  });
}

/** An operator changes the membership, and soon after that the members are split. */
function changeInTrouble(world: World<unknown, unknown, unknown, unknown>): void {
  changeMembership(world);
  if (!world.plan.faults.has('split') || world.draw(2) === 0) return;
  world.queue.schedule(world.draw(200), () => {
    const member = world.nodes[world.draw(world.nodes.length)]?.member;
    if (member !== undefined && world.queue.now < world.plan.faultyMs) cutLinks(world, 'split', member);
  });
}

function heal<State, Command, Reply, Query>(world: World<State, Command, Reply, Query>): number {
  const { network, queue, stage } = world;
  network.mend();
  world.resumeAll();
  world.upgradeAll();
  for (const { member } of world.nodes) {
    world.happen({ type: 'fill', at: queue.now, member, isFull: false });
    world.restart(member);
  }
  const begun = queue.now;
  const required = stage.oracle.furthest;
  const isSlow = Object.keys(world.plan.learnerSizes).length > 0 || world.plan.line !== undefined;
  if (isSlow) for (const client of world.clients) client.leisure = LEISURE;
  const least = Math.min(...world.nodes.filter(({ isUp }) => isUp).map(({ learner }) => learner.decidedUpTo));
  const limitMs =
    healingMs(world.plan) +
    (isSlow ? (world.plan.ticks === 'steady' ? SLOT_MS : LATE_SLOT_MS) * (required - least) : 0);
  const { lastSlot } = { ...DEFAULT_PROPOSER_OPTIONS, ...world.stageOptions.proposer };
  // What the members are is decided too: whoever is one, as the furthest of them knows, and has not lost its memory.
  const isDone = (): boolean => {
    const { furthest } = stage.oracle;
    const isFresh = furthest > required || furthest >= lastSlot;
    const known = world.nodes.find((node) => node.learner.decidedUpTo === furthest);
    if (!isFresh || known === undefined) return false;
    // Told here, and not by `everyone`: that is part of what is under test.
    const { voters, learners } = latest(known.learner.history);
    const members = [...voters.members, ...learners].filter((member) => !world.lost.has(member));
    return members.every((member) => (stage.nodes.get(member)?.learner.decidedUpTo ?? 0) >= required);
  };
  while (!isDone()) {
    // Clients insist: what a leader loses is proposed again.
    for (const member of world.voters()) world.submit(member, { type: 'open', token: 1 + world.draw(2 ** 31) });
    world.runUntil(queue.now + 100);
    if (queue.now - begun > limitMs) {
      const told = world.nodes.map((node) => {
        const { learner, proposer } = node;
        const voters = latest(learner.history).voters.members.join('+');
        const state = world.lost.has(node.member) ? 'lost' : node.isUp ? proposer.role.name : 'down';
        return `member ${node.member} ${state} at slot ${learner.decidedUpTo} of voters ${voters}`;
      });
      throw new Violation(`no progress within ${limitMs} ms of the healing, from slot ${required}: ${told.join('; ')}`);
    }
  }
  return queue.now - begun;
}

/**
 * Who asks again too soon, where syncs are slow or much waits before it, never hears the answer: clients wait twice as long, again and
 * again, from this time on (in virtual milliseconds) up to that.
 */
const PATIENT_MS = 5000;
const MOST_PATIENT_MS = 10_000_000;

/** Lets clients go on until one has been answered. */
function awaitAnswer<State, Command, Reply, Query>(world: World<State, Command, Reply, Query>): void {
  const { queue, clients, stage, stageOptions } = world;
  const isAnswered = (): boolean =>
    clients.some(({ history }) =>
      history.some(
        ({ operation }) =>
          operation.returnedAt !== undefined && (stageOptions.leasesHold || operation.input.type === 'command'),
      ),
    );
  const begun = queue.now;
  for (let waitedMs = PATIENT_MS; !isAnswered(); waitedMs *= 2) {
    const isAtEnd = stage.oracle.furthest >= (stageOptions.proposer.lastSlot ?? Number.POSITIVE_INFINITY);
    if (clients.length === 0 || isAtEnd || waitedMs > MOST_PATIENT_MS) {
      const cause = isAtEnd ? 'the log is at its end' : `there are ${clients.length} clients, and all wait`;
      const story = clients.map(({ counts }, client) => `client ${client}: ${JSON.stringify(counts)}`);
      throw new Violation(`no client was answered, so that nothing was checked: ${cause}`, { story });
    }
    for (const client of clients) client.patience = waitedMs / PATIENT_MS;
    while (!isAnswered() && queue.now - begun < waitedMs) world.runUntil(queue.now + 100);
  }
}

/** What is owed where nobody proposes anything may have to wait for alpha no-ops. */
function owedMs({ plan, stageOptions }: World<unknown, unknown, unknown, unknown>): number {
  const slotMs = (plan.ticks === 'steady' ? SLOT_MS : LATE_SLOT_MS) + 2 * plan.syncMs;
  return healingMs(plan) + slotMs * stageOptions.alpha;
}

/** So many syncs an election may take, with some that come to nothing, and a decision after it. */
const SYNCS = 30;

function healingMs({ syncMs }: Plan): number {
  return HEALING_LIMIT_MS + SYNCS * syncMs;
}

/** O12: nothing grows without bound. */
function checkBounds<State, Command, Reply, Query>(world: World<State, Command, Reply, Query>): void {
  const { alpha } = world.stageOptions;
  for (const { member, proposer, learner, acceptor } of world.nodes) {
    const { role } = proposer;
    if (role.name === 'leading' && role.inFlight.size > alpha) {
      throw new Violation(`member ${member} has ${role.inFlight.size} slots in flight; alpha is ${alpha}`);
    }
    if (role.name === 'leading') checkPipeline(member, [...role.inFlight.values()], proposer.options.pipelineBytes);
    // What follows a snapshot that another member is fetching is kept for it, and what one answer brings comes at once.
    const lentSlots = Math.max(0, ...learner.lent.map(({ snapshot }) => learner.decidedUpTo - snapshot.slot));
    const keptSlots = world.plan.tailSlots + lentSlots + 2 * world.plan.snapshotSlots + learner.sizes.replySlots + 2000;
    if (learner.snapshot !== undefined && learner.decided.size > keptSlots) {
      throw new Violation(`member ${member} keeps ${learner.decided.size} decided values beside a snapshot`);
    }
    // Who stands still at a decree that it cannot read votes on, and keeps that.
    if (acceptor.votes.size > 2 * alpha + 2000 && !learner.isHalted) {
      throw new Violation(`member ${member} keeps ${acceptor.votes.size} votes in slots that are not decided`);
    }
  }
}

/** But for the last one, what a leader has on its way fits. */
function checkPipeline(member: MemberId, values: readonly Value[], pipelineBytes: number): void {
  const bytes = values.slice(0, -1).reduce((sum, value) => sum + value.length, 0);
  if (bytes < Math.max(1, pipelineBytes)) return;
  throw new Violation(
    `member ${member} has ${bytes} bytes on their way beside its last proposal; at most ${pipelineBytes}`,
  );
}

/** O7: there is an order of all that clients were told in which a single machine would have told them the same. */
function checkHistory<State, Command, Reply, Query, Model>(
  world: World<State, Command, Reply, Query>,
  specification: Specification<Model, ClientInput<Command, Query>, unknown>,
): number {
  const { oracle } = world.stage;
  const told = [...world.clients.flatMap((client) => client.history), ...world.careless];
  const history = told.map(({ operation, placed }) => {
    const place = 'slot' in placed ? oracle.placeOfRead(placed.slot) : oracle.placeOf(placed.session, placed.number);
    if (place === undefined) return operation;
    const { client, input, output, calledAt, returnedAt } = operation;
    return returnedAt === undefined
      ? { client, input, calledAt, place }
      : { client, input, output, calledAt, returnedAt, place };
  });
  // Beyond the clocks' bound a read on a lease may be stale, and must be, or the bound proves nothing.
  const asked = world.stageOptions.leasesHold ? history : history.filter(({ input }) => input.type === 'command');
  const verdict = verdictOf(specification, asked);
  if (verdict.linearizable) return asked.length;
  const blocked = verdict.blocked.slice(0, 3).map((operation) => JSON.stringify(operation));
  const last = verdict.longest.slice(-3).map((operation) => JSON.stringify(operation));
  const about = verdict.key === undefined ? '' : ` about key ${verdict.key}`;
  throw new Violation(
    `what clients were told${about} is not linearizable: after ${last.join(', ')} none of ${blocked.join(', ')} fits`,
    { story: [...verdict.longest, ...verdict.blocked].map(describeOperation) },
  );
}

/** Where the order of the log does not explain what clients were told, and too many others could, that is said; it is no proof. */
function verdictOf<Model, Input>(
  specification: Specification<Model, Input, unknown>,
  history: readonly Operation<Input, unknown>[],
): Verdict<Input, unknown> {
  try {
    return checkLinearizable(specification, history);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    const about = error.key === undefined ? '' : ` about key ${error.key}`;
    const told = `what clients were told${about} is not what the order of the log gives`;
    const story = history.map(describeOperation);
    throw new Violation(`${told}, and there are more orders than ${error.visited} states show`, { story });
  }
}

function sumClients<State, Command, Reply, Query>(world: World<State, Command, Reply, Query>): ClientCounts {
  const sum: ClientCounts = { commands: 0, retries: 0, unknown: 0, reads: 0, sessions: 0, expired: 0, pipelined: 0 };
  for (const { counts } of world.clients) {
    for (const name of Object.keys(sum) as (keyof ClientCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
