import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call, dispatch, type Reference, startActor, startSystem, stop, stopActor, whenDown } from '@parliament/otp';
import { type AppendedRecord, type Ledger, LedgerError, openMemoryLedger, type Space } from '@parliament/storage';
import { type DurableRecord, foundingConfiguration, type MemberId, majority, type Snapshot } from '@parliament/synod';
import {
  Commit,
  FoundingNews,
  Heard,
  Inspect,
  Introduced,
  MemoryLost,
  Recover,
  Relapsed,
  type Report,
  Saved,
  SaveSnapshot,
  SpaceNews,
  StartAnew,
  TakeSnapshot,
  Tick,
} from '../src/actors/mail.js';
import { type StorageReport, storageBehaviour } from '../src/actors/storage-actor.js';
import { until } from './support/chamber.js';

const DIRECTORIES = ['00', '11', '22'].map((pair) => pair.repeat(16)) as [string, string, string];
const MEMBERS = { 0: 'a', 1: 'b', 2: 'c' };
const LIMIT = { timeoutMs: 120_000 };

/** The ledger of the storage actor under test, and what is done to it. */
interface Disk {
  readonly ledger: Ledger;
  readonly records: () => Promise<DurableRecord[]>;
  readonly saved: { readonly slot: number; readonly tailSlots: number }[];
  readonly trimmed: number[];
  readonly syncs: (string | undefined)[];
  space: Space;
  /** What the next appends and saves do first. */
  before: () => Promise<void>;
  opened: number;
  closed: number;
  tellSpace: (space: Space) => void;
}

let system: ReturnType<typeof startSystem>;
let disk: Disk;
/** What the parliament and the roles were told, in order. */
let heard: Record<'parliament' | 'acceptor' | 'learner', unknown[]>;
let introduced: MemberId[];
let warnings: string[];
let storage: Reference;

beforeEach(() => {
  system = startSystem();
  disk = openDisk();
  heard = { parliament: [], acceptor: [], learner: [] };
  introduced = [];
  warnings = [];
});
afterEach(() => stop(system));

function openDisk(): Disk {
  const ledger = openMemoryLedger({ cluster: 'c', member: 0 });
  const own: Disk = {
    ledger,
    records: async () => {
      const records: DurableRecord[] = [];
      await ledger.replay((record) => records.push(record));
      return records;
    },
    saved: [],
    trimmed: [],
    syncs: [],
    space: 'ok',
    before: async () => {},
    opened: 0,
    closed: 0,
    tellSpace: () => {},
  };
  return own;
}

interface Start {
  readonly memberIds?: readonly MemberId[];
  readonly logBytes?: number;
  readonly keptBytes?: number;
  readonly replay?: () => Promise<void>;
}

async function start({ memberIds = [0], logBytes = 1e9, keptBytes = 0, replay }: Start = {}): Promise<void> {
  const recorders = await Promise.all(
    (['parliament', 'acceptor', 'learner'] as const).map((name) =>
      startActor(system, name, {
        init: () => 0,
        receive(state: number, message: unknown) {
          heard[name].push(message);
          return state;
        },
      }),
    ),
  );
  const [parliament, acceptor, learner] = recorders as [Reference, Reference, Reference];
  const behaviour = storageBehaviour({
    parliament,
    acceptor,
    learner,
    directory: 'somewhere',
    cluster: 'c',
    group: 'g',
    member: 0,
    memberIds,
    founders: 'all',
    mayTakeOver: false,
    introduce: (to) => introduced.push(to),
    warn: (message) => warnings.push(message),
    snapshots: { logBytes, tailSlots: 7 },
    async openLedger(_, options) {
      disk.opened += 1;
      disk.tellSpace = (space) => {
        disk.space = space;
        options.onSpace?.({ space, bytes: 500 });
      };
      const { ledger } = disk;
      return {
        identity: { ...ledger.identity, directory: DIRECTORIES[0] },
        recovery: { ...ledger.recovery, keptBytes },
        get position() {
          return ledger.position;
        },
        get space() {
          return { space: disk.space, bytes: 500 };
        },
        async append(records, how) {
          disk.syncs.push(how?.sync);
          await disk.before();
          await ledger.append(records);
        },
        replay: async (visit) => {
          await replay?.();
          await ledger.replay(visit);
        },
        async saveSnapshot(snapshot, tailSlots) {
          await disk.before();
          disk.saved.push({ slot: snapshot.slot, tailSlots });
          await ledger.saveSnapshot(snapshot, tailSlots);
        },
        async trim(tailSlots) {
          await disk.before();
          disk.trimmed.push(tailSlots);
        },
        async close() {
          disk.closed += 1;
        },
      };
    },
  });
  storage = (await startActor(system, 'storage', behaviour)) as Reference;
}

