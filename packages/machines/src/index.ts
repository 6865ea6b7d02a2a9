export { OPERATIONS_MAX } from './kv/check.js';
export { compact, sweep, unswept } from './kv/compact.js';
export {
  type EtcdError,
  ETCD_ERRORS,
  KV_ERROR_CODES,
  codeOfEtcdText,
  KvError,
  type KvErrorCode,
  type KvErrorDetails,
} from './kv/errors.js';
export { eventsSince } from './kv/events.js';
export { deleteRange, holds, put, readRange, readTxn, txn, type Written } from './kv/kv.js';
export { endLease, keysOfLease } from './kv/lease.js';
export type {
  CompactReply,
  CompactRequest,
  Compare,
  CompareRequest,
  DeleteReply,
  DeleteRequest,
  EventsReply,
  EventsRequest,
  Keys,
  KeyValue,
  KvEvent,
  KvEvents,
  Operation,
  OperationReply,
  PutReply,
  PutRequest,
  RangeReply,
  RangeRequest,
  StatusReply,
  SweepReply,
  SweepRequest,
  TxnReply,
  TxnRequest,
} from './kv/requests.js';
export { type KvCommands, type KvQueries, kv } from './kv/machine.js';
export { type Restoring, restore, startRestoring } from './kv/restore.js';
export { snapshot } from './kv/snapshot.js';
export { emptyKv, type KvState } from './kv/state.js';
export type { LeaseExists } from './kv/write.js';
