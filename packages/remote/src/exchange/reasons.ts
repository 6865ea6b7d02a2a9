/** Exit reasons on the wire: CBOR, like messages; whatever keeps one from travelling is told as text. */

import { type ExitReason, reasonText, type SignalReason } from '@parliament/otp';
import { EXIT_REASON_BYTES_MAX } from '../limits.js';
import { BadFrameError } from '../wire/frame-validator.js';
import type { MessageCodec } from './message-codec.js';

const TEXT_LENGTH_MAX = 10_000;
const WORDS: ReadonlySet<unknown> = new Set(['normal', 'shutdown', 'killed', 'noproc', 'noconnection', 'kill']);

/** Of an exit signal. Never throws. Programs in JavaScript give reasons of any form: one that is none is a crash. */
export function encodeReason(messages: MessageCodec, given: SignalReason): Uint8Array {
  const reason = isReason(given) ? given : { crash: given };
  try {
    const bytes = messages.encodeCbor(reason);
    if (bytes.length <= EXIT_REASON_BYTES_MAX) return bytes;
  } catch {
    // Something in it cannot travel.
  }
  const text = reasonText(reason).slice(0, TEXT_LENGTH_MAX);
  const isShutdown = typeof reason === 'object' && 'shutdown' in reason;
  return messages.encodeCbor(isShutdown ? { shutdown: text } : { crash: new Error(text) });
}

/** Of one that has ended. Never throws. */
export function encodeExitReason(messages: MessageCodec, reason: SignalReason): Uint8Array {
  return encodeReason(messages, reason === 'kill' ? 'killed' : reason);
}

function isReason(given: unknown): given is SignalReason {
  return WORDS.has(given) || (typeof given === 'object' && given !== null && ('crash' in given || 'shutdown' in given));
}

/** @throws BadFrameError when it is none. */
export function decodeReason(messages: MessageCodec, bytes: Uint8Array): SignalReason {
  const reason = messages.decode('', bytes);
  if (WORDS.has(reason)) return reason as SignalReason;
  if (typeof reason === 'object' && reason !== null && !Array.isArray(reason)) {
    const { crash, shutdown } = reason as { readonly crash?: unknown; readonly shutdown?: unknown };
    if ('crash' in reason) return { crash };
    if ('shutdown' in reason) return { shutdown };
  }
  throw new BadFrameError('exit reason of an unknown form');
}

/** An exit reason of one that has ended. @throws BadFrameError when it is none. */
export function decodeExitReason(messages: MessageCodec, bytes: Uint8Array): ExitReason {
  const reason = decodeReason(messages, bytes);
  if (reason === 'kill') throw new BadFrameError('kill is no reason to have ended');
  return reason;
}
