/** How a member comes to lead: it canvasses, has its own acceptor promise, prepares the others, and adopts their votes. */

import { type Ballot, type MemberId, nextBallot } from './ballot.js';
import { everyone, governing } from './configuration.js';
import { electionTimeout, mayStand } from './following.js';
import { createLeading, proposeMore, pump } from './leadership.js';
import type { CanvassReply, Handover, Message, PromiseMessage } from './messages.js';
import { addPage, createPromises } from './promises.js';
import type { Leading, Preparing, ProposerOutput, ProposerState } from './proposer-state.js';
import { isPhase1Quorum } from './quorum.js';
import { followsAfterOvertaken, isAllPrepared } from './reconfiguring.js';

/** Asks everybody whether they would follow. */
export function canvass(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  const supporters = new Set([state.member]);
  state.role = { name: 'canvassing', attempt: state.attempts, supporters, until: now + electionTimeout(state) };
  if (isSupported(state, supporters)) {
    prepare(state, now, outputs);
    return;
  }
  const message: Message = { type: 'canvass', attempt: state.attempts };
  for (const to of everyone(state.history)) if (to !== state.member) outputs.push({ type: 'send', to, message });
}

/** Somebody would follow, or would not. */
export function noteSupport(
  state: ProposerState,
  from: MemberId,
  message: CanvassReply,
  now: number,
  outputs: ProposerOutput[],
): void {
  state.highestSeen = Math.max(state.highestSeen, message.highestSeen);
  const { role } = state;
  if (role.name !== 'canvassing' || message.attempt !== role.attempt || !message.support) return;
  role.supporters.add(from);
  if (isSupported(state, role.supporters)) prepare(state, now, outputs);
}

/** The leader that this member follows has handed over to it: it stands at once, without asking around. */
export function takeOver(state: ProposerState, { ballot }: Handover, now: number, outputs: ProposerOutput[]): void {
  const { role } = state;
  if (role.name === 'following' && role.leader === ballot && mayStand(state)) prepare(state, now, outputs, ballot);
}

/** Begins phase 1 at a ballot above all it has seen. */
export function prepare(state: ProposerState, now: number, outputs: ProposerOutput[], released?: Ballot): void {
  const ballot = nextBallot(state.member, state.highestSeen);
  state.highestSeen = ballot;
  state.attempts += 1;
  const role: Preparing = {
    name: 'preparing',
    ballot,
    fromSlot: state.decidedUpTo + 1,
    released,
    attempt: state.attempts,
    stage: 'own',
    promises: createPromises(state.decidedUpTo),
    sentAt: now,
    until: now + 2 * state.options.electionTimeoutMaxMs,
  };
  state.role = role;
  // Rule 3: nobody else hears of this ballot before the own acceptor has durably promised it.
  outputs.push({ type: 'send', to: state.member, message: prepareMessage(role) });
}

/** Sends the prepare to those that have not promised yet, at the same ballot. */
export function sendPrepare(state: ProposerState, role: Preparing, now: number, outputs: ProposerOutput[]): void {
  state.attempts += 1;
  role.attempt = state.attempts;
  role.sentAt = now;
  const message = prepareMessage(role);
  for (const to of everyone(state.history)) {
    if (to !== state.member && !role.promises.complete.has(to)) outputs.push({ type: 'send', to, message });
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
  if ((role.name !== 'preparing' && role.name !== 'leading') || message.ballot !== role.ballot) return;
  if (role.name === 'leading') {
    collectMore(state, role, from, message, now, outputs);
    return;
  }
  addPage(role.promises, from, message);
  if (role.stage === 'own') {
    if (!role.promises.complete.has(state.member)) return;
    role.stage = 'others';
    sendPrepare(state, role, now, outputs);
  }
  const { voters } = governing(state.history, state.decidedUpTo + 1);
  if (!isPhase1Quorum(voters, (member) => role.promises.complete.has(member))) return;
  // The own learner may have moved on since this phase 1 began.
  role.promises.decidedUpTo = Math.max(role.promises.decidedUpTo, state.decidedUpTo);
  const leading = createLeading(role.ballot, role.promises, now);
  state.role = leading;
  state.failures = 0;
  state.wanted = false;
  pump(state, leading, now, outputs);
}

/** A leader's phase 1 goes on for the voters of a configuration that has come in sight (rule 7). */
function collectMore(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  message: PromiseMessage,
  now: number,
  outputs: ProposerOutput[],
): void {
  if (isAllPrepared(state, role) || !addPage(role.promises, from, message)) return;
  if (!followsAfterOvertaken(state, role, now)) proposeMore(state, role, now, outputs);
}

function isSupported(state: ProposerState, supporters: ReadonlySet<MemberId>): boolean {
  const { voters } = governing(state.history, state.decidedUpTo + 1);
  return isPhase1Quorum(voters, (member) => supporters.has(member));
}

function prepareMessage({ ballot, attempt, fromSlot, released }: Preparing): Message {
  const message = { type: 'prepare', ballot, attempt, fromSlot } as const;
  return released === undefined ? message : { ...message, released };
}