const promise = (ballot: number): AppendedRecord => ({ type: 'promised', ballot });
const snapshot = (slot: number, bytes = 1): Snapshot => ({
  slot,
  history: [foundingConfiguration(majority([0]))],
  state: new Uint8Array(bytes),
});

async function recover(role: 'acceptor' | 'learner' | 'proposer', incarnation: number): Promise<DurableRecord[]> {
  const records: DurableRecord[] = [];
  await call(storage, new Recover(role, incarnation, (record) => records.push(record)), LIMIT);
  return records;
}

/** Sends a commit; gives whether it was released. */
function commit(
  role: 'acceptor' | 'learner',
  incarnation: number,
  records: readonly DurableRecord[],
  urgent = true,
): () => boolean {
  let isReleased = false;
  const release = (): void => {
    isReleased = true;
  };
  dispatch(storage, new Commit(role, incarnation, records, urgent, release));
  return () => isReleased;
}

const report = async (): Promise<StorageReport> =>
  (await call<Report<StorageReport>>(storage, new Inspect(), LIMIT)).content;

/** What is under way goes on as far as it can. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}

/** Whatever was sent to the storage actor before was handled, and what it has sent has come. */
async function settled(): Promise<void> {
  await report();
  await turns();
}

function of<Message>(role: keyof typeof heard, kind: new (...given: never[]) => Message): Message[] {
  return heard[role].filter((message): message is Message => message instanceof kind);
}

/** Holds up what the ledger is to do, until it is let go. */
function hold(): () => void {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  disk.before = () => held;
  return () => {
    disk.before = async () => {};
    letGo();
  };
}

const noSpace = (): Promise<void> => Promise.reject(new LedgerError('no-space', 'as told'));

describe('a role that has started anew', () => {
  it('has no commit of its earlier incarnations written or released; other roles keep theirs', async () => {
    await start();
    await recover('acceptor', 1);
    await recover('learner', 1);
    await recover('acceptor', 2);
    const late = commit('acceptor', 1, [promise(1024)]);
    const early = commit('acceptor', 3, [promise(3072)]);
    const now = commit('acceptor', 2, [promise(2048)]);
    const other = commit('learner', 1, [{ type: 'decided', slot: 1, ballot: 2048 }]);
    await until(() => now() && other());
    await settled();
    expect([late(), early()]).toEqual([false, false]);
    expect(await disk.records()).toEqual([promise(2048), { type: 'decided', slot: 1, ballot: 2048 }]);
  });

  it('before its earlier incarnation’s commit was on disk finds it there, and nothing is released', async () => {
    await start();
    await recover('acceptor', 1);
    const letGo = hold();
    const early = commit('acceptor', 1, [promise(1024)]);
    await settled();
    await recover('acceptor', 2);
    letGo();
    const now = commit('acceptor', 2, []);
    await until(now);
    expect(early()).toBe(false);
    expect(await recover('acceptor', 2)).toEqual([promise(1024)]);
  });

  it('has no snapshot of its earlier incarnations saved, and is not told of one', async () => {
    await start();
    await recover('learner', 1);
    await recover('learner', 2);
    dispatch(storage, new SaveSnapshot(1, snapshot(3), 0));
    dispatch(storage, new SaveSnapshot(2, snapshot(5), 4));
    await until(() => of('learner', Saved).length > 0);
    expect(disk.saved).toEqual([{ slot: 5, tailSlots: 4 }]);
    expect(of('learner', Saved).map(({ snapshot: { slot } }) => slot)).toEqual([5]);
    expect(await report()).toEqual({ snapshotSlot: 5, space: 'ok' });
  });

  it('as a learner waits for the snapshots that are being saved; others do not', async () => {
    await start();
    await recover('learner', 1);
    const letGo = hold();
    for (const slot of [3, 5]) dispatch(storage, new SaveSnapshot(1, snapshot(slot), 0));
    await recover('acceptor', 1);
    const learner = recover('learner', 2);
    await turns();
    letGo();
    expect((await learner).map((record) => record.type === 'snapshot' && record.snapshot.slot)).toEqual([5]);
    await settled();
    expect(of('learner', Saved)).toEqual([]);
  });
});

