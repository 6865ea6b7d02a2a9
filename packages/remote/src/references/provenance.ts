/** Who has sent a message, as far as it is proved. */

import type { InSystem } from '../nact.js';
import { peerNamed } from './system-names.js';

/** An actor that has sent a message itself, as its own node vouches. */
export interface Speaker {
  readonly node: string;
  /** Of the node. */
  readonly incarnation: string;
  /** Of the actor, from the root of its system. */
  readonly path: readonly string[];
}

/** By the very object that a handler was given as the sender: a copy, or one that says the same, proves nothing. */
const speakers: WeakMap<object, Speaker> = new WeakMap();

/** For what arrives: whoever is handed this object as the sender hears that the message is the speaker's own. */
export function noteSpeaker(sender: object, speaker: Speaker): void {
  speakers.set(sender, speaker);
}

/**
 * The actor that has sent a message itself, by the function that `Node.speakFor` gave it; `sender` is the sender that the
 * handler was given. Undefined for everything else: what was sent by nact's `dispatch`, what another actor sent, handed on or
 * reflected in the name of this one, what another node says of an actor that is not its own.
 *
 * It is proved that the node, which has shown who it is, says so; whether that node is one to be believed is to be looked at
 * with `node`.
 */
export function speakerOf(sender: InSystem | undefined): Speaker | undefined {
  return sender === undefined ? undefined : speakers.get(sender);
}

/**
 * The name of the node that a reference leads to; undefined for one of this process. Of a message's sender it is the node
 * that the message came from, as that node has proved to be in the handshake; undefined when another node has handed it on,
 * or says so. It proves a node, not an actor: see {@link speakerOf}.
 */
export function peerOf(reference: InSystem): string | undefined {
  if ((reference as { readonly via?: string }).via !== undefined) return undefined;
  return peerNamed(reference.system.name);
}

/**
 * The name of the node whose link a message came over, whoever it names as its sender; undefined when it was sent in this
 * process. A message without a sender does not tell.
 */
export function cameFrom(sender: InSystem): string | undefined {
  return (sender as { readonly via?: string }).via ?? peerNamed(sender.system.name);
}
