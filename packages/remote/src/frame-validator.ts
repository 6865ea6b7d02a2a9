/**
 * The border: what protobuf has decoded is not yet a frame. Here every field is checked and copied into plain data, or a
 * {@link BadFrameError} thrown; past here types are trusted.
 */

import type { parliament } from '#proto';
import { ADDRESS_LENGTH_MAX, parseAddress } from './address.js';
import { NodeError } from './errors.js';
import type { Batch, Destination, Envelope, Frame, Greeting, Undelivered, WireReference } from './frame.js';
import { CODEC_TYPE, INCARNATION, isActorPath, isNodeName } from './names.js';
import { refusalCode } from './refusal.js';
import type { TemporaryPlace } from './temporary.js';

/** A frame is not what the protocol allows. It closes its link and nothing else. */
export class BadFrameError extends NodeError {
  constructor(reason: string, options?: ErrorOptions) {
    super('bad-frame', reason, options);
  }
}

type Nullable<T> = T | null | undefined;
type ReferenceFields = Nullable<parliament.frame.Reference.$Properties>;

const TEMPORARY_ID_LENGTH_MAX = 128;
const NO_BYTES: Uint8Array = new Uint8Array(0);

export function validateFrame(frame: parliament.frame.Frame.$Properties): Frame {
  if (frame.hello) return { type: 'hello', greeting: frame.hello.greeting ?? NO_BYTES };
  if (frame.welcome) {
    return { type: 'welcome', greeting: frame.welcome.greeting ?? NO_BYTES, mac: mac(frame.welcome.mac) };
  }
  if (frame.proof) return { type: 'proof', mac: mac(frame.proof.mac) };
  if (frame.accepted) return { type: 'accepted' };
  if (frame.refused) {
    const code = refusalCode(frame.refused.code ?? 0);
    return code === undefined ? bad('refusal without a known code') : { type: 'refused', code };
  }
  return frame.batch ? validateBatch(frame.batch) : bad('frame without a body');
}

export function validateGreeting(greeting: parliament.frame.Greeting.$Properties): Greeting {
  const { version, cluster, node, incarnation, nonce, cookie, listen, expected, payloadLimit } = greeting;
  if (typeof version !== 'number' || version < 1) return bad('greeting without a version');
  if (!isNodeName(cluster)) return bad('greeting without a cluster');
  if (!isNodeName(node)) return bad('greeting without a node');
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) return bad('greeting without an incarnation');
  if (nonce?.length !== 32) return bad('greeting without a nonce');
  if (listen && (listen.length > ADDRESS_LENGTH_MAX || !parseAddress(listen)))
    return bad('greeting with a bad address');
  if (expected && !isNodeName(expected)) return bad('greeting with a bad expected name');
  if (!payloadLimit || payloadLimit > 2 ** 30) return bad('greeting with a bad payload limit');
  return {
    version,
    cluster,
    node,
    incarnation,
    nonce,
    cookie: cookie === true,
    listen: listen || undefined,
    expected: expected || undefined,
    payloadLimit,
  };
}

export function validateReference(reference: ReferenceFields): WireReference {
  if (!reference) return bad('reference missing');
  if (reference.kind === 4) return { kind: 'nobody' };
  const { node } = reference;
  if (!isNodeName(node)) return bad('reference without a node');
  switch (reference.kind) {
    case 1:
      return { kind: 'actor', node, path: actorPath(reference) };
    case 2:
      return { kind: 'temporary', node, place: temporaryPlace(reference) };
    case 3:
      return { kind: 'system', node };
    default:
      return bad('reference of an unknown kind');
  }
}

function validateBatch(batch: parliament.frame.Batch.$Properties): Batch {
  const envelopes = (batch.envelopes ?? []).map(validateEnvelope);
  const undelivered = (batch.undelivered ?? []).map(validateUndelivered);
  const ping = batch.ping === true;
  const pong = batch.pong === true;
  if (envelopes.length + undelivered.length === 0 && !ping && !pong) return bad('empty batch');
  return { type: 'batch', envelopes, undelivered, ping, pong };
}

function validateEnvelope(envelope: parliament.frame.Envelope.$Properties): Envelope {
  const codec = envelope.type ?? '';
  if (codec !== '' && !CODEC_TYPE.test(codec)) return bad('envelope with a bad type');
  return {
    to: validateDestination(envelope.to),
    sender: envelope.sender ? validateReference(envelope.sender) : undefined,
    codec,
    payload: envelope.payload ?? NO_BYTES,
  };
}

function validateDestination(to: ReferenceFields): Destination {
  if (to?.kind === 1) return { kind: 'actor', path: actorPath(to) };
  if (to?.kind === 2) return { kind: 'temporary', place: temporaryPlace(to) };
  return bad('envelope without a destination');
}

function validateUndelivered(notice: parliament.frame.Undelivered.$Properties): Undelivered {
  if (notice.waiting?.kind !== 2) return bad('notice that names nobody who waits');
  const waiting = temporaryPlace(notice.waiting);
  if (notice.reason === 1) return { waiting, reason: 'no-process' };
  return notice.reason === 2 ? { waiting, reason: 'unknown-type' } : bad('notice without a known reason');
}

function actorPath(reference: parliament.frame.Reference.$Properties): readonly string[] {
  return isActorPath(reference.path) ? reference.path : bad('reference with a bad path');
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

/** 32 bytes, or none when no cookie is in use. */
function mac(bytes: Nullable<Uint8Array>): Uint8Array {
  if (!bytes || bytes.length === 0) return NO_BYTES;
  return bytes.length === 32 ? bytes : bad('mac of a wrong length');
}

function bad(reason: string): never {
  throw new BadFrameError(reason);
}
