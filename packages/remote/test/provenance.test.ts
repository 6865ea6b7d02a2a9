/** Who has sent a message, as far as a receiver can know. */

import { describe, expect, it } from '@jest/globals';
import { register } from '@parliament/otp';
import { cameFrom, peerOf, type Reference, type Speaker, speakerOf } from '../src/index.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { Envelope } from '../src/wire/frame.js';
import { dispatch, query, spawn, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { open, openPair, openTowards, type TestNode, until } from './support.js';

const NO_KEY = new Uint8Array(0);

interface Heard {
  readonly message: unknown;
  readonly sender: Reference;
}

/** An actor that notes what it hears, and from whom. */
function listenAt({ system }: TestNode): { heard: Heard[]; last: (count: number) => Promise<Heard> } {
  const heard: Heard[] = [];
  spawn(system, 'listener', (message, { sender }) => void heard.push({ message, sender }));
  return {
    heard,
    async last(count) {
      await until(() => heard.length >= count);
      return heard[count - 1] as Heard;
    },
  };
}

const provenOf = ({ sender }: Heard): Speaker | undefined =>
  sender.system === undefined ? undefined : speakerOf(sender);

describe('a speaker', () => {
  it('is proved to who hears it, on another node and on its own', async () => {
    const [a, b] = await openPair();
    const [there, here] = [listenAt(b), listenAt(a)];
    const actor = spawnInbox(a.system, 'registers');
    const speak = a.node.speakFor(actor.reference);
    expect(speak(a.node.ref('b', 'listener'), { any: 'thing' })).toBe(true);
    expect(speak(a.node.ref('a', 'listener'), 2)).toBe(true);
    const speaker = { node: 'a', incarnation: a.node.incarnation, path: ['registers'] };
    const heard = await there.last(1);
    expect([heard.message, provenOf(heard), peerOf(heard.sender)]).toEqual([{ any: 'thing' }, speaker, 'a']);
    expect(provenOf(await here.last(1))).toEqual(speaker);
    // It can be answered, as any sender.
    dispatch(heard.sender, 'answer');
    await until(() => actor.messages.length === 1);
    expect(() => a.node.speakFor(b.system)).toThrow(/speakFor takes a reference/);
    expect(speak(a.node.ref('nowhere', 'listener'), 1)).toBe(false);
  });

  it('is not who is only named as the sender, be it by its own node, or by a copy', async () => {
    const [a, b] = await openPair();
    const there = listenAt(b);
    const actor = spawnInbox(a.system, 'registers').reference;
    const speak = a.node.speakFor(actor);
    dispatch(a.node.ref('b', 'listener'), 'plain', actor);
    speak(a.node.ref('b', 'listener'), 'spoken');
    dispatch(a.node.ref('b', 'listener'), 'plain again', actor);
    const [one, two, three] = [await there.last(1), await there.last(2), await there.last(3)];
    expect([one, two, three].map((each) => provenOf(each)?.path)).toEqual([undefined, ['registers'], undefined]);
    expect(speakerOf({ ...two.sender } as Reference)).toBeUndefined();
    expect(speakerOf(undefined)).toBeUndefined();
  });

  it('is not whose message is reflected, or handed on with its sender', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a]);
    const c = await openTowards('c', [a, b]);
    const there = listenAt(b);
    const onA = listenAt(a);
    // Actors such as any program may have: one reflects, one passes on what it is given, with the sender that it came with.
    spawn(a.system, 'registers', () => {});
    spawn(a.system, 'echo', (message, { sender, self }) => dispatch(sender, message, self));
    spawn(a.system, 'proxy', ({ from }: { from: Reference }) => dispatch(a.node.ref('b', 'listener'), 'passed', from));
    spawn(a.system, 'relay', (message, { sender }) => dispatch(a.node.ref('b', 'listener'), message, sender));
    dispatch(c.node.ref('a', 'echo'), 'reflected', c.node.ref('b', 'listener'));
    expect(provenOf(await there.last(1))).toBeUndefined();
    dispatch(c.node.ref('a', 'proxy'), { from: c.node.ref('a', 'registers') });
    const passed = await there.last(2);
    expect([(passed.sender as { name?: string }).name, peerOf(passed.sender)]).toEqual(['registers', 'a']);
    expect(provenOf(passed)).toBeUndefined();
    const speak = c.node.speakFor(spawn(c.system, 'speaker', () => {}));
    speak(c.node.ref('a', 'relay'), 'spoken to a');
    const relayed = await there.last(3);
    expect([provenOf(relayed), peerOf(relayed.sender), cameFrom(relayed.sender)]).toEqual([undefined, undefined, 'a']);
    expect(onA.heard).toEqual([]);
  });

  it('is of the node that vouches for it, whatever a stranger claims', async () => {
    const a = await open('a', { expose: () => false });
    const there = listenAt(a);
    register('listener', a.node.ref('a', 'listener') as never);
    spawn(a.system, 'boss', () => {});
    register('boss', a.node.ref('a', 'boss') as never);
    const who = identity('mallory');
    const mallory = await linkRaw(a.node, who);
    const to = { kind: 'actor', node: 'a', incarnation: '', path: ['listener'], key: NO_KEY } as const;
    const senders: Envelope['sender'][] = [
      { kind: 'actor', node: 'mallory', incarnation: who.incarnation, path: ['boss'], key: NO_KEY },
      { kind: 'actor', node: 'mallory', incarnation: 'f'.repeat(32), path: ['boss'], key: NO_KEY },
      { kind: 'actor', node: 'b', incarnation: 'f'.repeat(32), path: ['boss'], key: NO_KEY },
      { kind: 'actor', node: 'a', incarnation: a.node.incarnation, path: ['boss'], key: NO_KEY },
      { kind: 'actor', node: 'a', incarnation: '', path: ['hidden'], key: NO_KEY },
      { kind: 'waiting', id: 7 },
      undefined,
    ];
    const writer = new BatchWriter();
    for (const sender of senders) {
      writer.envelope({ to, sender, codec: '', payload: Uint8Array.of(1), spoken: true });
    }
    mallory.socket.send(writer.finish(false, false));
    await there.last(senders.length);
    expect(there.heard.map((each) => provenOf(each)?.node)).toEqual(['mallory', ...new Array(6).fill(undefined)]);
  });
});

