/** What a query fails with when the other node says that nothing comes. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Undelivered } from '../src/frame.js';
import { query } from './actors.js';
import { HERE, NO_BYTES, Node, waiterOf, waiting } from './exchange-rig.js';

const HOUR_MS = 3_600_000;
const notice = { type: 'undelivered', exitReason: NO_BYTES, codec: '' } as const;

let node: Node;
beforeEach(() => {
  node = new Node();
});
afterEach(() => node.end());

/** How the query fails that the notice is about. */
async function failureBy(told: Pick<Undelivered, 'reason'> & Partial<Undelivered>): Promise<unknown> {
  const failure = query(node.there('x'), 1, HOUR_MS).catch((error: unknown) => error);
  node.take({ ...notice, ...told, waiting: waiterOf(await node.sent()) });
  return failure;
}

describe('a query fails', () => {
  it.each<[Undelivered['reason'], Partial<Undelivered>, string, RegExp]>([
    ['no-process', {}, 'no-process', /^No actor at that path on node b: it was never spawned/],
    ['unknown-type', { codec: 'my/type' }, 'unknown-type', /^Node b has no codec of the type my\/type: add the same/],
    [
      'too-large',
      {},
      'too-large',
      /^The reply of an actor on node b has more parts than can travel: ask for it in several$/,
    ],
    [
      'too-large',
      { sizes: { bytes: 9, limit: 8 } },
      'too-large',
      /^The reply of an actor on node b has 9 bytes, more than the 8 that/,
    ],
    ['no-connection', {}, 'no-connection', /^Node b has no link to the node that the message was to go on to$/],
  ])('by %s %j', async (reason, more, code, message) => {
    const failure = await failureBy({ reason, ...more });
    expect(failure).toMatchObject({ name: 'NodeError', code, message: expect.stringMatching(message) });
  });

  it('by the end of the actor, with its reason, and with its crash as the cause', async () => {
    const ended = (reason: unknown): Promise<unknown> =>
      failureBy({ reason: 'ended', exitReason: node.reason(reason) });
    const text = 'The actor on node b ended before it replied';
    const orderly = await ended('shutdown');
    expect(orderly).toMatchObject({
      name: 'CallError',
      code: 'exit',
      message: `${text}: shutdown`,
      reason: 'shutdown',
    });
    expect(orderly).not.toHaveProperty('cause');
    const told = await ended({ shutdown: 7 });
    expect(told).toMatchObject({ message: `${text}: shutdown: 7`, reason: { shutdown: 7 } });
    expect(told).not.toHaveProperty('cause');
    const crash = new Error('why');
    expect(await ended({ crash })).toMatchObject({ message: `${text}: why`, reason: { crash }, cause: crash });
  });
});

describe('a notice', () => {
  it('of what nobody waits for, or no more, is nothing', () => {
    for (const who of [undefined, waiting(12345)]) node.take({ ...notice, reason: 'no-process', waiting: who });
    const place = { incarnation: HERE, peer: '', id: 'n1.00' };
    node.take({ ...notice, reason: 'no-process', waiting: { kind: 'temporary', node: 'a', place } });
    expect(node.events).toEqual([]);
  });
});
