/**
 * A replica: a machine and its sessions, as they are after so many slots. What the learner hands on is applied here, in slot
 * order, each slot once (rule 8), with the same outcome on every member.
 */

import { readChunks } from './chunks.js';
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
  /**
   * The whole state as bytes, the same bytes for the same state, in chunks: what it is when this is called, whatever becomes of it while
   * they are taken.
   */
  readonly snapshot: (state: State) => Iterable<Uint8Array>;
  /** The state again. The same bytes may come in other chunks than `snapshot` gave. */
  readonly restore: (chunks: Iterable<Uint8Array>) => State;
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
 * What the bytes of {@link writeReplica} begin with: a byte that no message of protobuf begins with, as the snapshots did that were made
 * before there was this form, and the version of the form.
 */
const FORM = 0;
const VERSION = 1;

/** Form, version, and how many bytes the head has. */
const PREFIX_BYTES = 6;

/** Whether these are bytes of {@link writeReplica}, of this version or another one. */
export function isReplica(bytes: Uint8Array): boolean {
  return bytes[0] === FORM;
}

/**
 * The state of a snapshot, in chunks: the machine's, the latest time stamp, and the sessions with every reply that is not acknowledged
 * (rule 9). It is what they are when this is called. A head in JSON says how long each reply is; the replies follow, then the
 * machine's bytes.
 */
export function writeReplica<State, Command, Reply>(replica: Replica<State, Command, Reply>): Iterable<Uint8Array> {
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
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix[0] = FORM;
  prefix[1] = VERSION;
  new DataView(prefix.buffer).setUint32(2, headBytes.length);
  return following([prefix, headBytes, ...parts], replica.machine.snapshot(replica.state));
}

function* following(parts: readonly Uint8Array[], rest: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  yield* parts;
  yield* rest;
}

/**
 * Puts a snapshot's state in place of the replica's own.
 *
 * @throws Error when the bytes are none of {@link writeReplica}, or of a later version; then the replica is what it was.
 */
export function readReplica<State, Command, Reply>(
  replica: Replica<State, Command, Reply>,
  slot: Slot,
  chunks: Iterable<Uint8Array>,
): void {
  const reader = readChunks(chunks);
  const prefix = reader.take(PREFIX_BYTES);
  const [form, version] = prefix;
  if (form !== FORM) throw new Error('a snapshot that is none of a replica');
  if (version !== VERSION) throw new Error(`a snapshot of version ${version}; this is version ${VERSION}`);
  const headBytes = reader.take(new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getUint32(2));
  const head = new TextDecoder('utf-8', { fatal: true }).decode(headBytes);
  const { time, opened, sessions } = JSON.parse(head) as StoredHead;
  const table: SessionTable<Reply> = createSessions(weighing(replica.codec));
  table.opened = opened;
  for (const { session, token, usedAt, acknowledged, replies } of sessions) {
    const known = replies.map(([number, length]) => [number, replica.codec.readReply(reader.take(length))] as const);
    restoreSession(table, session, { token, usedAt, acknowledged, replies: known });
  }
  replica.state = replica.machine.restore(reader.rest());
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
