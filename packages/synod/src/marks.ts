/**
 * Where reads may start. Somebody wants to read: up to which slot must it have applied?
 *
 * Everything that anybody can have applied by now was proposed by this leader or adopted by it, so the answer is the last
 * slot it proposed or must propose, provided that it still leads: a quorum must confirm a heartbeat that is sent after the
 * question; or, for who asks for that, hold a lease for it. One heartbeat answers all who wait.
 *
 * Which quorum? That of the slot after the mark, for in that one another leader would have to decide something first before
 * anybody could apply more. So its configuration must be known and prepared. What it must propose is looked up when the answer is
 * given: the promises that prepare that configuration may come after the question, and tell of votes further on.
 */

import type { MemberId } from './ballot.js';
import { type Configuration, governing } from './configuration.js';
import { beat } from './leadership.js';
import type { Envelope } from './messages.js';
import type { Leading, Moment, ProposerNews, ProposerState, WaitingMark } from './proposer-state.js';
import { isPhase2Quorum } from './quorum.js';
import { isPrepared } from './reconfiguring.js';
import type { Slot } from './slot.js';
import { both, NONE, NOTHING, type Step, sending, telling } from './step.js';

/** A leader holds at most this many unanswered questions for a mark; more are dropped, and asked again. */
const MARK_LIMIT = 4096;

/** Somebody asks for a mark. */
export function requestMark(
  state: ProposerState,
  role: Leading,
  from: MemberId,
  token: number,
  now: number,
): Step<ProposerNews> {
  if (role.marks.length >= MARK_LIMIT) return NOTHING;
  const isFirst = role.marks.length === 0;
  // The heartbeat on its way was sent before the question: only the next one can confirm the answer.
  role.marks.push({ from, token, slot: role.nextSlot - 1, sequence: role.sequence + 1 });
  return isFirst ? sending(beat(state, role, now)) : NOTHING;
}

/** Somebody would read here on the lease alone: may he, at this moment, and from which slot on? */
export function requestLease(state: ProposerState, token: number, now: number, time?: number): Step<ProposerNews> {
  const { role } = state;
  if (role.name !== 'leading') return telling({ type: 'not-leased', token, isLeading: false });
  const slot = markOf(role, role.nextSlot - 1);
  const isLeased = isReadable(state, role, slot) && holdsLeaseAt(state, role, slot, now, time);
  return telling(isLeased ? { type: 'leased', token, slot } : { type: 'not-leased', token, isLeading: true });
}

/** Answers whoever waits for a heartbeat that a quorum has confirmed by now. */
export function answerMarks(state: ProposerState, role: Leading, now: number): Step<ProposerNews> {
  if (role.marks.length === 0) return NOTHING;
  const waiting = role.marks.splice(0);
  const answered: Answered[] = [];
  for (const mark of waiting) {
    const slot = markOf(role, mark.slot);
    if (isReadable(state, role, slot) && isConfirmed(state, role, slot, mark.sequence)) {
      answered.push({ from: mark.from, token: mark.token, slot });
    } else {
      role.marks.push(mark);
    }
  }
  // Those who asked while that heartbeat was out wait for one of their own, sent as soon as it has come back.
  const isUnasked = role.marks.some((mark) => mark.sequence > role.sequence);
  const beats = isUnasked && waiting.length > role.marks.length ? beat(state, role, now) : NONE;
  return both(answersTo(state, answered), sending(beats));
}

/**
 * Whether `state` leads with a lease that holds at `now`: until it ends, no other member can come to lead and decide anything. Ask in
 * the same turn in which you act on it; a process that was paused finds its lease gone. Where the machine may have been suspended, and
 * the clock of `now` with it, `time` is to say what the calendar says: a lease is over as soon as one of the two clocks says so.
 *
 * While a change of membership is on its way, both configurations must have granted it: in the open slots of the old one its members
 * could decide without the new ones. To read, the latter are enough, for the mark is beyond those slots.
 */
export function holdsLease(state: ProposerState, now: number, time?: number): boolean {
  const { role, history } = state;
  if (role.name !== 'leading') return false;
  const mark = markOf(role, role.nextSlot - 1);
  if (!holdsLeaseAt(state, role, mark, now, time)) return false;
  return history.every((configuration) => configuration.from > mark + 1 || isGranted(role, configuration, now, time));
}

/** The furthest slot in which anything can be decided without this leader: `proposed`, or what phase 1 binds it to by now. */
function markOf(role: Leading, proposed: Slot): Slot {
  return Math.max(role.promises.boundUpTo, proposed);
}

function isReadable(state: ProposerState, role: Leading, mark: Slot): boolean {
  // A new leader serves no read before a decree of its own ballot is decided. One of a log with an end may never have one.
  if (state.options.standing && !role.hasDecided) return false;
  const configuration = configurationAfter(state, mark);
  return configuration !== undefined && isPrepared(role, configuration);
}

function isConfirmed(state: ProposerState, role: Leading, mark: Slot, sequence: number): boolean {
  const configuration = configurationAfter(state, mark);
  if (configuration === undefined) return false;
  return isPhase2Quorum(configuration.voters, 'classic', (member) => (role.confirmed.get(member) ?? 0) >= sequence);
}

function holdsLeaseAt(state: ProposerState, role: Leading, mark: Slot, now: number, time?: number): boolean {
  const configuration = configurationAfter(state, mark);
  return configuration !== undefined && role.transfer === undefined && isGranted(role, configuration, now, time);
}

function isGranted(role: Leading, { voters }: Configuration, now: number, time?: number): boolean {
  return isPhase2Quorum(voters, 'classic', (member) => isBefore(role.granted.get(member), now, time));
}

/** Whether a lease still holds by both clocks. Who has a calendar now had one when the lease was asked for, or the lease is worth nothing. */
function isBefore(end: Moment | undefined, now: number, time: number | undefined): boolean {
  if (end === undefined || now >= end.at) return false;
  return time === undefined || time < end.time;
}

function configurationAfter(state: ProposerState, mark: Slot): Configuration | undefined {
  if (mark + 1 > state.decidedUpTo + state.history[0].alpha) return undefined;
  return governing(state.history, mark + 1);
}

type Answered = Pick<WaitingMark, 'from' | 'token' | 'slot'>;

function answersTo({ member }: ProposerState, answered: readonly Answered[]): Step<ProposerNews> {
  if (answered.length === 0) return NOTHING;
  const messages: Envelope[] = [];
  const news: ProposerNews[] = [];
  for (const { from: to, token, slot } of answered) {
    if (to === member) news.push({ type: 'mark', token, slot });
    else messages.push({ to, message: { type: 'mark', token, slot } });
  }
  return { records: NONE, messages, news };
}
