/** Snapshots: as a stream of bytes that may be cut anew, which tells what it is of, and notices when it is not whole. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CHUNK_BYTES_MAX, fromStream, toStream } from '../src/frames.js';
import { encodeCommand, host, MachineError, machine } from '../src/index.js';
import { account, MOMENT, snapshotOf, thrownBy } from './support.js';

/** A machine that holds anything, with a snapshot of its own in chunks, or without. */
const holding = (
  chunks?: (state: unknown) => Iterable<Uint8Array>,
  restore?: (given: Iterable<Uint8Array>) => unknown,
) =>
  host(
    machine<unknown, object>({
      name: 'holder',
      version: 1,
      initial: () => undefined,
      commands: {},
      ...(chunks === undefined || restore === undefined ? {} : { snapshot: chunks, restore }),
    }),
  );

/** Cuts bytes where a test says. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

const anyState = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });
const anyCuts = fc.array(fc.nat(50));

describe('a snapshot', () => {
  const hosted = holding();

  it('restores to an equal state, however it is cut', () => {
    fc.assert(
      fc.property(anyState, anyCuts, (state, cuts) => {
        expect(hosted.restore(cut(snapshotOf(hosted, state), cuts))).toEqual(state);
      }),
    );
  });

  it('is the same for what was restored from it', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const bytes = snapshotOf(hosted, state);
        expect(snapshotOf(hosted, hosted.restore([bytes]))).toEqual(bytes);
      }),
    );
  });

  it('has chunks of 256 KiB, but for the last one', () => {
    const state = Buffer.alloc(1_000_000, 'all of it');
    const chunks = [...hosted.snapshot(state)];
    expect(chunks.map(({ length }) => length)).toEqual([262_144, 262_144, 262_144, expect.any(Number)]);
    expect(state.equals(hosted.restore(chunks) as Uint8Array)).toBe(true);
  });

  it('has a last chunk of whatever is left, of one byte, too', () => {
    for (const length of [CHUNK_BYTES_MAX - 9, CHUNK_BYTES_MAX - 8, CHUNK_BYTES_MAX - 7]) {
      const stream = [...toStream([Buffer.alloc(length)], 'x')];
      expect(stream.map((chunk) => chunk.length)).toEqual(
        length + 8 <= CHUNK_BYTES_MAX ? [length + 8] : [CHUNK_BYTES_MAX, length + 8 - CHUNK_BYTES_MAX],
      );
      expect([...fromStream(stream, 'x')].map((chunk) => chunk.length)).toEqual([length]);
    }
  });

  it('may keep the deepest command inside its own values', () => {
    let deep: unknown = 0;
    for (let level = 0; level < 62; level += 1) deep = [deep];
    const keeping = machine({
      name: 'keeping',
      version: 1,
      initial: (): readonly unknown[] => [],
      commands: { keep: (state, { value }: { value: unknown }) => ({ state: [...state, { of: { value } }] }) },
    });
    const hosted = host(keeping);
    const command = encodeCommand(keeping, { type: 'keep', value: [deep] });
    const { state } = hosted.apply(hosted.initial(), command, MOMENT);
    expect(hosted.restore(hosted.snapshot(state))).toEqual([{ of: { value: [deep] } }]);
  });

  it('tells names apart that differ in what a decoder may drop, or replace', () => {
    const names = ['a', '\ufeffa', '\ufeff\ufeffa', '\ufffd', '\ud83d', '\ude00'];
    const state = Object.fromEntries(names.map((name, index) => [name, index]));
    const restored = hosted.restore(hosted.snapshot(state));
    expect(Object.entries(Object(restored))).toEqual(Object.entries(state));
    expect(snapshotOf(hosted, restored)).toEqual(snapshotOf(hosted, state));
  });

  it('may have more parts than a command', () => {
    const state = Array.from({ length: 200_000 }, (_, index) => index);
    expect(String(hosted.restore(hosted.snapshot(state)))).toBe(String(state));
  });

  it('is refused when it ends early, wherever', () => {
    const bytes = snapshotOf(hosted, { a: [1, 2, 3] });
    for (let length = 0; length < bytes.length; length += 1) {
      const error = thrownBy(() => hosted.restore([bytes.subarray(0, length)]));
      expect(error).toBeInstanceOf(MachineError);
      expect(error).toMatchObject({ code: 'bad-snapshot' });
    }
  });

  it('is refused when it goes on after its end', () => {
    const bytes = snapshotOf(hosted, 5);
    expect(() => hosted.restore([bytes, Uint8Array.of(0)])).toThrow('holder: the snapshot goes on after its end');
  });

  it('is refused, or restored, but nothing else, when a byte of it is another one', () => {
    const bytes = snapshotOf(hosted, { a: [1, 2, 'three'] });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = bytes.map((byte, index) => (index === at ? byte ^ change : byte));
        let error: unknown;
        try {
          hosted.restore([changed]);
        } catch (thrown) {
          error = thrown;
        }
        if (error !== undefined) expect(error).toBeInstanceOf(MachineError);
      }),
    );
  });

  it('is refused, and nothing else happens, when it is random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        expect(thrownBy(() => hosted.restore(chunks))).toBeInstanceOf(MachineError);
      }),
    );
  });

  it('of another machine is refused by name', () => {
    const foreign = snapshotOf(host(account), { balance: 5 });
    expect(thrownBy(() => hosted.restore([foreign]))).toMatchObject({
      code: 'bad-snapshot',
      message: 'holder: the snapshot cannot be restored: it is of the machine "account"',
    });
  });

  it('laid out in a later way is refused with what to do', () => {
    const head = Uint8Array.from([0x83, 2, 0x66, ...Buffer.from('holder'), 1]);
    expect(() => hosted.restore(toStream([head, Uint8Array.of(0)], 'holder'))).toThrow('install a newer one');
  });

  it('of a state that has no form as bytes is one clear error', () => {
    expect(thrownBy(() => [...hosted.snapshot({ a: { b: () => 1 } })])).toMatchObject({
      code: 'unencodable',
      message: expect.stringContaining('holder: the state has no form as bytes: state.a.b is a function'),
    });
  });
});

describe('a snapshot of the machine’s own', () => {
  const anyChunks = fc.array(fc.uint8Array({ maxLength: 200, size: 'max' }));

  it('gets the chunks back that it gave, however they travelled', () => {
    fc.assert(
      fc.property(anyChunks, anyCuts, (chunks, cuts) => {
        const hosted = holding(
          () => chunks,
          (given) => [...given],
        );
        expect(hosted.restore(cut(snapshotOf(hosted, 0), cuts))).toEqual(chunks);
      }),
    );
  });

  it('gets large chunks back whole, in memory of their own', () => {
    const chunk = Buffer.alloc(3 * CHUNK_BYTES_MAX + 5, 7);
    const stream = [...toStream([chunk], 'x')];
    expect(Math.max(...stream.map(({ length }) => length))).toBe(CHUNK_BYTES_MAX);
    const [back] = fromStream(stream, 'x');
    for (const each of stream) each.fill(0);
    expect(chunk.equals(back ?? Buffer.alloc(0))).toBe(true);
  });

  it('is made as it is asked for, and read as it comes', () => {
    let made = 0;
    const hosted = holding(
      function* () {
        for (; made < 100; made += 1) yield new Uint8Array(CHUNK_BYTES_MAX);
      },
      (given) => {
        let count = 0;
        for (const _chunk of given) count += 1;
        return count;
      },
    );
    const chunks = hosted.snapshot(0)[Symbol.iterator]();
    chunks.next();
    expect(made).toBeLessThan(3);
    made = 0;
    expect(hosted.restore(hosted.snapshot(0))).toBe(100);
  });

  it.each<[string, Parameters<typeof holding>[0], Parameters<typeof holding>[1], string, string]>([
    [
      'whose snapshot throws',
      () => {
        throw new Error('broken');
      },
      () => 0,
      'unencodable',
      'holder: the state has no form as bytes: broken',
    ],
    [
      'whose snapshot gives no bytes',
      () => ['x' as never],
      () => 0,
      'unencodable',
      'holder: its snapshot gave a string',
    ],
    [
      'whose restore throws',
      () => [],
      () => {
        throw new Error('broken');
      },
      'bad-snapshot',
      'holder: the snapshot cannot be restored: broken',
    ],
    ['whose restore gives a promise', () => [], async () => 0, 'bad-snapshot', 'its restore gave a promise'],
    [
      'whose restore does not take all',
      () => [Uint8Array.of(1), Uint8Array.of(2)],
      () => 0,
      'bad-snapshot',
      'its restore did not take all chunks',
    ],
  ])('%s is one clear error', (_what, snapshot, restore, code, message) => {
    const hosted = holding(snapshot, restore);
    expect(thrownBy(() => hosted.restore([...hosted.snapshot(0)]))).toMatchObject({
      ...{ code, message: expect.stringContaining(message) },
    });
  });
});
