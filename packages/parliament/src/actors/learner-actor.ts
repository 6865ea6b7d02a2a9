/** The learner as an actor: it applies what is decided to the machine, in order, and asks it what is asked. */

import { type ActorContext, type Behaviour, textOf } from '@parliament/otp';
import {
  afterLearner,
  afterLeftOut,
  afterSaved,
  afterWritten,
  createLearner,
  createOnDisk,
  type Decision,
  type History,
  idleSessions,
  type LearnerInput,
  type LearnerMessage,
  type LearnerSequel,
  type LearnerState,
  type LearnerWrite,
  noteRewritten,
  type OnDisk,
  onDiskAtStart,
  recoverLearner,
  type SessionId,
  type Slot,
  stepLearner,
  takeMissing,
  watermarkOf,
  writeReplica,
} from '@parliament/synod';
import type { WatchReply, WatchRequest } from '../client/watch-requests.js';
import type { HostedMachine } from '../host/hosted.js';
import {
  applyHosted,
  createHosted,
  type HostedReplica,
  type OwnResult,
  readHosted,
} from '../replica/hosted-replica.js';
import { beginAfter, createChronicle, type Chronicle, noteApplied, noting, pageOf } from '../watch/chronicle.js';
import {
  Applied,
  AppliedUpTo,
  Commit,
  Crash,
  GoOn,
  Idle,
  Inspect,
  LeftOut,
  Look,
  LookOn,
  Lookup,
  NoSnapshot,
  Received,
  Recover,
  Report,
  Rewritten,
  Saved,
  SaveSnapshot,
  Seen,
  Settled,
  TakeSnapshot,
  Tell,
  Tick,
  Told,
  Trouble,
  Watermark,
  Written,
} from './mail.js';
import { RECOVERY_LIMIT_MS, type RoleSettings } from './role-settings.js';
import { gather, type Taking } from './taking.js';

interface State<Content> {
  readonly learner: LearnerState;
  /** The machine and its sessions, as far as the learner is. */
  replica: HostedReplica<Content>;
  /** Reads that wait for a slot to be applied, by their tokens. */
  readonly lookups: Map<number, Lookup>;
  /** One was answered in this turn, or a moment ago: the next one is, with {@link LookOn}. */
  isLooking: boolean;
  /** When each session was last seen to be used, by the own clock. */
  readonly watch: Map<SessionId, { readonly usedAt: Slot; readonly since: number }>;
  watchedAt: number;
  onDisk: OnDisk;
  /** When it last tried to write what was left out. */
  rewroteAt: number;
  /** The snapshot that is being taken, step by step. */
  taking: Taking | undefined;
  /** What is told to those who watch, and the machine that notes it there. */
  readonly chronicle: Chronicle;
  readonly noted: HostedMachine<Content>;
}

/** Sessions are looked at this often; one that nobody has used for so long is ended; so many at a time. In milliseconds. */
const WATCH_MS = 5000;
const SESSION_IDLE_MS = 10 * 60_000;
const EXPIRIES_LIMIT = 256;

/** What was left out for want of room is written again this often, until there is room. In milliseconds. */
const REWRITE_MS = 1000;

/** About so many bytes are told to a watcher at a time. */
const PAGE_BYTES = 256 * 1024;

/** What a learner tells about itself. */
export interface LearnerReport {
  readonly decidedUpTo: Slot;
  readonly history: History;
}

