/** A leader and changes of membership: which it lets through, and how its ballot comes to count in a new configuration. */

import type { MemberId } from './ballot.js';
import { applyChange, type Configuration, isVoter, latest, type Reconfiguration } from './configuration.js';
import { follows } from './following.js';
import type { Envelope } from './messages.js';
import { askForPromises } from './preparing.js';
import type { Leading, ProposerState } from './proposer-state.js';
import { isPhase1Quorum, isPhase2Quorum } from './quorum.js';
import { NONE } from './step.js';

/** Whether a phase-1 quorum of `configuration` has promised this leader's ballot: only then it proposes there (rule 7). */
export function isPrepared(role: Leading, configuration: Configuration): boolean {
  return isPhase1Quorum(configuration.voters, (member) => role.promises.complete.has(member));
}

/** Whether that is so for every configuration in sight. */
export function isAllPrepared(state: ProposerState, role: Leading): boolean {
  return state.history.every((configuration) => isPrepared(role, configuration));
}

/** Asks the voters of configurations in sight to promise the ballot that this member leads at already. */
export function prepareNewVoters(state: ProposerState, role: Leading, now: number): readonly Envelope[] {
  return isAllPrepared(state, role) ? NONE : askForPromises(state, role, now);
}

/**
 * Somebody who promises late may know slots to be decided in which this leader never proposed: then another one has led
 * since, and what its acceptors voted for there is not reported. Standing again is the simple way to know it all.
 */
export function followsAfterOvertaken(state: ProposerState, role: Leading): boolean {
  if (role.promises.decidedUpTo < role.nextSlot) return false;
  follows(state);
  return true;
}

/** Why this leader will not propose a change of membership; undefined when it will. */
export function objectionTo(state: ProposerState, role: Leading, change: Reconfiguration): string | undefined {
  const result = applyChange(state.history, role.nextSlot, change);
  if (result.type === 'refused') return result.reason;
  if (!role.hasDecided) return 'this leader has decided nothing yet; ask again in a moment';
  const { voters } = change;
  const current = latest(state.history);
  // One that is new must have answered this leader: that nothing was heard of it yet is no sign of life.
  const isLive = (member: MemberId): boolean =>
    isHeard(state, role, member) && (isVoter(current, member) || role.progress.has(member));
  if (!isPhase1Quorum(voters, isLive) || !isPhase2Quorum(voters, 'classic', isLive)) {
    const dead = voters.members.filter((member) => !isLive(member));
    return `it would leave no live quorum: nothing is heard from ${describe(dead)}`;
  }
  const added = voters.members.filter((member) => !isVoter(current, member));
  const silent = added.filter((member) => !isLive(member));
  if (silent.length > 0) return `nothing is heard from ${describe(silent)}`;
  const behind = added.filter((member) => (role.progress.get(member) ?? 0) < state.decidedUpTo - current.alpha);
  if (behind.length > 0)
    return `${describe(behind)} must catch up first: it is more than ${current.alpha} slots behind`;
  return undefined;
}

/** Whether a member was heard from lately; `graceMs` longer ago, where it may not have heard this one since. */
export function isHeard(state: ProposerState, role: Leading, member: MemberId, graceMs = 0): boolean {
  return state.listenedMs - (role.heard.get(member) ?? -Infinity) <= state.options.electionTimeoutMaxMs + graceMs;
}

function describe(members: readonly MemberId[]): string {
  return `member${members.length === 1 ? '' : 's'} ${members.join(', ')}`;
}
