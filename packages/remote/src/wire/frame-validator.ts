/**
 * What protobuf has decoded is not yet a frame. Here every field is checked and copied into plain data, or a
 * {@link BadFrameError} thrown; past here types are trusted.
 */

import type { parliament } from '#proto';
import { ADDRESS_LENGTH_MAX, parseAddress } from '../address.js';
import { NodeError } from '../errors.js';
import { EXIT_REASON_BYTES_MAX } from '../limits.js';
import { CODEC_TYPE, INCARNATION, isActorPath, isNodeName } from '../names.js';
import { SECRETS_MAX } from '../trust.js';
import type { ActorPlace, Greeting, HandshakeFrame, Signal, Undelivered, Waiting, WireReference } from './frame.js';
import { refusalCode } from './refusal.js';
import type { TemporaryPlace } from './temporary-place.js';

/** A frame is not what the protocol allows. It closes its link and nothing else. */
export class BadFrameError extends NodeError {
  constructor(reason: string, options?: ErrorOptions) {
    super('bad-frame', reason, options);
  }
}

type Nullable<T> = T | null | undefined;
type ReferenceFields = Nullable<parliament.frame.Reference.$Properties>;

/** How many bytes tell which secret is meant. */
export const SECRET_MARK_BYTES = 8;
/** The least that a node must take as its longest message: every refusal fits. */
export const PAYLOAD_BYTES_MIN = 1024;
/** How many bytes open the way to an actor. */
export const REFERENCE_KEY_BYTES = 16;

/** The longest text by which one who waits is known. */
export const TEMPORARY_ID_LENGTH_MAX = 128;
export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function validateHandshakeFrame(frame: parliament.frame.Frame.$Properties): HandshakeFrame {
  if (frame.hello) return { type: 'hello', greeting: frame.hello.greeting ?? NO_BYTES };
  if (frame.welcome) {
    return { type: 'welcome', greeting: frame.welcome.greeting ?? NO_BYTES, mac: mac(frame.welcome.mac) };
  }
  if (frame.proof) return { type: 'proof', mac: mac(frame.proof.mac) };
  if (frame.accepted) return { type: 'accepted' };
  const code = refusalCode(frame.refused?.code ?? 0);
  return code === undefined ? bad('refusal without a known code') : { type: 'refused', code };
}

export function validateGreeting(greeting: parliament.frame.Greeting.$Properties): Greeting {
  const { version, oldestVersion, cluster, node, incarnation, nonce, listen, expected, payloadLimit } = greeting;
  if (!version || !oldestVersion || oldestVersion > version) return bad('greeting without a version');
  if (!isNodeName(cluster)) return bad('greeting without a cluster');
  if (!isNodeName(node)) return bad('greeting without a node');
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) return bad('greeting without an incarnation');
  if (nonce?.length !== 32) return bad('greeting without a nonce');
  if (listen && (listen.length > ADDRESS_LENGTH_MAX || !parseAddress(listen)))
    return bad('greeting with a bad address');
  if (expected && !isNodeName(expected)) return bad('greeting with a bad expected name');
  if (!payloadLimit || payloadLimit < PAYLOAD_BYTES_MIN || payloadLimit > 2 ** 30)
    return bad('greeting with a bad payload limit');
  const secrets = greeting.secrets ?? [];
  if (secrets.length > SECRETS_MAX || secrets.some(({ length }) => length !== SECRET_MARK_BYTES)) {
    return bad('greeting with bad secrets');
  }
  return {
    version,
    oldestVersion,
    cluster,
    node,
    incarnation,
    nonce,
    secrets,
    listen: listen || undefined,
    expected: expected || undefined,
    payloadLimit,
    binds: greeting.binds === true,
  };
}

export function validateReference(reference: ReferenceFields): WireReference {
  if (!reference) return bad('reference missing');
  if (reference.kind === 4) return { kind: 'nobody' };
  const { node } = reference;
  if (!isNodeName(node)) return bad('reference without a node');
  switch (reference.kind) {
    case 1:
      return actorPlace(reference, node);
    case 2:
      return { kind: 'temporary', node, place: temporaryPlace(reference) };
    case 3:
      return { kind: 'system', node };
    case 5:
      return { kind: 'node', node };
    default:
      return bad('reference of an unknown kind');
  }
}

