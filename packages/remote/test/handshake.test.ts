import { describe, expect, it } from '@jest/globals';
import { decodeFrame, decodeGreeting, encodeFrame, encodeGreeting } from '../src/frame-codec.js';
import { checkAccepted, checkProof, type Identity, prove, refusalToSend, sayHello, welcome } from '../src/handshake.js';
import { identity } from './raw.js';
import { eventOf, linked, open, openTowards, until } from './support.js';

const cookie = 'the cookie of this cluster';
const a = identity('a', { cookie });
const b = identity('b', { cookie });

/** The greeting in the bytes of a hello or a welcome. */
function greetingIn(bytes: Uint8Array): Uint8Array {
  const frame = decodeFrame(bytes);
  if (frame.type !== 'hello' && frame.type !== 'welcome') throw new Error(frame.type);
  return frame.greeting;
}

function thrownBy(step: () => unknown): unknown {
  try {
    step();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the handshake', () => {
  it('shows both who the other is, and gives them the same seals', () => {
    const hello = sayHello(a, 'b');
    const welcomed = welcome({ ...b, listen: '127.0.0.1:4000' }, hello.send);
    const proved = prove(hello.state, welcomed.send);
    const checked = checkProof(welcomed.state, proved.send);
    expect(proved.agreement.peer).toMatchObject({ name: 'b', incarnation: b.incarnation, address: '127.0.0.1:4000' });
    expect(checked.peer).toMatchObject({ name: 'a', incarnation: a.incarnation, address: undefined });
    checkAccepted(a, proved.agreement, checked.sealer.seal(encodeFrame({ type: 'accepted' })));
    const frame = Uint8Array.of(1, 2, 3);
    expect(Uint8Array.from(checked.opener.open(proved.agreement.sealer.seal(frame)))).toEqual(frame);
  });

  it.each<[string, Partial<Identity>, string | undefined]>([
    ['wrong-cluster', { cluster: 'other' }, 'b'],
    ['wrong-cookie', { cookie: undefined }, 'b'],
    ['wrong-node', {}, 'c'],
    ['self', { incarnation: b.incarnation }, 'b'],
  ])('is refused by the listener, which says so: %s', (code, changes, expected) => {
    const { send } = sayHello({ ...a, ...changes }, expected);
    const error = thrownBy(() => welcome(b, send));
    expect(error).toMatchObject({ code });
    expect(refusalToSend(error)).toBe(code);
    expect(encodeFrame({ type: 'refused', code: refusalToSend(error) as 'self' })).toHaveLength(4);
  });

  it('is refused when the versions differ', () => {
    const greeting = encodeGreeting({ ...decodeGreeting(greetingIn(sayHello(a, 'b').send)), version: 2 });
    expect(thrownBy(() => welcome(b, encodeFrame({ type: 'hello', greeting })))).toMatchObject({ code: 'version' });
  });

  it('is refused by the dialler when the listener has another cookie, before the dialler has proved anything', () => {
    const hello = sayHello(a, 'b');
    const { send } = welcome({ ...b, cookie: 'another' }, hello.send);
    expect(refusalToSend(thrownBy(() => prove(hello.state, send)))).toBe('wrong-cookie');
  });

  it('is refused by the listener when the dialler has another cookie', () => {
    const hello = sayHello(a, 'b');
    const welcomed = welcome(b, hello.send);
    const forged = encodeFrame({ type: 'proof', mac: new Uint8Array(32) });
    expect(thrownBy(() => checkProof(welcomed.state, forged))).toMatchObject({ code: 'wrong-cookie' });
    const empty = encodeFrame({ type: 'proof', mac: new Uint8Array(0) });
    expect(thrownBy(() => checkProof(welcomed.state, empty))).toMatchObject({ code: 'wrong-cookie' });
  });

  it('is refused by the dialler when another node answers', () => {
    const hello = sayHello(a, 'b');
    // A listener that does not look at whom the dialler expected.
    const lax = welcome(identity('c', { cookie }), sayHello(a, undefined).send);
    expect(thrownBy(() => prove(hello.state, lax.send))).toMatchObject({ code: 'wrong-cookie' });
    const open_ = sayHello({ ...a, cookie: undefined }, 'b');
    const answer = encodeGreeting({ ...decodeGreeting(open_.state.greeting), node: 'c', incarnation: 'c'.repeat(32) });
    const send = encodeFrame({ type: 'welcome', greeting: answer, mac: new Uint8Array(0) });
    expect(thrownBy(() => prove(open_.state, send))).toMatchObject({ code: 'wrong-node' });
  });

  it('cannot be reflected: what a node says does not convince itself', () => {
    const hello = sayHello(a, 'b');
    const echo = encodeFrame({ type: 'welcome', greeting: greetingIn(hello.send), mac: new Uint8Array(32) });
    expect(thrownBy(() => prove(hello.state, echo))).toMatchObject({ code: 'self' });
    // The mac that a makes as a listener is no proof of a dialler to a, and the reverse.
    const asListener = welcome(a, sayHello(b, 'a').send);
    const reflected = decodeFrame(asListener.send);
    const proof = encodeFrame({ type: 'proof', mac: (reflected as { mac: Uint8Array }).mac });
    expect(thrownBy(() => checkProof(asListener.state, proof))).toMatchObject({ code: 'wrong-cookie' });
  });

  it('cannot be replayed: each has its own nonces', () => {
    const hello = sayHello(a, 'b');
    const first = welcome(b, hello.send);
    const { send: proof } = prove(hello.state, first.send);
    const second = welcome(b, hello.send);
    expect(thrownBy(() => checkProof(second.state, proof))).toMatchObject({ code: 'wrong-cookie' });
    const again = sayHello(a, 'b');
    expect(thrownBy(() => prove(again.state, first.send))).toMatchObject({ code: 'wrong-cookie' });
  });

  it.each(['hello', 'welcome'])('covers every byte of the greetings: an altered %s is refused', (which) => {
    const hello = sayHello(a, 'b');
    const alter = (bytes: Uint8Array): Uint8Array => {
      const greeting = decodeGreeting(greetingIn(bytes));
      const frame = decodeFrame(bytes);
      return encodeFrame({ ...frame, greeting: encodeGreeting({ ...greeting, payloadLimit: 5 }) } as typeof frame);
    };
    const welcomed = welcome(b, which === 'hello' ? alter(hello.send) : hello.send);
    const answer = which === 'welcome' ? alter(welcomed.send) : welcomed.send;
    expect(thrownBy(() => prove(hello.state, answer))).toMatchObject({ code: 'wrong-cookie' });
  });
});

