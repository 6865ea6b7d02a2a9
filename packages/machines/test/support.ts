// What the tables of the key space share: texts for bytes.

import {
  deleteRange,
  emptyKv,
  type KeyValue,
  KvError,
  type KvState,
  type Operation,
  put,
  readRange,
  snapshot,
  type RangeRequest,
  txn,
  type TxnRequest,
} from '../src/index.js';

/** A character for each byte. */
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const text = (some: Uint8Array): string => Buffer.from(some).toString('latin1');

/** A snapshot in one piece, as text: that is compared quickly. */
export const snapshotText = (state: KvState): string => Buffer.concat([...snapshot(state)]).toString('latin1');

/** A step that puts a key. */
export const putting = (key: string, value = ''): Operation => ({ type: 'put', key: bytes(key), value: bytes(value) });

/** A step that deletes a key, or keys. */
export const deleting = (key: string, rangeEnd?: string): Operation => ({
  type: 'delete',
  key: bytes(key),
  ...(rangeEnd === undefined ? {} : { rangeEnd: bytes(rangeEnd) }),
});

/** The key space after some transactions, of steps each. */
export function after(transactions: readonly (readonly Operation[])[], before: KvState = emptyKv()): KvState {
  return transactions.reduce((state, then) => txn(state, { then }).state, before);
}

/** The key space after puts of `key=value`, and deletions of `-key`, a transaction each. */
export function written(...all: readonly string[]): KvState {
  return all.reduce((state, each) => {
    if (each.startsWith('-')) return deleteRange(state, { key: bytes(each.slice(1)) }).state;
    const [key = '', value = ''] = each.split('=');
    return put(state, { key: bytes(key), value: bytes(value) }).state;
  }, emptyKv());
}

/** An item as `key=value create/mod/version`, with its lease behind when it has one. */
export function shown({ key, value, createRevision, modRevision, version, lease }: KeyValue): string {
  const numbers = `${createRevision}/${modRevision}/${version}`;
  return `${text(key)}=${text(value)} ${numbers}${lease === 0 ? '' : ` lease ${lease}`}`;
}

/** The items of a range, as shown. */
export function read(
  state: KvState,
  request: Omit<RangeRequest, 'key' | 'rangeEnd'> = {},
  from = '\0',
  end = '\0',
): string[] {
  return readRange(state, { key: bytes(from), rangeEnd: bytes(end), ...request }).items.map(shown);
}

/** What a range takes of the keys. */
export function keysOf(state: KvState, key: string, rangeEnd: string): string[] {
  return readRange(state, { key: bytes(key), rangeEnd: bytes(rangeEnd) }).items.map((item) => text(item.key));
}

/** The code with which something is refused. */
export function refusal(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof KvError) return error.code;
    throw error;
  }
  return undefined;
}

/** Whether compares hold. */
export function whether(state: KvState, compare: TxnRequest['compare'] & object): boolean {
  return txn(state, { compare }).reply.holds;
}
