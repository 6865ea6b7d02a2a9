/**
 * What travels over a link, as plain data. proto/frame.proto is its form on the wire; frame-codec.ts and batch-*.ts go
 * between the two.
 */

import type { RefusalCode } from '../errors.js';
import type { TemporaryPlace } from './temporary-place.js';

/** What is said before a link is up. */
export type HandshakeFrame =
  /** Dialler to listener, first: who I am. The listener owes `welcome` or `refused`. */
  | { readonly type: 'hello'; readonly greeting: Uint8Array }
  /** Listener to dialler: who I am, and proof that I hold the secret. The dialler owes `proof` or `refused`. */
  | { readonly type: 'welcome'; readonly greeting: Uint8Array; readonly mac: Uint8Array }
  /** Dialler to listener: proof that I hold the secret. The listener owes `accepted` or `refused`. */
  | { readonly type: 'proof'; readonly mac: Uint8Array }
  /** Listener to dialler: the link is up. */
  | { readonly type: 'accepted' }
  /** Either to either, last: there will be no link. */
  | { readonly type: 'refused'; readonly code: RefusalCode };

/** Either to either, over a link that is up. */
export interface Batch {
  readonly type: 'batch';
  readonly items: readonly Item[];
  /** The receiver owes a frame, any frame. */
  readonly ping: boolean;
  readonly pong: boolean;
}

/** One thing said. What is defined under a number on the way has been put back in its place. */
export type Item = Envelope | Signal;

/** What is no message, but keeps its place among them. */
export type Signal =
  | Undelivered
  /** `number` is the sender's own. */
  | { readonly type: 'monitor'; readonly number: number; readonly object: ActorPlace }
  | { readonly type: 'demonitor'; readonly number: number }
  /** `number` is that of the receiver's `monitor`; `reason` is CBOR. */
  | { readonly type: 'down'; readonly number: number; readonly reason: Uint8Array }
  | { readonly type: 'link' | 'unlink'; readonly self: ActorPlace; readonly other: ActorPlace }
  | {
      readonly type: 'exit';
      readonly to: ActorPlace;
      readonly from: ActorPlace | undefined;
      readonly reason: Uint8Array;
      readonly overLink: boolean;
    };

/** One message. */
export interface Envelope {
  readonly type: 'envelope';
  readonly to: Destination;
  /** Undefined: nobody. */
  readonly sender: WireReference | Waiting | undefined;
  /** The codec of the payload; empty: CBOR. */
  readonly codec: string;
  readonly payload: Uint8Array;
  /** The sender, an actor of the sending node, has sent it itself. */
  readonly spoken?: boolean;
}

/** Tells that a message, or the reply to it, was not delivered, or that its receiver ended before it replied. */
export interface Undelivered {
  readonly type: 'undelivered';
  /** Who waits for the reply; undefined when nobody does. */
  readonly waiting: Waiting | TemporaryWireReference | undefined;
  readonly reason: 'noproc' | 'unknown-type' | 'exit' | 'too-large' | 'noconnection';
  /** With `exit`, CBOR; else empty. */
  readonly exitReason: Uint8Array;
  /** With `unknown-type`; else empty. */
  readonly codec: string;
  /** With `too-large`; absent when it has too many parts for any node. */
  readonly sizes?: Sizes;
}

/** Of a message that is longer than its receiver takes, in bytes. */
export interface Sizes {
  readonly bytes: number;
  readonly limit: number;
}

/** To whom on the receiving node. */
export type Destination = ActorPlace | TemporaryWireReference | NodePlace | Waiting;

/** Somebody who waits for a reply, in the table that the one node keeps for the other. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly id: number;
}

/** An actor. */
export interface ActorPlace {
  readonly kind: 'actor';
  readonly node: string;
  /** Of the node; empty: whichever there is. */
  readonly incarnation: string;
  readonly path: readonly string[];
  /** 16 bytes that open the way to it, or none. */
  readonly key: Uint8Array;
}

interface TemporaryWireReference {
  readonly kind: 'temporary';
  readonly node: string;
  readonly place: TemporaryPlace;
}

/** What a node answers itself. */
interface NodePlace {
  readonly kind: 'node';
  readonly node: string;
}

/** A reference as it travels: the node that it lives on, and where there. */
export type WireReference =
  | ActorPlace
  | TemporaryWireReference
  | NodePlace
  | { readonly kind: 'system'; readonly node: string }
  | { readonly kind: 'nobody' };

/** Who speaks, in the handshake. */
export interface Greeting {
  /** The newest version of the protocol that it speaks. */
  readonly version: number;
  /** The oldest. */
  readonly oldestVersion: number;
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: string;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
  /** For each secret, 8 bytes by which those who hold it know it. */
  readonly secrets: readonly Uint8Array[];
  /** `host:port`; undefined when the speaker only dials. */
  readonly listen: string | undefined;
  /** The node that the dialler means to reach, when it knows. */
  readonly expected: string | undefined;
  /** The longest message that the speaker takes, in bytes. */
  readonly payloadLimit: number;
  /** Whether it binds the macs to the TLS connection. */
  readonly binds: boolean;
}
