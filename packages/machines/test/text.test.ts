import { describe, expect, it } from '@jest/globals';
import { bytesOfText, emptyKv, keysWithPrefix, put, readRange, textOfBytes } from '../src/index.js';

describe('a text', () => {
  it.each(['', 'a', 'Grüße', '日本', '\u{1f600}', '\ufeffwith a mark', 'a\u0000b'])(
    '%j is bytes, and comes back',
    (text) => {
      expect(textOfBytes(bytesOfText(text))).toBe(text);
    },
  );

  it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('with a lone surrogate is none', (text) => {
    expect(() => bytesOfText(text)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  it.each([[[255]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]]])('bytes %j are none', (bytes) => {
    expect(textOfBytes(Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe('the keys with a prefix', () => {
  const keys = [[0], [97], [97, 0], [97, 97], [97, 255], [97, 255, 255], [98], [255], [255, 0], [255, 255]];
  let state = emptyKv();
  for (const key of keys) ({ state } = put(state, { key: Uint8Array.from(key) }));

  it.each([[[]], [[97]], [[97, 255]], [[97, 255, 255]], [[98]], [[255]], [[255, 255]], [[7]]])(
    '%j are those that begin so',
    (prefix) => {
      const { items } = readRange(state, keysWithPrefix(Uint8Array.from(prefix)));
      const begin = keys.filter((key) => prefix.every((byte, index) => key[index] === byte));
      expect(items.map(({ key }) => [...key])).toEqual(begin);
    },
  );

  it('may be given as text', () => {
    expect(keysWithPrefix('a')).toEqual(keysWithPrefix(Uint8Array.of(97)));
  });
});
