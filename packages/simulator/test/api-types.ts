/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import {
  checkLinearizable,
  type Draw,
  type Fault,
  FAULTS,
  type Operation,
  type PlanOptions,
  type RunResult,
  run,
  runWith,
  type Specification,
  type Subject,
  type Verdict,
  Violation,
  type WorldOptions,
} from '@parliament/simulator';
import { expectTypeOf } from 'expect-type';

interface Account {
  balance: number;
}
interface Deposit {
  readonly amount: number;
}

const account: Subject<Account, Deposit, number | 'refused'> = {
  machine: {
    initial: () => ({ balance: 0 }),
    apply: (state, { amount }) => {
      state.balance += amount;
      return state.balance < 0 ? 'refused' : state.balance;
    },
    snapshot: (state) => [new TextEncoder().encode(JSON.stringify(state))],
    restore: () => ({ balance: 0 }),
  },
  command: (draw) => {
    expectTypeOf(draw).toEqualTypeOf<Draw>();
    return { amount: draw(20) };
  },
};

export function worlds(): void {
  expectTypeOf(runWith(account, { seed: 1, plan: { faultyMs: 2000 } })).toEqualTypeOf<RunResult>();
  expectTypeOf(run({ seed: 1 })).toEqualTypeOf<RunResult>();
  expectTypeOf<RunResult['checked']>().toEqualTypeOf<number>();
  expectTypeOf<PlanOptions>().toExtend<NonNullable<WorldOptions['plan']>>();
  expectTypeOf<'loss' | 'crash' | 'bit rot'>().toExtend<Fault>();
  expectTypeOf(FAULTS[0]).toExtend<Fault>();
  // @ts-expect-error a world needs a seed
  expectTypeOf(run({}));
  // @ts-expect-error no such option of a plan
  expectTypeOf(run({ seed: 1, plan: { faulty: 2000 } }));
  // @ts-expect-error a command of another type
  expectTypeOf<Subject<Account, Deposit, number>>({ machine: account.machine, command: () => ({ sum: 1 }) });
}

export function histories(
  specification: Specification<Account, Deposit, number>,
  history: readonly Operation<Deposit, number>[],
): void {
  expectTypeOf(checkLinearizable(specification, history)).toEqualTypeOf<Verdict<Deposit, number>>();
  expectTypeOf(Violation).instance.toExtend<Error>();
  // @ts-expect-error inputs of another type
  expectTypeOf(checkLinearizable(specification, [{ input: 'deposit' }]));
}
