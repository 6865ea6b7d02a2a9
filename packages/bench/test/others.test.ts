/** What is measured against, where it is installed: by `npm run test:bench`, or by a measurement. Otherwise it is skipped. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { classicLevelWays } from '../src/ledgers/classic-level.js';
import { lmdbWays } from '../src/ledgers/lmdb.js';
import { loadOther } from '../src/others.js';
import { measureGrpc } from '../src/peers/grpc.js';
import { expectMeasured } from './measured.js';
import { descendants, expectFigures, forEachTestMarkProcesses, SIZES } from './processes.js';

forEachTestMarkProcesses();

const isInstalled = fs.existsSync(path.join(__dirname, '../others/node_modules/.installed'));

(isInstalled ? describe : describe.skip)('what is measured against', () => {
  it.each([
    ['classic-level', classicLevelWays],
    ['lmdb', lmdbWays],
  ])('%s is measured in each way to use it, and leaves nothing', async (_name, ways) => {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-test-'));
    try {
      expect(ways()).toHaveLength(2);
      await expectMeasured(ways(), parent);
      expect(fs.readdirSync(parent)).toEqual([]);
    } finally {
      fs.rmSync(parent, { recursive: true });
    }
  });

  it('gRPC is measured, and leaves no process', async () => {
    expectFigures(await measureGrpc(SIZES));
    expect(descendants()).toEqual([]);
  });
});

it('what is not installed is not found elsewhere', () => {
  expect(() => loadOther('no-such-library')).toThrow('no-such-library');
});
