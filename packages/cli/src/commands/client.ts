import { kv } from '@parliament/machines';
import { ask, status, withMachine } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { CommandError, EXIT, oneLine, reasonOf } from '../errors.js';
import { serveCall } from '../kv/answers.js';
import { isWrite } from '../kv/calls.js';
import { type Line, readLines } from '../lines.js';
import { nodesOption, type Parsed } from '../options.js';
import { failureOf } from '../outcome.js';
import { onOutputLost } from '../output.js';
import { openPool, type Pool } from '../pool.js';
import { parseRequest, type Request } from '../requests.js';

export async function run(parsed: Parsed): Promise<number> {
  const addresses = nodesOption(parsed);
  const settings = clientSettings(parsed);
  const client = await openClient(settings);
  try {
    await serve(openPool(client, addresses), addresses.length * OUTSTANDING_PER_NODE, settings.timeoutMs);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** At most this many requests are outstanding for each node; further lines wait. */
const OUTSTANDING_PER_NODE = 1024;

/** The longest line, in bytes. */
const LINE_LIMIT_BYTES = 2 * 1024 * 1024;

/** The id is null where none could be read. */
type Response = { readonly id: number | string | null; readonly ok: boolean; readonly [field: string]: unknown };

async function serve(pool: Pool, limit: number, defaultTimeoutMs: number): Promise<void> {
  const outstanding = new Set<Promise<void>>();
  let makeRoom = (): void => {};
  let lost: string | undefined;
  const isOutputLost = new Promise<void>((resolve) => {
    onOutputLost((reason) => {
      lost = reason;
      process.stdin.destroy();
      resolve();
    });
  });
  let unread: unknown;
  try {
    for await (const line of readLines(process.stdin, LINE_LIMIT_BYTES)) {
      if (lost !== undefined) break;
      if ('text' in line && line.text.trim() === '') continue;
      const work = answer(pool, line, defaultTimeoutMs)
        .then(write)
        .finally(() => {
          outstanding.delete(work);
          makeRoom();
        });
      outstanding.add(work);
      // Not a race of all of them: each such race would be remembered by every one that goes on.
      while (outstanding.size >= limit) {
        await new Promise<void>((resolve) => {
          makeRoom = resolve;
        });
      }
    }
  } catch (error) {
    unread = error;
  }
  await Promise.race([Promise.all(outstanding), isOutputLost]);
  if (lost !== undefined) {
    // A reader that has had enough, such as head, closes the pipe. The input went with it.
    if (!lost.includes('EPIPE')) throw new CommandError(`standard output: ${lost}`);
  } else if (unread !== undefined) {
    throw new CommandError(`standard input: ${oneLine(unread)}`);
  }
}

async function answer(pool: Pool, line: Line, defaultTimeoutMs: number): Promise<Response> {
  const request = parseRequest(line);
  if ('refusal' in request) return { id: request.id, ok: false, outcome: 'not-applied', error: request.refusal };
  const { id, asked, timeoutMs = defaultTimeoutMs } = request;
  try {
    return { id, ok: true, ...(await done(pool, asked, timeoutMs)) };
  } catch (error) {
    // One request that fails, however it does, costs no other.
    return { id, ok: false, ...failureOf(error), error: reasonOf(error) };
  }
}

/** Has it done, and gives the fields of the answer. */
function done(pool: Pool, asked: Request['asked'], timeoutMs: number): Promise<object> {
  switch (asked.op) {
    case 'status':
      return pool.run(timeoutMs, 'may-be-repeated', async (node, limitMs) => ({
        status: await status(node, { timeoutMs: limitMs }),
      }));
    case 'ask':
      return pool.run(timeoutMs, 'may-be-repeated', async (node, limitMs) => ({
        value: (await ask(node, asked.key, asked.value, { timeoutMs: limitMs })) ?? null,
      }));
    case 'kv': {
      const { call } = asked;
      // A register keeps its first value, but a key takes each.
      return pool.run(timeoutMs, isWrite(call) ? 'once' : 'may-be-repeated', (node, limitMs) =>
        serveCall(withMachine(node, kv), call, limitMs),
      );
    }
  }
}

/** Writes a line, and waits while the reader is slow. */
function write(response: Response): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(response)}\n`, () => resolve());
  });
}
