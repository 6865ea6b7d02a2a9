/** Frames to bytes and back, but for batches, which have codecs of their own. Decoding throws {@link BadFrameError} only. */

import { textOf } from '@parliament/otp';
import protobuf from 'protobufjs/minimal.js';
import { parliament } from '#proto';
import type { Greeting, HandshakeFrame, Signal, Waiting, WireReference } from './frame.js';
import {
  BadFrameError,
  validateGreeting,
  validateHandshakeFrame,
  validateReference,
  validateSignal,
} from './frame-validator.js';
import { refusalNumber } from './refusal.js';
import type { TemporaryPlace } from './temporary-place.js';

const { Frame: FrameType, Greeting: GreetingType, Item: ItemType, Reference: ReferenceType } = parliament.frame;

type ReferenceFields = parliament.frame.Reference.$Properties;
type ItemFields = parliament.frame.Item.$Properties;

/** The field numbers of Frame's bodies, each length-delimited. */
const BODY_FIRST = 1;
const BODY_LAST = 5;
const LENGTH_DELIMITED = 2;

export function encodeFrame(frame: HandshakeFrame): Uint8Array {
  return FrameType.encode(frameFields(frame)).finish();
}

/** @throws BadFrameError when the bytes are not one well-formed frame of the handshake. */
export function decodeFrame(bytes: Uint8Array): HandshakeFrame {
  return guard(() => {
    checkShape(bytes);
    return validateHandshakeFrame(FrameType.decode(bytes));
  });
}

export function encodeGreeting(greeting: Greeting): Uint8Array {
  const { secrets, listen, expected, ...fields } = greeting;
  const optional = { listen: listen ?? '', expected: expected ?? '' };
  return GreetingType.encode({ ...fields, ...optional, secrets: [...secrets] }).finish();
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

/** An Item that holds a signal. */
export function encodeSignal(signal: Signal): Uint8Array {
  return ItemType.encode(signalFields(signal)).finish();
}

/** @throws BadFrameError when the bytes are not an Item that holds a signal. */
export function decodeSignal(bytes: Uint8Array): Signal {
  return guard(() => validateSignal(ItemType.decode(bytes)));
}

/** An Item that holds a definition. */
export function encodeDefinition(number: number, meaning: WireReference | string): Uint8Array {
  const fields = typeof meaning === 'string' ? { type: meaning } : { reference: referenceFields(meaning) };
  return ItemType.encode({ define: { number, ...fields } }).finish();
}

/** @throws BadFrameError when the bytes are not an Item that holds a definition. */
export function decodeDefinition(bytes: Uint8Array): { number: number; meaning: WireReference | string } {
  return guard(() => {
    const { define } = ItemType.decode(bytes);
    if (!define) throw new BadFrameError('definition missing');
    const meaning = define.type ? define.type : validateReference(define.reference);
    return { number: define.number ?? 0, meaning };
  });
}

/** Exactly one body of the handshake, which fills the frame: looked at before anything is built. */
function checkShape(bytes: Uint8Array): void {
  const reader = protobuf.Reader.create(bytes);
  const tag = reader.uint32();
  const field = tag >>> 3;
  if ((tag & 7) !== LENGTH_DELIMITED || field < BODY_FIRST || field > BODY_LAST) {
    throw new BadFrameError('frame that is not of the handshake');
  }
  if (reader.uint32() !== reader.len - reader.pos) throw new BadFrameError('frame that does not end with its body');
}

/** Whatever goes wrong while bytes are decoded is the fault of the bytes. */
function guard<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BadFrameError) throw error;
    throw new BadFrameError(`frame that cannot be decoded: ${textOf(error).slice(0, 200)}`, { cause: error });
  }
}

function frameFields(frame: HandshakeFrame): parliament.frame.Frame.$Properties {
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
  }
}

/** The numbers on the wire, which stay when words change. */
const UNDELIVERED = { noproc: 1, 'unknown-type': 2, exit: 3, 'too-large': 4, noconnection: 5 } as const;

function signalFields(signal: Signal): ItemFields {
  switch (signal.type) {
    case 'undelivered': {
      const { waiting, reason, exitReason, codec, sizes } = signal;
      const who = waiting === undefined ? {} : waitingFields(waiting);
      return { undelivered: { ...who, reason: UNDELIVERED[reason], exitReason, type: codec, ...sizes } };
    }
    case 'monitor':
      return { monitor: { number: signal.number, object: referenceFields(signal.object) } };
    case 'demonitor':
      return { demonitor: { number: signal.number } };
    case 'down':
      return { down: { number: signal.number, reason: signal.reason } };
    case 'link':
      return { link: { self: referenceFields(signal.self), other: referenceFields(signal.other) } };
    case 'unlink':
      return { unlink: { self: referenceFields(signal.self), other: referenceFields(signal.other) } };
    case 'exit': {
      const from = signal.from === undefined ? {} : { from: referenceFields(signal.from) };
      return { exit: { to: referenceFields(signal.to), ...from, reason: signal.reason, overLink: signal.overLink } };
    }
  }
}

function waitingFields(waiting: Waiting | WireReference): parliament.frame.Undelivered.$Properties {
  return waiting.kind === 'waiting' ? { number: waiting.id } : { temporary: referenceFields(waiting) };
}

function referenceFields(reference: WireReference): ReferenceFields {
  switch (reference.kind) {
    case 'actor': {
      const { node, incarnation, path, key } = reference;
      return { kind: 1, node, incarnation, path: path as string[], key };
    }
    case 'temporary':
      return { ...placeFields(reference.place), node: reference.node };
    case 'system':
      return { kind: 3, node: reference.node };
    case 'nobody':
      return { kind: 4 };
    case 'node':
      return { kind: 5, node: reference.node };
  }
}

function placeFields({ incarnation, peer, id }: TemporaryPlace): ReferenceFields {
  const identifier = typeof id === 'number' ? { number: id } : { text: id };
  return { kind: 2, incarnation, peer, ...identifier };
}
