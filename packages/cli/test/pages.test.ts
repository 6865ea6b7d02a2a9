import { describe, expect, it } from '@jest/globals';
import {
  bytesOfText,
  deleteRange,
  emptyKv,
  keysWithPrefix,
  put,
  type RangeRequest,
  readRange,
} from '@parliament/machines';
import { AskError } from 'parliament';
import { readPages } from '../src/kv/pages.js';

const nameOf = (index: number): Uint8Array => bytesOfText(`k/${String(index).padStart(2, '0')}`);

/** Twenty keys, and others around them. */
function prepare() {
  let state = emptyKv();
  for (const name of ['j', 'l']) ({ state } = put(state, { key: bytesOfText(name) }));
  for (let index = 0; index < 20; index += 1)
    ({ state } = put(state, { key: nameOf(index), value: Uint8Array.of(index) }));
  return state;
}

/** Answers so many keys at most, and is changed with each question. */
function openStore(most: number) {
  let state = prepare();
  const asked: number[] = [];
  async function ask(request: RangeRequest) {
    asked.push(request.limit ?? 0);
    if ((request.limit ?? Number.POSITIVE_INFINITY) > most) throw new AskError('too-large', 'not-applied', 'too large');
    const reply = readRange(state, request);
    ({ state } = put(state, { key: bytesOfText(`k/${asked.length}`) }));
    ({ state } = deleteRange(state, { key: nameOf(19 - asked.length) }));
    return reply;
  }
  return { ask, asked };
}

describe('a range that is read in parts', () => {
  const prefix = keysWithPrefix('k/');
  it.each<[string, RangeRequest]>([
    ['all', prefix],
    ['all, from the last one down', { ...prefix, order: 'descend' }],
    ['so many', { ...prefix, limit: 7 }],
    ['exactly as many as there are', { ...prefix, limit: 20 }],
    ['more than there are', { ...prefix, limit: 21 }],
    ['one', { ...prefix, limit: 1 }],
    ['without values', { ...prefix, keysOnly: true }],
    ['as it was', { ...prefix, revision: 9 }],
    ['none', keysWithPrefix('z')],
  ])('is what it would be in one: %s', async (_, request) => {
    const { ask } = openStore(3);
    expect(await readPages(ask, request)).toEqual(readRange(prepare(), request));
  });

  it('asks for fewer keys only where there are too many', async () => {
    const { ask, asked } = openStore(8);
    await readPages(ask, prefix);
    expect(asked).toEqual([5000, 1250, 313, 79, 20, 5, 5, 5, 5]);
    const all = openStore(5000);
    await readPages(all.ask, prefix);
    expect(all.asked).toEqual([5000]);
  });

  it('says so where one key is too large', async () => {
    await expect(readPages(openStore(0).ask, prefix)).rejects.toMatchObject({ code: 'too-large' });
  });
});
