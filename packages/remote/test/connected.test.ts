import { expect, it } from '@jest/globals';
import { addressOf, eventOf, open, SECRET, until } from './support.js';

/** Far more than a test takes: where it is waited for, the link does come. */
const LONG = { timeoutMs: 120_000 };

it('resolves when the link comes up, on both sides, and at once when it is up', async () => {
  const a = await open('a');
  const waiting = a.node.connected('b', LONG);
  const b = await open('b', { peers: { a: addressOf(a.node) } });
  await Promise.all([waiting, b.node.connected('a', LONG)]);
  expect([a.node.nodes(), b.node.nodes()]).toEqual([['b'], ['a']]);
  await a.node.connected('b', { timeoutMs: 1 });
});

it('waits for the node that is meant, and for no other', async () => {
  const a = await open('a');
  const waiting = a.node.connected('c', { timeoutMs: 300 });
  const b = await open('b', { peers: { a: addressOf(a.node) } });
  await b.node.connected('a', LONG);
  await expect(waiting).rejects.toMatchObject({ code: 'timeout' });
});

it('rejects after its deadline with what is known: nobody dials', async () => {
  const a = await open('a');
  await expect(a.node.connected('b', { timeoutMs: 5 })).rejects.toMatchObject({
    name: 'NodeError',
    code: 'timeout',
    message: 'No link to node b within 5 ms: neither has dialled the other: is it in peers, or does it dial this node?',
  });
});

it('rejects with the last refusal, of this node by the other one', async () => {
  const a = await open('a');
  const first = await open('b', { peers: { a: addressOf(a.node) } });
  await first.node.connected('a', LONG);
  const second = await open('b', { peers: { a: addressOf(a.node) } });
  await eventOf(second, 'refused', ({ code }) => code === 'name-taken');
  const { lastError } = second.node.peers()[0] as { lastError: string };
  expect(lastError).toMatch(/b/);
  await expect(second.node.connected('a', { timeoutMs: 5 })).rejects.toMatchObject({
    code: 'timeout',
    message: `No link to node a within 5 ms: ${lastError}`,
  });
});

it('rejects with the last refusal, of the other node by this one', async () => {
  const a = await open('a', { secret: SECRET });
  // It dials again and again, and is refused each time.
  await open('b', { secret: `${SECRET}!`, peers: { a: addressOf(a.node) }, reconnectMaxMs: 20 });
  const { reason } = await eventOf(a, 'refused', ({ node }) => node === 'b');
  let message = '';
  while (!message.endsWith(reason)) {
    message = await a.node.connected('b', { timeoutMs: 100 }).then(String, ({ message: said }: Error) => said);
  }
  expect(message).toBe(`No link to node b within 100 ms: ${reason}`);
});

it('rejects when the node is closed meanwhile, or was before, and leaves nothing behind', async () => {
  const a = await open('a');
  const waiting = a.node.connected('b', LONG);
  const closing = a.node.close();
  await expect(waiting).rejects.toMatchObject({ code: 'closed' });
  await closing;
  await expect(a.node.connected('b')).rejects.toMatchObject({ code: 'closed' });
  await until(() => a.node.nodes().length === 0);
});

it.each<[string, unknown, unknown, RegExp]>([
  ['itself', 'a', undefined, /a is this node itself/],
  ['no name', 'b c', undefined, /Not the name of a node/],
  ['a misspelt option', 'b', { timeout: 1 }, /Unknown option "timeout": known are timeoutMs/],
  ['a time that is none', 'b', { timeoutMs: 0 }, /timeoutMs must be an integer/],
])('refuses %s', async (_what, peer, options, message) => {
  const { node } = await open('a');
  const connected = node.connected(peer as string, options as { timeoutMs: number });
  await expect(connected).rejects.toMatchObject({ code: 'bad-option', message: expect.stringMatching(message) });
});
