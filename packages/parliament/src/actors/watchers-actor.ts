/**
 * The watchers as an actor: those who wait for what is still to be decided wait here. What has come is read from the learner, for all that
 * stand at the same place at once; who does not ask costs nothing.
 */

import type { ActorContext, Behaviour, Reference } from '@parliament/otp';
import {
  answerNothing,
  createWaiting,
  dueAt,
  type Poll,
  takeDue,
  takeOverdue,
  type Waiting,
  wait,
} from '../watch/waiting.js';
import type { LearnerReport } from './learner-actor.js';
import { AppliedUpTo, Crash, Inspect, Report, Sweep, Tell, Told, Watch, WatchersUp } from './mail.js';
import { RECOVERY_LIMIT_MS } from './role-settings.js';

/** Questions whose time is over are looked for this often, in milliseconds, while any wait. */
const SWEEP_MS = 100;

interface State {
  /** Every slot up to here is applied, as the learner has said. */
  upTo: number;
  readonly waiting: Waiting;
  isSweeping: boolean;
}

/** What the watchers tell about themselves. */
export interface WatchersReport {
  /** Every slot up to here is applied, as far as they know. */
  readonly upTo: number;
}

/** The behaviour of the actor. It tells `parliament` when it has come up: that gives it once more what an earlier one has not answered. */
export function watchersBehaviour(parliament: Reference, learner: Reference): Behaviour<State, unknown> {
  /** Reads for these, which all stand at the same place, or ask the machine the same. */
  function read(polls: readonly Poll[], context: ActorContext): void {
    const [first] = polls;
    if (first !== undefined) context.dispatch(learner, new Tell(first.request, polls));
  }

  function readAll(polls: readonly Poll[], context: ActorContext): void {
    const together = new Map<string, Poll[]>();
    for (const poll of polls) {
      const { place, query } = poll.request;
      if (place === undefined || query !== undefined) {
        read([poll], context);
        continue;
      }
      const key = `${place.slot}:${place.skip}`;
      const others = together.get(key);
      if (others === undefined) together.set(key, [poll]);
      else others.push(poll);
    }
    for (const each of together.values()) read(each, context);
  }

  function sweepSoon(state: State, context: ActorContext): void {
    if (state.isSweeping || state.waiting.count === 0) return;
    state.isSweeping = true;
    context.sendAfter(SWEEP_MS, new Sweep());
  }

  function take(state: State, poll: Poll, context: ActorContext): void {
    if (dueAt(poll.request) <= state.upTo) read([poll], context);
    else {
      wait(state.waiting, poll);
      sweepSoon(state, context);
    }
  }

  return {
    async init(context) {
      const { content } = await context.call<Report<LearnerReport>>(learner, new Inspect(), {
        timeoutMs: RECOVERY_LIMIT_MS,
      });
      context.dispatch(parliament, new WatchersUp());
      return { upTo: content.decidedUpTo, waiting: createWaiting(), isSweeping: false };
    },

    receive(state, message, context) {
      if (message instanceof AppliedUpTo) {
        state.upTo = message.slot;
        if (state.waiting.count > 0) readAll(takeDue(state.waiting, state.upTo), context);
      } else if (message instanceof Watch) {
        take(state, message.poll, context);
      } else if (message instanceof Told) {
        for (const { answer } of message.polls) answer(message.reply);
      } else if (message instanceof Sweep) {
        state.isSweeping = false;
        for (const poll of takeOverdue(state.waiting, performance.now())) answerNothing(poll);
        sweepSoon(state, context);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        context.dispatch(context.sender, new Report<WatchersReport>({ upTo: state.upTo }));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
