/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  type AnswerOf,
  type AnyMachine,
  type At,
  type CommandInputOf,
  type CommandOf,
  type Composition,
  compose,
  decodeAnswer,
  decodeReply,
  encodeCommand,
  encodeQuery,
  type Handled,
  type Hosted,
  host,
  type Machine,
  machine,
  type QueryOf,
  Rejection,
  type ReplyOf,
  type StandardSchema,
  type StateOf,
} from '@parliament/machine';
import { expectTypeOf } from 'expect-type';

const account = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0 }),
  commands: {
    deposit: (state, { amount }: { amount: number }, at) => {
      expectTypeOf(state).toEqualTypeOf<{ balance: number }>();
      expectTypeOf(at).toEqualTypeOf<At>();
      return { state: { balance: state.balance + amount }, reply: state.balance + amount };
    },
    withdraw: (state, { amount }: { amount: number }) => {
      if (amount < 0) throw new Rejection('negative', 'there is no such amount');
      if (amount > state.balance) return { state, reply: 'too-little' as const };
      return { state: { balance: state.balance - amount }, reply: state.balance - amount };
    },
    close: (state) => ({ state }),
  },
  queries: {
    balance: (state) => state.balance,
    above: (state, { limit }: { limit: number }) => state.balance > limit,
  },
});
type Account = typeof account;

const orders = machine({
  name: 'orders',
  version: 1,
  initial: (): readonly string[] => [],
  commands: {
    place: (state, { item }: { item: string }) => ({ state: [...state, item], reply: { count: state.length + 1 } }),
  },
  queries: { first: (state) => state[0] },
});

export function inferred(): void {
  expectTypeOf<StateOf<Account>>().toEqualTypeOf<{ balance: number }>();
  expectTypeOf<CommandOf<Account>>().toEqualTypeOf<
    { type: 'deposit'; amount: number } | { type: 'withdraw'; amount: number } | { type: 'close' }
  >();
  expectTypeOf<CommandInputOf<Account>>().toEqualTypeOf<CommandOf<Account>>();
  expectTypeOf<ReplyOf<Account, { type: 'deposit'; amount: number }>>().toEqualTypeOf<number>();
  expectTypeOf<ReplyOf<Account, { type: 'withdraw'; amount: number }>>().toEqualTypeOf<number | 'too-little'>();
  expectTypeOf<ReplyOf<Account, { type: 'close' }>>().toEqualTypeOf<undefined>();
  expectTypeOf<ReplyOf<Account>>().toEqualTypeOf<number | 'too-little' | undefined>();
  expectTypeOf<QueryOf<Account>>().toEqualTypeOf<{ type: 'balance' } | { type: 'above'; limit: number }>();
  expectTypeOf<AnswerOf<Account, { type: 'above'; limit: number }>>().toEqualTypeOf<boolean>();
  expectTypeOf(host(account)).toEqualTypeOf<Hosted<{ balance: number }>>();
  expectTypeOf<Account>().toExtend<AnyMachine>();
}

/** As `propose` of parliament. */
declare function propose<M extends AnyMachine, const Command extends CommandInputOf<M>>(
  machine: M,
  command: Command,
): ReplyOf<M, Command>;

export function proposed(): void {
  expectTypeOf(propose(account, { type: 'deposit', amount: 5 })).toEqualTypeOf<number>();
  // @ts-expect-error there is no such command
  propose(account, { type: 'depositt', amount: 5 });
  // @ts-expect-error the amount is a number
  propose(account, { type: 'deposit', amount: '5' });
  // @ts-expect-error the amount is missing
  propose(account, { type: 'deposit' });
}

export function atTheBorder(bytes: Uint8Array): void {
  expectTypeOf(encodeCommand(account, { type: 'deposit', amount: 5 })).toEqualTypeOf<Uint8Array>();
  // @ts-expect-error there is no such command
  encodeCommand(account, { type: 'balance' });
  // @ts-expect-error it has no such field
  encodeCommand(account, { type: 'deposit', amount: 5, to: 'ada' });
  // @ts-expect-error the limit is missing
  encodeQuery(account, { type: 'above' });
  expectTypeOf(decodeReply(account, { type: 'deposit' }, bytes)).toEqualTypeOf<number>();
  expectTypeOf(decodeAnswer(account, { type: 'above' }, bytes)).toEqualTypeOf<boolean>();
  // @ts-expect-error there is no such query
  decodeAnswer(account, { type: 'deposit' }, bytes);
}

export function wrongHandlers(): void {
  const head = { name: 'counter', version: 1, initial: () => 0 };
  // @ts-expect-error another state
  machine({ ...head, commands: { add: () => ({ state: 'one' }) } });
  // @ts-expect-error no state
  machine({ ...head, commands: { add: () => ({ reply: 1 }) } });
  // @ts-expect-error a promise
  machine({ ...head, commands: { add: async (state) => ({ state }) } });
  // @ts-expect-error nothing
  machine({ ...head, commands: { add: () => {} } });
  // @ts-expect-error what it looks at has no type
  machine({ ...head, commands: { add: (state, command) => ({ state: state + command.by }) } });
  // @ts-expect-error no commands
  machine({ ...head });
}

declare const amountSchema: StandardSchema<{ amount: string }, { amount: number }>;

