/** What goes wrong in a world, and what its operators do about it. */

import {
  changeOf,
  isPhase1Quorum,
  isPhase2Quorum,
  latest,
  type MemberId,
  nextRandom,
  type RoleName,
} from '@parliament/synod';
import { GOOD_NETWORK } from './network.js';
import { askWrongly, changeMembership, shuffle } from './operators.js';
import type { Fault } from './plan.js';
import { usurp } from './usurpers.js';
import type { World } from './world.js';

/** A change of membership that was asked for is decided, or visible, within this time, in virtual milliseconds. */
const SETTLING_MS = 3000;

type AnyWorld = World<unknown, unknown, unknown, unknown>;

const ROLES: readonly RoleName[] = ['acceptor', 'learner', 'proposer'];

/** Does one of the harms that the world's plan has. */
export function doHarm(world: AnyWorld): void {
  const faults = [...world.plan.faults];
  if (faults.length === 0) return;
  const fault = faults[world.draw(faults.length)] as Fault;
  const { nodes } = world;
  // What happens to whoever leads matters most.
  const leader = world.draw(3) === 0 ? nodes.find(({ isLeading }) => isLeading) : undefined;
  const node = leader ?? nodes[world.draw(nodes.length)];
  if (node !== undefined) harm(world, fault, node.member);
  // Now and then all that is cut is whole again, or nothing would ever be decided.
  if (world.draw(4) === 0) world.network.healAll();
}

/** Draws how bad the network is for a while. */
export function drawNetwork(world: AnyWorld): void {
  const { faults } = world.plan;
  const upTo = (fault: Fault, highest: number): number => {
    if (!faults.has(fault) || world.draw(2) === 0) return 0;
    world.count(fault);
    return nextRandom(world.random) * highest;
  };
  world.network.faults = {
    loss: upTo('loss', 0.3),
    bursts: upTo('bursts', 0.02),
    duplication: upTo('duplication', 0.3),
    replay: upTo('replay', 0.05),
    delayMs: 1 + world.draw(world.draw(3) === 0 ? 4 : 40),
    tail: upTo('tail', 0.2),
    isSkewed: upTo('skew', 1) > 0,
  };
}

function harm(world: AnyWorld, fault: Fault, member: MemberId): void {
  const { network, queue } = world;
  switch (fault) {
    case 'crash':
      world.count(fault);
      world.crash(member, world.draw(1500));
      return;
    case 'crash in write':
      world.count(fault);
      world.crashInWrite(member);
      return;
    case 'crash loop':
      world.count(fault);
      crashAgain(world, member, 2 + world.draw(2));
      return;
    case 'role restart':
      world.count(fault);
      world.restartRoles(member, ROLES[world.draw(ROLES.length)] as RoleName);
      return;
    case 'old words':
      world.count(fault);
      world.repeatOldWords(member);
      return;
    case 'stray command':
      straySubmission(world, member);
      return;
    case 'pause':
      world.count(fault);
      world.pause(member);
      queue.schedule(20 + world.draw(world.draw(4) === 0 ? 3000 : 400), () => world.resume(member));
      return;
    case 'slow sync':
      world.count(fault);
      world.slowDown(member, true);
      queue.schedule(200 + world.draw(2000), () => world.slowDown(member, false));
      return;
    case 'failed sync':
      world.count(fault);
      world.happen({ type: 'fail-sync', at: queue.now, member });
      return;
    case 'full disk':
      world.count(fault);
      world.happen({ type: 'fill', at: queue.now, member, isFull: true });
      queue.schedule(world.draw(2000), () => {
        world.happen({ type: 'fill', at: queue.now, member, isFull: false });
      });
      return;
    case 'bit rot':
    case 'wiped disk':
    case 'old backup':
      loseMemory(world, fault, member);
      return;
    case 'transfer': {
      const leader = world.nodes.find((node) => node.isLeading);
      if (leader === undefined) return;
      world.count(fault);
      world.input(leader.member, (token) => ({ type: 'transfer', to: member, token }));
      return;
    }
    case 'membership':
      changeMembership(world);
      return;
    case 'wrong change':
      askWrongly(world);
      return;
    case 'dead client': {
      // It dies in the middle of something; another one takes its place, and its session expires.
      const client = world.clients[world.draw(world.clients.length)];
      if (client === undefined || world.clients.filter(({ isStopped }) => !isStopped).length < 2) return;
      world.count(fault);
      client.finish();
      return;
    }
    case 'one-way cut':
    case 'isolation':
    case 'partial partition':
    case 'split':
    case 'swizzle':
      cutLinks(world, fault, member);
      return;
    case 'usurpers':
      usurp(world);
      return;
    case 'exile':
      world.count(fault);
      network.exile(member);
      queue.schedule(500 + world.draw(8000), () => network.bringBack(member));
      return;
    case 'late announcement':
      // These come when a slot is decided.
      return;
    default:
      drawNetwork(world);
      network.faults = world.draw(5) === 0 ? GOOD_NETWORK : network.faults;
  }
}

