/**
 * Configurations: who the members are, slot by slot.
 *
 * Membership is changed by decrees like everything else. One that is decided in slot s governs from slot s + alpha on;
 * before that the members stay as they are, so that up to alpha slots can be in flight without doubt about whose votes
 * count in them (Lamport, Malkhi, Zhou, "Reconfiguring a State Machine", 2008). Rule 7.
 */

import { isMemberId, type MemberId } from './ballot.js';
import { checkedQuorums, majority, type QuorumSystem, withMemberInPlace } from './quorum.js';
import type { Slot } from './slot.js';

/** Who may vote, and who only learns, from a slot on. Plain data; never changed once it is made. */
export interface Configuration {
  /** Counts configurations: the founding one is 0, and every change in effect adds one. */
  readonly number: number;
  /** It governs from this slot on, until the next one does. */
  readonly from: Slot;
  /** Alpha: a leader proposes at most this many slots beyond what it knows to be decided. The same for ever. */
  readonly alpha: number;
  readonly voters: QuorumSystem;
  /** Members that are told what is decided and do not vote, in ascending order: on their way in, or spectators. */
  readonly learners: readonly MemberId[];
  /** Ids of former members. None of them is ever a member again: what it had promised is gone. */
  readonly spent: readonly MemberId[];
}

/** The configurations in sight, oldest first: the one that governs the next slot, and those decided to follow it. */
export type History = readonly [Configuration, ...Configuration[]];

/** A change of membership: the decree. It has effect only on the configuration that it was meant for. */
export interface Reconfiguration {
  /** The number of the configuration that is changed. */
  readonly base: number;
  readonly voters: QuorumSystem;
  readonly learners: readonly MemberId[];
}

/** What became of a change that was decided. */
export type ChangeResult =
  | { readonly type: 'changed'; readonly configuration: Configuration }
  | { readonly type: 'refused'; readonly reason: string };

/** The default of alpha, and the most that it can be: a member looks no further ahead of what it knows to be decided. */
export const DEFAULT_ALPHA = 256;
export const ALPHA_LIMIT = 32_768;

/** A parliament's first configuration. @throws RangeError unless alpha is a whole number from 1 to {@link ALPHA_LIMIT}. */
export function foundingConfiguration(voters: QuorumSystem, alpha: number = DEFAULT_ALPHA): Configuration {
  if (!Number.isSafeInteger(alpha) || alpha < 1 || alpha > ALPHA_LIMIT)
    throw new RangeError(`alpha ${alpha} is not a whole number from 1 to ${ALPHA_LIMIT}`);
  return { number: 0, from: 1, alpha, voters, learners: [], spent: [] };
}

/** The configuration that governs `slot`, which must not lie beyond what is decided plus alpha. */
export function governing(history: History, slot: Slot): Configuration {
  let found: Configuration = history[0];
  for (const configuration of history) if (configuration.from <= slot) found = configuration;
  return found;
}

/** The latest configuration in sight, governing already or not. */
export function latest(history: History): Configuration {
  return history[history.length - 1] as Configuration;
}

/** Forgets the configurations that govern no slot after `decidedUpTo`. */
export function pruneHistory(history: History, decidedUpTo: Slot): History {
  const first = governing(history, decidedUpTo + 1);
  if (first === history[0]) return history;
  return history.slice(history.indexOf(first)) as unknown as History;
}

/** Everybody who has to hear what goes on: voters and learners of every configuration in sight, each once. */
export function everyone(history: History): readonly MemberId[] {
  const [first] = history;
  if (history.length === 1)
    return first.learners.length === 0 ? first.voters.members : [...first.voters.members, ...first.learners];
  const all = new Set(history.flatMap(({ voters, learners }) => [...voters.members, ...learners]));
  return [...all].sort((left, right) => left - right);
}

/** Whether `member` votes in `configuration`. */
export function isVoter(configuration: Configuration, member: MemberId): boolean {
  return configuration.voters.members.includes(member);
}

/** Whether `member` votes or learns in `configuration`. */
export function isMember(configuration: Configuration, member: MemberId): boolean {
  return isVoter(configuration, member) || configuration.learners.includes(member);
}

/**
 * What a change that is decided in `slot` comes to. Every learner asks this at the same slot with the same history, so all
 * agree, also on a refusal: of two changes that were proposed at once, the second has no effect.
 */
