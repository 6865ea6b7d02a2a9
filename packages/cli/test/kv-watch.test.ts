import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bytesOfText } from '@parliament/machines';
import { propose, read } from 'parliament';
import { type SpaceNode, startSpace } from './kv-node.js';
import { patiently, until } from './progress.js';
import { cleanUpAfterwards, LONG, launch } from './support.js';

cleanUpAfterwards();

let node: SpaceNode;
beforeAll(async () => {
  node = await startSpace();
});
afterAll(() => node.close());

const newest = async (): Promise<number> => (await read(node.space, { type: 'status' })).revision;

async function put(key: string, value: string | Uint8Array): Promise<number> {
  const bytes = typeof value === 'string' ? bytesOfText(value) : value;
  return (await propose(node.space, { type: 'put', key: bytesOfText(key), value: bytes })).revision;
}

/** A watch that runs. */
function startWatch(...args: readonly string[]) {
  const { child, ended, stdout } = launch(['kv', 'watch', ...args, '--node', node.address, ...LONG]);
  const lines = (): string[] => stdout().split('\n').slice(0, -1);
  return {
    /** All that it has printed, once that is so many lines. */
    lines: (count: number): Promise<string[]> =>
      until(args.join(' '), async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return lines().length >= count;
      }).then(() => lines()),
    async end(): Promise<void> {
      child.kill();
      await patiently('its end', ended);
    },
  };
}

it('what happened from a revision on and happens meanwhile is told, a line for each event', async () => {
  const from = (await newest()) + 1;
  await put('a/1', 'one');
  await put('b/1', 'not asked for');
  const watch = startWatch('--prefix', 'a/', '--from', `${from}`, '--previous');
  expect(await watch.lines(1)).toEqual([`${from}\tput\ta/1\tone`]);
  await put('a/1', 'two\nlines');
  await propose(node.space, { type: 'delete', key: bytesOfText('a/1') });
  expect((await watch.lines(3)).slice(1)).toEqual([
    `${from + 2}\tput\ta/1\ttwo lines\tone`,
    `${from + 3}\tdelete\ta/1\ttwo lines`,
  ]);
  await watch.end();
});

it('with --json a line is a revision; the keys as they are come first, where that is asked for', async () => {
  const at = await put('c/1', 'one');
  const watch = startWatch('--range', 'c/', 'c0', '--snapshot', '--json');
  const item = { key: 'c/1', value: 'one', version: 1, createRevision: at, modRevision: at };
  expect((await watch.lines(1)).map((line) => JSON.parse(line))).toEqual([
    { revision: at, items: [item], reset: false },
  ]);
  await put('d/1', 'not asked for');
  const steps = [
    { type: 'put', key: bytesOfText('c/2'), value: Uint8Array.of(255) },
    { type: 'delete', key: bytesOfText('c/1') },
  ] as const;
  await propose(node.space, { type: 'txn', then: steps });
  const events = [
    { type: 'put', key: 'c/2', value: { base64: '/w==' }, version: 1 },
    { type: 'delete', key: 'c/1' },
  ];
  const told: { readonly revision: number; readonly events: readonly object[] } = JSON.parse(
    (await watch.lines(2))[1] ?? '',
  );
  expect(told.revision).toBe(at + 2);
  expect(told.events).toEqual(expect.arrayContaining(events));
  expect(told.events).toHaveLength(2);
  await watch.end();
});

it('of what was compacted it says from where on it can be told', async () => {
  const at = await put('e/1', 'one');
  await propose(node.space, { type: 'compact', revision: at });
  const { ended } = launch(['kv', 'watch', 'e/1', '--from', '1', '--json', '--node', node.address, ...LONG]);
  const { status, stdout, stderr } = await patiently('its end', ended);
  expect([status, JSON.parse(stdout)]).toMatchObject([1, { ok: false, code: 'compacted', outcome: 'not-applied' }]);
  expect(stderr).toMatch(
    new RegExp(`^parliament kv watch: revision 1 is compacted: what happened is known from ${at} on \\(nothing`),
  );
});
