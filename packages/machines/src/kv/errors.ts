/** Why a request was refused; nothing was changed. */
export type KvErrorCode =
  | 'bad-request'
  | 'empty-key'
  | 'key-not-found'
  | 'value-provided'
  | 'lease-provided'
  | 'lease-not-found'
  | 'invalid-sort'
  | 'too-many-operations'
  | 'duplicate-key'
  | 'future-revision'
  | 'compacted'
  | 'empty-range'
  | 'damaged-snapshot';

/** What else is known of a refusal. */
export interface KvErrorDetails {
  /** The revision up to which the history is gone; it can still be read itself. */
  readonly compacted?: number;
  /** The newest revision. */
  readonly revision?: number;
}

/** A refusal, the same on every member. */
export class KvError extends Error {
  readonly code: KvErrorCode;
  readonly details: KvErrorDetails;

  constructor(code: KvErrorCode, message: string, details: KvErrorDetails = {}) {
    super(message);
    this.name = 'KvError';
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
  return CODES_BY_TEXT.get(text);
}

const CODES_BY_TEXT: ReadonlyMap<string, KvErrorCode> = new Map(
  (Object.keys(ETCD_ERRORS) as KvErrorCode[]).flatMap((code) => {
    const error = ETCD_ERRORS[code];
    return error === undefined ? [] : [[error.text, code] as const];
  }),
);
