// Three nodes, each a process, and what is between them: proxies, or a network.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openNetwork } from './network.mjs';
import { openProxy } from './proxy.mjs';

const NODE = fileURLToPath(new URL('./node.mjs', import.meta.url));
export const NAMES = ['a', 'b', 'c'];
const PORT = 4000;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each pair of nodes with the one that dials first. */
export const PAIRS = NAMES.flatMap((from, index) => NAMES.slice(index + 1).map((to) => [from, to]));

/** `mode`: proxy or netns. `random` gives numbers from 0 to 1. `base`: the first of some ports, for proxies. */
export async function openWorld(mode, random, base) {
  const network = mode === 'netns' ? openNetwork(NAMES) : undefined;
  const proxies = new Map();
  const portOf = (name) => base + NAMES.indexOf(name);
  if (network === undefined) {
    for (const [index, [from, to]] of PAIRS.entries()) {
      proxies.set(`${from}${to}`, {
        port: base + 10 + index,
        ...(await openProxy(base + 10 + index, portOf(to), random)),
      });
    }
  }
  const processes = new Map();
  /** The latest report of each life of each node; the last one of a life is what is left of it. */
  const lives = [];
  const current = new Map();

  const optionsOf = (name) => {
    const others = NAMES.filter((other) => other !== name);
    if (network !== undefined) {
      // All dial all: two dials at once are one link.
      const peers = Object.fromEntries(others.map((other) => [other, `${network.addressOf(other)}:${PORT}`]));
      return { name, others, peers, listen: `${network.addressOf(name)}:${PORT}` };
    }
    const dialled = PAIRS.filter(([from]) => from === name).map(([, to]) => to);
    const peers = Object.fromEntries(dialled.map((to) => [to, `127.0.0.1:${proxies.get(`${name}${to}`).port}`]));
    return { name, others, peers, listen: `127.0.0.1:${portOf(name)}` };
  };

  async function start(name) {
    const args = [NODE, JSON.stringify(optionsOf(name))];
    const [command, words] = /** @type {[string, string[]]} */ (
      network?.commandOn(name, process.execPath, args) ?? [process.execPath, args]
    );
    /** @type {import('node:child_process').ChildProcess} */
    const child = spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    processes.set(name, child);
    const life = { name, report: undefined };
    lives.push(life);
    current.set(name, life);
    await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`node ${name} ended by itself`)));
      child.on('message', (/** @type {any} */ message) => {
        if (!message.ready) life.report = message;
        else resolve(undefined);
      });
    });
    child.removeAllListeners('exit');
    while (life.report === undefined) await pause(10);
  }

  return {
    network,
    proxies,
    lives,
    start,
    /** The reports of those that live now. */
    reports: () => NAMES.map((name) => current.get(name)?.report),
    signal: (name, signal) => processes.get(name).kill(signal),
    /** Each node is linked with both others, by its own word. */
    isWhole: () => NAMES.every((name) => current.get(name)?.report?.nodes.length === NAMES.length - 1),
    end() {
      for (const child of processes.values()) child.kill('SIGKILL');
      for (const proxy of proxies.values()) proxy.end();
      network?.end();
    },
  };
}
