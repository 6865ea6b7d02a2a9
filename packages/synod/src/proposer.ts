/**
 * The proposer: it follows a leader, stands for election when there is none, and leads when a quorum promised.
 *
 * A pure step. It keeps nothing on disk: the ballots it may use follow from what its own acceptor has promised (rule 3).
 */

import { type Ballot, type MemberId, ownerOf } from './ballot.js';
import { everyone, type History, isVoter, type Reconfiguration } from './configuration.js';
import { changeOf, holdsCommands, reconfigurationValue } from './decree.js';
import { askAround, canvass, collect, leadIfPromised, noteSupport, prepare, takeOver } from './election.js';
import {
  answerCanvass,
  configurationNow,
  electionTimeout,
  follow,
  follows,
  heedCandidacy,
  heedDismissal,
  heedPart,
  mayStand,
  noteMembership,
  yieldTo,
} from './following.js';
import { noteVoted, onLineMs } from './flow.js';
import { lead, notePart, noteReply, noteSettled, pump } from './leadership.js';
import { answerMarks, requestLease, requestMark } from './marks.js';
import type { ProposerMessage } from './messages.js';
import { askForPromises, longestPatience, tellCandidacy } from './preparing.js';
import {
  DEFAULT_PROPOSER_OPTIONS,
  type Leading,
  type Preparing,
  type ProposerInput,
  type ProposerNews,
  type ProposerOptions,
  type ProposerState,
} from './proposer-state.js';
import { isPhase2Quorum } from './quorum.js';
import { nextRandom, seededRandom } from './random.js';
import { isHeard, objectionTo, prepareNewVoters } from './reconfiguring.js';
import type { Slot, Value } from './slot.js';
import { both, joined, NONE, NOTHING, type Step, sending, sendingOne, telling } from './step.js';
import { beginTransfer, continueTransfer, isStranded, leaveOffice, makeWay } from './transfer.js';

type Settled = Extract<ProposerInput, { readonly type: 'settled' }>;

/**
 * A candidate gives up once nobody has told it anything for so many election timeouts, or so many times as long as answers take: disks
 * may be slow, and lines.
 */
const PREPARE_TIMEOUTS = 8;
const PREPARE_PATIENCES = 4;

/**
 * A proposer that starts at `now`.
 *
 * @param promised what the own acceptor has durably promised: the proposer starts above it (rule 3).
 * @param seed for its randomised waiting; no two members should have the same one.
 */
export function createProposer(
  member: MemberId,
  history: History,
  start: {
    readonly promised: Ballot;
    readonly decidedUpTo: Slot;
    readonly seed: number;
    readonly now: number;
    readonly options?: Partial<ProposerOptions>;
  },
): ProposerState {
  const state: ProposerState = {
    member,
    options: { ...DEFAULT_PROPOSER_OPTIONS, ...start.options },
    random: seededRandom(start.seed),
    history,
    role: { name: 'following', leader: undefined, heardAt: 0, wordAt: 0 },
    highestSeen: start.promised,
    decidedUpTo: start.decidedUpTo,
    candidateAt: Number.NEGATIVE_INFINITY,
    pauseMs: 0,
    standAt: 0,
    failures: 0,
    attempts: 0,
    paces: new Map(),
    wanted: false,
    dismissed: undefined,
    listenedMs: 0,
    tickedAt: start.now,
    calendar: undefined,
  };
  state.standAt = electionTimeout(state);
  return state;
}

/** The ballot of the leader this proposer follows or is, if it knows one. */
export function leaderOf(state: ProposerState): Ballot | undefined {
  if (state.role.name === 'leading') return state.role.ballot;
  return state.role.name === 'following' ? state.role.leader : undefined;
}

/** One step of the proposer at time `now` (monotonic milliseconds). Changes `state` and tells what follows. */
export function stepProposer(state: ProposerState, input: ProposerInput, now: number): Step<ProposerNews> {
  const before = leaderOf(state);
  const { role } = state;
  const transfer = role.name === 'leading' ? role.transfer : undefined;
  let step = react(state, input, now);
  if (transfer !== undefined && state.role !== role && !step.news.some(({ type }) => type === 'handed-over')) {
    // Whatever the reason: who asked for the transfer is told that nothing came of it.
    const detail = 'this member leads no longer';
    step = both(step, telling({ type: 'not-submitted', token: transfer.token, reason: 'refused', detail }));
  }
  const after = leaderOf(state);
  return after === before ? step : both(step, telling({ type: 'leader', ballot: after }));
}

