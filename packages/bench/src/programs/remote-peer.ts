/** The other process of ../peers/remote.ts: a node with an actor that counts, and one that answers. It ends with its standard input. */

import { dispatch, type Reference, register, startActor, startSystem } from '@parliament/otp';
import { openNode } from '@parliament/remote';
import { bare } from '../nact.js';
import { Counter } from '../peers/counter.js';

const [kind] = process.argv.slice(2);
const system = startSystem();
const counter = new Counter();

if (kind === 'nact') {
  const spawn = (name: string, receive: (message: unknown, sender: Reference) => void): Reference =>
    bare.spawn(
      system,
      (state, message, { sender }) => {
        receive(message, sender);
        return state;
      },
      name,
    );
  register(
    'counter',
    spawn('counter', (message, sender) => counter.take(message, sender)),
  );
  register(
    'echo',
    spawn('echo', (message, sender) => dispatch(sender, message)),
  );
} else {
  const start = async (name: string, receive: (message: unknown, sender: Reference) => void): Promise<void> => {
    await startActor(
      system,
      name,
      {
        init: () => 0,
        receive(state: number, message: unknown, { sender }) {
          if (sender !== undefined) receive(message, sender);
          return state;
        },
      },
      { registeredName: name },
    );
  };
  await start('counter', (message, sender) => counter.take(message, sender));
  await start('echo', (message, sender) => dispatch(sender, message));
}
const node = await openNode(system, { name: 'peer', listen: '127.0.0.1:0' });
console.log(`ready ${node.address?.port}`);
process.stdin.on('end', () => process.exit()).resume();
