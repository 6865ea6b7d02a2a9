import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Command, decodeBatch, encodeBatch } from '../src/registers/command.js';
import { applyBatch, createRegisters, pageOf } from '../src/registers/registers.js';
import { decodeRegisters, encodeInSteps, encodeRegisters } from '../src/registers/registers-codec.js';

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

describe('a page of the registers', () => {
  it('goes on where the last one ended, in the order in which they got their values, until there is no more', () => {
    const registers = createRegisters();
    const all = Array.from({ length: 2500 }, (_, index) => [`key ${2500 - index}`, `${index}`] as const);
    for (const [key, value] of all) registers.values.set(key, value);
    const [first, second, third] = [pageOf(registers, 0), pageOf(registers, 1000), pageOf(registers, 2000)];
    expect([first.next, second.next, third.next]).toEqual([1000, 2000, undefined]);
    expect([first, second, third].flatMap(({ entries }) => entries)).toEqual(all);
    expect(pageOf(registers, 2500)).toEqual({ entries: [] });
    expect(pageOf(createRegisters(), 0)).toEqual({ entries: [] });
  });

  it('has one register at least, however long it is', () => {
    const registers = createRegisters();
    for (const key of ['k', 'l']) registers.values.set(key, 'v'.repeat(2 ** 20));
    expect(pageOf(registers, 0)).toMatchObject({ entries: [['k', expect.any(String)]], next: 1 });
    expect(pageOf(registers, 1)).toEqual({ entries: [['l', expect.any(String)]] });
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

describe('a snapshot of the registers', () => {
  /** Registers with some values, and a session with a reply that is not acknowledged. */
  function filled(values: readonly (readonly [string, string])[]) {
    const registers = createRegisters();
    const commands = values.map(([key, value], index) => ({
      member: 0,
      life: 1,
      number: index,
      key,
      value,
      session: 1,
      sequence: index + 1,
      acknowledged: Math.max(0, index - 1),
    }));
    applyBatch(registers, 1, { opens: [7], expiries: [], commands: [] }, 1);
    for (const command of commands) applyBatch(registers, 2, { opens: [], expiries: [], commands: [command] }, 1);
    return registers;
  }

  it('gives the same registers and sessions back, the same bytes for the same state', () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 30 }), (values) => {
        const registers = filled(values);
        const bytes = encodeRegisters(registers);
        const read = decodeRegisters(bytes);
        expect(read.values).toEqual(registers.values);
        expect(read.sessions.sessions).toEqual(registers.sessions.sessions);
        expect(encodeRegisters(read)).toEqual(bytes);
      }),
    );
  });

  it('is taken in steps of some thousand registers, and holds what they were at the first', () => {
    const registers = filled([]);
    for (let index = 0; index < 20_000; index++) registers.values.set(`key ${index}`, 'v'.repeat(100));
    const expected = encodeRegisters(registers);
    const encoding = encodeInSteps(registers);
    let steps = 0;
    for (;;) {
      const { done, value } = encoding.next();
      if (done === true) {
        // Jest would compare millions of bytes one by one.
        expect(Buffer.compare(value, expected)).toBe(0);
        break;
      }
      steps += 1;
      // What is written meanwhile is not part of it.
      registers.values.set(`later ${steps}`, 'w');
      applyBatch(registers, 3, { opens: [100 + steps], expiries: [], commands: [] }, 1);
    }
    expect(steps).toBeGreaterThan(10);
    expect(decodeRegisters(expected).values.size).toBe(20_000);
  });
});
