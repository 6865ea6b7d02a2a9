/**
 * Leaders that follow one another so fast that each reaches but a few with what it proposes, and the first may still believe that it
 * leads when the third has it decided: what Paxos is made for, and what chance alone brings about once in a million worlds.
 */

import type { MemberId } from '@parliament/synod';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** Others are watched for a new leader this often, and so long, in virtual milliseconds. */
const WATCH_MS = 3;
const PATIENCE_MS = 2000;

/** At most so many leaders have this happen to them, one after the other. */
const DEPTH = 2;

/** Lets whoever leads be heard by a few only, until others have elected another one; and so on. */
export function usurp(world: AnyWorld): void {
  const first = leaderAbove(world, 0);
  if (first === undefined) return;
  world.count('usurpers');
  const others = world.nodes.map((node) => node.member).filter((member) => member !== first.member);
  const few = new Set(others.filter(() => world.draw(others.length) === 0));
  const [one] = others.length === 0 ? [] : [others[world.draw(others.length)] as MemberId];
  if (few.size === 0 && one !== undefined) few.add(one);
  isolate(world, first, few, 0, []);
}

interface Leader {
  readonly member: MemberId;
  readonly ballot: number;
}

function isolate(
  world: AnyWorld,
  leader: Leader,
  few: ReadonlySet<MemberId>,
  depth: number,
  ends: (() => void)[],
): void {
  const { network } = world;
  // It proposes, and says that it leads, to the few, and nobody tells it that another one does; …
  ends.push(
    network.filter(({ from, to, message: { type } }) => {
      if (from === leader.member) return !few.has(to) && (type === 'accept' || type === 'heartbeat');
      return to === leader.member && (type === 'heartbeat' || type === 'nack');
    }),
  );
  // … nor do they hear of who wants to lead next.
  const open = network.filter(({ from, to, message: { type } }) => {
    return type === 'prepare' && from !== leader.member && (few.has(to) || to === leader.member);
  });
  ends.push(open);
  for (const member of few) slowDown(world, member, ends);
  world.queue.schedule(10 + world.draw(60), () => {
    if (depth > 0 && world.draw(2) === 0) world.crash(leader.member, 500 + world.draw(1500));
    else world.pause(leader.member);
    watch(world, leader, few, depth, ends);
  });
}

/** Waits for the next one. */
function watch(
  world: AnyWorld,
  leader: Leader,
  few: ReadonlySet<MemberId>,
  depth: number,
  ends: (() => void)[],
  since: number = world.queue.now,
): void {
  const isOver = world.queue.now - since > PATIENCE_MS || world.queue.now >= world.plan.faultyMs;
  const next = leaderAbove(world, leader.ballot);
  if (!isOver && next === undefined) {
    world.queue.schedule(WATCH_MS, () => watch(world, leader, few, depth, ends, since));
  } else if (!isOver && next !== undefined && depth + 1 < DEPTH) {
    isolate(world, next, few, depth + 1, ends);
    // Whoever comes after that one may ask the first for its promise, which wakes up and knows of nothing.
    world.queue.schedule(world.draw(100), () => {
      for (const end of ends.splice(1, 1)) end();
      awake(world, leader.member, next.ballot);
    });
  } else {
    world.queue.schedule(world.draw(300), () => {
      for (const end of ends) end();
      world.resume(leader.member);
    });
  }
}

/** A member goes on as soon as somebody prepares a ballot above this one, or after a while. */
function awake(world: AnyWorld, member: MemberId, ballot: number, since: number = world.queue.now): void {
  const isDue = world.nodes.some(({ proposer: { role } }) => role.name === 'preparing' && role.ballot > ballot);
  if (isDue || world.queue.now - since > PATIENCE_MS) world.resume(member);
  else world.queue.schedule(WATCH_MS, () => awake(world, member, ballot, since));
}

function slowDown(world: AnyWorld, member: MemberId, ends: (() => void)[]): void {
  world.slowDown(member, true);
  ends.push(() => world.slowDown(member, false));
}

function leaderAbove(world: AnyWorld, ballot: number): Leader | undefined {
  let highest: Leader | undefined;
  for (const { member, isLeading, proposer } of world.nodes) {
    const { role } = proposer;
    if (!isLeading || role.name !== 'leading' || role.ballot <= (highest?.ballot ?? ballot)) continue;
    highest = { member, ballot: role.ballot };
  }
  return highest;
}
