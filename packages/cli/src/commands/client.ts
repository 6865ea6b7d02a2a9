import { ask, type Outcome, status } from 'parliament';
import { clientSettings, openClient } from '../client-node.js';
import { CommandError, EXIT, oneLine, reasonOf } from '../errors.js';
import { type Line, readLines } from '../lines.js';
import { didYouMean } from '../nearest.js';
import { nodesOption, type Parsed } from '../options.js';
import { onOutputLost } from '../output.js';
import { openPool, type Pool, PoolError } from '../pool.js';

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

/** A request that can be served. */
interface Request {
  readonly id: number | string;
  readonly op: 'ask' | 'status';
  readonly key: string;
  readonly value: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** What a request may have. */
const FIELDS: Readonly<Record<Request['op'], readonly string[]>> = {
  ask: ['id', 'op', 'key', 'value', 'timeoutMs'],
  status: ['id', 'op', 'timeoutMs'],
};

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
  const request = 'text' in line ? parseRequest(line.text) : refusal(null, line.fault);
  if ('ok' in request) return request;
  const { id, op, key, value, timeoutMs = defaultTimeoutMs } = request;
  try {
    if (op === 'status') {
      return {
        id,
        ok: true,
        status: await pool.run(timeoutMs, (registers, limitMs) => status(registers, { timeoutMs: limitMs })),
      };
    }
    const decided = await pool.run(timeoutMs, (registers, limitMs) =>
      ask(registers, key, value, { timeoutMs: limitMs }),
    );
    return { id, ok: true, value: decided ?? null };
  } catch (error) {
    // One request that fails, however it does, costs no other.
    const outcome: Outcome = error instanceof PoolError ? error.outcome : 'unknown';
    return { id, ok: false, outcome, error: reasonOf(error) };
  }
}

function parseRequest(line: string): Request | Response {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    return refusal(null, `not a line of JSON: ${oneLine(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return refusal(null, 'not a JSON object');
  const { id, op, key, value, timeoutMs } = parsed as Record<string, unknown>;
  if (!isId(id)) return refusal(null, 'id: give a string, or a number below 2^53: the answer has it, too');
  if (op !== 'ask' && op !== 'status') return refusal(id, 'op: "ask" or "status"');
  // What is misspelt would be taken for what was left out: a write for a read.
  const unknown = Object.keys(parsed).find((field) => !FIELDS[op].includes(field));
  if (unknown !== undefined) {
    const known = `known with "${op}" are ${FIELDS[op].join(', ')}`;
    return refusal(id, `unknown field ${JSON.stringify(unknown)}; ${known}${didYouMean(unknown, FIELDS[op])}`);
  }
  if (op === 'ask' && typeof key !== 'string') return refusal(id, 'key: a string');
  if (value !== undefined && typeof value !== 'string') return refusal(id, 'value: a string, or none for a read');
  if (timeoutMs !== undefined && (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs > 86_400_000)) {
    return refusal(id, 'timeoutMs: milliseconds above 0, at most a day');
  }
  return { id, op, key: typeof key === 'string' ? key : '', value, timeoutMs };
}

/** What the answer can repeat as it was given: a larger whole number would be another one. */
function isId(id: unknown): id is Request['id'] {
  if (typeof id === 'number') return Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id));
  return typeof id === 'string';
}

function refusal(id: number | string | null, error: string): Response {
  return { id, ok: false, outcome: 'not-applied', error };
}

/** Writes a line, and waits while the reader is slow. */
function write(response: Response): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(response)}\n`, () => resolve());
  });
}
