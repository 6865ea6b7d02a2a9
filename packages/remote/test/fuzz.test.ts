import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type FuzzResult, fuzz } from '../fuzz/fuzzing.js';
import { Mutator } from '../fuzz/mutator.js';
import { Random } from '../fuzz/random.js';
import { runSession } from '../fuzz/session.js';
import type { Target } from '../fuzz/target.js';

const golden = path.join(__dirname, 'golden');

const withExtra = (feed: Target['feed']): Promise<FuzzResult> =>
  fuzz({ runs: 3000, seed: 7, golden, extra: [{ name: 'extra', feed }] });

/** Of work that has no waiting in it. */
const TIME_LIMIT_MS = 600_000;

describe('thirty thousand altered frames', () => {
  it(
    'are refused, or taken for what they mean, and nothing else comes of them',
    async () => {
      const { finding, runs, targets } = await fuzz({ runs: 30_000, seed: 42, golden });
      expect(finding).toBeUndefined();
      expect(runs).toBe(30_000);
      expect(Object.keys(targets)).toHaveLength(25);
      // That each also accepts some is seen by `npm run evidence`, which feeds more of them.
      expect(Object.entries(targets).filter(([, { refused }]) => refused === 0)).toEqual([]);
      expect(Object.values(targets).filter(({ accepted }) => accepted > 0).length).toBeGreaterThan(12);
    },
    TIME_LIMIT_MS,
  );
});

describe('the fuzzer', () => {
  it(
    'finds what throws anything but a refusal, and tells how to have it again',
    async () => {
      const bytes: Uint8Array[] = [];
      const { finding, runs } = await withExtra((input) => {
        if (input.length % 64 !== 63) return undefined;
        bytes.push(Uint8Array.from(input));
        throw new TypeError('undefined is not a function');
      });
      expect(finding).toMatchObject({ seed: 7, run: runs - 1, target: 'extra' });
      expect(finding?.message).toMatch(/TypeError: undefined is not a function[\s\S]*fuzz.test/);
      expect(finding?.input).toBe(Buffer.from(bytes[0] as Uint8Array).toString('hex'));
    },
    TIME_LIMIT_MS,
  );

  it(
    'feeds the same for the same seed',
    async () => {
      const inputsOf = async (): Promise<string> => {
        let text = '';
        await withExtra((input) => {
          text += `${input.length},${input[0]};`;
        });
        return text;
      };
      const first = await inputsOf();
      expect(first.length).toBeGreaterThan(1000);
      expect(await inputsOf()).toBe(first);
    },
    TIME_LIMIT_MS,
  );
});

describe('a whole link with somebody in between', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('is sound on a machine that is so busy that a slice of a turn is over after one step', async () => {
    let clock = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (clock += 0.1));
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = new Random(seed);
      await runSession(random, new Mutator(random));
    }
  });
});
