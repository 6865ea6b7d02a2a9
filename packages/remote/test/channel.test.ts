import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { createChannel } from '../src/platform/socket.js';

const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

it('a connection that is closed already leaves no timer behind when it is closed again', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  const { channel } = createChannel(socket, 'here', () => undefined, true);
  channel.terminate();
  await channel.ended;
  const before = timers();
  channel.close('closing');
  expect(timers()).toBe(before);
  server.close();
});
