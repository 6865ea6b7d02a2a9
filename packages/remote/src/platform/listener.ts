import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { textOf } from '@parliament/otp';
import { WebSocketServer } from 'ws';
import { type Address, formatAddress } from '../address.js';
import { codeOf, NodeError } from '../errors.js';
import type { NodeLimits } from '../limits.js';
import { insecureListen, mayListen, type TlsMaterial, type Trust } from '../trust.js';
import type { Channel } from './channel.js';
import type { Guest } from './guest.js';
import { createChannel } from './socket.js';
import { LINK_PATH, LINK_SUBPROTOCOL, socketBounds } from './websocket.js';

export interface Listener {
  /** The address that is bound: the port is never 0. */
  readonly address: Address;
  /** From now on newcomers are shown these certificates, and held against them. */
  renew(tls: TlsMaterial): void;
  /** Takes no more connections; those that became channels are their owner's to end. */
  close(): Promise<void>;
}

export interface ListenOptions extends Trust {
  readonly listen: Address;
  /** Of web pages whose browsers may dial. */
  readonly origins: readonly string[];
  readonly limits: NodeLimits;
  /** A connection has come from a host, and wants to be let in; `evict` ends it. */
  onConnection(host: string, evict: () => void): Guest;
  onChannel(channel: Channel, host: string, guest: Guest): void;
}

/** @throws NodeError `address-in-use`, `listen-failed`, `insecure-listen`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { limits, tls } = options;
  const certified = tls?.clientCertificates ?? true;
  const settings = {
    headersTimeout: limits.handshakeMs,
    requestTimeout: limits.handshakeMs,
    connectionsCheckingInterval: Math.min(1000, limits.handshakeMs),
    maxHeaderSize: 8192,
  };
  const server: Server | TlsServer =
    tls === undefined
      ? createServer(settings)
      : createTlsServer({
          ...settings,
          cert: tls.cert,
          key: tls.key,
          ca: tls.ca,
          minVersion: 'TLSv1.3',
          handshakeTimeout: limits.handshakeMs,
          requestCert: certified,
          rejectUnauthorized: certified,
        });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.maxHeadersCount = 32;
  server.maxConnections = limits.connections;
  const guests = new Map<string, { readonly guest: Guest; readonly connection: Socket }>();
  /** Those that have not become channels. */
  const strangers = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    const name = nameOf(connection);
    const guest = options.onConnection(connection.remoteAddress ?? 'unknown', () => connection.destroy());
    guests.set(name, { guest, connection });
    strangers.add(connection);
    connection.on('close', () => {
      strangers.delete(connection);
      guest.leave();
      if (guests.get(name)?.connection === connection) guests.delete(name);
    });
  });
  server.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'close', 'Content-Type': 'text/plain' }).end('A node listens here\n');
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    handleProtocols: () => LINK_SUBPROTOCOL,
    ...socketBounds(limits.payloadBytes),
  });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    const refusal = refusalOf(request, options);
    const entry = guests.get(nameOf(request.socket));
    if (refusal !== undefined || entry === undefined) {
      refuse(stream, refusal ?? '503 Service Unavailable');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const { socket: raw } = request;
      raw.setNoDelay(true);
      const host = raw.remoteAddress ?? 'unknown';
      const address = formatAddress({ host, port: raw.remotePort ?? 0 });
      const { channel, bound } = createChannel(socket, address, () => raw, certified);
      bound(raw);
      strangers.delete(entry.connection);
      options.onChannel(channel, host, entry.guest);
    });
  });
  await bind(server, options.listen);
  server.on('error', () => {});
  const bound = server.address();
  const address = typeof bound === 'object' && bound ? { host: bound.address, port: bound.port } : options.listen;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      // Of those that have not shaken hands for TLS, the server of HTTP does not know.
      for (const connection of strangers) connection.destroy();
    });
  // A name such as localhost is what the resolver makes of it.
  if (!mayListen(options, address.host)) {
    await close();
    throw insecureListen(address.host);
  }
  return {
    address,
    close,
    renew({ cert, key, ca }) {
      if ('setSecureContext' in server) server.setSecureContext({ cert, key, ca, minVersion: 'TLSv1.3' });
    },
  };
}

function bind(server: Server | TlsServer, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, { host, port }));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function listenError(error: Error, address: Address): NodeError {
  const where = formatAddress(address);
  if (codeOf(error) === 'EADDRINUSE') {
    const remedy = 'stop the other program, or listen on another port (port 0 takes any free one)';
    return new NodeError('address-in-use', `${where} is in use: ${remedy}`, { cause: error });
  }
  const remedy = 'give an address of this machine and a port that this user may bind';
  return new NodeError('listen-failed', `Cannot listen on ${where} (${textOf(error)}): ${remedy}`, { cause: error });
}

/** The status line with which an upgrade is refused; undefined when it is welcome. */
function refusalOf(request: IncomingMessage, options: ListenOptions): string | undefined {
  const { url, headers } = request;
  if (url !== LINK_PATH) return '404 Not Found';
  // Any page in a browser on this machine can reach the loopback interface, and browsers say who sent them.
  if (headers.origin !== undefined && !options.origins.includes(headers.origin)) return '403 Forbidden';
  if (headers['sec-websocket-protocol'] !== LINK_SUBPROTOCOL) return '400 Bad Request';
  return undefined;
}

/** By this a connection, and what TLS makes of it, are known to be the same. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => stream.destroy());
}
