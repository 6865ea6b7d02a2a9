/**
 * How a member comes to lead: it canvasses, has its own acceptor promise, prepares the others, and adopts what they
 * voted for. And how it gives way to a higher ballot.
 */

import { type Ballot, type MemberId, NO_BALLOT, nextBallot, ownerOf } from './ballot.js';
import { createLeading, pump } from './leadership.js';
import type { Canvass, Heartbeat, Message, Nack, PromiseMessage } from './messages.js';
import { addPage, adopt, createPromises, isPromised, promisers } from './promises.js';
import type { Preparing, ProposerOutput, ProposerRole, ProposerState } from './proposer-state.js';
import { isQuorum } from './quorum.js';
import { nextRandom } from './random.js';

/** Becomes a follower of nobody, to stand again after a random time. */
export function follows(state: ProposerState, now: number): void {
  state.role = { name: 'following', leader: undefined, heardAt: now };
  state.standAt = now + electionTimeout(state);
}

/** A random time to wait for a leader, longer after each failure in a row. */
export function electionTimeout(state: ProposerState): number {
  const { electionTimeoutMinMs, electionTimeoutMaxMs } = state.options;
  const spread = (electionTimeoutMaxMs - electionTimeoutMinMs) * 2 ** Math.min(state.failures, 4);
  return electionTimeoutMinMs + nextRandom(state.random) * spread;
}

/** Asks everybody whether they would follow. */
export function canvass(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  const supporters = new Set([state.member]);
  state.role = { name: 'canvassing', attempt: state.attempts, supporters, until: now + electionTimeout(state) };
  if (isQuorum(state.quorums, supporters)) {
    prepare(state, now, outputs);
    return;
  }
  for (const to of state.quorums.members) {
    if (to !== state.member) outputs.push({ type: 'send', to, message: { type: 'canvass', attempt: state.attempts } });
  }
}

/** Supports a candidate unless a leader is heard from: a member that alone has lost the leader must not depose it. */
export function answerCanvass(
  state: ProposerState,
  from: MemberId,
  { attempt }: Canvass,
  now: number,
  outputs: ProposerOutput[],
): void {
  const { role, highestSeen } = state;
  const hearsLeader =
    role.name === 'leading' ||
    (role.name === 'following' &&
      role.leader !== undefined &&
      ownerOf(role.leader) !== from &&
      now - role.heardAt < state.options.electionTimeoutMinMs);
  const reply: Message = { type: 'canvass-reply', attempt, support: !hearsLeader, highestSeen };
  outputs.push({ type: 'send', to: from, message: reply });
}

/** Begins phase 1 at a ballot above all it has seen. */
export function prepare(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  const ballot = nextBallot(state.member, state.highestSeen);
  state.highestSeen = ballot;
  state.attempts += 1;
  const fromSlot = state.decidedUpTo + 1;
  state.role = {
    name: 'preparing',
    ballot,
    fromSlot,
    attempt: state.attempts,
    stage: 'own',
    promises: createPromises(),
    sentAt: now,
    until: now + 2 * state.options.electionTimeoutMaxMs,
  };
  // Rule 3: nobody else hears of this ballot before the own acceptor has durably promised it.
  const message: Message = { type: 'prepare', ballot, attempt: state.attempts, fromSlot };
  outputs.push({ type: 'send', to: state.member, message });
}

/** Sends the prepare to those that have not promised yet, at the same ballot. */
export function sendPrepare(state: ProposerState, role: Preparing, now: number, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  role.attempt = state.attempts;
  role.sentAt = now;
  const answered = promisers(role.promises);
  const message: Message = {
    type: 'prepare',
    ballot: role.ballot,
    attempt: role.attempt,
    fromSlot: role.fromSlot,
  };
  for (const to of state.quorums.members) {
    if (to !== state.member && !answered.includes(to)) outputs.push({ type: 'send', to, message });
  }
}

/** Takes a promise, and leads once a quorum of them is in. */
export function collect(
  state: ProposerState,
  from: MemberId,
  message: PromiseMessage,
  now: number,
  outputs: ProposerOutput[],
): void {
  const { role } = state;
  // A promise counts for the ballot it names and for no other.
  if (role.name !== 'preparing' || message.ballot !== role.ballot) return;
  addPage(role.promises, from, message);
  if (role.stage === 'own') {
    if (!promisers(role.promises).includes(state.member)) return;
    role.stage = 'others';
    sendPrepare(state, role, now, outputs);
  }
  if (!isPromised(role.promises, state.quorums)) return;
  const { firstSlot, values } = adopt(role.promises, state.decidedUpTo);
  const leading = createLeading(role.ballot, firstSlot, values, promisers(role.promises), now);
  state.role = leading;
  state.failures = 0;
  state.wanted = false;
  pump(state, leading, now, outputs);
}

/** Gives up a ballot that was refused for a higher one. */
export function yieldTo(state: ProposerState, { ballot, promised }: Nack, now: number): void {
  state.highestSeen = Math.max(state.highestSeen, promised);
  const { role } = state;
  const isMine = (role.name === 'preparing' || role.name === 'leading') && role.ballot === ballot;
  if (!isMine || promised <= ballot) return;
  state.failures += 1;
  follows(state, now);
}

/** Follows the leader of a ballot that is not below what this member knows to be led or leads itself. */
export function follow(state: ProposerState, from: MemberId, { ballot }: Heartbeat, now: number): void {
  const { role } = state;
  if (from === state.member) return;
  if (ballot < ballotOf(role)) return;
  state.highestSeen = Math.max(state.highestSeen, ballot);
  state.role = { name: 'following', leader: ballot, heardAt: now };
  state.failures = 0;
  state.wanted = false;
  state.standAt = now + electionTimeout(state);
}

function ballotOf(role: ProposerRole): Ballot {
  if (role.name === 'canvassing') return NO_BALLOT;
  return role.name === 'following' ? (role.leader ?? NO_BALLOT) : role.ballot;
}
