/** Three nodes in three processes on this machine, and a client that talks to them: the stage of the demonstration. */

import path from 'node:path';
import { ask, call, type ParliamentStatus, status } from 'parliament';
import { type ChildNode, startChild } from './child-node.js';
import { type Client, openClient } from './client-node.js';
import { crashRequest, type Role } from './control.js';
import { CommandError, reasonOf } from './errors.js';
import { freePorts } from './free-ports.js';

export const NAMES = ['a', 'b', 'c'] as const;
export type Name = (typeof NAMES)[number];

/** How long each thing may take before the demonstration counts as failed, in milliseconds. */
const STEP_LIMIT_MS = 60_000;

/** How long a node may take to stop cleanly, in milliseconds. */
const STOP_LIMIT_MS = 30_000;

/** When a port is lost to another process between finding and using it, others are tried, this often. */
const PORT_ATTEMPTS = 3;

export interface Trio {
  readonly addresses: Readonly<Record<Name, string>>;
  directoryOf(name: Name): string;
  pidOf(name: Name): number;
  ask(name: Name, key: string, value?: string): Promise<string | undefined>;
  status(name: Name): Promise<ParliamentStatus>;
  crash(name: Name, role: Role): Promise<void>;
  /** Kills a process with SIGKILL, and resolves when it is gone. */
  kill(name: Name): Promise<void>;
  /** Starts a node that was killed, on its directory. */
  restart(name: Name): Promise<void>;
  /** Resolves, with the reason, when a process ends that nobody ended. */
  readonly lost: Promise<string>;
  /** Stops all, cleanly where they let themselves be stopped. */
  stop(): Promise<void>;
}

/** Starts the three, with their data below `directory`, and resolves when all are ready. */
export async function startTrio(directory: string): Promise<Trio> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryStart(directory, await freePorts(NAMES.length));
    } catch (error) {
      const isPortLost = error instanceof Error && /address-in-use|in use/.test(error.message);
      if (!isPortLost || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function tryStart(directory: string, ports: readonly number[]): Promise<Trio> {
  const addresses = Object.fromEntries(NAMES.map((name, index) => [name, `127.0.0.1:${ports[index]}`])) as Record<
    Name,
    string
  >;
  const children = new Map<Name, ChildNode>();
  const expected = new Set<ChildNode>();
  let isStopping = false;
  let lose: (reason: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const directoryOf = (name: Name): string => path.join(directory, name);
  let client: Client | undefined;

  async function begin(name: Name): Promise<void> {
    const peers = NAMES.filter((other) => other !== name).flatMap((other) => [
      '--peer',
      `${other}=${addresses[other]}`,
    ]);
    const own = ['--listen', addresses[name], '--data', directoryOf(name), '--allow-crash'];
    const child = startChild(name, [...own, ...peers], () => {});
    children.set(name, child);
    child.exited
      .then((how) => {
        if (!isStopping && !expected.has(child)) lose(`${name} (process ${child.pid}) has ended: ${how}`);
      })
      .catch((error: unknown) => lose(`${name} (process ${child.pid}): ${reasonOf(error)}`));
    await child.ready;
  }

  async function reach(name: Name): ReturnType<Client['reach']> {
    client ??= await openClient({ cluster: 'parliament', secret: undefined });
    return client.reach(addresses[name], STEP_LIMIT_MS);
  }

  async function stop(): Promise<void> {
    isStopping = true;
    await client?.close();
    await Promise.all(
      [...children.values()].map(async (child) => {
        child.kill('SIGTERM');
        const hurry = setTimeout(() => {
          child.kill('SIGKILL');
        }, STOP_LIMIT_MS);
        await child.exited;
        clearTimeout(hurry);
      }),
    );
  }

  const trio: Trio = {
    addresses,
    directoryOf,
    pidOf: (name) => children.get(name)?.pid ?? 0,
    ask: async (name, key, value) => ask((await reach(name)).registers, key, value, { timeoutMs: STEP_LIMIT_MS }),
    status: async (name) => status((await reach(name)).registers, { timeoutMs: STEP_LIMIT_MS }),
    async crash(name, role) {
      const { control } = await reach(name);
      const reply = await call<{ ok: boolean }>(control, crashRequest(role), { timeoutMs: STEP_LIMIT_MS });
      if (!reply.ok) throw new CommandError(`${name} does not let its ${role} be made to crash`);
    },
    async kill(name) {
      const child = children.get(name);
      if (child === undefined) return;
      expected.add(child);
      child.kill('SIGKILL');
      await child.exited;
    },
    restart: begin,
    lost,
    stop,
  };
  try {
    await Promise.all(NAMES.map(begin));
  } catch (error) {
    await stop();
    throw error;
  }
  return trio;
}
