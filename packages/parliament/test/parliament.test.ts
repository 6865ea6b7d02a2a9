import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { register, startActor } from '@parliament/otp';
import {
  AskError,
  clear,
  dispatch,
  finished,
  listRegisters,
  openNode,
  type ParliamentEvent,
  spawnParliament,
  startSystem,
  stop,
  stopParliament,
} from '../src/index.js';
import { ask, type Chamber, openChamber, prepareChamber, status, until } from './support/chamber.js';

const TRIO = ['a', 'b', 'c'];
let chamber: Chamber;

afterEach(async () => {
  await chamber.close();
});

const at = (name: string) => chamber.seat(name).parliament;

async function leader(): Promise<string> {
  for (const name of chamber.names) {
    const found = await until(async () => (await status(at(name))).proposer.leader?.node);
    return found;
  }
  throw new Error('nobody is there');
}

describe('agreement', () => {
  it('plays the scenario of the original README', async () => {
    chamber = await openChamber(TRIO);
    expect(await ask(at('a'), 'somekey', 'somevalue')).toBe('somevalue');
    expect(await ask(at('b'), 'somekey')).toBe('somevalue');
    expect(await ask(at('c'), 'somekey', 'other')).toBe('somevalue');
  });

  it('gives one value to all who ask at once, on every node', async () => {
    chamber = await openChamber(TRIO);
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    const answers = await Promise.all(
      keys.map((key) => Promise.all(TRIO.map((name) => ask(at(name), key, `${key} from ${name}`)))),
    );
    answers.forEach((values, index) => {
      expect(new Set(values).size).toBe(1);
      expect(TRIO.map((name) => `${keys[index]} from ${name}`)).toContain(values[0]);
    });
  });

  it('says that nothing is decided for a key that nobody proposed for', async () => {
    chamber = await openChamber(TRIO);
    expect(await ask(at('b'), 'nobody asked')).toBeUndefined();
  });

  it('shows on every node what was decided before, whatever node is asked', async () => {
    chamber = await openChamber(TRIO);
    for (let round = 0; round < 20; round++) {
      const [writer, reader] = [TRIO[round % 3], TRIO[(round + 1) % 3]] as [string, string];
      await ask(at(writer), `round ${round}`, writer);
      expect(await ask(at(reader), `round ${round}`)).toBe(writer);
    }
  });

  it.each([1, 2, 4, 5])('is reached by %d members', async (size) => {
    chamber = await openChamber(TRIO.concat(['d', 'e']).slice(0, size));
    const values = await Promise.all(chamber.names.map((name) => ask(at(name), 'k', name)));
    expect(new Set(values).size).toBe(1);
  });

  it('takes values of any text, up to the limit', async () => {
    chamber = await openChamber(TRIO);
    for (const value of ['v', 'héllo \u{1F600}', '\u0000\n', 'x'.repeat(1024 * 1024)]) {
      const key = `value of ${value.length}`;
      expect(await ask(at('a'), key, value)).toBe(value);
      expect(await ask(at('c'), key)).toBe(value);
    }
  });

  it('answers calls on a reference to another node', async () => {
    chamber = await openChamber(TRIO);
    const remote = chamber.seat('a').node.ref('b', ['registers']);
    expect(await ask(remote, 'k', 'through b')).toBe('through b');
    expect((await status(remote)).node).toBe('b');
    await clear(remote);
    expect(await ask(remote, 'k')).toBe('through b');
  });
});