describe('a commit', () => {
  it('is synced at once when somebody waits for it, and later otherwise', async () => {
    await start();
    await recover('learner', 1);
    await until(commit('learner', 1, [], true));
    await until(commit('learner', 1, [], false));
    expect(disk.syncs).toEqual(['now', 'later']);
  });

  it('with a snapshot has that saved with the usual tail, and the rest written', async () => {
    await start();
    await recover('learner', 1);
    const learned: AppendedRecord = { type: 'learned', slot: 9, value: new Uint8Array(1) };
    await until(commit('learner', 1, [{ type: 'snapshot', snapshot: snapshot(8) }, learned]));
    await until(() => of('learner', Saved).length > 0);
    expect(disk.saved).toEqual([{ slot: 8, tailSlots: 7 }]);
    expect(await disk.records()).toContainEqual(learned);
  });

  it('that cannot be written crashes storage: nothing in memory is believed', async () => {
    await start();
    await recover('acceptor', 1);
    const down = whenDown(storage);
    disk.before = () => Promise.reject(new LedgerError('failed', 'as told'));
    const released = commit('acceptor', 1, [promise(1024)]);
    await down;
    expect(released()).toBe(false);
    expect(disk.closed).toBe(1);
  });
});

describe('a release that fails', () => {
  it('crashes storage, and does not end the process', async () => {
    await start();
    await recover('acceptor', 1);
    const down = whenDown(storage);
    const release = (): void => {
      throw new Error('as told');
    };
    dispatch(storage, new Commit('acceptor', 1, [promise(1024)], true, release));
    expect(await down).toEqual({ crash: new Error('as told') });
  });
});

describe('a snapshot is due', () => {
  /** Commits so many records, one by one. */
  async function grow(records: number): Promise<number> {
    for (let count = 0; count < records; count++) await until(commit('learner', 1, [promise(1024)]));
    await settled();
    return of('learner', TakeSnapshot).length;
  }

  it('when the log has grown by so much, once, and again when it has grown further', async () => {
    await start({ logBytes: 3 });
    await recover('learner', 1);
    expect(await grow(2)).toBe(0);
    expect(await grow(1)).toBe(1);
    expect(of('learner', TakeSnapshot)).toEqual([new TakeSnapshot(7)]);
    expect(await grow(2)).toBe(1);
    expect(await grow(1)).toBe(2);
  });

  it('when it has grown by twice the size of the one before, counted from when that was saved', async () => {
    await start({ logBytes: 3 });
    await recover('learner', 1);
    await grow(2);
    dispatch(storage, new SaveSnapshot(1, snapshot(5, 4), 0));
    await until(() => of('learner', Saved).length > 0);
    expect(await grow(7)).toBe(0);
    expect(await grow(1)).toBe(1);
  });

  it('counting all that was kept before this life, and the size of the snapshot that it has', async () => {
    await start({ logBytes: 3, keptBytes: 2 });
    await recover('learner', 1);
    expect(await grow(1)).toBe(1);
    stop(system);
    system = startSystem();
    disk = openDisk();
    await disk.ledger.saveSnapshot(snapshot(5, 4), 0);
    heard.learner = [];
    await start({ logBytes: 3 });
    await recover('learner', 1);
    expect(await report()).toMatchObject({ snapshotSlot: 5 });
    expect(await grow(7)).toBe(0);
    expect(await grow(1)).toBe(1);
  });

  it('but is no failure when there is no room for it; when it cannot be saved otherwise, storage crashes', async () => {
    await start();
    await recover('learner', 1);
    disk.before = noSpace;
    dispatch(storage, new SaveSnapshot(1, snapshot(5), 0));
    await until(() => warnings.length > 0);
    expect(await report()).toMatchObject({ snapshotSlot: 0 });
    const down = whenDown(storage);
    disk.before = () => Promise.reject(new LedgerError('failed', 'as told'));
    dispatch(storage, new SaveSnapshot(1, snapshot(5), 0));
    await down;
    expect(warnings).toHaveLength(1);
  });
});

