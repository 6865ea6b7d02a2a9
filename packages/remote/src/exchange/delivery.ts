/** What arrives finds its actor, or the one who waits for it is told that there is none. */

import { CallError, noteDeadLetter, reasonText, textOf } from '@parliament/otp';
import * as platform from '#platform';
import { NodeError } from '../errors.js';
import type { PeerIdentity } from '../link/agreement.js';
import {
  type ActorReference,
  actorReference,
  type Deferral,
  findRecipient,
  findSystem,
  nobody,
  type Recipient,
  type Sender,
} from '../nact.js';
import { noteSpeaker } from '../references/provenance.js';
import { fromWire, type Home, isOpen, ownTemporary } from '../references/references.js';
import { RemoteActorReference } from '../references/remote-reference.js';
import { peerSystemName } from '../references/system-names.js';
import { RemoteTemporaryReference } from '../references/temporary.js';
import type { ActorPlace, Envelope, Sizes, Undelivered, Waiting, WireReference } from '../wire/frame.js';
import { NO_BYTES } from '../wire/frame-validator.js';
import type { TemporaryPlace } from '../wire/temporary-place.js';
import type { MessageCodec } from './message-codec.js';
import { decodeExitReason } from './reasons.js';

export interface DeliveryOptions {
  readonly home: Home;
  readonly messages: MessageCodec;
  /** Sends a notice to a node, if there is a link to it. */
  tell(node: string, notice: Undelivered): void;
  /** What the node answers itself. */
  onRequest(request: unknown, reply: (answer: unknown) => void): void;
}

/** The node on the other side of the link that something came over. */
export interface Origin {
  readonly node: string;
  readonly incarnation: string;
  /** The name of the system that stands for it. */
  readonly systemName: string;
  /** Who waits for it here under a number. */
  waitingUnder(number: number): Deferral | undefined;
  /** Fails that one. */
  reject(number: number, error: Error): void;
  /** A call, which waits there under `id`, is about to be handed to an actor here. False: it has ended, and only cleans up. */
  onCall(id: number, path: readonly string[], actor: ActorReference): boolean;
  /** A message came whose codec this node does not have. */
  onUnknownType(codec: string): void;
  /** Sends a reply. */
  reply(to: Waiting, answer: unknown): void;
}

/** @throws BadFrameError when the message cannot be decoded, or is not for this node. */
export function deliver(options: DeliveryOptions, origin: Origin, envelope: Envelope): void {
  const { messages } = options;
  const { to, codec } = envelope;
  const recipient = recipientOf(options, origin, envelope);
  if (recipient === undefined) {
    noProcess(options, origin, envelope);
    return;
  }
  if (!messages.knows(codec)) {
    returnToSender(options, origin, envelope, 'unknown-type');
    origin.onUnknownType(codec);
    return;
  }
  const message = messages.decode(codec, envelope.payload);
  const sender = senderOf(options.home, origin, envelope);
  if (to.kind === 'actor' && envelope.sender?.kind === 'waiting') {
    const actor = actorReference(options.home.local.name, to.path);
    if (!origin.onCall(envelope.sender.id, to.path, actor)) {
      noProcess(options, origin, envelope);
      return;
    }
  }
  try {
    recipient.dispatch(message, sender);
  } catch (error) {
    // Local code failed, which is no fault of the link's.
    platform.warn(`The receiver of a message from another node threw: ${textOf(error)}`);
  }
}

/** Fails the query or call of this node's whose message found nobody, or whose receiver has ended. */
export function failWaiting(options: DeliveryOptions, origin: Origin, notice: Undelivered): void {
  const { waiting } = notice;
  if (waiting === undefined) return;
  const error = failureOf(options.messages, origin.node, notice);
  if (waiting.kind === 'waiting') origin.reject(waiting.id, error);
  else if (waiting.node === options.home.node) failOwn(options.home, waiting.place, error);
}

/** Fails the one who waits at a place of this node. */
export function failOwn(home: Home, place: TemporaryPlace, error: Error): void {
  const reference = ownTemporary(home, place);
  const system = reference && findSystem(reference.system.name);
  const deferral = system?.tempReferences.get(reference?.id as number | string);
  if (system === undefined || reference === undefined || deferral === undefined) return;
  system.removeTempReference(reference);
  deferral.reject?.(error);
}

/** What a message longer than the node `name` takes fails with, or longer than what may wait for it here. */
export function tooLarge({ name, payloadLimit }: PeerIdentity, { bytes, limit }: Sizes): NodeError {
  const what =
    limit < payloadLimit
      ? `may wait for node ${name}, ${limit}: send it in parts, or raise limits.queueHardBytes`
      : `node ${name} takes, ${limit}: send it in parts, or raise limits.payloadBytes there`;
  return new NodeError('too-large', `A message of ${bytes} bytes is more than ${what}`);
}

