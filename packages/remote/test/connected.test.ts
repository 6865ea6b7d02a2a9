import { expect, it, jest } from '@jest/globals';
import { NodeError, type NodeEvent } from '../src/index.js';
import { linked } from '../src/node/connecting.js';
import { addressOf, eventOf, open, SECRET } from './support.js';

/** What may happen while a link is waited for. */
interface Hooks {
  tell(event: NodeEvent): void;
  abandon(): void;
}

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

it('rejects when the node is closed meanwhile, or was before', async () => {
  const a = await open('a');
  const waiting = a.node.connected('b', LONG);
  const closing = a.node.close();
  await expect(waiting).rejects.toMatchObject({ code: 'closed' });
  await closing;
  await expect(a.node.connected('b')).rejects.toMatchObject({ code: 'closed' });
});

it.each<[string, (hooks: Hooks) => void, string | undefined]>([
  ['comes up', ({ tell }) => tell({ type: 'nodeup', node: 'b', incarnation: '' }), undefined],
  ['does not come up in time', () => jest.advanceTimersByTime(1000), 'timeout'],
  ['is no longer waited for, as the node is closed', ({ abandon }) => abandon(), 'closed'],
])('leaves no timer and no listener behind when the link %s', async (_how, happen, code) => {
  jest.useFakeTimers();
  try {
    const listeners = new Set<(event: NodeEvent) => void>();
    const abandons = new Set<() => void>();
    const enter =
      <Entry>(entries: Set<Entry>) =>
      (entry: Entry): (() => void) => {
        entries.add(entry);
        return () => void entries.delete(entry);
      };
    const waiting = linked({
      peer: 'b',
      timeoutMs: 1000,
      lastError: () => undefined,
      onEvent: enter(listeners),
      onAbandon: enter(abandons),
      closed: () => new NodeError('closed', 'closed'),
    }).then(
      () => undefined,
      (error: NodeError) => error.code,
    );
    expect([listeners.size, abandons.size, jest.getTimerCount()]).toEqual([1, 1, 1]);
    happen({
      tell: (event) => [...listeners].forEach((listener) => void listener(event)),
      abandon: () => [...abandons].forEach((abandon) => void abandon()),
    });
    expect(await waiting).toBe(code);
    expect([listeners.size, abandons.size, jest.getTimerCount()]).toEqual([0, 0, 0]);
  } finally {
    jest.useRealTimers();
  }
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
