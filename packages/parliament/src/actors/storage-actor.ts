/**
 * The storage actor: it owns the data directory. It makes the roles' records durable, and only then lets out what depends
 * on them; it shows them their records after a restart; and it sees the founding through, which is about directories.
 */

import type { ActorContext, Behaviour, Reference } from '@parliament/otp';
import { type AppendedRecord, type Ledger, LedgerError, type LedgerOptions, type Space } from '@parliament/storage';
import {
  createFounding,
  type FoundingState,
  introductionTo,
  type MemberId,
  meet,
  missing,
  type RoleName,
  recoverFounding,
  type Snapshot,
} from '@parliament/synod';
import type { SnapshotSettings } from '../options.js';
import type { PacketIntroduction } from '../wire/packet.js';
import { consequenceOf, FULL_TAIL_SLOTS, fateOf, spaceOf } from './full-disk.js';
import {
  Commit,
  Crash,
  Done,
  FoundingNews,
  Heard,
  Inspect,
  Introduced,
  MemoryLost,
  Recover,
  Relapsed,
  Report,
  Saved,
  SaveSnapshot,
  SpaceNews,
  StartAnew,
  TakeSnapshot,
  Tick,
} from './mail.js';
import { expulsionOf, takeBack, worthWritingDown } from './relapse.js';
import {
  askIfDue,
  createSnapshotting,
  noteSnapshotFound,
  noteSnapshotSaved,
  type Snapshotting,
} from './snapshotting.js';

/** What the storage actor needs to know. */
export interface StorageSettings {
  readonly parliament: Reference;
  readonly directory: string;
  readonly cluster: string;
  /** The parliament's name: its group in the directory. */
  readonly group: string;
  readonly member: MemberId;
  readonly memberIds: readonly MemberId[];
  /** All founding members with their nodes, as one line: they must be the same at every start. */
  readonly founders: string;
  /** What they run, which must be the same, too; and whether it goes on with what registers alone have written. */
  readonly machine?: string;
  readonly mayTakeOver: boolean;
  readonly introduce: (
    to: MemberId,
    directory: string,
    position: number,
    introduction: Omit<PacketIntroduction, 'members'>,
  ) => void;
  readonly warn: (message: string) => void;
  readonly openLedger: OpenLedger;
  readonly learner: Reference;
  readonly acceptor: Reference;
  readonly snapshots: SnapshotSettings;
}

/** Opens the ledger of a member. */
export type OpenLedger = (directory: string, options: LedgerOptions) => Promise<Ledger>;

interface StorageState {
  readonly ledger: Ledger;
  /** What the ledger does, which ends with the incarnation: what was under way then does not count. */
  readonly append: Ledger['append'];
  readonly replay: Ledger['replay'];
  readonly saveSnapshot: Ledger['saveSnapshot'];
  readonly trim: Ledger['trim'];
  readonly founding: FoundingState;
  /** The incarnation of each role that may write; those before it are fenced. */
  readonly current: Map<RoleName, number>;
  introducedAt: number;
  readonly snapshotting: Snapshotting;
  /** Resolves when no snapshot is being saved, whatever became of those that were. */
  saving: Promise<void>;
  /** Whether something did not fit: until there is room again the disk counts as full. */
  isRefusing: boolean;
  /** Expulsions that there was no room for: they hold, and are written once there is. */
  owed: AppendedRecord[];
  /** How far others had written, as was written down last. */
  readonly heard: Map<MemberId, number>;
}

/** What storage tells about itself. */
export interface StorageReport {
  readonly space: Space;
  readonly snapshotSlot: number;
}

/** Members that have not all met yet introduce themselves this often, in milliseconds. */
const INTRODUCTION_INTERVAL_MS = 200;

function spaceIn({ isRefusing, ledger }: StorageState): Space {
  return spaceOf(ledger.space.space, isRefusing);
}

function isNoSpace(error: unknown): error is LedgerError {
  return error instanceof LedgerError && error.code === 'no-space';
}

