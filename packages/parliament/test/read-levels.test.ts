/** Reads of each level, and the slots of commands, as users meet them. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { call } from '@parliament/otp';
import { hostedMachine } from '../src/host/hosting.js';
import {
  AskError,
  machine,
  propose,
  proposeAt,
  type ReadOptions,
  read,
  readAt,
  spawnParliament,
  startSystem,
  status,
  stopSystem,
  withMachine,
} from '../src/index.js';
import { PATIENT, prepareHosted, QUICK, until } from './support/chamber.js';

const counter = machine({
  name: 'counter',
  version: 1,
  initial: () => 0,
  commands: {
    add: (count, { by }: { by: number }, { slot }) => ({ state: count + by, reply: { count: count + by, slot } }),
  },
  queries: { count: (count) => count },
});

const COUNT = { type: 'count' } as const;
const LEVELS = ['linearizable', 'lease', 'local'] as const;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openAlone(options: { readonly lastSlot?: number; readonly timing?: { readonly leaseMs: number } } = {}) {
  const system = startSystem();
  ends.push(() => stopSystem(system));
  const { timing, ...more } = options;
  return spawnParliament(system, 'count', {
    machine: counter,
    member: 0,
    members: { 0: 'a' },
    storage: 'memory',
    timing: { ...QUICK, ...timing },
    ...more,
  });
}

async function openThree() {
  const names = ['a', 'b', 'c'];
  const chamber = await prepareHosted(names, hostedMachine(counter, false));
  ends.push(() => chamber.close());
  await Promise.all(names.map((name) => chamber.enter(name)));
  const countOf = (name: string) => withMachine(chamber.seat(name).parliament, counter);
  /** Who leads, as all three say. */
  const leader = () =>
    until(async () => {
      const known = await Promise.all(names.map((name) => status(countOf(name), PATIENT)));
      const [first, ...others] = known.map(({ proposer }) => proposer.leader?.node);
      return others.every((other) => other === first) ? first : undefined;
    });
  return { chamber, names, countOf, leader };
}

describe('a parliament of one', () => {
  it('says in which slot a command was applied, and which slot an answer stands for', async () => {
    const count = await openAlone();
    const one = await proposeAt(count, { type: 'add', by: 5 }, PATIENT);
    const two = await proposeAt(count, { type: 'add', by: 1 }, PATIENT);
    expect([one.reply, two.reply]).toEqual([
      { count: 5, slot: one.slot },
      { count: 6, slot: two.slot },
    ]);
    expect(two.slot).toBeGreaterThan(one.slot);
    for (const level of LEVELS) {
      const { answer, slot, ageMs } = await readAt(count, COUNT, { ...PATIENT, level, atLeast: two.slot });
      expect([answer, slot >= two.slot, ageMs >= 0]).toEqual([6, true, true]);
      expect(await read(count, COUNT, { ...PATIENT, level })).toBe(6);
    }
  });

  it('comes to know how old its local answers are: no older than the time since then', async () => {
    const count = await openAlone();
    const askedAt = performance.now();
    await read(count, COUNT, PATIENT);
    const { ageMs } = await readAt(count, COUNT, { ...PATIENT, level: 'local' });
    // A calendar by milliseconds may be one ahead.
    expect(ageMs).toBeLessThanOrEqual(performance.now() - askedAt + 1);
  });

  it('does not know it before it has heard from whoever leads', async () => {
    const system = startSystem('a');
    ends.push(() => stopSystem(system));
    const slow = { heartbeatMs: 1000, electionTimeoutMinMs: 600_000, electionTimeoutMaxMs: 600_001 };
    const options = { machine: counter, member: 0, members: { 0: 'a' }, storage: 'memory', timing: slow } as const;
    const count = await spawnParliament(system, 'count', options);
    expect(await readAt(count, COUNT, { ...PATIENT, level: 'local' })).toEqual({
      answer: 0,
      slot: 0,
      ageMs: Number.POSITIVE_INFINITY,
    });
    await expect(readAt(count, COUNT, { ...PATIENT, level: 'lease' })).rejects.toMatchObject({
      code: 'no-lease',
      outcome: 'not-applied',
      message: expect.stringContaining('no leader is known here'),
    });
  });

  it('waits for a slot no longer than the deadline, and says how far it is', async () => {
    const count = await openAlone();
    const { slot } = await proposeAt(count, { type: 'add', by: 1 }, PATIENT);
    const beyond = { level: 'local', atLeast: slot + 1000, timeoutMs: 50 } as const;
    await expect(readAt(count, COUNT, beyond)).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
      message: expect.stringMatching(new RegExp(`slot \\d+ is applied here, and slot ${slot + 1000} is to be; `)),
    });
  });

  it('has no leases where they are switched off, or where the log has an end', async () => {
    const off = await openAlone({ timing: { leaseMs: 0 } });
    await expect(read(off, COUNT, { ...PATIENT, level: 'lease' })).rejects.toMatchObject({
      code: 'no-lease',
      message: expect.stringContaining('timing.leaseMs'),
    });
    const ending = await openAlone({ lastSlot: 1 });
    await expect(read(ending, COUNT, { ...PATIENT, level: 'lease' })).rejects.toMatchObject({
      code: 'no-lease',
      message: expect.stringContaining('a log with an end'),
    });
    await propose(ending, { type: 'add', by: 3 }, PATIENT);
    expect(await readAt(ending, COUNT, { ...PATIENT, level: 'local' })).toEqual({ answer: 3, slot: 1, ageMs: 0 });
  });

  it.each([
    [{ level: 'stale' }, /^level: stale is none of linearizable, lease, local$/],
    [{ atLeast: -1 }, /^atLeast: -1 is no slot/],
    [{ atLeast: 1.5 }, /^atLeast: 1.5 is no slot/],
    [{ atLeast: '7' }, /^atLeast: 7 is no slot/],
    [{ atleast: 7 }, /^unknown option atleast; known are timeoutMs, signal, level, atLeast$/],
  ])('refuses what is no option: %j', async (options, message) => {
    const count = await openAlone();
    const error = await read(count, COUNT, options as ReadOptions).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('tells a node of a later version that it does not know its reads', async () => {
    const count = await openAlone();
    const request = { type: 'read', query: new Uint8Array(1), level: 'bounded', atLeast: 0, timeoutMs: 1000 };
    expect(await call(count, request, PATIENT)).toEqual({
      ok: false,
      code: 'bad-request',
      outcome: 'not-applied',
      error: expect.stringContaining('no reads of the level "bounded", but linearizable, lease, local'),
    });
  });
});

