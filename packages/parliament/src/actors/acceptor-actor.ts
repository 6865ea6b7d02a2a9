/** The acceptor as an actor: it has every decision made by the pure acceptor, and lets answers out through storage. */

import type { Behaviour } from '@parliament/otp';
import {
  type AcceptorMessage,
  type AcceptorState,
  type Ballot,
  createAcceptor,
  type DurableRecord,
  type Envelope,
  isNoOp,
  NO_BALLOT,
  recoverAcceptor,
  restsOnDisk,
  resumeAcceptor,
  stepAcceptor,
} from '@parliament/synod';
import { Commit, Crash, Inspect, Received, Recover, Report, SpaceNews, StartAnew, Watermark } from './mail.js';
import { RECOVERY_LIMIT_MS, type RoleSettings } from './role-settings.js';

/** What an acceptor tells about itself. */
export interface AcceptorReport {
  /** On disk. */
  readonly promised: Ballot;
}

/** The behaviour of the acceptor actor. */
export function acceptorBehaviour(settings: RoleSettings): Behaviour<AcceptorState, unknown> {
  const { member, history, leaseMs, storage, post } = settings;
  let isDiskFull = false;
  /** What is promised on disk: the acceptor itself may be ahead of that, and come back behind itself. */
  let promised: Ballot = NO_BALLOT;
  return {
    async init(context) {
      isDiskFull = false;
      const state = createAcceptor(member, history, leaseMs);
      const recover = new Recover('acceptor', context.incarnation.number, (record) => recoverAcceptor(state, record));
      await context.call(storage, recover, { timeoutMs: RECOVERY_LIMIT_MS });
      resumeAcceptor(state, performance.now());
      promised = state.promised;
      return state;
    },

    receive(state, message, context) {
      if (message instanceof Received) {
        const now = performance.now();
        const records: DurableRecord[] = [];
        const messages: Envelope[] = [];
        const atOnce: Envelope[] = [];
        for (const received of message.messages as readonly AcceptorMessage[]) {
          // A vote needs room for its value. The room that is left is for promises, so that others can go on without it; and for a
          // vote without a value, which a new leader needs before it serves a read: all disks may be full.
          if (isDiskFull && received.type === 'accept' && !isNoOp(received.value)) continue;
          const output = stepAcceptor(state, { type: 'message', from: message.from, message: received }, now);
          records.push(...output.records);
          for (const envelope of output.messages) {
            (restsOnDisk(envelope.message, promised) ? atOnce : messages).push(envelope);
          }
        }
        // A leader must not lose this member's ear while its disk is busy.
        post.send(atOnce, context.incarnation);
        if (messages.length > 0) {
          // Rule 1: nothing else leaves before it is durable. Without records of its own an answer still waits for those
          // before it, on which it may rest.
          const upTo = state.promised;
          const release = (): void => {
            promised = Math.max(promised, upTo);
            post.send(messages, context.incarnation);
          };
          context.dispatch(storage, new Commit('acceptor', context.incarnation.number, records, true, release));
        }
      } else if (message instanceof Watermark) {
        const { decidedUpTo, history: known } = message;
        stepAcceptor(state, { type: 'watermark', decidedUpTo, history: known }, performance.now());
      } else if (message instanceof StartAnew) {
        throw new Error(message.reason);
      } else if (message instanceof SpaceNews) {
        isDiskFull = message.space === 'full';
      } else if (message instanceof Inspect && context.sender !== undefined) {
        context.dispatch(context.sender, new Report<AcceptorReport>({ promised }));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
