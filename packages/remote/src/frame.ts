import type { RefusalCode } from './errors.js';
import type { TemporaryPlace } from './temporary.js';

/**
 * What travels over a link, as plain data. proto/frame.proto is its form on the wire; frame-codec.ts goes between the two.
 */
export type Frame =
  /** Dialler to listener, first: who I am. The listener owes `welcome` or `refused`. */
  | { readonly type: 'hello'; readonly greeting: Uint8Array }
  /** Listener to dialler: who I am, and proof that I hold the cookie. The dialler owes `proof` or `refused`. */
  | { readonly type: 'welcome'; readonly greeting: Uint8Array; readonly mac: Uint8Array }
  /** Dialler to listener: proof that I hold the cookie. The listener owes `accepted` or `refused`. */
  | { readonly type: 'proof'; readonly mac: Uint8Array }
  /** Listener to dialler: the link is up. */
  | { readonly type: 'accepted' }
  /** Either to either, last: there will be no link. */
  | { readonly type: 'refused'; readonly code: RefusalCode }
  /** Either to either, over a link that is up. */
  | Batch;

export interface Batch {
  readonly type: 'batch';
  readonly envelopes: readonly Envelope[];
  readonly undelivered: readonly Undelivered[];
  /** The receiver owes a frame, any frame. */
  readonly ping: boolean;
  readonly pong: boolean;
}

/** One message. */
export interface Envelope {
  readonly to: Destination;
  /** Undefined: nobody. */
  readonly sender: WireReference | undefined;
  /** The codec of the payload; empty: CBOR. */
  readonly codec: string;
  readonly payload: Uint8Array;
}

/** Tells a waiting query that its message found nobody. */
export interface Undelivered {
  readonly waiting: TemporaryPlace;
  readonly reason: 'no-process' | 'unknown-type';
}

/** To whom on the receiving node. */
export type Destination =
  | { readonly kind: 'actor'; readonly path: readonly string[] }
  | { readonly kind: 'temporary'; readonly place: TemporaryPlace };

/** A reference as it travels: the node that it lives on, and where there. */
export type WireReference =
  | { readonly kind: 'actor'; readonly node: string; readonly path: readonly string[] }
  | { readonly kind: 'temporary'; readonly node: string; readonly place: TemporaryPlace }
  | { readonly kind: 'system'; readonly node: string }
  | { readonly kind: 'nobody' };

/** Who speaks, in the handshake. */
export interface Greeting {
  readonly version: number;
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: string;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
  readonly cookie: boolean;
  /** `host:port`; undefined when the speaker only dials. */
  readonly listen: string | undefined;
  /** The node that the dialler means to reach, when it knows. */
  readonly expected: string | undefined;
  /** The longest message that the speaker takes, in bytes. */
  readonly payloadLimit: number;
}
