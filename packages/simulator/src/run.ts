/** One run of a world: first anything may fail, and only safety is asked; then all is healed, and progress is owed. */

import { DEFAULT_PROPOSER_OPTIONS, nextRandom } from '@parliament/synod';
import { GOOD_NETWORK, type NetworkCounts } from './network.js';
import { Violation } from './oracle.js';
import { World, type WorldCounts, type WorldOptions } from './world.js';

/** What happened in a run without a violation. */
export interface RunResult {
  readonly seed: number;
  /** The same for the same seed, always. */
  readonly hash: number;
  readonly decided: number;
  readonly counts: WorldCounts;
  readonly network: NetworkCounts;
  /** How long a fresh value took after the healing, in virtual milliseconds. */
  readonly healedMs: number;
}

/** How long anything may fail, in virtual milliseconds. */
const FAULTY_MS = 8000;

/** Progress is owed within this time after the healing: ten election timeouts. */
export const HEALING_LIMIT_MS: number = 10 * DEFAULT_PROPOSER_OPTIONS.electionTimeoutMaxMs;

/** Something happens to the world this often, on average, in virtual milliseconds. */
const FAULT_INTERVAL_MS = 150;

/** A client does something this often, on average, in virtual milliseconds. */
const CLIENT_INTERVAL_MS = 20;

/**
 * Runs the world of a seed.
 *
 * @throws Violation when a safety rule is broken, or when no progress is made after the healing.
 */
export function run(options: WorldOptions): RunResult {
  const world = new World(options);
  drawNetwork(world);
  schedule(world, FAULT_INTERVAL_MS, doHarm);
  schedule(world, CLIENT_INTERVAL_MS, beClient);
  world.runUntil(FAULTY_MS);
  const healedMs = heal(world);
  return {
    seed: options.seed,
    hash: world.hash,
    decided: world.oracle.decided.size,
    counts: world.counts,
    network: world.network.counts,
    healedMs,
  };
}

/** Some seeds have a bad network, some a fair one with bad moments. */
function drawNetwork(world: World): void {
  const chance = (highest: number): number => (world.draw(2) === 0 ? 0 : nextRandom(world.random) * highest);
  world.network.faults = {
    loss: chance(0.3),
    duplication: chance(0.3),
    replay: chance(0.05),
    delayMs: 1 + world.draw(40),
    slow: chance(0.1),
  };
}

/** Does something again and again, at random moments of the faulty phase. */
function schedule(world: World, intervalMs: number, action: (world: World) => void): void {
  world.queue.schedule(nextRandom(world.random) * 2 * intervalMs, () => {
    if (world.queue.now >= FAULTY_MS) return;
    action(world);
    schedule(world, intervalMs, action);
  });
}

function doHarm(world: World): void {
  const { nodes, network } = world;
  const victim = world.draw(nodes.length);
  const node = nodes[victim];
  switch (world.draw(6)) {
    case 0:
    case 1:
      if (node?.isUp) {
        node.crash();
        world.counts.crashes += 1;
        world.queue.schedule(world.draw(1500), () => {
          if (!node.isUp) node.restart();
        });
      }
      return;
    case 2: {
      // One way only, one pair only: the partial partitions that defeat many protocols.
      const other = world.draw(nodes.length);
      if (other !== victim) network.cut(victim, other);
      world.counts.cuts += 1;
      return;
    }
    case 3:
      for (const { member } of nodes) {
        if (member === victim) continue;
        network.cut(victim, member);
        network.cut(member, victim);
      }
      world.counts.cuts += 1;
      return;
    case 4:
      network.healAll();
      return;
    case 5:
      drawNetwork(world);
      return;
  }
}

function beClient(world: World): void {
  const member = world.draw(world.nodes.length);
  if (world.draw(3) !== 0) {
    world.propose(member, freshValue(world));
    return;
  }
  // Whoever believes to lead is asked too: one that was deposed and has not heard of it must not answer.
  for (const node of world.nodes) if (node.isLeading || node.member === member) world.read(node.member);
}

function freshValue(world: World): Uint8Array {
  const number = world.counts.proposed + 1;
  return new Uint8Array([number >>> 16, number >>> 8, number]);
}

function heal(world: World): number {
  const { nodes, network, queue } = world;
  network.healAll();
  network.faults = GOOD_NETWORK;
  for (const node of nodes) if (!node.isUp) node.restart();
  const begun = queue.now;
  const required = world.oracle.furthest;
  let isDecided = false;
  const isEverywhere = (): boolean => {
    const { furthest } = world.oracle;
    return furthest > 0 && nodes.every((node) => node.decidedUpTo === furthest);
  };
  while (!isDecided) {
    // Clients insist: what a leader loses is proposed again.
    const value = freshValue(world);
    for (const { member } of nodes) world.propose(member, value);
    world.runUntil(queue.now + 100);
    isDecided = isEverywhere() && (world.oracle.furthest > required || isFull(world));
    if (!isDecided && queue.now - begun > HEALING_LIMIT_MS) {
      const watermarks = nodes.map((node) => node.decidedUpTo).join(', ');
      throw new Violation(`no progress within ${HEALING_LIMIT_MS} ms of the healing; decided up to: ${watermarks}`);
    }
  }
  return queue.now - begun;
}

/** A log with an end may have come to it before. */
function isFull(world: World): boolean {
  return world.nodes.every((node) => node.decidedUpTo >= world.lastSlot);
}
