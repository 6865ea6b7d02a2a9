/** A dial, step by step: the listener is the test. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RefusalCode } from '../src/errors.js';
import { type Dial, dial } from '../src/handshake/dialling.js';
import { checkProof, type Welcoming, welcome } from '../src/handshake/handshake.js';
import { DEFAULT_LIMITS } from '../src/limits.js';
import { decodeFrame, encodeFrame } from '../src/wire/frame-codec.js';
import { identity } from './raw.js';
import { later, SECRET, until } from './support.js';

/** No deadline is to come by itself. */
const HOUR_MS = 3_600_000;
const guarded = { secrets: [SECRET] };
const us = identity('b', guarded);
const them = identity('a', guarded);

/** One connection, as the listener sees it. */
interface Caller {
  readonly socket: WebSocket;
  readonly received: Buffer[];
  code: number | undefined;
}

let server: WebSocketServer;
let port: number;
let callers: Caller[];
let log: unknown[];
let veto: RefusalCode | undefined;

beforeEach(async () => {
  [callers, log, veto] = [[], [], undefined];
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'parliament.v1' });
  later(() => server.close());
  server.on('connection', (socket) => {
    const caller: Caller = { socket, received: [], code: undefined };
    socket.on('message', (data) => caller.received.push(data as Buffer));
    socket.on('close', (code) => {
      caller.code = code;
    });
    later(() => socket.terminate());
    callers.push(caller);
  });
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => void jest.restoreAllMocks());

const begin = (): Dial => {
  const started = dial({
    identity: us,
    address: { host: '127.0.0.1', port },
    expected: 'a',
    tls: undefined,
    limits: { ...DEFAULT_LIMITS, handshakeMs: HOUR_MS },
    onChannel: ({ address }) => void log.push(['channel', address]),
    onIdentified: ({ name }) => {
      log.push(['identified', name]);
      return veto;
    },
    onLinked: (_channel, { peer }) => void log.push(['linked', peer.name]),
    onFailed: ({ code, message }, admission) => void log.push(['failed', code, admission, message]),
  });
  later(() => started.abort());
  return started;
};
/** The first one who dials, once it has sent so many frames. */
const calling = async (frames: number): Promise<Caller> => {
  await until(() => (callers[0]?.received.length ?? 0) >= frames);
  return callers[0] as Caller;
};
const closed = async (): Promise<number> => {
  await until(() => callers[0]?.code !== undefined);
  return callers[0]?.code as number;
};
const ended = (): Promise<void> =>
  until(() => log.some((entry) => ['failed', 'linked'].includes((entry as [string])[0])));
const address = (): string => `127.0.0.1:${port}`;
/** Up to the welcome. */
const greet = async (): Promise<{ caller: Caller; state: Welcoming }> => {
  const caller = await calling(1);
  const { state, send } = welcome(them, caller.received[0] as Buffer);
  caller.socket.send(send);
  return { caller, state };
};

describe('a dial', () => {
  it('comes to a link when both have shown who they are, and the other takes it', async () => {
    const dialling = begin();
    const { caller, state } = await greet();
    await calling(2);
    const { peer, sealer } = checkProof(state, caller.received[1] as Buffer);
    expect(peer).toMatchObject({ name: 'b', incarnation: us.incarnation });
    caller.socket.send(sealer.seal(encodeFrame({ type: 'accepted' })));
    await ended();
    dialling.abort();
    expect(log).toEqual([
      ['channel', address()],
      ['identified', 'a'],
      ['linked', 'a'],
    ]);
    expect(caller.socket.readyState).toBe(caller.socket.OPEN);
  });

  it('fails when the other, once it is known, refuses it: that is its word', async () => {
    begin();
    const { caller, state } = await greet();
    await calling(2);
    const { sealer } = checkProof(state, caller.received[1] as Buffer);
    caller.socket.send(sealer.seal(encodeFrame({ type: 'refused', code: 'name-taken' })));
    await ended();
    expect(log.at(-1)).toEqual(['failed', 'name-taken', true, expect.stringContaining('b')]);
    expect([await closed(), caller.received.length]).toEqual([4002, 2]);
  });

  it('fails when one refuses it who has not shown who it is', async () => {
    begin();
    const caller = await calling(1);
    caller.socket.send(encodeFrame({ type: 'refused', code: 'wrong-cluster' }));
    await ended();
    expect(log.slice(1)).toEqual([['failed', 'wrong-cluster', false, expect.any(String)]]);
    expect(await closed()).toBe(4002);
  });

  it('promises nothing to one that its own node does not want', async () => {
    veto = 'too-many';
    begin();
    const { caller } = await greet();
    await ended();
    expect(log.slice(1)).toEqual([
      ['identified', 'a'],
      ['failed', 'too-many', false, expect.any(String)],
    ]);
    expect([await closed(), caller.received.length]).toEqual([4002, 1]);
  });

  it('refuses one who has another secret, and says so', async () => {
    begin();
    const caller = await calling(1);
    const frame = decodeFrame(caller.received[0] as Buffer);
    expect(frame.type).toBe('hello');
    // It knows the first one, and answers by another.
    const { send } = welcome(them, caller.received[0] as Buffer);
    const answer = decodeFrame(send);
    if (answer.type !== 'welcome') throw new Error('no welcome');
    caller.socket.send(encodeFrame({ ...answer, mac: new Uint8Array(32) }));
    await ended();
    await closed();
    expect(log.at(-1)).toEqual(['failed', 'wrong-secret', false, expect.any(String)]);
    expect(caller.received.slice(1).map(decodeFrame)).toEqual([{ type: 'refused', code: 'wrong-secret' }]);
  });

  it.each<[string, (socket: WebSocket) => void, string, RegExp]>([
    ['malformed', (socket) => socket.send(Buffer.of(0xff)), 'bad-frame', /cannot be decoded|frame/],
    ['text', (socket) => socket.send('hello'), 'bad-frame', /text frame/],
    ['out of place', (socket) => socket.send(encodeFrame({ type: 'accepted' })), 'bad-frame', /accepted where welcome/],
    ['nothing, and leaves', (socket) => socket.close(), 'unreachable', /connection lost. Is a node listening there\?$/],
    [
      'nothing, and is closed',
      (socket) => socket.close(4000),
      'unreachable',
      /^No link to .*: closed by the other node/,
    ],
  ])('fails when what comes is %s', async (_what, answer, code, message) => {
    begin();
    const caller = await calling(1);
    answer(caller.socket);
    await ended();
    await closed();
    expect(log).toEqual([
      ['channel', address()],
      ['failed', code, false, expect.stringMatching(message)],
    ]);
    expect(caller.received).toHaveLength(1);
  });

  it('fails when it takes too long, and says how long that is', async () => {
    const deadlines: (() => void)[] = [];
    const { setTimeout: start } = globalThis;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((
      run: (work: unknown) => void,
      ms: number,
      work: unknown,
    ) => {
      if (ms === HOUR_MS) deadlines.push(() => run(work));
      return start(run, ms, work);
    }) as never);
    begin();
    await calling(1);
    expect(deadlines).toHaveLength(1);
    deadlines[0]?.();
    const message = `${address()} did not finish the handshake within ${HOUR_MS} ms`;
    expect(log.slice(1)).toEqual([['failed', 'timeout', false, message]]);
    expect(await closed()).toBe(4002);
    expect(log).toHaveLength(2);
  });

  it('that is given up tells nothing more, and leaves nothing open', async () => {
    const dialling = begin();
    await calling(1);
    dialling.abort();
    dialling.abort();
    expect(await closed()).toBe(1006);
    expect(log).toEqual([['channel', address()]]);
  });
});
