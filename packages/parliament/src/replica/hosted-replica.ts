/** The replica of a hosted machine: what its member's life hears of it, and how it comes out of a snapshot. */

import {
  applyDecision,
  createReplica,
  createSessions,
  type Decision,
  isReplica,
  type MachineCodec,
  type Replica,
  readReplica,
  restoreSession,
  type SessionId,
  type Slot,
} from '@parliament/synod';
import type { HostedMachine } from '../host/hosted.js';
import { readEntries } from './batch.js';

export type HostedReplica<State> = Replica<State, Uint8Array, Uint8Array>;

/** The reply of a command of the own life: number `sequence` of its session; in a log with an end of session 0, and the number of the request. */
export interface OwnResult {
  readonly session: SessionId;
  readonly sequence: number;
  readonly reply: Uint8Array;
  /** Where it was applied; where this was not seen, for it is within a snapshot, a later one, in which it was answered again. */
  readonly slot: Slot;
}

/** A replica before the first slot. */
export function createHosted<State>(machine: HostedMachine<State>): HostedReplica<State> {
  const codec: MachineCodec<Uint8Array, Uint8Array> = {
    readEntries,
    writeReply: (reply) => reply,
    // A copy: a view would keep the whole snapshot in memory for as long as the reply is kept.
    readReply: (bytes) => new Uint8Array(bytes),
  };
  const { weighReply } = machine;
  return createReplica(machine, weighReply === undefined ? codec : { ...codec, weighReply });
}

/** Applies what is decided in the next slot. Gives what became of the commands of `life`. */
export function applyHosted<State>(replica: HostedReplica<State>, decision: Decision, life: number): OwnResult[] {
  const own: OwnResult[] = [];
  const results = applyDecision(replica, decision);
  // No session ends behind the commands of its decree: one that was used in it is open.
  const session = replica.sessions.byToken.get(life);
  for (const result of results) {
    if (result.type === 'replied' && result.session === session) {
      own.push({ session, sequence: result.number, reply: result.reply, slot: decision.slot });
    } else if (result.type === 'answered' && result.token === life) {
      own.push({ session: 0, sequence: result.request, reply: result.reply, slot: decision.slot });
    }
  }
  return own;
}

/**
 * The replica of a snapshot that was taken after `slot`.
 *
 * @throws Error when the bytes are none that this version or an earlier one wrote for this machine.
 */
export function readHosted<State>(machine: HostedMachine<State>, slot: Slot, bytes: Uint8Array): HostedReplica<State> {
  const replica = createHosted(machine);
  if (isReplica(bytes)) {
    readReplica(replica, slot, [bytes]);
    return replica;
  }
  const { readOldSnapshot } = machine;
  if (readOldSnapshot === undefined)
    throw new Error(`the snapshot is of an earlier version, which had no ${machine.name}`);
  const { state, opened, sessions } = readOldSnapshot(bytes);
  const table = createSessions(replica.sessions.weigh);
  table.opened = opened;
  for (const [id, session] of sessions) restoreSession(table, id, session);
  replica.state = state;
  replica.sessions = table;
  replica.appliedUpTo = slot;
  return replica;
}
