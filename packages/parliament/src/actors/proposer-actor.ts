/** The proposer as an actor: it gives the pure proposer time, messages and commands, and carries out what it says. */

import type { ActorContext, Behaviour } from '@parliament/otp';
import {
  allOf,
  type Ballot,
  createProposer,
  leaderOf,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
  type ProposerState,
  proposerStart,
  stepProposer,
} from '@parliament/synod';
import { encodeBatch } from '../replica/batch.js';
import type { AcceptorReport } from './acceptor-actor.js';
import type { LearnerReport } from './learner-actor.js';
import {
  AskForLease,
  AskForMark,
  Crash,
  Handled,
  Inspect,
  LeaderNews,
  Leased,
  Marked,
  NotLeased,
  Part,
  Propose,
  Received,
  Report,
  Settled,
  Tick,
} from './mail.js';
import type { RoleSettings } from './role-settings.js';

/** A sibling that has just started owes its report within this time, in milliseconds. */
const REPORT_LIMIT_MS = 5000;

/** What a proposer tells about itself. */
export interface ProposerReport {
  readonly role: ProposerState['role']['name'];
  readonly leader: Ballot | undefined;
}

/** The behaviour of the proposer actor. `seed` gives a seed for its randomised waiting, another one at every start. */
export function proposerBehaviour(
  settings: RoleSettings,
  options: Partial<ProposerOptions>,
  seed: () => number,
): Behaviour<ProposerState, unknown> {
  const { member, parliament, acceptor, learner, post } = settings;

  function step(state: ProposerState, inputs: readonly ProposerInput[], context: ActorContext): void {
    const now = performance.now();
    const { messages, news } = allOf(inputs.map((input) => stepProposer(state, input, now)));
    post.send(messages, context.incarnation);
    for (const each of news) {
      switch (each.type) {
        case 'submitted':
          context.dispatch(parliament, new Handled(each.token, true));
          break;
        case 'not-submitted':
          context.dispatch(parliament, new Handled(each.token, false));
          break;
        case 'mark':
          context.dispatch(parliament, new Marked(each.token, each.slot));
          break;
        case 'leased':
          context.dispatch(parliament, new Leased(each.token, each.slot));
          break;
        case 'not-leased':
          context.dispatch(parliament, new NotLeased(each.token, each.isLeading));
          break;
        case 'leader':
          context.dispatch(parliament, new LeaderNews(each.ballot));
          break;
      }
    }
  }

  return {
    async init(context) {
      const accepted = await context.call<Report<AcceptorReport>>(acceptor, new Inspect(), {
        timeoutMs: REPORT_LIMIT_MS,
      });
      const learned = await context.call<Report<LearnerReport>>(learner, new Inspect(), { timeoutMs: REPORT_LIMIT_MS });
      context.dispatch(parliament, new LeaderNews(undefined));
      const { history, ...known } = proposerStart(accepted.content.promised, learned.content);
      return createProposer(member, history, {
        ...known,
        seed: seed(),
        now: performance.now(),
        options,
      });
    },

    receive(state, message, context) {
      if (message instanceof Received) {
        const inputs = (message.messages as readonly ProposerMessage[]).map((received) => {
          return { type: 'message', from: message.from, message: received } as const;
        });
        step(state, inputs, context);
      } else if (message instanceof Propose) {
        const { token, batch } = message;
        step(state, [{ type: 'propose', value: encodeBatch(batch), token }], context);
      } else if (message instanceof AskForMark) {
        step(state, [{ type: 'ask-mark', token: message.token }], context);
      } else if (message instanceof AskForLease) {
        // A calendar by milliseconds is at the end of the one that it shows, at the latest.
        step(state, [{ type: 'ask-lease', token: message.token, time: Date.now() + 1 }], context);
      } else if (message instanceof Settled) {
        const { settled, decidedUpTo, history } = message;
        step(state, [{ type: 'settled', settled, decidedUpTo, history }], context);
      } else if (message instanceof Part) {
        step(state, [{ type: 'part', from: message.from }], context);
      } else if (message instanceof Tick) {
        step(state, [{ type: 'tick', time: Date.now() }], context);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        const report = { role: state.role.name, leader: leaderOf(state) };
        context.dispatch(context.sender, new Report<ProposerReport>(report));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
