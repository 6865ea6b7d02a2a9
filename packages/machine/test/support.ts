import {
  type AnyMachine,
  type CommandHandler,
  decodeAnswer,
  decodeReply,
  type Hosted,
  machine,
  type Moment,
  type QueryHandler,
  Rejection,
} from '../src/index.js';
import { coreOf } from '../src/definition.js';

export const MOMENT: Moment = { slot: 7, index: 0, time: 1_700_000_000_000 };

/** As in the README. */
export const account = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0 }),
  commands: {
    deposit: (state, { amount }: { amount: number }) => ({
      state: { balance: state.balance + amount },
      reply: state.balance + amount,
    }),
    withdraw: (state, { amount }: { amount: number }) => {
      if (amount > state.balance) throw new Rejection('too-little', `there are ${state.balance}`, { ...state });
      return { state: { balance: state.balance - amount }, reply: state.balance - amount };
    },
  },
  queries: { balance: (state) => state.balance },
});

/** A machine of numbers with handlers that are to be tried. */
export const numbers = (
  commands: Readonly<Record<string, CommandHandler<number>>>,
  queries: Readonly<Record<string, QueryHandler<number>>> = {},
): AnyMachine =>
  machine<number, typeof commands, typeof queries>({
    name: 'numbers',
    version: 1,
    initial: () => 1,
    commands,
    queries,
  });

/** The bytes of a command which no caller was kept from giving. */
export const bytesOf = (of: AnyMachine, command: unknown): Uint8Array => coreOf(of, 'test').commands.write(command);

/** What `decodeReply` throws. */
export function refusalOf(of: AnyMachine, reply: Uint8Array): unknown {
  return thrownBy(() => decodeReply<AnyMachine, never>(of, undefined as never, reply));
}

/** What `decodeAnswer` throws. */
export function refusalIn(of: AnyMachine, answer: Uint8Array): unknown {
  return thrownBy(() => decodeAnswer<AnyMachine, never>(of, undefined as never, answer));
}

export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** All chunks of a snapshot as one list of bytes. */
export function snapshotOf<State>(hosted: Hosted<State>, state: State): Uint8Array {
  return Buffer.concat([...hosted.snapshot(state)]);
}
