/** All contenders by turns, for each number of appenders; and what is told of it. */

import { median } from '../measure.js';
import type { Contender } from './contender.js';
import { type Appends, measureAppends } from './measure-appends.js';

/** A contender with so many appenders: the medians of its rounds, in its best way. */
interface Figures extends Appends {
  readonly name: string;
  readonly way: string;
  readonly waiting: number;
}

/** What came of all rounds. */
export interface Comparison {
  readonly figures: readonly Figures[];
  /** Our median append by the bare one of the same round, with one appender: the median, the least and the greatest. */
  readonly latency: { readonly ratio: number; readonly least: number; readonly greatest: number } | undefined;
}

export interface Plan {
  readonly contenders: readonly Contender[];
  readonly waiting: readonly number[];
  readonly rounds: number;
  readonly milliseconds: number;
  /** Where directories are made. */
  readonly parent: string;
  progress(text: string): void;
}

export async function compareLedgers(plan: Plan): Promise<Comparison> {
  const figures: Figures[] = [];
  let latency: Comparison['latency'];
  for (const waiting of plan.waiting) {
    const present = plan.contenders.filter(({ mostWaiting = waiting }) => mostWaiting >= waiting);
    const rounds = await roundsOf(present, waiting, plan);
    const best = bestWays([...rounds].map(([contender, all]) => figuresOf(contender, waiting, all)));
    figures.push(...best);
    if (waiting === 1) latency = latencyRatio(rounds, best);
  }
  return { figures, latency };
}

type Rounds = ReadonlyMap<Contender, readonly Appends[]>;

async function roundsOf(contenders: readonly Contender[], waiting: number, plan: Plan): Promise<Rounds> {
  const found = new Map<Contender, Appends[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    // Who comes first takes turns, too: whoever follows may find a disk that is busy with what the one before left.
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      plan.progress(`${contender.name}, ${waiting} waiting: round ${round + 1} of ${plan.rounds}`);
      found.get(contender)?.push(await measureAppends(contender, plan.parent, waiting, plan.milliseconds));
    }
  }
  return found;
}

function figuresOf({ name, way }: Contender, waiting: number, rounds: readonly Appends[]): Figures {
  const of = (key: keyof Appends): number => median(rounds.map((each) => each[key]));
  return {
    name,
    way,
    waiting,
    perSecond: of('perSecond'),
    p50Us: of('p50Us'),
    p99Us: of('p99Us'),
    writtenPerByte: of('writtenPerByte'),
  };
}

/** Of several ways of one contender the fastest. */
function bestWays(all: readonly Figures[]): Figures[] {
  const best = new Map<string, Figures>();
  for (const figures of all) {
    const other = best.get(figures.name);
    if (other === undefined || figures.perSecond > other.perSecond) best.set(figures.name, figures);
  }
  return [...best.values()];
}

function latencyRatio(rounds: Rounds, best: readonly Figures[]): Comparison['latency'] {
  const p50s = (name: string): number[] => {
    const way = best.find((figures) => figures.name === name)?.way;
    const contender = [...rounds.keys()].find((each) => each.name === name && each.way === way);
    return (contender === undefined ? [] : (rounds.get(contender) ?? [])).map(({ p50Us }) => p50Us);
  };
  const bare = p50s('bare');
  const ratios = p50s('parliament').map((p50Us, round) => p50Us / (bare[round] as number));
  if (bare.length === 0 || ratios.length === 0) return undefined;
  return { ratio: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) };
}
