import { afterEach, describe, expect, it } from '@jest/globals';
import { childReference } from '@parliament/otp';
import { openLedger, openMemoryLedger, realFileSystem } from '@parliament/storage';
import { foundingConfiguration, majority } from '@parliament/synod';
import { Received } from '../src/actors/mail.js';
import type { OpenLedger } from '../src/actors/storage-actor.js';
import { crash, dispatch, finished } from '../src/index.js';
import { CHILDREN, type ChildName } from '../src/roles.js';
import { ask, type Chamber, openChamber, prepareChamber, status, until } from './support/chamber.js';

const TRIO = ['a', 'b', 'c'];
let chamber: Chamber;

afterEach(async () => {
  await chamber.close();
});

const at = (name: string) => chamber.seat(name).parliament;

describe('a role that fails', () => {
  it.each(CHILDREN)('%s: those that rest on it restart with it, and no other', async (role) => {
    chamber = await openChamber(['a']);
    await ask(at('a'), 'k', 'v');
    const before = await status(at('a'));
    crash(at('a'), role);
    const after = await until(async () => {
      const report = await status(at('a'));
      // The last one: whatever has failed, it restarts.
      const isBack = report.watchers.restarts > before.watchers.restarts && report.watchers.state !== 'restarting';
      return isBack ? report : undefined;
    });
    const restarts = Object.fromEntries(CHILDREN.map((name: ChildName) => [name, after[name].restarts]));
    const expected = CHILDREN.map((name, index) => [name, index >= CHILDREN.indexOf(role) ? 1 : 0]);
    expect(restarts).toEqual(Object.fromEntries(expected));
    expect(after.acceptor.promised).toBeGreaterThanOrEqual(before.acceptor.promised);
    expect(after.learner.decidedUpTo).toBeGreaterThanOrEqual(before.learner.decidedUpTo);
    expect(await ask(at('a'), 'k', 'other')).toBe('v');
    expect(chamber.seat('a').events).toContainEqual({ type: 'restarted', role, reason: 'told to crash' });
  });

  it('too often stops the parliament: the host program learns it by an event and a promise, and callers at once', async () => {
    chamber = await openChamber(['a'], { restarts: { intensity: 1, periodMs: 60_000 } });
    const { parliament, events } = chamber.seat('a');
    const end = finished(parliament);
    crash(parliament, 'learner');
    await until(() => events.find(({ type }) => type === 'restarted'));
    crash(parliament, 'learner');
    expect(await end).toMatchObject({ how: 'intensity', message: expect.stringContaining('learner') });
    expect(events.at(-1)).toMatchObject({ type: 'gave-up', reason: expect.stringContaining('told to crash') });
    await expect(ask(parliament, 'k', 'v')).rejects.toMatchObject({ code: 'noproc', outcome: 'not-applied' });
  });
});

it('storage that restarts while the disk stands still under a snapshot goes on once it moves, and does not give up', async () => {
  const snapshots = new Set<number>();
  let resume = (): void => {};
  const stalled = new Promise<void>((resolve) => {
    resume = resolve;
  });
  let isStalling = false;
  const disk = {
    ...realFileSystem,
    create(path: string) {
      const file = realFileSystem.create(path);
      if (path.includes('snapshots')) snapshots.add(file);
      return file;
    },
    async sync(file: number) {
      if (snapshots.has(file)) {
        isStalling = true;
        await stalled;
      }
      await realFileSystem.sync(file);
    },
  };
  let opened = 0;
  const open: OpenLedger = (directory, options) => {
    opened += 1;
    return openLedger(directory, { ...options, disk });
  };
  chamber = await openChamber(['a'], { snapshots: { logBytes: 4096 } }, { openLedger: open });
  for (let key = 0; !isStalling; key += 1) await ask(at('a'), String(key), 'v'.repeat(1000));
  crash(at('a'), 'storage');
  // By then it took longer than it may to clean up: what was before is still closing.
  await until(() => opened > 1);
  resume();
  expect(await ask(at('a'), '0', 'other')).toBe('v'.repeat(1000));
  expect(opened).toBe(2);
});

