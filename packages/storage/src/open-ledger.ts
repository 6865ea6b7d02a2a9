/** Opens ledgers. Those of one directory share its lock and its log. */

import path from 'node:path';
import type { MemberId } from '@parliament/synod';
import { checkOwner, explain, lock, type OpenedDirectory, openDirectory } from './data-directory.js';
import { LedgerError, textOf } from './errors.js';
import { realFileSystem } from './file-system.js';
import { GroupLedger } from './group-ledger.js';
import { createGroupState } from './group-state.js';
import { foundersLine, type Founding, foundingIn, type GroupIdentity, writeIdentity } from './identity.js';
import type { Ledger } from './ledger.js';
import type { Unlock } from './lock.js';
import { DEFAULT_SEGMENT_BYTES } from './log-files.js';
import { checkLedgerOptions, type LedgerOptions } from './options.js';

export const DEFAULT_RECORD_LIMIT_BYTES: number = 8 * 1024 * 1024;
export const DEFAULT_RESERVE_BYTES: number = 16 * 1024 * 1024;

const DEFAULT_GROUP = 'parliament';

/** A directory that is open in this process. */
interface Shared {
  readonly unlock: Unlock;
  opened: OpenedDirectory;
  /** The groups in use, by name. */
  readonly users: Map<string, LedgerOptions>;
}

const shared = new Map<string, Shared>();
/** What is being done to a directory: one thing after the other. */
const turns = new Map<string, Promise<unknown>>();

/** The ledgers that are being closed, by place and group: a disk that stands still can make that last. */
const closings = new Map<string, Promise<void>>();

/**
 * Opens the ledger of a group in `directory`; creates both where there is nothing.
 *
 * @throws RangeError for options that are out of range, missing or unknown.
 * @throws LedgerError `locked`, `wrong-identity`, `corrupt`, `newer-format`, `no-space` or `unusable`. Nothing in the
 *   directory was changed then.
 * @example
 * ```ts
 * import { openLedger } from '@parliament/storage';
 *
 * const ledger = await openLedger('./data', { cluster: 'example', member: 0 });
 * await ledger.append([
 *   { type: 'promised', ballot: 1024 },
 *   { type: 'voted', slot: 1, ballot: 1024, value: new TextEncoder().encode('ann') },
 * ]); // both are on disk
 * await ledger.replay((record) => console.log(record.type)); // promised, then: voted
 * await ledger.close();
 * ```
 */
export async function openLedger(directory: string, options: LedgerOptions): Promise<Ledger> {
  checkLedgerOptions(options);
  // It would be the directory that the process happens to be in.
  if (directory === '') throw new RangeError('directory: give it a name');
  const place = path.resolve(directory);
  // Whoever starts anew is not kept out by what it was before.
  await closings.get(keyOf(place, options.group));
  return inTurn(place, async () => {
    try {
      return await open(place, options);
    } catch (error) {
      throw explain(error, directory);
    }
  });
}

async function open(place: string, options: LedgerOptions): Promise<Ledger> {
  const { group = DEFAULT_GROUP, member, cluster, disk = realFileSystem } = options;
  let known = shared.get(place);
  if (known?.users.has(group)) {
    const message = `${place} is in use by this process (${process.pid}) already, for ${group}`;
    throw new LedgerError('locked', `${message}: close that first, or choose another directory`);
  }
  if (known === undefined) {
    const unlock = await lock(disk, place);
    try {
      const users = new Map<string, LedgerOptions>();
      known = { unlock, users, opened: await openDirectory(directoryOptions(place, options, users)) };
    } catch (error) {
      unlock();
      throw error;
    }
    shared.set(place, known);
  } else if (known.opened.log.failure !== undefined) {
    // Nothing in memory is believed: the directory is read again, by the first that comes.
    await known.opened.log.close();
    known.opened = await openDirectory(directoryOptions(place, options, known.users));
  }
  const { opened, users } = known;
  users.set(group, options);
  try {
    const number = groupNumberOf(opened, place, options);
    const { directory, formatVersion } = opened.identity;
    const { records, end: bytes, segments, tornBytes } = opened.recovered;
    const keptBytes = bytes - (segments[0]?.start ?? bytes);
    return new GroupLedger({
      disk,
      directory: place,
      identity: { cluster, group, member, directory, formatVersion },
      recovery: { records, bytes, keptBytes, tornBytes },
      number,
      log: opened.log,
      noteClosing: (closing) => noteClosing(keyOf(place, group), closing),
      release: () => inTurn(place, () => release(place, group)),
    });
  } catch (error) {
    await release(place, group);
    throw error;
  }
}

function directoryOptions(
  place: string,
  options: LedgerOptions,
  users: ReadonlyMap<string, LedgerOptions>,
): Parameters<typeof openDirectory>[0] {
  return {
    disk: options.disk ?? realFileSystem,
    directory: place,
    cluster: options.cluster,
    group: options.group ?? DEFAULT_GROUP,
    member: options.member,
    recordLimitBytes: options.recordLimitBytes ?? DEFAULT_RECORD_LIMIT_BYTES,
    segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
    reserveBytes: options.reserveBytes ?? DEFAULT_RESERVE_BYTES,
    warn: (message) => tell(options, (listener) => listener.onWarning?.({ message })),
    onSpace(report) {
      for (const user of users.values()) tell(user, (listener) => listener.onSpace?.(report));
    },
  };
}

