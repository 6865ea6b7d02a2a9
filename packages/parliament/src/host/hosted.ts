/** What a parliament needs of the machine that it runs: to everybody else commands, replies, queries and answers are bytes. */

import type { Reference } from '@parliament/otp';
import type { Machine, SessionId, Slot, StoredSession } from '@parliament/synod';
import type { FailureReply, ReadLevel } from '../client/requests.js';
import type { WatchReply, WatchRequest } from '../client/watch-requests.js';
import type { Outcome } from '../errors.js';

/**
 * A machine whose commands and replies are bytes. `apply` and `query` never throw, whatever the bytes, and come to the same on
 * every member. What they are given is a view of a decree: who keeps a part of it keeps a copy.
 */
export interface HostedMachine<State> extends Machine<State, Uint8Array, Uint8Array> {
  /** Names it in messages. */
  readonly name: string;
  readonly version: number;
  readonly query: (state: State, query: Uint8Array) => Uint8Array;
  /** Whether the command, when it is applied twice, does what it does once, and has the same reply. */
  readonly isRepeatable: (command: Uint8Array) => boolean;
  /**
   * What those who watch are told of a command that was applied; undefined where it has changed nothing, or is none of their business.
   * Default: nobody is told of any.
   */
  readonly told?: (command: Uint8Array, reply: Uint8Array) => Told | undefined;
  /** What a reply weighs while it is kept, in bytes. Default: its length. */
  readonly weighReply?: (reply: Uint8Array) => number;
  /** Reads a snapshot of before snapshots could be of any machine. Default: this one had none then. */
  readonly readOldSnapshot?: (bytes: Uint8Array) => OldSnapshot<State>;
}

/** What those who watch are told of a command. */
interface Told {
  readonly command: Uint8Array;
  readonly reply: Uint8Array;
}

/** What a snapshot of an old form holds. */
export interface OldSnapshot<State> {
  readonly state: State;
  /** Sessions opened so far, and those that are open. */
  readonly opened: number;
  readonly sessions: readonly (readonly [id: SessionId, session: StoredSession<Uint8Array>])[];
}

/** What the machine said: the reply of a command, or the answer to a query. */
export interface Said {
  readonly ok: true;
  readonly bytes: Uint8Array;
  /** Of a reply: the slot in which the command was applied. Of an answer: the last one that was applied where it was given. */
  readonly slot: Slot;
}

/** What the machine said to a query. */
export interface Found extends Said {
  /** In milliseconds: see `ageMs` of `ReadResult`. Absent: it is not known. */
  readonly ageMs?: number;
}

/** What a read is to wait for. */
export interface ReadWish {
  readonly level: ReadLevel;
  /** All up to this slot is to be applied where it is asked; 0 for none in particular. */
  readonly atLeast: Slot;
}

export const LINEARIZABLE: ReadWish = { level: 'linearizable', atLeast: 0 };

/** The log has an end, `lastSlot`, and no slot is left: nothing more is decided in it. */
export interface LogFull {
  readonly ok: false;
  readonly code: 'log-full';
  readonly outcome: Outcome;
  readonly error: string;
}

/** Takes what became of a command, or of a query. */
export type CommandAnswer = (reply: Said | FailureReply | LogFull) => void;
export type QueryAnswer = (reply: Found | FailureReply) => void;
/** Takes what a watcher is told. */
export type WatchAnswer = (reply: WatchReply | FailureReply) => void;

/** What a face may ask of its parliament. Deadlines are moments of `performance.now()`. */
export interface Service {
  /** Why nothing can be done at this moment for what is of this kind. `command` and `query` look at it, too. */
  readonly objectionTo: (kind: 'command' | 'query') => FailureReply | undefined;
  /** Has a command decided, and applied once. */
  readonly command: (payload: Uint8Array, deadline: number, answer: CommandAnswer) => void;
  /** Asks the machine, when there is what the wish says. Default: all that is decided by now, so that the answer is linearizable. */
  readonly query: (query: Uint8Array, deadline: number, answer: QueryAnswer, wish?: ReadWish) => void;
  /** Asks the machine as this member has it: that may be behind. Rejects where the learner does not answer in time. */
  readonly look: (query: Uint8Array, timeoutMs: number) => Promise<Uint8Array>;
  /** Tells what is decided from a place on, or what the machine says once all before it is applied. */
  readonly watch: (request: WatchRequest, answer: WatchAnswer) => void;
}

/** What is said where {@link Service.look} was not answered. */
export const NOT_LOOKED: FailureReply = {
  ok: false,
  code: 'timeout',
  outcome: 'not-applied',
  error: 'the learner of this member is being restarted, or busy: ask again',
};

/** What stands between the users of a machine and the desk: it knows what their requests mean. */
export interface Face {
  /** Serves a message, if it is a request of this machine's users. */
  readonly serve: (message: unknown, sender: Reference) => void;
  /** How much the machine holds, for the status. Default: it does not say, which counts as nothing. */
  readonly count?: (timeoutMs: number) => Promise<number>;
}

/** A machine with its face. */
export interface Hosted<State> {
  readonly machine: HostedMachine<State>;
  /**
   * Machine and version, and whether it is watched, as members tell one another and directories have it written down. Registers alone have
   * none: they came first.
   */
  readonly label: string | undefined;
  /** Whether it opens what registers alone have written, and goes on with it. Default: it does not. */
  readonly opensRegisters?: boolean;
  /** `limitBytes`: of the longest value, as the settings say. */
  readonly openFace: (service: Service, limitBytes: number) => Face;
}
