// Random requests, for the naive model and for a real etcd. Where a revision stands, it is drawn as an age: how long before the newest.

import fc from 'fast-check';
import type {
  Compare,
  DeleteRequest,
  EventsRequest,
  Operation,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from '../src/index.js';

export type Step =
  | Operation
  | { readonly type: 'compact'; readonly revision: number }
  | ({ readonly type: 'events' } & EventsRequest);

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** The leases that are there. */
export const LEASES = [1, 7_000_000_000];

/** An age that nothing has: the revision becomes 0, which is none. */
const NO_AGE = 1_000_000_000;

const key = fc.constantFrom(...['a', 'a\0', 'aa', 'ab', 'b', 'b\xff', 'c', '\0', '\xff'].map(bytes));
const anyKey = fc.oneof({ weight: 40, arbitrary: key }, { weight: 1, arbitrary: fc.constant(bytes('')) });
const rangeEnd = fc.constantFrom(...['', '\0', 'a', 'aa', 'b', 'c', 'd', '\xff\xff'].map(bytes));
const keys = fc.record({ key: anyKey, rangeEnd }, { requiredKeys: ['key'] });
const value = fc.constantFrom(...['', 'x', 'y', 'yy', '\0', 'long'.repeat(100)].map(bytes));
const rarely = fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const age = fc.integer({ min: -1, max: 12 });
const maybeAge = fc.oneof({ weight: 2, arbitrary: age }, { weight: 1, arbitrary: fc.constant(NO_AGE) });
const bound = fc.oneof({ weight: 1, arbitrary: age }, { weight: 4, arbitrary: fc.constant(NO_AGE) });
const lease = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.constantFrom(...LEASES) },
  { weight: 1, arbitrary: fc.constant(99) },
);

const range: fc.Arbitrary<RangeRequest> = fc.record(
  {
    key: anyKey,
    rangeEnd,
    revision: maybeAge,
    limit: fc.integer({ min: 0, max: 4 }),
    order: fc.constantFrom('none' as const, 'ascend' as const, 'descend' as const),
    target: fc.constantFrom('key' as const, 'version' as const, 'create' as const, 'mod' as const, 'value' as const),
    keysOnly: rarely,
    countOnly: rarely,
    minModRevision: bound,
    maxModRevision: bound,
    minCreateRevision: bound,
    maxCreateRevision: bound,
  },
  { requiredKeys: ['key'] },
);

const put: fc.Arbitrary<PutRequest> = fc.record(
  { key: anyKey, value, lease, previous: fc.boolean(), ignoreValue: rarely, ignoreLease: rarely },
  { requiredKeys: ['key'] },
);

const remove: fc.Arbitrary<DeleteRequest> = fc.record(
  { key: anyKey, rangeEnd, previous: fc.boolean() },
  { requiredKeys: ['key'] },
);

const result = fc.constantFrom('equal' as const, 'not-equal' as const, 'greater' as const, 'less' as const);
const number = fc.constantFrom('version' as const, 'create' as const, 'mod' as const, 'lease' as const);
const compare: fc.Arbitrary<Compare> = fc
  .tuple(
    keys,
    result,
    fc.oneof(
      fc.record({ target: number, value: fc.integer({ min: 0, max: 8 }) }),
      fc.record({ target: fc.constant('value' as const), value }),
    ),
  )
  .map(([which, how, what]) => ({ ...which, result: how, ...what }));

const list = <T>(items: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.array(items, { maxLength, size: 'max' });

function operation(depth: number): fc.Arbitrary<Operation> {
  const plain = [
    { weight: 3, arbitrary: put.map((request) => ({ type: 'put', ...request }) as const) },
    { weight: 2, arbitrary: range.map((request) => ({ type: 'range', ...request }) as const) },
    { weight: 1, arbitrary: remove.map((request) => ({ type: 'delete', ...request }) as const) },
  ];
  if (depth === 0) return fc.oneof(...plain);
  return fc.oneof(...plain, {
    weight: 1,
    arbitrary: txn(depth - 1).map((request) => ({ type: 'txn', ...request }) as const),
  });
}

function txn(depth: number): fc.Arbitrary<TxnRequest> {
  return fc.record(
    { compare: list(compare, 2), then: list(operation(depth), 3), else: list(operation(depth), 3) },
    { requiredKeys: [] },
  );
}

const events: fc.Arbitrary<EventsRequest> = fc.record(
  {
    key,
    rangeEnd,
    from: age,
    limit: fc.integer({ min: 1, max: 3 }),
    previous: fc.boolean(),
    noPuts: rarely,
    noDeletes: rarely,
  },
  { requiredKeys: ['from'] },
);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put.map((request) => ({ type: 'put', ...request }) as const) },
  { weight: 3, arbitrary: remove.map((request) => ({ type: 'delete', ...request }) as const) },
  { weight: 5, arbitrary: range.map((request) => ({ type: 'range', ...request }) as const) },
  { weight: 6, arbitrary: txn(2).map((request) => ({ type: 'txn', ...request }) as const) },
  { weight: 1, arbitrary: age.map((revision) => ({ type: 'compact', revision }) as const) },
  { weight: 2, arbitrary: events.map((request) => ({ type: 'events', ...request }) as const) },
);

/** The step with revisions instead of ages. */
export function dated(step: Step, newest: number): Step {
  const at = (each: number): number => Math.max(newest - each, 0);
  switch (step.type) {
    case 'compact':
      return { ...step, revision: at(step.revision) };
    case 'events':
      return { ...step, from: at(step.from) };
    default:
      return datedOperation(step, at);
  }
}

const AGES = ['revision', 'minModRevision', 'maxModRevision', 'minCreateRevision', 'maxCreateRevision'] as const;

function datedOperation(step: Operation, at: (age: number) => number): Operation {
  switch (step.type) {
    case 'range': {
      const revisions = AGES.flatMap((name) => (step[name] === undefined ? [] : [[name, at(step[name])] as const]));
      return { ...step, ...Object.fromEntries(revisions) };
    }
    case 'txn': {
      const all = (steps: readonly Operation[] | undefined) => steps?.map((each) => datedOperation(each, at)) ?? [];
      return {
        ...step,
        compare: step.compare?.map((each) => datedCompare(each, at)) ?? [],
        then: all(step.then),
        else: all(step.else),
      };
    }
    default:
      return step;
  }
}

function datedCompare(compare: Compare, at: (age: number) => number): Compare {
  // Some compare with 0, which is what a key is that is not there.
  if (compare.target !== 'create' && compare.target !== 'mod') return compare;
  return { ...compare, value: compare.value === 0 ? 0 : at(compare.value - 1) };
}
