/** Links and exit signals: what belongs together ends together. After `erlang:link/1`, `exit/2` and `process_flag(trap_exit)`. */

import { type SignalReason, signalReason } from '../exit-reason.js';
import { type AnyReference, own } from '../nact.js';
import { distributionOf, linkRemote, unlinkRemote } from './distribution.js';
import { living } from './monitor.js';
import { processAt } from './process.js';

/**
 * Links two actors: when one of them ends, the other is sent an exit signal with the same reason. That ends it, too, unless
 * the reason is `normal`, or it traps exits. Linked twice is linked once.
 *
 * When `other` is not there, `self` is sent an exit signal `noproc`. One of another node can be linked as well: when the link
 * between the nodes is lost, or there is none, the exit signal is `noconnection`.
 *
 * @throws RangeError when there is no actor at `self`.
 */
export function link(self: AnyReference, other: AnyReference): void {
  const one = living(self, 'self');
  const distribution = distributionOf(other);
  if (distribution !== undefined) {
    linkRemote(one, own(other), distribution);
    return;
  }
  const two = processAt(other);
  if (two === undefined) one.signal('noproc', { reference: own(other) });
  else if (two !== one) {
    one.links.add(two);
    two.links.add(one);
  }
}

/** Takes a link off. An exit signal that has arrived already has had its effect; an `Exit` in the mailbox stays there. */
export function unlink(self: AnyReference, other: AnyReference): void {
  const one = processAt(self);
  if (one === undefined) return;
  const distribution = distributionOf(other);
  if (distribution !== undefined) {
    unlinkRemote(one, own(other), distribution);
    return;
  }
  const two = processAt(other);
  if (two === undefined) return;
  one.links.delete(two);
  two.links.delete(one);
}

/**
 * Whether exit signals to an actor become messages ({@link Exit}) in its mailbox, instead of ending it; all but `kill`. They
 * do not, unless this is called.
 *
 * @throws RangeError when there is no actor at `self`.
 */
export function trapExit(self: AnyReference, traps: boolean): void {
  living(self, 'self').trapsExits = traps;
}

/**
 * Sends an exit signal: `kill` ends any actor, as `killed`; another reason ends one that does not trap exits, and is a
 * message to one that does; `normal` does nothing to one that does not, unless it comes from itself. To nobody it is
 * nothing. A supervisor traps exits, and lets them be: it is stopped by its own supervisor, or by its `shutdown`.
 *
 * @param given what is no exit reason is a crash with it.
 * @param from who is named as the sender. Default: the system.
 */
export function exit(to: AnyReference, given: SignalReason, from?: AnyReference): void {
  const reason = signalReason(given);
  const distribution = distributionOf(to);
  if (distribution !== undefined) {
    distribution.exit(own(to), reason, from && own(from), false);
    return;
  }
  const sender = from === undefined ? undefined : (processAt(from) ?? { reference: own(from) });
  processAt(to)?.signal(reason, sender);
}
