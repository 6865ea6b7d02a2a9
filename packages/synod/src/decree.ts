/**
 * Decrees: what a value means. To the acceptor and the proposer a value is bytes; only who learns it looks into it.
 *
 * The first byte says what follows: 1, commands, in a form that only the machine's host knows; 2, a change of membership,
 * as JSON, which is rare, and which every version to come must be able to read; 3, commands with a time stamp before them. The empty value
 * is the no-op.
 */

import type { Reconfiguration } from './configuration.js';
import { checkedQuorums } from './quorum.js';
import { NO_OP, type Value } from './slot.js';

const COMMANDS = 1;
const RECONFIGURATION = 2;
const STAMPED = 3;

/** A kind, and a time stamp: milliseconds since 1970 in six bytes, the highest first; enough until the year 10889. */
const STAMPED_HEAD_BYTES = 7;
const STAMP_LIMIT = 2 ** 48 - 1;

export type Decree =
  | { readonly type: 'no-op' }
  /** `time`: when a leader took them to propose them, by its calendar, in milliseconds since 1970; 0 where that is not known. */
  | { readonly type: 'commands'; readonly time: number; readonly payload: Uint8Array }
  | { readonly type: 'reconfiguration'; readonly change: Reconfiguration }
  /** Bytes of no form that this version knows. A later one may: so nobody passes over them, and nobody proposes them. */
  | { readonly type: 'unknown' };

/** The value of commands that `payload` holds, with room for the time stamp of whoever leads. */
export function commandsValue(payload: Uint8Array): Value {
  const value = new Uint8Array(payload.length + STAMPED_HEAD_BYTES);
  value[0] = STAMPED;
  value.set(payload, STAMPED_HEAD_BYTES);
  return value;
}

/**
 * The same decree with this time stamp, where it has room for one: whoever leads gives it one before it proposes it, whatever stands there.
 *
 * @param time in milliseconds since 1970.
 */
export function stampedValue(value: Value, time: number): Value {
  if (value[0] !== STAMPED || value.length < STAMPED_HEAD_BYTES) return value;
  const stamp = Math.min(STAMP_LIMIT, Math.max(0, Math.floor(time)));
  const stamped = Uint8Array.from(value);
  const view = new DataView(stamped.buffer);
  view.setUint16(1, Math.floor(stamp / 2 ** 32));
  view.setUint32(3, stamp % 2 ** 32);
  return stamped;
}

/** The value of a change of membership. */
export function reconfigurationValue(change: Reconfiguration): Value {
  const text = new TextEncoder().encode(JSON.stringify(change));
  const value = new Uint8Array(text.length + 1);
  value[0] = RECONFIGURATION;
  value.set(text, 1);
  return value;
}

/** Whether `value` is commands or the no-op, as nearly all are: nothing that the protocol itself has to read. */
export function holdsCommands(value: Value): boolean {
  return value.length === 0 || value[0] === COMMANDS || (value[0] === STAMPED && value.length >= STAMPED_HEAD_BYTES);
}

/** What `value` decrees. The payload of commands is a view of it. */
export function readDecree(value: Value): Decree {
  if (value === NO_OP || value.length === 0) return { type: 'no-op' };
  if (value[0] === COMMANDS) return { type: 'commands', time: 0, payload: value.subarray(1) };
  if (value[0] === STAMPED && value.length >= STAMPED_HEAD_BYTES) {
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const time = view.getUint16(1) * 2 ** 32 + view.getUint32(3);
    return { type: 'commands', time, payload: value.subarray(STAMPED_HEAD_BYTES) };
  }
  const change = changeOf(value);
  return change === undefined ? { type: 'unknown' } : { type: 'reconfiguration', change };
}

/** The change of membership that `value` decrees, if it does. */
export function changeOf(value: Value): Reconfiguration | undefined {
  if (value[0] !== RECONFIGURATION) return undefined;
  try {
    const found: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value.subarray(1)));
    const { base, voters, learners } = found as Reconfiguration;
    if (!Number.isSafeInteger(base) || !Array.isArray(learners)) return undefined;
    return { base, voters: checkedQuorums(voters), learners: learners.map(Number) };
  } catch {
    // Not JSON, or no quorum system: a decree that no version up to this one can have proposed.
    return undefined;
  }
}
