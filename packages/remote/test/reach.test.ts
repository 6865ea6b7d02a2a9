import { describe, expect, it } from '@jest/globals';
import { exit, register, unregister, whenDown } from '@parliament/otp';
import { spawn as nactSpawn, stop } from 'nact';
import type { NodeOptions, Reference } from '../src/index.js';
import { Reach } from '../src/references/reach.js';
import { dispatch, query, spawn, spawnEcho, spawnInbox } from './actors.js';
import { linked, open, openTowards, type TestNode, until } from './support.js';

/** `a`, which lets others reach what it does by default, and `b`, linked to it. */
async function pair(options: Partial<NodeOptions> = { expose: () => false }): Promise<[TestNode, TestNode]> {
  const a = await open('a', options);
  return [a, await openTowards('b', [a])];
}

const isReached = async (from: TestNode, to: Reference): Promise<boolean> => {
  try {
    return (await query(to, 'ping', 3_600_000)) === 'ping';
  } catch (error) {
    expect(error).toMatchObject({ code: 'noproc' });
    expect(from.node.nodes()).toContain('a');
    return false;
  }
};

describe('what another node may reach by default', () => {
  it('is no actor by its mere path', async () => {
    const [a, b] = await pair();
    spawnEcho(a.system);
    expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(false);
  });

  it('is an actor that is registered, as long as it is', async () => {
    const [a, b] = await pair();
    register('the echo', spawnEcho(a.system) as never);
    expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(true);
    expect(await isReached(b, (await b.node.whereis('a', 'the echo')) as Reference)).toBe(true);
    unregister(a.system as never, 'the echo');
    expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(false);
    expect(await b.node.whereis('a', 'the echo')).toBeUndefined();
  });

  it('is an actor whose reference it was sent, or that has written to it', async () => {
    const [a, b] = await pair();
    const inbox = spawnInbox<{ reference: Reference }>(b.system, 'inbox');
    const senders: Reference[] = [];
    spawn(b.system, 'noter', (_message, { sender }) => senders.push(sender));
    const echo = spawnEcho(a.system);
    dispatch(a.node.ref('b', 'inbox'), { reference: echo });
    dispatch(a.node.ref('b', 'noter'), 'hello', echo);
    await until(() => inbox.messages.length > 0 && senders.length > 0);
    expect(await isReached(b, inbox.messages[0]?.reference as Reference)).toBe(true);
    expect(await isReached(b, senders[0] as Reference)).toBe(true);
    // The reference is plain data, and the path alone is not it.
    expect(await isReached(b, JSON.parse(JSON.stringify(senders[0])) as Reference)).toBe(true);
    expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(false);
    const forged = { ...(senders[0] as object), key: '0'.repeat(32) } as unknown as Reference;
    expect(await isReached(b, forged)).toBe(false);
  });

  it('may be handed on: who was given the reference by another reaches it as well', async () => {
    const [a, b] = await pair();
    const c = await openTowards('c', [a, b]);
    const inbox = spawnInbox<Reference>(c.system, 'inbox');
    spawn(b.system, 'passing', (message) => dispatch(b.node.ref('c', 'inbox'), message));
    dispatch(a.node.ref('b', 'passing'), spawnEcho(a.system));
    await until(() => inbox.messages.length > 0);
    expect(await isReached(c, inbox.messages[0] as Reference)).toBe(true);
  });

  it('is not what it may not reach when it names it to somebody there', async () => {
    const [a, b] = await pair();
    const hidden = spawnInbox(a.system, 'hidden');
    register('echo', spawnEcho(a.system) as never);
    const trick = (await query(b.node.ref('a', 'echo'), { to: b.node.ref('a', 'hidden') }, 5000)) as { to: Reference };
    expect(trick.to).toMatchObject({ type: 'nobody' });
    expect(hidden.messages).toEqual([]);
  });

  it('can be widened by a rule, and by expose for an actor and all below it, until that is taken back', async () => {
    const [a, b] = await pair({ expose: ([first]) => first === 'open' });
    const parent = spawn(a.system, 'parent', () => {});
    const echo = (at: Reference, name: string): Reference =>
      spawn(at, name, (message, { sender, self }) => dispatch(sender, message, self));
    echo(a.system, 'open');
    echo(parent, 'child');
    expect(await isReached(b, b.node.ref('a', 'open'))).toBe(true);
    expect(await isReached(b, b.node.ref('a', 'parent/child'))).toBe(false);
    const [close, closeToo] = [a.node.expose(parent), a.node.expose(parent)];
    close();
    close();
    expect(await isReached(b, b.node.ref('a', 'parent/child'))).toBe(true);
    closeToo();
    expect(await isReached(b, b.node.ref('a', 'parent/child'))).toBe(false);
    expect(() => a.node.expose(b.system)).toThrow(/expose takes a reference/);
  });

  it('can be opened for messages alone: then exit signals do not arrive', async () => {
    const [a, b] = await pair();
    const echo = spawnEcho(a.system);
    a.node.expose(echo, 'messages');
    const there = b.node.ref('a', 'echo');
    exit(there as never, 'kill');
    stop(there as never);
    expect(await isReached(b, there)).toBe(true);
    const ended = whenDown(there as never);
    expect(await isReached(b, there)).toBe(true);
    exit(echo as never, 'killed');
    expect(await ended).toBe('killed');
  });

  it('is nothing when the rule throws', async () => {
    const [a, b] = await pair({
      expose: () => {
        throw new Error('on purpose');
      },
    });
    spawnEcho(a.system);
    expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(false);
  });
});

it.each([7, 'seven', 'a.b'])(
  'who waits for a reply is found by the identifier that has left, and by none that is made up: %p',
  (id) => {
    const reach = new Reach('system', undefined);
    const sealed = reach.sealId('b', id);
    expect(reach.openId('b', sealed)).toBe(id);
    // That of another peer, of another one who waits, of another life, altered, cut, and without a key.
    expect(reach.openId('c', sealed)).toBeUndefined();
    expect(reach.openId('b', sealed.replace(/^./, '$&8'))).toBeUndefined();
    expect(new Reach('system', undefined).openId('b', sealed)).toBeUndefined();
    expect(
      reach.openId(
        'b',
        sealed.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      ),
    ).toBeUndefined();
    expect(reach.openId('b', sealed.slice(0, -1))).toBeUndefined();
    expect(reach.openId('b', sealed.slice(0, sealed.lastIndexOf('.') + 1))).toBeUndefined();
  },
);

it('actors cannot be spawned under those of another node', async () => {
  const [a, b] = await pair();
  register('echo', spawnEcho(a.system) as never);
  const reference = b.node.ref('a', 'echo');
  expect(() => nactSpawn(reference as never, (() => undefined) as never, 'child')).toThrow(
    expect.objectContaining({ code: 'not-supported' }),
  );
});

it('an old reference to a restarted node leads to nobody, and a new one to whoever is there', async () => {
  const [a, b] = await pair({});
  const given = spawnInbox<Reference>(b.system, 'given');
  const echo = spawnEcho(a.system);
  register('echo', echo as never);
  dispatch(a.node.ref('b', 'given'), echo);
  await until(() => given.messages.length > 0);
  const old = given.messages[0] as Reference;
  expect(await isReached(b, old)).toBe(true);
  const port = a.node.address?.port;
  await a.node.close();
  const again = await open('a', { listen: `127.0.0.1:${port}`, expose: () => true });
  await linked(again, b);
  spawnEcho(again.system);
  expect(await isReached(b, old)).toBe(false);
  expect(await isReached(b, b.node.ref('a', 'echo'))).toBe(true);
});
