/**
 * How two nodes come to trust each other, as pure steps. Mutual challenge and response with HMAC-SHA-256 (RFC 2104) over
 * both greetings, under keys that HKDF (RFC 5869) derives from the cookie and both nonces, one per direction: an answer
 * cannot be reflected, replayed, or relayed to a node that the dialler did not mean. Without a cookie only names are
 * exchanged; the caller sees to it that this happens on the loopback interface only.
 *
 * The caller sends what a step returns; a step throws {@link NodeError} with a refusal code, or {@link BadFrameError}.
 */

import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseAddress } from './address.js';
import { NodeError, type RefusalCode } from './errors.js';
import type { Frame, Greeting } from './frame.js';
import { decodeFrame, decodeGreeting, encodeFrame, encodeGreeting } from './frame-codec.js';
import { BadFrameError } from './frame-validator.js';
import { refusalError } from './refusal.js';
import { createOpener, createSealer, type Opener, type Sealer, UNSEALED } from './seal.js';

const PROTOCOL_VERSION = 1;
const NONCE_BYTES = 32;

/** A node as it introduces itself. */
export interface Identity {
  readonly cluster: string;
  readonly name: string;
  readonly incarnation: string;
  readonly cookie: string | undefined;
  /** `host:port`. */
  readonly listen: string | undefined;
  /** The longest message that it takes, in bytes. */
  readonly payloadLimit: number;
}

/** The other node, once the handshake has shown who it is. */
export interface PeerIdentity {
  readonly name: string;
  readonly incarnation: string;
  readonly address: string | undefined;
  readonly payloadLimit: number;
}

/** A handshake that came to its end on this side: who the other is, and the seals of the link. */
export interface Agreement {
  readonly peer: PeerIdentity;
  readonly sealer: Sealer;
  readonly opener: Opener;
}

interface Keys {
  readonly dialler: Uint8Array;
  readonly listener: Uint8Array;
  readonly fromDialler: Uint8Array;
  readonly fromListener: Uint8Array;
}

/** The dialler after its hello. */
export interface Dialling {
  readonly identity: Identity;
  readonly expected: string | undefined;
  readonly greeting: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The listener after its welcome. */
export interface Welcoming {
  readonly identity: Identity;
  readonly peer: PeerIdentity;
  readonly keys: Keys | undefined;
  /** What the dialler's proof must be; empty without a cookie. */
  readonly proof: Uint8Array;
}

const NO_MAC: Uint8Array = new Uint8Array(0);

/** Dialler, step 1: says hello. `expected` is the node that it means to reach, if it knows. */
export function sayHello(identity: Identity, expected: string | undefined): { state: Dialling; send: Uint8Array } {
  const nonce = randomBytes(NONCE_BYTES);
  const greeting = encodeGreeting(greetingOf(identity, nonce, expected));
  return { state: { identity, expected, greeting, nonce }, send: encodeFrame({ type: 'hello', greeting }) };
}

/** Listener, step 2: answers a hello and shows that it holds the cookie. */
export function welcome(identity: Identity, bytes: Uint8Array): { state: Welcoming; send: Uint8Array } {
  const frame = expectFrame(identity, bytes, 'hello');
  const theirs = decodeGreeting(frame.greeting);
  checkGreeting(identity, theirs);
  if (theirs.expected !== undefined && theirs.expected !== identity.name) refuse(identity, theirs.node, 'wrong-node');
  const nonce = randomBytes(NONCE_BYTES);
  const greeting = encodeGreeting(greetingOf(identity, nonce, undefined));
  const keys = deriveKeys(identity.cookie, theirs.nonce, nonce);
  const transcript = transcriptOf(frame.greeting, greeting);
  const mac = keys ? macOf(keys.listener, 'listener', transcript) : NO_MAC;
  const proof = keys ? macOf(keys.dialler, 'dialler', transcript) : NO_MAC;
  return {
    state: { identity, peer: peerOf(theirs), keys, proof },
    send: encodeFrame({ type: 'welcome', greeting, mac }),
  };
}

/** Dialler, step 3: checks the listener. It owes `send` when it still wants the link, and then an `accepted`. */
export function prove(state: Dialling, bytes: Uint8Array): { agreement: Agreement; send: Uint8Array } {
  const { identity, expected } = state;
  const frame = expectFrame(identity, bytes, 'welcome', expected);
  const theirs = decodeGreeting(frame.greeting);
  checkGreeting(identity, theirs);
  const keys = deriveKeys(identity.cookie, state.nonce, theirs.nonce);
  const transcript = transcriptOf(state.greeting, frame.greeting);
  if (keys && !sameMac(frame.mac, macOf(keys.listener, 'listener', transcript))) {
    refuse(identity, theirs.node, 'wrong-cookie');
  }
  // After the mac: who does not hold the cookie is not believed about its name either.
  if (expected !== undefined && theirs.node !== expected) refuse(identity, theirs.node, 'wrong-node');
  if (theirs.node === identity.name) refuse(identity, theirs.node, 'name-taken');
  const mac = keys ? macOf(keys.dialler, 'dialler', transcript) : NO_MAC;
  const sealer = keys ? createSealer(keys.fromDialler) : UNSEALED;
  const opener = keys ? createOpener(keys.fromListener) : UNSEALED;
  return { agreement: { peer: peerOf(theirs), sealer, opener }, send: encodeFrame({ type: 'proof', mac }) };
}

/** Listener, step 4: checks the dialler. The caller decides whether to admit it, and owes `accepted` or `refused`, sealed. */
export function checkProof(state: Welcoming, bytes: Uint8Array): Agreement {
  const { identity, peer, keys } = state;
  const frame = expectFrame(identity, bytes, 'proof', peer.name);
  if (!keys) return { peer, sealer: UNSEALED, opener: UNSEALED };
  if (!sameMac(frame.mac, state.proof)) refuse(identity, peer.name, 'wrong-cookie');
  return { peer, sealer: createSealer(keys.fromListener), opener: createOpener(keys.fromDialler) };
}

/** Dialler, step 5: the listener's decision. */
export function checkAccepted(identity: Identity, agreement: Agreement, bytes: Uint8Array): void {
  expectFrame(identity, agreement.opener.open(bytes), 'accepted', agreement.peer.name);
}

/** The code with which the other side is to be told of a failure; undefined when it is not a refusal. */
export function refusalToSend(error: unknown): RefusalCode | undefined {
  return error instanceof RefusedLocally ? error.refusal : undefined;
}

/** The name that the refused side claimed, without having shown it; undefined when the error is not a refusal. */
export function claimedName(error: unknown): string | undefined {
  return error instanceof RefusedLocally ? error.claimed : undefined;
}

/** A refusal decided here, of which the other side does not know yet. */
class RefusedLocally extends NodeError {
  readonly refusal: RefusalCode;
  readonly claimed: string;

