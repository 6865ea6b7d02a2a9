/** What a seed makes of a world: how many clients, which faults, how bad. Every seed leaves some faults out (swarm testing). */

import {
  type AcceptorSizes,
  DEFAULT_PROPOSER_OPTIONS,
  type LearnerState,
  type ProposerOptions,
  type QuorumSystem,
} from '@parliament/synod';
import type { ExtraFault } from './extra-faults.js';
import type { Draw } from './subject.js';

/** The kinds of faults that a world can have. */
export const FAULTS = [
  'loss',
  'bursts',
  'duplication',
  'replay',
  'old words',
  'tail',
  'skew',
  'one-way cut',
  'isolation',
  'exile',
  'partial partition',
  'split',
  'swizzle',
  'usurpers',
  'late announcement',
  'crash',
  'crash in write',
  'crash loop',
  'role restart',
  'pause',
  'slow sync',
  'failed sync',
  'full disk',
  'bit rot',
  'wiped disk',
  'old backup',
  'transfer',
  'membership',
  'wrong change',
  'dead client',
  'stray command',
] as const;

export type Fault = (typeof FAULTS)[number];

/** Faults that only a disk with bytes can have. */
export const DISK_FAULTS: readonly Fault[] = ['failed sync', 'full disk', 'bit rot'];

/** Faults that cost a member for good. */
export const LASTING_FAULTS: readonly Fault[] = ['bit rot', 'wiped disk', 'old backup'];

/** When members look at their clocks: every 25 ms; at random moments, 10 to 400 ms apart; or always late, 150 to 400 ms. */
type Ticks = 'steady' | 'odd' | 'late';

/** A line is this quick; so much waits for it, and what is more gets lost. */
export interface Line {
  readonly bytesPerMs: number;
  readonly queueBytes: number;
}

export interface Plan {
  readonly faults: ReadonlySet<Fault>;
  /** Faults that only some worlds have, beside those of all. Default: none. */
  readonly extras?: readonly ExtraFault[];
  readonly disk: 'records' | 'log';
  readonly alpha: number;
  /** Which kind of quorum system the founding members have; changes of membership draw another. */
  readonly quorums: QuorumSystem['kind'];
  readonly clients: number;
  /** How long clients think, on average, in virtual milliseconds. */
  readonly thinkMs: number;
  /** How many commands a client has on their way at a time. */
  readonly window: number;
  /** Entries that come to a member within this time are one batch, in virtual milliseconds. */
  readonly batchMs: number;
  /** A batch is padded to a random length up to this, in bytes. */
  readonly valueBytes: number;
  readonly snapshotSlots: number;
  readonly tailSlots: number;
  /** Whether reads go by the lease, where they are asked of a leader that has one. */
  readonly leaseReads: boolean;
  /** How far clocks run apart: 0.01 is one percent. */
  readonly clockDrift: number;
  readonly ticks: Ticks;
  /** What the roles of a member say to one another takes up to this long, in virtual milliseconds. */
  readonly innerMs: number;
  /** A sync takes up to so long, in virtual milliseconds, also once all is healed. */
  readonly syncMs: number;
  /** What each line between two members carries, also once all is healed; undefined: as much as there is. */
  readonly line: Line | undefined;
  /** How much acceptors and learners keep, take and send at a time. */
  readonly acceptorSizes: Partial<AcceptorSizes>;
  readonly learnerSizes: Partial<LearnerState['sizes']>;
  /** How proposers pace themselves. */
  readonly pace: Partial<ProposerOptions>;
  /** What replies weigh, in bytes, for the room that a parliament has for them; or that it is not said. Default: as the subject says. */
  readonly replyBytes?: number | 'not said';
  /** How long anything may fail, in virtual milliseconds. */
  readonly faultyMs: number;
  /** Something happens to the world this often, on average, in virtual milliseconds. */
  readonly harmMs: number;
  /** After the healing nobody proposes anything for a while, and reads and changes of membership are owed. Default: in one world in four. */
  readonly isIdleOwed?: boolean;
}

/**
 * What makes the deepest cases of Paxos likely: leaders in quick succession, of whom each reaches a few, much to propose, and roles
 * that read their logs back.
 */
export const SUCCESSION: Partial<Plan> = {
  faults: new Set(['usurpers', 'late announcement', 'role restart']),
  disk: 'records',
  clients: 8,
  thinkMs: 5,
  window: 4,
  snapshotSlots: 0,
  harmMs: 120,
};

/** Times at which leaders change so often that several believe to lead at once. */
const HASTY: Partial<ProposerOptions> = {
  heartbeatMs: 25,
  electionTimeoutMinMs: 60,
  electionTimeoutMaxMs: 120,
  resendMs: 60,
  leaseMs: 40,
};

/** How much of the worlds is about what. */
export interface PlanOptions {
  /** Faults that are never drawn. */
  readonly without?: readonly Fault[];
  readonly disk?: 'records' | 'log';
  readonly faultyMs?: number;
}

/** How long a usual disk takes, and a slow one. */
const SYNC_MS = 4;
const SLOW_DISK_MS = 2000;

/** A line that would be full for ever, were all sent again to everybody, or without regard to its bounds; and a window for it. */
export const NARROW: Line = { bytesPerMs: 40, queueBytes: 64_000 };
const NARROW_WINDOW_BYTES = 4000;

/** A plan without faults or anything else that is out of the ordinary: what a test puts its own into. */
export const CALM: Plan = {
  faults: new Set(),
  disk: 'records',
  alpha: 256,
  quorums: 'majority',
  clients: 2,
  thinkMs: 20,
  window: 1,
  batchMs: 1,
  valueBytes: 0,
  snapshotSlots: 0,
  tailSlots: 0,
  leaseReads: false,
  clockDrift: 0.01,
  ticks: 'steady',
  innerMs: 0,
  syncMs: SYNC_MS,
  line: undefined,
  acceptorSizes: {},
  learnerSizes: {},
  pace: {},
  faultyMs: 5000,
  harmMs: 200,
};

