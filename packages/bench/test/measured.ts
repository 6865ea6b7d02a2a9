import { expect } from '@jest/globals';
import type { Contender } from '../src/ledgers/contender.js';
import { measureAppends } from '../src/ledgers/measure-appends.js';

/** Sees each of them append something, in a directory of its own below `parent`. */
export async function expectMeasured(contenders: readonly Contender[], parent: string): Promise<void> {
  for (const contender of contenders) {
    const { perSecond, p50Us, p99Us } = await measureAppends(contender, parent, 1, 20);
    for (const figure of [perSecond, p50Us, p99Us])
      expect([contender.name, figure > 0]).toEqual([contender.name, true]);
  }
}
