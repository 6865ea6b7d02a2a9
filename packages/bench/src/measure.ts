/**
 * Comparing two ways to do the same: in turns, in one process, so that whatever else the machine does falls on both; and
 * told as a ratio, which travels better than a rate.
 */

/** Two ways to do the same. Each gives how often it was done per second. */
export interface Comparison {
  readonly name: string;
  /** What one of it is, and what it includes. */
  readonly about: string;
  /** How much at least the ratio of the rates should be; without it, it is only told. */
  readonly target?: number;
  bare(): Promise<number>;
  here(): Promise<number>;
}

/** What came of a comparison. Rates are per second; ratios are those of the rates of one round, ours by bare. */
export interface Outcome {
  readonly name: string;
  readonly about: string;
  readonly target?: number;
  readonly bareRate: number;
  readonly rate: number;
  readonly ratio: number;
  readonly leastRatio: number;
  readonly greatestRatio: number;
}

/** Runs both sides `rounds` times in turns, after some rounds that do not count, which have numbers below 0. */
export async function compare(
  comparison: Comparison,
  rounds: number,
  warmUps: number,
  beforeSide: (round: number) => void = () => {},
): Promise<Outcome> {
  const bareRates: number[] = [];
  const rates: number[] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const pair: { bare?: number; here?: number } = {};
    // Whoever comes second may find a warmer cache, or more garbage: they take turns in that, too.
    const order = round % 2 === 0 ? (['bare', 'here'] as const) : (['here', 'bare'] as const);
    for (const side of order) {
      beforeSide(round);
      pair[side] = await comparison[side]();
    }
    if (round < 0) continue;
    bareRates.push(pair.bare as number);
    rates.push(pair.here as number);
  }
  const ratios = rates.map((rate, index) => rate / (bareRates[index] as number));
  return {
    name: comparison.name,
    about: comparison.about,
    ...(comparison.target === undefined ? {} : { target: comparison.target }),
    bareRate: median(bareRates),
    rate: median(rates),
    ratio: median(ratios),
    leastRatio: Math.min(...ratios),
    greatestRatio: Math.max(...ratios),
  };
}

/** The middle one, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Does something that counts for `count`, and gives the rate per second. */
export async function rateOf(count: number, work: () => Promise<unknown>): Promise<number> {
  const begin = process.hrtime.bigint();
  await work();
  return (count * 1e9) / Number(process.hrtime.bigint() - begin);
}

/** Whether a target was met. Without one there is nothing to miss. */
export function isMet({ ratio, target }: Outcome): boolean {
  return target === undefined || ratio >= target;
}
