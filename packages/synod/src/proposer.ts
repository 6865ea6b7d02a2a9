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
import { answerMarks, requestMark } from './marks.js';
import type { Message, ProposerMessage } from './messages.js';
import { askForPromises, longestPatience, tellCandidacy } from './preparing.js';
import {
  DEFAULT_PROPOSER_OPTIONS,
  type Leading,
  type Preparing,
  type ProposerInput,
  type ProposerOptions,
  type ProposerOutput,
  type ProposerState,
} from './proposer-state.js';
import { isPhase2Quorum } from './quorum.js';
import { nextRandom, seededRandom } from './random.js';
import { isHeard, objectionTo, prepareNewVoters } from './reconfiguring.js';
import type { Slot, Value } from './slot.js';
import { beginTransfer, continueTransfer, isStranded, leaveOffice, makeWay } from './transfer.js';

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
export function stepProposer(state: ProposerState, input: ProposerInput, now: number): ProposerOutput[] {
  const before = leaderOf(state);
  const { role } = state;
  const transfer = role.name === 'leading' ? role.transfer : undefined;
  const outputs: ProposerOutput[] = [];
  react(state, input, now, outputs);
  if (transfer !== undefined && state.role !== role && !outputs.some(({ type }) => type === 'handed-over')) {
    // Whatever the reason: who asked for the transfer is told that nothing came of it.
    const detail = 'this member leads no longer';
    outputs.push({ type: 'not-submitted', token: transfer.token, reason: 'refused', detail });
  }
  const after = leaderOf(state);
  if (after !== before) outputs.push({ type: 'leader', ballot: after });
  return outputs;
}

function react(state: ProposerState, input: ProposerInput, now: number, outputs: ProposerOutput[]): void {
  const { role } = state;
  switch (input.type) {
    case 'tick':
      tick(state, now, outputs);
      return;
    case 'message':
      receive(state, input.from, input.message, now, outputs);
      return;
    case 'part':
      if (role.name === 'following') heedPart(state, role, input.from);
      else if (role.name === 'leading') notePart(state, role, input.from, now);
      return;
    case 'propose':
      propose(state, input.value, input.token, now, outputs);
      return;
    case 'ask-mark':
      if (role.name === 'leading') requestMark(state, role, state.member, input.token, now, outputs);
      else if (leaderOf(state) !== undefined) sendToLeader(state, { type: 'ask-mark', token: input.token }, outputs);
      else want(state);
      return;
    case 'reconfigure':
      if (role.name === 'leading') reconfigure(state, role, input.change, input.token, now, outputs);
      else outputs.push({ type: 'not-submitted', token: input.token, reason: 'no-leader' });
      return;
    case 'transfer':
      if (role.name === 'leading') beginTransfer(state, role, input.to, input.token, now, outputs);
      else outputs.push({ type: 'not-submitted', token: input.token, reason: 'no-leader' });
      return;
    case 'settled': {
      const before = state.decidedUpTo;
      state.decidedUpTo = Math.max(state.decidedUpTo, input.decidedUpTo);
      noteHistory(state, input.history, now, outputs);
      if (state.role.name === 'preparing') leadIfPromised(state, state.role, now, outputs);
      if (role.name !== 'leading') return;
      noteSettled(state, role, input.settled, before, now, outputs);
      answerWhileLeading(state, now, outputs);
      return;
    }
  }
}

function receive(
  state: ProposerState,
  from: MemberId,
  message: ProposerMessage,
  now: number,
  outputs: ProposerOutput[],
): void {
  const { role } = state;
  switch (message.type) {
    case 'canvass':
      answerCanvass(state, from, message, outputs);
      return;
    case 'canvass-reply':
      noteSupport(state, from, message, now, outputs);
      return;
    case 'candidacy':
      heedCandidacy(state, from, message);
      return;
    case 'promise':
      collect(state, from, message, now, outputs);
      return;
    case 'accepted':
      if (role.name === 'leading' && message.ballot === role.ballot)
        noteVoted(state, role, from, message.slot, now, outputs);
      return;
    case 'nack':
      yieldTo(state, message);
      return;
    case 'heartbeat':
      follow(state, from, message);
      return;
    case 'heartbeat-reply':
      if (role.name !== 'leading' || message.ballot !== role.ballot) return;
      noteReply(state, role, from, message, now);
      answerMarks(state, role, now, outputs);
      return;
    case 'handover':
      takeOver(state, message, now, outputs);
      return;
    case 'dismissal':
      heedDismissal(state, message, outputs);
      return;
    case 'submit':
      // Dropped unless it leads: whoever submitted it will submit it again to whoever does.
      if (
        role.name === 'leading' &&
        role.transfer === undefined &&
        objectionToValue(state, message.value) === undefined
      )
        lead(state, role, message.value, now, outputs);
      return;
    case 'ask-mark':
      if (role.name === 'leading') requestMark(state, role, from, message.token, now, outputs);
      return;
    case 'mark':
      outputs.push({ type: 'mark', token: message.token, slot: message.slot });
      return;
  }
}

