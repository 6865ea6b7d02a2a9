/** Every option of a node: what it may be, to its last value, and what it may not. Nothing is opened. */

import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../src/limits.js';
import { requireDiscovery, usableAddresses } from '../src/node/discovery.js';
import { type NodeOptions, resolveOptions } from '../src/node/options.js';
import { rotated } from '../src/node/rotation.js';
import { isGuarded, mayDial, mayListen, resolveTls } from '../src/trust.js';
import { SECRET } from './support.js';

const resolve = (options: object): unknown => resolveOptions({ name: 'a', ...options } as NodeOptions);
const DAY_MS = 86_400_000;
const PEM = '-----BEGIN CERTIFICATE-----';
const codec = { type: 'x', matches: () => false, encode: () => Uint8Array.of(), decode: () => 0 };

describe('an option is taken', () => {
  it.each<[string, object]>([
    ['the longest name', { name: 'n'.repeat(64), cluster: 'c'.repeat(64) }],
    ['the shortest and the longest heartbeat', { heartbeatMs: 10 }],
    ['a heartbeat of a day, missed for four', { heartbeatMs: DAY_MS, downAfterMs: 4 * DAY_MS }],
    ['a link that is down after two heartbeats', { heartbeatMs: 500, downAfterMs: 1000 }],
    ['the shortest pauses', { reconnectMinMs: 1, reconnectMaxMs: 1 }],
    ['the longest pauses', { reconnectMinMs: DAY_MS, reconnectMaxMs: DAY_MS }],
    ['the smallest limits', { limits: { calls: 1, peers: 1, payloadBytes: 1024 } }],
    ['the largest limits', { limits: { queueHardBytes: 2 ** 30, payloadBytes: 2 ** 30 } }],
    ['hard bounds that are the soft ones', { limits: { queueHardMessages: 65_536, queueHardBytes: 8 * 2 ** 20 } }],
    ['one secret, or two', { secret: [SECRET, SECRET.toUpperCase()] }],
    ['the shortest and the longest secret', { secret: ['x'.repeat(16), 'x'.repeat(1024)] }],
    ['origins, functions, codecs', { origins: ['https://x'], expose: () => true, onEvent: () => {}, codecs: [codec] }],
    ['offers', { spawn: { one: () => codec, other: () => codec } }],
    ['a listener on this machine, without a secret', { listen: '127.0.0.1:0' }],
    ['another machine, with one', { listen: '0.0.0.0:1', peers: { b: '10.0.0.1:65535' }, secret: SECRET }],
    ['discovery', { discover: { addresses: ['localhost:1'], everyMs: 10 } }],
    ['discovery of other machines, with a secret', { discover: { addresses: ['b:1'] }, secret: SECRET }],
  ])('%s', (_what, options) => {
    expect(resolve(options)).toMatchObject(
      Object.fromEntries(Object.entries(options).filter(([key]) => ['name', 'heartbeatMs', 'origins'].includes(key))),
    );
  });

  it('or has its default', () => {
    expect(resolve({})).toEqual({
      name: 'a',
      cluster: 'parliament',
      listen: undefined,
      peers: new Map(),
      discover: undefined,
      secrets: [],
      tls: undefined,
      codecs: [],
      limits: DEFAULT_LIMITS,
      heartbeatMs: 1000,
      downAfterMs: 4000,
      reconnectMinMs: 50,
      reconnectMaxMs: 5000,
      expose: undefined,
      spawn: {},
      origins: [],
      onEvent: undefined,
    });
    expect(resolve({ heartbeatMs: 30, limits: { calls: 7 }, peers: { b: '127.0.0.1:9' } })).toMatchObject({
      downAfterMs: 120,
      limits: { ...DEFAULT_LIMITS, calls: 7 },
      peers: new Map([['b', { host: '127.0.0.1', port: 9 }]]),
    });
  });
});

