/** Following what happens to keys. */

import { afterEach, describe, expect, it } from '@jest/globals';
import { type Keys, kv } from '@parliament/machines';
import {
  ask,
  crash,
  type KvBatch,
  type KvSnapshot,
  type ParliamentOf,
  propose,
  Rejection,
  spawnParliament,
  startSystem,
  stopSystem,
  watch,
  watchKv,
  withMachine,
} from '../src/index.js';
import { hostedMachine } from '../src/host/hosting.js';
import { PATIENT, prepareHosted, QUICK } from './support/chamber.js';

type Store = ParliamentOf<typeof kv>;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function openAlone(): Promise<Store> {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const own = { member: 0, members: { 0: 'a' }, storage: 'memory', timing: QUICK } as const;
  return spawnParliament(system, 'store', { machine: kv, ...own });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (some: Uint8Array): string => new TextDecoder().decode(some);
/** All keys that begin with `a/`. */
const A: Keys = { key: bytes('a/'), rangeEnd: bytes('a0') };

async function put(store: Store, key: string, value: string): Promise<number> {
  return (await propose(store, { type: 'put', key: bytes(key), value: bytes(value) }, PATIENT)).revision;
}

/** As a line. */
function shown(batch: KvBatch | KvSnapshot): string {
  if (batch.type === 'snapshot') {
    const items = batch.items.map(({ key, value }) => `${text(key)}=${text(value)}`);
    return `${batch.revision}${batch.isReset ? ' anew' : ''}: ${items.join(' ')}`;
  }
  const events = batch.events.map(({ type, item, previous }) => {
    const before = previous === undefined ? '' : ` was ${text(previous.value)}`;
    return `${type} ${text(item.key)}=${text(item.value)} (${item.version})${before}`;
  });
  return `${batch.revision}: ${events.join(', ')}`;
}

async function take<Batch extends KvBatch | KvSnapshot>(
  batches: AsyncIterator<Batch, undefined>,
  count: number,
): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const { done, value } = await batches.next();
    if (done === true) throw new Error(`it has ended after ${lines.length}`);
    expect(value.next).toBe(value.revision + 1);
    lines.push(shown(value));
  }
  return lines;
}

