// Three members in processes of their own, which can be killed and started again.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['a', 'b', 'c'];
const MEMBER = fileURLToPath(new URL('member.mjs', import.meta.url));
/** Snapshots often enough that kills meet them. */
const SNAPSHOTS = { logBytes: 256 * 1024, tailSlots: 50 };

/** A process that answers asks until it is gone. */
class Member {
  constructor(child) {
    this.child = child;
    this.isReady = false;
    this.waiting = new Map();
    this.nextId = 0;
    this.gone = new Promise((resolve) => child.once('exit', resolve));
    this.ready = new Promise((resolve, reject) => {
      child.once('exit', (code, signal) => reject(new Error(`a member ended before it was ready (${code ?? signal})`)));
      child.on('message', (message) => {
        if (message.ready) {
          this.isReady = true;
          resolve(undefined);
        }
      });
    });
    // Whoever awaits it hears of it; a kill in between is no fault.
    this.ready.catch(() => undefined);
    child.on('message', ({ id, ...answer }) => {
      const settle = this.waiting.get(id);
      this.waiting.delete(id);
      settle?.(answer);
    });
    child.once('exit', () => {
      for (const settle of this.waiting.values()) settle({ code: 'killed', outcome: 'unknown' });
      this.waiting.clear();
    });
  }

  /** Resolves with `{ value }`, or with `{ code, outcome }`. */
  ask(key, value, timeoutMs) {
    if (!this.child.connected) return Promise.resolve({ code: 'killed', outcome: 'not-applied' });
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, key, value, timeoutMs }, (error) => {
        if (error && this.waiting.delete(id)) resolve({ code: 'killed', outcome: 'not-applied' });
      });
    });
  }
}

/** Prepares three members on free ports; `onEvent` hears what must not happen. */
export async function prepareTrio(onEvent) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parliament-kill-'));
  const ports = await freePorts(NAMES.length);
  const addresses = Object.fromEntries(NAMES.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  const members = new Map();
  return {
    names: NAMES,
    /** The one of that name, dead or alive. */
    member: (name) => members.get(name),
    /**
     * Starts a member (again). `trace`: under strace, which writes there; `options` for the member.
     *
     * @param {string} name
     * @param {{ readonly trace?: string, readonly [option: string]: unknown }} [options]
     */
    start(name, { trace, ...options } = {}) {
      const { [name]: listen, ...peers } = addresses;
      const settings = {
        name,
        listen,
        peers,
        member: NAMES.indexOf(name),
        members: Object.fromEntries(NAMES.entries()),
        directory: path.join(folder, name),
        snapshots: SNAPSHOTS,
        ...options,
      };
      const child = fork(MEMBER, [JSON.stringify(settings)], trace === undefined ? { execArgv: [] } : tracedBy(trace));
      child.on('message', (/** @type {any} */ { event }) => {
        if (event !== undefined) onEvent(name, event);
      });
      const member = new Member(child);
      members.set(name, member);
      return member;
    },
    async kill(name) {
      members.get(name).child.kill('SIGKILL');
      await members.get(name).gone;
    },
    directory: (name) => path.join(folder, name),
    close() {
      for (const { child } of members.values()) child.kill('SIGKILL');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A process whose writes and syncs strace notes, with all their bytes. */
function tracedBy(file) {
  const calls = 'trace=pwrite64,fdatasync,fsync,write,writev,close';
  return {
    execPath: 'strace',
    execArgv: ['-f', '-o', file, '-xx', '-y', '-s', '4000000', '-e', calls, process.execPath],
  };
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
      return server;
    }),
  );
  const ports = servers.map((server) => /** @type {net.AddressInfo} */ (server.address()).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
