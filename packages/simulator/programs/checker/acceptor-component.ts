/** The shipped acceptor as a component of a model. */

import {
  type AcceptorMessage,
  type AcceptorState,
  type Ballot,
  type MemberId,
  ownerOf,
  type Step,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import type { Component, Effect, Input, Outcome } from './model.js';
import { textOf } from './plain.js';
import { newAcceptor, type RoleSettings, sendAll } from './role-settings.js';

/** An acceptor, and what it would recover from its records. */
export interface AcceptorLocal {
  state: AcceptorState;
  recovered: AcceptorState;
  /** The member's own clock, and how fast it goes; it stands still in models without leases. */
  now: number;
  rate: number;
}

/** The acceptor of a member whose records are durable at once. */
export function acceptorComponent(member: MemberId, settings: RoleSettings): Component<AcceptorLocal> {
  const { steps } = settings;
  return {
    name: `acceptor ${member}`,
    member,
    initial: {
      state: newAcceptor(member, settings),
      recovered: newAcceptor(member, settings),
      now: 0,
      rate: 0,
    },
    actions: () => [],
    act: (local) => ({ next: local, effects: [] }),
    receive(local, from, input) {
      const { state, recovered } = local;
      const before = state.promised;
      const held = state.lease;
      const votedFrom = state.decidedUpTo + 1;
      const given = acceptorInput(from, input);
      const output = steps.acceptor(state, given, local.now);
      for (const record of output.records) steps.recoverAcceptor(recovered, record);
      if (given.type === 'watermark') steps.acceptor(recovered, given, local.now);
      const effects = [...sendAll(member, output.messages, settings), ...factsOf(member, output)];
      if (state.promised < before)
        return { next: local, effects, violation: `acceptor ${member} takes back its promise` };
      const pages = output.messages.filter(({ message }) => message.type === 'promise').length;
      const reached = pages > 1 ? ['a promise comes in pages'] : [];
      const isOn = given.type === 'message' && given.message.type === 'prepare' && given.message.fromSlot > votedFrom;
      if (isOn && pages > 0) reached.push('a long promise is asked for piece by piece');
      const outcome: Outcome<AcceptorLocal> = { next: local, effects, reached };
      const forgotten = promisesAgain(member, before, output) ?? forgets(state, recovered);
      if (forgotten !== undefined) return { ...outcome, violation: `acceptor ${member} ${forgotten}` };
      const isReleased =
        held !== undefined && local.now < held.until && ownerOf(state.promised) !== ownerOf(held.ballot);
      if (isReleased) reached.push('a promise is given in spite of a lease, which was released');
      return outcome;
    },
  };
}

/** An input of a model as the acceptor takes it. */
export function acceptorInput(from: MemberId, input: Input): Parameters<Steps['acceptor']>[1] {
  return input.type === 'message'
    ? { type: 'message', from, message: input.message as AcceptorMessage }
    : (input.content as Parameters<Steps['acceptor']>[1]);
}

/** What comes true when the records of a step are durable and its messages leave. */
export function factsOf(member: MemberId, { records, messages }: Pick<Step<never>, 'records' | 'messages'>): Effect[] {
  const effects: Effect[] = [];
  for (const record of records) {
    if (record.type !== 'voted') continue;
    const { slot, ballot, value } = record;
    effects.push({ type: 'fact', fact: { type: 'vote', member, slot, ballot, value } });
  }
  for (const { message } of messages) {
    if (message.type === 'promise') {
      effects.push({ type: 'fact', fact: { type: 'promised', member, ballot: message.ballot } });
      break;
    }
  }
  return effects;
}

/** Rule 3: the own proposer is promised a ballot once, in all its lives. `before` is what was promised before the step. */
export function promisesAgain(member: MemberId, before: Ballot, { messages }: Step<never>): string | undefined {
  for (const { to, message } of messages) {
    if (message.type === 'promise' && to === member && message.ballot <= before)
      return `promises its own proposer ballot ${message.ballot} again`;
  }
  return undefined;
}

/** What an acceptor would not have any more after a crash, although somebody may know of it (rule 1). */
export function forgets(state: AcceptorState, recovered: AcceptorState): string | undefined {
  if (recovered.promised < state.promised) return `would forget its promise of ballot ${state.promised}`;
  // Rule 2, before any crash: what is written down is kept to.
  if (recovered.promised > state.promised) return `does not go by its promise of ballot ${recovered.promised}`;
  for (const [slot, vote] of state.votes) {
    // What is recovered as decided needs no vote any more, nor is one told.
    if (slot <= recovered.decidedUpTo) continue;
    if (textOf(recovered.votes.get(slot)) !== textOf(vote)) return `would forget its vote in slot ${slot}`;
  }
  return undefined;
}