describe('a parliament of three', () => {
  it('reads on a lease at the leader; the others say who that is', async () => {
    const { countOf, leader, names } = await openThree();
    await propose(countOf('a'), { type: 'add', by: 1 }, PATIENT);
    const { leading, answer } = await until(async () => {
      const leading = await leader();
      const found = await readAt(countOf(leading), COUNT, { ...PATIENT, level: 'lease' }).catch(() => undefined);
      return found === undefined ? undefined : { leading, answer: found.answer };
    });
    expect(answer).toBe(1);
    for (const name of names.filter((each) => each !== leading)) {
      const error = await read(countOf(name), COUNT, { ...PATIENT, level: 'lease' }).catch(
        (failure: unknown) => failure,
      );
      expect(error).toBeInstanceOf(AskError);
      expect(error).toMatchObject({ code: 'no-lease', outcome: 'not-applied' });
    }
  });

  it('lets a client read at any member what it wrote at another', async () => {
    const { countOf, names } = await openThree();
    for (let round = 1; round <= 5; round++) {
      for (const [index, name] of names.entries()) {
        const { reply, slot } = await proposeAt(countOf(name), { type: 'add', by: 1 }, PATIENT);
        const elsewhere = countOf(names[(index + round) % 3] ?? name);
        const { answer } = await readAt(elsewhere, COUNT, { ...PATIENT, level: 'local', atLeast: slot });
        expect(answer).toBeGreaterThanOrEqual(reply.count);
      }
    }
  });

  it('answers local reads before the others have ever come, from the state that the machine begins with', async () => {
    const chamber = await prepareHosted(['a', 'b', 'c'], hostedMachine(counter, false));
    ends.push(() => chamber.close());
    const count = withMachine((await chamber.enter('a')).parliament, counter);
    const local = await readAt(count, COUNT, { ...PATIENT, level: 'local' });
    expect(local).toEqual({ answer: 0, slot: 0, ageMs: Number.POSITIVE_INFINITY });
    await expect(read(count, COUNT, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('the parliament is not founded yet'),
    });
  });

  it('answers local reads where the others are gone, older and older, and nothing else', async () => {
    const { chamber, countOf } = await openThree();
    const { slot } = await proposeAt(countOf('a'), { type: 'add', by: 1 }, PATIENT);
    const local = { ...PATIENT, level: 'local', atLeast: slot } as const;
    await until(async () => Number.isFinite((await readAt(countOf('c'), COUNT, local)).ageMs));
    await Promise.all(['a', 'b'].map((name) => chamber.seat(name).leave()));
    // What was asked for when the others had gone has no answer.
    const last = await until(async () => {
      const found = await readAt(countOf('c'), COUNT, local);
      return found.ageMs > 500 ? found : undefined;
    });
    expect(last.answer).toBe(1);
    await expect(read(countOf('c'), COUNT, { timeoutMs: 200, level: 'lease' })).rejects.toMatchObject({
      outcome: 'not-applied',
    });
  });
});
