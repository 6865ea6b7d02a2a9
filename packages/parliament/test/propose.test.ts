/** A parliament that runs a machine of its user's. */

import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AskError,
  ask,
  compose,
  crash,
  type MachineOptions,
  machine,
  openNode,
  type ParliamentOf,
  type ParliamentOptions,
  propose,
  Rejection,
  read,
  spawnParliament,
  startSystem,
  stopSystem,
  withMachine,
} from '../src/index.js';
import { hostedMachine } from '../src/host/hosting.js';
import { PATIENT, prepareHosted, QUICK, status, until } from './support/chamber.js';

const account = machine({
  name: 'account',
  version: 1,
  initial: () => ({ balance: 0, history: [] as readonly string[] }),
  commands: {
    deposit(state, { amount, by }: { amount: number; by?: string }, { slot, time }) {
      if (by === 'nobody') throw new TypeError('nobody deposits');
      const balance = state.balance + amount;
      return { state: { balance, history: [...state.history, `${amount}`] }, reply: { balance, slot, time } };
    },
    withdraw(state, { amount }: { amount: number }) {
      if (amount > state.balance)
        throw new Rejection('too-little', `there are ${state.balance}`, { missing: amount - state.balance });
      return { state: { ...state, balance: state.balance - amount }, reply: state.balance - amount };
    },
  },
  queries: { balance: ({ balance }) => balance, history: ({ history }) => history },
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A parliament of one, without a listener, in memory. */
async function openAlone(options: Partial<Pick<MachineOptions<typeof account>, 'valueLimitBytes' | 'snapshots'>> = {}) {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  return spawnParliament(system, 'accounts', {
    machine: account,
    member: 0,
    members: { 0: 'a' },
    storage: 'memory',
    timing: QUICK,
    ...options,
  });
}

describe('a parliament of one', () => {
  it('applies commands and answers queries', async () => {
    const accounts = await openAlone();
    const before = Date.now();
    const { balance, slot, time } = await propose(accounts, { type: 'deposit', amount: 5 }, PATIENT);
    expect(balance).toBe(5);
    expect(slot).toBeGreaterThan(0);
    // The leader's stamp, to within a tick or a clock that was set meanwhile.
    expect(Math.abs(time - before)).toBeLessThan(PATIENT.timeoutMs);
    expect(await propose(accounts, { type: 'withdraw', amount: 2 }, PATIENT)).toBe(3);
    expect(await read(accounts, { type: 'balance' }, PATIENT)).toBe(3);
    expect(await read(accounts, { type: 'history' }, { ...PATIENT, level: 'local' })).toEqual(['5']);
  });

  it('a rejection comes as it was thrown, a fault as a fault, and neither changes anything', async () => {
    const accounts = await openAlone();
    await propose(accounts, { type: 'deposit', amount: 5 }, PATIENT);
    const rejected = await propose(accounts, { type: 'withdraw', amount: 9 }, PATIENT).catch((error: unknown) => error);
    expect(rejected).toBeInstanceOf(Rejection);
    expect(rejected).toMatchObject({
      code: 'too-little',
      message: 'there are 5',
      data: { missing: 4 },
      outcome: 'not-applied',
    });
    await expect(propose(accounts, { type: 'deposit', amount: 1, by: 'nobody' }, PATIENT)).rejects.toMatchObject({
      code: 'handler-failed',
      outcome: 'not-applied',
      fault: { name: 'TypeError', message: 'nobody deposits' },
    });
    expect(await read(accounts, { type: 'balance' }, PATIENT)).toBe(5);
  });

  it('what is too long is refused, and nothing else is held up by it', async () => {
    const accounts = await openAlone({ valueLimitBytes: 1000 });
    await expect(
      propose(accounts, { type: 'deposit', amount: 1, by: 'x'.repeat(1000) }, PATIENT),
    ).rejects.toMatchObject({
      code: 'too-large',
      outcome: 'not-applied',
      message: expect.stringMatching(/^the command has 1\d\d\d bytes; the limit is 1000/),
    });
    expect(await propose(accounts, { type: 'deposit', amount: 1 }, PATIENT)).toMatchObject({ balance: 1 });
  });

  it('says so to who takes it for one of registers', async () => {
    const accounts = await openAlone();
    await expect(ask(accounts, 'key', 'value', PATIENT)).rejects.toMatchObject({
      code: 'bad-request',
      outcome: 'not-applied',
      message: 'this parliament runs the machine account: use propose and read',
    });
  });

  describe('with a codec of its own', () => {
    const buffer = Buffer.alloc(1000);
    // One buffer for all.
    const encode = (value: unknown) => buffer.subarray(0, buffer.write(JSON.stringify(value)));
    const decode = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
    const withCodec = (codec: { encode: typeof encode; decode: typeof decode }) =>
      machine({
        name: 'coded',
        version: 1,
        codec,
        initial: (): readonly number[] => [],
        commands: { add: (all, { number }: { number: number }) => ({ state: [...all, number], reply: number }) },
        queries: { all: (all) => all },
      });
    const coded = withCodec({ encode, decode });

    async function open() {
      const system = startSystem('a');
      ends.push(() => stopSystem(system));
      const options = { member: 0, members: { 0: 'a' }, storage: 'memory', timing: QUICK } as const;
      return spawnParliament(system, 'numbers', { machine: coded, ...options });
    }

    it('each command is what it was when it was proposed, although its buffer is used again', async () => {
      const numbers = await open();
      const added = [1, 2, 3].map((number) => propose(numbers, { type: 'add', number }, PATIENT));
      expect(await Promise.all(added)).toEqual([1, 2, 3]);
      expect(await read(numbers, { type: 'all' }, PATIENT)).toEqual([1, 2, 3]);
    });

    it('of a command whose reply the caller cannot read it is not said that it was not applied', async () => {
      const numbers = await open();
      const mute = (): unknown => {
        throw new Error('not of mine');
      };
      const misread = withMachine(numbers, withCodec({ encode, decode: mute }));
      await expect(propose(misread, { type: 'add', number: 1 }, PATIENT)).rejects.toMatchObject({
        code: 'malformed',
        outcome: 'unknown',
        message: expect.stringMatching(/^coded: a command was applied, but its reply cannot be read: /),
      });
      expect(await read(withMachine(numbers, coded), { type: 'all' }, PATIENT)).toEqual([1]);
    });
  });

  it('in memory takes snapshots, too, by what its log has grown', async () => {
    const accounts = await openAlone({ snapshots: { logBytes: 10_000 } });
    for (let times = 0; times < 20; times++) {
      await propose(accounts, { type: 'deposit', amount: 1, by: 'x'.repeat(1000) }, PATIENT);
    }
    await until(async () => (await status(accounts)).storage.snapshotSlot > 0);
    expect(await read(accounts, { type: 'balance' }, PATIENT)).toBe(20);
  });

  it('in development mode a handler that asks the clock is found, and told where', async () => {
    const system = startSystem('a');
    ends.push(() => stopSystem(system));
    const clock = machine({
      name: 'clock',
      version: 1,
      initial: () => 0,
      commands: { tick: () => ({ state: Date.now() }) },
    });
    const options = { member: 0, members: { 0: 'a' }, storage: 'memory', timing: QUICK, development: true } as const;
    const ticking = await spawnParliament(system, 'clock', { machine: clock, ...options });
    await expect(propose(ticking, { type: 'tick' }, PATIENT)).rejects.toMatchObject({
      code: 'forbidden-call',
      message: expect.stringMatching(/Date\.now.*propose\.test\.ts/s),
    });
  });
});

it('a reference of which it is not known what runs there is refused, with what helps', async () => {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const unknown: ParliamentOf<typeof account> = system;
  const error = await propose(unknown, { type: 'deposit', amount: 1 }).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(AskError);
  expect(error).toMatchObject({
    code: 'bad-request',
    message: expect.stringMatching(/withMachine\(reference, machine\)$/),
  });
});

it('a machine that is undefined by mistake founds nothing', async () => {
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const options = { member: 0, members: { 0: 'a' }, storage: 'memory' } as const;
  for (const [more, message] of [
    [{ machine: undefined }, 'machine: it is undefined; give a machine, or leave it out for registers and kv'],
    [{ development: true }, 'development: it is for a machine of your own, and none is given'],
  ] as const) {
    const mistaken: object = { ...options, ...more };
    const spawned = spawnParliament(system, 'registers', mistaken as ParliamentOptions);
    await expect(spawned).rejects.toMatchObject({ code: 'bad-option', message });
  }
});

it('a directory is of one machine in one version: with another one, or watched, it is refused, and stays as it is', async () => {
  const chamber = await prepareHosted(['a'], hostedMachine(account, false));
  ends.push(() => chamber.close());
  const seat = await chamber.enter('a');
  const accounts = withMachine(seat.parliament, account);
  await propose(accounts, { type: 'deposit', amount: 5 }, PATIENT);
  await seat.leave();
  const options = { member: 0, members: { 0: 'a' }, directory: seat.directory, timing: QUICK } as const;
  const later = machine({ name: 'account', version: 2, initial: () => 0, commands: { tick: () => ({ state: 1 }) } });
  const system = startSystem('a');
  ends.push(() => stopSystem(system));
  const refusals = [
    [() => spawnParliament(system, 'registers', { ...options, machine: later }), '0 a, running account 2'],
    [
      () => spawnParliament(system, 'registers', { ...options, machine: account, development: true }),
      '0 a, running account 1, watched',
    ],
    [() => spawnParliament(system, 'registers', options), '0 a'],
  ] as const;
  for (const [spawn, asked] of refusals) {
    const error = await spawn().catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'wrong-identity' });
    expect(`${error}`).toContain(`was founded with the members 0 a, running account 1, not with ${asked}`);
  }
  const back = await chamber.enter('a');
  expect(await read(withMachine(back.parliament, account), { type: 'balance' }, PATIENT)).toBe(5);
});