function propose(state: ProposerState, value: Value, token: number, now: number, outputs: ProposerOutput[]): void {
  const { role } = state;
  const detail = objectionToValue(state, value);
  if (detail !== undefined) {
    outputs.push({ type: 'not-submitted', token, reason: 'refused', detail });
  } else if (role.name === 'leading' && role.transfer === undefined) {
    const isTaken = lead(state, role, value, now, outputs);
    outputs.push(isTaken ? { type: 'submitted', token } : { type: 'not-submitted', token, reason: 'overloaded' });
  } else if (role.name !== 'leading' && leaderOf(state) !== undefined) {
    sendToLeader(state, { type: 'submit', value }, outputs);
    outputs.push({ type: 'submitted', token });
  } else {
    want(state);
    outputs.push({ type: 'not-submitted', token, reason: 'no-leader' });
  }
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
  outputs: ProposerOutput[],
): void {
  const detail = objectionTo(state, role, change);
  if (detail !== undefined) outputs.push({ type: 'not-submitted', token, reason: 'refused', detail });
  else propose(state, reconfigurationValue(change), token, now, outputs);
}

function sendToLeader(state: ProposerState, message: Message, outputs: ProposerOutput[]): void {
  const leader = leaderOf(state);
  if (leader !== undefined) outputs.push({ type: 'send', to: ownerOf(leader), message });
}

function want(state: ProposerState): void {
  if (state.wanted) return;
  state.wanted = true;
  // A member that stands only on demand has no reason to wait for a leader that nobody elects.
  if (!state.options.standing) state.standAt = state.listenedMs + nextRandom(state.random) * state.options.heartbeatMs;
}

function noteHistory(state: ProposerState, history: History, now: number, outputs: ProposerOutput[]): void {
  if (state.history === history) return;
  state.history = history;
  noteMembership(state, outputs);
  if (state.role.name !== 'leading') return;
  // Nobody who was not asked can have been silent.
  for (const member of everyone(history)) {
    if (!state.role.heard.has(member)) state.role.heard.set(member, state.listenedMs);
  }
  // The sooner new members have promised, the less the pipeline waits for them.
  prepareNewVoters(state, state.role, now, outputs);
}

function tick(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  const { options } = state;
  listen(state, now);
  const { role, listenedMs } = state;
  switch (role.name) {
    case 'following':
      if (role.leader !== undefined && listenedMs - role.heardAt > options.electionTimeoutMaxMs)
        role.leader = undefined;
      if (listenedMs < state.standAt || !(options.standing || state.wanted)) return;
      if (mayStand(state)) canvass(state, now, outputs);
      else if (state.dismissed === undefined) askAround(state, outputs);
      return;
    case 'canvassing':
      if (listenedMs >= role.until) follows(state);
      return;
    case 'preparing':
      if (listenedMs - role.progressAt > preparingLimit(state, role)) {
        state.failures += 1;
        follows(state);
      } else {
        askForPromises(state, role, now, outputs);
        tellCandidacy(state, role, now, outputs);
      }
      return;
    case 'leading':
      keepLeading(state, role, now, outputs);
      return;
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

function keepLeading(state: ProposerState, role: Leading, now: number, outputs: ProposerOutput[]): void {
  if (!isPhase2Quorum(configurationNow(state).voters, 'classic', (member) => mayListen(state, role, member))) {
    follows(state);
  } else if (makeWay(state, role, outputs)) {
    // Another one leads on.
  } else if (isStranded(state, role)) {
    // Phase 1 brings the votes back.
    prepare(state, now, outputs);
  } else {
    pump(state, role, now, outputs);
    answerWhileLeading(state, now, outputs);
  }
}

/** Whether a voter was heard from lately, or heartbeats may still wait behind what it was sent. */
function mayListen(state: ProposerState, role: Leading, member: MemberId): boolean {
  return isHeard(state, role, member, onLineMs(state, role.flows.get(member)));
}

/** What waits for the log to move on: marks, a transfer, and leaving when the configuration without it governs. */
function answerWhileLeading(state: ProposerState, now: number, outputs: ProposerOutput[]): void {
  const { role } = state;
  if (role.name !== 'leading') return;
  answerMarks(state, role, now, outputs);
  continueTransfer(state, role, now, outputs);
  if (state.role === role && !state.history.some((configuration) => isVoter(configuration, state.member))) {
    leaveOffice(state, role, outputs);
  }
}
