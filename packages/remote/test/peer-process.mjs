// A second operating system process for processes.test.ts: a node `b` with an echo and an actor that never answers.
import { dispatch, spawn, start } from 'nact';
import { openNode } from '../dist/index.js';

const [listen, a] = process.argv.slice(2);
const system = start();
spawn(system, (_state, message, { sender, self }) => dispatch(sender, message, self), 'echo');
spawn(system, () => undefined, 'silent');
const node = await openNode(system, { name: 'b', listen, cookie: 'shared', peers: { a }, reconnectMinMs: 5 });
process.send({ address: `${node.address.host}:${node.address.port}`, incarnation: node.incarnation });
process.on('message', () => node.close().then(() => process.disconnect()));
