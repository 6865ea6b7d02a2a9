/** The key space of three nodes in processes of their own, which are killed. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import { patiently } from './progress.js';
import { cleanUpAfterwards, LONG, launch, NAMES, openClient, run, startTrio, type Trio } from './support.js';

cleanUpAfterwards();

let trio: Trio;
/** Asks one node. */
let talk: (name: string, request: object) => Promise<Readonly<Record<string, unknown>>>;
beforeAll(async () => {
  trio = await startTrio();
  const clients = new Map(NAMES.map((name) => [name, openClient(['client', ...nodes(name), ...LONG])]));
  talk = async (name, request) => {
    const { id, ...answer } = await patiently(JSON.stringify(request), clients.get(name)?.(request) ?? nobody());
    return answer;
  };
});

const nobody = (): Promise<never> => Promise.reject(new Error('there is no such node'));

function nodes(...names: string[]): string[] {
  return names.flatMap((name) => ['--node', trio.addresses[name] ?? '']);
}

const ALL = { key: '\u0000', rangeEnd: '\u0000' };

/** How often each of the keys was put, as a node has it. */
async function versionsAt(name: string, keys: object): Promise<ReadonlyMap<string, number>> {
  const { items } = (await talk(name, { op: 'range', keysOnly: true, ...keys })) as {
    items: { key: string; version: number }[];
  };
  return new Map(items.map(({ key, version }) => [key, version]));
}

describe('three nodes that were started with no more than parliament start', () => {
  it('hold a key space beside their registers, the same at each', async () => {
    expect(await trio.ask('a', 'k', 'decided')).toBe('decided');
    const put = await run('kv', 'put', 'k', 'v', ...nodes('a'), ...LONG);
    expect(put).toMatchObject({ status: 0, stdout: 'revision 2\n', stderr: '' });
    expect(await run('kv', 'get', 'k', ...nodes('b'), ...LONG)).toMatchObject({ status: 0, stdout: 'v', stderr: '' });
    for (const name of NAMES) {
      expect(await talk(name, { op: 'get', key: 'k' })).toEqual({ ok: true, value: 'v', revision: 2, version: 1 });
      expect(await trio.ask(name, 'k')).toBe('decided');
    }
    expect(await talk('c', { op: 'cas', key: 'k', version: 1, value: 'w' })).toMatchObject({ swapped: true });
    expect(await talk('a', { op: 'cas', key: 'k', version: 1, value: 'x' })).toMatchObject({ swapped: false });
  });

  it('say the truth of each write when one of them is killed', async () => {
    const requests = Array.from({ length: 3000 }, (_, id) => ({ id, op: 'put', key: `killed/${id}`, value: `${id}` }));
    const input = `${requests.map((request) => JSON.stringify(request)).join('\n')}\n`;
    const client = launch(['client', ...nodes('c', 'a', 'b'), ...LONG], input);
    await patiently('an answer', new Promise<void>((resolve) => client.child.stdout?.once('data', () => resolve())));
    await trio.kill('c');
    const { stdout } = await patiently('the client ends', client.ended);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; ok: boolean; outcome?: string });
    expect(answers.map(({ id }) => id).sort((one, other) => one - other)).toEqual(requests.map(({ id }) => id));
    const versions = await versionsAt('a', { prefix: 'killed/' });
    for (const { id, ok, outcome } of answers) {
      const version = versions.get(`killed/${id}`) ?? 0;
      const wanted = ok ? 1 : outcome === 'unknown' ? Math.min(1, version) : 0;
      expect([id, version]).toEqual([id, wanted]);
    }
  });

  it('have what they had when all are killed and started again', async () => {
    await trio.start('c');
    const before = await versionsAt('b', ALL);
    await Promise.all(NAMES.map((name) => trio.kill(name)));
    await Promise.all(NAMES.map((name) => trio.start(name)));
    for (const name of NAMES) expect(await versionsAt(name, ALL)).toEqual(before);
    expect(await trio.ask('b', 'k')).toBe('decided');
  });
});
