/**
 * A replica: a machine and its sessions, as they are after so many slots. What the learner hands on is applied here, in slot
 * order, each slot once (rule 8), with the same outcome on every member.
 */

import { type Decree, readDecree } from './decree.js';
import type { Decision } from './messages.js';
import {
  applyEntry,
  createSessions,
  restoreSession,
  type SessionEntry,
  type SessionResult,
  type SessionTable,
} from './sessions.js';
import type { Slot } from './slot.js';

/** Where in the log a command is applied, and when: the same on every member. */
export interface At {
  readonly slot: Slot;
  /** Its place among the entries of the decree, from 0. */
  readonly index: number;
  /**
   * In milliseconds since 1970, as the calendar of whoever led said when it took the decree; never less than at an earlier command,
   * whatever the calendars of several leaders say. 0 where no leader has said anything yet.
   */
  readonly time: number;
}

/**
 * A deterministic state machine. `apply` may change the state in place; what it does depends on the state, the command and
 * its place alone: no clock, no chance, no order of a hash. What `apply` throws must depend on them alone, too.
 */
export interface Machine<State, Command, Reply> {
  readonly initial: () => State;
  readonly apply: (state: State, command: Command, at: At) => Reply;
  /** The whole state as bytes, the same bytes for the same state, and back. */
  readonly snapshot: (state: State) => Uint8Array;
  readonly restore: (bytes: Uint8Array) => State;
}

/** How commands and replies become bytes. */
export interface MachineCodec<Command, Reply> {
  /** The entries of a batch, as decided. Bytes that nobody can have proposed give none. */
  readonly readEntries: (payload: Uint8Array) => readonly SessionEntry<Command>[];
  readonly writeReply: (reply: Reply) => Uint8Array;
  readonly readReply: (bytes: Uint8Array) => Reply;
  /** What a reply weighs while it is kept, in bytes: the same on every member. Default: what `writeReply` makes of it. */
  readonly weighReply?: (reply: Reply) => number;
}

export interface Replica<State, Command, Reply> {
  readonly machine: Machine<State, Command, Reply>;
  readonly codec: MachineCodec<Command, Reply>;
  state: State;
  sessions: SessionTable<Reply>;
  /** Every slot up to here is applied. */
  appliedUpTo: Slot;
  /** The latest time stamp up to there. */
  time: number;
}

/** A replica before the first slot. */
export function createReplica<State, Command, Reply>(
  machine: Machine<State, Command, Reply>,
  codec: MachineCodec<Command, Reply>,
): Replica<State, Command, Reply> {
  const sessions: SessionTable<Reply> = createSessions(weighing(codec));
  return { machine, codec, state: machine.initial(), sessions, appliedUpTo: 0, time: 0 };
}

function weighing<Command, Reply>(codec: MachineCodec<Command, Reply>): (reply: Reply) => number {
  return codec.weighReply ?? ((reply) => codec.writeReply(reply).length);
}

/**
 * Applies what is decided in the next slot; gives what became of each of its entries.
 *
 * @throws Error when a slot is skipped or repeated, or the decree is of an unknown kind: a learner hands on no such thing.
 */
export function applyDecision<State, Command, Reply>(
  replica: Replica<State, Command, Reply>,
  { slot, value }: Decision,
): SessionResult<Reply>[] {
  if (slot !== replica.appliedUpTo + 1) throw new Error(`slot ${slot} cannot follow slot ${replica.appliedUpTo}`);
  const decree: Decree = readDecree(value);
  if (decree.type === 'unknown') throw new Error(`slot ${slot} holds a decree that this version cannot read`);
  replica.appliedUpTo = slot;
  if (decree.type !== 'commands') return [];
  const { machine, codec, sessions } = replica;
  replica.time = Math.max(replica.time, decree.time);
  const { time } = replica;
  return codec
    .readEntries(decree.payload)
    .map((entry, index) =>
      applyEntry(sessions, slot, entry, (command) => machine.apply(replica.state, command, { slot, index, time })),
    );
}

/**
 * The state of a snapshot: the machine's, the latest time stamp, and the sessions with every reply that is not acknowledged (rule 9). A head in JSON says how
 * long each reply is; the replies follow, then the machine's bytes.
 */
export function writeReplica<State, Command, Reply>(replica: Replica<State, Command, Reply>): Uint8Array {
  const { time } = replica;
  const { opened, sessions } = replica.sessions;
  const parts: Uint8Array[] = [];
  const head: StoredHead = {
    time,
    opened,
    sessions: [...sessions].map(([session, { token, usedAt, acknowledged, replies }]) => {
      const stored = [...replies].map(([number, { reply }]): readonly [number, number] => {
        const bytes = replica.codec.writeReply(reply);
        parts.push(bytes);
        return [number, bytes.length];
      });
      return { session, token, usedAt, acknowledged, replies: stored };
    }),
  };
  const headBytes = new TextEncoder().encode(JSON.stringify(head));
  parts.unshift(headBytes);
  parts.push(replica.machine.snapshot(replica.state));
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 4));
  new DataView(bytes.buffer).setUint32(0, headBytes.length);
  let end = 4;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/** Puts a snapshot's state in place of the replica's own. @throws Error when the bytes are none of {@link writeReplica}. */
export function readReplica<State, Command, Reply>(
  replica: Replica<State, Command, Reply>,
  slot: Slot,
  bytes: Uint8Array,
): void {
  let end = 4 + new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  const head = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, end));
  const { time, opened, sessions } = JSON.parse(head) as StoredHead;
  const table: SessionTable<Reply> = createSessions(weighing(replica.codec));
  table.opened = opened;
  const read = (length: number): Uint8Array => {
    end += length;
    if (end > bytes.length) throw new RangeError('a snapshot that ends within a reply');
    return bytes.subarray(end - length, end);
  };
  for (const { session, token, usedAt, acknowledged, replies } of sessions) {
    const known = replies.map(([number, length]) => [number, replica.codec.readReply(read(length))] as const);
    restoreSession(table, session, { token, usedAt, acknowledged, replies: known });
  }
  replica.state = replica.machine.restore(bytes.subarray(end));
  replica.sessions = table;
  replica.appliedUpTo = slot;
  replica.time = time;
}

interface StoredHead {
  readonly time: number;
  readonly opened: number;
  readonly sessions: readonly {
    readonly session: number;
    readonly token: number;
    readonly usedAt: Slot;
    readonly acknowledged: number;
    /** The number of each, and how many bytes it has. */
    readonly replies: readonly (readonly [number: number, length: number])[];
  }[];
}
