/**
 * What only this package puts into a mailbox, for the actor's own sake: it arrives however full the mailbox is. Classes, so
 * that no message from elsewhere can pass for one.
 */

import type { ExitReason } from '../exit-reason.js';

export abstract class Owed {}

/** The order to end, which comes after the messages that wait already. */
export class EndOrder extends Owed {
  readonly reason: ExitReason;

  constructor(reason: ExitReason) {
    super();
    this.reason = reason;
  }
}

/** A message of the actor to itself, whose time has come. */
export class Due extends Owed {
  readonly message: unknown;

  constructor(message: unknown) {
    super();
    this.message = message;
  }
}
