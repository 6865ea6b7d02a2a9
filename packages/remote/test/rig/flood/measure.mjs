// Runs the floods, one after the other, and measures the node and the good peers meanwhile.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { ATTACKS } from './attacks.mjs';

const PEERS = ['one', 'two'];
const SAMPLE_MS = 20;
/** Since then the flooder has had its chance, and the node its rest. */
const SETTLE_MS = 500;
/** The flooder of a machine with few cores must not take what the node needs: elsewhere it would have its own. */
const NICE = 19;
const END_MS = 15_000;

export const FLOODS = Object.keys(ATTACKS);
export const RSS_BYTES_MAX = 256 * 2 ** 20;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const start = (file, ...args) =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String), { execArgv: [] });

/** Memory of a process, in bytes: now (VmRSS), or at most (VmHWM). */
function memoryOf(pid, field) {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Starts everything, calls back after each flood, and tells what became of it all. */
export async function measure({ floods, seconds, connections }, onFlood) {
  const node = start('node.mjs');
  const children = [node];
  try {
    const [{ port }] = await once(node, 'message');
    const peers = PEERS.map((name) => start('peer.mjs', name, port));
    children.push(...peers);
    const latest = peers.map(() => ({ sent: 0, received: 0, disordered: 0, lostLinks: 0 }));
    for (const [index, peer] of peers.entries()) {
      peer.on('message', (/** @type {any} */ told) => {
        if (told.sent !== undefined) latest[index] = told;
      });
    }
    const received = () => latest.reduce((sum, each) => sum + each.received, 0);
    while (latest.some((each) => each.received === 0)) await pause(SAMPLE_MS);
    // The code of all is compiled before anything is measured.
    await pause(Math.min(3000, seconds * 1000));
    const results = [];
    for (const flood of floods) {
      const result = await runFlood({ flood, node, port, connections, seconds, received });
      results.push(result);
      onFlood(result);
    }
    for (const peer of peers) peer.send('stop');
    const deadline = performance.now() + END_MS;
    while (latest.some(({ sent, received: back }) => back < sent) && performance.now() < deadline) await pause(50);
    // What they told last may be older than their stop.
    await pause(200);
    node.send({ type: 'downs' });
    const { downs } = await told(node, 'downs');
    return { floods: results, peakRss: memoryOf(node.pid, 'VmHWM'), peers: latest, downs };
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

/** Resolves with the next message of a process that has such a field. */
function told(child, field) {
  return new Promise((resolve) => {
    const take = (message) => {
      if (message[field] === undefined) return;
      child.off('message', take);
      resolve(message);
    };
    child.on('message', take);
  });
}

async function runFlood({ flood, node, port, connections, seconds, received }) {
  const rssBefore = memoryOf(node.pid, 'VmRSS');
  const before = await rateDuring(received, pause(seconds * 1000));
  const flooder = start('flooder.mjs', flood, port, connections);
  os.setPriority(/** @type {number} */ (flooder.pid), NICE);
  await once(flooder, 'message');
  const endings = [pause(seconds * 1000)];
  if (flood === 'never reading') {
    node.send({ type: 'send', peer: 'deaf' });
    // However slow the machine is, it must come to this.
    endings.push(Promise.race([told(node, 'overloaded'), pause(END_MS)]));
  }
  await pause(Math.min(SETTLE_MS, seconds * 500));
  const tally = once(flooder, 'message').then(([told]) => told.tally);
  let peakRss = 0;
  const sampler = setInterval(() => {
    peakRss = Math.max(peakRss, memoryOf(node.pid, 'VmRSS'));
  }, SAMPLE_MS);
  try {
    const isCounted = flood === 'connections';
    const during = await rateDuring(received, isCounted ? tally : Promise.all(endings));
    if (!isCounted) flooder.send('stop');
    const ended = await Promise.race([tally, pause(5000)]);
    return { flood, before, during, ratio: during / before, rssBefore, peakRss, tally: ended ?? {} };
  } finally {
    clearInterval(sampler);
    node.send({ type: 'send' });
    flooder.kill('SIGKILL');
    await pause(Math.min(SETTLE_MS, seconds * 500));
  }
}

/** How much `count` gains in a second until then. */
async function rateDuring(count, until) {
  const [begun, first] = [performance.now(), count()];
  await until;
  return ((count() - first) * 1000) / (performance.now() - begun);
}
