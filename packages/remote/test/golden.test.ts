/**
 * Frames of every version of the protocol, as nodes of that version sent them: golden/version-N.json. They must be understood
 * as long as the version is. When a version is new, add a file; a file that is there is never changed.
 */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import type { Batch, Greeting, HandshakeFrame } from '../src/wire/frame.js';
import { decodeFrame, decodeGreeting, encodeFrame, encodeGreeting } from '../src/wire/frame-codec.js';
import { Definitions } from '../src/wire/numbering.js';
import { NEWEST_VERSION, OLDEST_VERSION } from '../src/wire/versions.js';
import { plain } from './frames.js';

interface Golden {
  readonly name: string;
  readonly kind: 'handshake' | 'greeting' | 'batch';
  readonly hex: string;
  /** As JSON; bytes as arrays of numbers, what is undefined left out. */
  readonly means: unknown;
}

const folder = path.join(__dirname, 'golden');
const goldenOf = (version: number): Golden[] =>
  JSON.parse(fs.readFileSync(path.join(folder, `version-${version}.json`), 'utf8'));

function decode({ kind, hex }: Golden): HandshakeFrame | Greeting | Batch {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  if (kind === 'handshake') return decodeFrame(bytes);
  return kind === 'greeting' ? decodeGreeting(bytes) : decodeBatch(bytes, new Definitions());
}

function encode(kind: Golden['kind'], meaning: HandshakeFrame | Greeting | Batch): Uint8Array {
  if (kind === 'handshake') return encodeFrame(meaning as HandshakeFrame);
  if (kind === 'greeting') return encodeGreeting(meaning as Greeting);
  const { items, ping, pong } = meaning as Batch;
  const writer = new BatchWriter();
  for (const item of items) {
    if (item.type === 'envelope') writer.envelope(item);
    else writer.signal(item);
  }
  return writer.finish(ping, pong);
}

const versions = Array.from({ length: NEWEST_VERSION - OLDEST_VERSION + 1 }, (_, index) => OLDEST_VERSION + index);

describe.each(versions)('version %i', (version) => {
  it.each(goldenOf(version).map((golden) => [golden.name, golden] as const))('is understood: %s', (_name, golden) => {
    const meaning = decode(golden);
    expect(plain(meaning)).toEqual(golden.means);
    // What this release writes is what is kept.
    if (version === NEWEST_VERSION) expect(Buffer.from(encode(golden.kind, meaning)).toString('hex')).toBe(golden.hex);
  });

  it('has each kind of frame and of item', () => {
    const all = goldenOf(version).map(decode);
    const items = all.flatMap((each) => ('items' in each ? each.items.map(({ type }) => type) : []));
    const frames = all.flatMap((each) => ('type' in each ? [each.type] : ['greeting']));
    const kinds = ['accepted', 'batch', 'greeting', 'hello', 'proof', 'refused', 'welcome'];
    expect([...new Set(frames)].sort()).toEqual(kinds);
    const itemKinds = ['demonitor', 'down', 'envelope', 'exit', 'link', 'monitor', 'undelivered', 'unlink'];
    expect([...new Set(items)].sort()).toEqual(itemKinds);
  });
});