function react(state: ProposerState, input: ProposerInput, now: number): Step<ProposerNews> {
  const { role } = state;
  switch (input.type) {
    case 'tick':
      if (input.time !== undefined) state.calendar = { time: input.time, at: now };
      return tick(state, now);
    case 'message':
      return receive(state, input.from, input.message, now);
    case 'part':
      if (role.name === 'following') heedPart(state, role, input.from);
      else if (role.name === 'leading') notePart(state, role, input.from, now);
      return NOTHING;
    case 'propose':
      return propose(state, input.value, input.token, now);
    case 'ask-mark':
      return askMark(state, input.token, now);
    case 'ask-lease':
      return requestLease(state, input.token, now, input.time);
    case 'reconfigure':
      if (role.name === 'leading') return reconfigure(state, role, input.change, input.token, now);
      return telling({ type: 'not-submitted', token: input.token, reason: 'no-leader' });
    case 'transfer':
      if (role.name === 'leading') return beginTransfer(state, role, input.to, input.token, now);
      return telling({ type: 'not-submitted', token: input.token, reason: 'no-leader' });
    case 'settled':
      return settle(state, input, now);
  }
}

function settle(state: ProposerState, input: Settled, now: number): Step<ProposerNews> {
  const { role, decidedUpTo: before } = state;
  state.decidedUpTo = Math.max(state.decidedUpTo, input.decidedUpTo);
  const heeded = noteHistory(state, input.history, now);
  if (state.role.name === 'preparing') return both(heeded, sending(leadIfPromised(state, state.role, now)));
  if (role.name !== 'leading') return heeded;
  const proposals = noteSettled(state, role, input.settled, before, now);
  return both(both(heeded, sending(proposals)), answerWhileLeading(state, now));
}

function receive(state: ProposerState, from: MemberId, message: ProposerMessage, now: number): Step<ProposerNews> {
  const { role } = state;
  switch (message.type) {
    case 'canvass':
      return sendingOne(from, answerCanvass(state, from, message));
    case 'canvass-reply':
      return sending(noteSupport(state, from, message, now));
    case 'candidacy':
      heedCandidacy(state, from, message);
      return NOTHING;
    case 'promise':
      return sending(collect(state, from, message, now));
    case 'accepted':
      if (role.name !== 'leading' || message.ballot !== role.ballot) return NOTHING;
      return sending(noteVoted(state, role, from, message.slot, now));
    case 'nack':
      yieldTo(state, message);
      return NOTHING;
    case 'heartbeat':
      follow(state, from, message);
      return NOTHING;
    case 'heartbeat-reply':
      if (role.name !== 'leading' || message.ballot !== role.ballot) return NOTHING;
      noteReply(state, role, from, message, now);
      return answerMarks(state, role, now);
    case 'handover':
      return sending(takeOver(state, message, now));
    case 'dismissal':
      return heedDismissal(state, message);
    case 'submit':
      return takeSubmitted(state, message.value, now);
    case 'ask-mark':
      return role.name === 'leading' ? requestMark(state, role, from, message.token, now) : NOTHING;
    case 'mark':
      return telling({ type: 'mark', token: message.token, slot: message.slot });
  }
}

/** Dropped unless it leads: whoever submitted it will submit it again to whoever does. */
function takeSubmitted(state: ProposerState, value: Value, now: number): Step<ProposerNews> {
  const { role } = state;
  if (role.name !== 'leading' || role.transfer !== undefined) return NOTHING;
  if (objectionToValue(state, value) !== undefined) return NOTHING;
  return sending(lead(state, role, value, now) ?? NONE);
}

function propose(state: ProposerState, value: Value, token: number, now: number): Step<ProposerNews> {
  const { role } = state;
  const detail = objectionToValue(state, value);
  if (detail !== undefined) return telling({ type: 'not-submitted', token, reason: 'refused', detail });
  const leader = leaderOf(state);
  if (role.name === 'leading' && role.transfer === undefined) {
    const messages = lead(state, role, value, now);
    if (messages === undefined) return telling({ type: 'not-submitted', token, reason: 'overloaded' });
    return { records: NONE, messages, news: [{ type: 'submitted', token }] };
  }
  if (role.name !== 'leading' && leader !== undefined) {
    return both(sendingOne(ownerOf(leader), { type: 'submit', value }), telling({ type: 'submitted', token }));
  }
  want(state);
  return telling({ type: 'not-submitted', token, reason: 'no-leader' });
}

function askMark(state: ProposerState, token: number, now: number): Step<ProposerNews> {
  const { role } = state;
  if (role.name === 'leading') return requestMark(state, role, state.member, token, now);
  const leader = leaderOf(state);
  if (leader !== undefined) return sendingOne(ownerOf(leader), { type: 'ask-mark', token });
  want(state);
  return NOTHING;
}

