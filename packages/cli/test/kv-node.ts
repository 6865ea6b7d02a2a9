/** Nodes with a key space, in the process of the tests. */

import { kv } from '@parliament/machines';
import { openNode, type ParliamentOf, spawnParliament, startSystem, stopParliament, stopSystem } from 'parliament';
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
  return Promise.all(names.map((name, member) => startSpace(name, member, addresses)));
}

async function startSpace(name: string, member: number, addresses: Record<string, string>): Promise<SpaceNode> {
  const { [name]: address = '', ...peers } = addresses;
  const system = startSystem(name);
  const node = await openNode(system, { name, listen: address, peers });
  const members = Object.fromEntries(Object.keys(addresses).entries());
  const space = await spawnParliament(system, REGISTERS, { machine: kv, member, members, storage: 'memory' });
  return {
    address,
    space,
    async close() {
      await stopParliament(space);
      await node.close();
      await stopSystem(system);
    },
  };
}
