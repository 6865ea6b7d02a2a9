/** What a node tells of its dials, and when it tells it again; and what is the program's own fault. */

import { describe, expect, it } from '@jest/globals';
import type { Codec } from '../src/index.js';
import { dispatch, query, spawnEcho } from './actors.js';
import { addressOf, eventOf, linked, open, openTowards, stateOf, until } from './support.js';

const statusOf = ({ node }: Awaited<ReturnType<typeof open>>, name: string): string | undefined =>
  node.peers().find((peer) => peer.name === name)?.lastError;

describe('a refusal', () => {
  it('is told once in a row, and again when there has been a link since', async () => {
    const [first, second] = ['the first secret of this cluster', 'the second secret of this cluster'] as const;
    const quick = { reconnectMinMs: 5, reconnectMaxMs: 10 };
    let a = await open('a', { secret: first });
    const listen = addressOf(a.node);
    const b = await open('b', { secret: second, peers: { a: listen }, ...quick });
    const refusals = (): number => b.events.filter(({ type }) => type === 'refused').length;
    const refused = await eventOf(b, 'refused');
    expect(refused).toMatchObject({ node: 'a', address: listen, code: 'wrong-secret', ownNameTaken: false });
    expect(refused.reason).toBe(statusOf(b, 'a'));
    expect(stateOf(b.node, 'a')).toBe('refused');
    const before = a.events.length;
    // It goes on dialling.
    await until(() => a.events.length > before + 2);
    expect(refusals()).toBe(1);
    b.node.rotate({ secret: first });
    await linked(a, b);
    expect(statusOf(b, 'a')).toBeUndefined();
    await a.node.close();
    a = await open('a', { secret: second, listen });
    await until(() => refusals() === 2);
    expect(b.node.cluster).toBe('parliament');
  });

  it('is no word of one who cannot be reached: that is only what a status tells', async () => {
    const gone = await open('gone');
    const listen = addressOf(gone.node);
    await gone.node.close();
    const b = await open('b', { peers: { gone: listen }, cluster: 'own' });
    await until(() => statusOf(b, 'gone') !== undefined);
    expect(statusOf(b, 'gone')).toMatch(`No link to ${listen}: `);
    expect(b.events).toEqual([]);
    expect(b.node.cluster).toBe('own');
  });
});

describe('what a codec of the program throws', () => {
  it('is its own: whoever sends gets it, and no message counts as too large for it', async () => {
    const mine = Object.assign(new Error('of its own'), { code: 'too-large' });
    const codec: Codec<string> = {
      type: 'text',
      matches: (message): message is string => message === 'x',
      encode: () => {
        throw mine;
      },
      decode: () => 'x',
    };
    const a = await open('a');
    const b = await openTowards('b', [a], { codecs: [codec] });
    spawnEcho(a.system);
    expect(() => dispatch(b.node.ref('a', 'echo'), 'x')).toThrow(mine);
    await expect(query(b.node.ref('a', 'echo'), 'x', 600_000)).rejects.toBe(mine);
    expect(b.node.peers()[0]).toMatchObject({ dropped: 0 });
    expect(await query(b.node.ref('a', 'echo'), 'y', 600_000)).toBe('y');
  });
});