describe('an option is refused', () => {
  it.each<[unknown]>([[undefined], [null], ['a'], [7]])('when all of them are %p', (options) => {
    expect(() => resolveOptions(options as NodeOptions)).toThrow(/must be an object/);
  });

  it.each<[string, object, RegExp]>([
    ['a name that is too long', { name: 'n'.repeat(65) }, /^name must match/],
    ['a name that is no text', { name: 7 }, /^name must match/],
    ['a cluster', { cluster: 'a b' }, /^cluster must match/],
    ['codecs', { codecs: codec }, /^codecs must be an array/],
    ['a rule', { expose: true }, /^expose must be a function/],
    ['a listener of events', { onEvent: 'log' }, /^onEvent must be a function/],
    ['offers that are nothing', { spawn: null }, /^spawn must be an object/],
    ['offers that are no object', { spawn: () => codec }, /^spawn must be an object/],
    ['one offer among others', { spawn: { good: () => codec, bad: codec } }, /^spawn must be an object/],
    ['origins', { origins: 'https://x' }, /^origins must be an array/],
    ['one origin among others', { origins: ['https://x', 7] }, /^origins must be an array/],
    ['peers that are no object', { peers: 'b' }, /^peers must be an object/],
    ['the name of a peer', { peers: { 'b c': '127.0.0.1:1' } }, /^The names in peers must match/],
    ['the address of a peer', { peers: { b: 7 } }, /^peers\.b must be/],
    ['a heartbeat that is too short', { heartbeatMs: 9 }, /^heartbeatMs must be an integer from 10 to 86400000/],
    ['a heartbeat that is too long', { heartbeatMs: DAY_MS + 1 }, /^heartbeatMs/],
    ['half a millisecond', { heartbeatMs: 10.5 }, /^heartbeatMs/],
    ['a number in words', { heartbeatMs: '1000' }, /^heartbeatMs/],
    ['no number', { heartbeatMs: Number.NaN }, /^heartbeatMs/],
    ['less than two heartbeats', { heartbeatMs: 500, downAfterMs: 999 }, /^downAfterMs must be an integer from 1000/],
    ['more than four days', { downAfterMs: 4 * DAY_MS + 1 }, /^downAfterMs/],
    ['no pause at all', { reconnectMinMs: 0 }, /^reconnectMinMs/],
    ['a longest pause that is shorter', { reconnectMinMs: 100, reconnectMaxMs: 99 }, /^reconnectMaxMs/],
    ['a longest pause of more than a day', { reconnectMaxMs: DAY_MS + 1 }, /^reconnectMaxMs/],
    ['a limit of nothing', { limits: { calls: 0 } }, /^limits\.calls must be an integer from 1 to 1073741824/],
    ['a limit that is too large', { limits: { calls: 2 ** 30 + 1 } }, /^limits\.calls/],
    ['messages that are too short', { limits: { payloadBytes: 1023 } }, /^limits\.payloadBytes must be .* 1024/],
    ['a limit that every object has', { limits: { constructor: 1 } }, /^Unknown limit "constructor"/],
    ['a hard bound of messages', { limits: { queueHardMessages: 65_535 } }, /^limits\.queueHardMessages must be/],
    ['a hard bound of bytes', { limits: { queueHardBytes: 8 * 2 ** 20 - 1 } }, /^limits\.queueHardBytes must be/],
    [
      'a hard bound below one message',
      { limits: { queueSoftBytes: 1, queueHardBytes: 2 ** 20 } },
      /^limits\.queueHardBytes must be/,
    ],
    ['no secret at all', { secret: [] }, /^secret must be/],
    ['three secrets', { secret: [SECRET, SECRET, SECRET] }, /^secret must be/],
    ['a secret that is no text', { secret: 7 }, /^secret must be/],
    ['a second secret that is no text', { secret: [SECRET, 7] }, /^secret must be/],
    [
      'a secret that is guessed at once',
      { secret: 'x'.repeat(15) },
      /^secret must be a string of 16 to 1024 characters/,
    ],
    ['a second secret that is empty', { secret: [SECRET, ''] }, /^secret must be/],
    ['a secret that is too long', { secret: 'x'.repeat(1025) }, /^secret must be/],
    ['an address of a listener', { listen: 7 }, /^listen must be/],
  ])('%s', (_what, options, message) => {
    expect(() => resolve(options)).toThrow(message);
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

describe('trust', () => {
  const tls = { cert: PEM, key: PEM, ca: PEM };

  it('is had by secrets that are all long enough', () => {
    const long = '€'.repeat(11);
    expect([[], ['x'.repeat(31)], ['x'.repeat(32)], [long], [SECRET, 'short']].map(isGuarded)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('is not needed on this machine; elsewhere a listener needs more of it than who dials', () => {
    const cases: readonly (readonly [readonly string[], boolean | undefined, boolean, boolean])[] = [
      [[], undefined, false, false],
      [[SECRET], undefined, true, true],
      [[], true, true, true],
      [[], false, false, true],
      [[SECRET], false, true, true],
    ];
    for (const [secrets, clientCertificates, listens, dials] of cases) {
      const trust = { secrets, tls: clientCertificates === undefined ? undefined : { ...tls, clientCertificates } };
      expect([mayListen(trust, '10.0.0.1'), mayDial(trust, '10.0.0.1')]).toEqual([listens, dials]);
      expect([mayListen(trust, '::1'), mayDial(trust, 'localhost')]).toEqual([true, true]);
    }
  });

  it('by certificates is described in full', () => {
    expect(resolveTls(undefined)).toBeUndefined();
    expect(resolveTls(tls)).toEqual({ ...tls, clientCertificates: true });
    expect(resolveTls({ ...tls, clientCertificates: false })).toMatchObject({ clientCertificates: false });
    for (const wrong of [null, 'tls', { ...tls, more: 1 }])
      expect(() => resolveTls(wrong)).toThrow(/must be an object/);
    for (const name of ['cert', 'key', 'ca']) {
      for (const pem of [undefined, 7, 'no PEM']) {
        expect(() => resolveTls({ ...tls, [name]: pem })).toThrow(`tls.${name} must be a text`);
      }
    }
    expect(() => resolveTls({ ...tls, clientCertificates: 'no' })).toThrow(/must be true or false/);
  });

  it('is exchanged for as much, and nothing else is', () => {
    const before = resolveOptions({ name: 'a', listen: '0.0.0.0:1', peers: { b: '10.0.0.1:1' }, secret: SECRET });
    const other = SECRET.toUpperCase();
    // Enough for this machine, and not for others.
    const short = SECRET.slice(0, 31);
    expect(rotated(before, {})).toEqual(before);
    expect(rotated(before, { secret: [other, SECRET] })).toEqual({ ...before, secrets: [other, SECRET] });
    for (const wrong of [null, 7, { secrets: [other] }, { secret: other, more: 1 }]) {
      expect(() => rotated(before, wrong as object)).toThrow(/rotate takes an object of secret, tls/);
    }
    expect(() => rotated(before, { secret: short })).toThrow(expect.objectContaining({ code: 'insecure-listen' }));
    const dialling = { ...before, listen: undefined };
    expect(() => rotated(dialling, { secret: short })).toThrow(/b at 10\.0\.0\.1/);
    expect(rotated({ ...dialling, peers: new Map() }, { secret: short }).secrets).toEqual([short]);
    const looking = { ...dialling, peers: new Map(), discover: { addresses: ['[::1]:1', '10.0.0.2:1'] } };
    expect(() => rotated(looking, { secret: short })).toThrow(/10\.0\.0\.2:1/);
    expect(() => rotated(before, { tls })).toThrow(/cannot be begun/);
    const over = resolveOptions({ name: 'a', tls });
    expect(() => rotated(over, { tls: { ...tls, clientCertificates: false } })).toThrow(
      /nor clientCertificates changed/,
    );
    const renewed = { ...tls, ca: `${PEM} of another authority` };
    expect(rotated(over, { tls: renewed }).tls).toEqual({ ...renewed, clientCertificates: true });
  });
});

describe('addresses that were found', () => {
  it('are used as far as they are some, and the first flaw is told', () => {
    expect(usableAddresses(['a:1', 'b:0', 7, 'c:65535', 'd'])).toEqual({
      addresses: ['a:1', 'c:65535'],
      problem: 'b:0 is not of the form host:port',
    });
    expect(usableAddresses([null, 'a:1'])).toEqual({ addresses: ['a:1'], problem: expect.stringContaining('null') });
    expect(usableAddresses([])).toEqual({ addresses: [], problem: undefined });
    expect(() => usableAddresses('a:1')).toThrow(/must give an array/);
  });

  it('are at most 1,024', () => {
    const many = Array.from({ length: 1025 }, (_, index) => `host-${index}:1`);
    expect(usableAddresses(many.slice(0, 1024))).toEqual({ addresses: many.slice(0, 1024), problem: undefined });
    expect(usableAddresses(many)).toEqual({ addresses: many.slice(0, 1024), problem: 'more than 1024 addresses' });
  });

  it.each<[object, boolean]>([
    [{ srv: 'x', everyMs: 10 }, true],
    [{ srv: 'x', everyMs: 9 }, false],
    [{ srv: 'x', everyMs: DAY_MS }, true],
    [{ srv: 'x', everyMs: DAY_MS + 1 }, false],
    [{ dns: 'x', port: 65_535 }, true],
    [{ dns: 'x', port: 65_536 }, false],
    [{ dns: '', port: 1 }, false],
    [{ dns: 7, port: 1 }, false],
    [{ addresses: 'a:1' }, false],
    [{ addresses: ['a:1'] }, true],
    [{ addresses: Array.from({ length: 1025 }, () => 'a:1') }, false],
    [{ lookup: () => Promise.resolve([]) }, true],
  ])('are looked for by what makes sense: %j, %p', (discovery, isTaken) => {
    if (isTaken) expect(requireDiscovery(discovery)).toBe(discovery);
    else expect(() => requireDiscovery(discovery)).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});
