/**
 * Ballots: totally ordered numbers of proposal rounds, each owned by exactly one member.
 *
 * `ballot = round * 1024 + member`, so two members never own one ballot, and a member's next ballot above any given one
 * can be computed without asking anybody (Lamport, "The Part-Time Parliament", section 2.2: ballot numbers are pairs of a
 * number and a priest). Ballots stay exact in a JavaScript number up to 2^53, which leaves 2^43 rounds.
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
export const HIGHEST_BALLOT: Ballot = Number.MAX_SAFE_INTEGER - MEMBER_LIMIT;

/** The member that owns `ballot`: nobody else may ever propose at it. */
export function ownerOf(ballot: Ballot): MemberId {
  return ballot % MEMBER_LIMIT;
}

/** The round of `ballot`. */
export function roundOf(ballot: Ballot): number {
  return Math.floor(ballot / MEMBER_LIMIT);
}

/**
 * The lowest ballot of `member` that is above `floor`.
 *
 * @throws RangeError when the ballots are used up; that takes 2^43 rounds.
 */
export function nextBallot(member: MemberId, floor: Ballot): Ballot {
  const ballot = (roundOf(floor) + 1) * MEMBER_LIMIT + member;
  if (ballot > HIGHEST_BALLOT) throw new RangeError(`no ballot of member ${member} is left above ${floor}`);
  return ballot;
}

/** Whether `value` is a number that can be a real ballot: a whole number in range, of round 1 or later. */
export function isBallot(value: number): value is Ballot {
  return Number.isSafeInteger(value) && value >= MEMBER_LIMIT && value <= HIGHEST_BALLOT;
}

/** Whether `value` can be a member's id. */
export function isMemberId(value: number): value is MemberId {
  return Number.isInteger(value) && value >= 0 && value < MEMBER_LIMIT;
}
