import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { call, type Exit, link, monitor, startActor, stopActor, trapExit } from '@parliament/otp';
import type { Reference } from '../src/index.js';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { Envelope, Item, Signal } from '../src/wire/frame.js';
import { Definitions } from '../src/wire/numbering.js';
import { dispatch, query, spawn, spawnEcho, spawnInbox } from './actors.js';
import { identity, linkRaw } from './raw.js';
import { addressOf, eventOf, linked, open, openPair, openTowards, stateOf, type TestNode, until } from './support.js';

const HOUR_MS = 3_600_000;
const ONE = new Uint8Array([1]);
/** CBOR of 'kill'. */
const KILL = new Uint8Array([0x64, ...new TextEncoder().encode('kill')]);

afterEach(() => {
  jest.restoreAllMocks();
});

/** A peer by hand: it says what it is told to, and keeps what it hears. */
async function handmade({ node }: TestNode, incarnation: string) {
  const { socket, received, agreement, closed } = await linkRaw(node, identity('hand', { incarnation }));
  const writer = new BatchWriter();
  const definitions = new Definitions();
  const heard: Item[] = [];
  let read = 2;
  const say = (what: Signal | Omit<Envelope, 'type'>): void => {
    if ('type' in what) writer.signal(what);
    else writer.envelope(what);
    socket.send(agreement.sealer.seal(writer.finish(false, false)));
  };
  const hears = (): readonly Item[] => {
    for (; read < received.length; read += 1) {
      heard.push(...decodeBatch(agreement.opener.open(received[read] as Buffer), definitions).items);
    }
    return heard;
  };
  const leave = async (): Promise<void> => {
    socket.terminate();
    await closed();
  };
  return { say, hears, leave };
}

const placeIn = (node: string, name: string) => ({
  kind: 'actor' as const,
  node,
  incarnation: '',
  path: [name],
  key: new Uint8Array(0),
});
const lives = (life: number): string => String(life).repeat(32);
const downs = ({ events }: TestNode): number => events.filter(({ type }) => type === 'nodedown').length;

/** An actor that keeps the senders of what it is sent, and answers none. */
function spawnDebtor({ system }: TestNode): Reference[] {
  const owed: Reference[] = [];
  spawn(system, 'debtor', (_message, { sender }) => owed.push(sender));
  return owed;
}

