/** How a parliament is set up. */

import type { AnyMachine } from '@parliament/machine';
import { DEFAULT_PROPOSER_OPTIONS, isMemberId, type MemberId } from '@parliament/synod';
import { ParliamentError } from './errors.js';
import type { ParliamentEvent } from './events.js';
import { DEFAULT_VALUE_LIMIT_BYTES } from './limits.js';
import { checkMembers, type Members } from './members.js';

/** How a parliament paces itself, in milliseconds. All members should have the same. */
export interface Timing {
  /** A leader is heard from this often. Default 50. */
  readonly heartbeatMs: number;
  /** A member that hears no leader stands after a random time from this (default 300) … */
  readonly electionTimeoutMinMs: number;
  /** … to this (default 600). */
  readonly electionTimeoutMaxMs: number;
  /** What was not answered is sent again after this time. Default 200. */
  readonly resendMs: number;
  /**
   * For this long after it has heard from a leader, a member promises nobody else. Default 250; 0 for never. Not longer than
   * electionTimeoutMinMs.
   */
  readonly leaseMs: number;
}

/** When snapshots are taken, and what is kept below them. */
export interface SnapshotSettings {
  /** One is due when the log has grown by so many bytes since the one before, and by twice the size of that. Default 16 MiB. */
  readonly logBytes: number;
  /** So many slots below it are kept, for members that are a little behind. Default 1000. */
  readonly tailSlots: number;
}

const DEFAULT_SNAPSHOTS: SnapshotSettings = { logBytes: 16 * 1024 * 1024, tailSlots: 1000 };

/** What `spawnParliament` takes. */
export interface ParliamentOptions {
  /** The own member id, 0 to 1023. */
  readonly member: MemberId;
  /** Every founding member: the name of its node, by member id; the own one included. The same on every node. */
  readonly members: Members;
  /**
   * Where this member keeps its votes: on a disk that survives; created when it is not there. Several parliaments of one
   * process may share it, and then share its syncs.
   */
  readonly directory?: string;
  /**
   * `memory`, in place of a directory: for tests. A member whose process has ended has forgotten its votes, is known for that,
   * and is not counted again until all members have ended.
   */
  readonly storage?: 'memory';
  /** When snapshots are taken, so that the log can be trimmed. */
  readonly snapshots?: Partial<SnapshotSettings>;
  /**
   * Only members of one cluster talk. Default: that of the node, or `parliament` where there is none. It is written into
   * the directory, together with the name of the parliament.
   */
  readonly cluster?: string;
  /**
   * The longest value, in bytes of UTF-8. Default 1 MiB, at most 2 MiB. The same on every node, and each of them is to take messages
   * (`limits.payloadBytes`) that are 64 KiB longer, at least.
   */
  readonly valueLimitBytes?: number;
  /** What was decided last is remembered for those who `watch`: so many bytes of it. Default 16 MiB. */
  readonly watchBytes?: number;
  readonly timing?: Partial<Timing>;
  /** The last slot of the log: 1 for a parliament that decides once. It holds registers alone then. Default: no end. */
  readonly lastSlot?: number;
  /** Restarts of roles within `periodMs` after which the parliament gives up: default 3 in 5000 ms. */
  readonly restarts?: { readonly intensity: number; readonly periodMs: number };
  /** Told what happens, as it happens. Must not throw; what it throws is ignored. */
  readonly onEvent?: (event: ParliamentEvent) => void;
}

/** What `spawnParliament` takes for a machine of one's own. */
export interface MachineOptions<M extends AnyMachine> extends ParliamentOptions {
  /** As `machine` or `compose` gives it. The same on every node. Default: registers that are written once, see `ask`, and `kv` beside them. */
  readonly machine: M;
  /**
   * Whether the machine is watched for what would make members differ: clocks, chance, states that are changed in place. Each call of
   * a handler costs several snapshots then. For tests. What it finds is not applied, so it is the same on every node, and for a directory
   * as long as there is one. Default false.
   */
  readonly development?: boolean;
}

const DEFAULT_WATCH_BYTES = 16 * 1024 * 1024;

/** The longest value that may be configured, in bytes: a decree must fit into a frame and a record. */
const HIGHEST_VALUE_LIMIT_BYTES = 2 * 1024 * 1024;

/** No pace is slower than this, in milliseconds: an hour. */
const SLOWEST_MS = 3_600_000;

const KNOWN = [
  'member',
  'members',
  'directory',
  'storage',
  'snapshots',
  'cluster',
  'valueLimitBytes',
  'watchBytes',
  'timing',
  'lastSlot',
  'restarts',
  'onEvent',
] as const satisfies readonly (keyof ParliamentOptions)[];

const TIMING = [
  'heartbeatMs',
  'electionTimeoutMinMs',
  'electionTimeoutMaxMs',
  'resendMs',
  'leaseMs',
] as const satisfies readonly (keyof Timing)[];

/** Options with every default filled in. */
export interface Settings
  extends Required<Omit<ParliamentOptions, 'cluster' | 'timing' | 'onEvent' | 'storage' | 'snapshots'>> {
  readonly isInMemory: boolean;
  readonly snapshots: SnapshotSettings;
  readonly timing: Timing;
  readonly onEvent: (event: ParliamentEvent) => void;
}

