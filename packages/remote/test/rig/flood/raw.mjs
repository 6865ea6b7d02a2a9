// A WebSocket that speaks to a node without any of the library's good manners: test/raw.ts for programs.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { prove, sayHello, VERSIONS } from '../../../dist/handshake/handshake.js';

export const SECRET = 'a secret of thirty-two characters';

/** Who holds the secret comes from where no handshake fails. */
const LINKED_ADDRESS = '127.0.0.2';

/** Another address of this machine each time: who is refused under one comes again under the next. */
export function sourceAddress(index) {
  return `127.0.${1 + (Math.floor(index / 250) % 250)}.${1 + (index % 250)}`;
}

/** Resolves with a WebSocket that is open. */
export async function connect(port, localAddress = '127.0.0.1') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/parliament`, 'parliament.v1', {
    perMessageDeflate: false,
    localAddress,
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

/** Goes through the whole handshake. */
export async function link(port, name) {
  const incarnation = randomBytes(16).toString('hex');
  const limits = { listen: undefined, payloadLimit: 1e6, versions: VERSIONS };
  const identity = { cluster: 'parliament', name, incarnation, secrets: [SECRET], ...limits };
  const socket = await connect(port, LINKED_ADDRESS);
  const { state, send } = sayHello(identity, 'node');
  socket.send(send);
  const { agreement, send: proof } = prove(state, (await once(socket, 'message'))[0]);
  socket.send(proof);
  agreement.opener.open((await once(socket, 'message'))[0]);
  return { socket, sealer: agreement.sealer };
}

/** A WebSocket frame as it goes over TCP; its mask is zero. */
export function frameOf(opcode, isFinal, payload) {
  const { length } = payload;
  if (length > 125) throw new RangeError('only short frames');
  return Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | length, 0, 0, 0, 0, ...payload]);
}

/** A message in fragments of one byte. */
export function fragmentsOf(message) {
  return Buffer.concat(
    Array.from(message, (byte, index) => frameOf(index === 0 ? 2 : 0, index === message.length - 1, [byte])),
  );
}

/** Writes past the WebSocket, and waits when the connection takes no more. */
export async function write(socket, bytes) {
  const { _socket: connection } = socket;
  if (connection === null || connection.destroyed) throw new Error('the connection is gone');
  if (connection.write(bytes)) return;
  await Promise.race([once(connection, 'drain'), once(connection, 'close')]);
}