export function validateSignal(item: parliament.frame.Item.$Properties): Signal {
  const { undelivered, monitor, demonitor, down, link, unlink, exit } = item;
  if (undelivered) return validateUndelivered(undelivered);
  if (monitor) return { type: 'monitor', number: count(monitor.number), object: requireActor(monitor.object) };
  if (demonitor) return { type: 'demonitor', number: count(demonitor.number) };
  if (down) return { type: 'down', number: count(down.number), reason: exitReason(down.reason) };
  if (link) return { type: 'link', self: requireActor(link.self), other: requireActor(link.other) };
  if (unlink) return { type: 'unlink', self: requireActor(unlink.self), other: requireActor(unlink.other) };
  if (!exit) return bad('item without a known body');
  return {
    type: 'exit',
    to: requireActor(exit.to),
    from: exit.from ? requireActor(exit.from) : undefined,
    reason: exitReason(exit.reason),
    overLink: exit.overLink === true,
  };
}

/** A number under which somebody waits or watches. */
export function count(number: Nullable<number>): number {
  return number !== null && number !== undefined && Number.isSafeInteger(number) && number >= 0
    ? number
    : bad('item with a bad number');
}

/** The type of a codec. */
export function codecType(type: string): string {
  return CODEC_TYPE.test(type) ? type : bad('definition of a bad type');
}

function validateUndelivered(notice: parliament.frame.Undelivered.$Properties): Undelivered {
  const codec = notice.type ?? '';
  if (codec !== '' && !CODEC_TYPE.test(codec)) return bad('notice with a bad type');
  const type = 'undelivered';
  const waiting = waitingOf(notice);
  switch (notice.reason) {
    case 1:
      return { type, waiting, reason: 'noproc', exitReason: NO_BYTES, codec: '' };
    case 2:
      return { type, waiting, reason: 'unknown-type', exitReason: NO_BYTES, codec };
    case 3:
      return { type, waiting, reason: 'exit', exitReason: exitReason(notice.exitReason), codec: '' };
    case 4: {
      const none = { type, waiting, reason: 'too-large', exitReason: NO_BYTES, codec: '' } as const;
      return notice.bytes ? { ...none, sizes: { bytes: notice.bytes, limit: notice.limit ?? 0 } } : none;
    }
    case 5:
      return { type, waiting, reason: 'noconnection', exitReason: NO_BYTES, codec: '' };
    default:
      return bad('notice without a known reason');
  }
}

function waitingOf({ number, temporary }: parliament.frame.Undelivered.$Properties): Undelivered['waiting'] {
  if (temporary) {
    const reference = validateReference(temporary);
    return reference.kind === 'temporary' ? reference : bad('notice to what does not wait');
  }
  return number === null || number === undefined
    ? undefined
    : ({ kind: 'waiting', id: count(number) } satisfies Waiting);
}

function requireActor(fields: ReferenceFields): ActorPlace {
  const reference = validateReference(fields);
  return reference.kind === 'actor' ? reference : bad('signal of or to what is no actor');
}

function actorPlace({ path, incarnation, key }: NonNullable<ReferenceFields>, node: string): ActorPlace {
  if (!isActorPath(path)) return bad('reference with a bad path');
  if (incarnation && !INCARNATION.test(incarnation)) return bad('reference with a bad incarnation');
  const keyBytes = key ?? NO_BYTES;
  if (keyBytes.length !== 0 && keyBytes.length !== REFERENCE_KEY_BYTES) return bad('reference with a bad key');
  // A copy: references are kept, and a view would keep the whole frame with them.
  return { kind: 'actor', node, incarnation: incarnation ?? '', path, key: new Uint8Array(keyBytes) };
}

function temporaryPlace(reference: parliament.frame.Reference.$Properties): TemporaryPlace {
  const { incarnation, peer, number, text } = reference;
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) return bad('reference without an incarnation');
  if (peer && !isNodeName(peer)) return bad('reference that waits for a bad peer');
  const id = text ?? number;
  if (typeof id === 'number' ? !Number.isSafeInteger(id) : !id || id.length > TEMPORARY_ID_LENGTH_MAX) {
    return bad('reference without an identifier');
  }
  return { incarnation, peer: peer ?? '', id: id as number | string };
}

function exitReason(bytes: Nullable<Uint8Array>): Uint8Array {
  if (!bytes || bytes.length === 0 || bytes.length > EXIT_REASON_BYTES_MAX) return bad('exit reason of a bad length');
  return bytes;
}

/** 32 bytes, or none when no secret is in use. */
function mac(bytes: Nullable<Uint8Array>): Uint8Array {
  if (!bytes || bytes.length === 0) return NO_BYTES;
  return bytes.length === 32 ? bytes : bad('mac of a wrong length');
}

function bad(reason: string): never {
  throw new BadFrameError(reason);
}
