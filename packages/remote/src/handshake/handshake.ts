/**
 * How two nodes come to trust each other, as pure steps. Mutual challenge and response with HMAC-SHA-256 (RFC 2104) over
 * both greetings, under keys that HKDF (RFC 5869) derives from the shared secret and both nonces, one per direction: an
 * answer cannot be reflected, replayed, or relayed to a node that the dialler did not mean. Over TLS the macs also cover key
 * material of the connection (RFC 5705), so that nobody can sit in between. Without a secret only names are exchanged; the
 * caller sees to it that this happens on the loopback interface, or between checked certificates.
 *
 * The caller sends what a step returns; a step throws {@link NodeError} with a refusal code, or {@link BadFrameError}.
 */

import * as platform from '#platform';
import { parseAddress } from '../address.js';
import { NodeError, type RefusalCode } from '../errors.js';
import type { Agreement, PeerIdentity } from '../link/agreement.js';
import { createOpener, createSealer, UNSEALED } from '../link/seal.js';
import type { ChannelSecurity } from '../platform/channel.js';
import type { Greeting, HandshakeFrame } from '../wire/frame.js';
import { decodeFrame, decodeGreeting, encodeFrame, encodeGreeting } from '../wire/frame-codec.js';
import { BadFrameError, NO_BYTES, SECRET_MARK_BYTES } from '../wire/frame-validator.js';
import { refusalError } from '../wire/refusal.js';
import { NEWEST_VERSION, OLDEST_VERSION } from '../wire/versions.js';

const NONCE_BYTES = 32;

/** A node as it introduces itself. */
export interface Identity {
  readonly cluster: string;
  readonly name: string;
  readonly incarnation: string;
  /** The shared secrets: the one in use first, then the one that it replaces. None: names are believed. */
  readonly secrets: readonly string[];
  /** `host:port`. */
  readonly listen: string | undefined;
  /** The longest message that it takes, in bytes. */
  readonly payloadLimit: number;
  /** The versions of the protocol that it speaks. */
  readonly versions: { readonly oldest: number; readonly newest: number };
}

/** The versions that this release speaks. */
export const VERSIONS: Identity['versions'] = { oldest: OLDEST_VERSION, newest: NEWEST_VERSION };

interface Keys {
  /** Whether the macs cover the TLS connection: then its own seals do. */
  readonly bound: boolean;
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
  readonly security: ChannelSecurity | undefined;
}

/** The listener after its welcome. */
export interface Welcoming {
  readonly identity: Identity;
  readonly peer: PeerIdentity;
  readonly version: number;
  /** The dialler's; its hello showed with it that the secret is known. Whoever has overheard that can say it again. */
  readonly nonce: Uint8Array;
  readonly keys: Keys | undefined;
  /** What the dialler's proof must be; empty without a secret. */
  readonly proof: Uint8Array;
}

/** Dialler, step 1: says hello. `expected` is the node that it means to reach, if it knows; `security` is of its TLS. */
export function sayHello(
  identity: Identity,
  expected: string | undefined,
  security?: ChannelSecurity,
): { state: Dialling; send: Uint8Array } {
  const nonce = platform.randomBytes(NONCE_BYTES);
  const greeting = encodeGreeting(greetingOf(identity, nonce, expected, security));
  return { state: { identity, expected, greeting, nonce, security }, send: encodeFrame({ type: 'hello', greeting }) };
}

