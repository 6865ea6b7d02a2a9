// A step done on the key space that ships, and on the naive one: what each answers, in the same plain form.

import {
  compact,
  deleteRange,
  type EventsReply,
  eventsSince,
  KvError,
  type KvState,
  put,
  readRange,
  txn,
} from '../src/index.js';
import { hex, type NaiveKv, Refused } from './naive.js';
import { LEASES, type Step } from './steps.js';

export interface Played {
  readonly state: KvState;
  readonly answer: unknown;
}

const leaseExists = (lease: number): boolean => LEASES.includes(lease);

/** Does a step. A refusal is its code, and leaves everything as it is. */
export function play(state: KvState, step: Step): Played {
  try {
    const { state: next, reply } = carryOut(state, step);
    return { state: next, answer: plain(reply) };
  } catch (error) {
    if (error instanceof KvError) return { state, answer: { refused: error.code } };
    throw error;
  }
}

function carryOut(state: KvState, step: Step): { readonly state: KvState; readonly reply: unknown } {
  switch (step.type) {
    case 'range':
      return { state, reply: readRange(state, step) };
    case 'put':
      return put(state, step, leaseExists);
    case 'delete':
      return deleteRange(state, step);
    case 'txn':
      return txn(state, step, leaseExists);
    case 'compact': {
      const { state: next, reply } = compact(state, step);
      return { state: next, reply: { revision: reply.revision } };
    }
    case 'events':
      return { state, reply: allEvents(state, step) };
  }
}

/** All events, asked for piece by piece. */
function allEvents(state: KvState, step: Step & { readonly type: 'events' }): object {
  const replies: EventsReply[] = [];
  let from = step.from;
  do {
    const reply = eventsSince(state, { ...step, from });
    replies.push(reply);
    from = reply.next;
  } while (from <= state.revision);
  const events = replies.flatMap(({ batches }) =>
    batches.flatMap(({ revision, events: some }) => some.map((event) => ({ revision, ...event }))),
  );
  return { revision: state.revision, events };
}

/** The same for the naive one. */
export function playNaive(kv: NaiveKv, step: Step): unknown {
  try {
    switch (step.type) {
      case 'range':
        return kv.range(step);
      case 'put':
        return kv.put(step);
      case 'delete':
        return kv.delete(step);
      case 'txn':
        return kv.txn(step);
      case 'compact':
        return kv.compact(step.revision);
      case 'events':
        return kv.events(step);
    }
  } catch (error) {
    if (error instanceof Refused) return { refused: error.code };
    throw error;
  }
}

/** The same with hexadecimal text for bytes. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
