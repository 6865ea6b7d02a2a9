import { describe, expect, it } from '@jest/globals';
import {
  checkAccepted,
  checkProof,
  type Identity,
  prove,
  refusalToSend,
  sayHello,
  welcome,
} from '../src/handshake/handshake.js';
import { decodeFrame, decodeGreeting, encodeFrame, encodeGreeting } from '../src/wire/frame-codec.js';
import { identity } from './raw.js';
import { eventOf, linked, open, openTowards, until } from './support.js';

const secret = 'the secret of this cluster';
const a = identity('a', { secrets: [secret] });
const b = identity('b', { secrets: [secret] });

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
    ['wrong-secret', { secrets: [] }, 'b'],
    ['wrong-secret', { secrets: ['another'] }, 'b'],
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
    const newer = { ...a, versions: { oldest: 2, newest: 3 } };
    expect(thrownBy(() => welcome(b, sayHello(newer, 'b').send))).toMatchObject({ code: 'version' });
    const older = { ...b, versions: { oldest: 2, newest: 2 } };
    expect(thrownBy(() => welcome(older, sayHello(a, 'b').send))).toMatchObject({ code: 'version' });
  });

  it('agrees on the newest version that both speak', () => {
    const hello = sayHello({ ...a, versions: { oldest: 1, newest: 5 } }, 'b');
    const welcomed = welcome({ ...b, versions: { oldest: 2, newest: 3 } }, hello.send);
    const proved = prove(hello.state, welcomed.send);
    expect([proved.agreement.version, checkProof(welcomed.state, proved.send).version]).toEqual([3, 3]);
  });

  it.each<[string, string[], string[]]>([
    ['the dialler has both', ['new', 'old'], ['old']],
    ['the listener has both', ['new'], ['new', 'old']],
    ['each has another order', ['new', 'old'], ['old', 'new']],
  ])('goes on while one secret replaces another: %s', (_what, ofDialler, ofListener) => {
    const hello = sayHello({ ...a, secrets: ofDialler }, 'b');
    const welcomed = welcome({ ...b, secrets: ofListener }, hello.send);
    const { agreement, send } = prove(hello.state, welcomed.send);
    const checked = checkProof(welcomed.state, send);
    checkAccepted(a, agreement, checked.sealer.seal(encodeFrame({ type: 'accepted' })));
  });

  it('tells no secret: the mark of one is another in each hello', () => {
    const marks = [1, 2].map(() => decodeGreeting(greetingIn(sayHello(a, 'b').send)).secrets);
    expect(marks[0]).not.toEqual(marks[1]);
  });

  it('over TLS is bound to the connection, which then needs no seals of its own', () => {
    const [one, other] = [1, 2].map((byte) => ({ binding: new Uint8Array(32).fill(byte), certifies: undefined }));
    const hello = sayHello(a, 'b', one);
    const welcomed = welcome(b, hello.send, one);
    const { agreement, send } = prove(hello.state, welcomed.send);
    expect(checkProof(welcomed.state, send).sealer.seal(Uint8Array.of(1))).toHaveLength(1);
    expect(agreement.sealer.seal(Uint8Array.of(1))).toHaveLength(1);
    // Somebody in between has two connections.
    const relayed = welcome(b, hello.send, other);
    expect(thrownBy(() => prove(hello.state, relayed.send))).toMatchObject({ code: 'wrong-secret' });
    // A browser cannot tell of its connection, and says so: seals it is.
    const browser = sayHello(a, 'b');
    const served = welcome(b, browser.send, one);
    expect(prove(browser.state, served.send).agreement.sealer.seal(Uint8Array.of(1))).toHaveLength(17);
  });

  it('refuses who shows a certificate for another name', () => {
    const security = { binding: undefined, certifies: (name: string) => name === 'b' };
    const hello = sayHello(a, 'b', security);
    expect(thrownBy(() => welcome(b, hello.send, security))).toMatchObject({ code: 'wrong-certificate' });
    const welcomed = welcome(b, hello.send);
    prove(hello.state, welcomed.send);
    const strict = { ...hello.state, security: { binding: undefined, certifies: () => false } };
    expect(thrownBy(() => prove(strict, welcomed.send))).toMatchObject({ code: 'wrong-certificate' });
  });

  it('is refused by the dialler when the listener has another secret, before the dialler has proved anything', () => {
    const hello = sayHello(a, 'b');
    // A listener that does not look at what the dialler has.
    const marked = sayHello({ ...a, secrets: ['another'] }, 'b');
    const { send } = welcome({ ...b, secrets: ['another'] }, marked.send);
    expect(refusalToSend(thrownBy(() => prove(hello.state, send)))).toBe('wrong-secret');
  });

  it('is refused by the listener when the dialler has another secret', () => {
    const hello = sayHello(a, 'b');
    const welcomed = welcome(b, hello.send);
    const forged = encodeFrame({ type: 'proof', mac: new Uint8Array(32) });
    expect(thrownBy(() => checkProof(welcomed.state, forged))).toMatchObject({ code: 'wrong-secret' });
    const empty = encodeFrame({ type: 'proof', mac: new Uint8Array(0) });
    expect(thrownBy(() => checkProof(welcomed.state, empty))).toMatchObject({ code: 'wrong-secret' });
  });

  it('is refused by the dialler when another node answers', () => {
    const hello = sayHello(a, 'b');
    // A listener that does not look at whom the dialler expected.
    const lax = welcome(identity('c', { secrets: [secret] }), sayHello(a, undefined).send);
    expect(thrownBy(() => prove(hello.state, lax.send))).toMatchObject({ code: 'wrong-secret' });
    const open_ = sayHello({ ...a, secrets: [] }, 'b');
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
    expect(thrownBy(() => checkProof(asListener.state, proof))).toMatchObject({ code: 'wrong-secret' });
  });

  it('cannot be replayed: each has its own nonces', () => {
    const hello = sayHello(a, 'b');
    const first = welcome(b, hello.send);
    const { send: proof } = prove(hello.state, first.send);
    const second = welcome(b, hello.send);
    expect(thrownBy(() => checkProof(second.state, proof))).toMatchObject({ code: 'wrong-secret' });
    const again = sayHello(a, 'b');
    expect(thrownBy(() => prove(again.state, first.send))).toMatchObject({ code: 'wrong-secret' });
  });

  it.each(['hello', 'welcome'])('covers every byte of the greetings: an altered %s is refused', (which) => {
    const hello = sayHello(a, 'b');
    const alter = (bytes: Uint8Array): Uint8Array => {
      const greeting = decodeGreeting(greetingIn(bytes));
      const frame = decodeFrame(bytes);
      return encodeFrame({ ...frame, greeting: encodeGreeting({ ...greeting, payloadLimit: 5000 }) } as typeof frame);
    };
    const welcomed = welcome(b, which === 'hello' ? alter(hello.send) : hello.send);
    const answer = which === 'welcome' ? alter(welcomed.send) : welcomed.send;
    expect(thrownBy(() => prove(hello.state, answer))).toMatchObject({ code: 'wrong-secret' });
  });
});

describe('two nodes that do not belong together', () => {
  it.each([
    [
      'different secrets',
      'wrong-secret',
      { secret: 'one secret of this test' },
      { secret: 'two secrets of this test' },
    ],
    ['a secret on the listener only', 'wrong-secret', { secret: 'one secret of this test' }, {}],
    ['a secret on the dialler only', 'wrong-secret', {}, { secret: 'one secret of this test' }],
    ['different clusters', 'wrong-cluster', { cluster: 'red' }, { cluster: 'blue' }],
  ])('refuse each other, and both say why: %s', async (_what, code, ofListener, ofDialler) => {
    const listener = await open('a', ofListener);
    const dialler = await open('b', { peers: { a: `127.0.0.1:${listener.node.address?.port}` }, ...ofDialler });
    expect(await eventOf(dialler, 'refused')).toMatchObject({ node: 'a', code, ownNameTaken: false });
    expect(await eventOf(listener, 'refused')).toMatchObject({ node: 'b', code, ownNameTaken: false });
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

  it('are let together once their secrets agree', async () => {
    const listener = await open('a', { secret });
    await linked(listener, await openTowards('b', [listener], { secret }));
  });
});