  constructor(refusal: RefusalCode, self: string, claimed: string) {
    super(refusal, refusalError(refusal, self, claimed).message);
    this.refusal = refusal;
    this.claimed = claimed;
  }
}

function expectFrame<T extends Frame['type']>(
  identity: Identity,
  bytes: Uint8Array,
  type: T,
  peer = 'the other node',
): Extract<Frame, { type: T }> {
  const frame = decodeFrame(bytes);
  if (frame.type === 'refused') throw refusalError(frame.code, identity.name, peer);
  if (frame.type !== type) throw new BadFrameError(`${frame.type} where ${type} was due`);
  return frame as Extract<Frame, { type: T }>;
}

function checkGreeting(identity: Identity, theirs: Greeting): void {
  if (theirs.version !== PROTOCOL_VERSION) refuse(identity, theirs.node, 'version');
  if (theirs.incarnation === identity.incarnation) refuse(identity, theirs.node, 'self');
  if (theirs.cluster !== identity.cluster) refuse(identity, theirs.node, 'wrong-cluster');
  if (theirs.cookie !== (identity.cookie !== undefined)) refuse(identity, theirs.node, 'wrong-cookie');
}

function refuse(identity: Identity, peer: string, code: RefusalCode): never {
  throw new RefusedLocally(code, identity.name, peer);
}

function greetingOf(identity: Identity, nonce: Uint8Array, expected: string | undefined): Greeting {
  const { cluster, name, incarnation, cookie, listen, payloadLimit } = identity;
  return {
    version: PROTOCOL_VERSION,
    cluster,
    node: name,
    incarnation,
    nonce,
    cookie: cookie !== undefined,
    listen,
    expected,
    payloadLimit,
  };
}

function peerOf(greeting: Greeting): PeerIdentity {
  const { node: name, incarnation, listen, payloadLimit } = greeting;
  const address = listen !== undefined && parseAddress(listen) ? listen : undefined;
  return { name, incarnation, address, payloadLimit };
}

function deriveKeys(cookie: string | undefined, diallerNonce: Uint8Array, listenerNonce: Uint8Array): Keys | undefined {
  if (cookie === undefined) return undefined;
  const salt = Buffer.concat([diallerNonce, listenerNonce]);
  const key = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', Buffer.from(cookie), salt, `parliament link 1: ${purpose}`, 32));
  return {
    dialler: key('proof of the dialler'),
    listener: key('proof of the listener'),
    fromDialler: key('frames from the dialler'),
    fromListener: key('frames from the listener'),
  };
}

/** Both greetings as they were received, each after its length, so that no byte can move from one to the other. */
function transcriptOf(dialler: Uint8Array, listener: Uint8Array): Uint8Array {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(dialler.length, 0);
  lengths.writeUInt32BE(listener.length, 4);
  return Buffer.concat([lengths, dialler, listener]);
}

function macOf(key: Uint8Array, role: string, transcript: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(role).update(transcript).digest();
}

function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
