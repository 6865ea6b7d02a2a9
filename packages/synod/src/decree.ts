/**
 * Decrees: what a value means. To the acceptor and the proposer a value is bytes; only who learns it looks into it.
 *
 * The first byte says what follows: 1, commands, in a form that only the machine's host knows; 2, a change of membership,
 * as JSON, which is rare, and which every version to come must be able to read. The empty value is the no-op.
 */

import type { Reconfiguration } from './configuration.js';
import { checkedQuorums } from './quorum.js';
import { NO_OP, type Value } from './slot.js';

const COMMANDS = 1;
const RECONFIGURATION = 2;

export type Decree =
  | { readonly type: 'no-op' }
  | { readonly type: 'commands'; readonly payload: Uint8Array }
  | { readonly type: 'reconfiguration'; readonly change: Reconfiguration }
  /** Bytes of no form that this version knows. A later one may: so nobody passes over them, and nobody proposes them. */
  | { readonly type: 'unknown' };

/** The value of commands that `payload` holds. */
export function commandsValue(payload: Uint8Array): Value {
  const value = new Uint8Array(payload.length + 1);
  value[0] = COMMANDS;
  value.set(payload, 1);
  return value;
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
  return value.length === 0 || value[0] === COMMANDS;
}

/** What `value` decrees. The payload of commands is a view of it. */
export function readDecree(value: Value): Decree {
  if (value === NO_OP || value.length === 0) return { type: 'no-op' };
  if (value[0] === COMMANDS) return { type: 'commands', payload: value.subarray(1) };
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
