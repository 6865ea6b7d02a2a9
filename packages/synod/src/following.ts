/** What a member does that does not lead: wait for a leader, follow one, say whether it would follow another. */

import { type Ballot, isLeap, type MemberId, NO_BALLOT, ownerOf } from './ballot.js';
import { type Configuration, governing, isMember, isVoter } from './configuration.js';
import type { Candidacy, Canvass, Dismissal, Heartbeat, Message, Nack } from './messages.js';
import type { Following, ProposerNews, ProposerOptions, ProposerRole, ProposerState } from './proposer-state.js';
import { COURTESY_TIMEOUTS } from './preparing.js';
import { nextRandom } from './random.js';
import type { Slot } from './slot.js';
import { NOTHING, type Step, telling } from './step.js';

/** Becomes a follower of nobody, to stand again after a random time. */
export function follows(state: ProposerState): void {
  state.role = { name: 'following', leader: undefined, heardAt: state.listenedMs, wordAt: state.listenedMs };
  state.standAt = state.listenedMs + electionTimeout(state);
}

/** A ballot was seen somewhere: the own next one is to be above it. */
export function noteSeen(state: ProposerState, ballot: Ballot): void {
  if (!isLeap(ballot, state.highestSeen)) state.highestSeen = Math.max(state.highestSeen, ballot);
}

/** The configuration that governs the next slot to be decided, as far as this member knows. */
export function configurationNow(state: ProposerState): Configuration {
  return governing(state.history, state.decidedUpTo + 1);
}

/** A random time to wait for a leader, longer after each failure in a row. */
export function electionTimeout(state: ProposerState): number {
  const { electionTimeoutMinMs, electionTimeoutMaxMs } = state.options;
  const spread = (electionTimeoutMaxMs - electionTimeoutMinMs) * 2 ** Math.min(state.failures, 4);
  return electionTimeoutMinMs + nextRandom(state.random) * spread;
}

/** A leader is silent when so many of the pauses that it makes have passed; each heartbeat takes this part of an older, longer one away. */
const PAUSES = 3;
const FADING = 1 / 8;

/**
 * How long a leader may be silent before this member stands, or would follow another. Where ticks are late, heartbeats come seldom: the
 * leader must not be deposed for that by a member that does not hear it.
 */
function patienceOf({ options, pauseMs }: ProposerState): number {
  return Math.min(options.electionTimeoutMaxMs, Math.max(options.electionTimeoutMinMs, PAUSES * pauseMs));
}

/** Whether this member may stand: it votes in a configuration in sight, and was not told that it is removed. */
export function mayStand(state: ProposerState): boolean {
  return state.dismissed === undefined && state.history.some((configuration) => isVoter(configuration, state.member));
}

/** A member counts as far behind when another knows this many slots more to be decided, or alpha, if that is more. */
const FAR_BEHIND_SLOTS = 16;

/** Whether a member that is at slot `upTo` could propose little or nothing, if it led, before it has caught up with `others`. */
export function isFarBehind(state: ProposerState, upTo: Slot, others: Slot): boolean {
  return upTo + Math.max(FAR_BEHIND_SLOTS, state.history[0].alpha) < others;
}

/**
 * Supports a candidate unless a leader is heard from: a member that alone has lost the leader must not depose it. Nor is one
 * supported that is far behind: it could not decide anything before it has caught up, and from this reply it learns that it must.
 */
export function answerCanvass(state: ProposerState, from: MemberId, canvass: Canvass): Message {
  const { role, highestSeen, decidedUpTo } = state;
  // While the slots before the change are open, its vote is needed, and it may lead.
  const configuration = configurationNow(state);
  // It was removed and has not heard of it. Told once more each time it asks, it will.
  if (configuration.spent.includes(from)) return { type: 'dismissal', configuration };
  const hearsLeader =
    role.name === 'leading' ||
    (role.name === 'following' &&
      role.leader !== undefined &&
      ownerOf(role.leader) !== from &&
      state.listenedMs - role.heardAt < patienceOf(state));
  // It may be one itself, and wait for its disk: two that stand against each other would wait twice.
  const { electionTimeoutMaxMs } = state.options;
  const hearsCandidate =
    (role.name === 'preparing' && state.listenedMs - role.progressAt <= COURTESY_TIMEOUTS * electionTimeoutMaxMs) ||
    (ownerOf(highestSeen) !== from && state.listenedMs - state.candidateAt < state.options.electionTimeoutMinMs);
  const support = !hearsLeader && !hearsCandidate && !isFarBehind(state, canvass.decidedUpTo, decidedUpTo);
  return { type: 'canvass-reply', attempt: canvass.attempt, support, highestSeen, decidedUpTo };
}

