/** What comes to a parliament actor from other nodes, over real links: whose packets and refusals count, and what is answered. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Reference, startActor, startSystem, stop } from '@parliament/otp';
import { type Node, openNode } from '@parliament/remote';
import { type Message, nextBallot } from '@parliament/synod';
import { FoundingNews, Heard, Introduced, LeaderNews, Received, Relapsed, Tick } from '../src/actors/mail.js';
import { ParliamentActor } from '../src/actors/parliament-actor.js';
import type { ParliamentEvent } from '../src/events.js';
import { checkOptions } from '../src/options.js';
import { CHILDREN, type ChildName } from '../src/roles.js';
import { Packet, type PacketIntroduction, type PacketStart } from '../src/wire/packet.js';
import { PACKET_CODECS } from '../src/wire/packet-codec.js';
import { openRegistersFace } from '../src/registers/registers-face.js';
import { until } from './support/chamber.js';

const MEMBERS = { 0: 'a', 1: 'b', 2: 'c' };
const OWN = '00'.repeat(16);
const DIRECTORY = '11'.repeat(16);
const OTHER = '22'.repeat(16);
const LIFE = 4711;
const MESSAGE: Message = { type: 'prepare', ballot: nextBallot(1, 0), fromSlot: 1, token: 0, bytes: 0 };
/** One that any member may send. */
const CANVASS: Message = { type: 'canvass', attempt: 1, decidedUpTo: 0 };
/** Of packets that are told from all others. */
const MARK = 'ee'.repeat(16);

/** Another node, and its actor at the place of a parliament, which says what it is told to. */
interface Peer {
  readonly heard: unknown[];
  say(message: unknown): void;
  /** From another actor of that node. */
  sayFromElsewhere(message: unknown): void;
}

let ends: (() => unknown)[];
let clock: number;
let node: Node;
let address: string;
let heard: Record<ChildName, unknown[]>;
let events: ParliamentEvent[];
let actor: ParliamentActor;

async function start(
  system: Reference,
  name: string,
  receive: (message: unknown, sender: Reference | undefined) => void,
) {
  const started = await startActor(system, name, {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      receive(message, context.sender);
      return state;
    },
  });
  if (started === undefined) throw new Error(`${name} did not start`);
  return started;
}

async function open(name: string) {
  const system = startSystem();
  const opened = await openNode(system, { name, ...(name === 'a' ? { listen: '127.0.0.1:0' } : {}) });
  for (const codec of PACKET_CODECS) opened.addCodec(codec);
  ends.push(
    () => opened.close(),
    () => stop(system),
  );
  return { system, opened };
}

async function peer(name: string): Promise<Peer> {
  const { system, opened } = await open(name);
  const received: unknown[] = [];
  const self = await start(system, 'parliament', (message) => received.push(message));
  const elsewhere = await start(system, 'elsewhere', () => {});
  opened.expose(self, 'messages');
  await opened.connect(address);
  const parliament = opened.ref('a', ['parliament']);
  const [speak, speakElsewhere] = [opened.speakFor(self), opened.speakFor(elsewhere)];
  return {
    heard: received,
    say: (message) => void speak(parliament, message),
    sayFromElsewhere: (message) => void speakElsewhere(parliament, message),
  };
}

