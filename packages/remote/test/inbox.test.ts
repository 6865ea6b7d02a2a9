import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Inbox } from '../src/link/inbox.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what comes over one link', () => {
  let clock = 0;
  /** What it takes to handle one frame, in milliseconds. */
  let cost = 1;
  let handled: number[] = [];
  let pauses: boolean[] = [];
  let inbox: Inbox<number>;

  beforeEach(() => {
    [clock, cost, handled, pauses] = [0, 1, [], []];
    jest.spyOn(performance, 'now').mockImplementation(() => clock);
    inbox = new Inbox({
      open: (frame) => [...frame],
      handle(item) {
        handled.push(item);
        clock += cost;
      },
      pause: (isPaused) => void pauses.push(isPaused),
    });
  });
  afterEach(() => void jest.restoreAllMocks());

  const take = (...frames: number[]): void => {
    for (const frame of frames) inbox.take(Uint8Array.of(frame));
  };

  it('is handled at once while it takes little of a turn', () => {
    cost = 0.01;
    take(1, 2, 3);
    expect(handled).toEqual([1, 2, 3]);
    expect(pauses).toEqual([]);
    expect(inbox.isBehind).toBe(false);
  });

  it('gets a slice of each turn, in order, and is not read while it has more than that', async () => {
    take(1, 2, 3);
    expect(handled).toEqual([1]);
    expect(pauses).toEqual([true]);
    expect(inbox.isBehind).toBe(true);
    await nextTurn();
    expect(handled).toEqual([1, 2]);
    take(4);
    await nextTurn();
    await nextTurn();
    expect(handled).toEqual([1, 2, 3, 4]);
    expect(pauses).toEqual([true, false]);
  });

  it('is put off in the middle of a frame, too', async () => {
    inbox.take(Uint8Array.of(1, 2, 3));
    take(4);
    expect([handled, pauses]).toEqual([[1], [true]]);
    for (const count of [2, 3, 4]) {
      expect(inbox.isBehind).toBe(true);
      await nextTurn();
      expect(handled).toHaveLength(count);
    }
    expect(handled).toEqual([1, 2, 3, 4]);
    await nextTurn();
    expect(pauses).toEqual([true, false]);
  });

  it('gets a slice again in the turn after one that it used up', async () => {
    take(1);
    take(2);
    expect(handled).toEqual([1]);
    await nextTurn();
    await nextTurn();
    take(3);
    expect(handled).toEqual([1, 2, 3]);
  });

  it('is not read for as many turns as a long read took too much', async () => {
    inbox.charge(0.2);
    expect(pauses).toEqual([]);
    inbox.charge(0.7);
    expect(pauses).toEqual([true]);
    await nextTurn();
    expect(pauses).toEqual([true]);
    await nextTurn();
    expect(pauses).toEqual([true, false]);
  });

  it('is not read for as many turns as one long item took too much, also one that had to wait', async () => {
    cost = 2.25;
    take(1, 2);
    expect([handled, pauses]).toEqual([[1], [true]]);
    const turnsUntil = async (isSo: () => boolean): Promise<number> => {
      let turns = 0;
      for (; !isSo() && turns < 100; turns += 1) await nextTurn();
      return turns;
    };
    // Two milliseconds are eight slices, and are paid back twice.
    const waited = await turnsUntil(() => handled.length === 2);
    const rested = await turnsUntil(() => pauses.length === 2);
    expect([waited, rested]).toEqual([16, 16]);
    expect(pauses).toEqual([true, false]);
    // The read that an item was handled in is not held against it once more.
    cost = 0.9;
    take(3);
    inbox.charge(1);
    expect(pauses).toEqual([true, false]);
  });

  it('is handled to its end when the link has ended, and no faster than before', async () => {
    take(1, 2, 3);
    let isHandled = false;
    inbox.whenHandled(() => {
      isHandled = true;
    });
    for (const count of [1, 2]) {
      expect([handled.length, isHandled]).toEqual([count, false]);
      await nextTurn();
    }
    expect([handled, isHandled]).toEqual([[1, 2, 3], true]);
    // When nothing waits, that is known at once.
    isHandled = false;
    inbox.whenHandled(() => {
      isHandled = true;
    });
    expect(isHandled).toBe(true);
  });

  it('is let go when the link is ended here', async () => {
    take(1, 2, 3);
    let calls = 0;
    inbox.whenHandled(() => {
      calls += 1;
    });
    inbox.end();
    await nextTurn();
    await nextTurn();
    expect([handled, calls]).toEqual([[1], 0]);
    // Else it would not be seen how the other side closes.
    expect(pauses).toEqual([true, false]);
    inbox.charge(5);
    expect(pauses).toEqual([true, false]);
  });
});
