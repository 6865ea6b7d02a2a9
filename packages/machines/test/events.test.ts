import { describe, expect, it } from '@jest/globals';
import { compact, emptyKv, type EventsReply, type EventsRequest, eventsSince, type KvState } from '../src/index.js';
import { after, bytes, deleting, putting, refusal, shown, text, written } from './support.js';

/** Events as `revision: what happened, what was before`. */
function told({ batches }: EventsReply): string[] {
  return batches.flatMap(({ revision, events }) =>
    events.map(({ type, item, previous }) => {
      const what = type === 'put' ? shown(item) : `-${text(item.key)}`;
      return `${revision}: ${what}${previous === undefined ? '' : ` was ${shown(previous)}`}`;
    }),
  );
}

const since = (state: KvState, from: number, more: Partial<EventsRequest> = {}): string[] =>
  told(eventsSince(state, { from, ...more }));

const state = after([
  [putting('a', '1')],
  [putting('b', '1'), putting('a', '2')],
  [deleting('a', 'c')],
  [],
  [deleting('a', 'c')],
  [putting('b', '2')],
]);

describe('what happened', () => {
  it('is told in order, from a revision on, itself included', () => {
    const all = ['2: a=1 2/2/1', '3: b=1 3/3/1', '3: a=2 2/3/2', '4: -a', '4: -b', '5: b=2 5/5/1'];
    expect(since(state, 0)).toEqual(all);
    expect(since(state, 2)).toEqual(all);
    expect(since(state, 3)).toEqual(all.slice(1));
    expect(since(state, 4)).toEqual(all.slice(3));
    expect(since(state, 5)).toEqual(all.slice(5));
    expect(since(state, 6)).toEqual([]);
  });

  it('tells of a deleted key only the key and the revision', () => {
    const [batch] = eventsSince(state, { from: 4 }).batches;
    const none = { value: bytes(''), createRevision: 0, version: 0, lease: 0 };
    expect(batch?.events[0]?.item).toEqual({ key: bytes('a'), modRevision: 4, ...none });
  });

  it('with what was before, when that is asked for', () => {
    expect(since(state, 3, { previous: true })).toEqual([
      '3: b=1 3/3/1',
      '3: a=2 2/3/2 was a=1 2/2/1',
      '4: -a was a=2 2/3/2',
      '4: -b was b=1 3/3/1',
      '5: b=2 5/5/1',
    ]);
  });

  it.each<[string, Partial<EventsRequest>, string[]]>([
    ['of one key', { key: bytes('b') }, ['3: b=1 3/3/1', '4: -b', '5: b=2 5/5/1']],
    ['of a range', { key: bytes('a'), rangeEnd: bytes('b') }, ['2: a=1 2/2/1', '3: a=2 2/3/2', '4: -a']],
    ['of all from a key on', { key: bytes('b'), rangeEnd: bytes('\0') }, ['3: b=1 3/3/1', '4: -b', '5: b=2 5/5/1']],
    ['of the empty key and on: of all', { key: bytes(''), rangeEnd: bytes('\0'), noPuts: true }, ['4: -a', '4: -b']],
    ['of another key', { key: bytes('c') }, []],
    ['without puts', { noPuts: true }, ['4: -a', '4: -b']],
    ['without deletions', { noDeletes: true, key: bytes('b') }, ['3: b=1 3/3/1', '5: b=2 5/5/1']],
  ])('%s', (_, request, events) => {
    expect(since(state, 2, request)).toEqual(events);
  });
});