describe('a parliament of three', () => {
  it('is one machine at all members and for a client, whichever roles crash, and after all were gone', async () => {
    const shop = compose({ mine: account, yours: account });
    const names = ['a', 'b', 'c'];
    const chamber = await prepareHosted(names, hostedMachine(shop, false));
    ends.push(() => chamber.close());
    const enter = async (name: string) => {
      const { parliament, node } = await chamber.enter(name, { restarts: { intensity: 1000, periodMs: 1000 } });
      return { accounts: withMachine(parliament, shop), node };
    };
    const seats = await Promise.all(names.map(enter));
    const [a, b, c] = seats.map(({ accounts }) => accounts);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three are there');
    await propose(a, { type: 'mine', command: { type: 'deposit', amount: 100 } }, PATIENT);
    const moved = await Promise.all(
      Array.from({ length: 30 }, (_, index) => {
        const at = [a, b, c][index % 3] ?? a;
        if (index % 10 === 5) crash(at, 'learner');
        const then = [
          { type: 'mine', command: { type: 'withdraw', amount: 1 } },
          { type: 'yours', command: { type: 'deposit', amount: 1 } },
        ] as const;
        return propose(at, { type: 'multi', then }, PATIENT);
      }),
    );
    expect(moved.map(({ holds }) => holds)).toEqual(moved.map(() => true));
    const both = async (at: typeof a) => [
      await read(at, { type: 'mine', query: { type: 'balance' } }, PATIENT),
      await read(at, { type: 'yours', query: { type: 'balance' } }, PATIENT),
    ];
    expect(await Promise.all([a, b, c].map(both))).toEqual([
      [70, 30],
      [70, 30],
      [70, 30],
    ]);

    const system = startSystem('client');
    const address = seats[1]?.node.address;
    if (address === undefined) throw new Error('it listens');
    const node = await openNode(system, { name: 'client', peers: { b: `${address.host}:${address.port}` } });
    ends.push(async () => {
      await node.close();
      await stopSystem(system);
    });
    const remote = withMachine(node.ref('b', ['registers']), shop);
    await node.connected('b', PATIENT);
    expect(await propose(remote, { type: 'yours', command: { type: 'withdraw', amount: 10 } }, PATIENT)).toBe(20);

    await Promise.all(names.map((name) => chamber.seat(name).leave()));
    const [back] = await Promise.all(names.map(enter));
    if (back === undefined) throw new Error('it is back');
    expect(await read(back.accounts, { type: 'yours', query: { type: 'balance' } }, PATIENT)).toBe(20);
  });
});
