/** What a seed makes of a world: how many clients, which faults, how bad. Every seed leaves some faults out (swarm testing). */

import { flexible, grid, type MemberId, majority, type QuorumSystem, weighted } from '@parliament/synod';
import type { Draw } from './subject.js';

/** The kinds of faults that a world can have. */
export const FAULTS = [
  'loss',
  'bursts',
  'duplication',
  'replay',
  'tail',
  'one-way cut',
  'isolation',
  'partial partition',
  'swizzle',
  'crash',
  'pause',
  'slow sync',
  'failed sync',
  'full disk',
  'bit rot',
  'wiped disk',
  'old backup',
  'transfer',
  'membership',
  'dead client',
] as const;

export type Fault = (typeof FAULTS)[number];

/** Faults that only a disk with bytes can have. */
const DISK_FAULTS: readonly Fault[] = ['failed sync', 'full disk', 'bit rot'];

/** Faults that cost a member for good. */
const LASTING_FAULTS: readonly Fault[] = ['bit rot', 'wiped disk', 'old backup'];

export interface Plan {
  readonly faults: ReadonlySet<Fault>;
  readonly disk: 'records' | 'log';
  readonly alpha: number;
  /** Which quorum system the founding members have; changes of membership make it one of majorities. */
  readonly quorums: QuorumSystem['kind'];
  readonly clients: number;
  /** How long clients think, on average, in virtual milliseconds. */
  readonly thinkMs: number;
  readonly snapshotSlots: number;
  readonly tailSlots: number;
  readonly leaseReads: boolean;
  /** How far clocks run apart: 0.01 is one percent. */
  readonly clockDrift: number;
  /** How long anything may fail, in virtual milliseconds. */
  readonly faultyMs: number;
  /** Something happens to the world this often, on average, in virtual milliseconds. */
  readonly harmMs: number;
}

/** A quorum system of a kind over members; of majorities where the kind has none for so many. */
export function quorumsOf(kind: QuorumSystem['kind'], members: readonly MemberId[]): QuorumSystem {
  const { length } = members;
  if (kind === 'flexible' && length > 2) return flexible(members, { phase1: length - 1, phase2: 2 });
  // The first member weighs as much as two others.
  if (kind === 'weighted')
    return weighted(Object.fromEntries(members.map((member, index) => [member, index === 0 ? 2 : 1])));
  if (kind === 'grid' && length === 4) return grid([members.slice(0, 2), members.slice(2)]);
  return majority(members);
}

/** How much of the worlds is about what. */
export interface PlanOptions {
  /** Faults that are never drawn. */
  readonly without?: readonly Fault[];
  readonly disk?: 'records' | 'log';
  readonly faultyMs?: number;
}

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
  return {
    faults,
    disk,
    alpha: [1, 3, 16, 256][draw(4)] as number,
    quorums: (['majority', 'majority', 'majority', 'flexible', 'weighted', 'grid'] as const)[draw(6)] ?? 'majority',
    clients: 2 + draw(5),
    thinkMs: [5, 20, 60][draw(3)] as number,
    snapshotSlots: [0, 25, 100, 400][draw(4)] as number,
    tailSlots: draw(3) === 0 ? 0 : draw(50),
    leaseReads: draw(2) === 0,
    clockDrift: 0.01,
    faultyMs: options.faultyMs ?? 5000 + draw(15_000),
    harmMs: 60 + draw(400),
  };
}
