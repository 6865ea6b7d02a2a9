/** What a node knows of another one, from link to link: the other node is the test. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Agreement, PeerIdentity } from '../src/link/agreement.js';
import { UNSEALED } from '../src/link/seal.js';
import { resolveOptions } from '../src/node/options.js';
import { Peer } from '../src/node/peer.js';
import { RemoteActorReference } from '../src/references/remote-reference.js';
import { dispatch } from './actors.js';
import { Node, place } from './exchange-rig.js';
import { identity } from './raw.js';
import { TestChannel } from './test-channel.js';

const FIRST = '1'.repeat(32);
const SECOND = '2'.repeat(32);
const RECONNECT_MAX_MS = 5000;
const someone = (incarnation: string, address?: string): PeerIdentity => ({
  name: 'c',
  incarnation,
  address,
  payloadLimit: 1e6,
});

let node: Node;
let peer: Peer;
let now = 1000;

beforeEach(() => {
  now = 1000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  node = new Node();
  peer = new Peer(
    {
      ...node.host,
      options: resolveOptions({ name: 'a', reconnectMaxMs: RECONNECT_MAX_MS }),
      identity: identity('a'),
      onChannel: () => {},
    },
    'c',
    undefined,
  );
});

afterEach(() => {
  peer.close();
  node.end();
  jest.restoreAllMocks();
});

const link = (incarnation = FIRST, address?: string): TestChannel => {
  const channel = new TestChannel();
  const agreement: Agreement = {
    peer: someone(incarnation, address),
    version: 1,
    sealer: UNSEALED,
    opener: UNSEALED,
  };
  peer.linkUp(channel, agreement);
  return channel;
};
const lose = (channel: TestChannel): void => channel.listener?.onEnd({ reason: 'peer-closed', detail: 'closed by it' });

describe('the status of a peer', () => {
  const none = {
    name: 'c',
    address: undefined,
    state: 'disconnected',
    overloaded: false,
    incarnation: undefined,
    since: 1000,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    dropped: 0,
    badFrames: 0,
    lastError: undefined,
  };

  it('is told from the beginning to the end, and remembers the latest link', () => {
    expect([peer.status(), peer.linked, peer.isEvictable]).toEqual([none, false, true]);
    now = 2000;
    const channel = link(FIRST, '10.0.0.1:1');
    const up = { ...none, state: 'connected', since: 2000, incarnation: FIRST, address: '10.0.0.1:1' };
    expect([peer.status(), peer.linked, peer.isEvictable]).toEqual([up, true, false]);
    now = 3000;
    lose(channel);
    const down = { ...up, state: 'disconnected', since: 3000, lastError: 'closed by it' };
    expect([peer.status(), peer.linked, peer.isEvictable]).toEqual([down, false, true]);
    now = 4000;
    dispatch(new RemoteActorReference(peer.exchange.originOf(FIRST).systemName, place('c', 'x')), 1);
    expect(peer.status()).toEqual({ ...down, dropped: 1 });
    // What it said before holds as long as it says nothing else.
    link(SECOND);
    expect(peer.status()).toMatchObject({
      address: '10.0.0.1:1',
      incarnation: SECOND,
      since: 4000,
      lastError: undefined,
    });
    now = 5000;
    peer.close();
    // That was wanted.
    expect(peer.status()).toMatchObject({ state: 'disconnected', since: 5000, lastError: undefined });
    expect(node.events).toEqual([
      { type: 'nodeup', node: 'c', incarnation: FIRST },
      { type: 'nodedown', node: 'c', incarnation: FIRST, reason: 'peer-closed' },
      { type: 'nodeup', node: 'c', incarnation: SECOND },
      { type: 'nodedown', node: 'c', incarnation: SECOND, reason: 'closing' },
    ]);
  });

  it('counts the malformed frames of all links, and says what was wrong', () => {
    for (const count of [1, 2]) {
      const channel = link();
      channel.receive(Uint8Array.of(0x3a, 0));
      const reason = 'frame that is no batch, on a link that is up';
      expect(peer.status()).toMatchObject({ badFrames: count, framesIn: count, bytesIn: 2 * count, lastError: reason });
      expect(node.events.splice(0)).toEqual([
        { type: 'nodeup', node: 'c', incarnation: FIRST },
        { type: 'bad-frame', node: 'c', address: 'there:1', reason },
        { type: 'nodedown', node: 'c', incarnation: FIRST, reason: 'bad-frame' },
      ]);
    }
  });
});

describe('a newer link', () => {
  it('takes the place of the older one, whose end is told first', () => {
    const [older, newer] = [link(), link(SECOND)];
    expect([older.closes, newer.closes]).toEqual([['replaced'], []]);
    lose(older);
    expect([peer.linked, node.events]).toEqual([
      true,
      [
        { type: 'nodeup', node: 'c', incarnation: FIRST },
        { type: 'nodedown', node: 'c', incarnation: FIRST, reason: 'replaced' },
        { type: 'nodeup', node: 'c', incarnation: SECOND },
      ],
    ]);
  });

  it('is not taken once the node is closed', () => {
    peer.close();
    expect([link().closes, peer.linked, node.events]).toEqual([['closing'], false, []]);
  });
});

describe('one who comes under the name of a peer', () => {
  it('is let in when there is no link, and else once the link has shown whether it lives', async () => {
    expect(peer.admit(someone(FIRST))).toBe('admit');
    expect(await peer.probe(someone(FIRST))).toBeUndefined();
    const channel = link();
    expect(peer.admit(someone(FIRST))).toBe('probe');
    const answers = [peer.probe(someone(FIRST)), peer.probe(someone(SECOND))];
    channel.reading?.onBytes();
    expect(await Promise.all(answers)).toEqual(['duplicate', 'name-taken']);
    const last = peer.probe(someone(SECOND));
    lose(channel);
    expect([await last, peer.admit(someone(SECOND))]).toEqual([undefined, 'admit']);
  });

  it('is dialled by one dial at a time, and by none while there is a link', () => {
    const [one, other] = [{ abort: jest.fn() }, { abort: jest.fn() }];
    expect(peer.claim(someone(FIRST), one)).toBeUndefined();
    expect([peer.isEvictable, peer.claim(someone(FIRST), other)]).toEqual([false, 'duplicate']);
    peer.release(other);
    expect(peer.isEvictable).toBe(false);
    peer.release(one);
    expect([peer.isEvictable, peer.claim(someone(FIRST), other)]).toEqual([true, undefined]);
    link();
    // The link is there without it.
    expect([one.abort.mock.calls.length, other.abort.mock.calls.length]).toEqual([0, 1]);
    expect(peer.claim(someone(FIRST), one)).toBe('duplicate');
    expect(peer.claim(someone(SECOND), one)).toBe('name-taken');
  });
});

it('a peer that is watched may not be evicted, however often the same pace is asked for and given back', () => {
  const pace = { heartbeatMs: 100, downAfterMs: 400 };
  const [one, other] = [peer.keepPace(pace), peer.keepPace(pace)];
  one();
  one();
  expect(peer.isEvictable).toBe(false);
  other();
  expect(peer.isEvictable).toBe(true);
});
