/** WebSockets of ws as channels. */

import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { textOf } from '@parliament/otp';
import { WebSocket } from 'ws';
import { isLoopback } from '../address.js';
import { codeOf } from '../errors.js';
import {
  type Channel,
  type ChannelEnd,
  type ChannelListener,
  type ChannelSecurity,
  CLOSE_CODES,
  CLOSE_WAIT_MS,
  endOf,
  type OpeningOptions,
} from './channel.js';
import { securityOf } from './tls.js';
import { LINK_SUBPROTOCOL, STRANGER_BYTES_MAX, socketBounds } from './websocket.js';

/** Dials. */
export function openSocket(options: OpeningOptions): Channel {
  const { tls } = options;
  let raw: Socket | undefined;
  const socket = new WebSocket(options.url, LINK_SUBPROTOCOL, {
    handshakeTimeout: options.handshakeMs,
    followRedirects: false,
    ...socketBounds(options.payloadBytes),
    ...(tls && {
      ...tls,
      minVersion: 'TLSv1.3',
      // A node is known by its name, which the handshake checks, and not by its address. The typings of ws say boolean;
      // it hands this on to node:tls, which takes undefined for consent.
      checkServerIdentity: (() => undefined) as unknown as () => boolean,
    }),
    // Masks defend proxies that know no WebSockets from chosen bytes (RFC 6455 §10.3). TLS hides those, and on the loopback
    // interface there are none.
    ...(tls || isLoopback(new URL(options.url).hostname.replace(/^\[|\]$/g, '')) ? { generateMask: () => {} } : {}),
  });
  const { channel, bound } = createChannel(socket, options.address, () => raw, tls !== undefined);
  socket.on('upgrade', (response) => {
    raw = response.socket as Socket;
    raw.setNoDelay(true);
    bound(raw);
    const host = raw.remoteAddress ?? '';
    options.onConnected(isIP(host) !== 0 && isLoopback(host));
  });
  socket.on('open', options.onOpen);
  return channel;
}

/** Takes over a socket that is open or opening, and gives what bounds its connection until it is trusted. `raw` gives what it runs on; `certified`: the other side must have a certificate. */
export function createChannel(
  socket: WebSocket,
  address: string,
  raw: () => Socket | undefined,
  certified: boolean,
): { readonly channel: Channel; readonly bound: (connection: Socket) => void } {
  let listener: ChannelListener | undefined;
  let end: ChannelEnd | undefined;
  let reported = false;
  let closeTimer: NodeJS.Timeout | undefined;

  const report = (): void => {
    if (reported || !listener) return;
    reported = true;
    listener.onEnd(end as ChannelEnd);
  };
  socket.on('message', (data, isBinary) => {
    if (end || reported) return;
    if (isBinary) listener?.onMessage(data as Buffer);
    else {
      end = { reason: 'bad-frame', detail: 'text frame' };
      socket.close(CLOSE_CODES['bad-frame']);
      report();
    }
  });
  // Without this listener one oversized frame would end the process.
  socket.on('error', (error) => {
    const malformed = codeOf(error)?.startsWith('WS_ERR_') === true;
    end ??= { reason: malformed ? 'bad-frame' : 'connection-lost', detail: codeOf(error) ?? textOf(error) };
  });
  let resolveEnded: () => void;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });
  socket.on('close', (code) => {
    clearTimeout(closeTimer);
    resolveEnded();
    end ??= endOf(code);
    report();
  });
  const terminate = (): void => {
    clearTimeout(closeTimer);
    socket.terminate();
  };
  let trust: Channel['trust'] = () => {};
  // Else a stranger could have a whole message of the longest kind gathered here.
  const bound = (connection: Socket): void => {
    let left = STRANGER_BYTES_MAX;
    const count = ({ length }: Buffer): void => {
      left -= length;
      if (left >= 0) return;
      connection.off('data', count);
      end ??= { reason: 'bad-frame', detail: `more than ${STRANGER_BYTES_MAX} bytes before the handshake was done` };
      terminate();
    };
    connection.prependListener('data', count);
    trust = ({ onBytes, onRead }) => {
      connection.off('data', count);
      let begun = 0;
      // Before and after ws takes it in: much can come in little, such as fragments of one byte.
      connection.prependListener('data', () => {
        begun = performance.now();
        onBytes();
      });
      connection.on('data', () => onRead(performance.now() - begun));
    };
  };
  const channel: Channel = {
    address,
    ended,
    trust: (reading) => trust(reading),
    tls(): ChannelSecurity | undefined {
      const connection = raw();
      return connection instanceof TLSSocket ? securityOf(connection, certified) : undefined;
    },
    send(bytes, sent) {
      if (socket.readyState !== WebSocket.OPEN) return;
      // A failed write is followed by `error` and `close`, which tell of it.
      socket.send(bytes, (error) => {
        if (!error) sent?.();
      });
    },
    waitingBytes: () => socket.bufferedAmount,
    close(reason) {
      if (socket.readyState === WebSocket.CONNECTING) return terminate();
      end ??= { reason: 'closing', detail: 'closed here' };
      socket.close(CLOSE_CODES[reason]);
      // One that is closed already has nothing to wait for, and nothing would end the waiting.
      if (socket.readyState !== WebSocket.CLOSED) closeTimer ??= setTimeout(terminate, CLOSE_WAIT_MS);
    },
    terminate,
    pause(isPaused) {
      if (isPaused) socket.pause();
      else socket.resume();
    },
    listen(next) {
      listener = next;
    },
  };
  return { channel, bound };
}
