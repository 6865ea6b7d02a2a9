/** What arrives finds its actor, or the one who waits for it is told that there is none. */

import { noteDeadLetter } from '@parliament/otp';
import { type Border, fromWire, ownTemporary } from './border.js';
import { NodeError, reasonOf } from './errors.js';
import type { Destination, Envelope, Undelivered } from './frame.js';
import type { MessageCodec } from './messages.js';
import { actorReference, type Deferral, findRecipient, findSystem, nobody, type Recipient } from './nact.js';

export interface DeliveryOptions {
  readonly border: Border;
  readonly messages: MessageCodec;
  /** Sends a notice to a node, if there is a link to it. */
  tell(node: string, notice: Undelivered): void;
  /** A message came whose codec this node does not have. */
  onUnknownType(codec: string): void;
}

/** @throws BadFrameError when the message cannot be decoded. */
export function deliver(options: DeliveryOptions, envelope: Envelope): void {
  const { border, messages } = options;
  const recipient = recipientOf(border, envelope.to);
  if (!recipient) {
    // A late reply finds nobody who waits: that is nobody's concern.
    if (envelope.to.kind === 'actor') {
      countDeadLetter(options, envelope, envelope.to.path);
      returnToSender(options, envelope, 'no-process');
    }
    return;
  }
  if (!messages.knows(envelope.codec)) {
    returnToSender(options, envelope, 'unknown-type');
    options.onUnknownType(envelope.codec);
    return;
  }
  const message = messages.decode(envelope.codec, envelope.payload);
  const sender = envelope.sender ? fromWire(border, envelope.sender) : nobody();
  try {
    recipient.dispatch(message, sender);
  } catch (error) {
    // Local code failed, which is no fault of the link's.
    process.emitWarning(`The receiver of a message from another node threw: ${reasonOf(error)}`, {
      type: 'ParliamentRemoteWarning',
    });
  }
}

/** Fails the query or call of this node's whose message found nobody. */
export function failWaiting(border: Border, notice: Undelivered, peer: string): void {
  const reference = ownTemporary(border, notice.waiting);
  const waiting = reference && findSystem(reference.system.name)?.tempReferences;
  const deferral: Deferral | undefined = waiting?.get(notice.waiting.id);
  if (!deferral) return;
  waiting?.delete(notice.waiting.id);
  deferral.reject?.(
    notice.reason === 'no-process'
      ? new NodeError(
          'no-process',
          `No actor at that path on node ${peer}: it was never spawned, has stopped, or is not exposed`,
        )
      : new NodeError('unknown-type', `Node ${peer} has no codec of the type of the message: add the same codec there`),
  );
}

function recipientOf(border: Border, to: Destination): Recipient | undefined {
  if (to.kind === 'actor') {
    if (!border.expose(to.path)) return undefined;
    const system = { name: border.local.name };
    return findRecipient(border.local, { type: 'actor', system, path: { parts: to.path, system: system.name } });
  }
  const reference = ownTemporary(border, to.place);
  const system = reference && findSystem(reference.system.name);
  return system && findRecipient(system, reference);
}

/** What nobody may know to exist is no letter to the dead. */
function countDeadLetter({ border, messages }: DeliveryOptions, envelope: Envelope, path: readonly string[]): void {
  if (!border.expose(path) || !messages.knows(envelope.codec)) return;
  const message = messages.decode(envelope.codec, envelope.payload);
  const sender = envelope.sender ? fromWire(border, envelope.sender) : nobody();
  noteDeadLetter(actorReference(border.local.name, path), message, sender, 'noproc');
}

function returnToSender(options: DeliveryOptions, { sender }: Envelope, reason: Undelivered['reason']): void {
  if (sender?.kind === 'temporary') options.tell(sender.node, { waiting: sender.place, reason });
}
