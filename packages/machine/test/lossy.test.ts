/** Development mode and snapshots: a state that `restore` does not give back is found, whatever the snapshot says. */

import { describe, expect, it } from '@jest/globals';
import { compose, encodeCommand, host, machine } from '../src/index.js';
import { account, MOMENT, refusalOf, thrownBy } from './support.js';

const DEVELOPMENT = { development: true };

describe('a snapshot that does not restore', () => {
  const lossy = machine({
    name: 'lossy',
    version: 1,
    initial: () => ({ kept: 1, lost: 2 }),
    commands: { touch: (state) => ({ state: { ...state, kept: state.kept + 1 } }) },
    snapshot: (state) => [Buffer.from(JSON.stringify(state))],
    restore: (chunks) => ({ ...(JSON.parse(Buffer.concat([...chunks]).toString()) as { kept: number }), lost: 0 }),
  });

  it('is found at the first command, and at the first snapshot', () => {
    const hosted = host(lossy, DEVELOPMENT);
    const { reply } = hosted.apply(hosted.initial(), encodeCommand(lossy, { type: 'touch' }), MOMENT);
    const expected = { code: 'lossy-snapshot', message: expect.stringContaining('another state.lost') };
    expect(refusalOf(lossy, reply)).toMatchObject(expected);
    expect(thrownBy(() => hosted.snapshot(hosted.initial()))).toMatchObject(expected);
  });

  /** With a snapshot of a part of the state, from which `restore` makes the rest as it may. */
  const holding = (state: unknown, restored: unknown) =>
    machine({
      ...{
        name: 'partial',
        version: 1,
        initial: () => state,
        commands: { touch: (given: unknown) => ({ state: given }) },
      },
      snapshot: () => [],
      restore: () => restored,
    });

  it.each<[string, unknown, unknown, string]>([
    ['a field', { kept: 1, more: 2 }, { kept: 1 }, 'state.more'],
    ['what a field was', { kept: 1, more: 2 }, { kept: 1, more: 3 }, 'state.more'],
    ['a field that was none', { kept: 1, more: undefined }, { kept: 1 }, 'state.more'],
    ['the sign of 0', { sum: -0 }, { sum: 0 }, 'state.sum'],
    ['the state itself', 300, 44, 'state'],
    ['a state that is none', undefined, {}, 'state'],
    ['what is in a map', { of: new Map([['a', 1]]) }, { of: new Map() }, 'state.of'],
    ['what is in a set', new Set([1, 2]), new Set([1]), 'state'],
    ['a map that is none', { of: new Map() }, { of: {} }, 'state.of'],
    ['nothing, and has more', { kept: 1 }, { kept: 1, more: 2 }, 'state.more'],
  ])('is found when it leaves out %s', (_what, state, restored, where) => {
    const partial = holding(state, restored);
    const message = `partial: what restore makes of a snapshot has another ${where}, which its snapshot leaves out: `;
    const expected = { code: 'lossy-snapshot', message: expect.stringContaining(message) };
    expect(thrownBy(() => host(partial, DEVELOPMENT).snapshot(state))).toMatchObject(expected);
    const { reply } = host(partial, DEVELOPMENT).apply(state, encodeCommand(partial, { type: 'touch' }), MOMENT);
    expect(refusalOf(partial, reply)).toMatchObject(expected);
  });

  it('is found when it takes chunks for what they are on this member only', () => {
    const member = machine({
      ...{ name: 'member', version: 1, initial: () => ({ name: 'ada' }), commands: {} },
      snapshot: ({ name }) => [Buffer.from(name)],
      // Right for a Buffer. What comes out of a stream is none.
      restore: ([chunk]) => ({ name: String(chunk) }),
    });
    expect(host(member).restore(host(member).snapshot({ name: 'ada' }))).toEqual({ name: '97,100,97' });
    expect(thrownBy(() => host(member, DEVELOPMENT).snapshot({ name: 'ada' }))).toMatchObject({
      ...{ code: 'lossy-snapshot', message: expect.stringContaining('another state.name') },
    });
  });

  it('is none where the memory of a chunk is used for the next one', () => {
    const memory = new Uint8Array(9);
    const frugal = machine({
      ...{ name: 'frugal', version: 1, initial: (): readonly number[] => [1, 2, 3] },
      commands: { add: (state, { one }: { one: number }) => ({ state: [...state, one] }) },
      *snapshot(state) {
        for (const each of state) yield memory.subarray(0, each).fill(each);
      },
      restore: (chunks) =>
        Array.from(chunks, ({ length, 0: each }) => {
          if (length !== each) throw new Error(`a chunk of ${length} bytes for ${each}`);
          return each;
        }),
    });
    const hosted = host(frugal, DEVELOPMENT);
    const { state } = hosted.apply(hosted.initial(), encodeCommand(frugal, { type: 'add', one: 4 }), MOMENT);
    expect(state).toEqual([1, 2, 3, 4]);
    expect(hosted.restore(hosted.snapshot(state))).toEqual([1, 2, 3, 4]);
  });

  it('may be laid out in another way further in, and cache what it can make anew', () => {
    class Cached {
      readonly kept = 1;
      cache?: number;
    }
    const cached = Object.assign(new Cached(), { cache: 5 });
    const cases: [unknown, unknown][] = [
      [
        { of: { keys: [1, 2], size: 2 }, sum: Number.NaN },
        { of: { keys: [[1], [2]], count: 2 }, sum: Number.NaN },
      ],
      [cached, new Cached()],
      [{ cached }, { cached: new Cached() }],
      [{ kept: 1, more: 2 }, new Cached()],
      [new Cached(), { kept: 1, more: 2 }],
      ...[null, undefined, 5].map((state): [unknown, unknown] => [state, state]),
    ];
    for (const [state, restored] of cases) {
      expect(() => host(holding(state, restored), DEVELOPMENT).snapshot(state)).not.toThrow();
    }
  });

  it('is found in a part of a composition, by its name', () => {
    const hosted = host(compose({ accounts: account, lossy }), DEVELOPMENT);
    expect(() => hosted.snapshot(hosted.initial())).toThrow('lossy: ');
  });
});
