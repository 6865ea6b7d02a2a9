/** Members whose nodes take shorter messages than a value needs. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Tick } from '../src/actors/mail.js';
import { ParliamentActor } from '../src/actors/parliament-actor.js';
import { ask as askWithin, openNode, type ParliamentOptions, startSystem, stop } from '../src/index.js';
import { checkOptions } from '../src/options.js';
import { openRegistersFace } from '../src/registers/registers-face.js';
import { ask, type Chamber, prepareChamber, QUICK, status, until } from './support/chamber.js';

const NARROW_BYTES = 64 * 1024;
const LONG = 'v'.repeat(100_000);
/** Who has these stands long after another one leads. */
const PATIENT = { ...QUICK, electionTimeoutMinMs: 60_000, electionTimeoutMaxMs: 120_000, leaseMs: 0 };

let chamber: Chamber | undefined;

afterEach(async () => {
  await chamber?.close();
  chamber = undefined;
});

/** Three members, of which one leads, and some take only short messages. */
async function openWith(
  leader: string,
  narrow: readonly string[],
  options: Partial<ParliamentOptions> = {},
): Promise<Chamber> {
  const opened = await prepareChamber(['a', 'b', 'c']);
  chamber = opened;
  await Promise.all(
    opened.names.map((name) => {
      const timing = name === leader ? QUICK : PATIENT;
      return opened.enter(name, { ...options, timing }, narrow.includes(name) ? NARROW_BYTES : undefined);
    }),
  );
  await until(async () => {
    const known = await Promise.all(opened.names.map((name) => status(opened.seat(name).parliament)));
    return known.every(({ proposer }) => proposer.leader?.node === leader);
  });
  return opened;
}

const refusal = {
  code: 'too-large',
  outcome: 'not-applied',
  message: expect.stringMatching(/a message of up to 100\d\d\d bytes, and one to node b has at most 65536:/),
};
/** A day: nothing of this is to wait for a deadline. */
const DAY = { timeoutMs: 86_400_000 };

describe('a value that is longer than the leader’s node takes', () => {
  it('fails at once at the others, and is decided when it is asked of the leader', async () => {
    const { seat } = await openWith('b', ['b']);
    await expect(askWithin(seat('a').parliament, 'k', LONG, DAY)).rejects.toMatchObject(refusal);
    expect(await ask(seat('a').parliament, 'k')).toBeUndefined();
    expect(await ask(seat('b').parliament, 'k', LONG)).toBe(LONG);
    expect(await ask(seat('a').parliament, 'k', 'another')).toBe(LONG);
  });

  it('does not keep many short ones from being decided, which are longer together', async () => {
    const { seat } = await openWith('b', ['b']);
    const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
    const value = 'v'.repeat(1000);
    const dropped = () =>
      ['a', 'c'].map(
        (name) =>
          seat(name)
            .node.peers()
            .find((peer) => peer.name === 'b')?.dropped,
      );
    const before = dropped();
    const values = await Promise.all(keys.map((key) => ask(seat('a').parliament, key, value, DAY)));
    expect(dropped()).toEqual(before);
    expect(new Set(values)).toEqual(new Set([value]));
    expect(await ask(seat('c').parliament, 'k299')).toBe(value);
  });
});

describe('a value that is longer than a follower’s node takes', () => {
  it('is decided by the others; that one refuses it, and all are told which limit is too small', async () => {
    const { seat } = await openWith('a', ['b']);
    await expect(askWithin(seat('b').parliament, 'k', LONG, DAY)).rejects.toMatchObject(refusal);
    for (const name of ['a', 'c']) expect(await ask(seat(name).parliament, `k-${name}`, LONG)).toBe(LONG);
    expect(await ask(seat('c').parliament, 'short', 'v')).toBe('v');
    for (const name of ['a', 'b', 'c']) {
      const told = () => seat(name).events.filter(({ type }) => type === 'warning');
      await until(() => told().length > 0);
      expect(told()).toEqual([
        {
          type: 'warning',
          message: expect.stringMatching(
            /^a message to node b has at most 65536 bytes, .*raise limits.payloadBytes there/,
          ),
        },
      ]);
    }
    const behind = askWithin(seat('b').parliament, 'short', undefined, { timeoutMs: 200 });
    await expect(behind).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/all are connected; a message to node b has at most 65536 bytes/),
    });
  });

  it('reaches that one within a snapshot, and it goes on', async () => {
    const { seat } = await openWith('a', ['b'], { snapshots: { logBytes: 100_000, tailSlots: 1 } });
    await ask(seat('a').parliament, 'long', LONG);
    const { decidedUpTo } = (await status(seat('a').parliament)).learner;
    const isPast = async (): Promise<boolean> => (await status(seat('b').parliament)).learner.decidedUpTo > decidedUpTo;
    for (let count = 0; !(await isPast()); count++) await ask(seat('a').parliament, `k${count}`, 'v'.repeat(10_000));
    expect(await ask(seat('b').parliament, 'long')).toBe(LONG);
  });
});

it('a value that no majority takes is refused by a leader that does, and stops nothing', async () => {
  const { seat } = await openWith('a', ['b', 'c']);
  await expect(askWithin(seat('a').parliament, 'k', LONG, DAY)).rejects.toMatchObject({
    ...refusal,
    message: expect.stringMatching(/one to node [bc] has at most 65536/),
  });
  expect(await ask(seat('a').parliament, 'short', 'v')).toBe('v');
});

it('a member that takes too little is told of once, and again when it takes too little otherwise', async () => {
  const system = startSystem();
  const node = await openNode(system, { name: 'a' });
  let bytes: number | undefined = NARROW_BYTES;
  jest.spyOn(node, 'payloadBytes').mockImplementation((peer) => (peer === 'b' ? bytes : undefined));
  const told: string[] = [];
  const actor = new ParliamentActor({
    settings: checkOptions({
      member: 0,
      members: { 0: 'a', 1: 'b' },
      directory: 'd',
      onEvent: (event) => told.push(event.type === 'warning' ? event.message : event.type),
    }),
    self: node.ref('a', 'parliament'),
    path: ['parliament'],
    node,
    life: 1,
    isRepeatable: () => true,
    machine: undefined,
    openFace: (service) => openRegistersFace(service, 1024),
    child: (name) => node.ref('a', name),
    report: () => Promise.reject(new Error('nobody asks')),
  });
  const toldOf = (takes: number | undefined): string[] => {
    bytes = takes;
    actor.receive(new Tick(), undefined);
    return told.splice(0);
  };
  expect(toldOf(NARROW_BYTES)).toEqual([expect.stringMatching(/node b has at most 65536 bytes/)]);
  // A link that is lost and comes back is no news.
  for (const same of [NARROW_BYTES, undefined, NARROW_BYTES]) expect(toldOf(same)).toEqual([]);
  expect(toldOf(2 * NARROW_BYTES)).toEqual([expect.stringMatching(/node b has at most 131072 bytes/)]);
  expect(toldOf(4 * 1024 * 1024)).toEqual([]);
  await node.close();
  stop(system);
});
