import { describe, expect, it } from '@jest/globals';
import { AppendQueue, type Waiting } from '../src/append-queue.js';
import type { Chunk } from '../src/batch.js';

const MIB = 1024 * 1024;
/** What a record takes beside its payload. */
const HEADER = 24;

function waiting(name: number, bytes: number, isUrgent = true): Waiting {
  const payload = new Uint8Array(bytes - HEADER);
  const chunks = [{ group: name, records: [{ kind: 1, payload }] }];
  return { chunks, isUrgent, isFreeing: false, resolve: () => {}, reject: () => {} };
}

function queueOf(...bytes: readonly number[]): AppendQueue {
  const queue = new AppendQueue();
  for (const [index, each] of bytes.entries()) queue.push(waiting(index, each));
  return queue;
}

const names = (all: readonly Chunk[]): number[] => all.map(({ group }) => group);

/** The names of those that wait. */
const namesOf = (all: readonly Waiting[]): number[] =>
  all.flatMap(({ chunks }) => names(typeof chunks === 'function' ? chunks() : chunks));

describe('what waits to be appended', () => {
  it.each([
    ['all that fits, to the last byte', [40, 80, 120], 240, [0, 1, 2]],
    ['not what would be one byte too many', [40, 80, 120], 239, [0, 1]],
    ['nothing where the first does not fit', [40, 80], 39, []],
    ['nothing that is behind what does not fit', [40, 800, 40], 100, [0]],
    ['up to 8 MiB together', [4 * MIB, 4 * MIB, 24], 100 * MIB, [0, 1]],
    ['one that has more, by itself', [8 * MIB + 8, 24], 100 * MIB, [0]],
    ['one that has more, not behind another', [24, 8 * MIB + 8], 100 * MIB, [0]],
  ])('is taken: %s', (_, bytes, room, taken) => {
    const queue = queueOf(...bytes);
    const noted: Chunk[] = [];
    const batch = queue.take(room, 0, (chunk) => noted.push(chunk));
    expect(names(batch.chunks)).toEqual(taken);
    expect(namesOf(batch.waiting)).toEqual(taken);
    expect(noted).toEqual(batch.chunks);
    expect(batch.bytes).toBe(bytes.slice(0, taken.length).reduce((sum, each) => sum + each, 0));
    expect(namesOf(queue.clear())).toEqual(bytes.map((_each, index) => index).slice(taken.length));
    expect(queue.isEmpty).toBe(true);
  });

  it('is asked what it is once all before it has been noted', () => {
    const queue = queueOf(40);
    const seen: number[] = [];
    const noted: Chunk[] = [];
    const chunks = (): Chunk[] => {
      seen.push(noted.length);
      return [{ group: 7, records: [{ kind: 1, payload: new Uint8Array(8) }] }];
    };
    queue.push({ ...waiting(7, 80), chunks });
    queue.take(1000, 0, (chunk) => noted.push(chunk));
    expect(seen).toEqual([1]);
    expect(names(noted)).toEqual([0, 7]);
  });

  it('has all of an append or nothing, and what is kept only when it lets the log be trimmed', () => {
    const queue = new AppendQueue();
    const [chunk] = waiting(1, 40).chunks as [Chunk];
    queue.push({ ...waiting(0, 40), isFreeing: true });
    queue.push({ ...waiting(1, 40), chunks: [chunk, { ...chunk, group: 2 }] });
    expect(queue.take(119, 0, () => {})).toMatchObject({ bytes: 40, waiting: { length: 1 } });
    queue.push({ ...waiting(3, 40), isFreeing: true });
    expect(queue.take(80, 8, () => {}).waiting).toEqual([]);
    expect(names(queue.take(119, 8, () => {}).chunks)).toEqual([1, 2]);
    expect(names(queue.take(40, 8, () => {}).chunks)).toEqual([3]);
  });

  it('is urgent when one of all is', () => {
    const queue = new AppendQueue();
    expect([queue.isEmpty, queue.isUrgent]).toEqual([true, false]);
    queue.push(waiting(0, 40, false));
    expect([queue.isEmpty, queue.isUrgent]).toEqual([false, false]);
    queue.push(waiting(1, 80, true));
    queue.push(waiting(2, 40, false));
    expect([queue.isEmpty, queue.isUrgent]).toEqual([false, true]);
    expect(queue.firstBytes).toBe(40);
    expect(namesOf([queue.shift() as Waiting])).toEqual([0]);
    expect(queue.firstBytes).toBe(80);
    expect(namesOf(queue.clear())).toEqual([1, 2]);
    expect(queue.shift()).toBeUndefined();
  });
});