/** The behaviour of the learner actor. `life` tells the commands of this member's present life from earlier ones'. */
export function learnerBehaviour<Content>(
  settings: RoleSettings,
  life: number,
  machine: HostedMachine<Content>,
  watchBytes: number,
): Behaviour<State<Content>, unknown> {
  const { member, history, parliament, storage, acceptor, proposer, watchers, post, tailSlots } = settings;

  /** Rule 8: every decree once, in slot order. Gives what became of the commands that came from here. */
  function applyAll({ replica }: State<Content>, decisions: readonly Decision[]): OwnResult[] {
    return decisions.flatMap((decision) => applyHosted(replica, decision, life));
  }

  function tellApplied(
    { learner, replica }: State<Content>,
    results: readonly OwnResult[],
    context: ActorContext,
  ): void {
    const { byToken, opened } = replica.sessions;
    context.dispatch(parliament, new Applied(byToken.get(life), opened, results, learner.decidedUpTo));
  }

  /** Sessions of lives that have ended, or that have nothing to write, are of no use: whoever leads has them ended. */
  function watchSessions(state: State<Content>, now: number, context: ActorContext): void {
    if (now - state.watchedAt < WATCH_MS) return;
    state.watchedAt = now;
    const expiries = idleSessions(state.replica.sessions, state.watch, SESSION_IDLE_MS, now);
    if (expiries.length > 0) context.dispatch(parliament, new Idle(expiries.slice(0, EXPIRIES_LIMIT)));
  }

  function tellAcceptor({ learner, onDisk }: State<Content>, context: ActorContext): void {
    const { decidedUpTo, history: known } = watermarkOf(learner, onDisk);
    context.dispatch(acceptor, new Watermark(decidedUpTo, known));
  }

  /** Writes what was left out, for want of room, if there is some by now. */
  function rewrite(state: State<Content>, now: number, context: ActorContext): void {
    if (now - state.rewroteAt < REWRITE_MS) return;
    const records = takeMissing(state.onDisk);
    if (records === undefined) return;
    state.rewroteAt = now;
    const tell = (isWritten: boolean) => (): void => {
      context.dispatch(context.self, new Rewritten(isWritten));
    };
    const { number } = context.incarnation;
    context.dispatch(storage, new Commit('learner', number, records, false, tell(true), tell(false)));
  }

  /** One step of the snapshot that is being taken; what comes meanwhile is not kept waiting for the rest. */
  function goOn(state: State<Content>, context: ActorContext): void {
    const { taking } = state;
    if (taking === undefined) return;
    const { slot, history: known, tailSlots: kept } = taking;
    let result: IteratorResult<undefined, Uint8Array>;
    try {
      result = taking.steps.next();
    } catch (error) {
      state.taking = undefined;
      tellNoSnapshot(slot, error, context);
      return;
    }
    if (result.done !== true) {
      context.dispatch(context.self, new GoOn());
      return;
    }
    state.taking = undefined;
    const snapshot = { slot, history: known, state: result.value };
    context.dispatch(storage, new SaveSnapshot(context.incarnation.number, snapshot, kept));
  }

  /** Begins to take a snapshot. One that is being taken goes on, and keeps no more slots below it than is asked for now. */
  function take(state: State<Content>, { tailSlots: kept }: TakeSnapshot, context: ActorContext): void {
    const { decidedUpTo: slot, history: known, snapshot } = state.learner;
    if (state.taking !== undefined) {
      state.taking.tailSlots = Math.min(state.taking.tailSlots, kept);
      return;
    }
    if (slot <= (snapshot?.slot ?? 0)) return;
    try {
      state.taking = { slot, history: known, tailSlots: kept, steps: gather(writeReplica(state.replica)) };
    } catch (error) {
      tellNoSnapshot(slot, error, context);
    }
    goOn(state, context);
  }

  /** A machine whose state has no form as bytes has it on every member: to crash for that, again and again, would end them all. */
  function tellNoSnapshot(slot: Slot, error: unknown, context: ActorContext): void {
    context.dispatch(parliament, new NoSnapshot(slot, textOf(error)));
  }

  /** Answers one lookup that can be, and the next ones each in a turn of their own: what else has come is not kept waiting for all. */
  function answerLooks(state: State<Content>, context: ActorContext): void {
    if (state.isLooking) return;
    for (const [token, { queries, upTo }] of state.lookups) {
      if (upTo > state.learner.decidedUpTo) continue;
      state.lookups.delete(token);
      const answers = queries.map((query) => machine.query(state.replica.state, query));
      context.dispatch(parliament, new Seen(token, answers, state.learner.decidedUpTo));
      state.isLooking = true;
      context.dispatch(context.self, new LookOn());
      return;
    }
  }

  /** One that stands still for long is asked again and again: it must not keep what nobody waits for. */
  function dropLooks(state: State<Content>, now: number): void {
    for (const [token, { until }] of state.lookups) if (until <= now) state.lookups.delete(token);
  }

  function step(state: State<Content>, input: LearnerInput, context: ActorContext): void {
    let received: HostedReplica<Content> | undefined;
    let flaw = '';
    // Another member's state is read before it counts: what it sends must not crash a role.
    const isReadable = (bytes: Uint8Array): boolean => {
      try {
        received = readHosted(state.noted, 0, bytes);
        return true;
      } catch (error) {
        flaw = textOf(error);
        return false;
      }
    };
    const step = stepLearner(state.learner, input, performance.now(), isReadable);
    const sequel = afterLearner(state.learner, state.onDisk, step);
    // What it had applied is in there, and more.
    if (received !== undefined && sequel.installed !== undefined) {
      received.appliedUpTo = sequel.installed.slot;
      state.replica = received;
      beginAfter(state.chronicle, sequel.installed.slot);
    }
    if (sequel.trouble !== undefined) context.dispatch(parliament, new Trouble(sequel.trouble, flaw));
    carryOut(state, sequel, context);
  }

  function carryOut(state: State<Content>, sequel: LearnerSequel, context: ActorContext): void {
    const { write, messages, installed, delivered, isAcceptorTold, forProposer } = sequel;
    if (write !== undefined) commit(write, context);
    post.send(messages, context.incarnation);
    if (installed !== undefined || delivered.length > 0) {
      tellApplied(state, applyAll(state, delivered), context);
      answerLooks(state, context);
      noteApplied(state.chronicle, state.learner.decidedUpTo);
      if (machine.told !== undefined) context.dispatch(watchers, new AppliedUpTo(state.learner.decidedUpTo));
    }
    if (isAcceptorTold) tellAcceptor(state, context);
    if (forProposer !== undefined) {
      const { settled, decidedUpTo, history: known } = forProposer;
      context.dispatch(proposer, new Settled(settled, decidedUpTo, known));
    }
  }

  /** What those who watch are told; what is not remembered any more is told by nobody. */
  function tell({ chronicle, replica, learner }: State<Content>, { place, query }: WatchRequest): WatchReply {
    if (query !== undefined) {
      return { ok: true, slot: learner.decidedUpTo, bytes: machine.query(replica.state, query) };
    }
    return pageOf(chronicle, place, PAGE_BYTES) ?? { ok: true, oldest: chronicle.from };
  }

  function commit(write: LearnerWrite, context: ActorContext): void {
    const release = (): void => {
      context.dispatch(context.self, new Written(write));
    };
    const skip = (): void => {
      context.dispatch(context.self, new LeftOut(write));
    };
    context.dispatch(storage, new Commit('learner', context.incarnation.number, write.records, false, release, skip));
  }

  /** The learner hears what has become of something that it wanted written, if that is anything to it. */
  function hear({ learner }: State<Content>, input: LearnerInput | undefined): void {
    if (input !== undefined) stepLearner(learner, input, performance.now());
  }

  return {
    async init(context) {
      const chronicle = createChronicle(watchBytes);
      const noted = noting(machine, chronicle);
      const state: State<Content> = {
        learner: createLearner(member, history, tailSlots),
        replica: createHosted(noted),
        lookups: new Map(),
        isLooking: false,
        watch: new Map(),
        watchedAt: performance.now(),
        onDisk: createOnDisk(),
        rewroteAt: Number.NEGATIVE_INFINITY,
        taking: undefined,
        chronicle,
        noted,
      };
      const results: OwnResult[] = [];
      const recover = new Recover('learner', context.incarnation.number, (record) => {
        const { installed, delivered } = recoverLearner(state.learner, record);
        if (installed !== undefined) {
          state.replica = readHosted(noted, installed.slot, installed.state);
          beginAfter(chronicle, installed.slot);
        }
        for (const result of applyAll(state, delivered)) results.push(result);
        noteApplied(chronicle, state.learner.decidedUpTo);
      });
      await context.call(storage, recover, { timeoutMs: RECOVERY_LIMIT_MS });
      state.onDisk = onDiskAtStart(state.learner);
      tellAcceptor(state, context);
      tellApplied(state, results, context);
      return state;
    },

    receive(state, message, context) {
      if (message instanceof Received) {
        for (const received of message.messages as readonly LearnerMessage[]) {
          step(state, { type: 'message', from: message.from, message: received }, context);
        }
      } else if (message instanceof TakeSnapshot) {
        take(state, message, context);
      } else if (message instanceof LookOn) {
        state.isLooking = false;
        answerLooks(state, context);
      } else if (message instanceof GoOn) {
        goOn(state, context);
      } else if (message instanceof Saved) {
        hear(state, afterSaved(state.onDisk, message.snapshot));
        tellAcceptor(state, context);
      } else if (message instanceof Written) {
        const input = afterWritten(state.onDisk, message.write);
        tellAcceptor(state, context);
        hear(state, input);
      } else if (message instanceof LeftOut) {
        hear(state, afterLeftOut(state.onDisk, message.write));
      } else if (message instanceof Rewritten) {
        noteRewritten(state.onDisk, message.isWritten);
        if (message.isWritten) state.rewroteAt = Number.NEGATIVE_INFINITY;
        tellAcceptor(state, context);
      } else if (message instanceof Lookup) {
        state.lookups.set(message.token, message);
        answerLooks(state, context);
      } else if (message instanceof Tell) {
        context.dispatch(watchers, new Told(message.polls, tell(state, message.request)));
      } else if (message instanceof Tick) {
        step(state, { type: 'tick' }, context);
        rewrite(state, performance.now(), context);
        dropLooks(state, performance.now());
        watchSessions(state, performance.now(), context);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        const { decidedUpTo, history: known } = state.learner;
        context.dispatch(context.sender, new Report<LearnerReport>({ decidedUpTo, history: known }));
      } else if (message instanceof Look && context.sender !== undefined) {
        const answer = machine.query(state.replica.state, message.query);
        context.dispatch(context.sender, new Report<Uint8Array>(answer));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
