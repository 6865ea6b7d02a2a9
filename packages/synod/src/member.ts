/**
 * A member: its three roles, joined. What must be durable before what leaves, who of the member hears what of it, and what a restart reads
 * back is said here, once, as data and pure functions. Whoever runs a member (the actors of production, the node of the simulator, the
 * components of the model checker) carries it out, and decides nothing of it. Who runs a role, when, and on which disk, is not said here.
 *
 * A proposer's step has no sequel: it writes nothing, for the ballots it uses are those that its own acceptor has promised, on disk, before
 * it said so (rule 3). So its messages leave at once, and then its news are told.
 */

import { type AcceptorInput, type AcceptorState, restsOnDisk } from './acceptor.js';
import type { Ballot } from './ballot.js';
import type { History } from './configuration.js';
import { type LearnerInput, type LearnerNews, progressOf, troubleOf } from './learner.js';
import type { LearnerState, LearnerTrouble } from './learner-state.js';
import type { Decision, Envelope, RoleName } from './messages.js';
import {
  createOnDisk,
  durableUpTo,
  noteInstalling,
  noteLeftOut,
  noteSaved,
  noteWritten,
  type OnDisk,
} from './on-disk.js';
import type { ProposerInput } from './proposer-state.js';
import { type DurableRecord, learnedBytes } from './records.js';
import type { Slot } from './slot.js';
import type { Snapshot } from './snapshot.js';
import { NONE, NOTHING, type Step } from './step.js';

type Watermark = Extract<AcceptorInput, { readonly type: 'watermark' }>;

/** What an acceptor wants written. Somebody waits for it, so it must be durable soon. */
export interface AcceptorWrite {
  /** None, where its messages rest on what was written before, and may not be durable yet. */
  readonly records: readonly DurableRecord[];
  /** What is to leave once these records, and all that were handed over before, are durable (rule 1). */
  readonly messages: readonly Envelope[];
  /** The ballot that is promised on disk from then on. */
  readonly promised: Ballot;
}

/** What follows from a step of the acceptor. */
export interface AcceptorSequel {
  /** What leaves at once, for it says nothing but what is on disk. */
  readonly atOnce: readonly Envelope[];
  readonly write: AcceptorWrite | undefined;
}

const NO_ACCEPTOR_SEQUEL: AcceptorSequel = { atOnce: NONE, write: undefined };

/**
 * What follows from a step of the acceptor, or from several that are taken together.
 *
 * @param state as it is after the step.
 * @param durable what it is known to have promised on disk: {@link promisedBy}.
 */
export function afterAcceptor(state: AcceptorState, durable: Ballot, step: Step<never>): AcceptorSequel {
  const { records, messages } = step;
  if (records.length === 0 && messages.length === 0) return NO_ACCEPTOR_SEQUEL;
  const { promised } = state;
  let resting = 0;
  for (const { message } of messages) if (restsOnDisk(message, durable)) resting += 1;
  if (resting === 0) return { atOnce: NONE, write: { records, messages, promised } };
  if (resting === messages.length && records.length === 0) return { atOnce: messages, write: undefined };
  const atOnce = messages.filter(({ message }) => restsOnDisk(message, durable));
  const waiting = messages.filter(({ message }) => !restsOnDisk(message, durable));
  return { atOnce, write: { records, messages: waiting, promised } };
}

/** What an acceptor has promised on disk, once something that it wanted written is there. Before anything is: what it has read back. */
export function promisedBy(durable: Ballot, { promised }: AcceptorWrite): Ballot {
  return Math.max(durable, promised);
}

/**
 * What a learner wants written. Nobody waits for it but the own acceptor, which keeps its votes so long: it may be written with what comes
 * next, and even be left out for want of room, for what is lost of it is learned again.
 */
export interface LearnerWrite {
  readonly records: readonly DurableRecord[];
  /** How far the learner was. */
  readonly decidedUpTo: Slot;
  /** What the values among them weigh that other members have sent. */
  readonly bytes: number;
}

/** What follows from a step of the learner, to be carried out in this order. */
export interface LearnerSequel {
  readonly trouble: LearnerTrouble | undefined;
  readonly write: LearnerWrite | undefined;
  /** They leave at once. */
  readonly messages: readonly Envelope[];
  /** The machine begins anew with this one's state … */
  readonly installed: Snapshot | undefined;
  /** … and is given these, each once, in order (rule 8). */
  readonly delivered: readonly Decision[];
  /** Whether the acceptor is to hear at once who the members are now: {@link watermarkOf}. */
  readonly isAcceptorTold: boolean;
  /** What the proposer is to hear: what is settled, it need not propose any longer. */
  readonly forProposer: Extract<ProposerInput, { readonly type: 'settled' }> | undefined;
}

