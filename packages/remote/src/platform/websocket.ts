/** The settings of ws that both sides share. */

import { EXIT_REASON_BYTES_MAX } from '../limits.js';

/** The path and the subprotocol of a link. */
export const LINK_PATH = '/parliament';
export const LINK_SUBPROTOCOL = 'parliament.v1';

/** A batch is sent once it has this many bytes, at the latest. */
export const BATCH_BYTES: number = 256 * 1024;

/** A batch may pass `BATCH_BYTES` by one message or exit reason, and what frames it. */
const FRAMING_BYTES: number = 64 * 1024;

/** So many bytes may come from one who has not shown who it is: several times what a handshake takes. */
export const STRANGER_BYTES_MAX: number = 16 * 1024;

export interface SocketBounds {
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly perMessageDeflate: false;
}

/** The longest WebSocket message that a node takes whose longest message of an actor has `payloadBytes`. Exit reasons have a bound of their own. */
export function messageBytesMax(payloadBytes: number): number {
  return Math.max(payloadBytes, EXIT_REASON_BYTES_MAX) + BATCH_BYTES + FRAMING_BYTES;
}

/** Bounds on what ws holds for a message that is not complete; `payloadBytes` is the longest message. */
export function socketBounds(payloadBytes: number): SocketBounds {
  return {
    maxPayload: messageBytesMax(payloadBytes),
    maxFragments: 64,
    // A frame may come in as many pieces as a network makes of it.
    maxBufferedChunks: 16_384,
    perMessageDeflate: false,
  };
}
