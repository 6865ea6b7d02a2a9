/** A connection as a channel: what it tells, what it bounds, and how it ends. */

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import type { Channel } from '../src/platform/channel.js';
import { createChannel } from '../src/platform/socket.js';
import { STRANGER_BYTES_MAX } from '../src/platform/websocket.js';
import { later, until } from './support.js';

const CLOSE_WAIT_MS = 1000;
/** Of a frame of some length that a client masks. */
const HEAD_BYTES = 8;

let server: WebSocketServer;
/** The other end. */
let there: WebSocket;
let connectionThere: Socket | undefined;
let channel: Channel;
let here: WebSocket;
/** What ends a channel whose other end does not answer, while it is due. */
let waits: Map<unknown, () => void>;
let log: unknown[];

beforeEach(async () => {
  [waits, log] = [new Map(), []];
  const { setTimeout: start, clearTimeout: end } = globalThis;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms: number, ...rest: []) => {
    const timer = start(work, ms, ...rest);
    if (ms === CLOSE_WAIT_MS) waits.set(timer, work);
    return timer;
  }) as never);
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    waits.delete(timer);
    end(timer);
  });
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  later(() => server.close());
  await once(server, 'listening');
  there = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  later(() => there.terminate());
  there.on('upgrade', ({ socket }) => {
    connectionThere = socket;
  });
  const [socket, request] = (await once(server, 'connection')) as [WebSocket, { socket: Socket }];
  here = socket;
  const created = createChannel(socket, 'here', () => request.socket, true);
  created.bound(request.socket);
  channel = created.channel;
  channel.listen({
    onMessage: (bytes) => void log.push(bytes.length),
    onEnd: (end) => void log.push(end),
  });
  await until(() => there.readyState === WebSocket.OPEN);
});

afterEach(async () => {
  here.terminate();
  await channel.ended;
  expect(waits.size).toBe(0);
  jest.restoreAllMocks();
});

const closedThere = async (): Promise<number> => {
  const [code] = (await once(there, 'close')) as [number];
  return code;
};

describe('a channel', () => {
  it('carries bytes both ways, and tells when they have left', async () => {
    there.send(new Uint8Array(3));
    await until(() => log.length === 1);
    const arrived = once(there, 'message');
    let isSent = false;
    channel.send(Uint8Array.of(1, 2), () => {
      isSent = true;
    });
    const [data] = (await arrived) as [Buffer];
    await until(() => isSent);
    channel.send(Uint8Array.of(3));
    expect([[...data], log, channel.waitingBytes(), channel.tls()]).toEqual([[1, 2], [3], 0, undefined]);
  });

  it('is not read while it is paused', async () => {
    channel.pause(true);
    expect(here.isPaused).toBe(true);
    channel.pause(false);
    expect(here.isPaused).toBe(false);
  });

  it('takes as much from a stranger as a handshake may need, and not a byte more', async () => {
    there.send(new Uint8Array(STRANGER_BYTES_MAX - HEAD_BYTES));
    await until(() => log.length === 1);
    there.send(new Uint8Array(0));
    expect(await closedThere()).toBe(1006);
    await channel.ended;
    const detail = `more than ${STRANGER_BYTES_MAX} bytes before the handshake was done`;
    expect(log).toEqual([STRANGER_BYTES_MAX - HEAD_BYTES, { reason: 'bad-frame', detail }]);
  });

  it('takes more from one who has shown who it is, and tells of each read before and after', async () => {
    channel.trust({
      onBytes: () => void log.push('bytes'),
      onRead: (milliseconds) => void log.push(milliseconds >= 0 && milliseconds < 60_000),
    });
    there.send(new Uint8Array(1));
    await until(() => log.length === 3);
    expect(log.splice(0)).toEqual(['bytes', 1, true]);
    there.send(new Uint8Array(2 * STRANGER_BYTES_MAX));
    await until(() => log.includes(2 * STRANGER_BYTES_MAX));
    expect(log[0]).toBe('bytes');
  });
});

describe('the end of a channel', () => {
  it.each([
    [1000, { reason: 'connection-lost', detail: 'connection lost' }],
    [4000, { reason: 'peer-closed', detail: 'closed by the other node' }],
    [4001, { reason: 'peer-bad-frame', detail: 'the other node got a malformed frame' }],
    [4002, { reason: 'peer-closed', detail: 'refused by the other node' }],
    [4003, { reason: 'replaced', detail: 'the other node took a newer connection' }],
  ])('by the other side is what its code says: %i', async (code, end) => {
    there.close(code);
    await channel.ended;
    expect(log).toEqual([end]);
    channel.send(new Uint8Array(1), () => void log.push('sent'));
    channel.close('closing');
    channel.terminate();
    expect(log).toEqual([end]);
  });

  it('by text is one of a malformed frame, told once, and nothing is heard after it', async () => {
    there.send('hello');
    there.send(new Uint8Array(5));
    expect(await closedThere()).toBe(4001);
    await channel.ended;
    expect(log).toEqual([{ reason: 'bad-frame', detail: 'text frame' }]);
  });

  it('by a frame that is none is one of a malformed frame', async () => {
    // Reserved bits.
    connectionThere?.write(Buffer.of(0xf2, 0x80, 0, 0, 0, 0));
    await channel.ended;
    expect(log).toEqual([{ reason: 'bad-frame', detail: expect.stringMatching(/^WS_ERR_/) }]);
  });

  it.each([
    ['closing', 4000],
    ['bad-frame', 4001],
    ['refused', 4002],
    ['replaced', 4003],
  ] as const)('by this side is told to the other: %s', async (reason, code) => {
    const closed = closedThere();
    channel.close(reason);
    channel.close('closing');
    there.send(new Uint8Array(1));
    expect(waits.size).toBe(1);
    expect(await closed).toBe(code);
    await channel.ended;
    expect(log).toEqual([{ reason: 'closing', detail: 'closed here' }]);
  });

  it('does not wait for ever for an answer', async () => {
    there.pause();
    channel.close('closing');
    expect(waits.size).toBe(1);
    for (const work of waits.values()) work();
    await channel.ended;
    expect(log).toEqual([{ reason: 'closing', detail: 'closed here' }]);
  });

  it('at once waits for nobody', async () => {
    there.pause();
    channel.terminate();
    await channel.ended;
    expect(log).toEqual([{ reason: 'connection-lost', detail: 'connection lost' }]);
    // One that is closed already has nothing to wait for.
    channel.close('closing');
    expect(waits.size).toBe(0);
  });
});