/** Listener, step 2: answers a hello and shows that it holds the secret. */
export function welcome(
  identity: Identity,
  bytes: Uint8Array,
  security?: ChannelSecurity,
): { state: Welcoming; send: Uint8Array } {
  const frame = expectFrame(identity, bytes, 'hello');
  const theirs = decodeGreeting(frame.greeting);
  const version = checkGreeting(identity, theirs);
  if (theirs.expected !== undefined && theirs.expected !== identity.name) refuse(identity, theirs.node, 'wrong-node');
  checkCertificate(identity, theirs, security);
  const secret = identity.secrets.find((known) => theirs.secrets.some((mark) => isMarkOf(mark, known, theirs.nonce)));
  if (secret === undefined && identity.secrets.length > 0) refuse(identity, theirs.node, 'wrong-secret');
  const nonce = platform.randomBytes(NONCE_BYTES);
  const ours = greetingOf(identity, nonce, undefined, security);
  const greeting = encodeGreeting(ours);
  const keys = deriveKeys(secret, theirs.nonce, nonce, bindingOf(theirs, security));
  const transcript = transcriptOf(frame.greeting, greeting);
  const mac = keys ? macOf(keys.listener, 'listener', transcript) : NO_BYTES;
  const proof = keys ? macOf(keys.dialler, 'dialler', transcript) : NO_BYTES;
  return {
    state: { identity, peer: peerOf(theirs), version, nonce: theirs.nonce, keys, proof },
    send: encodeFrame({ type: 'welcome', greeting, mac }),
  };
}

/** Dialler, step 3: checks the listener. It owes `send` when it still wants the link, and then an `accepted`. */
export function prove(state: Dialling, bytes: Uint8Array): { agreement: Agreement; send: Uint8Array } {
  const { identity, expected, security } = state;
  const frame = expectFrame(identity, bytes, 'welcome', expected);
  const theirs = decodeGreeting(frame.greeting);
  const version = checkGreeting(identity, theirs);
  const transcript = transcriptOf(state.greeting, frame.greeting);
  const keys = identity.secrets
    .map((secret) => deriveKeys(secret, state.nonce, theirs.nonce, bindingOf(theirs, security)) as Keys)
    .find((each) => platform.sameBytes(frame.mac, macOf(each.listener, 'listener', transcript)));
  if (keys === undefined && identity.secrets.length > 0) refuse(identity, theirs.node, 'wrong-secret');
  // After the mac: who does not hold the secret is not believed about its name either.
  if (expected !== undefined && theirs.node !== expected) refuse(identity, theirs.node, 'wrong-node');
  if (theirs.node === identity.name) refuse(identity, theirs.node, 'name-taken');
  checkCertificate(identity, theirs, security);
  const mac = keys ? macOf(keys.dialler, 'dialler', transcript) : NO_BYTES;
  const isSealed = keys !== undefined && !keys.bound;
  const sealer = isSealed ? createSealer(keys.fromDialler) : UNSEALED;
  const opener = isSealed ? createOpener(keys.fromListener) : UNSEALED;
  return { agreement: { peer: peerOf(theirs), version, sealer, opener }, send: encodeFrame({ type: 'proof', mac }) };
}