it.each([
  ['at once', 0],
  ['after more that did fit', 1],
])(
  'a learner that restarts alone, %s, having lost what did not fit on the disk, learns it again: writes go on',
  async (_, more) => {
    let space: 'ok' | 'full' = 'ok';
    let isArmed = false;
    // The disk is full for a moment: after a vote, and before the learner's record of what that decided.
    const openLedger: OpenLedger = async (_, options) => {
      const ledger = openMemoryLedger(options);
      const append: typeof ledger.append = (records, how) => {
        if (isArmed && records.some(({ type }) => type === 'voted')) [space, isArmed] = ['full', false];
        return ledger.append(records, how);
      };
      return new Proxy(ledger, {
        get: (target, name) => {
          if (name === 'append') return append;
          if (name === 'space') return { space, bytes: 1e6 };
          const found: unknown = Reflect.get(target, name);
          return typeof found === 'function' ? found.bind(target) : found;
        },
      });
    };
    chamber = await prepareChamber(['a'], { openLedger });
    await chamber.enter('a');
    await ask(at('a'), 'first', '1');
    isArmed = true;
    await ask(at('a'), 'second', '2');
    for (let index = 0; index < more; index++) {
      space = 'ok';
      await ask(at('a'), `more ${index}`, '2');
      // What says that it is decided is on disk, too, and not only in memory.
      await ask(at('a'), `and more ${index}`, '2');
    }
    crash(at('a'), 'learner');
    await until(async () => ((await status(at('a'))).learner.restarts === 1 ? true : undefined));
    space = 'ok';
    expect(await ask(at('a'), 'third', '3')).toBe('3');
    expect(await ask(at('a'), 'second')).toBe('2');
  },
);

it('a snapshot from a member, of which this version can make nothing, changes nothing: no role fails, and it is told once', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('a'), 'k', 'v');
  const { decidedUpTo } = (await status(at('a'))).learner;
  const slot = decidedUpTo + 1000;
  const history = [foundingConfiguration(majority([0, 1, 2]))] as const;
  const part = {
    type: 'snapshot-part',
    slot,
    history,
    total: 1,
    offset: 0,
    bytes: new Uint8Array(1),
    token: 0,
  } as const;
  // More often than roles may be restarted.
  for (let times = 0; times < 6; times++) dispatch(childReference(at('a'), 'learner'), new Received(1, [part]));
  expect(await ask(at('a'), 'l', 'w')).toBe('w');
  const { learner, restarts } = await status(at('a'));
  expect(learner.decidedUpTo).toBeLessThan(slot);
  expect(restarts).toBe(0);
  const told = chamber.seat('a').events.filter(({ type }) => type === 'standing-still');
  expect(told).toEqual([
    {
      type: 'standing-still',
      cause: 'snapshot-unreadable',
      slot,
      message: expect.stringMatching(/node b \(.+\): give all/),
    },
  ]);
});

it('messages that look like those of the roles, sent by anybody, do nothing', async () => {
  chamber = await openChamber(TRIO);
  await ask(at('a'), 'k', 'v');
  const before = await status(at('a'));
  const { node } = chamber.seat('b');
  // Otherwise nothing of another node would come to them.
  chamber.seat('a').node.expose(at('a'));
  // Of a member that may lead: no lease holds its ballot back. Nor is it a leap, which nobody would promise.
  const leader = (await until(async () => (await status(at('a'))).proposer.leader)).member;
  const ballot = before.acceptor.promised + 1024 * 1000;
  const forged = [leader, (leader + 1) % 3].map((owner) => {
    const ofOwner = ballot - (ballot % 1024) + owner;
    return { from: owner, messages: [{ type: 'prepare', ballot: ofOwner, fromSlot: 1, bytes: 1e9, token: 0 }] };
  });
  for (const child of CHILDREN) {
    const role = node.ref('a', ['registers', child]);
    for (const message of [...forged, { records: [] }, null, 7, 'EXIT', { role: 'acceptor', incarnation: 1 }]) {
      dispatch(role, message);
    }
  }
  expect(await ask(at('a'), 'l', 'w')).toBe('w');
  // It comes by the same link, and so after them. What was promised meanwhile in an election is far below what they ask for.
  const after = await status(node.ref('a', ['registers']));
  expect(after.restarts).toBe(before.restarts);
  expect(after.acceptor.promised).toBeLessThan(ballot - 1024);
});
