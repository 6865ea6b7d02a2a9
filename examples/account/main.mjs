// Three processes keep one account. A hundred deposits go through all of them; one is killed with kill -9 meanwhile, and comes back.
// Usage: node main.mjs

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AskError, openNode, propose, read, spawnParliament, startSystem } from 'parliament';
import { account } from './account.mjs';

const NAMES = ['a', 'b', 'c'];
const DEPOSITS = 100;

if (process.send === undefined) await direct();
else await keep(process.argv[2] ?? 'a', process.argv[3] ?? '', (process.argv[4] ?? '').split(','));

/** One of the three: deposits when it is told to, and says what came of it. @param {string} name @param {string} directory @param {string[]} addresses */
async function keep(name, directory, addresses) {
  const { [name]: listen = '', ...peers } = Object.fromEntries(
    NAMES.map((each, index) => [each, addresses[index] ?? '']),
  );
  const system = startSystem(name);
  await openNode(system, { name, listen, peers });
  const accounts = await spawnParliament(system, 'accounts', {
    machine: account,
    member: NAMES.indexOf(name),
    members: { 0: 'a', 1: 'b', 2: 'c' },
    directory,
  });
  process.on('message', async (/** @type {number} */ amount) => {
    const options = { timeoutMs: 60_000 };
    const asked =
      amount === 0
        ? read(accounts, { type: 'balance' }, options)
        : propose(accounts, { type: 'deposit', amount }, options);
    process.send?.(
      await asked.catch((error) => (error instanceof AskError ? `${error.code}, ${error.outcome}` : `${error}`)),
    );
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

async function direct() {
  const folder = await mkdtemp(join(tmpdir(), 'parliament-account-'));
  const addresses = await freeAddresses(NAMES.length);
  /** @param {string} name */
  const start = async (name) => {
    const child = fork(new URL(import.meta.url), [name, join(folder, name), addresses.join()]);
    await once(child, 'message');
    return child;
  };
  const children = await Promise.all(NAMES.map(start));
  try {
    // One deposit at a time through each: whoever is killed has at most one of which nobody knows what became of it.
    let [left, known, unknown] = [DEPOSITS, 0, 0];
    await Promise.all(
      children.map(async (child, index) => {
        while (left > 0 && child.connected) {
          left -= 1;
          if (index === 2 && left < DEPOSITS / 2) child.kill('SIGKILL');
          const reply = await say(child, 1);
          if (typeof reply === 'number') known += 1;
          else unknown += 1;
        }
      }),
    );
    const [a] = children;
    const balance = a === undefined ? 0 : Number(await say(a, 0));
    const isRight = balance >= known && balance <= known + unknown && known + unknown === DEPOSITS;
    console.log(
      `${DEPOSITS} deposits, c was killed meanwhile: the balance is ${isRight ? 'right' : `wrong, ${balance}`}`,
    );
    const c = await start('c');
    children.push(c);
    console.log(`c is back, and has ${(await say(c, 0)) === balance ? 'the same' : 'another one'}`);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, maxRetries: 10 });
  }
}

/** Gives what the process answers; nothing when it ends before. @param {import('node:child_process').ChildProcess} child @param {number} amount */
async function say(child, amount) {
  if (!child.connected) return undefined;
  const settled = new AbortController();
  const { signal } = settled;
  const answered = once(child, 'message', { signal }).then(([reply]) => reply);
  const ended = once(child, 'exit', { signal }).then(() => undefined);
  child.send(amount, () => {});
  const reply = await Promise.race([answered, ended]);
  const rest = Promise.allSettled([answered, ended]);
  settled.abort();
  await rest;
  return reply;
}

/** @param {number} count */
async function freeAddresses(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  });
}
