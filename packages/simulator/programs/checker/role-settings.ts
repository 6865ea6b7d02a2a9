/** What the components of one model have in common, and how what they send becomes inputs. */

import {
  type AcceptorSizes,
  type AcceptorState,
  createAcceptor,
  createLearner,
  type Envelope,
  type History,
  type LearnerSizes,
  type LearnerState,
  type MemberId,
  type Message,
  type ProposerOptions,
  receiversOf,
} from '@parliament/synod';
import type { Steps } from '#src/world/member.js';
import type { Effect } from './model.js';

/** What may stay in the states of a model, about reads and progress; `senders`: of whom a learner has asked in vain. */
export type Memory = 'confirmations' | 'leader' | 'behind' | 'senders';

export interface RoleSettings {
  readonly steps: Steps;
  readonly history: History;
  readonly options: Partial<ProposerOptions>;
  /** Messages of these types are part of the model, or only for one role (`heartbeat to acceptor`); others are lost. */
  readonly carries: ReadonlySet<string>;
  /** Whether a message is lost although its type is carried: keeps a model small. Default: none is. */
  readonly isLost?: (message: Message, from: MemberId, to: string) => boolean;
  readonly leaseMs: number;
  /** After a snapshot a learner keeps this many slots below it. Default: as shipped. */
  readonly tailSlots?: number;
  /** Other sizes than the shipped ones, so that a page, a part or an answer is small. */
  readonly acceptorSizes?: Partial<AcceptorSizes>;
  readonly learnerSizes?: Partial<LearnerSizes>;
  /** A snapshot's state is filled up to this size. Default: it is as long as what it holds. */
  readonly stateBytes?: number;
  /** So many bytes of votes are asked for at a time. Default: as many as the shipped proposer asks for. */
  readonly promiseBytes?: number;
  /** Nobody else stands in this model, and a learner's news come in order: whoever leads must not step down. */
  readonly isUndisputed?: boolean;
  /** What is about reads, transfers and catching up stays in the states; left out, it is taken for irrelevant. */
  readonly remembers?: ReadonlySet<Memory>;
}

/** The messages of a member as inputs of whoever plays their receivers. */
export function sendAll(from: MemberId, envelopes: readonly Envelope[], settings: RoleSettings): Effect[] {
  const { carries, isLost, promiseBytes } = settings;
  const effects: Effect[] = [];
  for (const { to: member, message: sent } of envelopes) {
    const message = plainOf(sent, promiseBytes);
    for (const role of receiversOf(message, member)) {
      // What a leader makes of answers is when it sends what: here messages take any time anyhow.
      if (message.type === 'accepted' && role === 'proposer') continue;
      if (!carries.has(message.type) && !carries.has(`${message.type} to ${role}`)) continue;
      const to = `${role} ${member}`;
      if (isLost?.(message, from, to) === true) continue;
      effects.push({ type: 'input', to, from, input: { type: 'message', message } });
    }
  }
  return effects;
}

/** When a question was asked makes no difference here; how many bytes are asked for may be the model's to say. */
function plainOf(message: Message, promiseBytes: number | undefined): Message {
  if (message.type === 'prepare') return { ...message, token: 0, bytes: promiseBytes ?? message.bytes };
  return message.type === 'promise' ? { ...message, token: 0 } : message;
}

/** A member's acceptor and learner before anything has happened. */
export function newAcceptor(member: MemberId, { history, leaseMs, acceptorSizes }: RoleSettings): AcceptorState {
  return createAcceptor(member, history, leaseMs, acceptorSizes);
}

export function newLearner(member: MemberId, { history, tailSlots, learnerSizes }: RoleSettings): LearnerState {
  return createLearner(member, history, tailSlots, learnerSizes);
}

/** News of a member's learner for another of its roles: they come late, or never. */
export function tell(role: 'acceptor' | 'proposer', member: MemberId, content: unknown): Effect {
  return { type: 'input', to: `${role} ${member}`, from: member, input: { type: 'watermark', content } };
}
