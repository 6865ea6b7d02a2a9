/** The processes that a measurement starts, as its tests look for them. */

import fs from 'node:fs';
import { beforeEach, expect } from '@jest/globals';
import type { PeerFigures, PeerSizes } from '../src/peers/figures.js';

export const SIZES: PeerSizes = { messages: 2000, pings: 200 };
const MARK = 'PARLIAMENT_BENCH_TEST';

let mark: string;

/** Whatever a test starts is known by a mark in its environment. */
export function forEachTestMarkProcesses(): void {
  beforeEach(() => {
    mark = `${process.pid}-${Math.random()}`;
    process.env[MARK] = mark;
  });
}

/** The processes that this test has started, and those that these have, whoever their parent is by now (Linux only). */
export function descendants(): string[] {
  if (!fs.existsSync('/proc/self/environ')) return [];
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}`);
    } catch {
      // It ended while we looked, or is somebody else's.
      return false;
    }
  });
}

export function expectFigures(figures: PeerFigures | undefined): void {
  for (const figure of [figures?.rate, figures?.roundTripUs]) {
    expect([figure, Number.isFinite(figure) && (figure as number) > 0]).toEqual([figure, true]);
  }
}
