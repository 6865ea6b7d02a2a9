/**
 * Answers to those who wait. What cannot reach them is their loss, or their node's: it must not crash the one who answers,
 * so nothing here throws.
 */

import { CallError } from '../errors.js';
import { type ConcreteSystem, dispatch, type Reference, type Sender } from '../nact.js';
import { noteDeadLetter } from '../process/dead-letters.js';
import { textOf } from '../text-of.js';

/**
 * Sends a reply. One that cannot be sent is a dead letter of `system`; and whoever waits is told that, at once.
 *
 * @returns whether it is on its way.
 */
export function answer(system: ConcreteSystem | undefined, to: Reference, reply: unknown): boolean {
  try {
    return dispatch(to, reply);
  } catch (error) {
    noteDeadLetter(to, reply, undefined, 'unsendable', system);
    // A refusal is small and plain: what cannot take that either takes nothing.
    if (!(reply instanceof CallError)) answer(system, to, unsendable('its reply', error));
    return false;
  }
}

/** Tells whoever waits behind `sender`, if somebody does, that no reply will come. nact's own queries fail, too. */
export function refuse(system: ConcreteSystem, sender: Sender, refusal: CallError): void {
  if (sender?.type !== 'temp') return;
  // The numbers of those who wait on other nodes are none of this one's.
  const waiting = sender.system.name === system.name ? system.tempReferences.get(sender.id) : undefined;
  if (waiting?.reject !== undefined) waiting.reject(refusal);
  else answer(system, sender, refusal);
}

/** What a call fails with when the way to the other node does not take a message. */
export function unsendable(what: string, error: unknown): CallError {
  const { code } = error as { readonly code?: unknown };
  const message = `${what} cannot be sent: ${textOf(error)}`;
  return new CallError(code === 'too-large' ? 'too-large' : 'unsendable', message, { cause: error });
}
