/** A link from its beginning to its end: what leaves when, what is counted, what is told. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OutboxLimits } from '../src/link/outbox.js';
import { BATCH_BYTES } from '../src/platform/websocket.js';
import { BATCH_ITEMS_MAX } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { PACE, Rig } from './link-rig.js';

let rig: Rig;

const begin = (bounds: Partial<OutboxLimits> = {}): void => {
  rig?.link.end('closing', 'another begins');
  rig = new Rig(bounds);
};

beforeEach(() => {
  jest.useFakeTimers();
  begin();
});

afterEach(() => {
  rig.link.end('closing', 'done');
  nextTurn();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const nextTurn = (): void => void jest.advanceTimersByTime(1);
const interval = (): void => {
  jest.advanceTimersByTime(PACE.heartbeatMs);
  nextTurn();
};
const ping = (): void => rig.channel.receive(new BatchWriter().finish(true, false));
const itemsSent = (): number[] => rig.sent.map(({ items }) => items.length);

describe('what leaves', () => {
  it('in one turn leaves as one frame at its end, and is counted', () => {
    rig.bulk(10);
    rig.link.tell({ type: 'demonitor', number: 1 });
    rig.bulk(10);
    expect(rig.sent).toEqual([]);
    nextTurn();
    expect(itemsSent()).toEqual([3]);
    nextTurn();
    expect(rig.sent).toHaveLength(1);
    ping();
    const bytesOut = rig.channel.sent[0]?.length;
    expect(rig.traffic).toEqual({ framesIn: 1, framesOut: 1, bytesIn: 4, bytesOut });
  });

  it('does not wait for the end of the turn when it is as much as a frame has', () => {
    // The first defines the receiver, which is an item, too.
    for (let count = 0; count < BATCH_ITEMS_MAX - 2; count += 1) rig.bulk(1);
    expect(rig.sent).toEqual([]);
    rig.bulk(1);
    expect(itemsSent()).toEqual([BATCH_ITEMS_MAX - 1]);
    rig.bulk(BATCH_BYTES - 5000);
    expect(rig.sent).toHaveLength(1);
    rig.bulk(5000);
    expect(itemsSent().slice(1)).toEqual([2]);
    nextTurn();
    expect(rig.sent).toHaveLength(2);
  });

  it('at the end of the link is what was queued, where the other side may still read', () => {
    rig.bulk(1);
    rig.link.end('closing', 'this node was closed');
    expect([itemsSent(), rig.channel.closes, rig.ends]).toEqual([[1], ['closing'], ['closing']]);
    rig.bulk(1);
    rig.link.tell({ type: 'demonitor', number: 1 });
    ping();
    rig.link.watch(PACE);
    rig.link.end('heartbeat', 'once more');
    rig.channel.listener?.onEnd({ reason: 'connection-lost', detail: 'gone' });
    nextTurn();
    expect([itemsSent(), rig.channel.closes, rig.ends, rig.details]).toEqual([
      [1],
      ['closing'],
      ['closing'],
      ['this node was closed'],
    ]);
    expect(rig.traffic.framesIn).toBe(0);
  });

  it('at the end of a link that is dead is nothing', () => {
    rig.bulk(1);
    rig.link.end('heartbeat', 'silent');
    nextTurn();
    expect([rig.sent, rig.channel.closes, rig.ends]).toEqual([[], ['terminate'], ['heartbeat']]);
  });
});

describe('a message', () => {
  it('is as long as the peer takes, or is told to be too long, with both sizes', () => {
    expect(rig.bulk(1e6)).toBeUndefined();
    expect(rig.bulk(1e6 + 1)).toEqual({ bytes: 1e6 + 1, limit: 1e6 });
    expect(itemsSent()).toEqual([1]);
  });

  it('is no longer than what may wait here, whatever the peer takes', () => {
    begin({ queueHardBytes: 1000 });
    expect([rig.bulk(1000), rig.bulk(1001)]).toEqual([undefined, { bytes: 1001, limit: 1000 }]);
    rig.link.end('closing', 'done');
    // That it is too long is as true when the link has ended.
    expect([rig.bulk(1000), rig.bulk(1001)]).toEqual([undefined, { bytes: 1001, limit: 1000 }]);
  });
});

describe('too much that waits', () => {
  it('is told once, and over when half of it has left', async () => {
    begin({ queueSoftBytes: 100 });
    expect(rig.link.overloaded).toBe(false);
    rig.channel.waiting = 101;
    for (let count = 0; count < 2; count += 1) {
      rig.bulk(1);
      nextTurn();
    }
    expect([rig.overloads, rig.link.overloaded, rig.ends]).toEqual([[[101, false]], true, []]);
    const drained = rig.link.drained();
    rig.channel.waiting = 50;
    rig.channel.left[0]?.();
    await drained;
    expect(rig.link.overloaded).toBe(false);
    await rig.link.drained();
  });

  it('is far too much past the hard bound: it is told, and the link ends without more being sent', async () => {
    begin({ queueSoftBytes: 100, queueHardBytes: 1000 });
    rig.channel.waiting = 1001;
    rig.bulk(1);
    nextTurn();
    expect([rig.overloads, rig.channel.closes, rig.ends]).toEqual([[[1001, true]], ['terminate'], ['overloaded']]);
    expect(rig.details).toEqual(['1001 bytes were waiting for node b']);
    await rig.link.drained();
  });

  it('is not one frame that is alone, be it ever so long', () => {
    begin({ queueSoftBytes: 100, queueHardBytes: 1000 });
    // It waits from the moment on in which it is sent.
    rig.onSend = (bytes) => {
      rig.channel.waiting += bytes;
    };
    for (let count = 0; count < 3; count += 1) rig.bulk(500);
    nextTurn();
    expect([rig.overloads, rig.ends]).toEqual([[[rig.channel.waiting, false]], []]);
    rig.bulk(1);
    nextTurn();
    expect(rig.ends).toEqual(['overloaded']);
  });
});

describe('a sign of life', () => {
  it('is given when it is asked for, once, and with what leaves anyway', () => {
    ping();
    ping();
    rig.bulk(1);
    nextTurn();
    expect(rig.sent).toMatchObject([{ ping: false, pong: true, items: [{}] }]);
    rig.hearPong();
    nextTurn();
    expect(rig.sent).toHaveLength(1);
  });

  it('is asked for in each interval in which nothing came', () => {
    interval();
    expect(rig.sent).toEqual([]);
    interval();
    rig.hearPong();
    interval();
    interval();
    // One question to the silence, a word unasked, and a question again.
    expect(rig.sent.map((batch) => [batch.ping, batch.pong])).toEqual([
      [true, false],
      [false, true],
      [true, false],
    ]);
  });

  it('comes at another pace from the moment on that it is asked for', () => {
    rig.link.watch({ heartbeatMs: 100, downAfterMs: 200 });
    for (let count = 0; count < 3; count += 1) {
      expect(rig.ends).toEqual([]);
      jest.advanceTimersByTime(100);
      nextTurn();
    }
    expect([rig.ends, rig.channel.closes]).toEqual([['heartbeat'], ['terminate']]);
    expect(rig.details).toEqual(['node b was silent for too long']);
  });

  it('keeps the link at the closest pace that may be asked for, where both only answer', () => {
    rig.link.watch({ heartbeatMs: 100, downAfterMs: 200 });
    rig.onSend = () => {
      if (rig.sent.at(-1)?.ping) rig.hearPong();
    };
    for (let count = 0; count < 10; count += 1) {
      jest.advanceTimersByTime(100);
      nextTurn();
    }
    expect(rig.ends).toEqual([]);
    expect(rig.sent.filter((batch) => batch.ping).length).toBeGreaterThan(3);
  });

  it('is missed however often the pace is changed', () => {
    const close = { heartbeatMs: 100, downAfterMs: 400 };
    for (let waited = 0; waited < 1000; waited += 50) {
      rig.link.watch(waited % 100 === 0 ? close : PACE);
      jest.advanceTimersByTime(50);
    }
    expect(rig.ends).toEqual(['heartbeat']);
  });

  it('that was missed for long at a close pace was not for so many of longer intervals', () => {
    rig.link.watch({ heartbeatMs: 100, downAfterMs: 4000 });
    jest.advanceTimersByTime(900);
    rig.link.watch(PACE);
    jest.advanceTimersByTime(2000);
    expect(rig.ends).toEqual([]);
    jest.advanceTimersByTime(2000);
    expect(rig.ends).toEqual(['heartbeat']);
  });

  it('may lie behind more than 64 KiB that were sent since something was heard, and not behind less', async () => {
    const hearMuch = (): void => {
      rig.bulk(60_000);
      nextTurn();
      rig.hearPong();
    };
    const probed = async (): Promise<boolean> => {
      const answer = rig.link.probe(1);
      nextTurn();
      nextTurn();
      return await answer;
    };
    for (const heard of [() => {}, hearMuch]) {
      begin();
      heard();
      rig.bulk(60_000);
      const hidden = probed();
      // With the question itself.
      const around = (rig.channel.sent.at(-1)?.length ?? 0) - 60_000;
      expect(await hidden).toBe(false);
      for (const [total, isAlive] of [
        [65_536, false],
        [65_537, true],
      ] as const) {
        begin();
        heard();
        rig.bulk(total - around);
        expect([await probed(), rig.link.silent]).toEqual([isAlive, !isAlive]);
        expect(rig.channel.sent.at(-1)?.length).toBe(total);
      }
    }
  });

  it('of a link that ends while it is asked for does not come, nor of one that has ended', async () => {
    const answer = rig.link.probe(1000);
    expect(rig.sent).toMatchObject([{ ping: true }]);
    rig.link.end('closing', 'done');
    expect([await answer, await rig.link.probe(1000)]).toEqual([false, false]);
    expect(rig.sent).toHaveLength(1);
  });
});

describe('what is wrong with a frame', () => {
  it('ends its link, politely, and says what it is', () => {
    rig.bulk(1);
    rig.channel.receive(Uint8Array.of(0x3a, 0));
    expect([rig.ends, rig.channel.closes, itemsSent()]).toEqual([['bad-frame'], ['bad-frame'], [1]]);
    expect(rig.details).toEqual(['frame that is no batch, on a link that is up']);
  });

  it('lets nothing through that comes after it', () => {
    const writer = new BatchWriter();
    writer.signal({ type: 'demonitor', number: 1 });
    rig.channel.receive(Uint8Array.of(0x3a, 0));
    rig.channel.receive(writer.finish(false, false));
    expect(rig.items).toEqual([]);
  });
});
