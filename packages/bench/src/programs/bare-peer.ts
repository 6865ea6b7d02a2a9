/** The other process of ../peers/bare.ts: sends back whatever comes. It ends with its standard input. */

import { type AddressInfo, createServer, type Server } from 'node:net';
import { WebSocketServer } from 'ws';

const [kind] = process.argv.slice(2);

function ready(server: Server | WebSocketServer): void {
  console.log(`ready ${(server.address() as AddressInfo).port}`);
}

if (kind === 'ws') {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', (message: Buffer) => socket.send(message)));
  server.on('listening', () => ready(server));
} else {
  const server = createServer({ noDelay: true }, (socket) => socket.on('data', (bytes) => socket.write(bytes)));
  server.listen(0, '127.0.0.1', () => ready(server));
}
process.stdin.on('end', () => process.exit()).resume();
