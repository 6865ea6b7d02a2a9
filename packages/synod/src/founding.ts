/**
 * The founding: before a member votes for the first time, every founding member has written down every other one's data
 * directory. From then on a member that comes back with another directory (a lost disk, an empty volume) is known for
 * one that has forgotten its promises, and nobody counts it (rule 10).
 *
 * It needs every founding member once. Afterwards a quorum is enough.
 */

import type { MemberId } from './ballot.js';
import type { FoundedRecord, HeardRecord, IntroducedRecord } from './records.js';

/** A member to another: which directory it has, and which one it has durably written down for the receiver. */
export interface Introduction {
  readonly directory: string;
  readonly yours: string | undefined;
  /** Whether the sender has seen the founding through; one that has not is owed an introduction in return. */
  readonly founded: boolean;
}

export interface FoundingState {
  readonly member: MemberId;
  readonly directory: string;
  readonly others: readonly MemberId[];
  /** The directories written down, by member. */
  readonly introduced: Map<MemberId, string>;
  /** The members that have written down this one's directory. */
  readonly knownBy: Set<MemberId>;
  founded: boolean;
  /** How far each member had written, as it said itself: it counts up whatever it makes durable. */
  readonly positions: Map<MemberId, number>;
}

/** What is written down for a member that must not be counted again, in place of its directory. */
export const EXPELLED: string = '0'.repeat(32);

export interface FoundingOutput {
  /** To be made durable before anything that follows from them is sent. */
  readonly records: readonly (IntroducedRecord | FoundedRecord)[];
  /** The members to send an introduction to, once the records are durable. */
  readonly introduce: readonly MemberId[];
  /** Set when the sender is not the member it was: it has lost its memory, or this one has. */
  readonly mismatch?: { readonly expected: string; readonly found: string; readonly whose: 'sender' | 'own' };
}

/** A member that has met nobody. A parliament of one is founded from the start. */
export function createFounding(member: MemberId, directory: string, members: readonly MemberId[]): FoundingState {
  const others = members.filter((other) => other !== member);
  return {
    member,
    directory,
    others,
    introduced: new Map(),
    knownBy: new Set(),
    founded: others.length === 0,
    positions: new Map(),
  };
}

/** Takes a durable record back into memory. */
export function recoverFounding(state: FoundingState, record: IntroducedRecord | FoundedRecord | HeardRecord): void {
  if (record.type === 'founded') state.founded = true;
  else if (record.type === 'heard') notePosition(state, record.member, record.position);
  else state.introduced.set(record.member, record.directory);
}

/** What this member says to `member` about itself. */
export function introductionTo(state: FoundingState, member: MemberId): Introduction {
  return { directory: state.directory, yours: state.introduced.get(member), founded: state.founded };
}

/** Whether a message from `member`'s directory may be counted. */
export function isKnown(state: FoundingState, member: MemberId, directory: string): boolean {
  return state.founded && state.introduced.get(member) === directory;
}

/** A member tells, with whatever it sends, how far it has written. */
export function notePosition(state: FoundingState, from: MemberId, position: number): void {
  if (position > (state.positions.get(from) ?? 0)) state.positions.set(from, position);
}

/**
 * A member has started anew, and says how far it has written. When it was further before, it has lost memory although its
 * directory is the right one: an old copy of it was put back (rule 10). It can be noticed only by those that have heard of
 * more.
 *
 * @returns what to make durable before the member is heard again: it is expelled.
 */
export function noteRelapse(state: FoundingState, from: MemberId, position: number): readonly IntroducedRecord[] {
  if (position >= (state.positions.get(from) ?? 0)) return [];
  state.introduced.set(from, EXPELLED);
  return [{ type: 'introduced', member: from, directory: EXPELLED }];
}

/** The founding members that this one still waits for, because they or it have not written the other down. */
export function missing(state: FoundingState): MemberId[] {
  if (state.founded) return [];
  return state.others.filter((other) => !state.introduced.has(other) || !state.knownBy.has(other));
}

/** An introduction has come from `from`. */
export function meet(state: FoundingState, from: MemberId, introduction: Introduction): FoundingOutput {
  if (!state.others.includes(from)) return { records: [], introduce: [] };
  const { directory, yours } = introduction;
  const recorded = state.introduced.get(from);
  if (recorded !== undefined && recorded !== directory) {
    const mismatch = { expected: recorded, found: directory, whose: 'sender' } as const;
    // It is owed an answer all the same: only from it can it learn what happened.
    return { records: [], introduce: introduction.founded ? [] : [from], mismatch };
  }
  if (yours !== undefined && yours !== state.directory) {
    return { records: [], introduce: [], mismatch: { expected: yours, found: state.directory, whose: 'own' } };
  }
  const records: (IntroducedRecord | FoundedRecord)[] = [];
  if (recorded === undefined) {
    state.introduced.set(from, directory);
    records.push({ type: 'introduced', member: from, directory });
  }
  if (yours === state.directory) state.knownBy.add(from);
  if (!state.founded && missing(state).length === 0) {
    state.founded = true;
    records.push({ type: 'founded' });
  }
  // Whoever learned something answers, and whoever is ahead helps; anything more and two members would never fall silent.
  const isOwedAnswer = records.length > 0 || yours === undefined || (state.founded && !introduction.founded);
  return { records, introduce: isOwedAnswer ? [from] : [] };
}
