/** What a peer can make this node do, counted and not timed. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PathTree } from '../src/references/path-tree.js';
import { Reach } from '../src/references/reach.js';
import { decodeBatch } from '../src/wire/batch-reader.js';
import { BatchWriter } from '../src/wire/batch-writer.js';
import { BadFrameError } from '../src/wire/frame-validator.js';
import { Definitions, REFERENCES_CHARACTERS_MAX } from '../src/wire/numbering.js';

/** A path that counts how often one of its names was looked at. */
function watched(path: readonly string[]): { path: readonly string[]; looks: () => number } {
  let looks = 0;
  const proxy = new Proxy(path, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  return { path: proxy, looks: () => looks };
}

describe('a path', () => {
  const deep = Array.from({ length: 32 }, (_, depth) => `level-${depth}`);

  it('is judged by a few looks at each of its names, and a key to it is computed once', () => {
    const reach = new Reach('system', () => false);
    reach.open(['elsewhere', ...deep.slice(1)], 'subtree');
    reach.open(deep.slice(0, 31).concat('other'), 'subtree');
    const { path, looks } = watched(deep);
    const messages = 1000;
    for (let message = 0; message < messages; message += 1) reach.allows(path, new Uint8Array(16), 'message');
    expect(looks()).toBeLessThan(messages * 5 * deep.length);
    expect(reach.allows(deep, reach.keyOf(deep), 'exit')).toBe(true);
  });

  it('of more than 32 names, or 1,024 characters, is none', () => {
    const actor = (path: string[]) =>
      ({ kind: 'actor', node: 'a', incarnation: '', path, key: new Uint8Array(0) }) as const;
    const frameOf = (path: string[]): Uint8Array => {
      const writer = new BatchWriter();
      writer.envelope({ to: actor(path), sender: undefined, codec: '', payload: Uint8Array.of(1) });
      return writer.finish(false, false);
    };
    const names = (count: number, length: number): string[] => new Array(count).fill('x'.repeat(length));
    for (const path of [names(32, 32), names(4, 255)]) {
      expect(decodeBatch(frameOf(path), new Definitions()).items).toHaveLength(1);
    }
    for (const path of [names(33, 1), names(5, 205), names(1, 256)]) {
      expect(() => decodeBatch(frameOf(path), new Definitions())).toThrow(BadFrameError);
    }
  });
});

describe('a set of paths', () => {
  const paths = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });

  it('holds what was added and not taken back, and what is below it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(paths, fc.boolean()), { maxLength: 12 }), paths, (steps, asked) => {
        const tree = new PathTree();
        const there: string[] = [];
        for (const [path, stays] of steps) {
          const remove = tree.add(path);
          if (stays) there.push(path.join('/'));
          else for (let times = 0; times < 2; times += 1) remove();
        }
        const above = asked.map((_, index) => asked.slice(0, index + 1).join('/'));
        expect(tree.has(asked)).toBe(there.includes(asked.join('/')));
        expect(tree.covers(asked)).toBe(above.some((path) => there.includes(path)));
      }),
    );
  });
});

describe('numbered references', () => {
  const place = (index: number, length: number) =>
    ({
      kind: 'actor',
      node: 'a',
      incarnation: '',
      path: new Array(5).fill(`${index}`.padStart(length / 5, 'p')),
      key: new Uint8Array(0),
    }) as const;

  it('take so much room and no more: past it they travel in full', () => {
    const [writer, definitions] = [new BatchWriter(), new Definitions()];
    const send = (index: number): unknown => {
      writer.envelope({ to: place(index, 1000), sender: undefined, codec: '', payload: Uint8Array.of(1) });
      const frame = writer.finish(false, false);
      const [item] = decodeBatch(frame, definitions).items;
      expect(item).toMatchObject({ to: place(index, 1000) });
      return frame.length;
    };
    const most = Math.floor(REFERENCES_CHARACTERS_MAX / 1000);
    for (let index = 0; index < most + 200; index += 1) send(index);
    // By its number, and in full.
    expect([send(0), send(most + 100)]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(send(0)).toBeLessThan(40);
    expect(send(most + 100)).toBeGreaterThan(1000);
  });

  it('of a peer that keeps to no bound end its link', () => {
    const definitions = new Definitions();
    expect(() => {
      for (let index = 0; index < 4096; index += 1) definitions.define(index, place(index, 1000));
    }).toThrow(/too many characters/);
    const anew = new Definitions();
    for (let times = 0; times < 4096; times += 1) anew.define(7, place(times, 1000));
  });
});
