import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOfText } from '@parliament/machines';
import { propose, read } from 'parliament';
import { type SpaceNode, startSpace } from './kv-node.js';
import { patiently } from './progress.js';
import { BIN, cleanUpAfterwards, LONG, launch, type Result, run } from './support.js';

cleanUpAfterwards();

let node: SpaceNode;
beforeAll(async () => {
  node = await startSpace();
});
afterAll(() => node.close());

const kv = (...args: string[]): Promise<Result> => run('kv', ...args, '--node', node.address, ...LONG);

/** With that for its standard input. */
function kvOf(input: string | Uint8Array, ...args: string[]): Promise<Result> {
  const { ended } = launch(['kv', ...args, '--node', node.address, ...LONG], input);
  return patiently(args.join(' '), ended);
}

const done = (stdout: string) => ({ status: 0, stdout, stderr: '' });

/** Of `--json`, and the status. */
async function json(...args: string[]): Promise<unknown[]> {
  const { status, stdout } = await kv(...args, '--json');
  return [status, JSON.parse(stdout)];
}

/** The newest revision. */
const newest = async (): Promise<number> => (await read(node.space, { type: 'status' })).revision;

/** Puts without the command, which costs more than the put. */
async function prepare(keys: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, value] of Object.entries(keys)) {
    await propose(node.space, { type: 'put', key: bytesOfText(key), value: bytesOfText(value) });
  }
}

describe('a key', () => {
  it('is put, read, put again, deleted, and gone', async () => {
    const begin = await newest();
    expect(await kv('put', 'greeting', 'hello')).toMatchObject(done(`revision ${begin + 1}\n`));
    expect(await kv('get', 'greeting')).toMatchObject(done('hello'));
    expect(await json('put', 'greeting', 'hi')).toEqual([0, { ok: true, revision: begin + 2 }]);
    expect(await json('get', 'greeting')).toEqual([0, { ok: true, value: 'hi', revision: begin + 2, version: 2 }]);
    expect(await kv('get', 'greeting', '--rev', `${begin + 1}`, '--level', 'local')).toMatchObject(done('hello'));
    expect(await kv('delete', 'greeting')).toMatchObject(done(`deleted 1 key, revision ${begin + 3}\n`));
    expect(await json('delete', 'greeting')).toEqual([0, { ok: true, deleted: 0, revision: begin + 3 }]);
    expect(await json('get', 'greeting')).toEqual([3, { ok: true, value: null, revision: begin + 3, version: 0 }]);
    expect(await kv('get', 'greeting')).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'parliament kv get: there is no key "greeting"\n',
    });
    expect(await kv('get', 'greeting', '--rev', `${begin}`)).toMatchObject({
      status: 3,
      stderr: `parliament kv get: at revision ${begin} there was no key "greeting"\n`,
    });
  });

  it('is put where it has a version only, as it is asked', async () => {
    const begin = await newest();
    expect(await json('put', 'held', 'by a', '--if-version', '0')).toEqual([
      0,
      { ok: true, swapped: true, revision: begin + 1 },
    ]);
    expect(await json('put', 'held', 'by b', '--if-version', '0')).toEqual([
      3,
      { ok: true, swapped: false, revision: begin + 1 },
    ]);
    expect(await kv('put', 'held', 'by b', '--if-version', '2')).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'parliament kv put: nothing was changed: the key has version 1, and not 2\n',
    });
    expect(await kv('put', 'held', 'by b', '--if-version', '1')).toMatchObject(done(`revision ${begin + 2}\n`));
    expect(await kv('get', 'held')).toMatchObject(done('by b'));
  });

  it('and its value may be any bytes, which come out as they went in', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    expect(await kvOf(bytes, 'put', 'bytes', '-')).toMatchObject({ status: 0 });
    const got = await patiently(
      'get',
      new Promise<Uint8Array>((resolve, reject) => {
        const args = [BIN, 'kv', 'get', 'bytes', '--node', node.address, ...LONG];
        execFile(process.execPath, args, { encoding: 'buffer' }, (error, stdout) => {
          if (error === null) resolve(stdout);
          else reject(error);
        });
      }),
    );
    expect([...got]).toEqual([...bytes]);
    const base64 = Buffer.from(bytes).toString('base64');
    expect(await json('get', 'bytes')).toEqual([0, expect.objectContaining({ value: { base64 } })]);
    // A key of one byte that is no text.
    expect(await kv('put', '/w==', 'aGVsbG8=', '--base64')).toMatchObject({ status: 0 });
    expect(await kv('get', '/w==', '--base64')).toMatchObject(done('hello'));
    expect(await kv('range', '/w==', '--base64')).toMatchObject(done('base64:/w==\thello\n'));
    expect(await kv('delete', '/w==', '--base64')).toMatchObject({ status: 0 });
  });

  it('may have the empty value, which is not none', async () => {
    await kv('put', 'empty', '');
    expect(await json('get', 'empty')).toEqual([0, expect.objectContaining({ value: '', version: 1 })]);
  });
});

