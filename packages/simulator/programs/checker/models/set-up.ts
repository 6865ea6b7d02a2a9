/** What models have in common: who the members are, and how a leader comes to be and has something voted for. */

import {
  type Configuration,
  foundingConfiguration,
  type MemberId,
  majority,
  type QuorumSystem,
} from '@parliament/synod';
import type { PreludeStep } from '../prelude.js';

/** Member 2 is replaced by member 3. */
export const OLD: QuorumSystem = majority([0, 1, 2]);
export const NEW: QuorumSystem = majority([0, 1, 3]);

/** Two configurations in sight: the second governs from slot 2 on, as was decided before the first slot. */
export function handedOver(
  before: QuorumSystem,
  after: QuorumSystem,
  alpha = 2,
): readonly [Configuration, Configuration] {
  const first = foundingConfiguration(before, alpha);
  const learners = after.members.filter((member) => !before.members.includes(member));
  const spent = before.members.filter((member) => !after.members.includes(member));
  return [
    { ...first, learners },
    { number: 1, from: 2, alpha, voters: after, learners: [], spent },
  ];
}

/** Member 0 leads by itself and these members. */
export function ledBy(others: readonly MemberId[]): PreludeStep[] {
  return electedBy(0, others);
}

/** A member is elected by its own acceptor and those of others. */
export function electedBy(leader: MemberId, others: readonly MemberId[]): PreludeStep[] {
  return [
    [`proposer ${leader}`, 'stands for election'],
    ...[leader, ...others].flatMap((member): PreludeStep[] => [
      [`acceptor ${member}`, 'prepare', leader],
      [`proposer ${leader}`, 'promise', member],
    ]),
  ];
}

/** Member 0 leads in both configurations. */
export const LEADING_BOTH: readonly PreludeStep[] = ledBy([1, 3]);

/** What a leader proposes next is voted for by these members, and learned by these. */
export function voted(
  leader: MemberId,
  voters: readonly MemberId[],
  learners: readonly MemberId[] = [],
): PreludeStep[] {
  return [
    [`proposer ${leader}`, 'proposes'],
    ...voters.map((member): PreludeStep => [`acceptor ${member}`, 'accept', leader]),
    ...learners.flatMap((learner) => heardBy(learner, voters)),
  ];
}

/** The learner of a member hears of the votes of these: of its own first, for it must know the value. */
export function heardBy(learner: MemberId, voters: readonly MemberId[]): PreludeStep[] {
  const own = voters.filter((member) => member === learner);
  const others = voters.filter((member) => member !== learner);
  return [...own, ...others].map((member): PreludeStep => [`learner ${learner}`, 'accepted', member]);
}
