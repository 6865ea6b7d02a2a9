import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAddress, isLoopback, parseAddress } from '../src/address.js';
import { admitDialler, admitListener, refusalBesides } from '../src/handshake/admission.js';
import { createHeartbeat, type Heartbeat, hear, tick } from '../src/link/heartbeat.js';
import { backoffMs } from '../src/node/backoff.js';

const old = '0'.repeat(32);
const young = '1'.repeat(32);
const newcomer = { name: 'm', incarnation: young, address: undefined, payloadLimit: 1 };

describe('a dialler that has proved who it is', () => {
  it.each([
    ['is let in when nothing stands in its way', 'b', undefined, false, 'admit'],
    ['is refused when it has the name of the node itself', 'm', undefined, false, 'name-taken'],
    ['waits for a probe of its own link, too', 'b', { incarnation: young, silent: false }, false, 'probe'],
    ['takes the place of its own lost link', 'b', { incarnation: young, silent: true }, false, 'admit'],
    [
      'waits for a probe when another incarnation has the name',
      'b',
      { incarnation: old, silent: false },
      false,
      'probe',
    ],
    ['takes the place of a dead incarnation', 'b', { incarnation: old, silent: true }, false, 'admit'],
    ['gives way to the dial of a smaller name', 'b', undefined, true, 'duplicate'],
    ['wins over the dial of a larger name', 'z', undefined, true, 'admit'],
  ] as const)('%s', (_what, self, link, proving, expected) => {
    expect(admitDialler(newcomer, { self, link, proving })).toBe(expected);
  });

  it('is told whether the live link in its way is its own', () => {
    expect([young, old, undefined].map((incarnation) => refusalBesides(newcomer, incarnation))).toEqual([
      'duplicate',
      'name-taken',
      'name-taken',
    ]);
  });

  it('of two that dial each other at once exactly one is let in', () => {
    const admits = (self: string, other: string): boolean =>
      admitDialler({ ...newcomer, name: other }, { self, link: undefined, proving: true }) === 'admit';
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 }),
        ([one = '', two = '']) => {
          expect(admits(one, two)).not.toBe(admits(two, one));
        },
      ),
    );
  });
});

it.each([
  ['is linked to when there is no link yet', undefined, false, 'admit'],
  ['is not linked to twice', { incarnation: young, silent: false }, false, 'duplicate'],
  ['is not linked to while another dial is under way', undefined, true, 'duplicate'],
  ['is not believed when its name is linked to another', { incarnation: old, silent: false }, false, 'name-taken'],
] as const)('a listener %s', (_what, link, proving, expected) => {
  expect(admitListener(newcomer, { self: 'b', link, proving })).toBe(expected);
});

const ticks = (heartbeat: Heartbeat, count: number): string[] => Array.from({ length: count }, () => tick(heartbeat));

describe('a heartbeat', () => {
  it('asks a silent peer, and gives it up after the time it has', () => {
    const heartbeat = createHeartbeat({ heartbeatMs: 100, downAfterMs: 400 });
    expect(ticks(heartbeat, 4)).toEqual(['alive', 'ask', 'ask', 'dead']);
  });

  it('forgets what it held against a peer that was heard', () => {
    const heartbeat = createHeartbeat({ heartbeatMs: 100, downAfterMs: 400 });
    ticks(heartbeat, 3);
    hear(heartbeat);
    heartbeat.said = true;
    expect(ticks(heartbeat, 4)).toEqual(['alive', 'ask', 'ask', 'dead']);
  });

  it('tells a peer that is heard and was told nothing, once in each interval', () => {
    const heartbeat = createHeartbeat({ heartbeatMs: 100, downAfterMs: 400 });
    ticks(heartbeat, 1);
    const verdicts = [false, false, true].map((says) => {
      hear(heartbeat);
      heartbeat.said = says;
      return tick(heartbeat);
    });
    expect(verdicts).toEqual(['tell', 'tell', 'alive']);
  });
});

it('the pause before a dial doubles up to its bound, jittered by half', () => {
  expect([0, 1, 2, 10, 1e6].map((attempt) => backoffMs(attempt, 50, 5000, () => 1))).toEqual([
    50, 100, 200, 5000, 5000,
  ]);
  expect(backoffMs(0, 50, 5000, () => 0)).toBe(25);
});

describe('an address', () => {
  it.each(['127.0.0.1:80', 'db-1.example.org:65535', '[::1]:0'])('is read and written: %s', (text) => {
    expect(formatAddress(parseAddress(text) as { host: string; port: number })).toBe(text);
  });

  it.each([
    '',
    'host',
    'host:',
    ':80',
    'host:65536',
    '::1:80',
    '1.2.3.4.5:80',
    '300.1.1.1:80',
    'a b:80',
    'http://host:80',
    'host:80/x',
  ])('is not: %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('is on the loopback interface or not', () => {
    expect(['localhost', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', '::ffff:10.0.0.1'].some(isLoopback)).toBe(false);
  });
});
