/** What users are told who have given something wrong, or wait for what does not come. */

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ask,
  assignMembers,
  clear,
  crash,
  finished,
  genPaxos,
  listRegisters,
  nodeOf,
  openNode,
  type ParliamentOptions,
  paxosFsm,
  type Reference,
  spawnParliament,
  startSystem,
  status,
  stopParliament,
  stopSystem,
} from '../src/index.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  while (cleanups.length > 0) await cleanups.pop()?.();
});

function system(): Reference {
  const started = startSystem();
  cleanups.push(() => stopSystem(started));
  return started;
}

async function alone(): Promise<Reference> {
  const parliament = await spawnParliament(system(), 'registers', {
    member: 0,
    members: { 0: 'a' },
    storage: 'memory',
  });
  cleanups.push(() => stopParliament(parliament));
  return parliament;
}

/** A node of two, and a member on it that keeps nothing. */
async function seat(name: string, address: string | undefined, peers: Record<string, string>) {
  const own = system();
  const refused = { reason: '' };
  const node = await openNode(own, {
    name,
    peers,
    reconnectMinMs: 5,
    ...(address === undefined ? {} : { listen: address }),
    onEvent: (event) => {
      if (event.type === 'refused') refused.reason = event.reason;
    },
  });
  cleanups.push(() => node.close());
  const options: ParliamentOptions = { member: name === 'a' ? 0 : 1, members: { 0: 'a', 1: 'b' }, storage: 'memory' };
  const parliament = await spawnParliament(own, 'registers', options);
  cleanups.push(() => stopParliament(parliament));
  return { node, parliament, refused };
}

it('an ask that waits for the founding tells why the node that it waits for refuses this one', async () => {
  const a = await seat('a', '127.0.0.1:0', {});
  const address = `127.0.0.1:${a.node.address?.port}`;
  const b = await seat('b', undefined, { a: address });
  await b.node.connected('a', { timeoutMs: 120_000 });
  // A second node of that name waits, in case the first one goes.
  const second = await seat('b', undefined, { a: address });
  while (second.refused.reason === '') await new Promise((resolve) => setTimeout(resolve, 2));
  const failure = await ask(second.parliament, 'key', 'value', { timeoutMs: 50 }).catch((error: Error) => error);
  expect(second.refused.reason).toMatch(/name/);
  expect(failure).toMatchObject({
    code: 'timeout',
    outcome: 'not-applied',
    message: expect.stringContaining(
      `the parliament is not founded yet; every member is needed for that once, and it waits for a (${second.refused.reason})`,
    ),
  });
}, 120_000);

describe('what is no reference is refused', () => {
  const nothing: readonly unknown[] = [{}, undefined, null, 'registers', { system: {} }];

  it('by all that ask, as bad-request', async () => {
    for (const given of nothing as readonly Reference[]) {
      const asked = [
        ask(given, 'key'),
        ask(given, 'key', 'value'),
        status(given),
        clear(given),
        listRegisters(given).next(),
      ];
      for (const each of asked) {
        await expect(each).rejects.toMatchObject({
          name: 'AskError',
          code: 'bad-request',
          outcome: 'not-applied',
          message: 'what is asked is no reference to a parliament: give what spawnParliament or node.ref gave',
        });
      }
    }
  });

  it('by all that concern a parliament of this process', async () => {
    for (const given of nothing as readonly Reference[]) {
      const failure = { name: 'ParliamentError', code: 'not-a-parliament' };
      await expect(stopParliament(given)).rejects.toMatchObject(failure);
      await expect(finished(given)).rejects.toMatchObject(failure);
      expect(() => crash(given, 'storage')).toThrow(expect.objectContaining(failure));
      expect(nodeOf(given)).toBeUndefined();
    }
  });

  it('by all that start something, as bad-option', async () => {
    const options: ParliamentOptions = { member: 0, members: { 0: 'a' }, storage: 'memory' };
    for (const given of nothing as readonly Reference[]) {
      const failure = { name: 'ParliamentError', code: 'bad-option' };
      await expect(spawnParliament(given, 'registers', options)).rejects.toMatchObject(failure);
      expect(() => genPaxos(given, { directory: 'd' })).toThrow(expect.objectContaining(failure));
      expect(() => paxosFsm(given, { directory: 'd' })).toThrow(expect.objectContaining(failure));
    }
  });
});

describe('a misspelt option is refused', () => {
  const mistyped = { timeout: 1 } as object;

  it('by all that ask', async () => {
    const parliament = await alone();
    const asked = [
      ask(parliament, 'key', undefined, mistyped),
      status(parliament, mistyped),
      clear(parliament, mistyped),
      listRegisters(parliament, mistyped).next(),
    ];
    for (const each of asked) {
      await expect(each).rejects.toThrow(new RangeError('unknown option timeout; known are timeoutMs, signal'));
    }
    await expect(ask(parliament, 'key', undefined, null as never)).rejects.toThrow('options: give an object');
  });

  it('by gen_paxos', () => {
    const wrong = { directry: 'd' } as unknown as { directory: string };
    const message = /^unknown option directry; known are directory, cluster,/;
    expect(() => genPaxos(system(), wrong)).toThrow(message);
    expect(() => paxosFsm(system(), wrong)).toThrow(message);
    expect(() => genPaxos(system(), {} as { directory: string })).toThrow('directory: give the path of a directory');
  });
});

it('a role that there is not cannot be crashed', async () => {
  const parliament = await alone();
  expect(() => crash(parliament, 'storag' as 'storage')).toThrow(
    'role: storag is none of storage, acceptor, learner, proposer',
  );
});

it('peers that are no list get no ids', () => {
  expect(() => assignMembers({ name: 'a' }, 'b' as never)).toThrow(/not given as an array/);
});
