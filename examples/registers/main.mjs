// Starts the service three times, asks it, kills one node, asks the others, and takes it back.
// Usage: node main.mjs

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = await mkdtemp(join(tmpdir(), 'parliament-registers-'));
const [a, b, c, ...web] = await freePorts(6);
const nodes = `a=127.0.0.1:${a},b=127.0.0.1:${b},c=127.0.0.1:${c}`;
const port = { a: web[0], b: web[1], c: web[2] };

/** @typedef {keyof typeof port} Name */
/** @type {Map<Name, import('node:child_process').ChildProcess>} */
const running = new Map();

try {
  await Promise.all([start('a'), start('b'), start('c')]);
  console.log('PUT green at a:', await request('a', 'PUT', 'color', 'green'));
  console.log('PUT red at b:', await request('b', 'PUT', 'color', 'red'));
  await end('c', 'SIGKILL');
  console.log('c is killed');
  console.log('GET at b:', await request('b', 'GET', 'color'));
  console.log('PUT round at b:', await request('b', 'PUT', 'shape', 'round'));
  await start('c');
  console.log('c is back');
  console.log('GET at c:', await request('c', 'GET', 'shape'));
} finally {
  await Promise.all([...running.keys()].map((name) => end(name, 'SIGTERM')));
  await rm(folder, { recursive: true });
}

/** Resolves when the node serves. @param {Name} name */
async function start(name) {
  const service = fileURLToPath(new URL('service.mjs', import.meta.url));
  const child = spawn(process.execPath, [service, name, String(port[name]), join(folder, name), nodes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.set(name, child);
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
  if (typeof line !== 'string') throw new Error(`${name} has ended, status ${line}`);
}

/** @param {Name} name @param {NodeJS.Signals} signal */
async function end(name, signal) {
  const child = running.get(name);
  if (child === undefined) return;
  running.delete(name);
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** @param {Name} name @param {'GET' | 'PUT'} method @param {string} key @param {string} [body] */
async function request(name, method, key, body) {
  const init = body === undefined ? { method } : { method, body };
  const response = await fetch(`http://127.0.0.1:${port[name]}/${key}`, init);
  return response.text();
}

/** @param {number} count */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
}
