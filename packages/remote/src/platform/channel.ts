import type { LinkEndReason } from '../events.js';
import type { TlsMaterial } from '../trust.js';

/** How a channel ended, as this side knows it. */
export interface ChannelEnd {
  readonly reason: LinkEndReason;
  /** For people. */
  readonly detail: string;
}

/** What becomes of a channel. Nothing is called after `onEnd`. */
export interface ChannelListener {
  onMessage(bytes: Uint8Array): void;
  onEnd(end: ChannelEnd): void;
}

/** A WebSocket that carries binary messages, never throws, and ends exactly once. */
export interface Channel {
  /** Of the other side, for people. */
  readonly address: string;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<void>;
  /** What TLS says of the connection, once it is open; undefined without TLS, or where the platform does not tell. */
  tls(): ChannelSecurity | undefined;
  /** `sent` is called when the bytes have left this process; not when they are lost. */
  send(bytes: Uint8Array, sent?: () => void): void;
  /** Bytes that wait to be written to the socket. */
  waitingBytes(): number;
  /** Sends what waits, says why, and ends; after a second of waiting for the other side, at once. */
  close(reason: keyof typeof CLOSE_CODES): void;
  /** Ends at once. */
  terminate(): void;
  /** The other side has shown who it is: from here on it may send more than a handshake takes. */
  trust(reading: Reading): void;
  /** Stops and resumes the reading, so far as the platform can: a message that has been read in part or whole may still come. */
  pause(isPaused: boolean): void;
  /** Hands the channel over to another listener. */
  listen(listener: ChannelListener): void;
}

/** What is told of the reading of a connection, so far as the platform can tell. */
export interface Reading {
  /** Something has come, be it a part of a message. */
  onBytes(): void;
  /** How long a read took, with what was done with what came. */
  onRead(milliseconds: number): void;
}

/** What a TLS connection offers to a handshake. */
export interface ChannelSecurity {
  /** Key material of this connection alone (RFC 5705), the same on both sides; undefined where it cannot be had. */
  readonly binding: Uint8Array | undefined;
  /** Whether the certificate of the other side, which was checked, is for the name; undefined when none was asked for. */
  readonly certifies: ((name: string) => boolean) | undefined;
}

/** A channel that is being opened. */
export interface OpeningOptions {
  readonly url: string;
  /** Of the other side, for people. */
  readonly address: string;
  readonly handshakeMs: number;
  readonly payloadBytes: number;
  /** For Node.js: what its TLS takes. */
  readonly tls: TlsMaterial | undefined;
  onOpen(): void;
  /** The connection is there; `isLoopback` is undefined where the platform does not tell. Before `onOpen`. */
  onConnected(isLoopback: boolean | undefined): void;
}

/** WebSocket close codes from the range that RFC 6455 §7.4.2 leaves to applications. */
export const CLOSE_CODES = { closing: 4000, 'bad-frame': 4001, refused: 4002, replaced: 4003 } as const;

const ENDS: ReadonlyMap<number, ChannelEnd> = new Map<number, ChannelEnd>([
  [CLOSE_CODES.closing, { reason: 'peer-closed', detail: 'closed by the other node' }],
  [CLOSE_CODES['bad-frame'], { reason: 'peer-bad-frame', detail: 'the other node got a malformed frame' }],
  [CLOSE_CODES.refused, { reason: 'peer-closed', detail: 'refused by the other node' }],
  [CLOSE_CODES.replaced, { reason: 'replaced', detail: 'the other node took a newer connection' }],
]);

/** What a close code of the other side means. */
export function endOf(code: number): ChannelEnd {
  return ENDS.get(code) ?? { reason: 'connection-lost', detail: 'connection lost' };
}

export const CLOSE_WAIT_MS = 1000;
