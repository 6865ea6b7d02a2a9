/** The battery: the models and worlds through which every mutant of the source must go. */

import { jsonCodec, type RegisterCommand, type Registers, registers } from '#src/world/machines.js';
import { Violation } from '#src/world/oracle.js';
import { type Fault, NARROW, type Plan } from '#src/world/plan.js';
import { type RunResult, run, runWith } from '#src/world/run.js';
import { registerSubject, type Subject } from '#src/world/subject.js';
import type { WorldOptions } from '#src/world/world.js';
import { addResult, createTotals, HEAVY_REPLY_BYTES, missingFrom, worldOptions } from '../batch.js';
import { CONFIGURATIONS } from '../checker/catalogue.js';
import { PreludeError } from '../checker/prelude.js';
import { Search } from '../checker/search.js';
import { StaleMutantError } from './source-mutant.js';

/** How a mutant was noticed. */
export type Verdict =
  /** `violation`: a rule broken or no progress. `exception`: a shipped step threw. `vacuity`: what must happen never did. */
  | {
      readonly kind: 'violation' | 'exception' | 'vacuity';
      readonly stage: string;
      /** States, or worlds, until it was found. */
      readonly effort: number;
      readonly message: string;
    }
  | undefined;

/** A part of the battery. */
interface Stage {
  readonly name: string;
  /** Runs it with the protocol as it is loaded. `onProgress` is called at least every second or so. */
  readonly look: (onProgress: () => void) => Verdict;
}

/** A model is searched so far, unless a stage says otherwise. */
const STATE_LIMIT = 1_500_000;

/** A plan in which some faults are likely to matter, with all the rest as the seed has it. */
interface Sharpened {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly plan?: Partial<Plan>;
  readonly members?: readonly number[];
  readonly seeds?: number;
}

const BROKEN: readonly Fault[] = ['isolation', 'crash', 'partial partition', 'loss'];

const EAGER: Plan['pace'] = { heartbeatMs: 25, electionTimeoutMinMs: 60, electionTimeoutMaxMs: 400, resendMs: 60 };

const CUTS: readonly Fault[] = ['isolation', 'one-way cut', 'partial partition', 'pause'];

/** Much is decided, and not all is broken all the time: what goes wrong shows in slots that are decided. */
const BUSY: Partial<Plan> = { thinkMs: 5, clients: 6, harmMs: 250, innerMs: 0, ticks: 'steady', valueBytes: 0 };