/** Holds off while another candidate, at a ballot that is not below any other, makes progress. */
export function heedCandidacy(state: ProposerState, from: MemberId, { ballot }: Candidacy): void {
  if (from === state.member || ballot < state.highestSeen || isLeap(ballot, state.highestSeen)) return;
  noteSeen(state, ballot);
  state.candidateAt = state.listenedMs;
  const { role } = state;
  // Its own ballot is below that one: it could only come to nothing, and disturb.
  if (role.name === 'canvassing' || (role.name === 'preparing' && role.ballot < ballot)) follows(state);
  else if (state.role.name === 'following') state.standAt = state.listenedMs + electionTimeout(state);
}

/** Gives up a ballot that was refused for a higher one. */
export function yieldTo(state: ProposerState, { ballot, promised }: Nack): void {
  noteSeen(state, promised);
  const { role } = state;
  const isMine = (role.name === 'preparing' || role.name === 'leading') && role.ballot === ballot;
  // Rule 3: the own acceptor promises a ballot once. It has promised this one before this proposer was started anew, which has not heard.
  const isSpent = role.name === 'preparing' && role.stage === 'own' && promised === ballot;
  if (!isMine || (promised <= ballot && !isSpent)) return;
  state.failures += 1;
  follows(state);
}

/** Follows the leader of a ballot that is not below what this member knows to be led or leads itself. */
export function follow(state: ProposerState, from: MemberId, { ballot }: Heartbeat): void {
  const { role } = state;
  if (from === state.member) return;
  if (ballot < ballotOf(role) || isLeap(ballot, state.highestSeen)) return;
  noteSeen(state, ballot);
  const pauseMs = role.name === 'following' && role.leader === ballot ? state.listenedMs - role.heardAt : 0;
  state.pauseMs = Math.max(pauseMs, state.pauseMs * (1 - FADING));
  const following: Following = { name: 'following', leader: ballot, heardAt: 0, wordAt: state.listenedMs };
  state.role = following;
  state.failures = 0;
  state.wanted = false;
  waitFor(state, following);
}

/** The leader is heard: whether it falls silent is judged from now on. */
function waitFor(state: ProposerState, role: Following): void {
  role.heardAt = state.listenedMs;
  state.standAt = state.listenedMs + patienceOf(state) + electionTimeout(state) - state.options.electionTimeoutMinMs;
}

/**
 * A long message counts as a sign of its sender for so many election timeouts since the last word: what comes may be of another role
 * than that which is waited for, and hide that it is gone.
 */
const LONGEST_MESSAGE_TIMEOUTS = 16;

/** For how long a member's words may wait behind a message, at most. */
export function longestMessageMs({ electionTimeoutMaxMs }: ProposerOptions): number {
  return LONGEST_MESSAGE_TIMEOUTS * electionTimeoutMaxMs;
}

/** A part of a long message has come from where the leader is: it is not silent, its heartbeats wait behind that. */
export function heedPart(state: ProposerState, role: Following, from: MemberId): void {
  if (role.leader === undefined || ownerOf(role.leader) !== from) return;
  if (state.listenedMs - role.wordAt <= longestMessageMs(state.options)) waitFor(state, role);
}

/** A member says that this one was removed, and that the configuration without it governs: true unless this one knows of a later one. */
export function heedDismissal(state: ProposerState, { configuration }: Dismissal): Step<ProposerNews> {
  return configuration.number > configurationNow(state).number ? dismissBy(state, configuration) : NOTHING;
}

/** Stops standing for good, once a configuration governs that has this member no longer: its id is never used again. */
export function noteMembership(state: ProposerState): Step<ProposerNews> {
  return dismissBy(state, configurationNow(state));
}

function dismissBy(state: ProposerState, configuration: Configuration): Step<ProposerNews> {
  if (state.dismissed !== undefined || isMember(configuration, state.member)) return NOTHING;
  if (!configuration.spent.includes(state.member)) return NOTHING;
  state.dismissed = configuration;
  if (state.role.name !== 'leading') follows(state);
  return telling({ type: 'dismissed', configuration });
}

function ballotOf(role: ProposerRole): Ballot {
  if (role.name === 'canvassing') return NO_BALLOT;
  return role.name === 'following' ? (role.leader ?? NO_BALLOT) : role.ballot;
}