/** Draws a plan. */
export function drawPlan(draw: Draw, options: PlanOptions): Plan {
  const disk = options.disk ?? (draw(4) === 0 ? 'log' : 'records');
  const faults = new Set<Fault>();
  for (const fault of FAULTS) {
    const isDrawn = draw(LASTING_FAULTS.includes(fault) ? 4 : 2) === 0;
    const isPossible = disk === 'log' || !DISK_FAULTS.includes(fault);
    if (isDrawn && isPossible && options.without?.includes(fault) !== true) faults.add(fault);
  }
  // Who notices an old backup must be able to write that down; should it forget, it could be misled.
  if (faults.has('old backup')) for (const fault of ['failed sync', 'full disk'] as const) faults.delete(fault);
  // In some worlds there are but a few, which come all the more often.
  if (draw(4) === 0) for (const fault of [...faults]) if (faults.size > 3 && draw(3) > 0) faults.delete(fault);
  const mayBeHasty = draw(4) === 0;
  const alpha = oneOf(draw, [1, 2, 3, 5, 16, 64, 256]);
  const isNarrow = draw(6) === 0;
  // Who changes its leader within a moment needs lines on which nothing waits for longer than that.
  const isHasty = mayBeHasty && !isNarrow;
  const windowBytes = isNarrow ? NARROW_WINDOW_BYTES : oneOf(draw, [DEFAULT_PROPOSER_OPTIONS.windowBytes, 100, 3000]);
  const plan: Plan = {
    faults,
    disk,
    alpha,
    quorums: oneOf(draw, ['majority', 'majority', 'majority', 'flexible', 'weighted', 'grid']),
    clients: 2 + draw(7),
    thinkMs: oneOf(draw, [2, 5, 20, 60]),
    window: oneOf(draw, [1, 1, 2, 4]),
    batchMs: oneOf(draw, [1, 1, 10]),
    valueBytes: oneOf(draw, [0, 0, 200, 2000]),
    snapshotSlots: oneOf(draw, [0, 20, 80, 300]),
    tailSlots: draw(3) === 0 ? 0 : draw(50),
    leaseReads: draw(2) === 0,
    clockDrift: 0.01,
    ticks: isHasty ? 'steady' : oneOf(draw, ['steady', 'steady', 'steady', 'odd', 'late']),
    innerMs: oneOf(draw, [0, 0, 10, 60, 200]),
    // Who changes its leader within a moment needs a disk that is quicker.
    syncMs: !isHasty && draw(6) === 0 ? SLOW_DISK_MS : SYNC_MS,
    line: isNarrow ? NARROW : undefined,
    acceptorSizes: draw(2) === 0 ? {} : drawAcceptorSizes(draw, alpha),
    learnerSizes: draw(2) === 0 ? {} : drawLearnerSizes(draw, alpha),
    pace: {
      ...(isHasty ? HASTY : {}),
      promiseBytes: oneOf(draw, [DEFAULT_PROPOSER_OPTIONS.promiseBytes, 100, 2000]),
      windowBytes,
      pipelineBytes: oneOf(draw, [DEFAULT_PROPOSER_OPTIONS.pipelineBytes, 5000]),
    },
    faultyMs: options.faultyMs ?? 3000 + draw(8000),
    harmMs: 60 + draw(300),
  };
  if (plan.syncMs < SLOW_DISK_MS) return plan;
  // Each page of a promise waits for a sync: as many of them as there are votes would take minutes.
  const promiseBytes = Math.max(2000, plan.pace.promiseBytes ?? 0);
  return { ...plan, pace: { ...plan.pace, promiseBytes } };
}

/** Whatever was drawn before alpha was set: members take up all that a leader may propose, or it would ask for it in vain. */
export function withRoomForAlpha(plan: Plan): Plan {
  const { alpha, acceptorSizes, learnerSizes } = plan;
  const { voteSlots } = acceptorSizes;
  const { lookAheadSlots } = learnerSizes;
  return {
    ...plan,
    acceptorSizes:
      voteSlots === undefined ? acceptorSizes : { ...acceptorSizes, voteSlots: Math.max(alpha, voteSlots) },
    learnerSizes:
      lookAheadSlots === undefined
        ? learnerSizes
        : { ...learnerSizes, lookAheadSlots: Math.max(alpha, lookAheadSlots) },
  };
}

function drawAcceptorSizes(draw: Draw, alpha: number): Partial<AcceptorSizes> {
  return {
    // As small as can be, but for long promises: each page of them may take a question of its own.
    pageBytes: oneOf(draw, alpha > 16 ? [1000, 10_000] : [1, 100, 1000]),
    // Fewer than alpha, and an acceptor refuses what its leader may propose.
    voteSlots: alpha + oneOf(draw, [0, 4, 1000]),
  };
}

function drawLearnerSizes(draw: Draw, alpha: number): Partial<LearnerState['sizes']> {
  return {
    lookAheadSlots: alpha + oneOf(draw, [0, 4, 1000]),
    replyBytes: oneOf(draw, [300, 2000, 1_000_000]),
    replySlots: oneOf(draw, [3, 20, 1000]),
    partBytes: oneOf(draw, [400, 2000, 1_000_000]),
  };
}

function oneOf<Item>(draw: Draw, [first, ...rest]: readonly [Item, ...Item[]]): Item {
  const index = draw(rest.length + 1);
  return index === 0 ? first : (rest[index - 1] as Item);
}
