/** Following what is decided. */

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type AnyMachine,
  AskError,
  crash,
  machine,
  openNode,
  type ParliamentOf,
  type ParliamentOptions,
  propose,
  Rejection,
  spawnParliament,
  startSystem,
  status,
  stopParliament,
  stopSystem,
  watch,
  type WatchBatch,
  withMachine,
} from '../src/index.js';
import { hostedMachine } from '../src/host/hosting.js';
import { type ChildName, CHILDREN } from '../src/roles.js';
import { type Chamber, PATIENT, prepareHosted, QUICK, until } from './support/chamber.js';
import { broken, type Happening, type Seen } from './support/watch-checks.js';

const account = machine({
  name: 'account',
  version: 1,
  initial: () => 0,
  commands: {
    deposit: (balance, { amount }: { amount: number; note?: string }) => ({
      state: balance + amount,
      reply: balance + amount,
    }),
    withdraw(balance, { amount }: { amount: number }, { slot }) {
      if (amount > balance) throw new Rejection('too-little', `there are ${balance}`, slot);
      return { state: balance - amount, reply: balance - amount };
    },
  },
  queries: { balance: (balance) => balance },
});
type Account = typeof account;

/** Everything is owed some time: see `PATIENT`. */
const PATIENT_WATCH = { timeoutMs: PATIENT.timeoutMs };
const MANY = { intensity: 1000, periodMs: 1000 };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A parliament of one, without a listener, in memory. */
async function openAlone(options: Partial<ParliamentOptions> = {}): Promise<ParliamentOf<Account>> {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const own = { member: 0, members: { 0: 'a' }, storage: 'memory', timing: QUICK, ...options } as const;
  return spawnParliament(system, 'accounts', { machine: account, ...own });
}

async function openChamber(names: readonly string[], options: Partial<ParliamentOptions> = {}): Promise<Chamber> {
  const chamber = await prepareHosted(names, hostedMachine(account, false));
  ends.push(() => chamber.close());
  await Promise.all(names.map((name) => chamber.enter(name, { restarts: MANY, ...options })));
  return chamber;
}

const at = (chamber: Chamber, name: string): ParliamentOf<Account> =>
  withMachine(chamber.seat(name).parliament, account);

const deposit = (to: ParliamentOf<Account>, amount: number): Promise<number> =>
  propose(to, { type: 'deposit', amount }, PATIENT);

/** The next so many batches. */
async function take<Batch>(batches: AsyncIterator<Batch, undefined>, count: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  while (taken.length < count) {
    const { done, value } = await batches.next();
    if (done === true) throw new Error(`it has ended after ${taken.length}`);
    taken.push(value);
  }
  return taken;
}

const repliesIn = (batches: readonly WatchBatch<Account>[]): number[] =>
  batches.flatMap(({ commands }) => commands.map(({ reply }) => reply));

