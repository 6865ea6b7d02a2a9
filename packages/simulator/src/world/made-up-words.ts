/**
 * What no member says that keeps to the rules, and what must do no harm all the same: numbers that are made up, a second value at a
 * ballot, snapshots larger than can be, questions for what there is not, and candidates of the past. What one member could say to
 * another without anybody's noticing that it breaks the rules (votes and promises that were not given) is not among it: a parliament
 * trusts its members for that.
 */

import {
  type Ballot,
  HIGHEST_BALLOT,
  type MemberId,
  type Message,
  NO_BALLOT,
  nextBallot,
  ownerOf,
} from '@parliament/synod';
import { FAR } from './harmless.js';
import type { SimulatedNode } from './member.js';
import type { Draw } from './subject.js';
import type { World } from './world.js';

type AnyWorld = World<unknown, unknown, unknown, unknown>;
type AnyNode = SimulatedNode<unknown, unknown, unknown>;

interface Word {
  readonly from: MemberId;
  readonly message: Message;
}

const NO_VALUE = new Uint8Array(0);

/** The first byte of a decree that no version can read. */
const UNREADABLE_KIND = 9;

/** By what is wrong with it: something that `other` might say to a member. */
const WORDS: Readonly<Record<string, (other: AnyNode, member: AnyNode, draw: Draw) => Word | undefined>> = {
  'a ballot beyond all others is prepared': ({ member: from }) => {
    return { from, message: { type: 'prepare', ballot: leapOf(from), fromSlot: 1, bytes: 1000, token: FAR } };
  },
  'a vote is asked for at a ballot beyond all others': ({ member: from }, { learner }) => {
    const slot = learner.decidedUpTo + 1;
    return { from, message: { type: 'accept', ballot: leapOf(from), slot, value: NO_VALUE } };
  },
  'a vote is asked for in a slot beyond all others': ({ member: from }, { acceptor }) => {
    return { from, message: { type: 'accept', ballot: aboveOf(from, acceptor.promised), slot: FAR, value: NO_VALUE } };
  },
  'a leader of a ballot beyond all others': ({ member: from }) => {
    return { from, message: { type: 'heartbeat', ballot: leapOf(from), sequence: 1, decidedUpTo: 0, leaseMs: 0 } };
  },
  'a candidate of a ballot beyond all others': ({ member: from }) => {
    return { from, message: { type: 'candidacy', ballot: leapOf(from) } };
  },
  'a candidate of the past': ({ member: from }, { proposer }) => {
    const ballot = nextBallot(from, NO_BALLOT);
    return ballot < proposer.highestSeen ? { from, message: { type: 'candidacy', ballot } } : undefined;
  },
  'a ballot beyond all others was seen': ({ member: from }) => {
    const highestSeen = leapOf(from);
    return { from, message: { type: 'canvass-reply', attempt: 0, support: false, highestSeen, decidedUpTo: 0 } };
  },
  'a second value at a ballot': (_, { acceptor }, draw) => {
    const votes = [...acceptor.votes.values()].filter(({ ballot }) => ballot === acceptor.promised);
    const vote = votes[draw(votes.length)];
    if (vote === undefined) return undefined;
    const { ballot, slot } = vote;
    // Commands, of nobody.
    return { from: ownerOf(ballot), message: { type: 'accept', ballot, slot, value: Uint8Array.of(1, draw(256), 0) } };
  },
  'what nobody can read is submitted': ({ member: from }, _, draw) => {
    return { from, message: { type: 'submit', value: Uint8Array.of(UNREADABLE_KIND, draw(256)) } };
  },
  'a snapshot larger than can be': ({ member: from }, { learner }, draw) => {
    const slot = learner.decidedUpTo + 1 + draw(10);
    const { history } = learner;
    const bytes = Uint8Array.of(0);
    return { from, message: { type: 'snapshot-part', slot, history, total: FAR, offset: 0, bytes, token: FAR } };
  },
  'slots are asked for from about where the log begins': ({ member: from }, { learner }, draw) => {
    const fromSlot = Math.max(1, learner.trimmedUpTo - 1 + draw(3));
    return { from, message: { type: 'fetch', fromSlot, upTo: fromSlot + draw(50), bytes: 1000, token: FAR } };
  },
  'a part is asked for that there is not': ({ member: from }, { learner }, draw) => {
    const { snapshot, lent } = learner;
    const all = [...(snapshot === undefined ? [] : [snapshot]), ...lent.map((each) => each.snapshot)];
    const { slot, state } = all[draw(all.length)] ?? { slot: 1, state: NO_VALUE };
    const offset = draw(2) === 0 ? state.length + 1 + draw(10) : draw(state.length + 1);
    return {
      from,
      message: { type: 'fetch-snapshot', slot: draw(3) === 0 ? FAR : slot, offset, bytes: 500, token: FAR },
    };
  },
};

export const MADE_UP: readonly string[] = Object.keys(WORDS);

/** Something of this kind is said to a member. */
export function makeUp(world: AnyWorld, member: MemberId): void {
  const node = world.stage.nodes.get(member);
  const others = world.nodes.filter((other) => other !== node);
  const other = others[world.draw(others.length)];
  const kind = MADE_UP[world.draw(MADE_UP.length)] as string;
  if (node?.isUp !== true || other === undefined || world.isPaused(member)) return;
  const word = WORDS[kind]?.(other, node, world.draw);
  if (word === undefined) return;
  world.count('made-up words');
  world.counts.madeUp[kind] = (world.counts.madeUp[kind] ?? 0) + 1;
  world.happen({ type: 'hear', at: world.queue.now, member, ...word });
}

/** A ballot of a member that no number of elections leads to. */
function leapOf(member: MemberId): Ballot {
  return HIGHEST_BALLOT - (HIGHEST_BALLOT % 2048) - 1024 + member;
}

/** The ballot of a member next to one: but for the slot there is nothing wrong with it. */
function aboveOf(member: MemberId, ballot: Ballot): Ballot {
  return ballot === NO_BALLOT ? nextBallot(member, ballot) : ballot - ownerOf(ballot) + member;
}
