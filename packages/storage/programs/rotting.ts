/** Flips every bit of every file of a data directory, one at a time, and opens what results. */

import type { DurableRecord } from '@parliament/synod';
import { LedgerError } from '#src/index.js';
import { contentsOf } from './crashing.js';
import { ImageDisk } from './image-disk.js';
import { randomFrom } from './random.js';
import { GROUPS, lineOf, newExpectation, type Size, work } from './workload.js';

export interface Rot {
  readonly flips: number;
  /** Refused, with a named error. */
  readonly detected: number;
  /** Opened, with everything that was there. */
  readonly harmless: number;
  readonly violations: readonly string[];
}

export interface RotOptions {
  readonly seed: number;
  /** Bits of each byte that are flipped: all 8, or one that is chosen at random. */
  readonly bits: 1 | 8;
  /** Of bytes that are zero and far from any record, only every so many-th is tried. */
  readonly stride: number;
  /** Of all flips, every so many-th is tried. Default: each. */
  readonly every?: number;
  /** How much is in the directory. */
  readonly size?: Size;
  onProgress?(done: number, total: number): void;
}

const SIZE: Size = { steps: 12, valueBytes: 1500 };

/** Makes a directory by a workload, and flips its bits. */
export async function rot({ seed, bits, stride, every = 1, onProgress, size = SIZE }: RotOptions): Promise<Rot> {
  const disk = new ImageDisk();
  const chance = randomFrom(seed);
  const expected = new Map(GROUPS.map((group) => [group, newExpectation()]));
  const slot = await work(disk, expected, 0, chance, { size });
  await work(disk, expected, slot, chance, { size });
  const whole = await allOf(disk.copy());
  const places = placesOf(disk, stride);
  const violations: string[] = [];
  let [turn, flips, detected, harmless] = [0, 0, 0, 0];
  for (const { file, offset } of places) {
    const chosen = bits === 8 ? [0, 1, 2, 3, 4, 5, 6, 7] : [Math.floor(chance() * 8)];
    for (const bit of chosen) {
      turn += 1;
      if (turn % every !== 0) continue;
      const image = disk.copy();
      const bytes = image.bytesOf(file);
      bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
      flips += 1;
      try {
        const found = await allOf(image);
        if (found.join('\n') === whole.join('\n')) harmless += 1;
        else violations.push(`bit ${bit} of byte ${offset} of ${file}: opened, and something else was in it`);
      } catch (error) {
        if (error instanceof LedgerError) detected += 1;
        else violations.push(`bit ${bit} of byte ${offset} of ${file}: ${error}`);
      }
    }
    onProgress?.(flips, Math.floor((places.length * bits) / every));
  }
  return { flips, detected, harmless, violations };
}

async function allOf(disk: ImageDisk): Promise<string[]> {
  const records: DurableRecord[] = [];
  for (const group of GROUPS) records.push(...(await contentsOf(disk, group)));
  return records.map(lineOf);
}

function placesOf(disk: ImageDisk, stride: number): { readonly file: string; readonly offset: number }[] {
  const places: { file: string; offset: number }[] = [];
  for (const file of disk.files()) {
    const bytes = disk.bytesOf(file);
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const isEmpty = bytes.subarray(Math.max(0, offset - 64), offset + 64).every((byte) => byte === 0);
      if (!isEmpty || offset % stride === 0) places.push({ file, offset });
    }
  }
  return places;
}
