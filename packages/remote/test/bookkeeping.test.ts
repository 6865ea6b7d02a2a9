/** What a node counts and remembers, to its last entry, and gives back. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { exit, reasonText, startActor } from '@parliament/otp';
import type { MessageCodec } from '../src/exchange/message-codec.js';
import { decodeExitReason, decodeReason, encodeExitReason, encodeReason } from '../src/exchange/reasons.js';
import { Watches } from '../src/exchange/watches.js';
import { groupOf, HandshakeLimiter } from '../src/handshake/handshake-limiter.js';
import { bytesOf, hexOf } from '../src/hex.js';
import type { Codec, Reference } from '../src/index.js';
import { closest, createHeartbeat, tick } from '../src/link/heartbeat.js';
import { Outbox } from '../src/link/outbox.js';
import { createOpener, createSealer } from '../src/link/seal.js';
import { Discoverer } from '../src/node/discoverer.js';
import { addCodec, createCodecTable } from '../src/payload/codec.js';
import { CLOSE_CODES, endOf } from '../src/platform/channel.js';
import { PathTree } from '../src/references/path-tree.js';
import { Reach } from '../src/references/reach.js';
import { WireIds } from '../src/references/wire-ids.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { Numbering } from '../src/wire/numbering.js';
import { startSystem, until } from './support.js';

afterEach(() => void jest.restoreAllMocks());

describe('what waits to leave', () => {
  const limits = { queueSoftBytes: 100, queueHardBytes: 1000, queueSoftMessages: 10, queueHardMessages: 100 };

  it('may be as much as each bound says', () => {
    const verdict = (bytes: number, messages: number): string | undefined => {
      const outbox = new Outbox(limits, () => bytes);
      outbox.leaving(messages);
      return outbox.judge();
    };
    expect([verdict(100, 10), verdict(101, 0), verdict(0, 11)]).toEqual([undefined, 'tell', 'tell']);
    expect([verdict(1000, 100), verdict(1001, 0), verdict(0, 101)]).toEqual(['tell', 'drop', 'drop']);
  });

  it('is fine again at half of each soft bound, and not before', () => {
    let bytes = 101;
    const outbox = new Outbox(limits, () => bytes);
    const [many, some] = [outbox.leaving(6), outbox.leaving(5)];
    outbox.judge();
    bytes = 50;
    many();
    expect(outbox.overloaded).toBe(false);
    bytes = 101;
    expect(outbox.judge()).toBe('tell');
    bytes = 51;
    some();
    expect(outbox.overloaded).toBe(true);
    bytes = 50;
    outbox.leaving(6);
    outbox.leaving(0)();
    // Six messages are more than half of ten.
    expect(outbox.overloaded).toBe(true);
  });
});

describe('failed handshakes', () => {
  it('are forgotten one by one, and no more than the burst is saved up', () => {
    const limiter = new HandshakeLimiter(2);
    const fail = (now: number, times: number): boolean => {
      for (let count = 0; count < times; count += 1) limiter.spend('host', now);
      return limiter.isSpent('host', now);
    };
    expect([fail(0, 1), fail(0, 1), fail(0, 50)]).toEqual([false, true, true]);
    // However many there were, a second is enough for one.
    expect([limiter.isSpent('host', 999), limiter.isSpent('host', 1000)]).toEqual([true, false]);
    expect([fail(1_000_000, 1), fail(1_000_000, 1)]).toEqual([false, true]);
  });

  it('are remembered of 4,096 addresses, those that failed last', () => {
    const limiter = new HandshakeLimiter(1);
    for (let index = 0; index < 4096; index += 1) limiter.spend(`host-${index}`, 0);
    limiter.spend('host-0', 0);
    expect(limiter.isSpent('host-1', 0)).toBe(true);
    limiter.spend('one more', 0);
    expect(['host-0', 'host-1', 'host-2'].map((host) => limiter.isSpent(host, 0))).toEqual([true, false, true]);
  });

  it('count together for a network of IPv6, however it is written', () => {
    expect(['10.0.0.1', '::ffff:10.0.0.1', '::FFFF:10.0.0.2', 'localhost'].map(groupOf)).toEqual([
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '::FFFF:10.0.0.2',
      'localhost',
    ]);
    expect(['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', '2001:db8:1:2::9:9'].map(groupOf)).toEqual(
      Array(3).fill('2001:db8:1:2'),
    );
    expect(['2001:db8::1', '2001:db8::1:2:3:4'].map(groupOf)).toEqual(Array(2).fill('2001:db8:0:0'));
  });

  it('count apart for two networks of IPv6, though the zeros that are left out lie within the network', () => {
    expect(['2001::3:4:5:6:7', '2001::4:4:5:6:7', '::3:4:5:6:7:8', '::1'].map(groupOf)).toEqual([
      '2001:0:0:3',
      '2001:0:0:4',
      '0:0:3:4',
      '0:0:0:0',
    ]);
  });
});

describe('the pace of a link', () => {
  it('gives time to be asked and to answer, and is the closest in each respect', () => {
    const misses = (heartbeatMs: number, downAfterMs: number): number => {
      const heartbeat = createHeartbeat({ heartbeatMs, downAfterMs });
      tick(heartbeat);
      let count = 1;
      while (tick(heartbeat) !== 'dead') count += 1;
      return count;
    };
    expect([misses(100, 100), misses(100, 200), misses(100, 201), misses(100, 400)]).toEqual([2, 2, 2, 3]);
    const one = { heartbeatMs: 10, downAfterMs: 400 };
    expect(closest([one, { heartbeatMs: 20, downAfterMs: 50 }])).toEqual({ heartbeatMs: 10, downAfterMs: 50 });
  });
});

describe('numbers for what comes again and again', () => {
  it('go round, and what has lost its number is defined anew', () => {
    const defined: string[] = [];
    const numbering = new Numbering<string>(2, 1, 100, String, (number, text) => defined.push(`${number}=${text}`));
    expect(['a', 'b', 'a', 'c', 'b', 'a', 'c'].map((text) => numbering.numberOf(text))).toEqual([1, 2, 1, 1, 2, 2, 1]);
    expect(defined).toEqual(['1=a', '2=b', '1=c', '2=a']);
  });

  it('are had by as many characters as there is room for, and come free with those', () => {
    const numbering = new Numbering<string>(3, 0, 10, String, () => {});
    expect(['aaaa', 'bbbbbb', 'c', 'aaaa'].map((text) => numbering.numberOf(text))).toEqual([0, 1, -1, 0]);
    const small = new Numbering<string>(1, 0, 4, String, () => {});
    expect(['aaaa', 'bbbb', 'ccccc', 'bbbb'].map((text) => small.numberOf(text))).toEqual([0, 0, -1, 0]);
  });

  it('are of what an object says, and follow it when its number was taken', () => {
    const defined: number[] = [];
    const numbering = new Numbering<{ name: string }>(
      1,
      0,
      100,
      ({ name }) => name,
      (number) => defined.push(number),
    );
    const [one, same, other] = [{ name: 'x' }, { name: 'x' }, { name: 'y' }];
    expect([one, same, other, one].map((each) => numbering.numberOf(each))).toEqual([0, 0, 0, 0]);
    expect(defined).toEqual([0, 0, 0]);
  });

  it('of those who wait are given up with them, and of a later one are others', () => {
    const ids = new WireIds();
    const number = ids.numberOf('a');
    expect([ids.numberOf('a'), ids.idOf(number)]).toEqual([number, 'a']);
    expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
    ids.forget('a');
    ids.forget('never there');
    expect(ids.idOf(number)).toBeUndefined();
    expect(ids.numberOf('a')).not.toBe(number);
    const drawn = new Set(Array.from({ length: 2000 }, (_, id) => ids.numberOf(id)));
    expect(drawn.size).toBe(2000);
    // All bits are drawn: the highest is there in about half of them.
    const high = [...drawn].filter((each) => each >= 2 ** 52).length;
    expect(high).toBeGreaterThan(700);
    expect(high).toBeLessThan(1300);
  });
});

describe('who watches whom', () => {
  const start = async (name: string): Promise<Reference> => {
    const system = startSystem();
    return (await startActor(system, name, { init: () => 0, receive: (state: number) => state })) as Reference;
  };

  it('is bounded on the way out: 65,536 monitors, and one more when one was taken off', () => {
    const watches = new Watches(() => {});
    const numbers = Array.from({ length: 65_536 }, () => watches.watch(() => {}));
    expect(new Set(numbers).size).toBe(65_536);
    expect(() => watches.watch(() => {})).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect([watches.unwatch(numbers[7] as number), watches.unwatch(numbers[7] as number)]).toEqual([true, false]);
    watches.watch(() => {});
    watches.down(numbers[8] as number, 'normal');
    watches.watch(() => {});
    expect(() => watches.watch(() => {})).toThrow(expect.objectContaining({ code: 'overloaded' }));
  });

  it('is told once: of what ended, of nobody, and not of what is watched no more', async () => {
    const told: unknown[] = [];
    const watches = new Watches(() => {});
    const number = watches.watch((reason) => told.push(reason));
    watches.down(number, 'killed');
    watches.down(number, 'killed');
    watches.down(999, 'killed');
    expect(told.splice(0)).toEqual(['killed']);
    const ref = await start('a');
    watches.watched(1, undefined, (reason) => told.push([1, reason]));
    // It was told, and its number is free.
    watches.watched(1, ref, (reason) => told.push([1, reason]));
    expect(() => watches.watched(1, ref, () => {})).toThrow(/two monitors under one number/);
    watches.watched(2, ref, (reason) => told.push([2, reason]));
    watches.unwatched(2);
    watches.unwatched(3);
    exit(ref, 'shutdown');
    expect(told).toEqual([
      [1, 'noproc'],
      [1, 'shutdown'],
    ]);
    watches.watched(1, ref, (reason) => told.push(['again', reason]));
    expect(told.at(-1)).toEqual(['again', 'noproc']);
  });

  it('is bounded on the way in, counting those who are there', async () => {
    const ref = await start('a');
    const watches = new Watches(() => {});
    watches.watched(0, undefined, () => {});
    for (let number = 1; number <= 65_536; number += 1) watches.watched(number, ref, () => {});
    expect(() => watches.watched(70_000, ref, () => {})).toThrow(BadFrameError);
    watches.unwatched(1);
    watches.watched(70_000, ref, () => {});
  });

  it('of calls is what still waits: settled ones are not told, and past 65,536 the oldest', async () => {
    const [one, other] = [await start('one'), await start('other')];
    const told: number[] = [];
    const watches = new Watches((id) => told.push(id));
    for (let id = 0; id < 65_536; id += 1) watches.owe(id, ['one'], one);
    watches.settle(3);
    watches.settle(999_999);
    watches.owe(65_536, ['other'], other);
    watches.owe(65_537, ['other'], other);
    exit(other, 'shutdown');
    expect(told.splice(0)).toEqual([65_536, 65_537]);
    exit(one, 'shutdown');
    // The first was forgotten for the last of the others; 3 had been settled.
    expect(told).toEqual(Array.from({ length: 65_536 }, (_, id) => id).filter((id) => id !== 0 && id !== 3));
    expect(watches.owe(1, ['one'], one)).toBe(false);
  });

  it('ends with the link, on both sides', async () => {
    const ref = await start('a');
    const told: unknown[] = [];
    const watches = new Watches((id, reason) => told.push([id, reason]));
    watches.watch((reason) => told.push(reason));
    watches.watched(1, ref, () => told.push('the peer is gone'));
    watches.owe(1, ['a'], ref);
    const way = { ends: new Set<never>(), monitor: () => () => {}, link() {}, unlink() {}, exit() {} };
    watches.lose(way);
    watches.lose(way);
    exit(ref, 'shutdown');
    expect(told).toEqual(['noconnection']);
  });
});

describe('open paths', () => {
  it('are counted, each by itself, and give way to those below and beside', () => {
    const tree = new PathTree();
    expect([tree.has(['a']), tree.covers(['a'])]).toEqual([false, false]);
    const [first, second, below] = [tree.add(['a']), tree.add(['a']), tree.add(['a', 'b', 'c'])];
    const asked = [['a'], ['a', 'b'], ['a', 'b', 'c'], ['b'], []];
    expect(asked.map((path) => tree.has(path))).toEqual([true, false, true, false, false]);
    expect([['a'], ['a', 'x', 'y'], ['b'], []].map((path) => tree.covers(path))).toEqual([true, true, false, false]);
    first();
    first();
    expect(tree.has(['a'])).toBe(true);
    second();
    expect([tree.has(['a']), tree.covers(['a', 'b']), tree.has(['a', 'b', 'c'])]).toEqual([false, false, true]);
    const beside = tree.add(['a', 'b', 'd']);
    below();
    expect([tree.has(['a', 'b', 'c']), tree.has(['a', 'b', 'd'])]).toEqual([false, true]);
    beside();
    expect(tree.covers(['a', 'b', 'd'])).toBe(false);
    tree.add(['a']);
    expect(tree.covers(['a', 'b', 'd'])).toBe(true);
  });

  it('that are taken back leave those of the same names elsewhere', () => {
    const others = [['b'], ['a', 'a'], ['b', 'b'], ['a', 'c']];
    const tree = new PathTree();
    for (const path of others) tree.add(path);
    tree.add(['a', 'b'])();
    tree.add(['c', 'b', 'a'])();
    expect(others.map((path) => tree.has(path))).toEqual([true, true, true, true]);
    expect([['a', 'b'], ['c', 'b', 'a'], ['c']].map((path) => tree.covers(path))).toEqual([false, false, false]);
  });
});

describe('who waits for a reply', () => {
  it('is known by what only this node can make, of numbers and of texts', () => {
    const reach = new Reach('system', undefined);
    const sealed = [1, -2, 2 ** 40, '1', 'n1', 'a.b', ''].map((id) => [id, reach.sealId('b', id)] as const);
    expect(new Set(sealed.map(([, text]) => text)).size).toBe(sealed.length);
    for (const [id, text] of sealed) {
      expect(reach.openId('b', text)).toBe(id);
      expect(reach.openId('c', text)).toBeUndefined();
      expect(new Reach('system', undefined).openId('b', text)).toBeUndefined();
      expect(reach.openId('b', `${text}0`)).toBeUndefined();
    }
    for (const odd of ['.', 'n1', 'x1.00']) expect(reach.openId('b', odd)).toBeUndefined();
    // A letter, a point and 32 digits go with it.
    expect(reach.sealId('b', 't'.repeat(94))).toHaveLength(128);
    expect(() => reach.sealId('b', 't'.repeat(95))).toThrow(/too long/);
  });
});

describe('bytes', () => {
  it('are two digits each, there and back', () => {
    const bytes = Uint8Array.of(0, 1, 15, 16, 171, 255);
    expect(hexOf(bytes)).toBe('00010f10abff');
    expect(bytesOf(hexOf(bytes))).toEqual(bytes);
    expect(bytesOf('')).toEqual(new Uint8Array(0));
  });

  it('under a seal are taken in their order only, be they ever so few', () => {
    const key = new Uint8Array(32).fill(3);
    const [sealer, opener] = [createSealer(key), createOpener(key)];
    const frames = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)].map((frame) => sealer.seal(frame));
    expect(frames[0]).toHaveLength(17);
    expect(opener.open(frames[0] as Uint8Array)).toEqual(Uint8Array.of(1));
    for (const wrong of [frames[0], frames[2], new Uint8Array(16), new Uint8Array(0)]) {
      expect(() => opener.open(wrong as Uint8Array)).toThrow(BadFrameError);
    }
    // What was refused has not been counted.
    expect(Buffer.from(opener.open(frames[1] as Uint8Array))).toEqual(Buffer.from([2]));
  });
});

describe('the end of a channel', () => {
  it('is told by its code', () => {
    const reasons = [...Object.values(CLOSE_CODES), 1006].map((code) => endOf(code).reason);
    expect(reasons).toEqual(['peer-closed', 'peer-bad-frame', 'peer-closed', 'replaced', 'connection-lost']);
  });
});

describe('codecs', () => {
  const codec = (type: string, more: object = {}): Codec => ({
    type,
    matches: (message): message is unknown => message === codec,
    encode: () => Uint8Array.of(),
    decode: () => 0,
    ...more,
  });

  it('have a type each, three functions, and are 256 at most', () => {
    const table = createCodecTable(Array.from({ length: 255 }, (_, index) => codec(`c${index}`)));
    const last = codec('t'.repeat(128));
    addCodec(table, last);
    addCodec(table, last);
    expect([table.ordered.length, table.byType.get(last.type)]).toEqual([256, last]);
    expect(() => addCodec(table, codec('more'))).toThrow(/256 codecs already/);
    expect(() => addCodec(table, codec('c1'))).toThrow(/exists already/);
    for (const type of ['', 'a b', 't'.repeat(129), 7]) {
      expect(() => addCodec(table, codec('x', { type }))).toThrow(/must match/);
    }
    for (const name of ['matches', 'encode', 'decode']) {
      expect(() => addCodec(table, codec('x', { [name]: undefined }))).toThrow(/needs the functions/);
    }
  });
});

describe('an exit reason on the wire', () => {
  /** Messages as JSON; what is too long or cannot travel is found as by CBOR. */
  const messages = {
    encodeCbor: (value: unknown) => {
      if (value instanceof Object && 'crash' in value && typeof value.crash === 'function') throw new TypeError('no');
      const plain = JSON.stringify(value, (_, part) => (part instanceof Error ? { error: part.message } : part));
      return new TextEncoder().encode(plain);
    },
    decode: (_: string, bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
  } as unknown as MessageCodec;
  const there = (reason: unknown): unknown => decodeReason(messages, encodeReason(messages, reason as never));

  it('is what it was, or a crash with what it was, or its text', () => {
    for (const word of ['normal', 'shutdown', 'killed', 'noproc', 'noconnection', 'kill'])
      expect(there(word)).toBe(word);
    expect(there({ shutdown: [1] })).toEqual({ shutdown: [1] });
    expect(there({ crash: 'x', more: 1 })).toEqual({ crash: 'x' });
    for (const odd of ['my_reason', 7, null, [1], { reason: 1 }]) expect(there(odd)).toEqual({ crash: odd });
    expect(there({ crash: () => 0 })).toEqual({ crash: { error: expect.any(String) } });
  });

  it('is as long as it may be, and else a text', () => {
    const fits = 'x'.repeat(65_536 - '{"crash":""}'.length);
    expect(there({ crash: fits })).toEqual({ crash: fits });
    const long = { crash: `start ${fits}` };
    expect(there(long)).toEqual({ crash: { error: reasonText(long).slice(0, 10_000) } });
    expect(there({ shutdown: `${fits}xxxx` })).toEqual({ shutdown: expect.stringMatching(/^shutdown: x/) });
  });

  it('of one that has ended is no order to end', () => {
    expect(decodeReason(messages, encodeExitReason(messages, 'kill'))).toBe('killed');
    expect(decodeExitReason(messages, encodeExitReason(messages, 'normal'))).toBe('normal');
    expect(() => decodeExitReason(messages, encodeReason(messages, 'kill'))).toThrow(BadFrameError);
    for (const odd of [null, 7, 'word', [], {}]) {
      const bytes = new TextEncoder().encode(JSON.stringify(odd));
      expect(() => decodeReason(messages, bytes)).toThrow(/unknown form/);
    }
  });
});

