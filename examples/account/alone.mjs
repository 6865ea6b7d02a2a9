// The account in one process, kept in a directory: a parliament of one needs no node and no listener.
// Usage: node alone.mjs

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { propose, Rejection, read, spawnParliament, startSystem, stopParliament, stopSystem } from 'parliament';
import { account } from './account.mjs';

const directory = await mkdtemp(join(tmpdir(), 'parliament-account-'));
const system = startSystem('a');
const options = { machine: account, member: 0, members: { 0: 'a' }, directory };
try {
  const accounts = await spawnParliament(system, 'accounts', options);
  console.log('deposit 5:', await propose(accounts, { type: 'deposit', amount: 5 }));
  console.log('withdraw 2:', await propose(accounts, { type: 'withdraw', amount: 2 }));
  try {
    await propose(accounts, { type: 'withdraw', amount: 9 });
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    console.log(`withdraw 9: ${error.code}, ${error.message}`);
  }
  await stopParliament(accounts);

  const again = await spawnParliament(system, 'accounts', options);
  console.log('after it was closed and opened again:', await read(again, { type: 'balance' }));
} finally {
  await stopSystem(system);
  await rm(directory, { recursive: true });
}
