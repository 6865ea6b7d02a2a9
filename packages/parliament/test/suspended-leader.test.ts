/** A leader whose process stands still while others decide: what it says when it goes on. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import {
  AskError,
  machine,
  openNode,
  proposeAt,
  readAt,
  startSystem,
  status,
  stopSystem,
  withMachine,
} from '../src/index.js';
import { freePorts, PATIENT, until } from './support/chamber.js';

const ROUNDS = 3;
const NAMES = ['a', 'b', 'c'];

const counter = machine({
  name: 'counter',
  version: 1,
  initial: () => 0,
  commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: count + by }) },
  queries: { count: (count) => count },
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Three members, each a process, and a client of all of them in this one. */
async function openProcesses() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-suspended-'));
  ends.push(() => fs.rmSync(root, { recursive: true, force: true }));
  const ports = await freePorts(NAMES.length);
  const addresses = Object.fromEntries(NAMES.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  const program = path.join(__dirname, 'fixtures/counting-member.mjs');
  const processes = new Map<string, ChildProcess>();
  const ups: Promise<unknown>[] = [];
  for (const name of NAMES) {
    const child = spawn(process.execPath, [program, name, JSON.stringify(addresses), root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    processes.set(name, child);
    ups.push(once(child.stdout, 'data'));
    ends.push(async () => {
      const isOver = child.exitCode !== null || child.signalCode !== null;
      child.kill('SIGKILL');
      if (!isOver) await once(child, 'exit');
    });
  }
  await Promise.all(ups);
  const system = startSystem('client');
  const node = await openNode(system, { name: 'client', peers: addresses, reconnectMaxMs: 100 });
  ends.push(async () => {
    await node.close();
    await stopSystem(system);
  });
  for (const name of NAMES) await node.connected(name, PATIENT);
  const countOf = (name: string) => withMachine(node.ref(name, ['count']), counter);
  return { countOf, signal: (name: string, signal: NodeJS.Signals) => processes.get(name)?.kill(signal) };
}

it('says nothing on its lease that others have passed by', async () => {
  const { countOf, signal } = await openProcesses();
  for (let round = 1; round <= ROUNDS; round++) {
    await proposeAt(countOf('a'), { type: 'add', by: 1 }, PATIENT);
    // Who leads answers alone; the others say who does.
    const { leader, answer } = await until(async () => {
      const { proposer } = await status(countOf('a'), PATIENT);
      const name = proposer.leader?.node;
      if (name === undefined) return undefined;
      const read = await readAt(countOf(name), { type: 'count' }, { ...PATIENT, level: 'lease' }).catch(
        () => undefined,
      );
      return read === undefined ? undefined : { leader: name, answer: read.answer };
    });
    expect(answer).toBe(2 * round - 1);
    const [other = '', ...more] = NAMES.filter((name) => name !== leader);
    expect(more).toHaveLength(1);
    signal(leader, 'SIGSTOP');
    const { reply } = await proposeAt(countOf(other), { type: 'add', by: 1 }, PATIENT);
    expect(reply).toBe(2 * round);
    const asked = readAt(countOf(leader), { type: 'count' }, { timeoutMs: 5000, level: 'lease' }).then(
      ({ answer: found }) => found,
      (error: unknown) => error,
    );
    // The question is on its way before the leader goes on.
    await new Promise((resolve) => setImmediate(resolve));
    signal(leader, 'SIGCONT');
    const found = await asked;
    if (typeof found === 'number') expect(found).toBe(2 * round);
    else {
      expect(found).toBeInstanceOf(AskError);
      expect(found).toMatchObject({ outcome: 'not-applied' });
    }
    // It reads what was written elsewhere once it has come so far.
    const { slot } = await proposeAt(countOf(other), { type: 'add', by: 0 }, PATIENT);
    const local = await readAt(countOf(leader), { type: 'count' }, { ...PATIENT, level: 'local', atLeast: slot });
    expect(local.answer).toBe(2 * round);
    expect(local.slot).toBeGreaterThanOrEqual(slot);
  }
});
