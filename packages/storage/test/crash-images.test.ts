/** The rigs for some hundred faults: `npm run evidence` makes thousands. */

import { describe, expect, it } from '@jest/globals';
import { crash } from '../programs/crashing.js';
import { failEverywhere } from '../programs/failing.js';
import { ImageDisk } from '../programs/image-disk.js';
import { rot } from '../programs/rotting.js';
import { PATIENCE_MS } from './support.js';

describe('whatever a crash leaves of what was not synced', () => {
  it(
    'opens, has all that was acknowledged, and nothing else',
    async () => {
      const { images, secondLives, violations } = await crash(600, 1);
      expect(violations).toEqual([]);
      expect(images).toBeGreaterThanOrEqual(600);
      expect(secondLives).toBeGreaterThan(5);
    },
    PATIENCE_MS,
  );

  it('is not enough when the names of segments that were taken out are not synced before one is used again', async () => {
    const makeDisk = (): ImageDisk => {
      const disk = new ImageDisk();
      const [rename, syncDirectory] = [disk.rename.bind(disk), disk.syncDirectory.bind(disk)];
      let latest = '';
      return Object.assign(disk, {
        rename(from: string, to: string) {
          latest = to;
          rename(from, to);
        },
        syncDirectory(name: string) {
          if (!latest.endsWith('/spare')) syncDirectory(name);
        },
      });
    };
    const { violations } = await crash(600, 1, { makeDisk });
    expect(violations.length).toBeGreaterThan(0);
  });

  it.each([
    ['syncs do nothing', { sync: () => Promise.resolve() }],
    ['names are never synced', { syncDirectory: () => undefined }],
  ])('is not enough when %s: then the images show it', async (_, broken) => {
    const { violations } = await crash(400, 1, { makeDisk: () => Object.assign(new ImageDisk(), broken) });
    expect(violations.length).toBeGreaterThan(0);
  });
});

describe('a call on the disk that fails, whichever it is,', () => {
  it(
    'is told to whoever waits, and takes nothing that was acknowledged',
    async () => {
      const { points, calls, violations } = await failEverywhere({ seed: 1, stride: 12 });
      expect(violations).toEqual([]);
      expect(points).toBeGreaterThan(50);
      expect(Object.keys(calls)).toEqual(
        expect.arrayContaining(['write', 'sync', 'rename', 'create', 'syncDirectory']),
      );
    },
    PATIENCE_MS,
  );
});

describe('a bit that flips in a byte of a directory', () => {
  it(
    'is detected, or changes nothing',
    async () => {
      const { violations, detected, harmless, flips } = await rot({
        seed: 1,
        bits: 1,
        stride: 4096,
        every: 5,
        size: { steps: 3, valueBytes: 60 },
      });
      expect(violations).toEqual([]);
      expect(detected).toBeGreaterThan(200);
      expect(detected + harmless).toBe(flips);
    },
    PATIENCE_MS,
  );
});