/** Listener, step 4: checks the dialler. The caller decides whether to admit it, and owes `accepted` or `refused`, sealed. */
export function checkProof(state: Welcoming, bytes: Uint8Array): Agreement {
  const { identity, peer, keys, version } = state;
  const frame = expectFrame(identity, bytes, 'proof', peer.name);
  if (keys && !platform.sameBytes(frame.mac, state.proof)) refuse(identity, peer.name, 'wrong-secret');
  if (!keys || keys.bound) return { peer, version, sealer: UNSEALED, opener: UNSEALED };
  return { peer, version, sealer: createSealer(keys.fromListener), opener: createOpener(keys.fromDialler) };
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

function expectFrame<T extends HandshakeFrame['type']>(
  identity: Identity,
  bytes: Uint8Array,
  type: T,
  peer = 'the other node',
): Extract<HandshakeFrame, { type: T }> {
  const frame = decodeFrame(bytes);
  if (frame.type === 'refused') throw refusalError(frame.code, identity.name, peer);
  if (frame.type !== type) throw new BadFrameError(`${frame.type} where ${type} was due`);
  return frame as Extract<HandshakeFrame, { type: T }>;
}

/** The version of the protocol that the link will use. */
function checkGreeting(identity: Identity, theirs: Greeting): number {
  const version = Math.min(identity.versions.newest, theirs.version);
  if (version < Math.max(identity.versions.oldest, theirs.oldestVersion)) refuse(identity, theirs.node, 'version');
  if (theirs.incarnation === identity.incarnation) refuse(identity, theirs.node, 'self');
  if (theirs.cluster !== identity.cluster) refuse(identity, theirs.node, 'wrong-cluster');
  if (theirs.secrets.length > 0 !== identity.secrets.length > 0) refuse(identity, theirs.node, 'wrong-secret');
  return version;
}

/** Who shows a certificate may only speak under a name that it is for. */
function checkCertificate(identity: Identity, theirs: Greeting, security: ChannelSecurity | undefined): void {
  if (security?.certifies !== undefined && !security.certifies(theirs.node)) {
    refuse(identity, theirs.node, 'wrong-certificate');
  }
}

function refuse(identity: Identity, peer: string, code: RefusalCode): never {
  throw new RefusedLocally(code, identity.name, peer);
}

function greetingOf(
  { cluster, name, incarnation, secrets, listen, payloadLimit, versions }: Identity,
  nonce: Uint8Array,
  expected: string | undefined,
  security: ChannelSecurity | undefined,
): Greeting {
  return {
    version: versions.newest,
    oldestVersion: versions.oldest,
    cluster,
    node: name,
    incarnation,
    nonce,
    secrets: secrets.map((secret) => markOf(secret, nonce)),
    listen,
    expected,
    payloadLimit,
    binds: security?.binding !== undefined,
  };
}

function peerOf(greeting: Greeting): PeerIdentity {
  const { node: name, incarnation, listen, payloadLimit } = greeting;
  const address = listen !== undefined && parseAddress(listen) ? listen : undefined;
  return { name, incarnation, address, payloadLimit };
}

/** What the macs are bound to: nothing, unless both sides can. */
function bindingOf(theirs: Greeting, security: ChannelSecurity | undefined): Uint8Array | undefined {
  return theirs.binds ? security?.binding : undefined;
}

/** By this those who hold a secret know that it is meant. Another nonce gives another mark. */
function markOf(secret: string, nonce: Uint8Array): Uint8Array {
  return platform.hmacSha256(textBytes(secret), textBytes('parliament secret'), nonce).slice(0, SECRET_MARK_BYTES);
}

function isMarkOf(mark: Uint8Array, secret: string, nonce: Uint8Array): boolean {
  return platform.sameBytes(mark, markOf(secret, nonce));
}

function deriveKeys(
  secret: string | undefined,
  diallerNonce: Uint8Array,
  listenerNonce: Uint8Array,
  binding: Uint8Array | undefined,
): Keys | undefined {
  if (secret === undefined) return undefined;
  const salt = concat(diallerNonce, listenerNonce, binding ?? NO_BYTES);
  const key = (purpose: string): Uint8Array =>
    platform.hkdfSha256(textBytes(secret), salt, `parliament link 1: ${purpose}`);
  return {
    bound: binding !== undefined,
    dialler: key('proof of the dialler'),
    listener: key('proof of the listener'),
    fromDialler: key('frames from the dialler'),
    fromListener: key('frames from the listener'),
  };
}

/** Both greetings as they were received, each after its length, so that no byte can move from one to the other. */
function transcriptOf(dialler: Uint8Array, listener: Uint8Array): Uint8Array {
  const lengths = new DataView(new ArrayBuffer(8));
  lengths.setUint32(0, dialler.length);
  lengths.setUint32(4, listener.length);
  return concat(new Uint8Array(lengths.buffer), dialler, listener);
}

function macOf(key: Uint8Array, role: string, transcript: Uint8Array): Uint8Array {
  return platform.hmacSha256(key, textBytes(role), transcript);
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