/** The behaviour of the storage actor. */
export function storageBehaviour(settings: StorageSettings): Behaviour<StorageState, unknown> {
  const { directory, cluster, group, member, memberIds, snapshots } = settings;

  function tellFounding(state: StorageState, context: ActorContext): void {
    const { founding } = state;
    const news = new FoundingNews(founding, missing(founding), () => state.ledger.position);
    context.dispatch(settings.parliament, news);
  }

  function introduce({ founding, ledger }: StorageState, to: MemberId): void {
    const { yours, founded } = introductionTo(founding, to);
    // The position from here: who says that it is less than it was is not counted any more.
    settings.introduce(to, founding.directory, ledger.position, { yours, founded });
  }

  async function meetMember(state: StorageState, message: Introduced, context: ActorContext): Promise<void> {
    const { yours, founded } = message.introduction;
    const { founding } = state;
    const wasMissing = missing(founding).length;
    const result = meet(founding, message.from, { directory: message.directory, yours, founded });
    if (result.mismatch !== undefined) {
      const { whose, expected, found } = result.mismatch;
      context.dispatch(settings.parliament, new MemoryLost(message.from, whose, expected, found));
    }
    if (result.records.length > 0) {
      // Nobody may be told that its directory is written down before it is. Should this fail, storage starts anew and
      // reads what is.
      if (!(await isWritten(state, result.records))) {
        takeBack(founding, result.records);
        return;
      }
    }
    if (wasMissing !== missing(founding).length || result.records.length > 0) tellFounding(state, context);
    for (const to of result.introduce) introduce(state, to);
  }

  /** False when there is no room for them. */
  async function isWritten({ append }: StorageState, records: readonly AppendedRecord[]): Promise<boolean> {
    try {
      await append(records);
      return true;
    } catch (error) {
      if (isNoSpace(error)) return false;
      throw error;
    }
  }

  /**
   * Makes an expulsion durable before anybody hears of it; where there is no room for that, it holds all the same: who is not
   * counted does no harm, and comes again with every message.
   */
  async function expel(
    state: StorageState,
    { member, position, known }: Relapsed,
    context: ActorContext,
  ): Promise<void> {
    const expulsion = expulsionOf(state.founding, member, position, known);
    if (expulsion === undefined) return;
    if (!(await isWritten(state, expulsion.records))) state.owed.push(...expulsion.records);
    tellFounding(state, context);
    context.dispatch(settings.parliament, new MemoryLost(member, 'relapse', String(expulsion.had), String(position)));
  }

  function writeOwed(state: StorageState, context: ActorContext): void {
    const { owed } = state;
    if (owed.length === 0) return;
    state.owed = [];
    state.append(owed).catch((error: unknown) => {
      if (isNoSpace(error)) state.owed.push(...owed);
      else context.fail(error);
    });
  }

  function noteHeard(state: StorageState, positions: ReadonlyMap<MemberId, number>, context: ActorContext): void {
    const records = worthWritingDown(state.founding, state.heard, positions);
    if (records.length === 0 || spaceIn(state) === 'full') return;
    state.append(records, { sync: 'later' }).catch((error: unknown) => {
      // One can do without them.
      if (!isNoSpace(error)) context.fail(error);
    });
  }

  function commit(state: StorageState, message: Commit, context: ActorContext): void {
    const { role, incarnation, urgent, release } = message;
    const isCurrent = (): boolean => state.current.get(role) === incarnation;
    const fate = fateOf(role, isCurrent(), spaceIn(state));
    if (fate === 'nothing') return;
    const records: AppendedRecord[] = [];
    for (const record of message.records) {
      if (record.type === 'snapshot') save(state, record.snapshot, snapshots.tailSlots, incarnation, context);
      else records.push(record);
    }
    if (fate === 'left-out') {
      message.skip?.();
      return;
    }
    // Not awaited: while one batch is being synced, the next one gathers.
    state
      .append(records, { sync: urgent ? 'now' : 'later' })
      .then(() => {
        if (isCurrent()) release();
        if (askIfDue(state.snapshotting, state.ledger.position, snapshots)) {
          context.dispatch(settings.learner, new TakeSnapshot(snapshots.tailSlots));
        }
      })
      .catch((error: unknown) => {
        const consequence = consequenceOf(isNoSpace(error), isCurrent());
        if (consequence === 'crash') context.fail(error);
        else if (consequence === 'start-anew') startAnew(state, (error as LedgerError).message, context);
      });
  }

  function startAnew(state: StorageState, reason: string, context: ActorContext): void {
    state.current.clear();
    if (!state.isRefusing) settings.warn(reason);
    state.isRefusing = true;
    noteSpace(state.ledger.space.space, state.ledger.space.bytes, state, context);
    context.dispatch(settings.acceptor, new StartAnew(reason));
  }

  /** Without room for it, the log goes on growing, and the next one is tried later. */
  function save(
    state: StorageState,
    snapshot: Snapshot,
    tailSlots: number,
    incarnation: number,
    context: ActorContext,
  ): void {
    const saving = state
      .saveSnapshot(snapshot, tailSlots)
      .then(() => {
        noteSnapshotSaved(state.snapshotting, state.ledger.position, snapshot);
        // A later learner may have forgotten, while the disk was full, what this one stands for.
        if (state.current.get('learner') === incarnation) context.dispatch(settings.learner, new Saved(snapshot));
      })
      .catch((error: unknown) => {
        if (isNoSpace(error)) settings.warn(error.message);
        else context.fail(error);
      });
    const { saving: before } = state;
    state.saving = saving.then(() => before);
  }

  function noteSpace(found: Space, bytes: number, state: StorageState | undefined, context: ActorContext): void {
    if (state !== undefined && found === 'ok') {
      state.isRefusing = false;
      writeOwed(state, context);
    }
    const space = spaceOf(found, state?.isRefusing === true);
    const news = new SpaceNews(space, bytes);
    context.dispatch(settings.parliament, news);
    context.dispatch(settings.acceptor, news);
    if (space !== 'full') return;
    context.dispatch(settings.learner, new TakeSnapshot(FULL_TAIL_SLOTS));
    // There may be no room for that one, or nothing new for it to stand for: then what the last one stands for goes.
    state?.trim(FULL_TAIL_SLOTS).catch((error: unknown) => {
      if (!isNoSpace(error)) context.fail(error);
    });
  }

  return {
    async init(context) {
      let opened: StorageState | undefined;
      const ledger = await settings.openLedger(directory, {
        cluster,
        group,
        member,
        founders: settings.founders,
        ...(settings.machine === undefined ? {} : { machine: settings.machine }),
        mayTakeOver: settings.mayTakeOver,
        founderIds: memberIds,
        onWarning: ({ message }) => settings.warn(message),
        onSpace: ({ space, bytes }) => noteSpace(space, bytes, opened, context),
      });
      try {
        const snapshotting = createSnapshotting(ledger.position, ledger.recovery.keptBytes);
        const founding = createFounding(member, ledger.identity.directory, memberIds);
        await ledger.replay((record) => {
          if (record.type === 'snapshot') noteSnapshotFound(snapshotting, record.snapshot);
          if (record.type === 'introduced' || record.type === 'founded' || record.type === 'heard') {
            recoverFounding(founding, record);
          }
        });
        const state: StorageState = {
          ledger,
          append: context.fenced((records, options) => ledger.append(records, options)),
          replay: context.fenced((visit) => ledger.replay(visit)),
          saveSnapshot: context.fenced((snapshot, tailSlots) => ledger.saveSnapshot(snapshot, tailSlots)),
          trim: context.fenced((tailSlots) => ledger.trim(tailSlots)),
          founding,
          current: new Map(),
          introducedAt: Number.NEGATIVE_INFINITY,
          snapshotting,
          saving: Promise.resolve(),
          heard: new Map(founding.positions),
          isRefusing: false,
          owed: [],
        };
        opened = state;
        tellFounding(state, context);
        if (ledger.space.space !== 'ok') noteSpace(ledger.space.space, ledger.space.bytes, state, context);
        return state;
      } catch (error) {
        await ledger.close();
        throw error;
      }
    },

    async receive(state, message, context) {
      if (message instanceof Commit) {
        commit(state, message, context);
      } else if (message instanceof SaveSnapshot) {
        const { incarnation, snapshot, tailSlots } = message;
        if (state.current.get('learner') === incarnation) save(state, snapshot, tailSlots, incarnation, context);
      } else if (message instanceof Heard) {
        noteHeard(state, message.positions, context);
      } else if (message instanceof Relapsed) {
        await expel(state, message, context);
      } else if (message instanceof Recover) {
        state.current.set(message.role, message.incarnation);
        // What an earlier learner had applied is in there: a later one is to begin with it.
        if (message.role === 'learner') await state.saving;
        await state.replay(message.visit);
        if (context.sender !== undefined) context.dispatch(context.sender, new Done());
        // Those of its earlier incarnations it does not know.
        const { bytes } = state.ledger.space;
        const space = spaceIn(state);
        if (space !== 'ok' && message.role === 'acceptor') {
          context.dispatch(settings.acceptor, new SpaceNews(space, bytes));
        }
        // The one that was asked when the disk became full may have ended by that, in the middle of it.
        if (space === 'full' && message.role === 'learner') {
          context.dispatch(settings.learner, new TakeSnapshot(FULL_TAIL_SLOTS));
        }
      } else if (message instanceof Introduced) {
        await meetMember(state, message, context);
      } else if (message instanceof Tick) {
        const now = performance.now();
        if (!state.founding.founded && now - state.introducedAt >= INTRODUCTION_INTERVAL_MS) {
          state.introducedAt = now;
          for (const other of state.founding.others) introduce(state, other);
        }
      } else if (message instanceof Inspect && context.sender !== undefined) {
        const report: StorageReport = { snapshotSlot: state.snapshotting.slot, space: spaceIn(state) };
        context.dispatch(context.sender, new Report<StorageReport>(report));
      } else if (message instanceof Crash) {
        throw new Error('told to crash');
      }
      return state;
    },

    async terminate(state) {
      await state.ledger.close();
    },
  };
}