export function schemas(): void {
  const checked = machine({
    name: 'account',
    version: 1,
    initial: () => ({ balance: 0 }),
    commands: {
      // What it takes is what the schema gives.
      deposit: (state, { amount }) => {
        expectTypeOf(amount).toEqualTypeOf<number>();
        return { state: { balance: state.balance + amount }, reply: amount };
      },
      clear: () => ({ state: { balance: 0 } }),
    },
    queries: { above: ({ balance }, { amount }) => balance > amount },
    schema: { commands: { deposit: amountSchema }, queries: { above: amountSchema } },
  });
  expectTypeOf<CommandOf<typeof checked>>().toEqualTypeOf<{ type: 'deposit'; amount: number } | { type: 'clear' }>();
  expectTypeOf<CommandInputOf<typeof checked>>().toEqualTypeOf<
    { type: 'deposit'; amount: string } | { type: 'clear' }
  >();
  expectTypeOf<QueryOf<typeof checked>>().toEqualTypeOf<{ type: 'above'; amount: number }>();
  encodeCommand(checked, { type: 'deposit', amount: '5' });
  // @ts-expect-error the schema takes a string
  encodeCommand(checked, { type: 'deposit', amount: 5 });
  const head = { name: 'account', version: 1, initial: () => 0 };
  machine({
    ...head,
    // @ts-expect-error the schema gives a number
    commands: { deposit: (state, { amount }: { amount: string }) => ({ state, reply: amount }) },
    schema: { commands: { deposit: amountSchema } },
  });
  machine({
    ...head,
    // @ts-expect-error there is a schema for what has no handler
    commands: { withdraw: (state) => ({ state }) },
    schema: { commands: { deposit: amountSchema } },
  });
}

export function versions(): void {
  machine({
    name: 'account',
    version: 2,
    initial: () => ({ cents: 0 }),
    commands: { deposit: (state, { cents }: { cents: number }) => ({ state: { cents: state.cents + cents } }) },
    previous: account,
    migrate: (old) => {
      expectTypeOf(old).toEqualTypeOf<{ balance: number }>();
      return { cents: old.balance * 100 };
    },
  });
  machine({
    name: 'account',
    version: 2,
    initial: () => ({ cents: 0 }),
    commands: { clear: (state) => ({ state }) },
    previous: account,
    // @ts-expect-error no state of this version
    migrate: (old) => old,
  });
}

const bank = compose({ accounts: account, orders });
type Bank = typeof bank;

export function compositions(bytes: Uint8Array): void {
  expectTypeOf<Bank>().toEqualTypeOf<Composition<{ accounts: Account; orders: typeof orders }>>();
  expectTypeOf<StateOf<Bank>>().toEqualTypeOf<{
    readonly accounts: { balance: number };
    readonly orders: readonly string[];
  }>();
  expectTypeOf(propose(bank, { type: 'accounts', command: { type: 'deposit', amount: 5 } })).toEqualTypeOf<number>();
  expectTypeOf(propose(bank, { type: 'orders', command: { type: 'place', item: 'pear' } })).toEqualTypeOf<{
    count: number;
  }>();
  const done = propose(bank, {
    type: 'multi',
    guards: [{ type: 'accounts', query: { type: 'above', limit: 5 }, equals: true }],
    then: [
      { type: 'accounts', command: { type: 'deposit', amount: 5 } },
      { type: 'orders', command: { type: 'place', item: 'pear' } },
    ],
  });
  if (done.holds) expectTypeOf(done.replies).toEqualTypeOf<readonly [number, { count: number }]>();
  else expectTypeOf(done.replies).toEqualTypeOf<readonly []>();
  expectTypeOf(decodeReply(bank, { type: 'accounts', command: { type: 'close' } }, bytes)).toEqualTypeOf<undefined>();
  expectTypeOf(decodeAnswer(bank, { type: 'orders', query: { type: 'first' } }, bytes)).toEqualTypeOf<
    string | undefined
  >();
  encodeQuery(bank, { type: 'accounts', query: { type: 'balance' } });
  // @ts-expect-error that is no query of accounts
  encodeQuery(bank, { type: 'accounts', query: { type: 'first' } });
  // @ts-expect-error there is no such part
  encodeCommand(bank, { type: 'account', command: { type: 'close' } });
  const above = { type: 'accounts', query: { type: 'above', limit: 5 } } as const;
  // @ts-expect-error the query is answered by a boolean
  encodeCommand(bank, { type: 'multi', guards: [{ ...above, equals: 5 }], then: [] });
  // @ts-expect-error a part cannot be called so
  compose({ multi: account });
}

export function composedAgain(): void {
  const all = compose({ bank, spare: account });
  expectTypeOf(
    propose(all, { type: 'bank', command: { type: 'accounts', command: { type: 'deposit', amount: 5 } } }),
  ).toEqualTypeOf<number>();
  expectTypeOf<StateOf<typeof all>['bank']['orders']>().toEqualTypeOf<readonly string[]>();
}

/** A type can be written down, as a library must. */
export const counter: Machine<number, { add: Handled<{ by: number }, number> }, { sum: Handled<unknown, number> }> =
  machine({
    name: 'counter',
    version: 1,
    initial: () => 0,
    commands: { add: (sum, { by }: { by: number }) => ({ state: sum + by, reply: sum + by }) },
    queries: { sum: (sum) => sum },
  });
