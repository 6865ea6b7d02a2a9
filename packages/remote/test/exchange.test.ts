/** What goes between the actors of two nodes, message by message: the other node is the test. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exit } from '@parliament/otp';
import { NodeError } from '../src/errors.js';
import type { NodeLimits, Reference } from '../src/index.js';
import type { OutboxLimits } from '../src/link/outbox.js';
import { findSystem } from '../src/nact.js';
import { peerSystemName } from '../src/references/system-names.js';
import { RemoteTemporaryReference } from '../src/references/temporary.js';
import type { TemporaryPlace } from '../src/wire/temporary-place.js';
import { dispatch, query } from './actors.js';
import { NO_BYTES, Node, place, THERE, waiterOf, waiting } from './exchange-rig.js';
import { until } from './support.js';

const HOUR_MS = 3_600_000;
const small = { queueHardBytes: 1000, queueSoftBytes: 1000 };

let node: Node;
beforeEach(() => {
  node = new Node();
});
afterEach(() => {
  node.end();
});
const begin = (limits: Partial<NodeLimits>, bounds: Partial<OutboxLimits> = {}): void => {
  node.end();
  node = new Node(limits, bounds);
};

describe('a message', () => {
  it('that finds no link is counted, and fails who waits for its answer', async () => {
    node.isLinked = false;
    dispatch(node.there('x'), 1);
    expect(node.exchange.dropped).toBe(1);
    await expect(query(node.there('x'), 1, HOUR_MS)).rejects.toMatchObject({
      code: 'noconnection',
      message: 'Node b is not connected: the message was not sent',
    });
    expect([node.exchange.dropped, await node.sent()]).toEqual([2, []]);
  });

  it('to an actor of an earlier life of its node does not leave', async () => {
    const earlier = node.there('x', '1'.repeat(32));
    dispatch(earlier, 1);
    await expect(query(earlier, 1, HOUR_MS)).rejects.toMatchObject({
      code: 'noproc',
      message: 'Node b was restarted since: its earlier life is no more',
    });
    expect([node.exchange.dropped, await node.sent()]).toEqual([0, []]);
    dispatch(node.there('x', THERE), 1);
    expect(await node.sent()).toHaveLength(1);
  });

  it('awaits a reply beside as many others as may wait, and no more', async () => {
    begin({ calls: 2 });
    const asked = [1, 2].map((number) => query(node.there('x'), number, HOUR_MS));
    await expect(query(node.there('x'), 3, HOUR_MS)).rejects.toMatchObject({
      code: 'overloaded',
      message: '2 calls and queries wait for node b: wait for some of them',
    });
    // Those who do not wait may go on.
    dispatch(node.there('x'), 4);
    const sent = await node.sent();
    expect(sent).toHaveLength(3);
    node.take({ type: 'envelope', to: waiterOf(sent), sender: undefined, codec: '', payload: node.reason('one') });
    expect(await asked[0]).toBe('one');
    const more = query(node.there('x'), 5, HOUR_MS);
    expect(await node.sent()).toHaveLength(1);
    node.exchange.lose('gone');
    const lost = 'The link to node b was lost (gone): whether the message arrived is not known';
    for (const each of [asked[1], more])
      await expect(each).rejects.toMatchObject({ code: 'noconnection', message: lost });
  });

  it('does not await a reply while too much waits to be sent', async () => {
    begin({}, { queueSoftBytes: 10 });
    node.rig.channel.waiting = 11;
    dispatch(node.there('x'), 1);
    expect(await node.sent()).toHaveLength(1);
    await expect(query(node.there('x'), 1, HOUR_MS)).rejects.toMatchObject({
      code: 'overloaded',
      message: 'Too much waits to be sent to node b: try again later',
    });
    dispatch(node.there('x'), 1);
    expect(await node.sent()).toHaveLength(1);
  });

  it('that is too large is counted, and told once of each life of its node', async () => {
    begin({}, small);
    dispatch(node.there('x'), 'x'.repeat(2000));
    const asked = query(node.there('x'), 'x'.repeat(1500), HOUR_MS);
    await expect(asked).rejects.toMatchObject({
      code: 'too-large',
      message:
        'A message of 1503 bytes is more than may wait for node b, 1000: send it in parts, or raise limits.queueHardBytes',
    });
    expect([node.exchange.dropped, await node.sent()]).toEqual([2, []]);
    expect(node.events).toEqual([{ type: 'too-large', node: 'b', bytes: 2003, limit: 1000 }]);
  });
});

describe('one who waits on a third node', () => {
  const waiter = { incarnation: '2'.repeat(32), peer: 'a', id: 7 };
  const notice = {
    type: 'undelivered',
    waiting: { kind: 'temporary', node: 'c', place: waiter },
    exitReason: NO_BYTES,
    codec: '',
  };
  /** A message of c's that awaits a reply is handed on to b. */
  const handOn = (message: unknown, to: Reference = node.there('x')): void =>
    dispatch(to, message, new RemoteTemporaryReference(peerSystemName(node.home, 'c'), waiter));

  it('is told there why nothing comes: no link, no such actor any more, or too much', () => {
    begin({}, small);
    node.isLinked = false;
    handOn(1);
    node.isLinked = true;
    handOn(1, node.there('x', '1'.repeat(32)));
    handOn('x'.repeat(2000));
    handOn(new Array(200_000).fill(1));
    expect(node.toOthers).toEqual([
      ['c', { ...notice, reason: 'noconnection' }],
      ['c', { ...notice, reason: 'noproc' }],
      ['c', { ...notice, reason: 'too-large', sizes: { bytes: 2003, limit: 1000 } }],
      ['c', { ...notice, reason: 'too-large' }],
    ]);
    expect(node.exchange.dropped).toBe(3);
  });

  it('is nothing to be told when an actor is the sender, or nobody', () => {
    node.isLinked = false;
    dispatch(node.there('x'), 1, node.there('y'));
    dispatch(node.there('x'), 1);
    expect(node.toOthers).toEqual([]);
  });
});

