// The node that is flooded, in a process of its own. It echoes what the good peers send, and on command sends without a look at what waits.
import { dispatch, startActor, startSystem } from '@parliament/otp';
import { openNode } from '../../../dist/index.js';
import { SECRET } from './raw.mjs';

const system = startSystem();
await startActor(system, 'echo', {
  init: () => 0,
  receive(count, message, { sender }) {
    if (sender !== undefined) dispatch(sender, message);
    return count + 1;
  },
});
// Who opens an actor to others bounds its mailbox: a link takes what comes, whether or not the actor keeps up.
const mailbox = { limit: 10_000, whenFull: /** @type {const} */ ('drop-oldest') };
await startActor(system, 'sink', { init: () => 0, receive: (count) => count + 1 }, { mailbox });

/** Why links ended, by node and reason. */
const downs = {};
const node = await openNode(system, {
  name: 'node',
  listen: '127.0.0.1:0',
  secret: SECRET,
  expose: () => true,
  onEvent(event) {
    if (event.type !== 'nodedown') return;
    const key = `${event.node.replace(/-.*/, '')} ${event.reason}`;
    downs[key] = (downs[key] ?? 0) + 1;
    if (event.reason === 'overloaded') process.send?.({ overloaded: true });
  },
});

const MESSAGE = new Uint8Array(1024);
const MESSAGES_AT_A_TIME = 50;
let target;

function sendOn() {
  if (target === undefined) return;
  if (node.nodes().includes(target)) {
    const to = node.ref(target, 'inbox');
    for (let sent = 0; sent < MESSAGES_AT_A_TIME; sent += 1) dispatch(to, MESSAGE);
  }
  // Some 40 MB a second: what the node's own program sends is not to be what takes its time.
  setTimeout(sendOn, 1);
}

process.on('message', ({ type, peer }) => {
  if (type === 'downs') process.send?.({ downs });
  if (type !== 'send') return;
  const isIdle = target === undefined;
  target = peer;
  if (isIdle) sendOn();
});
process.on('disconnect', () => process.exit());
process.send?.({ port: node.address?.port });