describe('a watch', () => {
  it('tells what was decided and what is, with replies and places; what was rejected has not happened', async () => {
    const accounts = await openAlone();
    await deposit(accounts, 5);
    const batches = watch(accounts, { from: 1 });
    const [first] = await take(batches, 1);
    expect(first).toEqual({
      type: 'decided',
      slot: expect.any(Number),
      time: expect.any(Number),
      commands: [{ index: 0, command: { type: 'deposit', amount: 5 }, reply: 5 }],
      next: (first?.slot ?? 0) + 1,
    });
    const second = batches.next();
    await expect(propose(accounts, { type: 'withdraw', amount: 9 }, PATIENT)).rejects.toMatchObject({
      code: 'too-little',
    });
    expect(await propose(accounts, { type: 'withdraw', amount: 2 }, PATIENT)).toBe(3);
    expect((await second).value).toMatchObject({ commands: [{ command: { type: 'withdraw', amount: 2 }, reply: 3 }] });
    await batches.return?.();
  });

  it('without a place begins with what is decided from then on, and goes on from where another one ended', async () => {
    const accounts = await openAlone();
    await deposit(accounts, 1);
    const batches = watch(accounts, { progress: true });
    const [begun] = await take(batches, 1);
    expect(begun?.commands).toEqual([]);
    await deposit(accounts, 2);
    const [batch] = await take(batches, 1);
    expect(repliesIn(batch === undefined ? [] : [batch])).toEqual([3]);
    await batches.return?.();
    await deposit(accounts, 3);
    const again = watch(accounts, { from: batch?.next ?? 0 });
    expect(repliesIn(await take(again, 1))).toEqual([6]);
    await again.return?.();
  });

  it('with a snapshot has that first, and what was decided after it', async () => {
    const accounts = await openAlone();
    await deposit(accounts, 5);
    const views = watch(accounts, { snapshot: { type: 'balance' } });
    const [view] = await take(views, 1);
    expect(view).toMatchObject({ type: 'snapshot', answer: 5, isReset: false, next: (view?.slot ?? 0) + 1 });
    await deposit(accounts, 1);
    expect(await take(views, 1)).toMatchObject([{ type: 'decided', commands: [{ reply: 6 }] }]);
    await views.return?.();
  });

  it('of what is not remembered any more is told from where on it can be told; with a snapshot it goes on', async () => {
    const accounts = await openAlone({ watchBytes: 1 });
    for (let amount = 1; amount <= 3; amount++) await deposit(accounts, amount);
    const error = await watch(accounts, { from: 1 })
      .next()
      .catch((failure: unknown) => failure);
    if (!(error instanceof AskError) || error.next === undefined) throw new Error('it tells where to go on');
    expect(error).toMatchObject({ code: 'compacted', outcome: 'not-applied' });
    expect(error.message).toBe(
      `slot 1 is not remembered any more: what was decided can be told from slot ${error.next} on`,
    );
    expect(repliesIn(await take(watch(accounts, { from: error.next }), 1))).toEqual([6]);
    const views = watch(accounts, { from: 1, snapshot: { type: 'balance' } });
    expect(await take(views, 1)).toMatchObject([{ type: 'snapshot', answer: 6, isReset: true }]);
    const next = take(views, 1);
    await deposit(accounts, 4);
    expect(await next).toMatchObject([{ commands: [{ reply: 10 }] }]);
    await views.return?.();
  });

  it('of slots that are still to come waits for them', async () => {
    const accounts = await openAlone();
    await deposit(accounts, 1);
    const [batch] = await take(watch(accounts, { from: 1 }), 1);
    const batches = watch(accounts, { from: (batch?.slot ?? 0) + 2 });
    const waiting = batches.next();
    await deposit(accounts, 2);
    await deposit(accounts, 3);
    expect((await waiting).value).toMatchObject({ commands: [{ reply: 6 }] });
    const far = watch(accounts, { from: Number.MAX_SAFE_INTEGER });
    const never = far.next();
    await until(async () => (await status(accounts)).watchers.waiting > 0);
    await far.return?.();
    expect(await never).toEqual({ done: true, value: undefined });
  });

  it.each(['signal', 'return'] as const)(
    'ends at once by its %s, while it waits as between two batches',
    async (way) => {
      const accounts = await openAlone();
      await deposit(accounts, 1);
      await deposit(accounts, 2);
      for (const count of [0, 1, 2]) {
        const ending = new AbortController();
        const batches = watch(accounts, { from: 1, signal: ending.signal });
        await take(batches, count);
        const over = { done: true, value: undefined };
        const waiting = count === 2 ? batches.next() : undefined;
        if (waiting !== undefined) await until(async () => (await status(accounts)).watchers.waiting > 0);
        if (way === 'signal') ending.abort();
        else expect(await batches.return?.()).toEqual(over);
        if (waiting !== undefined) expect(await waiting).toEqual(over);
        expect(await batches.next()).toEqual(over);
      }
    },
  );

  it('of a parliament that has stopped fails once it has waited for its patience', async () => {
    const accounts = await openAlone();
    const batches = watch(accounts, { from: 1, timeoutMs: 200 });
    const waiting = batches.next();
    await stopParliament(accounts);
    await expect(waiting).rejects.toMatchObject({ code: 'noproc', outcome: 'not-applied' });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it.each<readonly [object, RegExp]>([
    [{ from: 0 }, /^from: 0 is no slot/],
    [{ from: -1 }, /^from: -1 is no slot/],
    [{ from: 1.5 }, /^from: 1.5 is no slot/],
    [{ from: Number.NaN }, /^from: NaN is no slot/],
    [{ from: 2 ** 53 }, /^from: 9007199254740992 is no slot/],
    [{ form: 1 }, /^unknown option form; known are from, progress, snapshot, timeoutMs, signal/],
    [{ progress: 1 }, /^progress: true or false/],
    [{ timeoutMs: 0 }, /^timeoutMs: 0 /],
  ])('is refused with %j', async (options, message) => {
    const accounts = await openAlone();
    expect(() => watch(accounts, options)).toThrow(RangeError);
    expect(() => watch(accounts, options)).toThrow(message);
  });

  it('of nothing, of registers, or of members that run different machines is refused', async () => {
    const accounts = await openAlone();
    expect(() => watch([])).toThrow(/no parliament is given/);
    const other = machine({ name: 'other', version: 1, initial: () => 0, commands: {} });
    const mixed: readonly ParliamentOf<AnyMachine>[] = [accounts, withMachine(startSystem('x'), other)];
    expect(() => watch(mixed)).toThrow(/run different machines/);
    const system = startSystem('b');
    ends.push(() => stopSystem(system));
    const own = { member: 0, members: { 0: 'b' }, storage: 'memory', timing: QUICK } as const;
    const registers = withMachine(await spawnParliament(system, 'registers', { ...own, lastSlot: 1 }), account);
    await expect(watch(registers).next()).rejects.toMatchObject({ code: 'bad-request' });
  });
});

/** Notes what is proposed with success; together with the slots that are seen, that is what has happened. */
async function depositAll(members: readonly (() => ParliamentOf<Account>)[], count: number): Promise<void> {
  for (let done = 0; done < count; ) {
    const all = Array.from({ length: Math.min(6, count - done) }, (_, index) => {
      const member = members[(done + index) % members.length];
      return member === undefined ? Promise.resolve(0) : deposit(member(), 1);
    });
    await Promise.all(all);
    done += all.length;
  }
}

/** What is seen until so much was deposited. */
async function seeAll(
  batches: AsyncIterable<
    WatchBatch<Account> | { type: 'snapshot'; slot: number; answer: number; isReset: boolean; next: number }
  >,
  total: number,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const batch of batches) {
    const { slot, next } = batch;
    if (batch.type === 'snapshot') {
      seen.push({ type: 'snapshot', at: slot, next, state: `${batch.answer}`, isReset: batch.isReset });
      if (batch.answer >= total) break;
    } else {
      const events = batch.commands.map(({ index, command, reply }) => `${index} ${command.amount} ${reply}`);
      seen.push({ type: 'batch', at: slot, next, events });
      if (batch.commands.some(({ reply }) => reply >= total)) break;
    }
  }
  return seen;
}

/** What has happened, as one saw it who saw all: each deposit once, in order. */
function happenedIn(seen: readonly Seen[], total: number): Happening[] {
  const happened = seen.flatMap((each) => (each.type === 'batch' && each.events.length > 0 ? [each] : []));
  const replies = happened.flatMap(({ events }) => events.map((event) => Number(event.split(' ')[2])));
  expect(replies).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  return happened;
}

function balanceAt(happened: readonly Happening[]): (slot: number) => string {
  return (slot) => `${happened.filter(({ at: each }) => each <= slot).flatMap(({ events }) => events).length}`;
}

describe('whatever fails', () => {
  it.each(CHILDREN)('in a parliament of one: %s is restarted under it, and it goes on', async (child: ChildName) => {
    const chamber = await openChamber(['a']);
    const accounts = at(chamber, 'a');
    const total = 20;
    const seen = seeAll(watch(accounts, { from: 1, ...PATIENT_WATCH }), total);
    for (let round = 0; round < 4; round++) {
      await depositAll([() => accounts], total / 4);
      crash(accounts, child);
    }
    const all = await seen;
    expect(broken(happenedIn(all, total), all, 1)).toEqual([]);
    await until(async () => (await status(accounts, PATIENT))[child].restarts === 4);
  });

  it('of three: watchers see all once, at one member as over all of them, while these crash, leave and come back', async () => {
    const names = ['a', 'b', 'c'];
    // Snapshots all the while: who comes back begins with one.
    const options = { snapshots: { logBytes: 3000, tailSlots: 5 }, restarts: MANY };
    const chamber = await openChamber(names, options);
    const system = startSystem('client');
    const peers = Object.fromEntries(
      names.map((name) => {
        const { address } = chamber.seat(name).node;
        return [name, `${address?.host}:${address?.port}`];
      }),
    );
    const node = await openNode(system, { name: 'client', peers, reconnectMaxMs: 100 });
    ends.push(async () => {
      await node.close();
      await stopSystem(system);
    });
    const remote = names.map((name) => withMachine(node.ref(name, ['registers']), account));
    const [near] = remote;
    if (near === undefined) throw new Error('three are there');
    await node.connected('a', PATIENT);
    const total = 240;
    const lasting = seeAll(watch(remote, { from: 1, ...PATIENT_WATCH }), total);
    // One that is asked of a member which is never away, but whose roles crash.
    const steady = seeAll(watch(at(chamber, 'a'), { from: 1, ...PATIENT_WATCH }), total);
    const viewing = seeAll(watch(remote.toReversed(), { snapshot: { type: 'balance' }, ...PATIENT_WATCH }), total);
    for (let round = 0; round < 6; round++) {
      const away = names[1 + (round % 2)] ?? 'b';
      if (round > 0) await chamber.seat(away).leave();
      const here = names.filter((name) => round === 0 || name !== away);
      await depositAll(
        here.map((name) => () => at(chamber, name)),
        total / 6,
      );
      crash(at(chamber, 'a'), CHILDREN[round % CHILDREN.length] ?? 'learner');
      if (round > 0) await chamber.enter(away, options);
    }
    const [all, one, viewed] = await Promise.all([lasting, steady, viewing]);
    const happened = happenedIn(all, total);
    expect(broken(happened, all, 1)).toEqual([]);
    expect(broken(happened, one, 1)).toEqual([]);
    expect(broken(happened, viewed, undefined, balanceAt(happened))).toEqual([]);
    // One that comes now has to be content with less, or is told so.
    const late = await seeAll(watch(remote, { from: 1, snapshot: { type: 'balance' }, ...PATIENT_WATCH }), total);
    expect(broken(happened, late, 1, balanceAt(happened))).toEqual([]);
  });
});
