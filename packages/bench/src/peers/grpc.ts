/** gRPC, what most of Node.js would take: a bidirectional stream to another process, with the settings it comes with. */

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { rateOf } from '../measure.js';
import { MESSAGE_BYTES, type PeerFigures, type PeerSizes } from './figures.js';
import { type BytesMethod, type Client, loadGrpc, type Metadata } from './grpc-library.js';
import { MESSAGES_KEY, PEER_SERVICE } from './grpc-service.js';
import { withProcesses } from './processes.js';

// The same path from `src`, where tests import this, and from `dist`: a process runs compiled code.
const PROGRAM: string = fileURLToPath(new URL('../../dist/programs/grpc-echo.js', import.meta.url));

const TIMEOUT_MS = 60_000;
const MESSAGE: Buffer = Buffer.alloc(MESSAGE_BYTES, 'x');

/** Measures this process against another one on loopback. @throws PeerError */
export function measureGrpc({ messages, pings }: PeerSizes): Promise<PeerFigures> {
  const grpc = loadGrpc();
  return withProcesses(TIMEOUT_MS, async (processes) => {
    const [port] = await processes.startUntil('ready', process.execPath, [PROGRAM]);
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    // With the process gone its streams fail, but the client would try to connect for ever.
    processes.over.addEventListener('abort', () => client.close());

    const metadata = new grpc.Metadata();
    metadata.set(MESSAGES_KEY, String(messages));
    const rate = await usingStream(client, PEER_SERVICE.count, metadata, (stream) =>
      secondRate(messages, () => sendAll(stream, messages)),
    );
    const pingRate = await usingStream(client, PEER_SERVICE.echo, new grpc.Metadata(), (stream) =>
      secondRate(pings, () => pingAll(stream, pings)),
    );
    return { rate, roundTripUs: 1e6 / pingRate };
  });
}

/** Opens a stream for some work, and sees it closed. Rejects when the stream breaks. */
async function usingStream<Result>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: BytesMethod,
  metadata: Metadata,
  work: (stream: Duplex) => Promise<Result>,
): Promise<Result> {
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  const broken = new Promise<never>((_, reject) => stream.on('error', reject));
  const result = await Promise.race([work(stream), broken]);
  stream.end();
  await Promise.race([once(stream, 'end'), broken]);
  return result;
}

/** The first time warms up, and does not count. */
async function secondRate(count: number, work: () => Promise<void>): Promise<number> {
  await work();
  return rateOf(count, work);
}

/** Sends as fast as the stream takes it, until the other side says that it has them all. */
async function sendAll(stream: Duplex, messages: number): Promise<void> {
  const answered = new Promise((resolve) => stream.once('data', resolve));
  for (let sent = 0; sent < messages; sent += 1) {
    if (!stream.write(MESSAGE)) await new Promise<void>((resolve) => stream.once('drain', resolve));
  }
  await answered;
}

/** Sends the next one when the one before is back. */
function pingAll(stream: Duplex, pings: number): Promise<void> {
  return new Promise((resolve) => {
    let left = pings;
    const onBack = (): void => {
      left -= 1;
      if (left > 0) {
        stream.write(MESSAGE);
      } else {
        stream.off('data', onBack);
        resolve();
      }
    };
    stream.on('data', onBack);
    stream.write(MESSAGE);
  });
}