/** A listener that throws harms nobody: neither those behind it, nor the log. Its owner is told. */
function tell(listener: LedgerOptions, work: (listener: LedgerOptions) => void): void {
  try {
    work(listener);
  } catch (error) {
    try {
      listener.onWarning?.({ message: `a listener of the ledger has thrown: ${textOf(error)}` });
    } catch {
      // There is no other way to tell.
    }
  }
}

/** Their numbers have 16 bits in the log, and 0 is the log's own. */
const GROUPS_MAX = 65_535;

/** The number of a group in a directory; a group that is not there yet is written down first. */
function groupNumberOf(opened: OpenedDirectory, directory: string, options: LedgerOptions): number {
  const { identity } = opened;
  const { cluster, group: name = DEFAULT_GROUP, member, founderIds, disk = realFileSystem } = options;
  checkOwner(identity, directory, { cluster, group: name, member });
  const index = identity.groups.findIndex((each) => each.name === name);
  const found = identity.groups[index];
  if (found !== undefined) checkFounding(directory, found, options);
  const line = foundersLine({ ...foundingIn(found?.founders), ...sayingIn(options) });
  const group: GroupIdentity = { name, member, ...(line === undefined ? {} : { founders: line }) };
  if (found === undefined || line !== found.founders) {
    if (found === undefined && identity.groups.length === GROUPS_MAX) {
      throw new LedgerError(
        'unusable',
        `${directory} has ${GROUPS_MAX} groups, and can have no more: choose another directory`,
      );
    }
    if (found !== undefined && foundingIn(found.founders).founders === undefined && founderIds !== undefined) {
      checkMet(opened, directory, index + 1, options, founderIds);
    }
    const groups =
      found === undefined
        ? [...identity.groups, group]
        : identity.groups.map((each, at) => (at === index ? group : each));
    const next = { ...identity, groups };
    writeIdentity(disk, directory, next);
    // Not before: what is written under a number that the directory does not know makes it unreadable.
    opened.identity = next;
    return found === undefined ? groups.length : index + 1;
  }
  return index + 1;
}

function sayingIn({ founders, machine }: LedgerOptions): Founding {
  return { ...(founders === undefined ? {} : { founders }), ...(machine === undefined ? {} : { machine }) };
}

/** What was said once is never taken back, and nothing said is taken for something else. Who says nothing is not asked. */
function checkFounding(directory: string, { founders: line }: GroupIdentity, options: LedgerOptions): void {
  const { founders, machine } = options;
  if (founders === undefined && machine === undefined) return;
  const found = foundingIn(line);
  const isOfFounders = founders === undefined || found.founders === undefined || found.founders === founders;
  const isOfMachine = found.machine === machine || (found.machine === undefined && options.mayTakeOver === true);
  if (isOfFounders && isOfMachine) return;
  // What is as it was is not told.
  const [was, is] = isOfMachine ? [found.founders, founders] : [line, foundersLine(sayingIn(options))];
  const whom = was === undefined ? 'members that run no machine' : `the members ${was}`;
  const message = `${directory} was founded with ${whom}, not with ${is}`;
  throw new LedgerError('wrong-identity', `${message}: start this member with what it was founded with`);
}

/** Before founders were written down, a member wrote down whom it met at the founding: what is said now must fit that. */
function checkMet(
  { log }: OpenedDirectory,
  directory: string,
  number: number,
  { member, founders }: Pick<LedgerOptions, 'member' | 'founders'>,
  founderIds: readonly MemberId[],
): void {
  const { introduced, founded } = log.group(number, () => createGroupState(number));
  const met = [...introduced.keys()].sort((left, right) => left - right);
  const isKnown = met.every((id) => founderIds.includes(id));
  const isWhole = !founded || founderIds.every((id) => id === member || introduced.has(id));
  if (isKnown && isWhole) return;
  const message = `${directory} is of a member that has met the members ${met.join(', ')}, which are not those of ${founders}`;
  throw new LedgerError('wrong-identity', `${message}: start this member with what it was founded with`);
}

function keyOf(place: string, group = DEFAULT_GROUP): string {
  return JSON.stringify([place, group]);
}

function noteClosing(key: string, closing: Promise<void>): void {
  const forget = (): void => {
    closings.delete(key);
  };
  closings.set(key, closing.then(forget, forget));
}

async function release(place: string, group: string): Promise<void> {
  const known = shared.get(place);
  if (known === undefined || !known.users.delete(group) || known.users.size > 0) return;
  shared.delete(place);
  try {
    await known.opened.log.close();
  } finally {
    known.unlock();
  }
}

async function inTurn<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(place) ?? Promise.resolve();
  const turn = before.then(work, work);
  turns.set(place, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(place) === turn) turns.delete(place);
  }
}