describe('piece by piece', () => {
  it('no revision is split, and the next one to ask for is told', () => {
    const pieces: unknown[] = [];
    let from = 2;
    while (from <= state.revision) {
      const reply = eventsSince(state, { from, limit: 1 });
      pieces.push(reply.batches.map(({ revision, events }) => [revision, events.length]));
      expect(reply.revision).toBe(5);
      from = reply.next;
    }
    expect(pieces).toEqual([[[2, 1]], [[3, 2]], [[4, 2]], [[5, 1]]]);
    expect(from).toBe(6);
  });

  it('changes of other keys count: a reader has a turn, even if it hears nothing', () => {
    expect(eventsSince(state, { from: 2, key: bytes('x'), limit: 2 })).toEqual({ revision: 5, batches: [], next: 4 });
  });

  it('a revision that is not there yet is waited for', () => {
    expect(eventsSince(state, { from: 6 })).toEqual({ revision: 5, batches: [], next: 6 });
    expect(eventsSince(state, { from: 100 }).next).toBe(100);
    expect(eventsSince(emptyKv(), { from: 0 })).toEqual({ revision: 1, batches: [], next: 2 });
  });

  it.each([
    [8, { bytes: 16 }, [2, 3]],
    [8, { bytes: 17 }, [2, 3, 4]],
    [8, { bytes: 1 }, [2]],
    // With what was before from the second on.
    [8, { bytes: 17, previous: true }, [2, 3]],
    // 1 MiB when nobody says.
    [512 * 1_024, {}, [2, 3]],
    [512 * 1_024 - 1, {}, [2, 3, 4]],
  ])('values of %d bytes: about %p', (length, request, revisions) => {
    const long = 'x'.repeat(length - 1);
    const kept = written(`a=${long}`, `a=${long}`, `a=${long}`, `a=${long}`);
    const { batches, next } = eventsSince(kept, { from: 2, ...request });
    expect(batches.map(({ revision }) => revision)).toEqual(revisions);
    expect(next).toBe(revisions.length + 2);
  });

  it('1,000 changes at most when nobody says, about', () => {
    const wide = after(Array.from({ length: 30 }, () => Array.from({ length: 50 }, (_, i) => putting(`${i}`))));
    const { batches, next } = eventsSince(wide, { from: 0 });
    expect([batches.length, next]).toEqual([20, 22]);
  });
});

describe('of what is compacted', () => {
  it.each([2, 3, 4, 5])(
    'up to %d: that revision is told, none before, and nothing is told to have been before it',
    (revision) => {
      const next = compact(state, { revision }).state;
      const request = { previous: true };
      const told = since(state, revision, request).map((each) =>
        each.startsWith(`${revision}:`) ? each.replace(/ was .*/, '') : each,
      );
      expect(since(next, revision, request)).toEqual(told);
      expect(refusal(() => since(next, revision - 1))).toBe('compacted');
    },
  );

  it('the refusal tells where it begins', () => {
    const next = compact(state, { revision: 4 }).state;
    expect(() => since(next, 3)).toThrow(expect.objectContaining({ details: { compacted: 4, revision: 5 } }));
    expect(refusal(() => since(state, -1))).toBe('compacted');
  });

  it('a deletion at the compacted revision is told until the next compaction', () => {
    const deleted = written('a=', 'b=', '-a');
    const first = compact(deleted, { revision: 4 }).state;
    expect(since(first, 4)).toEqual(['4: -a']);
  });
});

describe('a question that is not as it should be', () => {
  it.each([
    ['empty-range', { from: 1, key: bytes('b'), rangeEnd: bytes('a') }],
    ['empty-range', { from: 1, key: bytes('b'), rangeEnd: bytes('b') }],
    ['bad-request', { from: 1.5 }],
    ['bad-request', { from: -0 }],
    ['bad-request', {}],
    ['bad-request', { from: 1, key: 'a' }],
    ['bad-request', { from: 1, key: bytes('a'), rangeEnd: 'b' }],
    ['bad-request', { from: 1, limit: 0 }],
    ['bad-request', { from: 1, bytes: 0 }],
    ['bad-request', { from: 1, bytes: '1' }],
    ['bad-request', { from: 1, limit: '1' }],
    ['bad-request', { from: 1, previous: 1 }],
    ['bad-request', { from: 1, noPuts: 1 }],
  ])('%s: %p', (code, request) => {
    expect(refusal(() => Reflect.apply(eventsSince, undefined, [state, request]))).toBe(code);
  });
});
