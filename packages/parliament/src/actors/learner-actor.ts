/** The learner as an actor: it applies what is decided to the registers, in order, and serves reads from them. */

import type { ActorContext, Behaviour } from '@parliament/otp';
import {
  createLearner,
  type Decision,
  type History,
  idleSessions,
  type LearnerInput,
  type LearnerMessage,
  type LearnerOutput,
  type LearnerState,
  learnedBytes,
  recoverLearner,
  type SessionId,
  type Slot,
  stepLearner,
} from '@parliament/synod';
import { decodeBatch } from '../registers/command.js';
import {
  applyBatch,
  type BatchResults,
  type CommandResult,
  createRegisters,
  pageOf,
  type RegisterPage,
  type Registers,
} from '../registers/registers.js';
import { decodeRegisters, encodeInSteps } from '../registers/registers-codec.js';
import {
  Applied,
  Browse,
  Commit,
  Crash,
  GoOn,
  Idle,
  Inspect,
  LeftOut,
  Lookup,
  Received,
  Recover,
  Report,
  Rewritten,
  Saved,
  SaveSnapshot,
  Seen,
  Settled,
  TakeSnapshot,
  Tick,
  Trouble,
  Watermark,
  Written,
} from './mail.js';
import {
  createOnDisk,
  durableUpTo,
  noteLeftOut,
  noteRewritten,
  noteSaved,
  noteWritten,
  type OnDisk,
  takeMissing,
} from './on-disk.js';
import { RECOVERY_LIMIT_MS, type RoleSettings } from './role-settings.js';

interface State {
  readonly learner: LearnerState;
  registers: Registers;
  /** Reads that wait for a slot to be applied, by their tokens. */
  readonly lookups: Map<number, Lookup>;
  /** When each session was last seen to be used, by the own clock. */
  readonly watch: Map<SessionId, { readonly usedAt: Slot; readonly since: number }>;
  watchedAt: number;
  readonly onDisk: OnDisk;
  /** When it last tried to write what was left out. */
  rewroteAt: number;
  /** The slot of a snapshot that was taken over, and is not on disk yet: what follows it does not count before. */
  installing: Slot;
  /** The snapshot that is being taken, step by step. */
  taking: Taking | undefined;
}

interface Taking {
  readonly slot: Slot;
  readonly history: History;
  readonly tailSlots: number;
  readonly encoding: Generator<undefined, Uint8Array>;
}

/** Sessions are looked at this often; one that nobody has used for so long is ended; so many at a time. In milliseconds. */
const WATCH_MS = 5000;
const SESSION_IDLE_MS = 10 * 60_000;
const EXPIRIES_LIMIT = 256;

/** What was left out for want of room is written again this often, until there is room. In milliseconds. */
const REWRITE_MS = 1000;

/** What a learner tells about itself. */
export interface LearnerReport {
  readonly decidedUpTo: Slot;
  readonly history: History;
  readonly registers: number;
}