const SHARPENED: readonly Sharpened[] = [
  { name: 'crashes', faults: ['crash', 'crash loop', 'isolation', 'one-way cut', 'slow sync', 'loss'] },
  { name: 'cuts', faults: [...CUTS, 'tail'] },
  { name: 'elections', faults: ['isolation', 'crash', 'partial partition', 'transfer', 'slow sync', 'replay'] },
  { name: 'old words', faults: ['old words', 'replay', 'tail', 'transfer', 'isolation', 'exile'] },
  {
    name: 'reads',
    faults: [...CUTS, 'membership', 'transfer'],
    plan: { leaseReads: false, alpha: 3 },
    seeds: 120,
  },
  // Elections come before leases end: only the acceptors' word stands between two leaders.
  { name: 'leases', faults: [...CUTS, 'crash', 'role restart'], plan: { leaseReads: true, harmMs: 150, pace: EAGER } },
  {
    name: 'leases, late answers',
    faults: [...CUTS, 'slow sync', 'tail'],
    plan: { leaseReads: true, harmMs: 100, pace: EAGER },
    seeds: 240,
  },
  {
    name: 'leased reads, members',
    faults: [...CUTS, 'membership', 'transfer'],
    plan: { leaseReads: true, alpha: 3, harmMs: 150, pace: EAGER },
  },
  {
    // A monotonic clock that stood still makes a lease of what was one before.
    name: 'leases, suspended',
    faults: ['isolation', 'tail'],
    plan: { leaseReads: true, harmMs: 150, pace: EAGER, extras: ['suspension'] },
    seeds: 120,
  },
  {
    name: 'members',
    faults: ['membership', 'isolation', 'crash', 'loss', 'tail', 'wiped disk'],
    plan: { alpha: 3, harmMs: 150 },
  },
  {
    name: 'narrow lines',
    faults: ['isolation', 'pause', 'one-way cut', 'slow sync'],
    plan: {
      alpha: 64,
      clients: 8,
      thinkMs: 2,
      window: 4,
      valueBytes: 2000,
      line: NARROW,
      pace: { windowBytes: 3000, pipelineBytes: 5000 },
    },
  },
  {
    name: 'members, alpha 1',
    faults: ['membership', 'wrong change', 'isolation', 'crash', 'tail', 'replay', 'duplication'],
    plan: { alpha: 1, harmMs: 150 },
  },
  {
    name: 'members, idle',
    faults: ['membership', 'wrong change', 'isolation', 'exile'],
    plan: { alpha: 16, clients: 1, thinkMs: 200, harmMs: 150 },
  },
  {
    name: 'snapshots',
    faults: ['crash', 'isolation', 'loss', 'partial partition', 'membership'],
    plan: { snapshotSlots: 10, tailSlots: 0 },
  },
  {
    name: 'snapshots, tails',
    faults: ['crash', 'isolation', 'partial partition', 'exile'],
    plan: { snapshotSlots: 100, tailSlots: 40 },
    seeds: 120,
  },
  {
    name: 'snapshots, elections',
    faults: ['crash', 'crash in write', 'isolation', 'pause'],
    plan: { snapshotSlots: 1, tailSlots: 0, window: 4, alpha: 16, pace: EAGER },
  },
  {
    name: 'snapshots in flight',
    faults: ['slow sync', 'crash', 'isolation', 'pause', 'one-way cut'],
    plan: { snapshotSlots: 3, tailSlots: 0, harmMs: 150 },
  },
  {
    // Promises that come to nothing, of members that hear what is decided without them.
    name: 'snapshots, usurpers',
    faults: ['usurpers', 'one-way cut', 'partial partition', 'crash', 'role restart'],
    plan: {
      snapshotSlots: 1,
      tailSlots: 0,
      learnerSizes: { replySlots: 1 },
      window: 4,
      alpha: 16,
      harmMs: 60,
      pace: EAGER,
    },
  },
  {
    name: 'small pages',
    faults: ['isolation', 'crash', 'loss', 'tail', 'duplication', 'transfer'],
    plan: { acceptorSizes: { pageBytes: 1 }, alpha: 16, window: 4, innerMs: 20, harmMs: 150 },
  },
  {
    name: 'small pages, members',
    faults: ['membership', 'isolation', 'crash', 'loss', 'tail', 'transfer'],
    plan: { acceptorSizes: { pageBytes: 1 }, alpha: 5, window: 4, harmMs: 150 },
  },
  {
    name: 'small parts',
    faults: ['isolation', 'crash', 'loss', 'tail', 'duplication'],
    plan: { learnerSizes: { partBytes: 300, replySlots: 3 }, snapshotSlots: 10, tailSlots: 0 },
  },
  {
    name: 'small parts, replayed',
    faults: ['isolation', 'exile', 'loss', 'replay', 'tail', 'crash'],
    plan: { learnerSizes: { replyBytes: 300, replySlots: 20, partBytes: 400 }, faultyMs: 10_000 },
    seeds: 160,
  },
  { name: 'four members', faults: BROKEN, plan: { quorums: 'majority' }, members: [4, 2] },
  { name: 'flexible quorums', faults: BROKEN, plan: { quorums: 'flexible' }, members: [5, 4], seeds: 120 },
  { name: 'weighted quorums', faults: BROKEN, plan: { quorums: 'weighted' }, members: [3, 4, 2] },
  {
    name: 'flexible quorums, leases',
    faults: [...CUTS, 'crash'],
    plan: { quorums: 'flexible', leaseReads: true, harmMs: 100, pace: EAGER },
    members: [5],
  },
  {
    name: 'full acceptors',
    faults: BROKEN,
    // One vote at a time is kept: every slot waits for a resending.
    plan: { acceptorSizes: { voteBytes: 1 }, alpha: 5, window: 4, harmMs: 150 },
    seeds: 15,
  },
  { name: 'grids', faults: BROKEN, plan: { quorums: 'grid' }, members: [4] },
  {
    name: 'handovers',
    faults: ['transfer', 'tail', 'isolation', 'one-way cut', 'loss', 'old words'],
    plan: { leaseReads: true, harmMs: 150 },
  },
  {
    // What is in flight when a handover begins takes the heir's vote.
    name: 'handovers, members',
    faults: ['transfer', 'membership', 'one-way cut'],
    plan: { alpha: 16, harmMs: 60, innerMs: 60 },
  },
  { name: 'old backups', faults: ['old backup', 'isolation', 'partial partition', 'transfer', 'crash'] },
  { name: 'disks', faults: ['failed sync', 'full disk', 'crash', 'wiped disk'], plan: { disk: 'log' } },
  {
    name: 'clients',
    faults: ['loss', 'tail', 'replay', 'duplication', 'dead client', 'crash', 'stray command'],
    plan: { snapshotSlots: 25 },
  },
  {
    name: 'idle sessions',
    faults: ['stray command', 'dead client', 'crash', 'isolation', 'loss'],
    plan: { thinkMs: 100, clients: 3, snapshotSlots: 25, harmMs: 60 },
  },
  {
    // The room for replies is part of the state, and follows from what a snapshot has of it.
    name: 'heavy replies',
    faults: ['crash', 'isolation', 'loss', 'partial partition', 'dead client'],
    plan: { replyBytes: HEAVY_REPLY_BYTES, snapshotSlots: 10, tailSlots: 0, window: 4 },
  },
  {
    // More sessions than there may be; when they have ended, there is room again.
    name: 'crowds',
    faults: ['crash', 'isolation'],
    plan: { extras: ['crowd'], learnerSizes: {}, line: undefined },
    seeds: 6,
  },
  {
    name: 'made-up words',
    faults: ['isolation', 'crash', 'loss', 'transfer'],
    plan: { extras: ['made-up words'], snapshotSlots: 10, tailSlots: 5, harmMs: 150 },
  },
  {
    name: 'two versions',
    faults: ['crash', 'isolation', 'membership'],
    plan: { extras: ['later version', 'change by hand'], snapshotSlots: 20, alpha: 5 },
  },
  { name: 'idle', faults: ['crash', 'isolation', 'membership'], plan: { isIdleOwed: true, faultyMs: 1000 }, seeds: 15 },
];