describe('the own actor that a stranger names as the sender', () => {
  it('does not look like one that has sent something here, and can be answered all the same', async () => {
    const a = await open('a');
    const there = listenAt(a);
    const boss = spawnInbox(a.system, 'boss');
    const mallory = await linkRaw(a.node, identity('mallory'));
    const writer = new BatchWriter();
    const to = { kind: 'actor', node: 'a', incarnation: '', path: ['listener'], key: NO_KEY } as const;
    writer.envelope({ to, sender: { ...to, path: ['boss'] }, codec: '', payload: Uint8Array.of(1) });
    mallory.socket.send(writer.finish(false, false));
    const { sender } = await there.last(1);
    expect(sender.system.name).not.toBe(a.system.system.name);
    expect([peerOf(sender), cameFrom(sender)]).toEqual([undefined, 'mallory']);
    expect(cameFrom(boss.reference)).toBeUndefined();
    dispatch(sender, 'answer');
    await until(() => boss.messages.length === 1);
    // Sent on, it leads to the same actor.
    const b = await openTowards('b', [a]);
    spawn(b.system, 'sender', ({ to: whom }: { to: Reference }) => dispatch(whom, 'from b'));
    dispatch(a.node.ref('b', 'sender'), { to: sender });
    await until(() => boss.messages.length === 2);
  });

  it('gets the answer when it was the sender indeed, and the message was handed on', async () => {
    const [a, b] = await openPair();
    spawn(b.system, 'relay', (message, { sender }) => dispatch(b.node.ref('a', 'answerer'), message, sender));
    spawn(a.system, 'answerer', (message, { sender, self }) => dispatch(sender, [message], self));
    const inbox = spawnInbox(a.system, 'asker');
    dispatch(a.node.ref('b', 'relay'), 'question', inbox.reference);
    await until(() => inbox.messages.length === 1);
    expect(inbox.messages).toEqual([['question']]);
    expect(await query(a.node.ref('b', 'relay'), 'question', 3_600_000)).toEqual(['question']);
  });
});
