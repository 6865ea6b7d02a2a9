import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  atOrBelow,
  countBelow,
  emptyTree,
  entries,
  find,
  lastEntry,
  remove,
  set,
  type Tree,
  TreeBuilder,
} from '../src/kv/tree.js';

/** The depth of a tree, the same along every way; that its nodes are as wide as they may be, and as sizes say. */
function depthOf<V>(tree: Tree<number, V>, isTop = true): number {
  if (tree.children === undefined) {
    expect(tree.size).toBe(tree.keys.length);
    if (!isTop) expect(tree.size).toBeGreaterThan(0);
    return 1;
  }
  expect(tree.children.length).toBe(tree.keys.length);
  expect(tree.children.length).toBeGreaterThanOrEqual(2);
  expect(tree.children.length).toBeLessThanOrEqual(32);
  expect(tree.size).toBe(tree.children.reduce((sum, child) => sum + child.size, 0));
  const depths = new Set(tree.children.map((child) => depthOf(child, false)));
  expect(depths.size).toBe(1);
  return Math.max(...depths) + 1;
}

const sortedEntries = (map: ReadonlyMap<number, string>): [number, string][] => [...map].sort(([a], [b]) => a - b);

describe('a tree', () => {
  it('holds what a map holds, in order, whatever was set and removed', () => {
    const key = fc.integer({ min: 0, max: 200 });
    const steps = fc.array(fc.tuple(fc.boolean(), key), { minLength: 1, maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 180 }), key, key, (all, first, from, until) => {
        const map = new Map<number, string>();
        const builder = new TreeBuilder<number, string>();
        for (let i = 0; i < first; i += 1) {
          map.set(i, 'built');
          builder.add(i, 'built');
        }
        let tree = builder.tree();
        for (const [isSet, at] of all) {
          if (isSet) map.set(at, `${at}`);
          else map.delete(at);
          tree = isSet ? set(tree, at, `${at}`) : remove(tree, at);
        }
        const sorted = sortedEntries(map);
        expect([...entries(tree)]).toEqual(sorted);
        expect([...entries(tree, from, until)]).toEqual(sorted.filter(([at]) => at >= from && at < until));
        expect(countBelow(tree, from)).toBe(sorted.filter(([at]) => at < from).length);
        expect(find(tree, from)).toBe(map.get(from));
        expect(atOrBelow(tree, from)).toEqual(sorted.findLast(([at]) => at <= from));
        expect(lastEntry(tree)).toEqual(sorted.at(-1));
        expect(tree.size).toBe(map.size);
        depthOf(tree);
      }),
      { numRuns: 100 },
    );
  });

  it('is not changed by what is set and removed in those made of it', () => {
    let tree: Tree<number, string> = emptyTree();
    const kept: { readonly tree: Tree<number, string>; readonly entries: readonly (readonly [number, string])[] }[] =
      [];
    for (let i = 0; i < 2_000; i += 1) {
      const at = (i * 7_919) % 500;
      tree = i % 3 === 2 ? remove(tree, at) : set(tree, at, `${i}`);
      if (i % 50 === 0) kept.push({ tree, entries: [...entries(tree)] });
    }
    for (const each of kept) expect([...entries(each.tree)]).toEqual(each.entries);
  });

  it('becomes as low as it was when all is removed', () => {
    let tree: Tree<number, number> = emptyTree();
    for (let i = 0; i < 2_000; i += 1) tree = set(tree, i, i);
    expect(depthOf(tree)).toBeGreaterThan(2);
    for (let i = 0; i < 2_000; i += 1) {
      tree = remove(tree, i % 2 === 0 ? i : 2_000 - i);
      if (i % 250 === 0) depthOf(tree);
    }
    expect(tree).toEqual(emptyTree());
  });

  it('is the same one when a key is removed that it does not have', () => {
    const tree = set(emptyTree<string, number>(), 'a', 1);
    expect(remove(tree, 'b')).toBe(tree);
  });

  it('can be built of any number of entries', () => {
    for (const count of [0, 1, 31, 32, 33, 1_023, 1_024, 1_025, 1_057, 5_000]) {
      const builder = new TreeBuilder<number, number>();
      for (let i = 0; i < count; i += 1) builder.add(i, -i);
      const tree = builder.tree();
      expect(tree.size).toBe(count);
      depthOf(tree);
      expect([...entries(tree)].every(([key, value], i) => key === i && value === -i)).toBe(true);
      expect(Array.from({ length: count }, (_, i) => find(tree, i)).every((value, i) => value === -i)).toBe(true);
    }
  });
});
