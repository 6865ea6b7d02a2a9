/**
 * What users ask a parliament actor, from the same node or from another one, and what it answers. Plain data, carried by
 * whatever carries a user's messages; everything that comes in is checked here.
 */

import type { AskErrorCode, Outcome } from '../errors.js';
import type { ParliamentStatus } from '../status.js';

/** Decide a value for a key, or read which one is decided. */
export interface AskRequest {
  readonly type: 'ask';
  readonly key: string;
  /** Absent for a read. */
  readonly value?: string;
  /** How long the answer may take, in milliseconds, from the moment of arrival. */
  readonly timeoutMs: number;
}

/** What are you doing? */
export interface StatusRequest {
  readonly type: 'status';
}

/** Which registers have which value? */
export interface ListRequest {
  readonly type: 'list';
  /** So many of them are left out: those that were seen already. */
  readonly after: number;
}

/** Forget what this node has cached. */
export interface ClearRequest {
  readonly type: 'clear';
}

/** A member to one whose introduction it cannot accept: it will not be counted. */
export interface Refusal {
  readonly type: 'refusal';
  readonly message: string;
  /** The sender's data directory, when it has one by then: its word counts only where that is known to be the right one. */
  readonly directory?: string;
}

/** Have a machine apply a command, once. */
export interface ProposeRequest {
  readonly type: 'propose';
  readonly command: Uint8Array;
  readonly timeoutMs: number;
}

/** What a read may be content with: see `level` of `ReadOptions`. */
export const READ_LEVELS = ['linearizable', 'lease', 'local'] as const;

export type ReadLevel = (typeof READ_LEVELS)[number];

/** Ask a machine. */
export interface ReadRequest {
  readonly type: 'read';
  readonly query: Uint8Array;
  readonly level: ReadLevel;
  /** All up to this slot is to be applied where it is answered; 0 for none in particular. */
  readonly atLeast: number;
  readonly timeoutMs: number;
}

/** What the users of a machine ask. */
export type MachineRequest = ProposeRequest | ReadRequest;

/** A read of a kind that this version does not know: whoever asks runs a later one. */
export interface UnknownRead {
  readonly type: 'unknown-read';
  readonly level: string;
}

/** What the machine replied to a command, as its codec has it. */
export interface SaidReply {
  readonly ok: true;
  readonly bytes: Uint8Array;
  /** Where it was applied. */
  readonly slot: number;
}

/** What it said to a query. */
export interface FoundReply {
  readonly ok: true;
  readonly bytes: Uint8Array;
  /** The last one that was applied. */
  readonly slot: number;
  /** See `ageMs` of `ReadResult`; absent where it is not known. */
  readonly ageMs?: number;
}

/** What the parliament actor answers itself, whichever machine it runs. */
export type Request = StatusRequest | Refusal;

/** What the users of registers ask. */
export type RegisterRequest = AskRequest | ListRequest | ClearRequest;

/** The code of a failure as it travels, where `exit` is `not-running`: nodes of earlier versions send that, and know no other word. */
export type ReplyCode = Exclude<AskErrorCode, 'exit'> | 'not-running';

/** It failed, and why. */
export interface FailureReply {
  readonly ok: false;
  readonly code: ReplyCode;
  readonly outcome: Outcome;
  readonly error: string;
}

/** The decided value; absent when none is decided. */
export interface AskReply {
  readonly ok: true;
  readonly value?: string;
}

export interface StatusReply {
  readonly ok: true;
  readonly status: ParliamentStatus;
}

/** Some of the registers, in the order in which they got their values: that is the same on every member. */
export interface RegisterPage {
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** How many have been seen with these, where there are more. */
  readonly next?: number;
}

export interface ListReply extends RegisterPage {
  readonly ok: true;
}

export interface ClearReply {
  readonly ok: true;
}

/** Bytes of the longest key, in UTF-8. */
const KEY_LIMIT_BYTES = 1024;

/** The longest deadline, in milliseconds: a day. */
export const LONGEST_TIMEOUT_MS = 86_400_000;

/** The default deadline of every call, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 5000;

/** `message` as a request to the parliament actor itself, or undefined when it is none. */
export function parseRequest(message: unknown): Request | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, message: text, directory } = message as Record<string, unknown>;
  if (type === 'status') return { type };
  if (type !== 'refusal' || typeof text !== 'string') return undefined;
  return { type, message: text.slice(0, 1000), ...(typeof directory === 'string' ? { directory } : {}) };
}

/** `message` as a request to registers, or undefined when it is none. Keys and values are checked by {@link objectionTo}. */
export function parseRegisterRequest(message: unknown): RegisterRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, key, value, timeoutMs, after } = message as Record<string, unknown>;
  switch (type) {
    case 'ask': {
      if (typeof key !== 'string' || (value !== undefined && typeof value !== 'string')) return undefined;
      if (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) return undefined;
      return value === undefined ? { type, key, timeoutMs } : { type, key, value, timeoutMs };
    }
    case 'clear':
      return { type };
    case 'list':
      if (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0) return undefined;
      return { type, after };
    default:
      return undefined;
  }
}

/** `message` as a request to a machine, or undefined when it is none. What its bytes mean only the machine knows. */
export function parseMachineRequest(message: unknown): MachineRequest | UnknownRead | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, command, query, level, atLeast, timeoutMs } = message as Record<string, unknown>;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs > LONGEST_TIMEOUT_MS) return undefined;
  if (type === 'propose' && command instanceof Uint8Array) return { type, command, timeoutMs };
  if (type !== 'read' || typeof level !== 'string' || !(query instanceof Uint8Array) || !isSlot(atLeast))
    return undefined;
  const known = READ_LEVELS.find((each) => each === level);
  if (known === undefined) return { type: 'unknown-read', level: level.slice(0, 100) };
  return { type, query, level: known, atLeast, timeoutMs };
}

/** Whether it can be the number of a slot, or 0 for none. */
export function isSlot(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function codeOfReply(code: ReplyCode): AskErrorCode {
  return code === 'not-running' ? 'exit' : code;
}

/** Why a key and value cannot be accepted, or undefined. */
export function objectionTo(key: string, value: string | undefined, valueLimitBytes: number): string | undefined {
  if (key.length === 0) return 'the key is empty; give it a name';
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes > KEY_LIMIT_BYTES) return `the key has ${keyBytes} bytes; the limit is ${KEY_LIMIT_BYTES}`;
  if (!isText(key)) return 'the key is not well-formed text (it has a lone surrogate)';
  if (value === undefined) return undefined;
  // What a script has left unset would be decided for ever.
  if (value.length === 0) return 'the value is empty; leave it out to read, or give one';
  const valueBytes = Buffer.byteLength(value);
  if (valueBytes > valueLimitBytes) {
    return `the value has ${valueBytes} bytes; the limit is ${valueLimitBytes}: store it elsewhere and agree on its name`;
  }
  return isText(value) ? undefined : 'the value is not well-formed text (it has a lone surrogate)';
}

/** Lone surrogates do not survive UTF-8: two different strings would become one register. */
function isText(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
