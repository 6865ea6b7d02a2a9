/** The other process of ../ledgers/recovery.ts: opens a ledger, reads it once, and tells how long that took. */

import { openLedger } from '@parliament/storage';
import { OWNER } from '../ledgers/parliament.js';

const [directory = ''] = process.argv.slice(2);
const begin = performance.now();
const ledger = await openLedger(directory, OWNER);
const opened = performance.now();
let records = 0;
await ledger.replay(() => {
  records += 1;
});
const replayed = performance.now();
console.log(JSON.stringify({ records, openMs: opened - begin, replayMs: replayed - opened }));
await ledger.close();
