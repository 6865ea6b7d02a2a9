/** The acceptor as an actor: it has every decision made by the pure acceptor, and lets answers out through storage. */

import type { Behaviour } from '@parliament/otp';
import type { Space } from '@parliament/storage';
import {
  type AcceptorMessage,
  type AcceptorState,
  afterAcceptor,
  allOf,
  type Ballot,
  createAcceptor,
  NO_BALLOT,
  promisedBy,
  recoverAcceptor,
  resumeAcceptor,
  type Step,
  stepAcceptor,
} from '@parliament/synod';
import { hasRoomFor } from './full-disk.js';
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
  let space: Space = 'ok';
  /** What is promised on disk: the acceptor itself may be ahead of that, and come back behind itself. */
  let durable: Ballot = NO_BALLOT;
  return {
    async init(context) {
      space = 'ok';
      const state = createAcceptor(member, history, leaseMs);
      const recover = new Recover('acceptor', context.incarnation.number, (record) => recoverAcceptor(state, record));
      await context.call(storage, recover, { timeoutMs: RECOVERY_LIMIT_MS });
      resumeAcceptor(state, performance.now());
      durable = state.promised;
      return state;
    },

    receive(state, message, context) {
      if (message instanceof Received) {
        const now = performance.now();
        const steps: Step<never>[] = [];
        for (const received of message.messages as readonly AcceptorMessage[]) {
          if (!hasRoomFor(received, space)) continue;
          steps.push(stepAcceptor(state, { type: 'message', from: message.from, message: received }, now));
        }
        const { atOnce, write } = afterAcceptor(state, durable, allOf(steps));
        // A leader must not lose this member's ear while its disk is busy.
        post.send(atOnce, context.incarnation);
        if (write !== undefined) {
          const release = (): void => {
            durable = promisedBy(durable, write);
            post.send(write.messages, context.incarnation);
          };
          context.dispatch(storage, new Commit('acceptor', context.incarnation.number, write.records, true, release));
        }
      } else if (message instanceof Watermark) {
        const { decidedUpTo, history: known } = message;
        stepAcceptor(state, { type: 'watermark', decidedUpTo, history: known }, performance.now());
      } else if (message instanceof StartAnew) {
        throw new Error(message.reason);
      } else if (message instanceof SpaceNews) {
        ({ space } = message);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        context.dispatch(context.sender, new Report<AcceptorReport>({ promised: durable }));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
