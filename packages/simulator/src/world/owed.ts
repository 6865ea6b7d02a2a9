/**
 * What is owed where nobody proposes anything: a new leader answers reads, and a change of membership comes to govern. Leaders have to
 * put no-ops into the log of themselves for either. And what a full disk has left out is written, and acceptors hear of it.
 */

import { latest, type MemberId } from '@parliament/synod';
import { LogDisk } from './log-disk.js';
import { Violation } from './violation.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** How often somebody asks, in virtual milliseconds. */
const ASK_MS = 100;

/** The members are healed, and their clients have gone. `limitMs`: each of them is owed within this time. */
export function checkOwed(world: AnyWorld, limitMs: number): void {
  for (const node of world.nodes) if (node.isLeading) world.crash(node.member, ASK_MS);
  // What was asked before is answered by now, or never.
  world.runUntil(world.queue.now + 2 * ASK_MS);
  const { counts, oracle } = world.stage;
  const { readsMarked } = counts;
  waitFor(world, limitMs, 'no read is answered', () => counts.readsMarked > readsMarked, askAll);
  const { constitution } = oracle.box;
  const before = constitution.governing(Number.POSITIVE_INFINITY).number;
  const governs = (): boolean => constitution.governing(oracle.box.chosenUpTo + 1).number > before;
  waitFor(world, limitMs, 'no change of membership governs', governs, (any) => changeNothing(any, before));
  decideOnFullDisk(world);
  // Votes that an acceptor keeps for nothing take the room of those that it is asked for.
  const isTold = (): boolean =>
    world.nodes.every(({ isUp, acceptor, learner }) => !isUp || acceptor.decidedUpTo === learner.decidedUpTo);
  waitFor(world, limitMs, 'an acceptor does not hear that what is decided is on disk', isTold, () => {});
}

/** Something is decided while the disk of a follower is full. */
function decideOnFullDisk(world: AnyWorld): void {
  const { queue } = world;
  const follower = world.nodes.find((node) => node.isUp && !node.isLeading && node.disk instanceof LogDisk);
  const leader = world.nodes.find((node) => node.isLeading);
  if (follower === undefined || leader === undefined) return;
  const { member } = follower;
  world.happen({ type: 'fill', at: queue.now, member, isFull: true });
  world.submit(leader.member, { type: 'open', token: 1 + world.draw(2 ** 31) });
  world.runUntil(queue.now + 2 * ASK_MS);
  world.happen({ type: 'fill', at: queue.now, member, isFull: false });
}

function waitFor(
  world: AnyWorld,
  limitMs: number,
  what: string,
  isDone: () => boolean,
  ask: (world: AnyWorld) => void,
): void {
  const begun = world.queue.now;
  while (!isDone()) {
    ask(world);
    world.runUntil(world.queue.now + ASK_MS);
    if (world.queue.now - begun > limitMs)
      throw new Violation(`${what} within ${limitMs} ms where nobody proposes anything`);
  }
}

function askAll(world: AnyWorld): void {
  const voters: readonly MemberId[] = world.voters();
  for (const member of voters) world.input(member, (token) => ({ type: 'ask-mark', token }));
}

/** A change to the same voters and learners: one all the same. */
function changeNothing(world: AnyWorld, before: number): void {
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  const { number, voters, learners } = latest(leader.learner.history);
  if (number !== before) return;
  const change = { base: number, voters, learners };
  world.input(leader.member, (token) => ({ type: 'reconfigure', change, token }));
}
