// A chat between nodes. What you type goes to everybody who is connected.
// Usage: node chat.mjs ann                        (it says where it listens)
//        node chat.mjs bob 127.0.0.1:PORT

import { createInterface } from 'node:readline';
import { cast, genServer, serverAt, startActor, startSystem, stopSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';

/** @typedef {{ type: 'say', from: string, text: string }} Say */

const [name = 'ann', peer] = process.argv.slice(2);

/** @type {import('@parliament/otp').GenServer<undefined, never, Say>} */
const callbacks = {
  init: () => ({ state: undefined }),
  handleCall: {},
  handleCast: {
    say({ from, text }, state) {
      // It comes from elsewhere: anything may be in it.
      if (typeof from === 'string' && typeof text === 'string') console.log(`${from}: ${text}`);
      return { state };
    },
  },
};
const ear = genServer(callbacks);

const system = startSystem(name);
await startActor(system, 'ear', ear, { registeredName: 'ear' });
const node = await openNode(system, {
  name,
  listen: '127.0.0.1:0',
  onEvent(event) {
    if (event.type === 'nodeup') console.log(`* ${event.node} is here`);
    if (event.type === 'nodedown') console.log(`* ${event.node} is gone`);
  },
});
console.log(`* ${name} listens on ${node.address?.host}:${node.address?.port}`);
if (peer !== undefined) await node.connect(peer, { timeoutMs: 30_000 });

for await (const text of createInterface({ input: process.stdin })) {
  for (const other of node.nodes()) {
    const found = await node.whereis(other, 'ear');
    if (found !== undefined) cast(serverAt(found, ear), { type: 'say', from: name, text });
  }
}
await node.close();
await stopSystem(system);
