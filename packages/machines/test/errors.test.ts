import { expect, it } from '@jest/globals';
import { codeOfEtcdText, ETCD_ERRORS } from '../src/index.js';

it("each refusal that etcd knows has etcd's text and status", () => {
  const texts = Object.entries(ETCD_ERRORS).map(([code, { status, text }]) => `${code} | ${status} | ${text}`);
  expect(texts).toEqual([
    'empty-key | 3 | etcdserver: key is not provided',
    'key-not-found | 3 | etcdserver: key not found',
    'value-provided | 3 | etcdserver: value is provided',
    'lease-provided | 3 | etcdserver: lease is provided',
    'lease-not-found | 5 | etcdserver: requested lease not found',
    'invalid-sort | 3 | etcdserver: invalid sort option',
    'too-many-operations | 3 | etcdserver: too many operations in txn request',
    'duplicate-key | 3 | etcdserver: duplicate key given in txn request',
    'future-revision | 11 | etcdserver: mvcc: required revision is a future revision',
    'compacted | 11 | etcdserver: mvcc: required revision has been compacted',
    'empty-range | 3 | mvcc: watcher range is empty',
  ]);
});

it('and the way back', () => {
  expect(Object.values(ETCD_ERRORS).map(({ text }) => codeOfEtcdText(text))).toEqual(Object.keys(ETCD_ERRORS));
  expect(codeOfEtcdText('etcdserver: no leader')).toBeUndefined();
});
