// One member of a parliament, in a process of its own. It asks what its parent tells it to ask.
import { startSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import { ask, spawnParliament } from '../../../dist/index.js';

const { name, listen, peers, ...options } = JSON.parse(process.argv[2]);
const system = startSystem();
const node = await openNode(system, { name, listen, peers, reconnectMinMs: 20, reconnectMaxMs: 100 });
const parliament = await spawnParliament(system, 'registers', {
  ...options,
  onEvent(event) {
    if (['lost-memory', 'refused', 'gave-up'].includes(event.type)) process.send({ event });
  },
});

process.on('message', async ({ id, key, value, timeoutMs }) => {
  try {
    process.send({ id, value: await ask(parliament, key, value, { timeoutMs }) });
  } catch (error) {
    process.send({ id, code: error.code ?? String(error), outcome: error.outcome });
  }
});
process.on('disconnect', () => process.exit());
process.send({ ready: true, address: node.address });
