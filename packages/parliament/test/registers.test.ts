import { describe, expect, it } from '@jest/globals';
import { type Command, decodeBatch, encodeBatch } from '../src/command.js';
import { applyBatch, createRegisters } from '../src/registers.js';

const LIFE = 99;
const command = (sequence: number, key: string, value: string, session = 1): Command => {
  return { member: 0, life: LIFE, number: 1000 + sequence, key, value, session, sequence, acknowledged: 0 };
};
const batch = (commands: readonly Command[], opens: readonly number[] = []) => ({ opens, expiries: [], commands });

describe('the registers', () => {
  it('take their first value only, and tell each life what became of its own commands', () => {
    const registers = createRegisters();
    expect(applyBatch(registers, 1, batch([], [LIFE, 5]), LIFE)).toEqual({ opened: 1, commands: [] });
    applyBatch(registers, 2, batch([command(1, 'k', 'first')]), LIFE);
    const second = { ...command(1, 'k', 'second', 2), life: 5 };
    expect(applyBatch(registers, 3, batch([second]), LIFE).commands).toEqual([]);
    expect(applyBatch(registers, 4, batch([command(2, 'k', 'third')]), LIFE).commands).toEqual([
      { number: 1002, value: 'first' },
    ]);
    expect([...registers.values]).toEqual([['k', 'first']]);
  });

  it('refuse what comes in a session that has ended, and are not changed by it', () => {
    const registers = createRegisters();
    applyBatch(registers, 1, batch([], [LIFE]), LIFE);
    applyBatch(registers, 2, { opens: [], expiries: [{ session: 1, usedAt: 1 }], commands: [] }, LIFE);
    expect(applyBatch(registers, 3, batch([command(1, 'k', 'v')]), LIFE).commands).toEqual([
      { number: 1001, refused: 1 },
    ]);
    expect(registers.values.size).toBe(0);
  });

  it('do without sessions in a log with an end', () => {
    const registers = createRegisters();
    expect(applyBatch(registers, 1, batch([command(0, 'k', 'v', 0)]), LIFE).commands).toEqual([
      { number: 1000, value: 'v' },
    ]);
  });
});

describe('a batch', () => {
  it('comes through its bytes as it was, zeros included; what is none is empty', () => {
    const full = {
      opens: [LIFE, 2 ** 47],
      expiries: [{ session: 3, usedAt: 9 }],
      commands: [command(0, '', ''), command(7, 'k', 'v')],
    };
    expect(decodeBatch(encodeBatch(full))).toEqual(full);
    for (const bytes of [[], [2, 1], [9, 9], [1, 255, 255]]) {
      expect(decodeBatch(Uint8Array.from(bytes))).toEqual({ opens: [], expiries: [], commands: [] });
    }
  });
});