export function cutLinks(world: AnyWorld, fault: Fault, member: MemberId): void {
  const { network, queue } = world;
  const others = world.nodes.map((node) => node.member).filter((other) => other !== member);
  const other = others[world.draw(others.length)];
  if (other === undefined) return;
  world.count(fault);
  if (fault === 'one-way cut') {
    network.cut(member, other);
  } else if (fault === 'partial partition') {
    network.cut(member, other);
    network.cut(other, member);
  } else if (fault === 'isolation') {
    for (const each of others) {
      network.cut(member, each);
      network.cut(each, member);
    }
  } else if (fault === 'split') {
    // Two sides that do not hear each other.
    const isWith = new Map(others.map((each) => [each, world.draw(2) === 0]));
    for (const one of [member, ...others]) {
      for (const two of others) {
        if ((isWith.get(one) ?? true) === isWith.get(two)) continue;
        network.cut(one, two);
        network.cut(two, one);
      }
    }
  } else {
    // Swizzle-clogging, FoundationDB's best finder of bugs: clog one member after the other, unclog in another order.
    const chosen = [member, ...others].filter(() => world.draw(2) === 0);
    let delay = 0;
    const each = (action: (left: MemberId, right: MemberId) => void) => (clogged: MemberId) => {
      delay += world.draw(300);
      queue.schedule(delay, () => {
        for (const node of world.nodes) {
          if (node.member === clogged) continue;
          action(clogged, node.member);
          action(node.member, clogged);
        }
      });
    };
    chosen.forEach(each((left, right) => network.clog(left, right)));
    shuffle(world, chosen).forEach(each((left, right) => network.unclog(left, right)));
  }
}

/** A member's memory goes, if the others can do without it: what more members lose than a quorum can spare is lost. */
function loseMemory(world: AnyWorld, fault: Fault, member: MemberId): void {
  const { stage, queue } = world;
  const node = stage.nodes.get(member);
  if (node === undefined || world.lost.has(member) || !canLose(world, member)) return;
  // One that was a quorum alone at the founding, and comes back empty, founds itself anew: nobody can tell it of the others.
  if (isPhase1Quorum(world.stageOptions.quorums, (founder) => founder === member)) return;
  const at = queue.now;
  if (fault === 'old backup') {
    if (!stage.hasBackup(member)) {
      if (!node.isUp) return;
      world.happen({ type: 'back-up', at, member });
      return;
    }
    // It is noticed by whoever has heard of more; here, by every other one. Who has not could be misled.
    const isPaused = world.nodes.some((other) => other !== node && world.isPaused(other.member));
    if (isPaused || !stage.isNoticeable(member)) return;
  }
  world.count(fault);
  world.lost.add(member);
  world.crash(member, world.draw(1500));
  if (fault === 'wiped disk') world.happen({ type: 'wipe', at, member });
  else if (fault === 'bit rot') world.happen({ type: 'rot', at, member, seed: world.draw(2 ** 31) });
  else {
    world.happen({ type: 'put-back', at, member });
    world.restart(member);
  }
}

/** Whether a change of membership is on its way that nobody knows to be decided: it may count on a member that is lost then. */
function isChanging(world: AnyWorld): boolean {
  if (world.queue.now - world.changedAt < SETTLING_MS) return true;
  // One that went by way of another member may be decided much later, as long as it is in time for its configuration.
  if (world.nodes.every(({ learner }) => latest(learner.history).number <= world.unsettledBase)) return true;
  return world.nodes.some(({ acceptor, proposer: { role } }) => {
    const proposed = role.name === 'leading' ? [...role.inFlight.values(), ...role.backlog] : [];
    const voted = [...acceptor.votes.values()].map(({ value }) => value);
    return [...proposed, ...voted].some((value) => changeOf(value) !== undefined);
  });
}

/** Whether every configuration in sight of anybody has its quorums without `member`, and without those already lost. */
function canLose(world: AnyWorld, member: MemberId): boolean {
  if (isChanging(world)) return false;
  return world.nodes.every((node) =>
    node.learner.history.every(({ voters }) => {
      const isLeft = (voter: MemberId): boolean => voter !== member && !world.lost.has(voter);
      return isPhase1Quorum(voters, isLeft) && isPhase2Quorum(voters, 'classic', isLeft);
    }),
  );
}

/** A member crashes, and again as soon as it is back, so many times. */
function crashAgain(world: AnyWorld, member: MemberId, times: number): void {
  if (times === 0 || world.lost.has(member)) return;
  const backAfterMs = world.draw(100);
  world.crash(member, backAfterMs);
  world.queue.schedule(backAfterMs + world.draw(60), () => crashAgain(world, member, times - 1));
}

/** What a client has sent comes once more, or with a number that is far beyond what a session may be ahead. */
function straySubmission(world: AnyWorld, member: MemberId): void {
  const { entries } = world.memory;
  const entry = entries[world.draw(entries.length)];
  if (entry === undefined) return;
  world.count('stray command');
  if (entry.type === 'run' && world.draw(4) === 0) {
    world.submit(member, { ...entry, number: 1_000_000 + world.draw(1000), acknowledged: 0 });
  } else {
    world.submit(member, entry);
  }
}
