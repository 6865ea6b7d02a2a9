/**
 * How one leader follows the other. None of this is about safety: a member stands only when it is supported, nobody supports one that
 * could not lead or while a leader is heard, nobody goes back to an older leader, and who leads has the ear of a quorum.
 */

import {
  type Ballot,
  governing,
  type MemberId,
  NO_BALLOT,
  ownerOf,
  type ProposerRole,
  type ProposerState,
  type Slot,
} from '@parliament/synod';
import { mayDecide, mayPromise, type OwnQuorums, readQuorums } from './own-quorums.js';
import { Violation } from './violation.js';

/** So many slots behind is far, or alpha, if that is more: who is further behind than this could not lead. */
const FAR_SLOTS = 16;

/** What says who votes, as a member knows it. */
type Electing = Pick<ProposerState, 'member' | 'history' | 'decidedUpTo'>;

/** On the slowest lines so many bytes come within an election timeout; and no message is waited for for longer than so many of those. */
const SLOW_BYTES = 16 * 1024;
const LONGEST_TIMEOUTS = 16;

export class Succession {
  /** Bytes that the leader at its clock has sent to each, and that were not answered. */
  readonly #sent = new Map<MemberId, number>();
  /** By candidate, and the number of its canvass: who would follow it. */
  readonly #supporters = new Map<MemberId, Map<number, Set<MemberId>>>();
  /** Quorum systems that were read. */
  readonly #read = new WeakMap<object, OwnQuorums>();

  /** A member tells a candidate that it would follow it. `candidate` is what that one is now. */
  noteSupport(supporter: ProposerState, to: MemberId, attempt: number, candidate: ProposerState | undefined): void {
    const attempts = this.#supporters.get(to) ?? new Map<number, Set<MemberId>>();
    const known = attempts.get(attempt) ?? new Set<MemberId>();
    this.#supporters.set(to, attempts.set(attempt, known.add(supporter.member)));
    const { role, member, listenedMs, options } = supporter;
    const heard =
      role.name === 'following' && listenedMs - role.heardAt < options.electionTimeoutMinMs ? role.leader : undefined;
    if (role.name === 'leading' || (heard !== undefined && ownerOf(heard) !== to)) {
      throw new Violation(`member ${member} would follow member ${to}, and hears another leader`);
    }
    const { candidateAt, highestSeen } = supporter;
    if (listenedMs - candidateAt < options.electionTimeoutMinMs && ownerOf(highestSeen) !== to) {
      throw new Violation(`member ${member} would follow member ${to}, and hears of another candidate's progress`);
    }
    // What it was when it asked: no further than it is now, unless it has asked again since or was started anew.
    if (candidate?.role.name !== 'canvassing' || candidate.role.attempt !== attempt) return;
    if (candidate.decidedUpTo + farOf(supporter) < supporter.decidedUpTo) {
      const where = `at slot ${candidate.decidedUpTo} of ${supporter.decidedUpTo}`;
      throw new Violation(`member ${member} would follow member ${to}, which is far behind: ${where}`);
    }
  }

  /** A member has taken a step, and had another role before. */
  checkStep(before: ProposerRole, state: ProposerState): void {
    const { role, member } = state;
    if (before.name === 'canvassing' && role.name === 'preparing') {
      const supporters = this.#supporters.get(member)?.get(before.attempt);
      const doesSupport = (other: MemberId): boolean => other === member || supporters?.has(other) === true;
      if (mayPromise(this.#votersOf(state), doesSupport)) return;
      throw new Violation(`member ${member} stands, and is supported by ${[...(supporters ?? [])].join(' ')} only`);
    }
    if (role.name !== 'following' || role.leader === undefined) return;
    const known = ballotOf(before);
    if (role.leader >= known) return;
    throw new Violation(`member ${member} goes back from ballot ${known} to the leader of ballot ${role.leader}`);
  }

  /** A leader is about to look at its clock: what it gives up for lost then counts for it still. */
  noteSent({ role }: ProposerState): void {
    if (role.name !== 'leading') return;
    this.#sent.clear();
    for (const [member, { bytes }] of role.flows) if (bytes > 0) this.#sent.set(member, bytes);
  }

  /** A leader has looked at its clock, and leads on: it has heard a quorum lately, or what it has sent may take longer than that. */
  checkEar(state: ProposerState): void {
    const { role, member, listenedMs, options } = state;
    if (role.name !== 'leading') return;
    const { electionTimeoutMinMs, electionTimeoutMaxMs } = options;
    const isHeard = (other: MemberId): boolean => {
      const sentBytes = this.#sent.get(other) ?? 0;
      const onLineMs = Math.min(
        LONGEST_TIMEOUTS * electionTimeoutMaxMs,
        electionTimeoutMinMs * (sentBytes / SLOW_BYTES),
      );
      const silentMs = listenedMs - (role.heard.get(other) ?? Number.NEGATIVE_INFINITY);
      return silentMs <= electionTimeoutMaxMs + onLineMs;
    };
    if (mayDecide(this.#votersOf(state), isHeard)) return;
    throw new Violation(`member ${member} leads on, and hears no quorum`);
  }

  /** A leader has handed over, as it was told to, to a member that is so far. */
  checkHeir(state: Electing, to: MemberId, heirAt: Slot): void {
    if (!this.#votersOf(state).members.includes(to)) {
      throw new Violation(`member ${state.member} hands over to member ${to}, which does not vote`);
    }
    // It was asked when the transfer began; since then no more can have been decided than was on its way.
    const { alpha } = state.history[0];
    if (heirAt + farOf(state) + alpha >= state.decidedUpTo) return;
    throw new Violation(
      `member ${state.member} hands over to member ${to}, which is at slot ${heirAt} of ${state.decidedUpTo}`,
    );
  }

  #votersOf({ history, decidedUpTo }: Electing): OwnQuorums {
    const { voters } = governing(history, decidedUpTo + 1);
    let own = this.#read.get(voters);
    if (own === undefined) {
      own = readQuorums(voters);
      if (own === undefined) throw new Violation('a member goes by quorums that do not meet');
      this.#read.set(voters, own);
    }
    return own;
  }
}

function farOf({ history: [{ alpha }] }: Electing): number {
  return Math.max(FAR_SLOTS, alpha);
}

function ballotOf(role: ProposerRole): Ballot {
  if (role.name === 'canvassing') return NO_BALLOT;
  return role.name === 'following' ? (role.leader ?? NO_BALLOT) : role.ballot;
}
