import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOfText, type kv } from '@parliament/machines';
import { type ParliamentOf, propose, read } from 'parliament';
import { type SpaceNode, startSpaces, startTraitor } from './kv-node.js';
import { patiently } from './progress.js';
import { cleanUpAfterwards, LONG, launch, openClient, run } from './support.js';

cleanUpAfterwards();

let nodes: SpaceNode[];
let space: ParliamentOf<typeof kv>;
let talk: (request: object) => Promise<unknown>;
beforeAll(async () => {
  nodes = await startSpaces('a', 'b', 'c');
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node');
  space = first.space;
  const ask = openClient(['client', '--node', first.address, ...LONG]);
  talk = async (request) => {
    const { id, ...answer } = await patiently(JSON.stringify(request), ask(request));
    expect(id).toEqual(expect.any(Number));
    return answer;
  };
});
afterAll(() => Promise.all(nodes.map((node) => node.close())));

const newest = async (): Promise<number> => (await read(space, { type: 'status' })).revision;

describe('a client of a key space', () => {
  it('puts, gets, swaps and deletes', async () => {
    const at = await newest();
    expect(await talk({ op: 'put', key: 'k', value: 'v' })).toEqual({ ok: true, revision: at + 1 });
    const got = { ok: true, value: 'v', revision: at + 1, version: 1 };
    expect(await talk({ op: 'get', key: 'k', level: 'linearizable' })).toEqual(got);
    expect(await talk({ op: 'get', key: 'k', level: 'local' })).toEqual(got);
    const cas = { op: 'cas', key: 'k', version: 1, value: 'w' };
    expect(await talk(cas)).toEqual({ ok: true, swapped: true, revision: at + 2 });
    expect(await talk(cas)).toEqual({ ok: true, swapped: false, revision: at + 2 });
    expect(await talk({ op: 'get', key: 'k', revision: at + 1 })).toEqual({ ...got, revision: at + 2 });
    expect(await talk({ op: 'delete', key: 'k' })).toEqual({ ok: true, deleted: 1, revision: at + 3 });
    expect(await talk({ op: 'get', key: 'k' })).toEqual({ ok: true, value: null, revision: at + 3, version: 0 });
  });

  it('reads on a lease from whichever node leads', async () => {
    await talk({ op: 'put', key: 'leased', value: 'v' });
    const addresses = nodes.flatMap(({ address }) => ['--node', address]);
    const { ended } = launch(
      ['client', ...addresses, ...LONG],
      JSON.stringify({ id: 1, op: 'get', key: 'leased', level: 'lease' }),
    );
    const { stdout } = await patiently('the client ends', ended);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, value: 'v', version: 1 });
    const alone = nodes.map(({ address }) =>
      run('kv', 'get', 'leased', '--level', 'lease', '--node', address, '--json'),
    );
    for (const { status, stdout: said } of await Promise.all(alone)) {
      if (status === 1) expect(JSON.parse(said)).toMatchObject({ ok: false, outcome: 'not-applied' });
      else expect([status, JSON.parse(said)]).toEqual([0, expect.objectContaining({ value: 'v' })]);
    }
  });

  it('takes and gives bytes that are no text in base64', async () => {
    const [key, value] = [{ base64: '/w==' }, { base64: 'wyg=' }];
    await talk({ op: 'put', key, value });
    expect(await talk({ op: 'get', key })).toMatchObject({ value, version: 1 });
    expect(await talk({ op: 'range', key, rangeEnd: '\u0000' })).toMatchObject({ items: [{ key, value }] });
    // The same key, which is text: it comes back as text.
    await talk({ op: 'put', key: { base64: 'aGk=' }, value: { base64: '' } });
    expect(await talk({ op: 'range', key: 'hi', rangeEnd: 'hj' })).toMatchObject({ items: [{ key: 'hi', value: '' }] });
  });

  it('gives ranges, transactions, and gives history up', async () => {
    const at = await newest();
    const items = [{ key: 'a/1', value: '1', version: 1, createRevision: at + 1, modRevision: at + 1 }];
    const then = [
      { op: 'put', key: 'a/1', value: '1' },
      { op: 'range', prefix: 'a/' },
    ];
    const compare = [{ key: 'a/1', target: 'version', result: 'equal', value: 0 }];
    expect(await talk({ op: 'txn', compare, then })).toEqual({
      ok: true,
      holds: true,
      replies: [{ revision: at + 1 }, { items, count: 1, more: false, revision: at + 1 }],
      revision: at + 1,
    });
    expect(await talk({ op: 'txn', compare, then })).toEqual({ ok: true, holds: false, replies: [], revision: at + 1 });
    expect(await talk({ op: 'range', prefix: 'a/', keysOnly: true })).toMatchObject({ items: [{ key: 'a/1' }] });
    expect(await talk({ op: 'compact', revision: at + 1 })).toEqual({
      ok: true,
      compacted: at + 1,
      revision: at + 1,
    });
  });

  it('gives a range that is larger than one message may be', async () => {
    const value = Buffer.alloc(900_000, 'v');
    for (const at of [1, 2, 3, 4, 5]) await propose(space, { type: 'put', key: bytesOfText(`large/${at}`), value });
    expect(await talk({ op: 'range', prefix: 'large/' })).toMatchObject({
      items: [1, 2, 3, 4, 5].map((at) => ({ key: `large/${at}`, value: value.toString() })),
      count: 5,
      more: false,
    });
    const sorted = { op: 'range', prefix: 'large/', target: 'mod', order: 'descend' };
    const error = expect.stringMatching(/^The reply .*: ask for less at once$/);
    expect(await talk(sorted)).toEqual({ ok: false, outcome: 'not-applied', error });
    expect(await talk({ ...sorted, limit: 1 })).toMatchObject({ items: [{ key: 'large/5' }] });
    await talk({ op: 'delete', prefix: 'large/' });
  });

  it('says of what is refused that it was not applied, with the code', async () => {
    const at = await newest();
    expect(await talk({ op: 'get', key: 'k', revision: at + 9 })).toEqual({
      ok: false,
      outcome: 'not-applied',
      code: 'future-revision',
      error: expect.any(String),
    });
    const twice = { op: 'put', key: 'k', value: 'v' };
    expect(await talk({ op: 'txn', then: [twice, twice] })).toMatchObject({ ok: false, code: 'duplicate-key' });
    const vast = { op: 'put', key: 'k', value: 'v'.repeat(1024 * 1024 + 1) };
    expect(await talk(vast)).toMatchObject({
      ok: false,
      outcome: 'not-applied',
      error: expect.stringMatching(/limit/),
    });
    expect(await talk({ op: 'get', kee: 'k' })).toMatchObject({ ok: false, outcome: 'not-applied' });
    expect(await newest()).toBe(at);
  });

  it.each([
    ['put', { op: 'put', value: 'v' }],
    ['cas', { op: 'cas', version: 0, value: 'v' }],
    ['txn', { op: 'txn', then: [{ op: 'put', key: 'lost/txn', value: 'v' }] }],
  ])('whose node is lost after a %s says that it is unknown, and does it at no other', async (name, request) => {
    const key = `lost/${name}`;
    const traitor = await startTraitor(space);
    const input = JSON.stringify({ id: 1, ...request, ...(name === 'txn' ? {} : { key }) });
    const args = ['client', '--node', traitor, '--node', nodes[1]?.address ?? '', ...LONG];
    const { stdout } = await patiently('the client ends', launch(args, input).ended);
    expect(JSON.parse(stdout)).toEqual({ id: 1, ok: false, outcome: 'unknown', error: expect.any(String) });
    const { items } = await read(space, { type: 'range', key: bytesOfText(key) });
    expect(items.map(({ version }) => version)).toEqual([1]);
  });

  it('whose node is lost after a read asks the next one', async () => {
    const traitor = await startTraitor(space);
    await propose(space, { type: 'put', key: bytesOfText('found'), value: bytesOfText('v') });
    const args = ['client', '--node', traitor, '--node', nodes[1]?.address ?? '', ...LONG];
    const { ended } = launch(args, JSON.stringify({ id: 1, op: 'get', key: 'found' }));
    const { stdout } = await patiently('the client ends', ended);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, value: 'v' });
  });

  it('whose node is not there has a write done by the next one', async () => {
    const args = ['client', '--node', '127.0.0.1:1', '--node', nodes[1]?.address ?? '', ...LONG];
    const { ended } = launch(args, JSON.stringify({ id: 1, op: 'put', key: 'next', value: 'v' }));
    const { stdout } = await patiently('the client ends', ended);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });
});
