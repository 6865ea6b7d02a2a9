// Who can come to lead when links are cut: the scenarios of the OmniPaxos paper (Ng, Haridi, Carbone, "Omni-Paxos: Breaking the
// Barriers of Partial Connectivity", EuroSys 2023), and every way in which the links of three members can be cut.
import { describe, expect, it } from '@jest/globals';
import type { MemberId } from '@parliament/synod';
import { CALM } from '../src/world/plan.js';
import { registerSubject } from '../src/world/subject.js';
import { World } from '../src/world/world.js';

/** Four election timeouts, in virtual milliseconds: progress is owed within them. */
const OWED_MS = 4 * 600;

function quietWorld(members: number, seed = 1) {
  const world = new World(registerSubject, { seed, members, plan: CALM });
  world.runUntil(3000);
  return world;
}

type QuietWorld = ReturnType<typeof quietWorld>;

function leaderOf(world: QuietWorld): MemberId {
  const leader = world.nodes.find(({ isLeading }) => isLeading);
  if (leader === undefined) throw new Error('nobody leads');
  return leader.member;
}

function cutBoth(world: QuietWorld, one: MemberId, two: MemberId): void {
  world.network.cut(one, two);
  world.network.cut(two, one);
}

/** Cuts every pair, but for those that are given. */
function leaveOnly(world: QuietWorld, pairs: readonly (readonly [MemberId, MemberId])[]): void {
  world.network.healAll();
  for (const { member: one } of world.nodes) {
    for (const { member: two } of world.nodes) {
      if (one < two && !pairs.some(([left, right]) => left === one && right === two)) cutBoth(world, one, two);
    }
  }
}

/** Whether somebody decides something within what is owed, asked at every member. */
function makesProgress(world: QuietWorld): boolean {
  const before = world.stage.oracle.furthest;
  const until = world.queue.now + OWED_MS;
  while (world.queue.now < until) {
    for (const { member } of world.nodes) world.submit(member, { type: 'open', token: world.draw(2 ** 31) });
    world.runUntil(world.queue.now + 100);
    // Something new, and not only what was on its way when the links were cut.
    if (world.stage.oracle.furthest > before + 3 && world.queue.now > until - OWED_MS / 2) return true;
  }
  return false;
}

describe('progress is made within four election timeouts when', () => {
  it('the leader has lost its quorum, and only one other member is left that is linked to a quorum (quorum loss)', () => {
    const world = quietWorld(5);
    const leader = leaderOf(world);
    const hub = (leader + 1) % 5;
    leaveOnly(
      world,
      world.nodes.map(({ member }) => [Math.min(hub, member), Math.max(hub, member)] as const),
    );
    expect(makesProgress(world)).toBe(true);
    expect(leaderOf(world)).toBe(hub);
  });

  it('the only member that is linked to a quorum is behind (constrained election)', () => {
    const world = quietWorld(5);
    const leader = leaderOf(world);
    const hub = (leader + 1) % 5;
    // The hub misses much while it is cut off; then the leader is, and the hub alone links the rest.
    for (const { member } of world.nodes) if (member !== hub) cutBoth(world, hub, member);
    world.runUntil(world.queue.now + 1000);
    const rest = world.nodes.map(({ member }) => member).filter((member) => member !== leader && member !== hub);
    leaveOnly(
      world,
      rest.map((member) => [Math.min(hub, member), Math.max(hub, member)] as const),
    );
    expect(makesProgress(world)).toBe(true);
    expect(world.nodes.filter(({ isLeading }) => isLeading).map(({ member }) => member)).toContain(hub);
  });

  it('the members are linked as a chain, and the leader stays who it is (chained)', () => {
    const world = quietWorld(3);
    const leader = leaderOf(world);
    const [middle, end] = [(leader + 1) % 3, (leader + 2) % 3];
    cutBoth(world, leader, end);
    const { leaders } = world.stage.counts;
    expect(makesProgress(world)).toBe(true);
    world.runUntil(world.queue.now + 20_000);
    expect(leaderOf(world)).toBe(leader);
    expect(world.stage.counts.leaders).toBe(leaders);
    expect(world.stage.nodes.get(middle)?.isLeading).toBe(false);
  });

  it('any links of three members are cut, in one direction or both, if one is left that is linked to another', () => {
    const links = [0, 1, 2].flatMap((from) => [0, 1, 2].filter((to) => to !== from).map((to) => [from, to] as const));
    let owed = 0;
    for (let cuts = 0; cuts < 2 ** links.length; cuts++) {
      const isCut = (from: number, to: number) =>
        links.some(([left, right], index) => left === from && right === to && (cuts & (1 << index)) !== 0);
      const isLinked = [0, 1, 2].some((one) =>
        [0, 1, 2].some((two) => one !== two && !isCut(one, two) && !isCut(two, one)),
      );
      if (!isLinked) continue;
      owed += 1;
      const world = quietWorld(3, 100 + cuts);
      for (const [from, to] of links) if (isCut(from, to)) world.network.cut(from, to);
      if (!makesProgress(world)) throw new Error(`no progress with the cuts ${cuts}`);
      const { leaders } = world.stage.counts;
      world.runUntil(world.queue.now + 60_000);
      // At most two changes of leader in a minute, however the links stay cut.
      if (world.stage.counts.leaders - leaders > 2) throw new Error(`with the cuts ${cuts} the leader flaps`);
    }
    expect(owed).toBe(37);
  });
});

describe('a working leader', () => {
  it('is not deposed by a member that was cut off and returns', () => {
    const world = quietWorld(3);
    const leader = leaderOf(world);
    const other = (leader + 1) % 3;
    for (const { member } of world.nodes) if (member !== other) cutBoth(world, other, member);
    world.runUntil(world.queue.now + 30_000);
    const { leaders } = world.stage.counts;
    world.network.healAll();
    world.runUntil(world.queue.now + 10_000);
    expect(leaderOf(world)).toBe(leader);
    expect(world.stage.counts.leaders).toBe(leaders);
  });

  it('survives links that flap', () => {
    const world = quietWorld(5);
    const leader = leaderOf(world);
    const { leaders } = world.stage.counts;
    const others = world.nodes.map(({ member }) => member).filter((member) => member !== leader);
    for (let times = 0; times < 100; times++) {
      // Two of the others at a time: a quorum is left to the leader.
      const [one, two] = [others[times % 4] as number, others[(times + 1) % 4] as number];
      for (const flapping of [one, two]) cutBoth(world, leader, flapping);
      world.runUntil(world.queue.now + 150);
      world.network.healAll();
      world.runUntil(world.queue.now + 150);
    }
    expect(world.stage.counts.leaders - leaders).toBeLessThanOrEqual(1);
    expect(makesProgress(world)).toBe(true);
  });
});