beforeEach(async () => {
  clock = 10_000;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  ends = [];
  events = [];
  heard = { storage: [], acceptor: [], learner: [], proposer: [], watchers: [] };
  const { system, opened } = await open('a');
  node = opened;
  address = `127.0.0.1:${node.address?.port}`;
  const roles = new Map<ChildName, Reference>();
  for (const name of CHILDREN) roles.set(name, await start(system, name, (message) => heard[name].push(message)));
  const self = await start(system, 'parliament', (message, sender) => actor.receive(message, sender));
  node.expose(self, 'messages');
  actor = new ParliamentActor({
    settings: checkOptions({ member: 0, members: MEMBERS, directory: 'd', onEvent: (event) => events.push(event) }),
    self,
    path: ['parliament'],
    node,
    life: LIFE,
    isRepeatable: () => true,
    machine: undefined,
    openFace: (service) => openRegistersFace(service, 1024),
    child: (name) => roles.get(name) ?? self,
    report: () => Promise.reject(new Error('nobody asks')),
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  for (const end of ends) await end();
});

function found(founded: boolean, position = (): number => 77): void {
  const introduced = new Map([[1, DIRECTORY]]);
  const state = { directory: OWN, founded, introduced, positions: new Map() };
  actor.receive(new FoundingNews(state, founded ? [] : [1, 2], position), undefined);
  events.length = 0;
}

interface Given {
  readonly directory?: string;
  readonly position?: number;
  readonly introduction?: PacketIntroduction;
  readonly start?: PacketStart;
}

function packet({ directory = DIRECTORY, position = 10, introduction, start: started }: Given = {}): Packet {
  return new Packet(1, directory, position, [MESSAGE], introduction, started);
}

const introduction: PacketIntroduction = { yours: OWN, founded: true, members: MEMBERS };
const isMark = (each: unknown): boolean =>
  (each instanceof Introduced || each instanceof Packet) && each.directory === MARK;

/** What the roles have heard since, once all that `from` has said was taken. */
async function heardBy(...names: ChildName[]): Promise<unknown[]> {
  await until(() => heard.storage.some(isMark));
  for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
  const all = names.flatMap((name) => heard[name].filter((each) => !isMark(each)));
  for (const name of CHILDREN) heard[name].length = 0;
  return all;
}

/** Says it, and last of all that by which one sees that the rest was taken. */
function say(by: Peer, ...messages: unknown[]): void {
  for (const message of messages) by.say(message);
  by.say(new Packet(1, MARK, 0, [], introduction));
}

/** What a member was told since. */
async function toldTo(member: number, by: Peer): Promise<unknown[]> {
  actor.introduce(member, MARK, 0, { yours: undefined, founded: false });
  await until(() => by.heard.some(isMark));
  return by.heard.splice(0).filter((each) => !isMark(each));
}

describe('a packet', () => {
  it('of a member whose directory is known is handed to the roles, and its introduction to storage', async () => {
    found(true);
    const b = await peer('b');
    say(b, packet(), packet({ introduction }));
    expect(await heardBy('storage', 'acceptor', 'learner')).toEqual([
      new Introduced(1, DIRECTORY, introduction),
      new Received(1, [MESSAGE]),
      new Received(1, [MESSAGE]),
    ]);
    expect(await toldTo(1, b)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('of another actor than the parliament of its node is nothing at all', async () => {
    found(true);
    const b = await peer('b');
    b.sayFromElsewhere(packet());
    b.sayFromElsewhere({ type: 'refusal', message: 'go away', directory: DIRECTORY });
    say(b);
    actor.receive(packet(), undefined);
    expect(await heardBy(...CHILDREN)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('of a directory that is not known is answered with an introduction, and goes to no role', async () => {
    found(true);
    const b = await peer('b');
    say(b, packet({ directory: OTHER }));
    expect(await heardBy(...CHILDREN)).toEqual([]);
    const start = { life: LIFE, position: 77 };
    const answer = { yours: DIRECTORY, founded: true, members: MEMBERS };
    expect(await toldTo(1, b)).toEqual([new Packet(0, OWN, 77, [], answer, start)]);
    // One that introduces itself waits for storage to answer.
    say(b, packet({ directory: OTHER, introduction }));
    expect(await heardBy(...CHILDREN)).toEqual([new Introduced(1, OTHER, introduction)]);
    expect(await toldTo(1, b)).toEqual([]);
  });

  it('before the founding is handed to storage, if it is an introduction, and otherwise let be', async () => {
    const b = await peer('b');
    say(b, packet(), packet({ introduction }));
    expect(await heardBy(...CHILDREN)).toEqual([new Introduced(1, DIRECTORY, introduction)]);
    found(false);
    say(b, packet(), packet({ introduction }));
    expect(await heardBy(...CHILDREN)).toEqual([new Introduced(1, DIRECTORY, introduction)]);
    expect(await toldTo(1, b)).toEqual([]);
  });

  it('of an earlier life of its sender is let be, introduction and all', async () => {
    found(true);
    const b = await peer('b');
    const [before, after] = [
      { life: 1, position: 0 },
      { life: 2, position: 10 },
    ];
    say(b, packet({ start: before }), packet({ position: 12, start: after }));
    expect(await heardBy('acceptor')).toHaveLength(2);
    say(b, packet({ start: before, introduction }), packet({ position: 12, start: after }));
    expect(await heardBy('storage', 'acceptor')).toEqual([new Received(1, [MESSAGE])]);
    expect(await toldTo(1, b)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('says how far its sender has written: storage hears it, and an old copy is told, with both figures', async () => {
    found(true);
    const b = await peer('b');
    say(b, packet({ position: 30 }), packet({ position: 25 }));
    expect(await heardBy('storage', 'acceptor')).toEqual([new Relapsed(1, 25, 30), new Received(1, [MESSAGE])]);
    const message = expect.stringMatching(/had written 30 bytes, and now says 25\./);
    expect(await toldTo(1, b)).toEqual([{ type: 'refusal', message, directory: OWN }]);
    const warning = expect.stringMatching(/^refused node b: an old copy/);
    expect(events).toEqual([{ type: 'warning', message: warning }]);
    actor.receive(new Tick(), undefined);
    say(b);
    expect((await heardBy('storage'))[0]).toEqual(new Heard(new Map([[1, 30]])));
  });
});

describe('who is refused', () => {
  const wrong = new Packet(2, DIRECTORY, 10, [CANVASS]);

  it('is told so once a second, and so is the host', async () => {
    found(true);
    const [b, c] = [await peer('b'), await peer('c')];
    const told = async (by: Peer, member: number, ...packets: Packet[]): Promise<unknown[]> => {
      for (const each of packets) by.say(each);
      say(b);
      by.say(new Packet(member, MARK, 0, [], introduction));
      await until(() => heard.storage.filter(isMark).length === 2);
      expect(await heardBy('acceptor', 'learner', 'proposer')).toEqual([]);
      return await toldTo(member, by);
    };
    const refusal = (message: RegExp) => ({ type: 'refusal', message: expect.stringMatching(message), directory: OWN });
    expect(await told(b, 1, wrong, wrong)).toEqual([refusal(/^member id 2 is taken: it is node c, not b/)]);
    // Each by itself.
    expect(await told(c, 2, packet(), packet())).toEqual([refusal(/^member id 1 is taken: it is node b, not c/)]);
    expect(await told(b, 1, wrong)).toEqual([]);
    clock += 999;
    expect(await told(b, 1, wrong)).toEqual([]);
    clock += 1;
    expect(await told(b, 1, wrong)).toHaveLength(1);
    const isOf = (name: string) => (event: ParliamentEvent) =>
      event.type === 'warning' && event.message.startsWith(`refused node ${name}: member id`);
    expect([events.filter(isOf('b')).length, events.filter(isOf('c')).length, events.length]).toEqual([2, 1, 3]);
  });

  it('is told without a directory while there is none', async () => {
    const b = await peer('b');
    b.say(wrong);
    await until(() => b.heard.length > 0);
    expect(b.heard).toStrictEqual([{ type: 'refusal', message: expect.any(String) }]);
  });
});

describe('a member that runs another machine', () => {
  const OTHERS = 'registers 1 and kv 1';
  const stranger = (given?: PacketIntroduction): Packet =>
    new Packet(1, DIRECTORY, 10, [MESSAGE], given, undefined, OTHERS);
  const message = expect.stringMatching(
    /^node b runs registers 1 and kv 1, but the others run registers alone: install the same version of parliament/,
  );
  const warning = {
    type: 'warning',
    message: expect.stringMatching(/^refused node b: node b runs registers 1 and kv 1/),
  };

  it('is let be while it may be one of a majority that decides, and put out when there is a leader of this kind', async () => {
    found(true);
    const b = await peer('b');
    say(b, stranger(), stranger(introduction));
    expect(await heardBy(...CHILDREN)).toEqual([]);
    expect(await toldTo(1, b)).toEqual([]);
    expect(events.splice(0)).toEqual([warning]);
    clock += 1000;
    actor.receive(new LeaderNews(nextBallot(2, 0)), undefined);
    events.length = 0;
    say(b, stranger());
    expect(await heardBy(...CHILDREN)).toEqual([]);
    expect(await toldTo(1, b)).toEqual([{ type: 'refusal', message, directory: OWN }]);
    expect(events).toEqual([warning]);
  });

  it('is told so at the founding, and is not told while it is not known whether there was one', async () => {
    const b = await peer('b');
    say(b, stranger(introduction));
    expect(await heardBy(...CHILDREN)).toEqual([]);
    expect(await toldTo(1, b)).toEqual([]);
    clock += 1000;
    found(false);
    say(b, stranger(introduction));
    expect(await heardBy(...CHILDREN)).toEqual([]);
    expect(await toldTo(1, b)).toEqual([{ type: 'refusal', message, directory: OWN }]);
  });

  it('is sent nothing but introductions, does not count, and is named where nothing is decided, until it is one of this kind', async () => {
    found(true);
    const b = await peer('b');
    await peer('c');
    say(b);
    await heardBy();
    b.say(stranger());
    await until(() => actor.uncounted.has(1));
    actor.send(1, [CANVASS]);
    expect(await toldTo(1, b)).toEqual([]);
    const replies: unknown[] = [];
    const asker = await start(node.system, 'asker', (reply) => replies.push(reply));
    actor.receive({ type: 'ask', key: 'k', timeoutMs: 10 }, asker);
    clock += 10;
    actor.receive(new Tick(), undefined);
    await until(() => replies.length > 0);
    expect(replies).toMatchObject([
      { error: expect.stringMatching(/\(all are connected; node b runs registers 1 and kv 1/) },
    ]);
    b.say(packet());
    await until(() => !actor.uncounted.has(1));
    actor.send(1, [CANVASS]);
    expect(await toldTo(1, b)).toMatchObject([{ messages: [CANVASS] }]);
  });
});

describe('a refusal', () => {
  const refusal = { type: 'refusal', message: 'go away', directory: DIRECTORY };
  const refused = { type: 'refused', by: 'b', message: 'go away' };

  it.each([
    ['before storage has started', () => {}, { ...refusal, directory: OTHER }],
    ['before the founding', () => found(false), { ...refusal, directory: OTHER }],
    ['after it, by one whose directory is known', () => found(true), refusal],
  ])('of a member %s puts this member out', async (_, prepare, given) => {
    prepare();
    const b = await peer('b');
    say(b, given);
    await heardBy();
    expect(events).toEqual([refused]);
    let reply: unknown;
    const asker = await start(node.system, 'asker', (message) => {
      reply = message;
    });
    actor.receive({ type: 'ask', key: 'k', timeoutMs: 5000 }, asker);
    await until(() => reply !== undefined);
    const error = 'node b refuses this member: go away';
    expect(reply).toEqual({ ok: false, code: 'excluded', outcome: 'not-applied', error });
  });

  it.each([
    ['another directory', { ...refusal, directory: OTHER }],
    ['no directory', { type: 'refusal', message: 'go away' }],
  ])('after the founding, of a member with %s, is told to the host and does nothing else', async (_, given) => {
    found(true);
    const b = await peer('b');
    say(b, given);
    await heardBy();
    const message = expect.stringMatching(/^node b refuses this member \(go away\); its directory is not the one/);
    expect(events).toEqual([{ type: 'warning', message }]);
  });

  it('of a node that is no member does nothing', async () => {
    const [b, x] = [await peer('b'), await peer('x')];
    x.say({ ...refusal, directory: undefined });
    x.say(packet());
    // It was heard: its packet is refused.
    await until(() => x.heard.length > 0);
    say(b);
    await heardBy();
    expect(events).toEqual([
      { type: 'warning', message: expect.stringMatching(/^refused node x: member id 1 is taken/) },
    ]);
  });
});

describe('what is sent', () => {
  it('says when this member was started, by what it had then, and how far it is now', async () => {
    const b = await peer('b');
    // By then there is a way back, too.
    say(b);
    await heardBy();
    actor.send(1, [CANVASS]);
    expect(await toldTo(1, b)).toEqual([]);
    let position = 77;
    found(false, () => position);
    position = 99;
    found(true, () => position);
    actor.send(1, [CANVASS]);
    // To whom there is not: lost without a word.
    actor.send(9, [CANVASS]);
    const start = { life: LIFE, position: 77 };
    expect(await toldTo(1, b)).toEqual([new Packet(0, OWN, 99, [CANVASS], undefined, start)]);
  });
});

it('a request that gets no answer is told who is not connected', async () => {
  found(true);
  const b = await peer('b');
  const replies: unknown[] = [];
  const asker = await start(node.system, 'asker', (message) => replies.push(message));
  const late = async (): Promise<unknown> => {
    actor.receive({ type: 'ask', key: 'k', timeoutMs: 10 }, asker);
    clock += 10;
    actor.receive(new Tick(), undefined);
    await until(() => replies.length > 0);
    return replies.pop();
  };
  const error = (what: string) => ({ code: 'timeout', error: expect.stringContaining(what) });
  expect(await late()).toMatchObject(error('there is no leader (not connected: c)'));
  await peer('c');
  expect(await late()).toMatchObject(error('there is no leader (all are connected)'));
  expect(b.heard).toEqual([]);
});
