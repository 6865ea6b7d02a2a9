/**
 * Operators that change the membership as a command line would: one member at a time, by the functions that the protocol has for it.
 * They also ask for what these refuse, ask members that do not lead, and ask for changes that nobody can read.
 */

import {
  addLearner,
  type Configuration,
  governing,
  isPhase1Quorum,
  isPhase2Quorum,
  isVoter,
  latest,
  type MemberId,
  promote,
  type QuorumSystem,
  type Reconfiguration,
  remove,
  replace,
  type Value,
  weighted,
} from '@parliament/synod';
import { drawQuorums, QUORUM_KINDS } from './draw-quorums.js';
import { JOINERS_LIMIT } from './operators.js';
import type { Draw } from './subject.js';
import { Violation } from './violation.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;

/** Asks for one of them. */
export function changeByHand(world: AnyWorld): void {
  const leader = world.nodes.find((node) => node.isLeading);
  if (leader === undefined) return;
  const configuration = latest(leader.learner.history);
  switch (world.draw(6)) {
    case 0:
      askUnreadable(world, configuration);
      return;
    case 1:
      askWhoDoesNotLead(world, configuration);
      return;
    case 2:
      checkRefusals(configuration);
      // Twice at once: the second one finds the first under way, if there is something to wait for.
      for (const member of twice(world, configuration)) {
        world.input(leader.member, (token) => ({ type: 'transfer', to: member, token }));
      }
      return;
    default: {
      if (governing(leader.learner.history, leader.learner.decidedUpTo + 1) !== configuration) return;
      const change = drawStep(world, configuration);
      if (change === undefined || !isLive(world, change.voters)) return;
      world.count('change by hand');
      world.changedAt = world.queue.now;
      world.input(leader.member, (token) => ({ type: 'reconfigure', change, token }));
    }
  }
}

/** One member is added, given a vote, taken out, or put in the place of another. */
function drawStep(world: AnyWorld, configuration: Configuration): Reconfiguration | undefined {
  const { voters, learners } = configuration;
  const learner = oneOf(
    world,
    learners.filter((member) => !world.lost.has(member)),
  );
  const voter = oneOf(world, voters.members);
  if (learner === undefined || world.draw(6) === 0) {
    if (learner !== undefined && world.draw(2) === 0) return remove(configuration, learner);
    const joiner = world.nodes.length;
    if (joiner >= JOINERS_LIMIT) return undefined;
    world.start(joiner);
    return addLearner(configuration, joiner);
  }
  switch (world.draw(4)) {
    case 0:
      return promote(configuration, [learner], systemFor(world, voters, [...voters.members, learner]));
    case 1:
    case 2:
      return voter === undefined ? undefined : replace(configuration, voter, learner);
    default: {
      const rest = voters.members.filter((member) => member !== voter);
      if (voter === undefined || rest.length === 0) return undefined;
      return remove(configuration, voter, systemFor(world, voters, rest));
    }
  }
}

/** Majorities stay what they are, unless somebody says otherwise; others must be told. */
function systemFor(world: AnyWorld, { kind }: QuorumSystem, members: readonly MemberId[]): QuorumSystem | undefined {
  if (kind === 'majority' && world.draw(2) === 0) return undefined;
  if (world.draw(3) === 0) return weighted(Object.fromEntries(members.map((member) => [member, 1 + world.draw(3)])));
  return drawQuorums(QUORUM_KINDS[world.draw(QUORUM_KINDS.length)] ?? 'majority', members, world.draw);
}

function isLive(world: AnyWorld, voters: QuorumSystem): boolean {
  const isFit = (member: MemberId): boolean => !world.lost.has(member);
  return isPhase1Quorum(voters, isFit) && isPhase2Quorum(voters, 'classic', isFit);
}

/** Whoever does not lead says so. */
function askWhoDoesNotLead(world: AnyWorld, configuration: Configuration): void {
  const follower = oneOf(
    world,
    world.nodes.filter((node) => node.isUp && !node.isLeading),
  );
  if (follower === undefined) return;
  const { number: base, voters, learners } = configuration;
  const why = 'is asked of a member that does not lead';
  world.inputWrong(follower.member, why, true, (token) => {
    if (token % 2 === 0) return { type: 'transfer', to: follower.member, token };
    return { type: 'reconfigure', change: { base, voters, learners }, token };
  });
}

/** What the functions themselves refuse. */
function checkRefusals(configuration: Configuration): void {
  const { voters } = configuration;
  const [first] = voters.members;
  if (first === undefined) return;
  const stranger = 1000;
  mustRefuse('replaces a member that does not vote', () => replace(configuration, stranger, first));
  if (voters.members.length > 1 && voters.kind !== 'majority') {
    mustRefuse('does not say which quorums are left', () => remove(configuration, first));
  }
  if (voters.members.length === 1) mustRefuse('removes the last voter', () => remove(configuration, first));
  if (isVoter(configuration, stranger)) throw new Violation(`member ${stranger} votes, and there is none`);
}

function mustRefuse(what: string, make: () => Reconfiguration): void {
  try {
    make();
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  throw new Violation(`a change of membership is made that ${what}`);
}

/** Changes of membership that are none: by the voters, the learners, or the number that they have. */
const UNREADABLE: readonly ((voters: QuorumSystem, base: number) => object)[] = [
  (voters) => ({ base: 0.5, voters, learners: [] }),
  (voters, base) => ({ base, voters, learners: 'none' }),
  (_, base) => ({ base, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'lottery', members: [0] }, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'majority', members: [] }, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'majority', members: [0, -1] }, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'majority', members: [0, 0] }, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'flexible', members: [0, 1], phase1: 1, phase2: 1 }, learners: [] }),
  (_, base) => ({ base, voters: { kind: 'flexible', members: [0, 1], phase1: 0, phase2: 2 }, learners: [] }),
  (_, base) => ({
    base,
    voters: { kind: 'weighted', members: [0, 1], weights: [1], phase1: 1, phase2: 1 },
    learners: [],
  }),
  (_, base) => ({ base, voters: { kind: 'grid', rows: [[0, 1], [2]] }, learners: [] }),
];

/** The first byte of a change of membership. */
const RECONFIGURATION_KIND = 2;

function askUnreadable(world: AnyWorld, { number, voters }: Configuration): void {
  const text = JSON.stringify(pick(world.draw, UNREADABLE)(voters, number));
  const value: Value = Uint8Array.of(RECONFIGURATION_KIND, ...new TextEncoder().encode(text));
  const node = pick(world.draw, world.nodes);
  world.inputWrong(node.member, 'cannot be read', true, (token) => ({ type: 'propose', value, token }));
}

function twice(world: AnyWorld, { voters }: Configuration): readonly MemberId[] {
  const member = oneOf(world, voters.members);
  return member === undefined ? [] : [member, member];
}

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item;
}

function oneOf<Item>(world: AnyWorld, items: readonly Item[]): Item | undefined {
  return items[world.draw(items.length)];
}