describe('two nodes that do not belong together', () => {
  it.each([
    ['different cookies', 'wrong-cookie', { cookie: 'one' }, { cookie: 'two' }],
    ['a cookie on the listener only', 'wrong-cookie', { cookie: 'one' }, {}],
    ['a cookie on the dialler only', 'wrong-cookie', {}, { cookie: 'one' }],
    ['different clusters', 'wrong-cluster', { cluster: 'red' }, { cluster: 'blue' }],
  ])('refuse each other, and both say why: %s', async (_what, code, ofListener, ofDialler) => {
    const listener = await open('a', ofListener);
    const dialler = await open('b', { peers: { a: `127.0.0.1:${listener.node.address?.port}` }, ...ofDialler });
    expect(await eventOf(dialler, 'refused')).toMatchObject({ node: 'a', code, fatal: false });
    expect(await eventOf(listener, 'refused')).toMatchObject({ node: 'b', code, fatal: false });
    await until(() => dialler.node.peers()[0]?.state === 'refused');
    expect(dialler.node.peers()[0]?.lastError).toMatch(/a /);
    expect([...dialler.events, ...listener.events].filter(({ type }) => type === 'nodeup')).toEqual([]);
  });

  it('are told apart by name: not the node that was expected', async () => {
    const listener = await open('a');
    const dialler = await open('b', { peers: { other: `127.0.0.1:${listener.node.address?.port}` } });
    expect(await eventOf(dialler, 'refused')).toMatchObject({ node: 'other', code: 'wrong-node' });
  });

  it('are not two: a node that dials itself', async () => {
    const a1 = await open('a');
    const port = a1.node.address?.port;
    await expect(a1.node.connect(`127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'self' });
  });

  it('are let together once their cookies agree', async () => {
    const listener = await open('a', { cookie });
    await linked(listener, await openTowards('b', [listener], { cookie }));
  });
});