describe('a majority', () => {
  it('goes on when any one member leaves, and the one that comes back knows everything', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'before', '1');
    const gone = await leader();
    await chamber.seat(gone).leave();
    const [first, second] = TRIO.filter((name) => name !== gone) as [string, string];
    expect(await ask(at(first), 'meanwhile', '2')).toBe('2');
    expect(await ask(at(second), 'meanwhile', 'other')).toBe('2');
    await chamber.enter(gone);
    expect(await ask(at(gone), 'before', 'other')).toBe('1');
    expect(await ask(at(gone), 'meanwhile')).toBe('2');
  });

  it('is needed: a member alone decides nothing, and says so', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'before', '1');
    await chamber.seat('b').leave();
    await chamber.seat('c').leave();
    const failure = await ask(at('a'), 'alone', '2', { timeoutMs: 700 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/not connected: b( \(.+\))?, c\b/),
    });
    expect(await ask(at('a'), 'before')).toBe('1');
    await expect(ask(at('a'), 'alone', undefined, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
    });
  });

  it('remembers after all members were down', async () => {
    chamber = await openChamber(TRIO);
    for (let index = 0; index < 10; index++) await ask(at('b'), `key ${index}`, `value ${index}`);
    await Promise.all(TRIO.map((name) => chamber.seat(name).leave()));
    await Promise.all(TRIO.map((name) => chamber.enter(name)));
    const values = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(at('c'), `key ${index}`, 'other')));
    expect(values).toEqual(Array.from({ length: 10 }, (_, index) => `value ${index}`));
  });
});

it('lists the registers with their values, in the same order on every node, also on one that read none of them', async () => {
  chamber = await openChamber(TRIO);
  const expected = Array.from({ length: 30 }, (_, index) => ({ key: `key ${99 - index}`, value: `${index}` }));
  for (const { key, value } of expected) await ask(at('a'), key, value);
  for (const name of TRIO) {
    // What is read last was applied before: now that node has all.
    await ask(at(name), 'key 70');
    const found: { key: string; value: string }[] = [];
    for await (const register of listRegisters(chamber.seat('a').node.ref(name, ['registers']))) found.push(register);
    expect(found).toEqual(expected);
  }
});

describe('the founding', () => {
  it('needs every member once; until then nothing is applied, and the reason names who is missing', async () => {
    chamber = await prepareChamber(TRIO);
    await Promise.all([chamber.enter('a'), chamber.enter('b')]);
    await expect(ask(at('a'), 'k', 'early', { timeoutMs: 400 })).rejects.toMatchObject({
      outcome: 'not-applied',
      message: expect.stringMatching(/not founded yet.* c( \(.+\))?$/),
    });
    await until(async () => (await status(at('a'))).waitingFor.join() === 'c');
    expect(await status(at('a'))).toMatchObject({ founded: false });
    const early = ask(at('b'), 'k', 'patient');
    await chamber.enter('c');
    expect(await early).toBe('patient');
    expect(chamber.seat('a').events.filter(({ type }) => type === 'founded')).toHaveLength(1);
  });

  it('is not needed again: afterwards a majority may start alone', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'k', 'v');
    await Promise.all(TRIO.map((name) => chamber.seat(name).leave()));
    await Promise.all([chamber.enter('b'), chamber.enter('c')]);
    expect(await ask(at('c'), 'k')).toBe('v');
    expect(await ask(at('b'), 'l', 'w')).toBe('w');
  });

  it('makes a member that lost its directory known to all, itself included, and it never votes', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'k', 'v');
    const { directory } = chamber.seat('c');
    await chamber.seat('c').leave();
    fs.rmSync(directory, { recursive: true });
    const returned = await chamber.enter('c');
    const own = await until(() => returned.events.find(({ type }) => type === 'lost-memory'));
    expect(own).toMatchObject({ whose: 'own', message: expect.stringContaining('old directory') });
    await expect(ask(at('c'), 'k', 'other')).rejects.toMatchObject({ code: 'excluded', outcome: 'not-applied' });
    await until(() =>
      chamber.seat('a').events.find((event) => event.type === 'lost-memory' && event.whose === 'sender'),
    );
    expect((await status(at('c'))).acceptor.promised).toBe(0);
    // Of itself it knows that it does not count; the others see it connected, and do not count it.
    expect((await status(at('c'))).members[2]).toMatchObject({ self: true, counted: false });
    expect(await status(at('a'))).toMatchObject({ majority: true });
    expect((await status(at('a'))).members[2]).toMatchObject({ node: 'c', counted: false });
    // The two that remember are a majority. Without either of them there is none: the third does not count.
    expect(await ask(at('b'), 'l', 'w')).toBe('w');
    await chamber.seat('b').leave();
    await expect(ask(at('a'), 'm', 'x', { timeoutMs: 800 })).rejects.toMatchObject({ code: 'timeout' });
    expect(await status(at('a'))).toMatchObject({ majority: false });
  });

  it('does not mistake an old copy of another member for that member', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'k', 'v');
    await chamber.seat('b').leave();
    await chamber.seat('c').leave();
    fs.rmSync(path.join(chamber.root, 'c'), { recursive: true });
    fs.cpSync(path.join(chamber.root, 'b'), path.join(chamber.root, 'c'), { recursive: true });
    await expect(chamber.enter('c')).rejects.toMatchObject({
      code: 'wrong-identity',
      message: expect.stringContaining('member 1'),
    });
  });
});