describe('a disk that is full', () => {
  it('keeps its room for promises and votes: what a learner forgets it learns again', async () => {
    await start();
    await recover('learner', 1);
    await recover('acceptor', 1);
    disk.tellSpace('full');
    const learner = commit('learner', 1, [{ type: 'decided', slot: 1, ballot: 1024 }]);
    await until(commit('acceptor', 1, [promise(1024)]));
    expect(learner()).toBe(false);
    expect(await disk.records()).toEqual([promise(1024)]);
    expect(await report()).toMatchObject({ space: 'full' });
    disk.tellSpace('low');
    await until(commit('learner', 1, [{ type: 'decided', slot: 1, ballot: 1024 }]));
    expect(await report()).toMatchObject({ space: 'low' });
  });

  it('is told to the parliament and the acceptor; the learner is asked for a snapshot with nothing below it', async () => {
    await start();
    disk.tellSpace('low');
    await settled();
    expect(of('learner', TakeSnapshot)).toEqual([]);
    expect(disk.trimmed).toEqual([]);
    disk.tellSpace('full');
    await settled();
    expect(disk.trimmed).toEqual([0]);
    for (const role of ['parliament', 'acceptor'] as const) {
      expect(of(role, SpaceNews)).toEqual([new SpaceNews('low', 500), new SpaceNews('full', 500)]);
    }
    expect(of('learner', TakeSnapshot)).toEqual([new TakeSnapshot(0)]);
  });

  it('when storage starts is told then, and to an acceptor that starts later; one that has room is not', async () => {
    await start();
    await recover('acceptor', 1);
    await settled();
    expect(of('acceptor', SpaceNews)).toEqual([]);
    expect(of('parliament', SpaceNews)).toEqual([]);
    stop(system);
    system = startSystem();
    disk.space = 'low';
    await start();
    await settled();
    expect(of('parliament', SpaceNews)).toEqual([new SpaceNews('low', 500)]);
    heard.acceptor = [];
    await recover('learner', 1);
    await settled();
    expect(of('acceptor', SpaceNews)).toEqual([]);
    await recover('acceptor', 1);
    await settled();
    expect(of('acceptor', SpaceNews)).toEqual([new SpaceNews('low', 500)]);
    // It is not full yet.
    expect(of('learner', TakeSnapshot)).toEqual([]);
  });

  it('and refuses what a role has in memory fences all roles at once, and has them start anew without it', async () => {
    await start();
    await recover('acceptor', 1);
    await recover('learner', 1);
    disk.space = 'low';
    disk.before = noSpace;
    const refused = [commit('acceptor', 1, [promise(1024)]), commit('acceptor', 1, [promise(2048)])];
    await until(() => of('acceptor', StartAnew).length > 0);
    disk.before = async () => {};
    const later = [commit('acceptor', 1, []), commit('learner', 1, [])];
    await settled();
    expect([...refused, ...later].map((isReleased) => isReleased())).toEqual([false, false, false, false]);
    expect(await disk.records()).toEqual([]);
    // Once, however many were refused.
    expect(of('acceptor', StartAnew)).toEqual([new StartAnew('as told')]);
    expect(warnings).toEqual(['as told']);
    // Whatever shorter may still fit, it counts as full.
    expect(of('parliament', SpaceNews)).toEqual([new SpaceNews('full', 500)]);
    expect(of('learner', TakeSnapshot)).toEqual([new TakeSnapshot(0)]);
    expect(await report()).toMatchObject({ space: 'full' });
    heard.acceptor = [];
    await recover('acceptor', 2);
    await settled();
    expect(of('acceptor', SpaceNews)).toEqual([new SpaceNews('full', 500)]);
    // The learner that was asked for a snapshot has ended with the acceptor: the next one is asked, and lets the log go.
    heard.learner = [];
    await recover('learner', 2);
    await settled();
    expect(of('learner', TakeSnapshot)).toEqual([new TakeSnapshot(0)]);
    disk.tellSpace('low');
    await settled();
    expect(of('parliament', SpaceNews).at(-1)).toEqual(new SpaceNews('full', 500));
    // The next refusal is no news.
    disk.before = noSpace;
    commit('acceptor', 2, [promise(1024)]);
    await until(() => of('acceptor', StartAnew).length > 0);
    expect(warnings).toHaveLength(1);
    disk.before = async () => {};
    disk.tellSpace('ok');
    await settled();
    expect(of('parliament', SpaceNews).at(-1)).toEqual(new SpaceNews('ok', 500));
    expect(await report()).toMatchObject({ space: 'ok' });
    await recover('acceptor', 3);
    await until(commit('acceptor', 3, [promise(3072)]));
    expect(await disk.records()).toEqual([promise(3072)]);
  });
});

