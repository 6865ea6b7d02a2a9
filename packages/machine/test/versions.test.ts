/** A machine that changes: older snapshots are brought up, older commands applied as they were meant, newer ones refused. */

import { describe, expect, it } from '@jest/globals';
import { compose, decodeReply, encodeCommand, host, MachineError, machine } from '../src/index.js';
import { MOMENT, snapshotOf, thrownBy } from './support.js';

const one = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0 }),
  commands: { deposit: (state, { amount }: { amount: number }) => ({ state: { balance: state.balance + amount } }) },
});

const two = machine({
  name: 'account',
  version: 2,
  initial: () => ({ cents: 0 }),
  commands: {
    deposit: (state, { amount }: { amount: number }) => ({ state: { cents: state.cents + amount * 100 } }),
    close: () => ({ state: { cents: 0 }, reply: 'closed' }),
  },
  previous: one,
  migrate: ({ balance }) => ({ cents: balance * 100 }),
});

/** Its snapshot is its own from here on. */
const four = machine({
  name: 'account',
  version: 4,
  initial: () => ({ cents: 0n }),
  commands: { clear: () => ({ state: { cents: 0n } }) },
  previous: two,
  migrate: ({ cents }) => ({ cents: BigInt(cents) }),
  snapshot: ({ cents }) => [Buffer.from(String(cents))],
  restore: (chunks) => ({ cents: BigInt(Buffer.concat([...chunks]).toString()) }),
});

describe('a snapshot of an earlier version', () => {
  it('is restored as that version would, and brought up step by step', () => {
    const bytes = snapshotOf(host(one), { balance: 5 });
    expect(host(two).restore([bytes])).toEqual({ cents: 500 });
    expect(host(four).restore([bytes])).toEqual({ cents: 500n });
    expect(host(four).restore([snapshotOf(host(two), { cents: 7 })])).toEqual({ cents: 7n });
    expect(host(four).restore([snapshotOf(host(four), { cents: 9n })])).toEqual({ cents: 9n });
  });

  it('is refused when nobody says how to come from there, with what to do', () => {
    const later = machine({
      ...{ name: 'account', version: 3, initial: () => 0, commands: {} },
      ...{ previous: two, migrate: () => 0 },
    });
    const stranger = machine({ name: 'account', version: 9, initial: () => 0, commands: {} });
    expect(thrownBy(() => host(stranger).restore([snapshotOf(host(later), 0)]))).toMatchObject({
      code: 'other-version',
      message:
        'account in version 3 is needed, and this program has 9: give the definition of that version as `previous`, or let a program of a version between the two restore it first',
    });
  });

  it('names all versions that are known when another one is asked for', () => {
    const message = /^account in version 3 is needed, and this program has 1, 2, 4: give the definition/;
    expect(() => host(four).migrate({}, 3)).toThrow(message);
    expect(() => host(four).at(3)).toThrow(message);
  });

  it('is one clear error when its migration throws', () => {
    const broken = machine({
      ...{ name: 'account', version: 2, initial: () => 0, commands: {}, previous: one },
      migrate: () => {
        throw new Error('what now');
      },
    });
    const error = thrownBy(() => host(broken).restore([snapshotOf(host(one), { balance: 5 })]));
    expect(error).toBeInstanceOf(MachineError);
    expect(error).toMatchObject({ code: 'handler-failed', message: 'account.migrate threw Error: what now' });
  });
});

describe('a snapshot of a newer version', () => {
  it('is refused with what to install', () => {
    expect(thrownBy(() => host(two).restore([snapshotOf(host(four), { cents: 1n })]))).toMatchObject({
      code: 'other-version',
      message: 'account in version 4 is needed, and this program has 1, 2: install a program that has version 4',
    });
  });
});

describe('a program that has a newer version', () => {
  const hosted = host(four);

  it('knows which versions it can be at', () => expect(hosted.versions).toEqual([1, 2, 4]));

  it('applies as an earlier one, until all switch', () => {
    const then = hosted.at(1);
    expect(then).toMatchObject({ name: 'account', version: 1, versions: [1] });
    const command = encodeCommand(one, { type: 'deposit', amount: 5 });
    const applied = then.apply(then.initial(), command, MOMENT);
    // As a member that has only version 1 has it.
    const { state } = host(one).apply({ balance: 0 }, command, MOMENT);
    expect(applied.state).toEqual(state);
    expect([...then.snapshot(applied.state)]).toEqual([...host(one).snapshot(state)]);
    expect(hosted.migrate(applied.state, 1)).toEqual({ cents: 500n });
  });

  it('is at its own version, too', () => {
    const now = hosted.at(4);
    const { reply } = host(two).apply({ cents: 1 }, encodeCommand(two, { type: 'close' }), MOMENT);
    expect(decodeReply(two, { type: 'close' }, reply)).toBe('closed');
    expect(now.version).toBe(4);
    expect(hosted.migrate({ cents: 3n }, 4)).toEqual({ cents: 3n });
  });

  it('refuses to be at one that it does not know', () => {
    expect(() => hosted.at(3)).toThrow(
      'account in version 3 is needed, and this program has 1, 2, 4: give the definition',
    );
    expect(() => hosted.at(5)).toThrow(
      'account in version 5 is needed, and this program has 1, 2, 4: install a program',
    );
    expect(() => hosted.migrate({}, 3)).toThrow('account in version 3 is needed');
  });
});

describe('a composition that changes', () => {
  const counter = machine({ name: 'counter', version: 1, initial: () => 7, commands: {} });
  const before = compose({ accounts: one, dropped: counter });
  const after = compose({ accounts: four, added: counter }, { name: 'accounts+dropped', previous: before });
  const old = { accounts: { balance: 5 }, dropped: 3 };

  it('brings up its parts, begins those that are new, and drops the others', () => {
    const hosted = host(after);
    expect(hosted.versions).toEqual([2, 5]);
    expect(hosted.restore([snapshotOf(host(before), old)])).toEqual({ accounts: { cents: 500n }, added: 7 });
    expect(hosted.migrate(old, 2)).toEqual({ accounts: { cents: 500n }, added: 7 });
  });

  it('applies as it was before', () => {
    const then = host(after).at(2);
    const command = encodeCommand(before, { type: 'accounts', command: { type: 'deposit', amount: 1 } });
    expect(then.apply(old, command, MOMENT).state).toEqual({ accounts: { balance: 6 }, dropped: 3 });
  });
});