describe('discovery', () => {
  it('dials who is not linked, not one who is being dialled, and again who could not be reached or is found elsewhere', async () => {
    let found: readonly string[] = ['a:1', 'b:1', 'a:1'];
    let rounds = 0;
    const dialled: string[] = [];
    const failures: string[] = [];
    const linked = new Set<string>();
    let hangs = true;
    let looksFail = false;
    const discoverer = new Discoverer(
      {
        everyMs: 10,
        lookup: () => {
          rounds += 1;
          return looksFail ? Promise.reject(new Error('no name server')) : Promise.resolve(found);
        },
      },
      {
        connect: (address) => {
          dialled.push(address);
          if (address === 'b:1' && hangs) return new Promise(() => {});
          if (address === 'c:1') return Promise.reject(new Error('nobody'));
          linked.add(address);
          return Promise.resolve(address);
        },
        incarnationOf: (peer) => (linked.has(peer) ? 'its life' : undefined),
        onFailed: (reason) => failures.push(reason),
        onRefused: (address) => failures.push(address),
      },
    );
    const someRounds = (): Promise<void> => {
      const from = rounds;
      return until(() => rounds >= from + 4);
    };
    discoverer.start();
    await someRounds();
    // `b` is still being dialled, and `a` is linked.
    expect(dialled.splice(0)).toEqual(['a:1', 'b:1']);
    linked.delete('a:1');
    await someRounds();
    expect(dialled.splice(0)).toEqual(['a:1']);
    hangs = false;
    found = ['c:1'];
    await someRounds();
    expect(dialled.splice(0).length).toBeGreaterThan(1);
    // Who was not found for a while is dialled anew: somebody else may be there.
    found = ['a:1'];
    await someRounds();
    expect(dialled.filter((address) => address === 'a:1')).toHaveLength(1);
    expect(failures).toEqual([]);
    looksFail = true;
    await someRounds();
    looksFail = false;
    await someRounds();
    looksFail = true;
    await someRounds();
    discoverer.stop();
    const told = 'Looking for nodes failed (no name server): see the option discover';
    expect(failures).toEqual([told, told]);
    const before = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const quiet = rounds;
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBe(quiet);
    expect(process.getActiveResourcesInfo().filter((type) => type === 'Timeout')).toHaveLength(before);
  });
});