const SHARPENED_SEEDS = 40;

function seedsOf({ seeds = SHARPENED_SEEDS }: Sharpened): number {
  return seeds;
}

function sharpenedWorld({ faults, plan, members = [3] }: Sharpened, seed: number): WorldOptions {
  return {
    seed,
    members: members[seed % members.length] as number,
    plan: { faults: new Set(faults), ...BUSY, ...plan },
  };
}

/** The first worlds of each sharpened plan: some have what one in hundreds of default worlds has. */
export function sharpenedWorlds(perPlan: number): WorldOptions[] {
  return SHARPENED.flatMap((each) => {
    const count = Math.min(perPlan, seedsOf(each));
    return Array.from({ length: count }, (_, index) => sharpenedWorld(each, 1 + index));
  });
}

/** Enough of them that all must have happened in them (O13). */
const DEFAULT_SEEDS = 500;

/** All stages, in the order in which a mutant goes through them unless it says which comes first. */
export const BATTERY: readonly Stage[] = [
  ...CONFIGURATIONS.map((configuration): Stage => {
    const name = `model: ${configuration.name}`;
    return {
      name,
      look(onProgress) {
        const limit = Math.min(configuration.limit, STATE_LIMIT);
        const search = new Search(configuration.build());
        const { states, violation } = search.run({ stateLimit: limit, onProgress });
        if (violation?.thrown !== undefined) throw violation.thrown;
        if (violation !== undefined) {
          return { kind: 'violation', stage: name, effort: states, message: violation.message };
        }
        // What must be reached is reached within the limit of CI: less of a search says nothing about it.
        const { missed } = search;
        if ((limit < configuration.limit && states >= limit) || missed.length === 0) return undefined;
        return { kind: 'vacuity', stage: name, effort: states, message: `never reached: ${missed.join(', ')}` };
      },
    };
  }),
  ...SHARPENED.map((each): Stage => {
    return worldsStage(`worlds: ${each.name}`, seedsOf(each), (seed) => sharpenedWorld(each, seed));
  }),
  worldsStage('worlds: no replies', SHARPENED_SEEDS, unanswered, (options) => runWith(SILENT, options)),
  worldsStage('worlds', DEFAULT_SEEDS, defaultWorld),
];