describe('a range', () => {
  const lines = (...keys: string[]): string => keys.map((key) => `${key}\n`).join('');

  it('is of a prefix, from one key to another, or all; with limits, in each order', async () => {
    const begin = await newest();
    await prepare({ 'r/a': 'of r/a', 'r/b': 'of r/b', 'r/c': 'of r/c' });
    const all = lines('r/a\tof r/a', 'r/b\tof r/b', 'r/c\tof r/c');
    expect(await kv('range', '--prefix', 'r/')).toMatchObject(done(all));
    expect(await kv('range', 'r/b', 's', '--keys-only')).toMatchObject(done(lines('r/b', 'r/c')));
    expect(await kv('range', 'r/', '--keys-only')).toMatchObject(done(lines('r/a', 'r/b', 'r/c')));
    expect(await kv('range', '--prefix', 'r/', '--order', 'descend', '--limit', '1')).toMatchObject({
      ...done(lines('r/c\tof r/c')),
      stderr: 'parliament kv range: 1 of 3 keys are shown\n',
    });
    expect(await kv('range', '--prefix', 'r/', '--count-only')).toMatchObject(done('3\n'));
    expect(await kv('range', '--prefix', 'r/', '--rev', `${begin + 1}`)).toMatchObject(done('r/a\tof r/a\n'));
    expect(await json('range', '--prefix', 'r/', '--limit', '1')).toEqual([
      0,
      {
        ok: true,
        items: [{ key: 'r/a', value: 'of r/a', version: 1, createRevision: begin + 1, modRevision: begin + 1 }],
        count: 3,
        more: true,
        revision: begin + 3,
      },
    ]);
    const { keys } = await read(node.space, { type: 'status' });
    expect(await kv('range', '--all', '--count-only')).toMatchObject(done(`${keys}\n`));
  });

  it('is deleted at one revision', async () => {
    await prepare({ 'd/a': 'v', 'd/b': 'v', 'd/c': 'v', 'd/d': 'v' });
    const begin = await newest();
    expect(await kv('delete', '--range', 'd/b', 'd/d')).toMatchObject(done(`deleted 2 keys, revision ${begin + 1}\n`));
    expect(await kv('delete', '--prefix', 'd/')).toMatchObject(done(`deleted 2 keys, revision ${begin + 2}\n`));
  });

  it('of several lines and of long values is shown in one line each', async () => {
    await prepare({ 'shown/a\nb': 'two\nlines', 'shown/b': 'x'.repeat(101) });
    expect((await kv('range', '--prefix', 'shown/')).stdout).toBe(
      `shown/a b\ttwo lines\nshown/b\t${'x'.repeat(100)}… (101 characters)\n`,
    );
  });
});

describe('a transaction', () => {
  it('out of standard input does one branch, and answers each step as if it were asked alone', async () => {
    const begin = await newest();
    const transaction = JSON.stringify({
      compare: [{ key: 't/a', target: 'version', result: 'equal', value: 0 }],
      then: [
        { op: 'put', key: 't/a', value: '1' },
        { op: 'get', key: 't/a' },
        { op: 'txn', then: [{ op: 'range', prefix: 't/', keysOnly: true }] },
      ],
      else: [{ op: 'get', key: 't/a' }],
    });
    const revision = begin + 1;
    const item = { key: 't/a', version: 1, createRevision: revision, modRevision: revision };
    const held = {
      holds: true,
      replies: [
        { revision },
        { value: '1', revision, version: 1 },
        { holds: true, replies: [{ items: [item], count: 1, more: false, revision }], revision },
      ],
      revision,
    };
    const first = await kvOf(transaction, 'txn');
    expect([first.status, JSON.parse(first.stdout)]).toEqual([0, held]);
    const second = await kvOf(transaction, 'txn', '--json');
    const found = { value: '1', revision, version: 1 };
    expect([second.status, JSON.parse(second.stdout)]).toEqual([
      0,
      { ok: true, holds: false, replies: [found], revision },
    ]);
  });

  it.each([
    ['no JSON', 'put', /standard input is not JSON/],
    ['bytes', Uint8Array.of(255), /standard input is not UTF-8/],
    ['a misspelt branch', '{"than":[]}', /standard input: unknown field "than"; .*; did you mean then\?/],
    ['a step of no kind', '{"then":[{"op":"cas"}]}', /then\[0\]\.op: one of put, get, range, delete, txn/],
  ])('of %s is refused, and nothing is sent', async (_, input, message) => {
    const begin = await newest();
    const { status, stderr } = await kvOf(input, 'txn');
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(await newest()).toBe(begin);
  });
});

it('more than is taken from standard input is refused before anybody is asked', async () => {
  const begin = await newest();
  const { status, stdout, stderr } = await kvOf(Buffer.alloc(17 * 1024 * 1024), 'put', 'vast', '-', '--json');
  const error = 'standard input has more than 16777216 bytes';
  expect([status, JSON.parse(stdout), stderr]).toEqual([
    1,
    { ok: false, outcome: 'not-applied', error },
    `parliament kv put: ${error}\n`,
  ]);
  expect(await newest()).toBe(begin);
});

it('what is compacted is refused, with its code', async () => {
  await prepare({ old: '1' });
  await prepare({ old: '2' });
  const revision = await newest();
  expect(await kv('compact', `${revision}`)).toMatchObject(done(`compacted to revision ${revision}\n`));
  const [status, answer] = await json('get', 'old', '--rev', `${revision - 1}`);
  expect([status, answer]).toEqual([
    1,
    { ok: false, outcome: 'not-applied', code: 'compacted', error: expect.stringContaining('compacted') },
  ]);
  const again = await kv('compact', `${revision}`);
  expect([again.status, again.stderr]).toEqual([
    1,
    expect.stringMatching(/^parliament kv compact: .*not applied\)\n$/),
  ]);
});