export function applyChange(history: History, slot: Slot, change: Reconfiguration): ChangeResult {
  const current = latest(history);
  if (current.from > slot) return refused(`another change is pending: it governs from slot ${current.from} on`);
  if (change.base !== current.number) {
    return refused(`it was meant for configuration ${change.base}, and configuration ${current.number} is in force`);
  }
  const before = [...current.voters.members, ...current.learners];
  const after = [...change.voters.members, ...change.learners];
  if (new Set(after).size !== after.length) return refused('a member is named twice');
  for (const member of after) {
    if (!isMemberId(member)) return refused(`member id ${member} is not a whole number from 0 to 1023`);
    if (current.spent.includes(member)) return refused(`member id ${member} is spent: ids are never used again`);
  }
  for (const member of change.voters.members) {
    if (!before.includes(member)) return refused(`member ${member} must be a learner before it is a voter`);
  }
  const spent = [...current.spent, ...before.filter((member) => !after.includes(member))];
  return {
    type: 'changed',
    configuration: {
      number: current.number + 1,
      from: slot + current.alpha,
      alpha: current.alpha,
      voters: change.voters,
      learners: [...change.learners].sort((left, right) => left - right),
      spent: spent.sort((left, right) => left - right),
    },
  };
}

/** The change that lets `member` learn, without a vote: the first step of adding it. */
export function addLearner(configuration: Configuration, member: MemberId): Reconfiguration {
  const { number: base, voters, learners } = configuration;
  return { base, voters, learners: [...learners, member] };
}

/**
 * The change that gives learners a vote.
 *
 * @param voters the quorum system of all voters then. Majorities stay majorities by themselves.
 * @throws RangeError when it is not given, and the voters have another system than majorities.
 */
export function promote(
  configuration: Configuration,
  members: readonly MemberId[],
  voters?: QuorumSystem,
): Reconfiguration {
  const all = [...configuration.voters.members, ...members];
  const learners = configuration.learners.filter((learner) => !members.includes(learner));
  return { base: configuration.number, voters: voters ?? stillMajority(configuration, all), learners };
}

/**
 * The change that removes a voter or learner for ever.
 *
 * @param voters the quorum system of the voters that are left. Majorities stay majorities by themselves.
 * @throws RangeError when it is the last voter, or `voters` is not given and they have another system than majorities.
 */
export function remove(configuration: Configuration, member: MemberId, voters?: QuorumSystem): Reconfiguration {
  const learners = configuration.learners.filter((learner) => learner !== member);
  if (!isVoter(configuration, member)) return { base: configuration.number, voters: configuration.voters, learners };
  const rest = configuration.voters.members.filter((voter) => voter !== member);
  return { base: configuration.number, voters: voters ?? stillMajority(configuration, rest), learners };
}

/**
 * The change that removes a voter and gives a learner its vote, in one decree. The learner takes its place in the quorum system: its
 * weight, its place in the grid.
 *
 * @throws RangeError when `member` is no voter, or `by` is one already.
 */
export function replace(configuration: Configuration, member: MemberId, by: MemberId): Reconfiguration {
  const learners = configuration.learners.filter((learner) => learner !== by);
  return { base: configuration.number, voters: withMemberInPlace(configuration.voters, member, by), learners };
}

function stillMajority({ voters }: Configuration, members: readonly MemberId[]): QuorumSystem {
  if (voters.kind === 'majority') return majority(members);
  throw new RangeError(`say which quorums members ${members.join(', ')} have: those of now are ${voters.kind}`);
}

/** A configuration that came from outside. @throws RangeError when it is none. */
export function checkedConfiguration(given: Configuration): Configuration {
  const { number, from, alpha, voters, learners, spent } = given;
  for (const count of [number, from - 1, alpha - 1]) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError('a configuration without number, slot or alpha');
  }
  for (const member of [...learners, ...spent]) {
    if (!isMemberId(member)) throw new RangeError(`member id ${member} is not a whole number from 0 to 1023`);
  }
  if (alpha > ALPHA_LIMIT) throw new RangeError(`alpha ${alpha} is more than ${ALPHA_LIMIT}`);
  return { number, from, alpha, voters: checkedQuorums(voters), learners: [...learners], spent: [...spent] };
}

/** Configurations that came from outside. @throws RangeError when there is none, or one is none. */
export function checkedHistory(given: unknown): History {
  if (!Array.isArray(given)) throw new RangeError('no list of configurations');
  const [first, ...rest] = given.map((configuration) => checkedConfiguration(configuration as Configuration));
  if (first === undefined) throw new RangeError('a parliament has at least one configuration');
  return [first, ...rest];
}

function refused(reason: string): ChangeResult {
  return { type: 'refused', reason };
}