/** Registers of which additions have no reply: a reply that is undefined is one all the same. */
const SILENT: Subject<Registers, RegisterCommand, number | undefined, number> = {
  ...registerSubject,
  machine: {
    ...registers,
    apply(state, command, at) {
      const before = registers.apply(state, command, at);
      return command.type === 'add' ? undefined : before;
    },
  },
  codec: {
    ...jsonCodec(),
    writeReply: (reply) => new TextEncoder().encode(reply === undefined ? '' : `${reply}`),
    readReply: (bytes) => (bytes.length === 0 ? undefined : Number(new TextDecoder().decode(bytes))),
  },
};

function unanswered(seed: number): WorldOptions {
  // The more of its commands a client has on their way, the more of them are sent again.
  const plan = {
    ...BUSY,
    window: 4,
    faults: new Set(['loss', 'replay', 'crash', 'isolation'] as const),
    faultyMs: 3000,
  };
  return { seed, plan };
}

function defaultWorld(seed: number): WorldOptions {
  return worldOptions(seed, { members: undefined, isPlain: false });
}

function worldsStage(
  name: string,
  seeds: number,
  optionsOf: (seed: number) => WorldOptions,
  play: (options: WorldOptions) => RunResult = run,
): Stage {
  return {
    name,
    look(onProgress) {
      const totals = createTotals();
      for (let seed = 1; seed <= seeds; seed++) {
        onProgress();
        try {
          addResult(totals, play(optionsOf(seed)));
        } catch (error) {
          if (!(error instanceof Violation)) throw error;
          return { kind: 'violation', stage: name, effort: seed, message: `seed ${seed}: ${error.message}` };
        }
      }
      // Only many worlds are asked whether all has happened in them (O13).
      const missing = missingFrom(totals, { members: undefined, isPlain: false });
      if (missing.length === 0) return undefined;
      return { kind: 'vacuity', stage: name, effort: seeds, message: `never happened: ${missing.join(', ')}` };
    },
  };
}

/**
 * Runs the stages, the one called `first` before all others, until one of them notices something.
 *
 * @param isFirstOnly whether the others are left out.
 */
export function runBattery(first: string | undefined, isFirstOnly: boolean, onProgress: () => void): Verdict {
  const hinted = BATTERY.filter(({ name }) => name === first);
  const others = isFirstOnly ? [] : BATTERY.filter(({ name }) => name !== first);
  for (const stage of [...hinted, ...others]) {
    onProgress();
    const verdict = lookOrThrow(stage, onProgress);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function lookOrThrow(stage: Stage, onProgress: () => void): Verdict {
  try {
    return stage.look(onProgress);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof PreludeError) return { kind: 'vacuity', stage: stage.name, effort: 0, message: error.message };
    // A model that comes to have more inputs than it has room for says nothing about what is right.
    if (error instanceof RangeError && /more than \d+ inputs/.test(error.message)) return undefined;
    const isShipped = (error.stack ?? '').includes('/synod/dist/');
    if (!isShipped) throw error;
    // What such a mutant puts names what is there no longer: it breaks no rule, it is no program.
    if (error instanceof ReferenceError || error.message.startsWith('Assignment to constant')) {
      throw new StaleMutantError(`it does not fit the source any longer: ${error.message}. Write it anew`);
    }
    return {
      kind: 'exception',
      stage: stage.name,
      effort: 0,
      message: error.stack?.split('\n').slice(0, 2).join('') ?? '',
    };
  }
}
