/** Phase 1a: asking for promises, and again for what has not come. */

import type { MemberId } from './ballot.js';
import { everyone } from './configuration.js';
import type { Message } from './messages.js';
import { nextSlotOf } from './promises.js';
import type { Leading, Preparing, ProposerOutput, ProposerState } from './proposer-state.js';

/** Between questions to a member that does not answer the pause doubles, up to this many times. */
const MOST_DOUBLINGS = 3;

/**
 * Asks every member that has not promised, at a ballot that the own acceptor has promised; again those that are silent, with growing
 * pauses: what is on its way over a slow line, or waits for a slow disk, is not asked for over and over.
 */
export function askForPromises(
  state: ProposerState,
  role: Preparing | Leading,
  now: number,
  outputs: ProposerOutput[],
): void {
  // Rule 3: the own acceptor is asked first, and promises a ballot once.
  const isOwn = role.name === 'preparing' && role.stage === 'own';
  for (const to of isOwn ? [state.member] : everyone(state.history)) {
    if (role.promises.complete.has(to) || (to === state.member && !isOwn)) continue;
    const asked = role.promises.asked.get(to);
    const pause = state.options.resendMs * 2 ** Math.min((asked?.times ?? 1) - 1, MOST_DOUBLINGS);
    if (asked === undefined || now - asked.at >= pause) askForPromise(state, role, to, now, outputs);
  }
}

/** Asks a member for its promise, and for its votes in the slots of which it has not told yet. */
export function askForPromise(
  state: ProposerState,
  role: Preparing | Leading,
  to: MemberId,
  now: number,
  outputs: ProposerOutput[],
): void {
  const { ballot, promises } = role;
  promises.asked.set(to, { at: now, times: (promises.asked.get(to)?.times ?? 0) + 1 });
  promises.decidedUpTo = Math.max(promises.decidedUpTo, state.decidedUpTo);
  const prepare = { type: 'prepare', ballot, fromSlot: nextSlotOf(promises, to) } as const;
  const released = role.name === 'preparing' ? role.released : undefined;
  const message: Message = released === undefined ? prepare : { ...prepare, released };
  outputs.push({ type: 'send', to, message });
}
