/**
 * The storage actor: it owns the data directory. It makes the roles' records durable, and only then lets out what depends
 * on them; it shows them their records after a restart; and it sees the founding through, which is about directories.
 */

import type { ActorContext, Behaviour, Reference } from '@parliament/otp';
import type { Ledger, openLedger } from '@parliament/storage';
import {
  createFounding,
  type FoundingState,
  introductionTo,
  type MemberId,
  meet,
  missing,
  type RoleName,
  recoverFounding,
} from '@parliament/synod';
import {
  Commit,
  Crash,
  Done,
  FoundingNews,
  Inspect,
  Introduced,
  MemoryLost,
  Recover,
  Report,
  Tick,
} from './internal.js';
import type { PacketIntroduction } from './packet.js';

/** What the storage actor needs to know. */
export interface StorageSettings {
  readonly parliament: Reference;
  readonly directory: string;
  readonly cluster: string;
  readonly member: MemberId;
  readonly memberIds: readonly MemberId[];
  readonly introduce: (to: MemberId, directory: string, introduction: Omit<PacketIntroduction, 'members'>) => void;
  readonly warn: (message: string) => void;
  readonly openLedger: typeof openLedger;
}

interface StorageState {
  readonly ledger: Ledger;
  /** The ledger's `append` and `replay`, which end with the incarnation: what was under way then does not count. */
  readonly append: Ledger['append'];
  readonly replay: Ledger['replay'];
  readonly founding: FoundingState;
  /** The incarnation of each role that may write; those before it are fenced. */
  readonly current: Map<RoleName, number>;
  introducedAt: number;
}

/** Members that have not all met yet introduce themselves this often, in milliseconds. */
const INTRODUCTION_INTERVAL_MS = 200;

/** The behaviour of the storage actor. */
export function storageBehaviour(settings: StorageSettings): Behaviour<StorageState, unknown> {
  const { directory, cluster, member, memberIds } = settings;

  function tellFounding(state: StorageState, context: ActorContext): void {
    const { founding } = state;
    const news = new FoundingNews(
      founding.directory,
      founding.founded,
      missing(founding),
      new Map(founding.introduced),
    );
    context.dispatch(settings.parliament, news);
  }

  function introduce(founding: FoundingState, to: MemberId): void {
    const introduction = introductionTo(founding, to);
    settings.introduce(to, founding.directory, { yours: introduction.yours, founded: introduction.founded });
  }

  async function greet(state: StorageState, message: Introduced, context: ActorContext): Promise<void> {
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
      await state.append(result.records);
    }
    if (wasMissing !== missing(founding).length || result.records.length > 0) tellFounding(state, context);
    for (const to of result.introduce) introduce(founding, to);
  }

  function commit(state: StorageState, message: Commit, context: ActorContext): void {
    if (state.current.get(message.role) !== message.incarnation) return;
    // Not awaited: while one batch is being synced, the next one gathers.
    state.append(message.records, { sync: message.urgent ? 'now' : 'later' }).then(
      () => {
        if (state.current.get(message.role) === message.incarnation) message.release();
      },
      // After a failed write nothing in memory is believed: all roles start anew from what the disk holds.
      (error: unknown) => context.fail(error),
    );
  }

  return {
    async init(context) {
      const ledger = await settings.openLedger(directory, {
        cluster,
        member,
        onWarning: ({ message }) => settings.warn(message),
      });
      try {
        const founding = createFounding(member, ledger.identity.directory, memberIds);
        await ledger.replay((record) => {
          if (record.type === 'introduced' || record.type === 'founded') recoverFounding(founding, record);
        });
        const state: StorageState = {
          ledger,
          append: context.fenced((records, options) => ledger.append(records, options)),
          replay: context.fenced((visit) => ledger.replay(visit)),
          founding,
          current: new Map(),
          introducedAt: Number.NEGATIVE_INFINITY,
        };
        tellFounding(state, context);
        return state;
      } catch (error) {
        await ledger.close();
        throw error;
      }
    },

    async receive(state, message, context) {
      if (message instanceof Commit) {
        commit(state, message, context);
      } else if (message instanceof Recover) {
        state.current.set(message.role, message.incarnation);
        await state.replay(message.visit);
        if (context.sender !== undefined) context.dispatch(context.sender, new Done());
      } else if (message instanceof Introduced) {
        await greet(state, message, context);
      } else if (message instanceof Tick) {
        const now = performance.now();
        if (!state.founding.founded && now - state.introducedAt >= INTRODUCTION_INTERVAL_MS) {
          state.introducedAt = now;
          for (const other of state.founding.others) introduce(state.founding, other);
        }
      } else if (message instanceof Inspect && context.sender !== undefined) {
        context.dispatch(context.sender, new Report({ directory }));
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
