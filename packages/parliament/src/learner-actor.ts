/** The learner as an actor: it applies what is decided to the registers, in order, and serves reads from them. */

import { type ActorContext, type Behaviour, call } from '@parliament/otp';
import {
  createLearner,
  type Decision,
  type History,
  type LearnerMessage,
  type LearnerOutput,
  type LearnerState,
  recoverLearner,
  type Slot,
  stepLearner,
} from '@parliament/synod';
import { RECOVERY_LIMIT_MS, type RoleSettings } from './acceptor-actor.js';
import { decodeBatch } from './command.js';
import { Applied, Commit, Crash, Delivery, Inspect, Look, Recover, Report, Seen, Settled, Tick } from './internal.js';
import { apply, type Registers } from './registers.js';

interface State {
  readonly learner: LearnerState;
  readonly registers: Registers;
  /** Reads that wait for a slot to be applied. */
  looks: Look[];
}

/** What a learner tells about itself. */
export interface LearnerReport {
  readonly decidedUpTo: Slot;
  readonly history: History;
  readonly registers: number;
}

/** A value that was given to a register by a command of this member, or the one that was there before it. */
type Result = { readonly number: number; readonly value: string };

/** The behaviour of the learner actor. `life` tells the commands of this member's present life from earlier ones'. */
export function learnerBehaviour(settings: RoleSettings, life: number): Behaviour<State, unknown> {
  const { member, history, parliament, storage, acceptor, proposer, post } = settings;

  /** Rule 8: every decree once, in slot order. Gives the results of the commands that came from here. */
  function applyAll(registers: Registers, decisions: readonly Decision[]): Result[] {
    const results: Result[] = [];
    for (const decision of decisions) {
      for (const command of decodeBatch(decision.value)) {
        const value = apply(registers, command);
        if (command.member === member && command.life === life) results.push({ number: command.number, value });
      }
    }
    return results;
  }

  function answerLooks(state: State, context: ActorContext): void {
    if (state.looks.length === 0) return;
    const isDue = (look: Look): boolean => look.upTo <= state.learner.decidedUpTo;
    for (const look of state.looks.filter(isDue)) {
      const values = look.keys.map((key) => state.registers.get(key));
      context.dispatch(parliament, new Seen(look.token, values));
    }
    state.looks = state.looks.filter((look) => !isDue(look));
  }

  function carryOut(state: State, output: LearnerOutput, context: ActorContext): void {
    const { records, messages, delivered, settled } = output;
    if (records.length > 0) {
      // Nobody waits for these: what is lost of them is learned again.
      context.dispatch(storage, new Commit('learner', context.incarnation.number, records, false, () => {}));
    }
    post.deliver(messages, context.incarnation);
    if (settled.length > 0) {
      const { decidedUpTo } = state.learner;
      const news = new Settled(settled, decidedUpTo, state.learner.history);
      context.dispatch(proposer, news);
      if (delivered.length > 0) {
        context.dispatch(acceptor, news);
        context.dispatch(parliament, new Applied(applyAll(state.registers, delivered), decidedUpTo));
        answerLooks(state, context);
      }
    }
  }

  return {
    async init(context) {
      const state: State = { learner: createLearner(member, history), registers: new Map(), looks: [] };
      const results: Result[] = [];
      const recover = new Recover('learner', context.incarnation.number, (record) => {
        results.push(...applyAll(state.registers, recoverLearner(state.learner, record).delivered));
      });
      await call(storage, recover, { timeoutMs: RECOVERY_LIMIT_MS });
      const { decidedUpTo } = state.learner;
      context.dispatch(acceptor, new Settled([], decidedUpTo, state.learner.history));
      context.dispatch(parliament, new Applied(results, decidedUpTo));
      return state;
    },

    receive(state, message, context) {
      if (message instanceof Delivery) {
        const now = performance.now();
        for (const received of message.messages as readonly LearnerMessage[]) {
          const input = { type: 'message', from: message.from, message: received } as const;
          carryOut(state, stepLearner(state.learner, input, now), context);
        }
      } else if (message instanceof Look) {
        state.looks.push(message);
        answerLooks(state, context);
      } else if (message instanceof Tick) {
        carryOut(state, stepLearner(state.learner, { type: 'tick' }, performance.now()), context);
      } else if (message instanceof Inspect && context.sender !== undefined) {
        const { decidedUpTo, history: known } = state.learner;
        const report = { decidedUpTo, history: known, registers: state.registers.size };
        context.dispatch(context.sender, new Report<LearnerReport>(report));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },
  };
}