it('a disk without room for what an earlier incarnation had in memory is no reason to start anew', async () => {
  await start();
  await recover('acceptor', 1);
  let refuse = (): void => {};
  disk.before = () =>
    new Promise((_, reject) => {
      refuse = () => reject(new LedgerError('no-space', 'as told'));
    });
  commit('acceptor', 1, [promise(1024)]);
  await turns();
  disk.before = async () => {};
  await recover('acceptor', 2);
  refuse();
  await settled();
  expect(of('acceptor', StartAnew)).toEqual([]);
  await until(commit('acceptor', 2, [promise(2048)]));
  expect(await report()).toMatchObject({ space: 'ok' });
});

describe('how far others have written', () => {
  it('is written down when it is 4096 bytes further than before, some time, and not where there is no room', async () => {
    await start({ memberIds: [0, 1, 2] });
    const steps: [number, number][] = [
      [1, 4095],
      [1, 4096],
      [1, 8191],
      [2, 5000],
      [1, 8192],
    ];
    for (const [member, position] of steps) dispatch(storage, new Heard(new Map([[member, position]])));
    await settled();
    expect(await disk.records()).toEqual([
      { type: 'heard', member: 1, position: 4096 },
      { type: 'heard', member: 2, position: 5000 },
      { type: 'heard', member: 1, position: 8192 },
    ]);
    expect(disk.syncs).toEqual(['later', 'later', 'later']);
    disk.tellSpace('full');
    dispatch(storage, new Heard(new Map([[1, 100_000]])));
    await settled();
    expect(await disk.records()).toHaveLength(3);
  });

  it('can be done without when it does not fit; when it cannot be written otherwise, storage crashes', async () => {
    await start({ memberIds: [0, 1, 2] });
    disk.before = noSpace;
    dispatch(storage, new Heard(new Map([[1, 5000]])));
    await settled();
    const down = whenDown(storage);
    disk.before = () => Promise.reject(new LedgerError('failed', 'as told'));
    dispatch(storage, new Heard(new Map([[1, 50_000]])));
    await down;
  });

  it('shows an old copy of a directory: its member is expelled, on the disk before it is told, and once', async () => {
    await start({ memberIds: [0, 1, 2] });
    await disk.ledger.append([{ type: 'introduced', member: 1, directory: DIRECTORIES[1] }]);
    stop(system);
    system = startSystem();
    await start({ memberIds: [0, 1, 2] });
    await settled();
    heard.parliament = [];
    const letGo = hold();
    // Each of its messages says the same, until the parliament knows.
    for (let times = 0; times < 10; times++) dispatch(storage, new Relapsed(1, 50, 90));
    await turns();
    expect(heard.parliament).toEqual([]);
    letGo();
    dispatch(storage, new Relapsed(1, 90, 90));
    dispatch(storage, new Relapsed(1, 95, 90));
    await settled();
    const none = '0'.repeat(32);
    expect(of('parliament', MemoryLost)).toEqual([new MemoryLost(1, 'relapse', '90', '50')]);
    expect(of('parliament', FoundingNews).map(({ known }) => known.get(1))).toEqual([none]);
    expect((await disk.records()).slice(1)).toEqual([{ type: 'introduced', member: 1, directory: none }]);
  });
});

describe('a disk without any room', () => {
  const none = '0'.repeat(32);

  it('keeps no member from being expelled, and ends nothing; it is written once there is room', async () => {
    await disk.ledger.append([{ type: 'introduced', member: 1, directory: DIRECTORIES[1] }]);
    await start({ memberIds: [0, 1, 2] });
    await settled();
    heard.parliament = [];
    const before = await disk.records();
    disk.before = noSpace;
    for (let times = 0; times < 10; times++) dispatch(storage, new Relapsed(1, 50, 90));
    await settled();
    expect(of('parliament', MemoryLost)).toEqual([new MemoryLost(1, 'relapse', '90', '50')]);
    expect(of('parliament', FoundingNews).map(({ known }) => known.get(1))).toEqual([none]);
    // Said too early.
    disk.tellSpace('ok');
    await settled();
    expect([disk.opened, await disk.records()]).toEqual([1, before]);
    disk.before = async () => {};
    disk.tellSpace('ok');
    await settled();
    disk.tellSpace('ok');
    await settled();
    expect(await disk.records()).toEqual([...before, { type: 'introduced', member: 1, directory: none }]);
  });

  it('keeps members from meeting as long as it lasts', async () => {
    await start({ memberIds: [0, 1] });
    await settled();
    const meeting = (): void => {
      const given = { yours: DIRECTORIES[0], founded: false, members: MEMBERS };
      dispatch(storage, new Introduced(1, DIRECTORIES[1], given));
    };
    heard.parliament = [];
    disk.before = noSpace;
    for (let times = 0; times < 10; times++) meeting();
    await settled();
    expect([heard.parliament, introduced, disk.opened]).toEqual([[], [], 1]);
    disk.before = async () => {};
    meeting();
    await settled();
    expect(introduced).toEqual([1]);
    expect(await disk.records()).toEqual([
      { type: 'introduced', member: 1, directory: DIRECTORIES[1] },
      { type: 'founded' },
    ]);
  });
});

