import net from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '../src/free-ports.js';
import { patiently } from './progress.js';
import { cleanUpAfterwards, LONG, launch, newFolder, startNode, startTrio, type Trio } from './support.js';

cleanUpAfterwards();

let trio: Trio;
beforeAll(async () => {
  trio = await startTrio();
});

interface Response {
  readonly id: number | string | null;
  readonly ok: boolean;
  readonly [field: string]: unknown;
}

function nodes(...names: string[]): string[] {
  return names.flatMap((name) => ['--node', trio.addresses[name] as string]);
}

function parse(stdout: string): Response[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Response);
}

/** Gives a client its whole input, and what it answered when it has ended. */
async function converse(args: readonly string[], requests: readonly (object | string)[]): Promise<Response[]> {
  const input = requests.map((request) => (typeof request === 'string' ? request : JSON.stringify(request))).join('\n');
  const { status, stdout, stderr } = await patiently(
    'the client ends',
    launch(['client', ...args], `${input}\n`).ended,
  );
  expect([status, stderr]).toEqual([0, '']);
  return parse(stdout);
}

const byId = (responses: readonly Response[]) => new Map(responses.map((response) => [response.id, response]));

describe('a client', () => {
  it('answers each request with its id, and what is outstanding at the end of its input', async () => {
    const requests = Array.from({ length: 500 }, (_, id) => ({ id, op: 'ask', key: `key ${id % 50}`, value: `${id}` }));
    const responses = await converse([...nodes('a'), ...LONG], requests);
    expect(responses.map(({ id }) => id).sort((x, y) => Number(x) - Number(y))).toEqual(requests.map(({ id }) => id));
    const values = new Map<number, unknown>();
    for (const { id, ok, value } of responses) {
      expect(ok).toBe(true);
      const key = Number(id) % 50;
      expect(value).toBe(values.get(key) ?? value);
      values.set(key, value);
    }
  });

  it('reads, and tells the status', async () => {
    await converse(nodes('a'), [{ id: 'w', op: 'ask', key: 'k', value: 'v' }]);
    const responses = byId(
      await converse(nodes('b'), [
        { id: 1, op: 'ask', key: 'k' },
        { id: 2, op: 'ask', key: 'nobody asked' },
        { id: 3, op: 'status' },
      ]),
    );
    expect(responses.get(1)).toEqual({ id: 1, ok: true, value: 'v' });
    expect(responses.get(2)).toEqual({ id: 2, ok: true, value: null });
    expect(responses.get(3)).toMatchObject({ ok: true, status: { node: 'b' } });
  });

  it('answers a line that it cannot serve, and goes on', async () => {
    const responses = await converse(nodes('a'), [
      'no json',
      '[1]',
      '',
      { id: 1, op: 'frobnicate' },
      { id: 2, op: 'ask' },
      { id: 3, op: 'ask', key: 'k', value: 7 },
      { id: 4, op: 'ask', key: 'k', timeoutMs: -1 },
      { id: {}, op: 'ask', key: 'k' },
      { op: 'ask', key: 'k' },
      { id: null, op: 'ask', key: 'k' },
      // Misspelt, it would be a read.
      { id: 7, op: 'ask', key: 'k', vale: 'v' },
      { id: 8, op: 'status', key: 'k' },
      { id: 9, op: 'ask', key: 'k', value: '' },
      // Nobody could tell whose the answer is: as a number it is 9007199254740992.
      '{"id":9007199254740993,"op":"ask","key":"k"}',
      '{"id":1e999,"op":"ask","key":"k"}',
      { id: 5, op: 'ask', key: 'long', value: 'v'.repeat(1024 * 1024 + 1) },
      `"${'x'.repeat(2 * 1024 * 1024)}"`,
      { id: 6, op: 'ask', key: 'fine', value: 'v' },
    ]);
    const refused = responses.filter(({ ok }) => !ok);
    expect(refused).toHaveLength(16);
    for (const response of refused)
      expect(response).toMatchObject({ outcome: 'not-applied', error: expect.any(String) });
    expect(refused.filter(({ id }) => id === null)).toHaveLength(8);
    expect(byId(responses).get(7)?.error).toBe(
      'unknown field "vale"; known with "ask" are id, op, key, value, timeoutMs; did you mean value?',
    );
    expect(byId(responses).get(8)?.error).toMatch(/^unknown field "key"; known with "status" are id, op, timeoutMs/);
    expect(byId(responses).get(9)?.error).toMatch(/the value is empty/);
    expect(byId(responses).get(5)?.error).toContain('the limit is 1048576');
    expect(byId(responses).get(6)).toEqual({ id: 6, ok: true, value: 'v' });
  });

  it('takes no line that is not UTF-8: keys that differ would become one', async () => {
    const lines = ['{"id":1,"op":"ask","key":"\xe4","value":"1"}', '{"id":2,"op":"ask","key":"\xf6","value":"2"}', ''];
    const input = Buffer.from(lines.join('\n'), 'latin1');
    const { status, stdout } = await patiently('the client ends', launch(['client', ...nodes('a')], input).ended);
    const refusal = { id: null, ok: false, outcome: 'not-applied', error: 'a line that is not UTF-8' };
    expect([status, parse(stdout)]).toEqual([0, [refusal, refusal]]);
  });

  it('with as many requests outstanding as may be takes no memory for those that it has answered', async () => {
    const [port] = await freePorts(1);
    // Founded never: who asks for a value waits.
    const alone = startNode('a', `127.0.0.1:${port}`, path.join(newFolder(), 'a'), ['--peer', 'b=127.0.0.1:1']);
    await alone.event('ready');
    const waiting = Array.from({ length: 1022 }, (_, id) => ({ id, op: 'ask', key: 'k', timeoutMs: 86_400_000 }));
    const answered = Array.from({ length: 4000 }, (_, id) => ({ id, op: 'status' }));
    const input = [...waiting, ...answered].map((request) => `${JSON.stringify(request)}\n`).join('');
    const environment = { NODE_OPTIONS: '--max-old-space-size=100' };
    const client = launch(['client', '--node', alone.address, ...LONG], input, environment);
    const isDone = new Promise<void>((resolve) => {
      let lines = 0;
      client.child.stdout?.on('data', (text: string) => {
        lines += text.split('\n').length - 1;
        if (lines === answered.length) resolve();
      });
    });
    const ended = client.ended.then(({ stderr }) => Promise.reject(new Error(`the client has ended: ${stderr}`)));
    await patiently('all are answered', Promise.race([isDone, ended]));
    ended.catch(() => {});
    client.child.kill('SIGKILL');
    alone.kill('SIGTERM');
    await patiently('the node ends', alone.ended);
  });

  it('without a node that answers says not-applied', async () => {
    const responses = await converse(
      ['--node', '127.0.0.1:1', '--timeout', '300ms'],
      [{ id: 1, op: 'ask', key: 'k', value: 'v' }],
    );
    expect(responses).toEqual([expect.objectContaining({ id: 1, ok: false, outcome: 'not-applied' })]);
  });

  it('whose node says nothing lets no request wait for the deadline of another one', async () => {
    const sockets = new Set<net.Socket>();
    const mute = net.createServer((socket) => sockets.add(socket.resume().on('error', () => {})));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(mute.address() as net.AddressInfo).port}`;
    const responses = byId(
      await converse(
        ['--node', address],
        [
          { id: 'patient', op: 'ask', key: 'k', timeoutMs: 2000 },
          { id: 'hasty', op: 'ask', key: 'k', timeoutMs: 100 },
        ],
      ),
    );
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
    expect(responses.get('hasty')).toMatchObject({
      ok: false,
      outcome: 'not-applied',
      error: expect.stringContaining('no link within 100 ms'),
    });
    expect(responses.get('patient')).toMatchObject({ ok: false, outcome: 'not-applied' });
  });

  it('goes over to its next node when the first is killed, and no answer is lost or wrong', async () => {
    const requests = Array.from({ length: 3000 }, (_, id) => ({
      id,
      op: 'ask',
      key: `fail-over ${id}`,
      value: `${id}`,
    }));
    const input = `${requests.map((request) => JSON.stringify(request)).join('\n')}\n`;
    const client = launch(['client', ...nodes('c', 'a', 'b'), ...LONG], input);
    await patiently('an answer', new Promise<void>((resolve) => client.child.stdout?.once('data', () => resolve())));
    await trio.kill('c');
    const responses = parse((await patiently('the client ends', client.ended)).stdout);
    expect(responses).toHaveLength(requests.length);
    for (const { id, ok, value } of responses) expect([id, ok, value]).toEqual([id, true, `${id}`]);
  });
});
