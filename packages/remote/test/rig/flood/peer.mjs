// A good peer: sends numbered messages of 200 bytes to the node, without a pause, and expects each to come back in order.
import { dispatch, startActor, startSystem } from '@parliament/otp';
import { openNode } from '../../../dist/index.js';
import { SECRET } from './raw.mjs';

const MESSAGE_BYTES = 200;
/** So many may be on their way. */
const WINDOW = 2000;

const [name, port] = process.argv.slice(2);
const system = startSystem();
let sent = 0;
let received = 0;
let disordered = 0;
let lostLinks = 0;
let isStopping = false;
let wake = () => {};

const inbox = await startActor(system, 'inbox', {
  init: () => 0,
  receive(count, /** @type {Uint8Array} */ message) {
    if (message.length !== MESSAGE_BYTES || Buffer.from(message).readUInt32LE(0) !== received) disordered += 1;
    received += 1;
    wake();
    return count + 1;
  },
});

const node = await openNode(system, {
  name,
  secret: SECRET,
  peers: { node: `127.0.0.1:${port}` },
  expose: () => true,
  onEvent(event) {
    if (event.type === 'nodedown') lostLinks += 1;
    if (event.type === 'nodeup') process.send?.({ linked: true });
  },
});

process.on('message', () => {
  isStopping = true;
});
process.on('disconnect', () => process.exit());
setInterval(() => process.send?.({ sent, received, disordered, lostLinks }), 50);
while (!node.nodes().includes('node')) await new Promise((resolve) => setTimeout(resolve, 10));
const echo = node.ref('node', 'echo');
while (!isStopping) {
  for (let room = WINDOW - (sent - received); room > 0; room -= 1) {
    const message = Buffer.alloc(MESSAGE_BYTES);
    message.writeUInt32LE(sent % 2 ** 32);
    dispatch(echo, new Uint8Array(message), inbox);
    sent += 1;
  }
  await node.drained('node');
  if (sent - received > WINDOW / 2) {
    await new Promise((resolve) => {
      wake = () => {
        if (sent - received <= WINDOW / 2) resolve(undefined);
      };
      wake();
    });
  }
  // Replies are read in turns of their own.
  await new Promise((resolve) => setImmediate(resolve));
}
