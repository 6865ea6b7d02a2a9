/** What is seen of a proposer's step: what it uses, what has come to pass by it, and what is wrong with it. */

import {
  type Envelope,
  isVoter,
  type MemberId,
  type Message,
  type ProposerInput,
  type ProposerRole,
  type ProposerState,
  type Slot,
} from '@parliament/synod';
import type { Effect } from './model.js';

/** A leader that hands over leads no more; and one that can propose, and was not told to hand over, does so when it votes no more. */
export function whatIsWrongInOffice(
  before: ProposerRole,
  { member, role, history, decidedUpTo }: ProposerState,
  cause: string,
  messages: readonly Envelope[],
): string | undefined {
  if (role.name === 'leading' && [...role.known].some((slot) => slot > role.promises.boundUpTo)) {
    return `member ${member} leads on where slots are decided of which it was promised nothing`;
  }
  const heartbeat = messages.find(({ message }) => message.type === 'heartbeat')?.message;
  if (role.name === 'leading' && heartbeat?.type === 'heartbeat') {
    const { decidedUpTo: told } = heartbeat;
    if (told < role.firstSlot - 1)
      return `member ${member} was promised that all is decided below ${role.firstSlot}, and says ${told}`;
  }
  if (!handsOver(messages)) return undefined;
  if (role.name === 'leading') return `member ${member} hands over, and leads on`;
  if (before.name !== 'leading' || before.transfer !== undefined) return undefined;
  const canPropose = before.firstSlot <= decidedUpTo + history[0].alpha;
  const isOwnWill = cause === 'what was decided' || (cause === 'ticks' && canPropose);
  if (!isOwnWill || !history.some((configuration) => isVoter(configuration, member))) return undefined;
  return `member ${member} leaves office, and still votes`;
}

function handsOver(messages: readonly Envelope[]): boolean {
  return messages.some(({ message }) => message.type === 'handover');
}

/** The slots in which something is proposed by this. */
export function slotsProposed(messages: readonly Envelope[]): ReadonlySet<Slot> {
  return new Set(messages.flatMap(({ message }) => (message.type === 'accept' ? [message.slot] : [])));
}

/** A leader passes over slots that are decided, and over no others. `next` and `known` are its own before this. */
export function whatIsLeftOut(
  next: Slot,
  known: readonly Slot[],
  input: ProposerInput,
  { member, role, decidedUpTo }: ProposerState,
  messages: readonly Envelope[],
): string | undefined {
  if (role.name !== 'leading') return undefined;
  const settled = input.type === 'settled' ? input.settled.map(({ slot }) => slot) : [];
  const proposed = slotsProposed(messages);
  const seen = new Set([...known, ...settled, ...proposed]);
  for (let slot = next; slot < role.nextSlot; slot++) {
    if (!proposed.has(slot) && slot > role.promises.boundUpTo) {
      return `member ${member} leads on where slot ${slot} is decided, of which it was promised nothing`;
    }
    if (!seen.has(slot) && slot > decidedUpTo)
      return `member ${member} leads, and passes over slot ${slot}, which it does not know to be decided`;
  }
  return undefined;
}

/** What a message says about the ballot that it uses. */
export function usesOf(member: MemberId, to: MemberId, message: Message): Effect[] {
  if (message.type === 'prepare' && to !== member) {
    return [{ type: 'fact', fact: { type: 'used', ballot: message.ballot } }];
  }
  if (message.type !== 'accept') return [];
  const { slot, ballot, value } = message;
  return [
    { type: 'fact', fact: { type: 'used', ballot } },
    { type: 'fact', fact: { type: 'proposed', slot, ballot, value } },
  ];
}

/** What has come to pass by a step, for the goals of models. */
export function whatBecame(
  before: ProposerRole,
  after: ProposerRole,
  cause: string,
  messages: readonly Envelope[],
): string[] {
  const reached: string[] = [];
  if (handsOver(messages)) reached.push('a leader hands over');
  else if (before.name === 'leading' && after.name === 'following') reached.push(`a leader steps down by ${cause}`);
  const standsAnew = before.name === 'leading' && after.name === 'preparing' && cause === 'stands still';
  if (standsAnew) reached.push('a leader prepares anew');
  if (cause === 'handover' && after.name === 'preparing') reached.push('an heir stands');
  if (before.name !== 'preparing' || after.name !== 'leading') return reached;
  reached.push(before.released === undefined ? 'a member leads' : 'an heir leads');
  return reached;
}

/** What makes a proposer move, by name. */
export function causeOf(input: ProposerInput): string {
  if (input.type === 'message') return input.message.type;
  if (input.type !== 'settled') return input.type;
  return input.settled.length > 0 ? 'what was decided' : 'a snapshot';
}
