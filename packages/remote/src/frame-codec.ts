/** Frames to bytes and back. Decoding throws {@link BadFrameError} and nothing else. */

import { parliament } from '#proto';
import protobuf from 'protobufjs/minimal.js';
import { reasonOf } from './errors.js';
import type { Destination, Envelope, Frame, Greeting, Undelivered, WireReference } from './frame.js';
import { BadFrameError, validateFrame, validateGreeting, validateReference } from './frame-validator.js';
import { refusalNumber } from './refusal.js';
import type { TemporaryPlace } from './temporary.js';

const { Frame: FrameType, Greeting: GreetingType, Reference: ReferenceType } = parliament.frame;

/** The field numbers of Frame's bodies, each length-delimited. */
const BODY_FIRST = 1;
const BODY_LAST = 6;
const BATCH_FIELD = 6;
const LENGTH_DELIMITED = 2;

/** How many envelopes and notices one frame may hold. */
export const BATCH_ENTRIES_MAX = 16_384;

export function encodeFrame(frame: Frame): Uint8Array {
  return FrameType.encode(frameFields(frame)).finish();
}

/** @throws BadFrameError when the bytes are not one well-formed frame within its bounds. */
export function decodeFrame(bytes: Uint8Array): Frame {
  return guard(() => {
    checkShape(bytes);
    return validateFrame(FrameType.decode(bytes));
  });
}

export function encodeGreeting(greeting: Greeting): Uint8Array {
  const { payloadLimit, listen, expected, ...fields } = greeting;
  const optional = { listen: listen ?? '', expected: expected ?? '' };
  return GreetingType.encode({ ...fields, ...optional, payloadLimit }).finish();
}

/** @throws BadFrameError */
export function decodeGreeting(bytes: Uint8Array): Greeting {
  return guard(() => validateGreeting(GreetingType.decode(bytes)));
}

export function encodeReference(reference: WireReference): Uint8Array {
  return ReferenceType.encode(referenceFields(reference)).finish();
}

/** @throws BadFrameError */
export function decodeReference(bytes: Uint8Array): WireReference {
  return guard(() => validateReference(ReferenceType.decode(bytes)));
}

/**
 * Looks at the outline before anything is built: exactly one body that fills the frame, and no more entries than a batch
 * may have. Otherwise a frame of empty entries would make fifty times its size of objects.
 */
function checkShape(bytes: Uint8Array): void {
  const reader = protobuf.Reader.create(bytes);
  const tag = reader.uint32();
  const field = tag >>> 3;
  if ((tag & 7) !== LENGTH_DELIMITED || field < BODY_FIRST || field > BODY_LAST) {
    throw new BadFrameError('frame without a body');
  }
  if (reader.uint32() !== reader.len - reader.pos) throw new BadFrameError('frame that does not end with its body');
  if (field !== BATCH_FIELD) return;
  let entries = 0;
  while (reader.pos < reader.len) {
    entries += 1;
    if (entries > BATCH_ENTRIES_MAX + 2) throw new BadFrameError('batch with too many entries');
    reader.skipType(reader.uint32() & 7);
  }
}

function guard<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BadFrameError) throw error;
    throw new BadFrameError(`frame that cannot be decoded: ${reasonOf(error).slice(0, 200)}`, { cause: error });
  }
}

function frameFields(frame: Frame): parliament.frame.Frame.$Properties {
  switch (frame.type) {
    case 'hello':
      return { hello: { greeting: frame.greeting } };
    case 'welcome':
      return { welcome: { greeting: frame.greeting, mac: frame.mac } };
    case 'proof':
      return { proof: { mac: frame.mac } };
    case 'accepted':
      return { accepted: {} };
    case 'refused':
      return { refused: { code: refusalNumber(frame.code) } };
    case 'batch':
      return {
        batch: {
          envelopes: frame.envelopes.map(envelopeFields),
          undelivered: frame.undelivered.map(undeliveredFields),
          ping: frame.ping,
          pong: frame.pong,
        },
      };
  }
}

function envelopeFields(envelope: Envelope): parliament.frame.Envelope.$Properties {
  const { to, sender, codec, payload } = envelope;
  return { to: destinationFields(to), sender: sender ? referenceFields(sender) : null, type: codec, payload };
}

function undeliveredFields(notice: Undelivered): parliament.frame.Undelivered.$Properties {
  return { waiting: placeFields(notice.waiting), reason: notice.reason === 'no-process' ? 1 : 2 };
}

function destinationFields(to: Destination): parliament.frame.Reference.$Properties {
  return to.kind === 'actor' ? { kind: 1, path: to.path as string[] } : placeFields(to.place);
}

function referenceFields(reference: WireReference): parliament.frame.Reference.$Properties {
  switch (reference.kind) {
    case 'actor':
      return { kind: 1, node: reference.node, path: reference.path as string[] };
    case 'temporary':
      return { ...placeFields(reference.place), node: reference.node };
    case 'system':
      return { kind: 3, node: reference.node };
    case 'nobody':
      return { kind: 4 };
  }
}

function placeFields({ incarnation, peer, id }: TemporaryPlace): parliament.frame.Reference.$Properties {
  const identifier = typeof id === 'number' ? { number: id } : { text: id };
  return { kind: 2, incarnation, peer, ...identifier };
}
