import { type Handled, type Machine, machine, Rejection } from '@parliament/machine';
import { compact, sweep, unswept } from './compact.js';
import { KvError } from './errors.js';
import { eventsSince } from './events.js';
import { deleteRange, holds, put, readRange, readTxn, txn, type Written } from './kv.js';
import type {
  CompactReply,
  CompactRequest,
  CompareRequest,
  DeleteReply,
  DeleteRequest,
  EventsReply,
  EventsRequest,
  PutReply,
  PutRequest,
  RangeReply,
  RangeRequest,
  StatusReply,
  SweepReply,
  SweepRequest,
  TxnReply,
  TxnRequest,
} from './requests.js';
import { restore } from './restore.js';
import { snapshot } from './snapshot.js';
import { emptyKv, type KvState } from './state.js';

/** The commands of {@link kv}, by their type. */
export interface KvCommands {
  readonly put: Handled<PutRequest, PutReply>;
  readonly delete: Handled<DeleteRequest, DeleteReply>;
  readonly txn: Handled<TxnRequest, TxnReply>;
  readonly compact: Handled<CompactRequest, CompactReply>;
  readonly sweep: Handled<SweepRequest, SweepReply>;
}

/** The queries of {@link kv}, by their type. */
export interface KvQueries {
  readonly range: Handled<RangeRequest, RangeReply>;
  readonly txn: Handled<TxnRequest, TxnReply>;
  /** For guards of a composition: of the other answers, the revision changes with each write. */
  readonly compare: Handled<CompareRequest, boolean>;
  readonly events: Handled<EventsRequest, EventsReply>;
  readonly status: Handled<unknown, StatusReply>;
}

/**
 * A key space with revisions, as etcd has one. What it refuses is a rejection with the code of a `KvError`. There are no leases: whoever
 * has some calls the functions of this package in a machine of his own.
 *
 * @example
 * ```ts
 * import { decodeReply, encodeCommand, host } from '@parliament/machine';
 * import { kv } from '@parliament/machines';
 *
 * const hosted = host(kv);
 * const command = { type: 'put', key: Uint8Array.of(97), value: Uint8Array.of(1) } as const;
 * const { reply } = hosted.apply(hosted.initial(), encodeCommand(kv, command), { slot: 1, index: 0, time: 0 });
 * console.log(decodeReply(kv, command, reply)); // { revision: 2 }
 * ```
 */
export const kv: Machine<KvState, KvCommands, KvQueries> = machine({
  name: 'kv',
  version: 1,
  initial: emptyKv,
  commands: {
    put: (state, request: PutRequest) => refusing(() => put(state, request)),
    delete: (state, request: DeleteRequest) => refusing(() => deleteRange(state, request)),
    txn: (state, request: TxnRequest) => refusing(() => txn(state, request)),
    compact: (state, request: CompactRequest) => refusing(() => compact(state, request)),
    sweep: (state, request: SweepRequest) => refusing(() => swept(state, request)),
  },
  queries: {
    range: (state, request: RangeRequest) => refusing(() => readRange(state, request)),
    txn: (state, request: TxnRequest) => refusing(() => readTxn(state, request)),
    compare: (state, request: CompareRequest) => refusing(() => holds(state, request)),
    events: (state, request: EventsRequest) => refusing(() => eventsSince(state, request)),
    status: (state) => statusOf(state),
  },
  snapshot: (state) => snapshot(state),
  restore: (chunks) => restore(chunks),
});

function swept(state: KvState, { changes }: SweepRequest): Written<SweepReply> {
  if (!Number.isSafeInteger(changes) || changes < 1) {
    throw new KvError('bad-request', 'changes must be a whole number, 1 or more');
  }
  const next = sweep(state, changes);
  return { state: next, reply: { unswept: unswept(next) } };
}

function statusOf(state: KvState): StatusReply {
  const { revision, compacted, live } = state;
  return { revision, compacted, keys: live.size, unswept: unswept(state) };
}

/** A refusal becomes a rejection, which callers get as it is. */
function refusing<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    throw new Rejection(error.code, error.message, error.details);
  }
}
