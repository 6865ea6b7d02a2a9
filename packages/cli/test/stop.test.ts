/** How the commands that talk to a node take it when the way to it is slow, or lost. */

import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispatch, type Node, openNode, startSupervisor, startSystem, stop } from 'parliament';
import { CONTROL, REGISTERS } from '../src/client-node.js';
import { cleanUpAfterwards, LONG, run } from './support.js';

cleanUpAfterwards();

const system = startSystem('x');
let node: Node;
/** Is called when a node is told to stop, which it does not. */
let asked = (): void => {};

beforeAll(async () => {
  node = await openNode(system, { name: 'x', listen: '127.0.0.1:0' });
  for (const name of [CONTROL, REGISTERS]) {
    const actor = await startSupervisor(system, name, {
      strategy: 'one_for_one',
      children: [],
      onMessage(_, { sender }) {
        asked();
        if (sender !== undefined) dispatch(sender, { ok: true, status: {} });
      },
    });
    node.expose(actor.ref, 'messages');
  }
});

afterAll(async () => {
  await node.close();
  stop(system);
});

/** What stands between a command and the node. */
interface Between {
  readonly address: string;
  close(): Promise<void>;
}

/** Both are given what one side has sent, and the socket that it is for. */
async function between(
  toNode: (bytes: Buffer, socket: net.Socket) => void,
  toCommand: (bytes: Buffer, socket: net.Socket) => void,
): Promise<Between> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(node.address?.port ?? 0, '127.0.0.1');
    near.on('data', (bytes) => toNode(bytes, far));
    far.on('data', (bytes) => toCommand(bytes, near));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {}).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const carry = (bytes: Buffer, socket: net.Socket): void => void socket.write(bytes);

describe('stop', () => {
  it('does not take a link that is lost for a node that has stopped', async () => {
    let isAsked = false;
    asked = () => {
      isAsked = true;
    };
    // The answer still comes.
    const way = await between(carry, (bytes, socket) => {
      socket.write(bytes, () => {
        if (isAsked) socket.destroy();
      });
    });
    const { status, stdout, stderr } = await run('stop', '--node', way.address, '--json', ...LONG);
    await way.close();
    expect(isAsked).toBe(true);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ ok: false, error: expect.stringMatching(/whether .* is not known$/) });
    expect(stderr).toMatch(/^parliament stop: .*lost.*whether .* is not known\n$/);
  });
});

describe('a time to give up after', () => {
  it.each(['status', 'stop'])('is that of all that %s does, and not of each step', async (command) => {
    // Time for the first step of the link, and for the request: for each there is enough, and not for both.
    let isSlow = true;
    const stopHearing = node.onEvent(({ type }) => {
      if (type === 'nodeup') isSlow = true;
    });
    const way = await between((bytes, socket) => {
      if (!isSlow) return carry(bytes, socket);
      isSlow = false;
      setTimeout(() => carry(bytes, socket), 1300);
    }, carry);
    const { status, stderr } = await run(command, '--node', way.address, '--timeout', '2s', '--json');
    await way.close();
    stopHearing();
    expect([status, stderr]).toEqual([1, expect.stringMatching(/in time|within 2000 ms/)]);
  });
});