describe('a watch of keys', () => {
  it('tells what happened and happens, revision by revision, of its keys only, with what was there before', async () => {
    const store = await openAlone();
    await put(store, 'a/1', 'one');
    await put(store, 'b/1', 'other');
    const batches = watchKv(store, { keys: A, from: 1, previous: true });
    expect(await take(batches, 1)).toEqual(['2: put a/1=one (1)']);
    const waiting = take(batches, 2);
    await put(store, 'b/1', 'another');
    await propose(store, { type: 'put', key: bytes('a/1'), ignoreLease: true, value: bytes('two') }, PATIENT);
    await propose(
      store,
      {
        type: 'txn',
        then: [
          { type: 'delete', ...A },
          { type: 'put', key: bytes('b/1') },
        ],
      },
      PATIENT,
    );
    expect(await waiting).toEqual(['5: put a/1=two (2) was one', '6: delete a/1= (0) was two']);
    await batches.return?.();
  });

  it('without a revision begins with what happens from then on', async () => {
    const store = await openAlone();
    await put(store, 'a/1', 'one');
    const batches = watchKv(store, { progress: true });
    expect(await take(batches, 1)).toEqual(['2: ']);
    await put(store, 'a/1', 'two');
    expect(await take(batches, 1)).toEqual(['3: put a/1=two (2)']);
    await batches.return?.();
  });

  it('of what was compacted is told; with a snapshot it goes on with that', async () => {
    const store = await openAlone();
    for (const value of ['one', 'two', 'three']) await put(store, 'a/1', value);
    await propose(store, { type: 'compact', revision: 4 }, PATIENT);
    const error = await watchKv(store, { from: 2 })
      .next()
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Rejection);
    expect(error).toMatchObject({ code: 'compacted', data: { compacted: 4, revision: 4 } });
    expect(await take(watchKv(store, { from: 4 }), 1)).toEqual(['4: put a/1=three (3)']);
    const begun = watchKv(store, { snapshot: true });
    const resumed = watchKv(store, { from: 2, snapshot: true });
    expect([await take(begun, 1), await take(resumed, 1)]).toEqual([['4: a/1=three'], ['4 anew: a/1=three']]);
    await put(store, 'a/2', 'new');
    for (const each of [begun, resumed]) {
      expect(await take(each, 1)).toEqual(['5: put a/2=new (1)']);
      await each.return?.();
    }
  });

  it('ends by its signal while it waits', async () => {
    const store = await openAlone();
    const ending = new AbortController();
    const batches = watchKv(store, { from: 1000, signal: ending.signal });
    const waiting = batches.next();
    await put(store, 'a/1', 'one');
    ending.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it.each<readonly [object, RegExp]>([
    [{ from: 0 }, /^from: 0 is no revision/],
    [{ from: Number.NaN }, /^from: NaN is no revision/],
    [{ previous: 1 }, /^previous: true or false/],
    [{ keys: 'a' }, /^keys: give an object/],
    [{ prefix: 'a' }, /^unknown option prefix/],
  ])('is refused with %j', async (options, message) => {
    const store = await openAlone();
    expect(() => watchKv(store, options)).toThrow(message);
  });

  it.each<readonly [Keys, string]>([
    [{ key: bytes('b'), rangeEnd: bytes('a') }, 'empty-range'],
    [Object.assign({}, A, { key: 'a' }), 'bad-request'],
  ])('of no keys is refused by the machine: %j', async (keys, code) => {
    const store = await openAlone();
    await expect(watchKv(store, { keys, from: 1 }).next()).rejects.toMatchObject({ code });
  });
});

it('of a parliament of registers and kv, a watch is told of kv alone', async () => {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const own = { member: 0, members: { 0: 'a' }, storage: 'memory', timing: QUICK } as const;
  const both = await spawnParliament(system, 'both', own);
  await ask(both, 'register', 'value', PATIENT);
  await put(both, 'a/1', 'one');
  await ask(both, 'other register', 'value', PATIENT);
  await put(both, 'a/2', 'two');
  const keys = watchKv(both, { snapshot: true });
  expect(await take(keys, 1)).toEqual(['3: a/1=one a/2=two']);
  const commands = watch(both, { from: 1 });
  for (const key of ['a/1', 'a/2']) {
    expect((await commands.next()).value?.commands).toMatchObject([{ command: { type: 'put', key: bytes(key) } }]);
  }
  const next = [take(keys, 1), commands.next()] as const;
  await ask(both, 'third register', 'value', PATIENT);
  await put(both, 'a/3', 'three');
  expect(await next[0]).toEqual(['4: put a/3=three (1)']);
  expect((await next[1]).value?.commands).toMatchObject([{ reply: { revision: 4 } }]);
  const views = watch(both, { snapshot: { type: 'status' } });
  expect((await views.next()).value).toMatchObject({ type: 'snapshot', answer: { revision: 4, keys: 3 } });
  for (const each of [keys, commands, views]) await each.return?.();
});

it('of three members, one of which is lost, it tells all once, whoever answers', async () => {
  const names = ['a', 'b', 'c'];
  const chamber = await prepareHosted(names, hostedMachine(kv, false));
  ends.push(() => chamber.close());
  const options = { snapshots: { logBytes: 3000, tailSlots: 5 }, restarts: { intensity: 1000, periodMs: 1000 } };
  await Promise.all(names.map((name) => chamber.enter(name, options)));
  const stores = names.map((name) => withMachine(chamber.seat(name).parliament, kv));
  const batches = watchKv(stores.toReversed(), { keys: A, from: 1, timeoutMs: PATIENT.timeoutMs });
  const [first, second] = stores;
  if (first === undefined || second === undefined) throw new Error('three are there');
  const total = 60;
  const waiting = take(batches, total);
  for (let count = 0; count < total; count++) {
    await put(count % 2 === 0 ? first : second, `a/${count}`, `${count}`);
    // The member that is asked first leaves, with what it was asked; and so do roles of the others.
    if (count === 20) await chamber.seat('c').leave();
    if (count === 40) crash(second, 'learner');
  }
  expect(await waiting).toEqual(
    Array.from({ length: total }, (_, count) => `${count + 2}: put a/${count}=${count} (1)`),
  );
  await batches.return?.();
});
