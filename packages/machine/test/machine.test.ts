import { describe, expect, it } from '@jest/globals';
import { decodeAnswer, decodeReply, encodeCommand, encodeQuery, host, machine, Rejection } from '@parliament/machine';

const account = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0 }),
  commands: {
    deposit: (state, { amount }: { amount: number }, at) => ({
      state: { balance: state.balance + amount },
      reply: { balance: state.balance + amount, at: at.slot, chance: at.random() },
    }),
    withdraw: (state, { amount }: { amount: number }) => {
      if (amount > state.balance)
        throw new Rejection('too-little', `there are ${state.balance}`, { balance: state.balance });
      return { state: { balance: state.balance - amount }, reply: state.balance - amount };
    },
  },
  queries: { balance: (state) => state.balance, over: (state, { than }: { than: number }) => state.balance > than },
});

const MOMENT = { slot: 1, index: 0, time: 0 };

describe('a machine', () => {
  it('is hosted as bytes', () => {
    const hosted = host(account);
    const command = encodeCommand(account, { type: 'deposit', amount: 5 });
    const { state, reply } = hosted.apply(hosted.initial(), command, MOMENT);
    expect(state).toEqual({ balance: 5 });
    expect(decodeReply(account, { type: 'deposit' }, reply)).toMatchObject({ balance: 5, at: 1 });
    const answer = hosted.query(state, encodeQuery(account, { type: 'over', than: 3 }));
    expect(decodeAnswer(account, { type: 'over' }, answer)).toBe(true);
    expect(hosted.restore(hosted.snapshot(state))).toEqual(state);
  });

  it('rejects, and stays as it was', () => {
    const hosted = host(account);
    const state = hosted.initial();
    const applied = hosted.apply(state, encodeCommand(account, { type: 'withdraw', amount: 5 }), MOMENT);
    expect(applied.state).toBe(state);
    expect(() => decodeReply(account, { type: 'withdraw' }, applied.reply)).toThrow(
      new Rejection('too-little', 'there are 0', { balance: 0 }),
    );
  });
});
