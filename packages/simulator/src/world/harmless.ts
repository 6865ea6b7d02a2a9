/** What must do no harm, whoever says it. */

import { type AcceptorState, isLeap, type Message } from '@parliament/synod';

/** A slot, and a time, that nobody will ever come to. */
export const FAR: number = 2 ** 52;

/** Whether a member may hear this as things are: another playing may have left out what made it harmless. */
export function isHarmless(acceptor: AcceptorState, message: Message): boolean {
  if (message.type !== 'accept') return true;
  const { ballot, slot } = message;
  return slot === FAR || isLeap(ballot, acceptor.promised) || acceptor.votes.get(slot)?.ballot === ballot;
}
