/**
 * What each step of a member owes the others, beside safety: whoever leads tells all members, leaves out no slot, and notices when it
 * is deposed; whoever hears nobody asks around; a snapshot that comes is not left for another, and the line is measured by each answer
 * once. Broken, none of this lasts in most worlds: another leader, or another question, mends it. So it is looked at in each step.
 */

import type {
  Envelope,
  Leading,
  LearnerMessage,
  LearnerState,
  MemberId,
  ProposerInput,
  ProposerRole,
  ProposerState,
  Slot,
} from '@parliament/synod';
import { Violation } from './violation.js';

/** What of a proposer is compared with what it is after the step. */
export interface ProposerBefore {
  role: ProposerRole;
  nextSlot: Slot;
  sequence: number;
  highestSeen: number;
  candidateAt: number;
}

/** Takes down what a proposer is now: into what it has been before, for there are steps by the million. */
export function takeDown(before: ProposerBefore, { role, highestSeen, candidateAt }: ProposerState): void {
  const isLeading = role.name === 'leading';
  before.role = role;
  before.nextSlot = isLeading ? role.nextSlot : 0;
  before.sequence = isLeading ? role.sequence : 0;
  before.highestSeen = highestSeen;
  before.candidateAt = candidateAt;
}

export function createBefore({ role }: ProposerState): ProposerBefore {
  return { role, nextSlot: 0, sequence: 0, highestSeen: 0, candidateAt: 0 };
}

/** A proposer has taken a step. */
export function checkConduct(
  before: ProposerBefore,
  input: ProposerInput,
  state: ProposerState,
  learner: LearnerState,
  messages: readonly Envelope[],
): void {
  const { role } = state;
  if (input.type === 'tick') checkAwake(state);
  else if (input.type === 'message' && input.message.type === 'candidacy') {
    const { ballot } = input.message;
    if (ballot < before.highestSeen && state.candidateAt !== before.candidateAt) {
      throw new Violation(`member ${state.member} holds off for ballot ${ballot}, and knows of ${before.highestSeen}`);
    }
  }
  if (role.name !== 'leading') return;
  if (role === before.role && role.nextSlot > before.nextSlot) checkSlots(before.nextSlot, state, role, learner);
  if (input.type === 'settled' && role.known.size > 0) checkKnown(state, role);
  if (role.sequence > (role === before.role ? before.sequence : 0)) checkBeat(state, role, messages);
}

/** Whoever hears no leader for as long as it was to wait stands, or asks around; unless it is removed, and knows. */
function checkAwake({ role, member, listenedMs, standAt, options, wanted, dismissed }: ProposerState): void {
  const isDue = role.name === 'following' && listenedMs >= standAt && (options.standing || wanted);
  if (isDue && dismissed === undefined) {
    throw new Violation(`member ${member} hears no leader, and neither stands nor asks around`);
  }
}

/** A leader passes over no slot but such as are decided. */
function checkSlots(
  from: Slot,
  { member }: ProposerState,
  { nextSlot, inFlight, promises }: Leading,
  learner: LearnerState,
): void {
  for (let slot = from; slot < nextSlot; slot++) {
    // What was decided by a later leader shows that this one is deposed: it must notice.
    if (!inFlight.has(slot) && slot > promises.boundUpTo) {
      throw new Violation(`member ${member} leads on, and slot ${slot} is decided, of which it was promised nothing`);
    }
    if (inFlight.has(slot) || slot <= learner.decidedUpTo || learner.decided.has(slot)) continue;
    throw new Violation(`member ${member} leads, and passes over slot ${slot}, which it does not know to be decided`);
  }
}

/** What is decided where phase 1 told a leader nothing was decided by a later leader: it must notice (rule 6). */
function checkKnown({ member }: ProposerState, { known, promises }: Leading): void {
  for (const slot of known) {
    if (slot <= promises.boundUpTo) continue;
    throw new Violation(`member ${member} leads on, and slot ${slot} is decided, of which it was promised nothing`);
  }
}

/** Whom a heartbeat went to: one array for all, for there are heartbeats by the million. */
const TOLD: MemberId[] = [];

/** A leader tells all members in sight how far all is decided: at least as far as it was told itself, when they promised. */
function checkBeat({ member, history }: ProposerState, { firstSlot }: Leading, messages: readonly Envelope[]): void {
  TOLD.length = 0;
  for (const { to, message } of messages) {
    if (message.type !== 'heartbeat') continue;
    TOLD.push(to);
    const { decidedUpTo } = message;
    if (decidedUpTo >= firstSlot - 1) continue;
    throw new Violation(
      `member ${member} leads from slot ${firstSlot} on, and says that all is decided up to ${decidedUpTo}`,
    );
  }
  for (const { voters, learners } of history) {
    checkTold(member, voters.members);
    checkTold(member, learners);
  }
}

function checkTold(member: MemberId, members: readonly MemberId[]): void {
  for (const each of members) {
    if (!TOLD.includes(each)) throw new Violation(`member ${member} leads, and does not tell member ${each}`);
  }
}

/** What of a learner is compared with what it is after a message. */
export interface LearnerBefore {
  readonly assembly: LearnerState['assembly'];
  readonly measured: number;
  readonly patienceMs: number;
}

/** Undefined before a message that has nothing to do with it. */
export function learnerBefore(
  { type }: LearnerMessage,
  { assembly, fetching: { measured, patienceMs } }: LearnerState,
): LearnerBefore | undefined {
  return type === 'decided' || type === 'snapshot-part' ? { assembly, measured, patienceMs } : undefined;
}

/** A learner has taken a message. */
export function checkLearning(before: LearnerBefore | undefined, message: LearnerMessage, learner: LearnerState): void {
  if (before === undefined) return;
  if (message.type === 'decided') {
    if (message.token > before.measured || learner.fetching.patienceMs === before.patienceMs) return;
    throw new Violation(`member ${learner.member} measures the line by an answer that has come before`);
  }
  const { assembly } = before;
  if (message.type !== 'snapshot-part' || assembly === undefined || assembly.slot <= learner.decidedUpTo) return;
  if (learner.assembly === assembly || learner.assembly === undefined || assembly.pace.unanswered > 1) return;
  throw new Violation(
    `member ${learner.member} leaves a snapshot of slot ${assembly.slot}, whose sender answers, for one of slot ${message.slot}`,
  );
}
