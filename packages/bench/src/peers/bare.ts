/**
 * What Node.js and ws need themselves for a message there and back, between two processes that do nothing else: nothing that is
 * built on them can be faster.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { rateOf } from '../measure.js';
import { MESSAGE_BYTES, type PeerSizes } from './figures.js';
import { withProcesses } from './processes.js';

// The same path from `src`, where tests import this, and from `dist`: a process runs compiled code.
const PROGRAM: string = fileURLToPath(new URL('../../dist/programs/bare-peer.js', import.meta.url));

const TIMEOUT_MS = 60_000;
const MESSAGE: Buffer = Buffer.alloc(MESSAGE_BYTES, 'x');

interface Connection {
  send(): void;
  onBack: () => void;
  close(): void;
}

/** The mean time there and back, in microseconds: over a TCP socket of Node.js, or a WebSocket of ws. @throws PeerError */
export function measureBare(kind: 'net' | 'ws', { pings }: PeerSizes): Promise<number> {
  return withProcesses(TIMEOUT_MS, async (processes) => {
    const [port] = await processes.startUntil('ready', process.execPath, [PROGRAM, kind]);
    const connection = await (kind === 'ws' ? connectWebSocket(Number(port)) : connectSocket(Number(port)));
    processes.over.addEventListener('abort', () => connection.close());
    // The first time warms up, and does not count.
    await pingAll(connection, pings);
    return 1e6 / (await rateOf(pings, () => pingAll(connection, pings)));
  });
}

async function connectSocket(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const connection: Connection = {
    send: () => void socket.write(MESSAGE),
    onBack: () => {},
    close: () => socket.destroy(),
  };
  let received = 0;
  socket.on('error', () => {});
  socket.on('data', ({ length }) => {
    received += length;
    if (received % MESSAGE_BYTES === 0) connection.onBack();
  });
  return connection;
}

async function connectWebSocket(port: number): Promise<Connection> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  const connection: Connection = {
    send: () => socket.send(MESSAGE),
    onBack: () => {},
    close: () => socket.terminate(),
  };
  socket.on('error', () => {});
  socket.on('message', () => connection.onBack());
  return connection;
}

/** Sends the next one when the one before is back. */
function pingAll(connection: Connection, pings: number): Promise<void> {
  return new Promise((resolve) => {
    let left = pings;
    connection.onBack = () => {
      left -= 1;
      if (left > 0) connection.send();
      else resolve();
    };
    connection.send();
  });
}
