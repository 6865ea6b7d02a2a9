import { describe, expect, it } from '@jest/globals';
import { compact, emptyKv, eventsSince, type KvState, put, sweep, unswept } from '../src/index.js';
import { entries } from '../src/kv/tree.js';
import { after, bytes, deleting, putting, read, refusal, snapshotText, written } from './support.js';

/** What is kept of keys' pasts, as `key@revision`. */
const kept = ({ past }: KvState): string[] =>
  [...entries(past)].flatMap(([key, history]) => [...entries(history)].map(([mod]) => `${key}@${mod}`));

const logged = ({ changed }: KvState): number[] => [...entries(changed)].map(([revision]) => revision);

describe('compact', () => {
  it.each([
    ['compacted', -1],
    [undefined, 0],
    [undefined, 1],
    [undefined, 4],
    ['future-revision', 5],
    ['bad-request', 1.5],
    ['bad-request', '2'],
  ])('%s: %p', (code, revision) => {
    const state = written('a=1', 'a=2', 'a=3');
    expect(refusal(() => Reflect.apply(compact, undefined, [state, { revision }]))).toBe(code);
  });

  it('is refused up to where it was done, 0 among it', () => {
    const { state } = compact(emptyKv(), { revision: 0 });
    expect(refusal(() => compact(state, { revision: 0 }))).toBe('compacted');
    const later = compact(written('a=', 'a='), { revision: 2 }).state;
    expect([1, 2, 3].map((revision) => refusal(() => compact(later, { revision })))).toEqual([
      'compacted',
      'compacted',
      undefined,
    ]);
  });

  it('has nothing to sweep out where nothing has changed', () => {
    expect(compact(written('a='), { revision: 1 }).reply).toEqual({ revision: 2, compacted: 1, unswept: 0 });
  });

  it('changes neither the revision nor what there is', () => {
    const state = written('a=1', 'b=', 'a=2', '-b');
    const { state: next, reply } = compact(state, { revision: 4 });
    expect(reply).toEqual({ revision: 5, compacted: 4, unswept: 0 });
    expect(read(next)).toEqual(read(state));
    expect(next.revision).toBe(5);
  });

  it.each([
    [1, ['a@2', 'a@4', 'b@3', 'b@5', 'b@6', 'b@7'], [2, 3, 4, 5, 6, 7, 8]],
    [2, ['a@2', 'a@4', 'b@3', 'b@5', 'b@6', 'b@7'], [2, 3, 4, 5, 6, 7, 8]],
    // a@2 is superseded at 4; b@3 is still what b is there.
    [4, ['a@4', 'b@3', 'b@5', 'b@6', 'b@7'], [4, 5, 6, 7, 8]],
    // The deletion of b at 5 can be watched.
    [5, ['a@4', 'b@5', 'b@6', 'b@7'], [5, 6, 7, 8]],
    [6, ['a@4', 'b@6', 'b@7'], [6, 7, 8]],
    [7, ['a@4', 'b@7'], [7, 8]],
    [8, [], [8]],
  ])('up to %d keeps what can still be seen', (revision, past, changed) => {
    const state = written('a=1', 'b=1', 'a=2', '-b', 'b=2', '-b', 'a=3');
    const next = sweep(compact(state, { revision }).state, 1_000);
    expect(kept(next)).toEqual(past);
    expect(logged(next)).toEqual(changed);
  });

  it('forgets a key that was deleted before', () => {
    const state = compact(written('a=', '-a', 'b='), { revision: 4 }).state;
    expect(kept(state)).toEqual([]);
    expect(kept(compact(written('a=', '-a'), { revision: 3 }).state)).toEqual(['a@3']);
  });

  it('done twice leaves what doing it once leaves', () => {
    const state = written('a=1', 'b=1', 'a=2', '-b', 'b=2', '-b', 'a=3');
    for (let first = 0; first < 8; first += 1) {
      const twice = compact(compact(state, { revision: first }).state, { revision: 8 }).state;
      expect(snapshotText(twice)).toBe(snapshotText(compact(state, { revision: 8 }).state));
    }
  });
});

describe('what is compacted is swept out', () => {
  const many = after(Array.from({ length: 2_000 }, (_, i) => [putting(`${i % 10}`, `${i}`)]));
  const { state: compacted, reply } = compact(many, { revision: many.revision });

  it('not all of it at once', () => {
    expect(reply.unswept).toBeGreaterThan(1_000);
    expect(reply.unswept).toBeLessThan(2_000);
    expect(unswept(compacted)).toBe(reply.unswept);
    expect(refusal(() => read(compacted, { revision: many.revision - 1 }))).toBe('compacted');
    expect(refusal(() => eventsSince(compacted, { from: many.revision - 1 }))).toBe('compacted');
  });

  it('and nobody sees what is not swept out yet', () => {
    const { batches } = eventsSince(compacted, { from: many.revision, previous: true });
    expect(batches.flatMap(({ events }) => events.map(({ previous }) => previous))).toEqual([undefined]);
    const [before] = eventsSince(many, { from: many.revision, previous: true }).batches;
    expect(before?.events[0]?.previous).toBeDefined();
  });

  it('with the writes that come later', () => {
    let state = compacted;
    let writes = 0;
    while (unswept(state) > 0) {
      const left = unswept(state);
      state = put(state, { key: bytes('a') }).state;
      expect(unswept(state)).toBeLessThan(left);
      writes += 1;
    }
    expect(writes).toBeGreaterThan(10);
    expect(kept(state).filter((each) => !each.startsWith('a@'))).toEqual([]);
    expect(read(state, { revision: many.revision })).toEqual(read(many));
  });

  it('or when somebody asks for it, so much as he says', () => {
    const some = sweep(compacted, 10);
    expect(unswept(some)).toBe(reply.unswept - 10);
    expect(unswept(sweep(some, Number.MAX_SAFE_INTEGER))).toBe(0);
    const done = sweep(compacted, Number.MAX_SAFE_INTEGER);
    expect(sweep(done, 10)).toBe(done);
    expect(kept(done)).toEqual([]);
    expect(logged(done)).toEqual([many.revision]);
  });

  it('no revision by halves', () => {
    const wide = after([
      Array.from({ length: 100 }, (_, i) => putting(`${i}`)),
      [deleting('\0', '\0')],
      [putting('a')],
    ]);
    const state = sweep({ ...wide, compacted: wide.revision }, 1);
    expect(logged(state)).toEqual([3, 4]);
    expect(unswept(state)).toBe(2);
  });
});