/** Why a value must not be decided, by whatever way it has come; undefined when it may. */
function objectionToValue(state: ProposerState, value: Value): string | undefined {
  if (holdsCommands(value)) return undefined;
  const change = changeOf(value);
  // Whoever learns it and cannot read it stands still from then on.
  if (change === undefined) return `a decree of kind ${value[0]}, which this version cannot read, is not proposed`;
  return state.role.name === 'leading' ? objectionTo(state, state.role, change) : undefined;
}

function reconfigure(
  state: ProposerState,
  role: Leading,
  change: Reconfiguration,
  token: number,
  now: number,
): Step<ProposerNews> {
  const detail = objectionTo(state, role, change);
  if (detail !== undefined) return telling({ type: 'not-submitted', token, reason: 'refused', detail });
  return propose(state, reconfigurationValue(change), token, now);
}

function want(state: ProposerState): void {
  if (state.wanted) return;
  state.wanted = true;
  // A member that stands only on demand has no reason to wait for a leader that nobody elects.
  if (!state.options.standing) state.standAt = state.listenedMs + nextRandom(state.random) * state.options.heartbeatMs;
}

function noteHistory(state: ProposerState, history: History, now: number): Step<ProposerNews> {
  if (state.history === history) return NOTHING;
  state.history = history;
  const membership = noteMembership(state);
  if (state.role.name !== 'leading') return membership;
  // Nobody who was not asked can have been silent.
  for (const member of everyone(history)) {
    if (!state.role.heard.has(member)) state.role.heard.set(member, state.listenedMs);
  }
  // The sooner new members have promised, the less the pipeline waits for them.
  return both(membership, sending(prepareNewVoters(state, state.role, now)));
}

function tick(state: ProposerState, now: number): Step<ProposerNews> {
  const { options } = state;
  listen(state, now);
  const { role, listenedMs } = state;
  switch (role.name) {
    case 'following':
      if (role.leader !== undefined && listenedMs - role.heardAt > options.electionTimeoutMaxMs)
        role.leader = undefined;
      if (listenedMs < state.standAt || !(options.standing || state.wanted)) return NOTHING;
      if (mayStand(state)) return sending(canvass(state, now));
      return state.dismissed === undefined ? sending(askAround(state)) : NOTHING;
    case 'canvassing':
      if (listenedMs >= role.until) follows(state);
      return NOTHING;
    case 'preparing':
      if (listenedMs - role.progressAt > preparingLimit(state, role)) {
        state.failures += 1;
        follows(state);
        return NOTHING;
      }
      return sending(joined(askForPromises(state, role, now), tellCandidacy(state, role, now)));
    case 'leading':
      return keepLeading(state, role, now);
  }
}

function preparingLimit(state: ProposerState, role: Preparing): number {
  const { electionTimeoutMaxMs } = state.options;
  return Math.max(PREPARE_TIMEOUTS * electionTimeoutMaxMs, PREPARE_PATIENCES * longestPatience(state, role));
}

/**
 * Counts the time in which this process has listened. After a stall (of the process, of its event loop) silence proves nothing about
 * the others yet, so that a late tick counts for a moment only; but if every tick is late, many moments do.
 */
function listen(state: ProposerState, now: number): void {
  state.listenedMs += Math.min(now - state.tickedAt, state.options.electionTimeoutMinMs / 2);
  state.tickedAt = now;
}

function keepLeading(state: ProposerState, role: Leading, now: number): Step<ProposerNews> {
  if (!isPhase2Quorum(configurationNow(state).voters, 'classic', (member) => mayListen(state, role, member))) {
    follows(state);
    return NOTHING;
  }
  const handover = makeWay(state, role);
  if (handover !== undefined) return sending([handover]);
  // Phase 1 brings the votes back.
  if (isStranded(state, role)) return sending(prepare(state, now));
  const pumped = sending(pump(state, role, now));
  return both(pumped, answerWhileLeading(state, now));
}

/** Whether a voter was heard from lately, or heartbeats may still wait behind what it was sent. */
function mayListen(state: ProposerState, role: Leading, member: MemberId): boolean {
  return isHeard(state, role, member, onLineMs(state, role.flows.get(member)));
}

/** What waits for the log to move on: marks, a transfer, and leaving when the configuration without it governs. */
function answerWhileLeading(state: ProposerState, now: number): Step<ProposerNews> {
  const { role } = state;
  if (role.name !== 'leading') return NOTHING;
  const answers = both(answerMarks(state, role, now), continueTransfer(state, role, now));
  const isOut = state.role === role && !state.history.some((configuration) => isVoter(configuration, state.member));
  return isOut ? both(answers, sending(leaveOffice(state, role))) : answers;
}
