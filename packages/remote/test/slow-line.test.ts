/** A link over a slow line, and one whose node is never idle: by a clock of the test's own. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { PACE, Rig } from './link-rig.js';

/** Time goes by, with a turn of the event loop after the timers of each interval. */
const pass = (intervals: number, each: () => void = () => {}): void => {
  for (let count = 0; count < intervals; count += 1) {
    each();
    jest.advanceTimersByTime(PACE.heartbeatMs);
    jest.advanceTimersByTime(1);
  }
};

let rig: Rig;

beforeEach(() => {
  jest.useFakeTimers();
  rig = new Rig();
});

afterEach(() => {
  rig.link.end('closing', 'done');
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('over a slow line', () => {
  it('one long message after the other comes, of which only parts are seen: the link stays, and says that it hears', () => {
    pass(20, () => rig.hearBytes());
    expect(rig.ends).toEqual([]);
    // In the first interval it was the handshake.
    expect(rig.sent).toHaveLength(19);
    // Unasked, as the other side cannot ask: its question would wait behind all that it sends.
    expect(rig.sent.every(({ ping, pong }) => pong && !ping)).toBe(true);
  });

  it('who sends much, and whose pings wait behind it, hears that it is heard', () => {
    rig.channel.waiting = 1e7;
    pass(20, () => rig.hearPong());
    expect(rig.ends).toEqual([]);
  });

  it('who hears nothing at all gives the link up when its time has come, and not before', () => {
    rig.channel.waiting = 1e7;
    pass(3);
    expect(rig.ends).toEqual([]);
    pass(1);
    expect(rig.ends).toEqual(['heartbeat']);
  });

  it('who says something anyway says nothing more', () => {
    pass(5, () => {
      rig.hearBytes();
      rig.bulk(1);
    });
    expect(rig.sent.filter(({ pong }) => pong)).toEqual([]);
  });
});

describe('of a long message', () => {
  /** Something is read, and may end a message. */
  const read = (end?: () => void): void => {
    rig.channel.reading?.onBytes();
    end?.();
    rig.channel.reading?.onRead(0);
  };
  const pong = (): void => rig.channel.receive(new BatchWriter().finish(false, true));
  beforeEach(() => {
    rig.clock = 1;
    jest.spyOn(performance, 'now').mockImplementation(() => rig.clock);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    // The turn that a read takes.
    jest.advanceTimersByTime(1);
  });

  it('it is known when a part came that did not end it', () => {
    read();
    expect(rig.link.partAt).toBe(1);
    rig.clock = 2;
    read();
    expect(rig.link.partAt).toBe(2);
    rig.clock = 3;
    read(pong);
    expect(rig.link.partAt).toBe(2);
    rig.clock = 4;
    read();
    expect(rig.link.partAt).toBe(4);
  });

  it('short ones, each read at once, are no part', () => {
    for (let count = 0; count < 10; count += 1) read(pong);
    expect(rig.link.partAt).toBeUndefined();
  });
});

describe('a link in the way of a newcomer of the same name', () => {
  const probed = async (meanwhile: () => void): Promise<boolean> => {
    const answer = rig.link.probe(1000);
    meanwhile();
    jest.advanceTimersByTime(1000);
    jest.advanceTimersByTime(1);
    return await answer;
  };

  it('lives when anything is heard of it, and not when nothing is', async () => {
    expect(await probed(() => rig.hearBytes())).toBe(true);
    expect(await probed(() => {})).toBe(false);
    expect(rig.link.silent).toBe(true);
    rig.hearBytes();
    expect(rig.link.silent).toBe(false);
  });

  it('is not taken for dead when it has much to read before the question', async () => {
    rig.channel.waiting = 1;
    expect(await probed(() => {})).toBe(true);
    rig.channel.waiting = 0;
    rig.bulk(100_000);
    // It has left this process, and may lie anywhere on the way.
    expect(await probed(() => {})).toBe(true);
    rig.hearPong();
    expect(await probed(() => {})).toBe(false);
  });
});

describe('a link whose channel has ended while much that had come is not handled yet', () => {
  /** So many messages in one frame; each takes a millisecond. */
  const receive = (messages: number): void => {
    jest.spyOn(performance, 'now').mockImplementation(() => rig.clock);
    const writer = new BatchWriter();
    const to = { kind: 'actor', node: 'a', incarnation: '', path: ['x'], key: new Uint8Array(0) } as const;
    for (let count = 0; count < messages; count += 1) {
      writer.envelope({ to, sender: undefined, codec: '', payload: Uint8Array.of(1) });
    }
    rig.channel.receive(writer.finish(false, false));
  };
  const lose = (): void => rig.channel.listener?.onEnd({ reason: 'connection-lost', detail: 'gone' });
  afterEach(() => {
    jest.restoreAllMocks();
    // The turn that it was to go on in.
    jest.advanceTimersByTime(1);
  });

  it('hands it on in slices of a turn, all of it, and then tells of the end', () => {
    receive(5);
    lose();
    expect(rig.items).toHaveLength(1);
    expect(rig.ends).toEqual([]);
    while (rig.ends.length === 0) jest.advanceTimersToNextTimer();
    expect(rig.items).toHaveLength(5);
    expect(rig.ends).toEqual(['connection-lost']);
  });

  it("stands in no newcomer's way", async () => {
    receive(5);
    const before = rig.link.probe(1000);
    lose();
    expect(rig.ends).toEqual([]);
    expect([await before, rig.link.silent, await rig.link.probe(1000)]).toEqual([false, true, false]);
    rig.link.end('replaced', 'a newer connection took its place');
    expect(rig.ends).toEqual(['replaced']);
  });
});

describe('a node that is never idle', () => {
  it('gives up a dead peer, although each of its timers is late', () => {
    let late = 0;
    while (rig.ends.length === 0 && late < 10) {
      late += 1;
      // Twice as long as an interval: one of two is left out.
      jest.setSystemTime(Date.now() + 10_000);
      jest.advanceTimersByTime(PACE.heartbeatMs);
      jest.advanceTimersByTime(1);
    }
    expect([rig.ends, late]).toEqual([['heartbeat'], 4]);
  });

  it('does not give up a living one: it judges after it has read', () => {
    for (let count = 0; count < 20; count += 1) {
      jest.advanceTimersByTime(PACE.heartbeatMs);
      // The timers have run; what had come during the stall is read only now.
      rig.hearPong();
      jest.advanceTimersByTime(1);
    }
    expect(rig.ends).toEqual([]);
  });
});