describe('members that meet', () => {
  const introduction = (yours: string | undefined, founded = false) => ({ yours, founded, members: MEMBERS });

  it('introduce themselves to all that they have not met, and not more often than five times a second', async () => {
    await start({ memberIds: [0, 1, 2] });
    for (let ticks = 0; ticks < 5; ticks++) dispatch(storage, new Tick());
    await settled();
    expect(introduced).toEqual([1, 2]);
    await until(() => {
      dispatch(storage, new Tick());
      return introduced.length > 2;
    });
    expect(introduced).toEqual([1, 2, 1, 2]);
  });

  it('write the other down before they say so; when all have, the parliament is founded, and they fall silent', async () => {
    await start({ memberIds: [0, 1, 2] });
    const news = () => of('parliament', FoundingNews);
    await settled();
    expect(news().map(({ founded, missing }) => [founded, missing])).toEqual([[false, [1, 2]]]);
    const letGo = hold();
    dispatch(storage, new Introduced(1, DIRECTORIES[1], introduction(undefined)));
    await turns();
    expect([introduced, news().length]).toEqual([[], 1]);
    letGo();
    await settled();
    expect(introduced).toEqual([1]);
    expect(news().at(-1)).toMatchObject({ founded: false, missing: [1, 2], directory: DIRECTORIES[0] });
    // It says that it has written this one down, which is news, too.
    dispatch(storage, new Introduced(1, DIRECTORIES[1], introduction(DIRECTORIES[0])));
    await settled();
    expect(news().at(-1)).toMatchObject({ founded: false, missing: [2] });
    // What it says again is none.
    dispatch(storage, new Introduced(1, DIRECTORIES[1], introduction(DIRECTORIES[0])));
    await settled();
    expect(news()).toHaveLength(3);
    dispatch(storage, new Introduced(2, DIRECTORIES[2], introduction(DIRECTORIES[0])));
    await settled();
    expect(news().at(-1)).toMatchObject({ founded: true, missing: [] });
    expect(news().at(-1)?.position()).toBe(disk.ledger.position);
    introduced = [];
    dispatch(storage, new Tick());
    await settled();
    expect(introduced).toEqual([]);
    expect((await disk.records()).at(-1)).toEqual({ type: 'founded' });
  });

  it('know one that has lost its directory, and are told when it is their own', async () => {
    await start({ memberIds: [0, 1, 2] });
    dispatch(storage, new Introduced(1, DIRECTORIES[1], introduction(DIRECTORIES[0])));
    dispatch(storage, new Introduced(1, DIRECTORIES[2], introduction(undefined)));
    dispatch(storage, new Introduced(2, DIRECTORIES[2], introduction('ff'.repeat(16))));
    await settled();
    expect(of('parliament', MemoryLost)).toEqual([
      new MemoryLost(1, 'sender', DIRECTORIES[1], DIRECTORIES[2]),
      new MemoryLost(2, 'own', 'ff'.repeat(16), DIRECTORIES[0]),
    ]);
  });
});

describe('the ledger', () => {
  it('is closed when storage ends, and when it cannot be read', async () => {
    await start();
    await stopActor(storage);
    expect([disk.opened, disk.closed]).toEqual([1, 1]);
    stop(system);
    system = startSystem();
    await expect(start({ replay: () => Promise.reject(new Error('as told')) })).rejects.toThrow('as told');
    expect([disk.opened, disk.closed]).toEqual([2, 2]);
  });
});

it('what nobody has asked for by a call is answered to nobody', async () => {
  await start();
  dispatch(storage, new Inspect());
  dispatch(storage, new Recover('acceptor', 1, () => {}));
  await settled();
});