describe('a later life of a peer', () => {
  it('is not sent the reply to a call of the earlier one, though it waits under the same number', async () => {
    const a = await open('a');
    const owed = spawnDebtor(a);
    const ask = { to: placeIn('a', 'debtor'), sender: { kind: 'waiting', id: 7 }, codec: '', payload: ONE } as const;
    const first = await handmade(a, lives(1));
    first.say(ask);
    await until(() => owed.length === 1);
    await first.leave();
    await until(() => downs(a) === 1);
    const second = await handmade(a, lives(2));
    second.say(ask);
    await until(() => owed.length === 2);
    dispatch(owed[0] as Reference, 'late');
    dispatch(owed[1] as Reference, 'in time');
    await until(() => second.hears().length > 0);
    expect(second.hears()).toMatchObject([{ type: 'envelope', to: { kind: 'waiting', id: 7 } }]);
    expect(Buffer.from((second.hears()[0] as Envelope).payload).toString()).toContain('in time');
  });

  it('is not told of the end of what the earlier one called, watched or linked', async () => {
    const a = await open('a');
    const start = (name: string): Promise<Reference | undefined> =>
      startActor(a.system, name, { init: () => 0, receive: (state: number) => state });
    const called = (await start('called')) as Reference;
    const other = (await start('other')) as Reference;
    const first = await handmade(a, lives(1));
    const hand = placeIn('hand', 'actor');
    first.say({ to: placeIn('a', 'called'), sender: { kind: 'waiting', id: 7 }, codec: '', payload: ONE });
    first.say({ type: 'monitor', number: 1, object: placeIn('a', 'called') });
    first.say({ type: 'link', self: hand, other: placeIn('a', 'called') });
    // It has all of that when it has answered this.
    first.say({ type: 'monitor', number: 2, object: placeIn('a', 'nobody') });
    await until(() => first.hears().length > 0);
    await first.leave();
    await until(() => downs(a) === 1);
    const second = await handmade(a, lives(2));
    // The numbers of an earlier life are free.
    second.say({ type: 'monitor', number: 1, object: placeIn('a', 'other') });
    second.say({ type: 'monitor', number: 2, object: placeIn('a', 'nobody') });
    await until(() => second.hears().length > 0);
    await stopActor(called).catch(() => {});
    await stopActor(other);
    await until(() => second.hears().length > 1);
    expect(second.hears()).toMatchObject([
      { type: 'down', number: 2 },
      { type: 'down', number: 1 },
    ]);
    expect(a.node.peers()[0]).toMatchObject({ badFrames: 0, state: 'connected' });
  });

  it('monitors, calls and links anew', async () => {
    const a = await open('a');
    const stopped = (name: string): Promise<Reference | undefined> =>
      startActor(a.system, name, {
        init: () => 0,
        receive(state: number, message, context) {
          if (message === 'end') context.exit('normal');
          return state;
        },
      });
    for (let life = 1; life <= 3; life += 1) {
      await stopped('mortal');
      const b = await openTowards('b', [a]);
      const watcher = spawnInbox(b.system, 'watcher');
      const there = b.node.ref('a', 'mortal');
      trapExit(watcher.reference as never, true);
      monitor(watcher.reference as never, there as never);
      link(watcher.reference as never, there as never);
      const asked = call(there as never, 'end', { timeoutMs: HOUR_MS });
      await expect(asked).rejects.toMatchObject({ code: 'exit', reason: 'normal' });
      await until(() => watcher.messages.length === 2);
      expect(watcher.messages.map((message) => (message as Exit).reason)).toEqual(['normal', 'normal']);
      await b.node.close();
      await until(() => stateOf(a.node, 'b') !== 'connected');
    }
    expect(a.node.peers()[0]).toMatchObject({ badFrames: 0 });
  });
});

describe('over a link comes', () => {
  it('an end, and not an order: `kill` is told as killed to one that traps exits', async () => {
    const a = await open('a');
    const trapping = spawnInbox<Exit>(a.system, 'trapping');
    trapExit(trapping.reference as never, true);
    const peer = await handmade(a, lives(1));
    const hand = placeIn('hand', 'actor');
    peer.say({ type: 'link', self: hand, other: placeIn('a', 'trapping') });
    peer.say({ type: 'exit', to: placeIn('a', 'trapping'), from: hand, reason: KILL, overLink: true });
    await until(() => trapping.messages.length > 0);
    expect(trapping.messages).toMatchObject([{ type: 'EXIT', reason: 'killed' }]);
  });

  it('nothing once it is unlinked, or from one who was never linked', async () => {
    const a = await open('a');
    const trapping = spawnInbox<Exit>(a.system, 'trapping');
    trapExit(trapping.reference as never, true);
    const peer = await handmade(a, lives(1));
    const [hand, stranger, to] = [placeIn('hand', 'actor'), placeIn('hand', 'stranger'), placeIn('a', 'trapping')];
    peer.say({ type: 'exit', to, from: stranger, reason: KILL, overLink: true });
    peer.say({ type: 'link', self: hand, other: to });
    peer.say({ type: 'unlink', self: hand, other: to });
    peer.say({ type: 'exit', to, from: hand, reason: KILL, overLink: true });
    // Over none, to one that traps exits as any other: it comes last.
    peer.say({ to, sender: undefined, codec: '', payload: ONE });
    await until(() => trapping.messages.length > 0);
    expect(trapping.messages).toEqual([1]);
  });
});

