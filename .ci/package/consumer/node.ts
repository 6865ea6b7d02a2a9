// What a program for Node.js does first: a parliament of one, its directory, and an actor of another node.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reference, register, startActor } from '@parliament/otp';
import { runWith } from '@parliament/simulator';
import { RECORD_HEADER_BYTES } from '@parliament/storage/format';
import { verifyDirectory } from '@parliament/storage/tools';
import { ask, openNode, spawnParliament, startSystem, status, stopParliament, stopSystem } from 'parliament';

const directory = await mkdtemp(join(tmpdir(), 'parliament-consumer-'));
const [here, there] = [startSystem('here'), startSystem('there')];
try {
  const near = await openNode(here, { name: 'near', listen: '127.0.0.1:0' });
  const registers = await spawnParliament(here, 'registers', { member: 0, members: { 0: 'near' }, directory });
  assert.equal(await ask(registers, 'key', 'first'), 'first');
  assert.equal(await ask(registers, 'key', 'second'), 'first');
  assert.equal((await status(registers)).founded, true);

  const echo: Reference | undefined = await startActor(here, 'echo', {
    init: () => 0,
    receive(count, message: { readonly text: string }, { sender }) {
      return count + message.text.length + (sender === undefined ? 0 : 1);
    },
  });
  assert.ok(echo !== undefined);
  register('echo', echo);

  const far = await openNode(there, { name: 'far' });
  const peer = await far.connect(`127.0.0.1:${near.address?.port}`);
  assert.equal(peer, 'near');
  assert.ok((await far.whereis(peer, 'echo')) !== undefined);
  assert.equal(await ask(far.ref(peer, 'registers'), 'key'), 'first');

  await far.close();
  await stopParliament(registers);
  await near.close();
  assert.deepEqual((await verifyDirectory(directory)).problems, []);
} finally {
  await Promise.all([stopSystem(here), stopSystem(there)]);
  await rm(directory, { recursive: true });
}

// A world with a machine of one's own: a sum that only grows.
const { checked } = runWith<{ sum: number }, number, number, never>(
  {
    machine: {
      initial: () => ({ sum: 0 }),
      apply(state, by) {
        state.sum += by;
        return state.sum;
      },
      snapshot: ({ sum }) => [new TextEncoder().encode(String(sum))],
      restore: (chunks) => ({ sum: Number(Buffer.concat([...chunks]).toString()) }),
    },
    command: (draw) => draw(10),
  },
  { seed: 1, plan: { faultyMs: 2000 } },
);
assert.ok(checked > 0);
assert.ok(RECORD_HEADER_BYTES > 0);
console.log('node: all is well');
