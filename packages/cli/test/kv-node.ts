/** Nodes with a key space, in the process of the tests. */

import type { kv } from '@parliament/machines';
import {
  call,
  openNode,
  type ParliamentOf,
  type Reference,
  spawnParliament,
  startSupervisor,
  startSystem,
  stopParliament,
  stopSystem,
} from 'parliament';
import { REGISTERS } from '../src/client-node.js';
import { freePorts } from '../src/free-ports.js';

export interface SpaceNode {
  readonly address: string;
  readonly space: ParliamentOf<typeof kv>;
  close(): Promise<void>;
}

/** A parliament of these members, in memory, where the commands look for it. */
export async function startSpaces(...names: string[]): Promise<SpaceNode[]> {
  const ports = await freePorts(names.length);
  const addresses = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  return Promise.all(names.map((name, member) => startMember(name, member, addresses)));
}

/** One alone. */
export const startSpace = (): Promise<SpaceNode> => startMember('a', 0, { a: '127.0.0.1:0' });

async function startMember(name: string, member: number, addresses: Record<string, string>): Promise<SpaceNode> {
  const { [name]: address = '', ...peers } = addresses;
  const system = startSystem(name);
  const node = await openNode(system, { name, listen: address, peers });
  const members = Object.fromEntries(Object.keys(addresses).entries());
  const space = await spawnParliament(system, REGISTERS, { member, members, storage: 'memory' });
  return {
    address: `127.0.0.1:${node.address?.port}`,
    space,
    async close() {
      await stopParliament(space);
      await node.close();
      await stopSystem(system);
    },
  };
}

/** A node that has what it is asked done by another one, and is gone before it answers. Resolves with its address. */
export async function startTraitor(space: Reference): Promise<string> {
  const system = startSystem('traitor');
  const node = await openNode(system, { name: 'traitor', listen: '127.0.0.1:0' });
  const { ref } = await startSupervisor(system, REGISTERS, {
    strategy: 'one_for_one',
    children: [],
    async onMessage(message) {
      await call(space, message, { timeoutMs: 600_000 });
      await node.close();
      await stopSystem(system);
    },
  });
  node.expose(ref, 'messages');
  return `127.0.0.1:${node.address?.port}`;
}
