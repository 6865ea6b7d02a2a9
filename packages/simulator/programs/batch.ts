/** Many worlds, one after the other, and what they came to together. */

import { createCensus } from '#src/world/census.js';
import { apart, drawExtraFaults, drawSuspension, EXTRA_FAULTS, type ExtraFault } from '#src/world/extra-faults.js';
import { MADE_UP } from '#src/world/made-up-words.js';
import { DISK_FAULTS, FAULTS, LASTING_FAULTS, SUCCESSION } from '#src/world/plan.js';
import { type RunResult, run } from '#src/world/run.js';

/** What many runs came to: every count summed up. */
export interface Totals {
  worlds: number;
  seconds: number;
  counts: Record<string, number>;
}

/** Worlds to run. */
export interface BatchOptions {
  readonly first: number;
  readonly count: number;
  /** Every so many seeds: jobs share the seeds of a batch. */
  readonly stride: number;
  readonly members: number | undefined;
  readonly isPlain: boolean;
}

/** A world that went wrong. */
export interface Failure {
  readonly seed: number;
  /** As it was asked for. */
  readonly members: number | undefined;
  readonly message: string;
  /** A step threw: nothing judged it. */
  readonly isThrown: boolean;
}

/** Most worlds have three members, as most parliaments. */
const MEMBERS = [3, 3, 5, 3, 4, 3, 5, 3, 2, 1] as const;

/** One world in ten, with five members, is about leaders in quick succession. */
const SUCCESSION_PLACE = 6;

function membersOf(seed: number, members: number | undefined): number {
  return members ?? (MEMBERS[seed % MEMBERS.length] as number);
}

/** Replies of which a parliament keeps but a few. */
export const HEAVY_REPLY_BYTES: number = 90 * 1024 * 1024;

/** In two of so many worlds replies are heavy, or it is not said how heavy they are. */
const REPLIES_ONE_IN = 24;

/** One world in so many has a log with an end, of members that may stand on demand only: there is no room for changes of membership. */
const ENDING_ONE_IN = 40;

/** In one world in so many values are heavy: several fill the window of a voter, which becomes narrower where they get lost. */
const HEAVY_VALUES_ONE_IN = 30;
const HEAVY_VALUES = { valueBytes: 30_000, line: undefined } as const;

/** What comes by thousands comes only where members catch up with it, and promise it, in more than drops. */
const MULTITUDES: readonly ExtraFault[] = ['crowd', 'flood'];
const ROOM = { learnerSizes: {}, acceptorSizes: {}, line: undefined } as const;

/** The options of the world of a seed. */
export function worldOptions(
  seed: number,
  { members, isPlain }: Pick<BatchOptions, 'members' | 'isPlain'>,
): Parameters<typeof run>[0] {
  const base = { seed, members: membersOf(seed, members) };
  if (members === undefined && seed % MEMBERS.length === SUCCESSION_PLACE) return { ...base, plan: SUCCESSION };
  const plan = isPlain ? ({ disk: 'records' } as const) : {};
  const draw = apart(seed);
  const extras = drawExtraFaults(draw);
  const [replyBytes] = [{ replyBytes: HEAVY_REPLY_BYTES }, { replyBytes: 'not said' as const }].slice(
    draw(REPLIES_ONE_IN),
  );
  if (draw(ENDING_ONE_IN) > 0) {
    const values = draw(HEAVY_VALUES_ONE_IN) === 0 ? HEAVY_VALUES : {};
    const room = extras.some((extra) => MULTITUDES.includes(extra)) ? ROOM : {};
    const all = [...extras, ...drawSuspension(draw)];
    return { ...base, plan: { ...plan, ...replyBytes, ...values, ...room, extras: all } };
  }
  const proposer = { lastSlot: 1 + draw(40), standing: draw(3) === 0 };
  return { ...base, proposer, plan: { ...plan, without: ['membership', 'wrong change'], extras: [] } };
}

export function createTotals(): Totals {
  return { worlds: 0, seconds: 0, counts: {} };
}

/** Runs worlds, for a while at a time. @throws what `run` throws, after `onWorld` was told of those before. */
export function* runBatch(options: BatchOptions): Generator<RunResult> {
  for (let seed = options.first; seed < options.first + options.count; seed += options.stride) {
    yield run(worldOptions(seed, options));
  }
}

/** How often something has happened. */
export function countOf({ counts }: Totals, name: string): number {
  return counts[name] ?? 0;
}

export function addResult(totals: Totals, result: RunResult): void {
  totals.worlds += 1;
  const { counts, stage, network, clients, oracle, membership, census, decided, checked } = result;
  const { faults, wrongChanges, madeUp, ...rest } = counts;
  const groups = [faults, rest, wrongChanges, madeUp, stage, network, clients, oracle, membership, census];
  for (const group of [...groups, { decided, checked }]) add(totals.counts, group);
}

export function addTotals(totals: Totals, other: Totals): void {
  totals.worlds += other.worlds;
  add(totals.counts, other.counts);
}

/** What operators ask for wrongly, and must be refused. */
const WRONG_CHANGES = [
  'is meant for another configuration',
  'names a spent member',
  'gives a vote to a stranger',
  'names a member twice',
  'gives a vote to one that was never heard',
  'cannot be read',
  'is of a later version',
] as const;

/** Seldom enough to be missing from 500 worlds. */
const RARE: readonly string[] = [
  'knownAhead',
  'overtaken',
  'stuck',
  'skippedOver',
  'abandonedTransfers',
  'pauses',
  'lentParts',
  'haltsPassed',
];

/**
 * O13: what should have happened in so many worlds and did not. A fault that never fires, or a snapshot that is never taken,
 * would make all the rest a proof of nothing.
 */
export function missingFrom(
  { counts, worlds }: Totals,
  { members, isPlain }: Pick<BatchOptions, 'members' | 'isPlain'>,
): string[] {
  if (worlds < 500) return [];
  const events = [
    'decided',
    'leaders',
    'readsMarked',
    'readsLeased',
    'readsNotLeased',
    'installs',
    'snapshots',
    'failedSyncs',
    'dismissals',
    'handovers',
    'rolesRestarted',
    'announcements',
    'marksWhileChanging',
    'lost',
    'lostInBursts',
    'cut',
    'clogged',
    'duplicated',
    'replayed',
    'delayed',
    'skewed',
    'filtered',
    'repeated',
    'retries',
    'unknown',
    'expired',
    'pipelined',
    'refusedExpired',
    'refusedAcknowledged',
    'refusedTooFarAhead',
    'refusedUnacknowledged',
    'refusedSessions',
    'changes',
    'severalVoters',
    'otherSystems',
    'refusedChanges',
    'slotsAfterChange',
    ...WRONG_CHANGES,
    ...Object.keys(createCensus()).filter((name) => !RARE.includes(name)),
    'sessionsExpired',
    'digests',
    'repeats',
    'checked',
  ];
  const left = new Set<string>(isPlain ? [...DISK_FAULTS, 'failedSyncs'] : []);
  // What has lost its memory needs others that know.
  if (members !== undefined && members < 3) for (const fault of LASTING_FAULTS) left.add(fault);
  const owed = [...FAULTS, ...EXTRA_FAULTS, ...MADE_UP, ...events].filter((name) => !left.has(name));
  return owed.filter((name) => (counts[name] ?? 0) === 0);
}

function add(sum: Record<string, number>, group: object): void {
  for (const [name, count] of Object.entries(group)) sum[name] = (sum[name] ?? 0) + (count as number);
}
