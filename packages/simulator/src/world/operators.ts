/**
 * The operators of a world: they change the membership, one or several members at a time, to any quorum system, at the leader or
 * by way of another member; and they ask for what must be refused.
 */

import {
  addLearner,
  type Configuration,
  governing,
  isPhase1Quorum,
  isPhase2Quorum,
  latest,
  type MemberId,
  majority,
  type QuorumSystem,
  type Reconfiguration,
  reconfigurationValue,
} from '@parliament/synod';
import { drawQuorums, QUORUM_KINDS } from './draw-quorums.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** A world has at most so many members, over all its time. */
export const JOINERS_LIMIT = 12;

/** The id of a member that there is not: whoever adds it waits in vain. */
const GHOST: MemberId = 500;

const VOTERS_LIMIT = 5;

/** An operator changes the membership: it adds learners, gives votes and takes them, and takes those out who are lost. */
export function changeMembership(world: AnyWorld): void {
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  const { history, decidedUpTo } = leader.learner;
  const configuration = latest(history);
  if (governing(history, decidedUpTo + 1) !== configuration) return;
  const change = drawChange(world, configuration);
  if (change === undefined) return;
  world.count('membership');
  world.changedAt = world.queue.now;
  world.input(leader.member, (token) => ({ type: 'reconfigure', change, token }));
}

function drawChange(world: AnyWorld, configuration: Configuration): Reconfiguration | undefined {
  const isFit = (member: MemberId): boolean => !world.lost.has(member);
  const voters = configuration.voters.members;
  const learners = configuration.learners.filter(isFit);
  const joiner = world.nodes.length;
  if (joiner < JOINERS_LIMIT && (learners.length === 0 || world.draw(4) === 0)) return join(world, configuration);
  const isGrowing = voters.every(isFit) && world.draw(3) === 0;
  const pool = isGrowing ? [...voters, ...learners] : shuffle(world, [...voters.filter(isFit), ...learners]);
  const count = isGrowing ? pool.length : Math.max(2, 1 + world.draw(VOTERS_LIMIT));
  const chosen = pool.slice(0, Math.min(count, VOTERS_LIMIT));
  if (chosen.length === 0) return undefined;
  // Who loses its vote goes, or goes on learning.
  const kept = pool.filter((member) => !chosen.includes(member) && world.draw(3) === 0);
  return { base: configuration.number, voters: drawSystem(world, chosen), learners: kept };
}

/** One or two members begin to learn. */
function join(world: AnyWorld, configuration: Configuration): Reconfiguration {
  const count = 1 + world.draw(2);
  const joiners = Array.from({ length: count }, (_, index) => world.nodes.length + index);
  for (const member of joiners) world.start(member);
  const { number, voters, learners } = configuration;
  return { base: number, voters, learners: [...learners.filter((member) => !world.lost.has(member)), ...joiners] };
}

function drawSystem(world: AnyWorld, members: readonly MemberId[]): QuorumSystem {
  const kind = QUORUM_KINDS[world.draw(QUORUM_KINDS.length)] ?? 'majority';
  const system = drawQuorums(kind, members, world.draw);
  const isFit = (member: MemberId): boolean => !world.lost.has(member);
  const isLive = isPhase1Quorum(system, isFit) && isPhase2Quorum(system, 'classic', isFit);
  return isLive ? system : majority(members);
}

/** An operator asks for what must be refused, or for what comes too late. */
export function askWrongly(world: AnyWorld): void {
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  const configuration = latest(leader.learner.history);
  const { number, voters, learners, spent } = configuration;
  const ask = (why: string, isCertain: boolean, change: Reconfiguration): void => {
    world.count('wrong change');
    world.inputWrong(leader.member, why, isCertain, (token) => ({ type: 'reconfigure', change, token }));
  };
  switch (world.draw(6)) {
    case 0:
      ask('is meant for another configuration', false, { base: number - 1, voters, learners });
      return;
    case 1: {
      const [gone] = spent;
      if (gone !== undefined)
        ask('names a spent member', false, { base: number, voters, learners: [...learners, gone] });
      return;
    }
    case 2:
      ask('gives a vote to a stranger', true, withVote(configuration, GHOST + 100));
      return;
    case 3:
      ask('names a member twice', true, {
        base: number,
        voters,
        learners: [...learners, voters.members[0] as MemberId],
      });
      return;
    case 4:
      // Nothing is wrong with the first step: it may be that the member comes up later.
      if (learners.includes(GHOST))
        ask('gives a vote to one that was never heard', true, withVote(configuration, GHOST));
      else if (!spent.includes(GHOST)) addGhost(world, leader.member, configuration);
      return;
    default:
      submitChange(world, configuration);
  }
}

function withVote({ number, voters, learners }: Configuration, member: MemberId): Reconfiguration {
  const system = majority([...voters.members, member]);
  return { base: number, voters: system, learners: learners.filter((learner) => learner !== member) };
}

function addGhost(world: AnyWorld, leader: MemberId, configuration: Configuration): void {
  world.lost.add(GHOST);
  world.changedAt = world.queue.now;
  world.input(leader, (token) => ({ type: 'reconfigure', change: addLearner(configuration, GHOST), token }));
}

/** A change that goes by way of a member that does not lead, and may be decided at any time, or never. */
function submitChange(world: AnyWorld, configuration: Configuration): void {
  const { number, voters, learners } = configuration;
  const node = world.nodes[world.draw(world.nodes.length)];
  if (node === undefined || voters.members.some((member) => world.lost.has(member))) return;
  world.count('wrong change');
  // In time or too late: whoever learns it finds out.
  const base = Math.max(0, number - world.draw(2));
  const value = reconfigurationValue({ base, voters: drawSystem(world, voters.members), learners });
  world.unsettledBase = Math.max(world.unsettledBase, base);
  world.input(node.member, (token) => ({ type: 'propose', value, token }));
}

/** The items in an order that is drawn. */
export function shuffle<Item>(world: AnyWorld, items: readonly Item[]): Item[] {
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = world.draw(index + 1);
    [shuffled[index], shuffled[other]] = [shuffled[other] as Item, shuffled[index] as Item];
  }
  return shuffled;
}
