/**
 * Ballots: totally ordered numbers of proposal rounds, each owned by exactly one member.
 *
 * `ballot = round * 1024 + member`, so two members never own one ballot, and a member's next ballot above any given one
 * can be computed without asking anybody (Lamport, "The Part-Time Parliament", section 2.2: ballot numbers are pairs of a
 * number and a priest). Ballots stay exact in a JavaScript number up to 2^53, which leaves 2^42 rounds.
 *
 * The kind of a ballot is part of it: odd rounds are classic, even ones are kept for Fast Paxos (Lamport 2006), whose
 * quorums are larger. Whoever counts votes asks {@link kindOf} which quorum they must hold.
 */

/** A ballot number; {@link NO_BALLOT} stands below every real one. */
export type Ballot = number;

/** A voter's number within its parliament, 0 to 1023, never reused. */
export type MemberId = number;

/** Members per ballot round, and so one more than the highest member id. */
export const MEMBER_LIMIT = 1024;

/** The ballot below all ballots: nothing promised, nothing voted. */
export const NO_BALLOT: Ballot = 0;

/** The highest ballot that a number holds exactly and that leaves room for one more round. */
export const HIGHEST_BALLOT: Ballot = Number.MAX_SAFE_INTEGER - 2 * MEMBER_LIMIT;

/**
 * No ballot is taken up whose round is more than this above all that was seen: a thousand million elections. One number gone wrong
 * would use up the ballots of a parliament for ever.
 */
const LEAP_ROUNDS = 2 ** 30;

/** Whether `ballot` lies further above `seen` than any number of elections explains. */
export function isLeap(ballot: Ballot, seen: Ballot): boolean {
  return roundOf(ballot) - roundOf(seen) > LEAP_ROUNDS;
}

/** The member that owns `ballot`: nobody else may ever propose at it. */
export function ownerOf(ballot: Ballot): MemberId {
  return ballot % MEMBER_LIMIT;
}

/** The round of `ballot`. */
export function roundOf(ballot: Ballot): number {
  return Math.floor(ballot / MEMBER_LIMIT);
}

/** How votes at a ballot are counted. There are no fast ballots yet; a type of its own keeps their place. */
export type BallotKind = 'classic';

/** The kind of `ballot`, which {@link isBallot} has let in. */
export function kindOf(_ballot: Ballot): BallotKind {
  return 'classic';
}

/**
 * The lowest classic ballot of `member` that is of a later round than `floor`.
 *
 * @throws RangeError when the ballots are used up; that takes 2^42 rounds.
 */
export function nextBallot(member: MemberId, floor: Ballot): Ballot {
  const round = roundOf(floor) + 1;
  const ballot = (round % 2 === 1 ? round : round + 1) * MEMBER_LIMIT + member;
  if (ballot > HIGHEST_BALLOT) throw new RangeError(`no ballot of member ${member} is left above ${floor}`);
  return ballot;
}

/** Whether `value` is a number that can be a real ballot: a whole number in range, of a classic round. */
export function isBallot(value: number): value is Ballot {
  return Number.isSafeInteger(value) && value >= MEMBER_LIMIT && value <= HIGHEST_BALLOT && roundOf(value) % 2 === 1;
}

/** Whether `value` can be a member's id. */
export function isMemberId(value: number): value is MemberId {
  return Number.isInteger(value) && value >= 0 && value < MEMBER_LIMIT;
}
