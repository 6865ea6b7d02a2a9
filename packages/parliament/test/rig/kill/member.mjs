// One member of a parliament, in a process of its own. It asks what its parent tells it to ask.
import { startSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import { openLedger } from '@parliament/storage';
import { ask } from '../../../dist/index.js';
import { hostedPair } from '../../../dist/pair/pair-face.js';
import { spawnHosted } from '../../../dist/start/spawn-parliament.js';

const { name, listen, peers, isSabotaged, ...options } = JSON.parse(process.argv[2]);
const system = startSystem();
const node = await openNode(system, { name, listen, peers, reconnectMinMs: 20, reconnectMaxMs: 100 });
const settings = {
  ...options,
  onEvent(event) {
    if (['lost-memory', 'refused', 'gave-up'].includes(event.type)) process.send?.({ event });
  },
};
const seams = isSabotaged ? { openLedger: openHasty } : {};
const parliament = await spawnHosted(system, 'registers', settings, hostedPair, seams);

/**
 * A ledger that says too early that it is done: the audit must find that.
 *
 * @param {Parameters<typeof openLedger>} parameters
 */
async function openHasty(...parameters) {
  const ledger = await openLedger(...parameters);
  const append = ledger.append.bind(ledger);
  ledger.append = async (...given) => {
    append(...given).catch(() => process.exit(1));
  };
  return ledger;
}

process.on('message', async ({ id, key, value, timeoutMs }) => {
  try {
    process.send?.({ id, value: await ask(parliament, key, value, { timeoutMs }) });
  } catch (error) {
    process.send?.({ id, code: error.code ?? String(error), outcome: error.outcome });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true, address: node.address });