function failureOf(messages: MessageCodec, node: string, notice: Undelivered): Error {
  switch (notice.reason) {
    case 'noproc':
      return new NodeError(
        'noproc',
        `No actor at that path on node ${node}: it was never spawned, has stopped, or may not be reached from here (register it, send its reference, or see the option expose)`,
      );
    case 'unknown-type':
      return new NodeError(
        'unknown-type',
        `Node ${node} has no codec of the type ${notice.codec}: add the same codec there`,
      );
    case 'too-large': {
      const { sizes } = notice;
      const which = sizes
        ? `has ${sizes.bytes} bytes, more than the ${sizes.limit} that may come here: ask for it in parts, or raise limits.payloadBytes here and limits.queueHardBytes there`
        : 'has more parts than can travel: ask for it in several';
      return new NodeError('too-large', `The reply of an actor on node ${node} ${which}`);
    }
    case 'noconnection':
      return new NodeError('noconnection', `Node ${node} has no link to the node that the message was to go on to`);
    case 'exit': {
      const reason = decodeExitReason(messages, notice.exitReason);
      const cause = typeof reason === 'object' && 'crash' in reason ? { cause: reason.crash } : {};
      return new CallError('exit', `The actor on node ${node} ended before it replied: ${reasonText(reason)}`, {
        reason,
        ...cause,
      });
    }
  }
}

function recipientOf(options: DeliveryOptions, origin: Origin, { to }: Envelope): Recipient | undefined {
  const { home } = options;
  switch (to.kind) {
    case 'waiting': {
      const deferral = origin.waitingUnder(to.id);
      return deferral && { dispatch: (message) => deferral.resolve(message) };
    }
    case 'actor':
      if (to.node !== home.node || !isOpen(home, to)) return undefined;
      return findRecipient(home.local, actorReference(home.local.name, to.path));
    case 'temporary': {
      const reference = to.node === home.node ? ownTemporary(home, to.place) : undefined;
      const system = reference && findSystem(reference.system.name);
      return system && findRecipient(system, reference);
    }
    case 'node':
      return {
        dispatch(request, sender) {
          if (!(sender instanceof RemoteTemporaryReference) || typeof sender.id !== 'number') return;
          const waiting: Waiting = { kind: 'waiting', id: sender.id };
          options.onRequest(request, (answer) => origin.reply(waiting, answer));
        },
      };
  }
}

function senderOf(home: Home, origin: Origin, { sender, spoken }: Envelope): Sender {
  if (sender === undefined) return nobody();
  if (sender.kind === 'waiting') {
    const place = { incarnation: origin.incarnation, peer: home.node, id: sender.id };
    return new RemoteTemporaryReference(origin.systemName, place);
  }
  if (sender.kind === 'nobody') return nobody();
  const systemName = peerSystemName(home, sender.node);
  if (sender.kind === 'actor' && sender.node === origin.node) {
    if (spoken !== true || sender.incarnation !== origin.incarnation) return fromWire(home, sender);
    // An object of its own, since others may name the same actor.
    const speaker = new RemoteActorReference(systemName, sender);
    noteSpeaker(speaker, { node: sender.node, incarnation: sender.incarnation, path: sender.path });
    return speaker;
  }
  // Who hands a message on may leave its sender as it was. But nobody has proved that it was sent there; nor here.
  if (sender.kind === 'actor') {
    if (sender.node === home.node && !isOpen(home, sender)) return nobody();
    return new RemoteActorReference(systemName, sender, origin.node);
  }
  if (sender.node === origin.node || sender.node === home.node) return fromWire(home, sender);
  if (sender.kind === 'temporary') return new RemoteTemporaryReference(systemName, sender.place, origin.node);
  return nobody();
}

/** Nobody is there, or may be reached. A late reply finds nobody who waits: that is nobody's concern. */
function noProcess(options: DeliveryOptions, origin: Origin, envelope: Envelope): void {
  if (envelope.to.kind !== 'actor') return;
  countDeadLetter(options, origin, envelope, envelope.to);
  returnToSender(options, origin, envelope, 'noproc');
}

/** What nobody may know to exist is no letter to the dead. */
function countDeadLetter(
  { home, messages }: DeliveryOptions,
  origin: Origin,
  envelope: Envelope,
  to: ActorPlace,
): void {
  if (to.node !== home.node || !isOpen(home, to) || !messages.knows(envelope.codec)) return;
  const message = messages.decode(envelope.codec, envelope.payload);
  const sender = senderOf(home, origin, envelope);
  noteDeadLetter(actorReference(home.local.name, to.path), message, sender, 'noproc');
}

function returnToSender(
  options: DeliveryOptions,
  origin: Origin,
  { sender, codec }: Envelope,
  reason: 'noproc' | 'unknown-type',
): void {
  const type = 'undelivered';
  const notice = { type, reason, exitReason: NO_BYTES, codec: reason === 'unknown-type' ? codec : '' } as const;
  const waiting = isWaiting(sender) ? sender : undefined;
  // A message that awaits no reply is told of only when its sender is at fault.
  if (waiting === undefined && reason === 'noproc') return;
  options.tell(waiting?.kind === 'temporary' ? waiting.node : origin.node, { ...notice, waiting });
}

function isWaiting(sender: WireReference | Waiting | undefined): sender is NonNullable<Undelivered['waiting']> {
  return sender?.kind === 'waiting' || sender?.kind === 'temporary';
}
