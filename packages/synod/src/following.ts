/** What a member does that does not lead: wait for a leader, follow one, say whether it would follow another. */

import { type Ballot, type MemberId, NO_BALLOT, ownerOf } from './ballot.js';
import { type Configuration, isMember, isVoter, latest } from './configuration.js';
import type { Canvass, Dismissal, Heartbeat, Nack } from './messages.js';
import type { ProposerOutput, ProposerRole, ProposerState } from './proposer-state.js';
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

/** Whether this member may stand: it votes in a configuration in sight, and was not told that it is removed. */
export function mayStand(state: ProposerState): boolean {
  return state.dismissed === undefined && state.history.some((configuration) => isVoter(configuration, state.member));
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
  const configuration = latest(state.history);
  if (configuration.spent.includes(from)) {
    // It was removed and has not heard of it. Told once more each time it asks, it will.
    outputs.push({ type: 'send', to: from, message: { type: 'dismissal', configuration } });
    return;
  }
  const hearsLeader =
    role.name === 'leading' ||
    (role.name === 'following' &&
      role.leader !== undefined &&
      ownerOf(role.leader) !== from &&
      now - role.heardAt < state.options.electionTimeoutMinMs);
  const message = { type: 'canvass-reply', attempt, support: !hearsLeader, highestSeen } as const;
  outputs.push({ type: 'send', to: from, message });
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

/** A member says that this one was removed: true unless this one knows of a later configuration. */
export function heedDismissal(
  state: ProposerState,
  { configuration }: Dismissal,
  now: number,
  outputs: ProposerOutput[],
): void {
  if (configuration.number > latest(state.history).number) noteMembership(state, configuration, now, outputs);
}

/** Stops standing for good, once a decided configuration has this member no longer and its ids are never used again. */
export function noteMembership(
  state: ProposerState,
  configuration: Configuration,
  now: number,
  outputs: ProposerOutput[],
): void {
  if (state.dismissed !== undefined || isMember(configuration, state.member)) return;
  if (!configuration.spent.includes(state.member)) return;
  state.dismissed = configuration;
  if (state.role.name !== 'leading') follows(state, now);
  outputs.push({ type: 'dismissed', configuration });
}

function ballotOf(role: ProposerRole): Ballot {
  if (role.name === 'canvassing') return NO_BALLOT;
  return role.name === 'following' ? (role.leader ?? NO_BALLOT) : role.ballot;
}
