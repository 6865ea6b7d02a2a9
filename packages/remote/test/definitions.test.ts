/** What one side of a link defines, and the other takes it for. */

import { describe, expect, it } from '@jest/globals';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { decodeDefinition, encodeDefinition } from '../src/wire/frame-codec.js';
import { BadFrameError, codecType } from '../src/wire/frame-validator.js';
import { Definitions } from '../src/wire/numbering.js';

/** A frame of one definition. */
const frameOf = (item: Uint8Array): Uint8Array =>
  Uint8Array.of(0x32, item.length + 4, 0x0a, item.length, ...item, 0x10, 1);
const define = (type: string, number = 1): string => {
  const definitions = new Definitions();
  decodeBatch(frameOf(encodeDefinition(number, type)), definitions);
  return definitions.type(number);
};

describe('the definition of a type', () => {
  it.each(['x', 'a/b', 'Az09._+-', 't'.repeat(100)])('is taken: %s', (type) => {
    expect([define(type), define(type, 256)]).toEqual([type, type]);
  });

  it.each(['a b', 'a\n', 'ä', ' x'])('is refused where no codec can have it: %j', (type) => {
    expect(() => define(type)).toThrow(/definition of a bad type/);
  });

  it.each([0, 257, 70_000])('is refused under the number %i', (number) => {
    expect(() => define('x', number)).toThrow(/under a number out of range/);
  });

  it('has a length', () => {
    expect(codecType('t'.repeat(128))).toBe('t'.repeat(128));
    for (const type of ['', 't'.repeat(129)]) expect(() => codecType(type)).toThrow(BadFrameError);
  });

  it('that says nothing is none, nor is one of nothing', () => {
    const definitions = new Definitions();
    expect(definitions.type(0)).toBe('');
    expect(() => definitions.type(1)).toThrow(/not defined/);
    expect(() => definitions.reference(0)).toThrow(/not defined/);
    expect(() => decodeDefinition(Uint8Array.of())).toThrow(/definition missing/);
    expect(() => decodeDefinition(encodeDefinition(1, ''))).toThrow(/reference missing/);
    expect(() => decodeDefinition(Uint8Array.of(0xff))).toThrow(/^frame that cannot be decoded: /);
  });
});