describe('misconfiguration', () => {
  it('is told to the member that has another idea of who the members are', async () => {
    chamber = await prepareChamber(TRIO);
    await Promise.all([chamber.enter('a'), chamber.enter('b')]);
    const seat = await chamber.enter('c', { members: { 0: 'a', 1: 'x', 2: 'c' } });
    const refused = await until(() => seat.events.find(({ type }) => type === 'refused'));
    expect(refused).toMatchObject({ by: 'a', message: expect.stringContaining('0 a, 1 b, 2 c') });
    await expect(ask(at('c'), 'k', 'v')).rejects.toMatchObject({ code: 'excluded' });
  });

  it('is told to the member that takes the id of another', async () => {
    chamber = await prepareChamber(TRIO);
    await Promise.all([chamber.enter('a'), chamber.enter('b')]);
    const seat = await chamber.enter('c', { member: 1, members: { 0: 'a', 1: 'c' } });
    const refused = await until(() => seat.events.find(({ type }) => type === 'refused'));
    expect(refused).toMatchObject({ message: expect.stringContaining('member id 1 is taken: it is node b') });
  });

  it('of one that comes back with nothing is its own affair: it puts out no member of a founded parliament', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('a'), 'k', 'v');
    await chamber.seat('b').leave();
    await chamber.enter('b', { directory: path.join(chamber.root, 'empty'), members: { 0: 'a', 1: 'b' } });
    const { events } = chamber.seat('c');
    const isRefusal = (event: ParliamentEvent) => event.type === 'warning' && /node b refuses/.test(event.message);
    // Whoever leads, a member tells all others of its votes: b hears of c by the next write, at the latest.
    let writes = 0;
    await until(async () => {
      writes += 1;
      expect(await ask(at('c'), `l${writes}`, 'w')).toBe('w');
      return events.find((event) => event.type === 'refused' || isRefusal(event));
    });
    for (const name of ['a', 'c']) expect(chamber.seat(name).events.map(({ type }) => type)).not.toContain('refused');
  });

  it.each([
    ['a member that is not among the members', { member: 9 }, /not one of the members/],
    ['an id out of range', { member: -1 }, /0 to 1023/],
    ['another member’s id', { member: 1 }, /member 1 is node b, but this node is a/],
    ['no directory', { directory: '' }, /directory/],
    ['an election sooner than three heartbeats', { timing: { electionTimeoutMinMs: 20 } }, /three heartbeats/],
    ['a limit that no frame can carry', { valueLimitBytes: 2 ** 30 }, /valueLimitBytes/],
    ['an option that does not exist', { membres: {} } as object, /unknown option membres/],
    ['a name that no node can have', { members: { 0: 'a', 1: 'b c' } }, /^members: Not the name of a node: "b c"/],
  ])('is refused before anything is started: %s', async (_, options, message) => {
    chamber = await prepareChamber(TRIO);
    await expect(chamber.enter('a', options)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(message),
    });
    expect(fs.existsSync(path.join(chamber.root, 'a'))).toBe(false);
  });
});

