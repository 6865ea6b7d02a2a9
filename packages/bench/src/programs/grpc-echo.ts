/** The other process of ../peers/grpc.ts. It tells the port it listens on, and ends with its standard input. */

import type { Duplex } from 'node:stream';
import { loadGrpc, type ServerStream } from '../peers/grpc-library.js';
import { MESSAGES_KEY, PEER_SERVICE } from '../peers/grpc-service.js';

function count(stream: ServerStream): void {
  const messages = Number(stream.metadata.get(MESSAGES_KEY)[0]);
  let left = messages;
  stream.on('data', (message: Buffer) => {
    left -= 1;
    if (left > 0) return;
    stream.write(message);
    left = messages;
  });
  stream.on('end', () => stream.end());
}

function echo(stream: Duplex): void {
  stream.on('data', (message: Buffer) => stream.write(message));
  stream.on('end', () => stream.end());
}

const { Server, ServerCredentials } = loadGrpc();
const server = new Server();
server.addService({ ...PEER_SERVICE }, { count, echo });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`ready ${port}`);
});
process.stdin.on('end', () => process.exit()).resume();
