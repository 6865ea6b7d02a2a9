/** The stable codes of {@link KvError}. All codes of all packages, with what to do about each, are in docs/errors.md. */
export const KV_ERROR_CODES = [
  /** A field of a request is not of its kind. */
  'bad-request',
  /** A key has no bytes. */
  'empty-key',
  /** A key does not exist of which the value or the lease was to be kept. */
  'key-not-found',
  /** A value is given, and is to be ignored. */
  'value-provided',
  /** A lease is given, and is to be ignored. */
  'lease-provided',
  /** A key was to end with a lease that is not there. */
  'lease-not-found',
  /** There is no such order, or no such target. */
  'invalid-sort',
  /** A transaction has too many compares or steps. */
  'too-many-operations',
  /** A transaction could change a key twice. */
  'duplicate-key',
  /** A revision is not there yet. */
  'future-revision',
  /** A revision is not there any more. */
  'compacted',
  /** No key can be in a range that is to be watched. */
  'empty-range',
  /** Bytes are no snapshot of a key space, or not all of one. */
  'damaged-snapshot',
] as const;

export type KvErrorCode = (typeof KV_ERROR_CODES)[number];

/** What else is known of a refusal. */
export interface KvErrorDetails {
  /** The revision up to which the history is gone; it can still be read itself. */
  readonly compacted?: number;
  /** The newest revision. */
  readonly revision?: number;
}

/** A request is refused, on every member alike. Its `code` says why, its message also what to do. */
export class KvError extends Error {
  override readonly name = 'KvError';
  readonly code: KvErrorCode;
  /** Nothing has changed. */
  readonly outcome = 'not-applied';
  readonly details: KvErrorDetails;

  constructor(code: KvErrorCode, message: string, details: KvErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What etcd's clients are answered: they look at the text. */
export interface EtcdError {
  /** The status of gRPC. */
  readonly status: number;
  readonly text: string;
}

/** etcd's answer for each refusal that etcd knows. */
export const ETCD_ERRORS: Readonly<Partial<Record<KvErrorCode, EtcdError>>> = {
  'empty-key': { status: 3, text: 'etcdserver: key is not provided' },
  'key-not-found': { status: 3, text: 'etcdserver: key not found' },
  'value-provided': { status: 3, text: 'etcdserver: value is provided' },
  'lease-provided': { status: 3, text: 'etcdserver: lease is provided' },
  'lease-not-found': { status: 5, text: 'etcdserver: requested lease not found' },
  'invalid-sort': { status: 3, text: 'etcdserver: invalid sort option' },
  'too-many-operations': { status: 3, text: 'etcdserver: too many operations in txn request' },
  'duplicate-key': { status: 3, text: 'etcdserver: duplicate key given in txn request' },
  'future-revision': { status: 11, text: 'etcdserver: mvcc: required revision is a future revision' },
  compacted: { status: 11, text: 'etcdserver: mvcc: required revision has been compacted' },
  // Told in a response of the watch, not as a status: canceled, with the text as its reason.
  'empty-range': { status: 3, text: 'mvcc: watcher range is empty' },
};

/** The refusal that a text of etcd's stands for. */
export function codeOfEtcdText(text: string): KvErrorCode | undefined {
  return KV_ERROR_CODES.find((code) => ETCD_ERRORS[code]?.text === text);
}