it('what an actor of a member’s node reflects is not taken for the member’s word: nobody is excluded by it', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('b'), 'k', 'v');
  const a = chamber.seat('a');
  let reflected = 0;
  const echo = await startActor(a.system, 'echo', {
    init: () => 0,
    receive(state: number, message: unknown, context) {
      if (context.sender !== undefined) context.dispatch(context.sender, message, context.self);
      reflected += 1;
      return state;
    },
  });
  if (echo === undefined) throw new Error('echo did not start');
  register('echo', echo);
  const system = startSystem('client');
  const client = await openNode(system, { name: 'client' });
  await client.connect(a.node.address === undefined ? '' : `${a.node.address.host}:${a.node.address.port}`);
  const refusal = { type: 'refusal', message: 'go away' };
  dispatch(client.ref('a', 'echo'), refusal, client.ref('b', ['registers']));
  // And in its own name, as a node that is no member.
  dispatch(client.ref('a', ['registers']), refusal, client.ref('b', ['registers']));
  await until(() => (reflected > 0 ? true : undefined));
  expect(await ask(at('b'), 'k2', 'v')).toBe('v');
  expect(await ask(at('a'), 'k3', 'v')).toBe('v');
  for (const name of TRIO) expect(chamber.seat(name).events.map(({ type }) => type)).not.toContain('refused');
  await client.close();
  stop(system);
});

describe('a call', () => {
  it.each([
    ['an empty key', '', 'v', /key is empty/],
    ['an empty value', 'k', '', /value is empty/],
    ['a key over a kilobyte', 'k'.repeat(1025), 'v', /1025 bytes; the limit is 1024/],
    ['a value over the limit', 'k', 'v'.repeat(1024 * 1024 + 1), /1048577 bytes; the limit is 1048576/],
    ['a key that is no text', '\ud800', 'v', /surrogate/],
    ['a value that is no text', 'k', '\udc00', /surrogate/],
  ])('with %s fails at once, and is not applied', async (_, key, value, message) => {
    chamber = await openChamber(['a']);
    await expect(ask(at('a'), key, value)).rejects.toMatchObject({
      code: 'bad-request',
      outcome: 'not-applied',
      message: expect.stringMatching(message),
    });
  });

  it('that is aborted fails at once, and says that it may have been applied', async () => {
    chamber = await prepareChamber(TRIO);
    await chamber.enter('a');
    const controller = new AbortController();
    const call = ask(at('a'), 'k', 'v', { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted', outcome: 'unknown' });
  });

  it('to a parliament that has stopped fails at once', async () => {
    chamber = await openChamber(['a']);
    const { parliament } = chamber.seat('a');
    const waiting = finished(parliament);
    await stopParliament(parliament);
    expect(await waiting).toMatchObject({ reason: 'shutdown' });
    await expect(ask(parliament, 'k', 'v')).rejects.toMatchObject({ code: 'noproc', outcome: 'not-applied' });
  });

  it('that waits when its parliament stops is told so', async () => {
    chamber = await prepareChamber(TRIO);
    const { parliament } = await chamber.enter('a');
    const waiting = ask(parliament, 'k', 'v').catch((error: unknown) => error);
    await until(async () => (await status(parliament)).pending === 1);
    await stopParliament(parliament);
    expect(await waiting).toMatchObject({ code: 'exit', outcome: 'not-applied' });
  });

  it('to a node that is not connected fails at once', async () => {
    chamber = await prepareChamber(TRIO);
    const system = startSystem();
    const node = await openNode(system, { name: 'client' });
    const failure = await ask(node.ref('a', ['registers']), 'k', 'v').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AskError);
    expect(failure).toMatchObject({ code: 'noconnection' });
    await node.close();
    stop(system);
  });

  it('to a node that was forgotten is certain to have had no effect', async () => {
    const system = startSystem();
    const node = await openNode(system, { name: 'client', limits: { peers: 1 } });
    const forgotten = node.ref('a', ['registers']);
    node.ref('b', ['registers']);
    const failure = await ask(forgotten, 'k', 'v').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'noconnection',
      outcome: 'not-applied',
      message: 'node a is not connected',
    });
    await node.close();
    stop(system);
  });

  it('whose answer is longer than the asking node takes says so, with both sizes', async () => {
    chamber = await openChamber(['a']);
    await ask(at('a'), 'k', 'v'.repeat(2000));
    const system = startSystem();
    const node = await openNode(system, { name: 'client', limits: { payloadBytes: 1024 } });
    const { address } = chamber.seat('a').node;
    await node.connect(`${address?.host}:${address?.port}`);
    const asked = ask(node.ref('a', ['registers']), 'k').catch((error: unknown) => error);
    expect(await asked).toMatchObject({
      code: 'too-large',
      outcome: 'not-applied',
      message: expect.stringMatching(/has 20\d\d bytes, more than the 1024/),
    });
    await node.close();
    stop(system);
  });

  it('with a deadline that makes no sense is refused', async () => {
    chamber = await openChamber(['a']);
    for (const timeoutMs of [0, -1, Number.NaN, 86_400_001, '50' as never]) {
      await expect(ask(at('a'), 'k', 'v', { timeoutMs })).rejects.toBeInstanceOf(RangeError);
    }
  });
});