/** The behaviour of the learner actor. `life` tells the commands of this member's present life from earlier ones'. */
export function learnerBehaviour(settings: RoleSettings, life: number): Behaviour<State, unknown> {
  const { member, history, parliament, storage, acceptor, proposer, post, tailSlots } = settings;

  /** Rule 8: every decree once, in slot order. Gives what became of the commands that came from here. */
  function applyAll(registers: Registers, decisions: readonly Decision[]): BatchResults {
    const commands: CommandResult[] = [];
    let opened: SessionId | undefined;
    for (const { slot, value } of decisions) {
      const results = applyBatch(registers, slot, decodeBatch(value), life);
      opened = results.opened ?? opened;
      commands.push(...results.commands);
    }
    return { opened, commands };
  }

  /** Sessions of lives that have ended, or that have nothing to write, are of no use: whoever leads has them ended. */
  function watchSessions(state: State, now: number, context: ActorContext): void {
    if (now - state.watchedAt < WATCH_MS) return;
    state.watchedAt = now;
    const expiries = idleSessions(state.registers.sessions, state.watch, SESSION_IDLE_MS, now);
    if (expiries.length > 0) context.dispatch(parliament, new Idle(expiries.slice(0, EXPIRIES_LIMIT)));
  }

  /** Who the members are, and how far the log says that all is decided: no further, for the acceptor lets go of its votes there. */
  function tellAcceptor(state: State, onDisk: Slot, context: ActorContext): void {
    if (state.installing === 0) noteWritten(state.onDisk, onDisk);
    context.dispatch(acceptor, new Watermark(durableUpTo(state.onDisk), state.learner.history));
  }

  /** Writes what was left out, for want of room, if there is some by now. */
  function rewrite(state: State, now: number, context: ActorContext): void {
    if (now - state.rewroteAt < REWRITE_MS) return;
    const records = takeMissing(state.onDisk);
    if (records.length === 0) return;
    state.rewroteAt = now;
    const tell = (isWritten: boolean) => (): void => {
      context.dispatch(context.self, new Rewritten(isWritten));
    };
    const { number } = context.incarnation;
    context.dispatch(storage, new Commit('learner', number, records, false, tell(true), tell(false)));
  }

  /** One step of the snapshot that is being taken; what comes meanwhile is not kept waiting for the rest. */
  function goOn(state: State, context: ActorContext): void {
    const { taking } = state;
    if (taking === undefined) return;
    const { done, value } = taking.encoding.next();
    if (done !== true) {
      context.dispatch(context.self, new GoOn());
      return;
    }
    state.taking = undefined;
    const { slot, history: known, tailSlots: kept } = taking;
    const snapshot = { slot, history: known, state: value };
    context.dispatch(storage, new SaveSnapshot(context.incarnation.number, snapshot, kept));
  }

  function answerLooks(state: State, context: ActorContext): void {
    for (const [token, { keys, upTo }] of state.lookups) {
      if (upTo > state.learner.decidedUpTo) continue;
      state.lookups.delete(token);
      const values = keys.map((key) => state.registers.values.get(key));
      context.dispatch(parliament, new Seen(token, values));
    }
  }

  /** One that stands still for long is asked again and again: it must not keep what nobody waits for. */
  function dropLooks(state: State, now: number): void {
    for (const [token, { until }] of state.lookups) if (until <= now) state.lookups.delete(token);
  }

  function step(state: State, input: LearnerInput, context: ActorContext): void {
    let received: Registers | undefined;
    // Another member's state is read before it counts: what it sends must not crash a role.
    const isReadable = (bytes: Uint8Array): boolean => {
      try {
        received = decodeRegisters(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const output = stepLearner(state.learner, input, performance.now(), isReadable);
    // What it had applied is in there, and more.
    if (received !== undefined) state.registers = received;
    carryOut(state, output, context);
  }

  function carryOut(state: State, output: LearnerOutput, context: ActorContext): void {
    const { records, messages, delivered, settled, installed, trouble } = output;
    if (trouble !== undefined) context.dispatch(parliament, new Trouble(trouble));
    if (records.length > 0) {
      // Nobody waits for these but the own acceptor, that keeps its votes until then: what is lost of them is learned again.
      const { decidedUpTo } = state.learner;
      const bytes = learnedBytes(records);
      const release = (): void => {
        context.dispatch(context.self, new Written(decidedUpTo, bytes));
      };
      const skip = (): void => {
        context.dispatch(context.self, new LeftOut(records, bytes));
      };
      context.dispatch(storage, new Commit('learner', context.incarnation.number, records, false, release, skip));
    }
    post.send(messages, context.incarnation);
    if (settled.length > 0 || installed !== undefined) {
      const { decidedUpTo } = state.learner;
      context.dispatch(proposer, new Settled(settled, decidedUpTo, state.learner.history));
      if (delivered.length > 0 || installed !== undefined) {
        if (installed !== undefined) state.installing = installed.slot;
        if (output.changes.length > 0 || installed !== undefined) tellAcceptor(state, 0, context);
        const { opened, commands } = applyAll(state.registers, delivered);
        context.dispatch(parliament, new Applied(opened, commands, decidedUpTo));
        answerLooks(state, context);
      }
    }
  }

  return {
    async init(context) {
      const state: State = {
        learner: createLearner(member, history, tailSlots),
        registers: createRegisters(),
        lookups: new Map(),
        watch: new Map(),
        watchedAt: performance.now(),
        onDisk: createOnDisk(),
        rewroteAt: Number.NEGATIVE_INFINITY,
        installing: 0,
        taking: undefined,
      };
      const results: CommandResult[] = [];
      let session: SessionId | undefined;
      const recover = new Recover('learner', context.incarnation.number, (record) => {
        const { installed, delivered } = recoverLearner(state.learner, record);
        if (installed !== undefined) state.registers = decodeRegisters(installed.state);
        const { opened, commands } = applyAll(state.registers, delivered);
        session = opened ?? session;
        results.push(...commands);
      });
      await context.call(storage, recover, { timeoutMs: RECOVERY_LIMIT_MS });
      const { decidedUpTo } = state.learner;
      tellAcceptor(state, decidedUpTo, context);
      context.dispatch(parliament, new Applied(session, results, decidedUpTo));
      return state;
    },

    receive(state, message, context) {
      if (message instanceof Received) {
        for (const received of message.messages as readonly LearnerMessage[]) {
          step(state, { type: 'message', from: message.from, message: received }, context);
        }
      } else if (message instanceof TakeSnapshot) {
        const { decidedUpTo: slot, history: known, snapshot } = state.learner;
        if (slot <= (snapshot?.slot ?? 0) || state.taking !== undefined) return state;
        const { tailSlots: kept } = message;
        state.taking = { slot, history: known, tailSlots: kept, encoding: encodeInSteps(state.registers) };
        goOn(state, context);
      } else if (message instanceof GoOn) {
        goOn(state, context);
      } else if (message instanceof Saved) {
        // Rule 9: what it stands for goes from memory, too, now that it is durable.
        stepLearner(state.learner, { type: 'snapshotted', snapshot: message.snapshot }, performance.now());
        if (message.snapshot.slot >= state.installing) state.installing = 0;
        if (state.installing === 0) noteSaved(state.onDisk, message.snapshot.slot);
        tellAcceptor(state, 0, context);
      } else if (message instanceof Written) {
        tellAcceptor(state, message.decidedUpTo, context);
        const { bytes } = message;
        if (bytes > 0) stepLearner(state.learner, { type: 'written', bytes }, performance.now());
      } else if (message instanceof LeftOut) {
        const { records, bytes } = message;
        noteLeftOut(state.onDisk, records);
        if (bytes > 0) stepLearner(state.learner, { type: 'written', bytes }, performance.now());
      } else if (message instanceof Rewritten) {
        noteRewritten(state.onDisk, message.isWritten);
        if (message.isWritten) state.rewroteAt = Number.NEGATIVE_INFINITY;
        tellAcceptor(state, 0, context);
      } else if (message instanceof Lookup) {
        state.lookups.set(message.token, message);
        answerLooks(state, context);
      } else if (message instanceof Tick) {
        step(state, { type: 'tick' }, context);
        rewrite(state, performance.now(), context);
        dropLooks(state, performance.now());
        watchSessions(state, performance.now(), context);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        const { decidedUpTo, history: known } = state.learner;
        const report = { decidedUpTo, history: known, registers: state.registers.values.size };
        context.dispatch(context.sender, new Report<LearnerReport>(report));
      } else if (message instanceof Browse && context.sender !== undefined) {
        context.dispatch(context.sender, new Report<RegisterPage>(pageOf(state.registers, message.after)));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