describe('a reply', () => {
  const to = (place: TemporaryPlace): Reference => new RemoteTemporaryReference(peerSystemName(node.home, 'b'), place);

  it('goes by the number of who waits for this node, in full to others, and not to those of an earlier life', async () => {
    const numbered = { incarnation: THERE, peer: 'a', id: 5 };
    const others = [
      { ...numbered, peer: 'c' },
      { ...numbered, id: 'text' },
    ];
    for (const place of [numbered, ...others]) dispatch(to(place), 'r');
    dispatch(to({ ...numbered, incarnation: '1'.repeat(32) }), 'late');
    expect((await node.sent()).map((item) => item.type === 'envelope' && item.to)).toEqual([
      waiting(5),
      ...others.map((place) => ({ kind: 'temporary', node: 'b', place })),
    ]);
    expect(node.exchange.dropped).toBe(0);
    // Whoever would wait for an answer to it is told at once.
    await expect(query(to({ ...numbered, incarnation: '1'.repeat(32) }), 'late', HOUR_MS)).rejects.toMatchObject({
      code: 'noproc',
    });
  });

  it('that is too large is told to who waits for it, with both sizes if it has any', async () => {
    begin({}, small);
    const numbered = { incarnation: THERE, peer: 'a', id: 5 };
    dispatch(to(numbered), 'x'.repeat(2000));
    dispatch(to(numbered), new Array(200_000).fill(1));
    const told = { type: 'undelivered', reason: 'too-large', exitReason: NO_BYTES, codec: '' };
    const [first, second] = await node.sent();
    expect(first).toEqual({ ...told, waiting: waiting(5), sizes: { bytes: 2003, limit: 1000 } });
    // One that was never encoded goes by where it was to go, as it is known there.
    expect(second).toMatchObject({ ...told, waiting: { kind: 'temporary', node: 'b' } });
    expect(second).not.toHaveProperty('sizes');
  });

  it('is not owed any more: its sender may end', async () => {
    const actor = await node.actor('callee');
    const call = (id: number): void =>
      node.take({
        type: 'envelope',
        to: place('a', 'callee'),
        sender: waiting(id),
        codec: '',
        payload: node.reason(1),
      });
    call(5);
    call(6);
    dispatch(to({ incarnation: THERE, peer: 'a', id: 5 }), 'r');
    exit(actor as never, 'shutdown');
    await until(() => node.rig.sent.length > 0);
    expect((await node.sent()).slice(1)).toEqual([
      {
        type: 'undelivered',
        waiting: waiting(6),
        reason: 'exit',
        exitReason: node.reason('shutdown'),
        codec: '',
      },
    ]);
  });
});

describe('a node that is asked', () => {
  const answer = async (value: unknown): Promise<unknown> => {
    const asked = node.exchange.ask({ type: 'any' }, HOUR_MS);
    const sent = await node.sent();
    expect(sent).toMatchObject([{ to: { kind: 'node', node: 'b' } }]);
    node.take({ type: 'envelope', to: waiterOf(sent), sender: undefined, codec: '', payload: node.reason(value) });
    return asked;
  };

  it('answers, or refuses in its own words', async () => {
    expect(await answer('yes')).toBe('yes');
    const refusal = new NodeError('overloaded', 'too many');
    await expect(answer(refusal)).rejects.toMatchObject({ code: 'overloaded', message: 'Node b refused: too many' });
    const odd = new Error('why');
    await expect(answer(odd)).rejects.toMatchObject({ code: 'spawn-failed', message: 'Node b refused: why' });
    for (const code of [7, 'no-process']) {
      await expect(answer(Object.assign(odd, { code }))).rejects.toMatchObject({ code: 'spawn-failed' });
    }
  });

  it('and closed here meanwhile, has not answered', async () => {
    const asked = node.exchange.ask({ type: 'any' }, HOUR_MS);
    node.end();
    await expect(asked).rejects.toMatchObject({ code: 'noconnection', message: 'Node a was closed' });
    expect(findSystem(peerSystemName(node.home, 'b'))).toBeUndefined();
    expect(node.home.wireIds.size).toBe(0);
  });
});

it('a notice that the other node has no codec for what was sent fails who waits, and is told', async () => {
  const asked = query(node.there('x'), 1, HOUR_MS);
  const item = { type: 'undelivered', reason: 'unknown-type', exitReason: NO_BYTES, codec: 'my/type' } as const;
  node.take({ ...item, waiting: waiterOf(await node.sent()) });
  await expect(asked).rejects.toMatchObject({ code: 'unknown-type', message: expect.stringContaining('my/type') });
  node.take({ ...item, reason: 'noproc', waiting: waiting(1) });
  expect(node.events).toEqual([{ type: 'unknown-type', node: 'b', codec: 'my/type', sent: true }]);
});
