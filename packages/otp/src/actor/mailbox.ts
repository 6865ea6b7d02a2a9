/** A bound on how many messages wait for an actor. nact's mailboxes have none. */

import { refuse as refuseCall } from '../call/answering.js';
import { CallError } from '../errors.js';
import { addressOf, type ConcreteActor, type Sender } from '../nact.js';
import { checkOptions, namesIn } from '../options.js';
import { noteDeadLetter } from '../process/dead-letters.js';
import { Down } from '../process/monitor.js';
import { Exit, setUnbounded } from '../process/process.js';
import { Owed } from './owed.js';

const POLICIES = ['refuse', 'drop-oldest'] as const;

/** A bounded mailbox. */
export interface MailboxBound {
  /** So many messages may wait, the one at hand not counted: 1 or more. */
  readonly limit: number;
  /**
   * What becomes of a message that finds the mailbox full. `refuse`: it is not taken; `dispatch` gives false, a call fails
   * at once as `overloaded`. `drop-oldest`: it is taken, and the one that has waited longest is not handled; if that was a
   * call, it fails as `overloaded`. Either is a dead letter. Default `refuse`.
   */
  readonly whenFull?: (typeof POLICIES)[number];
}

const MAILBOX_OPTIONS = namesIn<MailboxBound>({ limit: true, whenFull: true });

/** @throws RangeError naming what is wrong; `whose` is the actor. */
export function checkMailbox(whose: string, bound: MailboxBound): void {
  checkOptions(`${whose}: mailbox`, bound, MAILBOX_OPTIONS);
  const { limit, whenFull = 'refuse' } = bound;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`${whose}: mailbox.limit: ${limit} is not a whole number of messages, 1 or more`);
  }
  if (!POLICIES.includes(whenFull)) {
    throw new RangeError(`${whose}: mailbox.whenFull: ${whenFull} is none of ${POLICIES.join(', ')}`);
  }
}

/**
 * Bounds the mailbox of an actor. What this package itself owes the actor (`Down`, `Exit`, its own timers, the order to end)
 * is neither refused nor dropped.
 */
export function bound(actor: ConcreteActor, { limit, whenFull = 'refuse' }: MailboxBound): void {
  const take = actor.dispatch.bind(actor);
  setUnbounded(actor, take);

  function refuse(message: unknown, sender: Sender): void {
    noteDeadLetter(actor.reference, message, sender, 'overloaded');
    if (sender?.type !== 'temp') return;
    const where = addressOf(actor.reference);
    const text = `the mailbox of ${where} is full: ${limit} messages wait; try again later`;
    refuseCall(actor.system, sender, new CallError('overloaded', text));
  }

  function dropOldest(): void {
    const { mailbox } = actor;
    for (let index = 0; index < mailbox.length; index += 1) {
      const message = mailbox.peekAt(index)?.message;
      if (message instanceof Down || message instanceof Exit || message instanceof Owed) continue;
      const dropped = mailbox.removeOne(index);
      if (dropped !== undefined) refuse(dropped.message, dropped.sender);
      return;
    }
  }

  actor.dispatch = (message, sender) => {
    if (actor.mailbox.length >= limit) {
      if (whenFull === 'refuse') {
        refuse(message, sender);
        return false;
      }
      dropOldest();
    }
    take(message, sender);
    return true;
  };
}