/** @throws ParliamentError `bad-option`, naming the option, what is wrong with it and what would be right. */
export function checkOptions(options: ParliamentOptions): Settings {
  known('the options', options, KNOWN);
  const { member, storage, onEvent, cluster } = options;
  if (!isMemberId(member)) throw bad(`member: ${shown(member)} is not a whole number from 0 to 1023`);
  const members = checkMembers(options.members);
  if (members[member] === undefined) throw bad(`member: ${member} is not one of the members`);
  const directory = checkPlace(options.directory, storage);
  if (onEvent !== undefined && typeof onEvent !== 'function') throw bad(`onEvent: ${shown(onEvent)} is no function`);
  if (cluster !== undefined && (typeof cluster !== 'string' || cluster === '')) throw bad('cluster: give it a name');
  known('snapshots', options.snapshots ?? {}, ['logBytes', 'tailSlots']);
  const snapshots = { ...DEFAULT_SNAPSHOTS, ...options.snapshots };
  whole('snapshots.logBytes', snapshots.logBytes);
  if (snapshots.tailSlots !== 0) whole('snapshots.tailSlots', snapshots.tailSlots);
  const valueLimitBytes = whole('valueLimitBytes', options.valueLimitBytes ?? DEFAULT_VALUE_LIMIT_BYTES);
  if (valueLimitBytes > HIGHEST_VALUE_LIMIT_BYTES) throw bad(`valueLimitBytes: at most ${HIGHEST_VALUE_LIMIT_BYTES}`);
  const watchBytes = whole('watchBytes', options.watchBytes ?? DEFAULT_WATCH_BYTES);
  const lastSlot = whole('lastSlot', options.lastSlot ?? DEFAULT_PROPOSER_OPTIONS.lastSlot);
  const restarts = options.restarts ?? { intensity: 3, periodMs: 5000 };
  known('restarts', restarts, ['intensity', 'periodMs']);
  if (!Number.isInteger(restarts.intensity) || restarts.intensity < 0) throw bad('restarts.intensity: a count');
  whole('restarts.periodMs', restarts.periodMs);
  return {
    member,
    members,
    directory,
    isInMemory: storage === 'memory',
    snapshots,
    valueLimitBytes,
    watchBytes,
    lastSlot,
    restarts,
    timing: checkTiming(options.timing ?? {}),
    onEvent: (event) => {
      try {
        onEvent?.(event);
      } catch {
        // A listener's fault is its own: it must not stop the parliament that it listens to.
      }
    },
  };
}

/** Gives the directory; for a member in memory, what stands for one in messages. */
function checkPlace(directory: unknown, storage: unknown): string {
  if (storage !== undefined && storage !== 'memory') throw bad(`storage: ${shown(storage)} is not 'memory'`);
  if (storage === 'memory') {
    if (directory === undefined) return '(memory)';
    throw bad("directory and storage: 'memory' exclude each other");
  }
  if (typeof directory === 'string' && directory.length > 0) return directory;
  throw bad("directory: give the path of a directory, or storage: 'memory' for a member that may forget");
}

function checkTiming(timing: Partial<Timing>): Timing {
  known('timing', timing, TIMING);
  const { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs, resendMs } = DEFAULT_PROPOSER_OPTIONS;
  const paces = { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs, resendMs };
  // A parliament that is to elect faster has a shorter lease without being told.
  const leaseMs = Math.min(DEFAULT_PROPOSER_OPTIONS.leaseMs, timing.electionTimeoutMinMs ?? electionTimeoutMinMs);
  const checked = { ...paces, leaseMs, ...timing };
  for (const [key, value] of Object.entries(checked)) {
    if (key !== 'leaseMs') whole(`timing.${key}`, value);
    if (value > SLOWEST_MS) throw bad(`timing.${key}: at most ${SLOWEST_MS}, an hour`);
  }
  if (checked.leaseMs !== 0) whole('timing.leaseMs', checked.leaseMs);
  if (checked.electionTimeoutMinMs < 3 * checked.heartbeatMs) {
    throw bad('timing.electionTimeoutMinMs: at least three heartbeats, or a late one deposes the leader');
  }
  if (checked.leaseMs > checked.electionTimeoutMinMs) {
    throw bad('timing.leaseMs: at most electionTimeoutMinMs, or nobody can be elected when it is due');
  }
  if (checked.electionTimeoutMaxMs <= checked.electionTimeoutMinMs) {
    throw bad('timing.electionTimeoutMaxMs: more than electionTimeoutMinMs, or members stand at the same moment');
  }
  return checked;
}

/** What is misspelt would be taken for what was left out. */
export function known(what: string, given: object, names: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw bad(`${what}: give an object`);
  for (const key of Object.keys(given)) {
    if (names.includes(key)) continue;
    const place = what === 'the options' ? '' : `${what}.`;
    throw bad(`unknown option ${place}${key}; known are ${names.join(', ')}`);
  }
}

function whole(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw bad(`${name}: ${shown(value)} is not a whole number from 1`);
  return value;
}

/** A text has quotes, so that it is not taken for the number in it. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function bad(message: string): ParliamentError {
  return new ParliamentError('bad-option', message);
}
