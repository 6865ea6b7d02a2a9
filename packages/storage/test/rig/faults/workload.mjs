// Something to do for a ledger while its system calls fail. Says what was acknowledged, and how it ended.
import { writeSync } from 'node:fs';
import { foundingConfiguration, majority } from '@parliament/synod';
import { openLedger } from '../../../dist/index.js';

const OPTIONS = { cluster: 'faults', member: 1, segmentBytes: 64 * 1024, reserveBytes: 64 * 1024 };
/** @type {import('@parliament/synod').History} */
const history = [foundingConfiguration(majority([0, 1, 2]))];
const say = (text) => writeSync(1, `${text}\n`);

const directory = process.argv[2];
let slot = 0;

async function append(ledger, bytes) {
  slot += 1;
  const mine = slot;
  await ledger.append([{ type: 'voted', slot: mine, ballot: 1025, value: new Uint8Array(bytes).fill(mine % 251) }]);
  say(`acknowledged ${mine} ${bytes}`);
}

try {
  for (let life = 0; life < 2; life += 1) {
    const ledger = await openLedger(directory, OPTIONS);
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([append(ledger, 3000), append(ledger, 100), append(ledger, 6000)]);
      if (round % 5 !== 4) continue;
      const taken = slot;
      await ledger.saveSnapshot({ slot: taken, history, state: new Uint8Array(5000).fill(taken % 251) }, 5);
      say(`snapshot ${taken}`);
    }
    await ledger.close();
  }
  say('done');
} catch (error) {
  say(`failed ${error.name} ${error.code ?? ''}`);
}