const NO_LEARNER_SEQUEL: LearnerSequel = {
  trouble: undefined,
  write: undefined,
  messages: NONE,
  installed: undefined,
  delivered: NONE,
  isAcceptorTold: false,
  forProposer: undefined,
};

/**
 * What follows from a step of the learner.
 *
 * @param state as it is after the step.
 * @param onDisk how much of what it knows is on disk; a snapshot that is being installed is noted there.
 */
export function afterLearner(state: LearnerState, onDisk: OnDisk, step: Step<LearnerNews>): LearnerSequel {
  if (step === NOTHING) return NO_LEARNER_SEQUEL;
  const { records, messages } = step;
  const progress = progressOf(step);
  if (progress === undefined) return { ...NO_LEARNER_SEQUEL, messages, trouble: troubleOf(step) };
  const { installed, delivered, settled, changes } = progress;
  const { decidedUpTo, history } = state;
  if (installed !== undefined) noteInstalling(onDisk, installed.slot);
  return {
    trouble: undefined,
    write: { records, decidedUpTo, bytes: learnedBytes(records) },
    messages,
    installed,
    delivered,
    isAcceptorTold: changes.length > 0 || installed !== undefined,
    forProposer: { type: 'settled', settled, decidedUpTo, history },
  };
}

/** Something that a learner wanted written is durable. @returns what it is to hear of that; its acceptor is told: {@link watermarkOf}. */
export function afterWritten(onDisk: OnDisk, write: LearnerWrite): LearnerInput | undefined {
  noteWritten(onDisk, write.decidedUpTo);
  return unburden(write);
}

/** There was no room for it, and the learner goes on without. It is to be written later: see `on-disk.ts`. */
export function afterLeftOut(onDisk: OnDisk, write: LearnerWrite): LearnerInput | undefined {
  noteLeftOut(onDisk, write.records, write.decidedUpTo);
  return unburden(write);
}

/** What other members have sent does not wait for the disk any longer: more may be asked for. */
function unburden({ bytes }: LearnerWrite): LearnerInput | undefined {
  return bytes > 0 ? { type: 'written', bytes } : undefined;
}

/** A snapshot of the own state, or of another's that was taken over, is durable. @returns as {@link afterWritten} does. */
export function afterSaved(onDisk: OnDisk, snapshot: Snapshot): LearnerInput {
  noteSaved(onDisk, snapshot.slot);
  // Rule 9: what it stands for goes from memory, too, now that it is durable.
  return { type: 'snapshotted', snapshot };
}

/**
 * What the acceptor is to hear of the learner: who the members are, and how far the disk says that all is decided. No further, for it lets
 * go of its votes there, and a learner that is started anew knows what is on disk and no more. It hears so whenever one of the two may have
 * changed: with a change of membership, when something is written or saved, and when the learner has started.
 */
export function watermarkOf({ history }: Pick<LearnerState, 'history'>, onDisk: OnDisk): Watermark {
  return { type: 'watermark', decidedUpTo: durableUpTo(onDisk), history };
}

/**
 * The roles in the order in which they start. Acceptor and learner each read the whole log back, from its first record on: the one by
 * `recoverAcceptor`, and last `resumeAcceptor`; the other by `recoverLearner`, installing and applying what each record gives back. A
 * proposer has nothing to read. What one knows the next one rests on: so whoever is restarted, those behind it are, too.
 */
export const ROLES: readonly RoleName[] = ['acceptor', 'learner', 'proposer'];

/** Which roles are restarted when one is, in this order. What they had handed over to be written comes to nothing, and is not said. */
export function restartedWith(first: RoleName): readonly RoleName[] {
  return ROLES.slice(ROLES.indexOf(first));
}

/** How much of what a learner knows is on disk when it has read its log back: all. */
export function onDiskAtStart({ decidedUpTo }: LearnerState): OnDisk {
  return createOnDisk(decidedUpTo);
}

/** What a new proposer goes by. */
export interface ProposerStart {
  readonly promised: Ballot;
  readonly decidedUpTo: Slot;
  readonly history: History;
}

/**
 * What a new proposer goes by. Rule 3: it begins above what its own acceptor has promised on disk; what that has in memory it may not have
 * after a crash, and would promise again.
 */
export function proposerStart(
  durable: Ballot,
  { decidedUpTo, history }: Pick<LearnerState, 'decidedUpTo' | 'history'>,
): ProposerStart {
  return { promised: durable, decidedUpTo, history };
}
