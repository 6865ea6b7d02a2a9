import { WebSocket } from 'ws';
import { codeOf, reasonOf } from './errors.js';
import type { LinkEnd } from './events.js';

/** How a channel ended, as this side knows it. */
export interface ChannelEnd {
  readonly reason: LinkEnd;
  /** For people. */
  readonly detail: string;
}

/** What becomes of a channel. Nothing is called after `onEnd`. */
interface ChannelListener {
  onMessage(bytes: Uint8Array): void;
  onEnd(end: ChannelEnd): void;
}

/** A WebSocket that carries binary messages, never throws, and ends exactly once. */
export interface Channel {
  /** Of the other side, for people. */
  readonly address: string;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<void>;
  send(bytes: Uint8Array): void;
  /** Bytes that wait to be written to the socket. */
  waitingBytes(): number;
  /** Sends what waits, says why, and ends; after a second of waiting for the other side, at once. */
  close(reason: keyof typeof CLOSE_CODES): void;
  /** Ends at once. */
  terminate(): void;
  /** Hands the channel over to another listener. */
  listen(listener: ChannelListener): void;
}

/** WebSocket close codes from the range that RFC 6455 §7.4.2 leaves to applications. */
const CLOSE_CODES = { closing: 4000, 'bad-frame': 4001, refused: 4002, replaced: 4003 } as const;

const ENDS: ReadonlyMap<number, ChannelEnd> = new Map<number, ChannelEnd>([
  [CLOSE_CODES.closing, { reason: 'peer-closed', detail: 'closed by the other node' }],
  [CLOSE_CODES['bad-frame'], { reason: 'peer-bad-frame', detail: 'the other node got a malformed frame' }],
  [CLOSE_CODES.refused, { reason: 'peer-closed', detail: 'refused by the other node' }],
  [CLOSE_CODES.replaced, { reason: 'replaced', detail: 'the other node took a newer connection' }],
]);

const CLOSE_WAIT_MS = 1000;

/** Takes over a socket that is open or opening. */
export function createChannel(socket: WebSocket, address: string): Channel {
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
    end ??= { reason: malformed ? 'bad-frame' : 'connection-lost', detail: codeOf(error) ?? reasonOf(error) };
  });
  let resolveEnded: () => void;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });
  socket.on('close', (code) => {
    clearTimeout(closeTimer);
    resolveEnded();
    end ??= ENDS.get(code) ?? { reason: 'connection-lost', detail: 'connection lost' };
    report();
  });
  const terminate = (): void => {
    clearTimeout(closeTimer);
    socket.terminate();
  };
  return {
    address,
    ended,
    send(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes, ignoreError);
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
    listen(next) {
      listener = next;
    },
  };
}

/** A failed write is followed by `error` and `close`, which tell of it. */
function ignoreError(): void {}