it('clear empties what the node has cached, and never what is decided', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('a'), 'k', 'v');
  await clear(at('a'));
  expect(await ask(at('a'), 'k', 'other')).toBe('v');
});

it('that is stopped by nact’s own stop, which forgets the children, stops with them and frees its directory', async () => {
  chamber = await openChamber(['a']);
  const { parliament, directory } = chamber.seat('a');
  const end = finished(parliament);
  stop(parliament);
  expect(await end).toMatchObject({ reason: 'shutdown' });
  expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
});

it('leaves a directory that another process can use, and nothing running', async () => {
  chamber = await openChamber(['a']);
  await ask(at('a'), 'k', 'v');
  const { directory } = chamber.seat('a');
  const other = startSystem();
  const second = spawnParliament(other, 'registers', { member: 0, members: { 0: 'a' }, directory });
  await expect(second).rejects.toMatchObject({ code: 'locked', message: expect.stringContaining(directory) });
  stop(other);
  await chamber.seat('a').leave();
  expect(fs.readdirSync(directory).sort()).toEqual(['identity', 'log']);
  expect(await ask((await chamber.enter('a')).parliament, 'k')).toBe('v');
});

describe('a member that is started again', () => {
  it('with other members than it was founded with is refused in one line: alone it would take itself for a quorum', async () => {
    chamber = await openChamber(['a', 'b', 'c']);
    await ask(chamber.seat('a').parliament, 'lock', 'a');
    await chamber.seat('c').leave();
    const forgetful = [{ 2: 'c' }, { 1: 'b', 2: 'c' }, { 0: 'a', 1: 'b', 2: 'c', 3: 'd' }, { 0: 'x', 1: 'b', 2: 'c' }];
    for (const members of forgetful) {
      const directory = path.join(chamber.root, 'c');
      await expect(chamber.enter('c', { members })).rejects.toMatchObject({
        code: 'wrong-identity',
        message: expect.stringMatching(
          new RegExp(`^${directory} was founded with the members 0 a, 1 b, 2 c, not with [^\\n]*$`),
        ),
      });
    }
    await chamber.enter('c');
    expect(await ask(chamber.seat('c').parliament, 'lock', 'c')).toBe('a');
  });

  it('is held to those whom it has met, where its directory is from before its founders were written down', async () => {
    chamber = await openChamber(TRIO);
    await ask(at('c'), 'k', 'v');
    await chamber.seat('c').leave();
    const file = path.join(chamber.root, 'c', 'identity');
    const identity = JSON.parse(fs.readFileSync(file, 'utf8').split('\n')[0] ?? '');
    for (const group of identity.groups) delete group.founders;
    const text = JSON.stringify(identity);
    fs.writeFileSync(file, `${text}\n${crc32(text).toString(16).padStart(8, '0')}\n`);
    await expect(chamber.enter('c', { members: { 2: 'c' } })).rejects.toMatchObject({ code: 'wrong-identity' });
    await chamber.enter('c');
  });

  it('before it has met anybody is held to its members, too', async () => {
    chamber = await prepareChamber(['a', 'b']);
    const seat = await chamber.enter('a');
    await seat.leave();
    await expect(chamber.enter('a', { members: { 0: 'a' } })).rejects.toMatchObject({ code: 'wrong-identity' });
  });
});
