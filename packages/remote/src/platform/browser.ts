/**
 * The counterpart of platform/node.ts in a browser: a node that dials and does not listen. Its WebSocket is the browser's own,
 * which checks the certificate of the host as for any page; keys are computed by @noble/hashes, as the browser's own functions
 * give promises, and frames must keep their order.
 */

import { textOf } from '@parliament/otp';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { NodeError } from '../errors.js';
import {
  type Channel,
  type ChannelEnd,
  type ChannelListener,
  CLOSE_CODES,
  CLOSE_WAIT_MS,
  endOf,
  type OpeningOptions,
} from './channel.js';
import type { ListenOptions } from './listener.js';
import { LINK_SUBPROTOCOL, messageBytesMax } from './websocket.js';

/** The part of the browser's WebSocket that is used here. */
interface BrowserSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(bytes: Uint8Array): void;
  close(code: number): void;
}

const OPEN = 1;
const CLOSED = 3;
const SENT_POLL_MS = 10;

export function randomBytes(count: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(count));
}

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = hmac.create(sha256, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return hkdf(sha256, secret, salt, new TextEncoder().encode(purpose), 32);
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let place = 0; place < one.length; place += 1) difference |= (one[place] as number) ^ (other[place] ?? 0);
  return difference === 0;
}

export function allocate(count: number): Uint8Array {
  return new Uint8Array(count);
}

export function warn(message: string): void {
  console.warn(message);
}

export function listen(_options: ListenOptions): Promise<never> {
  return Promise.reject(
    new NodeError('not-supported', 'A browser cannot listen: leave the option listen out, and dial'),
  );
}

export function checkTls(_tls: unknown): never {
  throw new NodeError(
    'bad-option',
    'tls: a browser has certificates of its own: leave the option out, and dial wss://',
  );
}

export function discoverByDns(_where: unknown): Promise<never> {
  return Promise.reject(
    new NodeError('not-supported', 'A browser cannot look names up: give addresses, or a function'),
  );
}

/** Dials. */
export function openSocket({ url, address, payloadBytes, onOpen, onConnected }: OpeningOptions): Channel {
  const { WebSocket: Socket } = globalThis as unknown as {
    WebSocket: new (url: string, protocol: string) => BrowserSocket;
  };
  let socket: BrowserSocket;
  try {
    socket = new Socket(url, LINK_SUBPROTOCOL);
  } catch (error) {
    // Such as a page that came over https, which may not dial ws://.
    return refusedSocket(address, textOf(error));
  }
  socket.binaryType = 'arraybuffer';
  const most = messageBytesMax(payloadBytes);
  let listener: ChannelListener | undefined;
  let end: ChannelEnd | undefined;
  let reported = false;
  let closeTimer: ReturnType<typeof setTimeout> | undefined;
  /** What to call once so much has left, by what had been sent in all. */
  const leaving: { readonly at: number; readonly sent: () => void }[] = [];
  let sentBytes = 0;
  let poll: ReturnType<typeof setInterval> | undefined;
  let resolveEnded: () => void;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  const report = (): void => {
    if (reported || !listener || !end) return;
    reported = true;
    listener.onEnd(end);
  };
  // A browser has no hand on the connection: the other side finds out by its heartbeat.
  const abandon = (): void => {
    clearTimeout(closeTimer);
    clearInterval(poll);
    end ??= { reason: 'connection-lost', detail: 'connection given up' };
    resolveEnded();
    report();
  };
  const settleLeaving = (): void => {
    const left = sentBytes - socket.bufferedAmount;
    while (leaving[0] !== undefined && leaving[0].at <= left) leaving.shift()?.sent();
    if (leaving.length > 0) return;
    clearInterval(poll);
    poll = undefined;
  };
  socket.onopen = () => {
    onConnected(undefined);
    onOpen();
  };
  socket.onmessage = ({ data }) => {
    if (end || reported) return;
    if (data instanceof ArrayBuffer && data.byteLength <= most) listener?.onMessage(new Uint8Array(data));
    else {
      end = { reason: 'bad-frame', detail: data instanceof ArrayBuffer ? 'frame of too many bytes' : 'text frame' };
      socket.close(CLOSE_CODES['bad-frame']);
      report();
    }
  };
  socket.onclose = ({ code }) => {
    end ??= endOf(code);
    abandon();
  };
  return {
    address,
    ended,
    // The browser holds what comes in, before anybody could count it.
    trust: () => {},
    tls: () => undefined,
    send(bytes, sent) {
      if (socket.readyState !== OPEN) return;
      socket.send(bytes);
      sentBytes += bytes.length;
      if (sent === undefined) return;
      leaving.push({ at: sentBytes, sent });
      // Browsers do not tell when bytes have left, only how many have not.
      poll ??= setInterval(settleLeaving, SENT_POLL_MS);
    },
    waitingBytes: () => socket.bufferedAmount,
    close(reason) {
      end ??= { reason: 'closing', detail: 'closed here' };
      socket.close(CLOSE_CODES[reason]);
      if (socket.readyState !== CLOSED) closeTimer ??= setTimeout(abandon, CLOSE_WAIT_MS);
    },
    // A browser reads as it likes.
    pause: () => undefined,
    terminate() {
      socket.close(CLOSE_CODES.closing);
      abandon();
    },
    listen(next) {
      listener = next;
    },
  };
}

/** One that the browser did not even try to open: it ends as one that could not be. */
function refusedSocket(address: string, detail: string): Channel {
  return {
    address,
    ended: Promise.resolve(),
    trust() {},
    tls: () => undefined,
    send() {},
    waitingBytes: () => 0,
    close() {},
    pause() {},
    terminate() {},
    listen(listener) {
      setTimeout(() => listener.onEnd({ reason: 'connection-lost', detail }));
    },
  };
}
