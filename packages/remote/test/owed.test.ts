/** Whom the calls of a peer wait for. */

import { expect, it } from '@jest/globals';
import { exit, startActor } from '@parliament/otp';
import { Watches } from '../src/exchange/watches.js';
import type { Reference } from '../src/index.js';
import { startSystem } from './support.js';

it('a call under a number that was used before takes the place of that one, and nothing is kept of it', async () => {
  const system = startSystem();
  const start = async (name: string): Promise<Reference> =>
    (await startActor(system, name, { init: () => 0, receive: (state: number) => state })) as Reference;
  const [one, other] = [await start('one'), await start('other')];
  const told: unknown[] = [];
  const watches = new Watches((id, reason) => told.push([id, reason]));
  expect(watches.owe(1, ['one'], one)).toBe(true);
  expect(watches.owe(1, ['other'], other)).toBe(true);
  exit(one, 'kill');
  expect(told).toEqual([]);
  exit(other, 'kill');
  expect(told).toEqual([[1, 'killed']]);
});
