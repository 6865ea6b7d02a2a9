/** Erlang's own distribution between two nodes: the model for ours. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MESSAGE_BYTES, type PeerFigures, type PeerSizes } from './figures.js';
import { isInstalled, withProcesses } from './processes.js';

// The same path from `src` and from `dist`, where there is no Erlang.
const SOURCE: string = fileURLToPath(new URL('../../src/peers/bench_peer.erl', import.meta.url));

const TIMEOUT_MS = 60_000;
const LOOPBACK = '127.0.0.1';

/** Measures two nodes on loopback. Undefined where Erlang is not installed. @throws PeerError */
export async function measureErlang({ messages, pings }: PeerSizes): Promise<PeerFigures | undefined> {
  if (!['erl', 'erlc', 'epmd'].every(isInstalled)) return undefined;
  return withProcesses(TIMEOUT_MS, async (processes) => {
    const folder = processes.newFolder();
    await processes.run('erlc', ['-o', folder, SOURCE]);

    // An epmd of our own, on a port of its own: whichever runs already is not looked at, and none is left behind.
    const port = await freePort();
    const environment = {
      ERL_EPMD_ADDRESS: LOOPBACK,
      ERL_EPMD_PORT: String(port),
      ERL_CRASH_DUMP_SECONDS: '0',
      // Nobody's `.erlang` is read, nobody's `.erlang.cookie` is written.
      HOME: folder,
    };
    processes.start('epmd', [], environment);
    await listening(port, processes.over);

    const run = randomBytes(8).toString('hex');
    const cookie = randomBytes(16).toString('hex');
    const node = (name: string, ...what: string[]): string[] => [
      ...['-noshell', '-start_epmd', 'false', '-sname', `${name}-${run}@localhost`, '-setcookie', cookie],
      ...['-kernel', 'inet_dist_use_interface', '{127,0,0,1}', '-pa', folder, '-run', 'bench_peer', ...what],
    ];
    await processes.startUntil('ready', 'erl', node('server', 'serve'), environment);
    const task = [`server-${run}@localhost`, String(messages), String(pings), String(MESSAGE_BYTES)];
    const told = await processes.startUntil('measured', 'erl', node('client', 'measure', ...task), environment);
    const [oneWayNs, roundTripsNs] = told.map(Number) as [number, number];
    return { rate: (messages * 1e9) / oneWayNs, roundTripUs: roundTripsNs / 1000 / pings };
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until somebody listens there. epmd does not tell. */
async function listening(port: number, over: AbortSignal): Promise<void> {
  while (!(await answers(port))) await sleep(10, undefined, { signal: over });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, LOOPBACK);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