describe('the number of calls that may wait', () => {
  it('counts those that still wait: not what was answered, was refused, or is over', async () => {
    const a = await open('a');
    const b = await openTowards('b', [a], { limits: { calls: 2 } });
    spawnEcho(a.system);
    spawn(a.system, 'silent', () => {});
    const [echo, silent, nobody] = ['echo', 'silent', 'nobody'].map((name) => b.node.ref('a', name)) as Reference[];
    for (let round = 0; round < 5; round += 1) {
      expect(await query(echo as Reference, round, HOUR_MS)).toBe(round);
      await expect(query(nobody as Reference, round, HOUR_MS)).rejects.toMatchObject({ code: 'noproc' });
      await expect(query(silent as Reference, round, 1)).rejects.toThrow(/Query Timeout/);
      await expect(call(silent as never, round, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
      await expect(call(nobody as never, round, { timeoutMs: HOUR_MS })).rejects.toMatchObject({ code: 'noproc' });
      await expect(query(echo as Reference, () => 0, HOUR_MS).catch(String)).resolves.toBeDefined();
    }
    const all = [query(echo as Reference, 1, HOUR_MS), query(echo as Reference, 2, HOUR_MS)];
    expect(await Promise.all(all)).toEqual([1, 2]);
  });
});

describe('many who wait and watch at once', () => {
  it('are each told what is meant for them', async () => {
    const [a, b] = await openPair();
    const starts = Array.from({ length: 20 }, (_, index) =>
      startActor(a.system, `mortal-${index}`, {
        init: () => 0,
        receive(state: number, message: number, context) {
          context.exit({ shutdown: message });
          return state;
        },
      }),
    );
    await Promise.all(starts);
    spawn(a.system, 'slow', (message: number, { sender, self }) => {
      // Later ones are answered first.
      setTimeout(() => dispatch(sender, message, self), 20 - message);
    });
    const watchers = starts.map((_, index) => {
      const watcher = spawnInbox<{ reason: unknown }>(b.system, `watcher-${index}`);
      monitor(watcher.reference as never, b.node.ref('a', `mortal-${index}`) as never);
      return watcher;
    });
    const answers = starts.map((_, index) => query(b.node.ref('a', 'slow'), index, HOUR_MS));
    for (const index of starts.keys()) dispatch(b.node.ref('a', `mortal-${index}`), index);
    expect(await Promise.all(answers)).toEqual([...starts.keys()]);
    await until(() => watchers.every(({ messages }) => messages.length > 0));
    expect(watchers.map(({ messages }) => messages.map(({ reason }) => reason))).toEqual(
      [...starts.keys()].map((index) => [{ shutdown: index }]),
    );
  });
});

describe('the pause before a dial', () => {
  it('doubles up to the longest, and begins anew after a link that has lasted', async () => {
    // No jitter: every pause is half of the whole.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const [shortest, longest] = [14, 112];
    const pauses: number[] = [];
    const { setTimeout: start } = globalThis;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, milliseconds: number, ...rest: []) => {
      if ([7, 14, 28, 56].includes(milliseconds)) pauses.push(milliseconds);
      return start(work, milliseconds, ...rest);
    }) as never);
    let a = await open('a');
    const listen = addressOf(a.node);
    await a.node.close();
    const b = await open('b', { peers: { a: listen }, reconnectMinMs: shortest, reconnectMaxMs: longest });
    await until(() => pauses.length >= 6);
    expect(pauses.slice(0, 6)).toEqual([7, 14, 28, 56, 56, 56]);
    // That nobody is there is no refusal.
    expect(b.events).toEqual([]);
    expect(stateOf(b.node, 'a')).toMatch(/waiting|connecting/);
    a = await open('a', { listen });
    await linked(a, b);
    const upSince = Date.now();
    await until(() => Date.now() - upSince > longest);
    pauses.length = 0;
    await a.node.close();
    await until(() => pauses.length >= 2);
    expect(pauses.slice(0, 2)).toEqual([7, 14]);
    // One that comes and goes is dialled ever more slowly. However busy the machine is, this link lasts no time.
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now);
    a = await open('a', { listen });
    await linked(a, b);
    const before = pauses.length;
    await a.node.close();
    await eventOf(b, 'nodedown', ({ reason }) => reason === 'peer-closed');
    await until(() => pauses.length > before);
    expect(pauses[before]).toBeGreaterThan(14);
  });
});
