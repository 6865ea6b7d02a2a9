// Every request and answer, in the order in which a reader meets them. Revisions, versions, leases and counts are whole numbers below 2^53:
// at a million transactions a second that is enough for 285 years.

/** A key with its value at some revision. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** The revision at which the key came to be, since it was last deleted. */
  readonly createRevision: number;
  /** The revision of the last put. */
  readonly modRevision: number;
  /** The number of puts since the key came to be. */
  readonly version: number;
  /** The lease that the key ends with; 0 when there is none. */
  readonly lease: number;
}

/** Which keys: one, or all from it on to another. */
export interface Keys {
  /** The key; at least one byte. */
  readonly key: Uint8Array;
  /** Absent or empty: that key only. One zero byte: all keys from it on. Else: all keys from it on that are below this one. */
  readonly rangeEnd?: Uint8Array;
}

/** What is to be read. */
export interface RangeRequest extends Keys {
  /** As it was at that revision; 0 or less, or absent: as it is. */
  readonly revision?: number;
  /** The most items; 0 or less, or absent: all. */
  readonly limit?: number;
  /** Absent is `none`: by key, unless a target is given. */
  readonly order?: 'none' | 'ascend' | 'descend';
  /** What is sorted by; equal ones stay in the order of their keys. */
  readonly target?: 'key' | 'version' | 'create' | 'mod' | 'value';
  /** With empty values. */
  readonly keysOnly?: boolean;
  /** Without items. */
  readonly countOnly?: boolean;
  /** Items below are left out; 0 or absent: none are. */
  readonly minModRevision?: number;
  /** Items above are left out; 0 or absent: none are. */
  readonly maxModRevision?: number;
  readonly minCreateRevision?: number;
  readonly maxCreateRevision?: number;
}

/** What was read. */
export interface RangeReply {
  /** The newest revision, also where an older one was read. */
  readonly revision: number;
  readonly items: readonly KeyValue[];
  /** Whether the limit cut something off. */
  readonly more: boolean;
  /** The number of keys in the range, whatever the limit and the revisions asked for. */
  readonly count: number;
}

/** What is to be written. */
export interface PutRequest {
  readonly key: Uint8Array;
  /** Absent is empty. */
  readonly value?: Uint8Array;
  /** The lease that the key is to end with. Absent or 0: none, whatever it had. */
  readonly lease?: number;
  /** Whether to tell what was there before. */
  readonly previous?: boolean;
  /** Keep the value: only the lease changes. The key must exist. */
  readonly ignoreValue?: boolean;
  /** Keep the lease. The key must exist. */
  readonly ignoreLease?: boolean;
}

/** What was written. */
export interface PutReply {
  readonly revision: number;
  readonly previous?: KeyValue;
}

/** What is to be deleted. */
export interface DeleteRequest extends Keys {
  /** Whether to tell what was there before. */
  readonly previous?: boolean;
}

/** What was deleted. */
export interface DeleteReply {
  readonly revision: number;
  readonly deleted: number;
  readonly previous?: readonly KeyValue[];
}

/** What has to hold, of one key or of every key in a range. Without a key, all numbers are 0, and nothing holds of its value. */
export type Compare = Keys & { readonly result: 'equal' | 'not-equal' | 'greater' | 'less' } & (
    | { readonly target: 'version' | 'create' | 'mod' | 'lease'; readonly value: number }
    | { readonly target: 'value'; readonly value: Uint8Array }
  );

/** What is to be known, and nothing else: so the answer does not change with what is written elsewhere. */
export interface CompareRequest {
  /** All have to hold; where there is none, all do. */
  readonly compare: readonly Compare[];
}

/** A step of a transaction. */
export type Operation =
  | ({ readonly type: 'range' } & RangeRequest)
  | ({ readonly type: 'put' } & PutRequest)
  | ({ readonly type: 'delete' } & DeleteRequest)
  | ({ readonly type: 'txn' } & TxnRequest);

/** All that is in one branch takes effect together, at one revision, in order. Which branches, also of those inside, is settled before. */
export interface TxnRequest {
  /** All have to hold; absent is none, which holds. */
  readonly compare?: readonly Compare[];
  readonly then?: readonly Operation[];
  readonly else?: readonly Operation[];
}

/** What a step gave. */
export type OperationReply =
  | ({ readonly type: 'range' } & RangeReply)
  | ({ readonly type: 'put' } & PutReply)
  | ({ readonly type: 'delete' } & DeleteReply)
  | ({ readonly type: 'txn' } & TxnReply);

/** What a transaction gave. */
export interface TxnReply {
  readonly revision: number;
  /** Whether all compares held. */
  readonly holds: boolean;
  /** Of the steps of the branch that was taken. */
  readonly replies: readonly OperationReply[];
}

/** Up to which revision the history is to be given up. */
export interface CompactRequest {
  /** It can still be read afterwards; what lies below cannot. */
  readonly revision: number;
}

/** What was done of it. */
export interface CompactReply {
  readonly revision: number;
  readonly compacted: number;
  /** How many revisions are still to be swept out of memory: bit by bit with each write, or by `sweep`. No reader sees them. */
  readonly unswept: number;
}

/** What happened, from a revision on. */
export interface EventsRequest {
  /** The keys; absent is all. */
  readonly key?: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** The first revision to tell of. */
  readonly from: number;
  /** About how many changes to go through at most, of other keys, too: no revision is split. Absent is 1,000. */
  readonly limit?: number;
  /** About how many bytes of keys and values to tell at most: no revision is split. Absent is 1 MiB. */
  readonly bytes?: number;
  /** Whether to tell what was there before. */
  readonly previous?: boolean;
  readonly noPuts?: boolean;
  readonly noDeletes?: boolean;
}

/** What happened to a key. */
export interface KvEvent {
  readonly type: 'put' | 'delete';
  /** Of a deleted key there is only the key and the revision. */
  readonly item: KeyValue;
  /** What was there before, when it was asked for, when there was something, and when it is not compacted. */
  readonly previous?: KeyValue;
}

/** All that happened at one revision. */
export interface KvEvents {
  readonly revision: number;
  readonly events: readonly KvEvent[];
}

/** What happened, and where to go on. */
export interface EventsReply {
  /** The newest revision. */
  readonly revision: number;
  readonly batches: readonly KvEvents[];
  /** The next revision to ask for: all below have been told. */
  readonly next: number;
}

/** Frees memory of what is compacted, for whoever cannot wait for the writes to do it. */
export interface SweepRequest {
  /** About how many changes to go through: each is a few microseconds. */
  readonly changes: number;
}

/** What is left of it. */
export interface SweepReply {
  readonly unswept: number;
}

/** How a key space is. */
export interface StatusReply {
  readonly revision: number;
  /** The oldest revision that can be read; -1 when nothing was compacted. */
  readonly compacted: number;
  readonly keys: number;
  /** How many revisions are compacted, and still in memory. */
  readonly unswept: number;
}
