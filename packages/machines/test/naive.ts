// A key space written for clearness: one list of all that ever changed, gone through for each question. Keys and values are hexadecimal
// text, which has the order of the bytes.

import type {
  Compare,
  DeleteRequest,
  EventsRequest,
  Keys,
  Operation,
  PutRequest,
  RangeRequest,
  TxnRequest,
} from '../src/index.js';

export interface NaiveItem {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: number;
}

interface Change {
  readonly revision: number;
  readonly key: string;
  readonly item: NaiveItem | undefined;
}

/** The code of a refusal. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

const without = (item: NaiveItem): NaiveItem => ({ ...item, value: '' });

export class NaiveKv {
  revision = 1;
  compacted = -1;
  #changes: Change[] = [];
  /** What the request that is being carried out has changed. */
  #pending: Change[] = [];
  readonly #leases: ReadonlySet<number>;

  constructor(leases: Iterable<number> = []) {
    this.#leases = new Set(leases);
  }

  range(request: RangeRequest): object {
    checkKey(request);
    return this.#range(request);
  }

  put(request: PutRequest): object {
    checkPut(request);
    this.#checkLease(request);
    this.#checkKept(request);
    return this.#whole(() => this.#put(request));
  }

  delete(request: DeleteRequest): object {
    checkKey(request);
    return this.#whole(() => this.#delete(request));
  }

  txn(request: TxnRequest): object {
    checkTxn(request, 128);
    checkTwice(request.then ?? []);
    checkTwice(request.else ?? []);
    const chosen = this.#choose(request);
    for (const step of flat(chosen)) {
      if (step.type !== 'put') continue;
      this.#checkKept(step);
      this.#checkLease(step);
    }
    for (const step of flat(chosen)) if (step.type === 'range') this.#readable(step.revision);
    return this.#whole(() => this.#carryOut(chosen));
  }

  compact(revision: number): object {
    if (revision <= this.compacted) throw new Refused('compacted');
    if (revision > this.revision) throw new Refused('future-revision');
    this.compacted = revision;
    return { revision: this.revision };
  }

  events({ key, rangeEnd, from, previous, noPuts, noDeletes }: EventsRequest): object {
    const keys = { key: key === undefined || key.length === 0 ? Uint8Array.of(0) : key, ...(rangeEnd && { rangeEnd }) };
    const end = key === undefined ? Uint8Array.of(0) : rangeEnd;
    if (end !== undefined && end.length > 0 && hex(end) !== '00' && hex(end) <= hex(keys.key)) {
      throw new Refused('empty-range');
    }
    if (from < this.compacted || from < 0) throw new Refused('compacted');
    const events = this.#changes
      .filter((change) => change.revision >= from && isIn({ ...keys, ...(end && { rangeEnd: end }) }, change.key))
      .filter(({ item }) => (item === undefined ? noDeletes !== true : noPuts !== true))
      .map(({ revision, key: changed, item }) => {
        const seen = previous === true && revision - 1 >= this.compacted;
        const before = seen ? this.#at(revision - 1).find((each) => each.key === changed) : undefined;
        return {
          revision,
          type: item === undefined ? 'delete' : 'put',
          item: item ?? deleted(changed, revision),
          ...(before && { previous: before }),
        };
      });
    return { revision: this.revision, events };
  }

  /** All keys as they were after a revision, in order. */
  #at(revision: number): NaiveItem[] {
    const newest = new Map<string, NaiveItem | undefined>();
    for (const change of [...this.#changes, ...this.#pending]) {
      if (change.revision <= revision) newest.set(change.key, change.item);
    }
    return [...newest.values()].filter((item) => item !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get #now(): number {
    return this.revision + (this.#pending.length > 0 ? 1 : 0);
  }

  #found(keys: Keys, revision: number): NaiveItem[] {
    return this.#at(revision).filter(({ key }) => isIn(keys, key));
  }

  #readable(revision = 0): number {
    if (revision > this.#now) throw new Refused('future-revision');
    if (revision <= 0) return this.#now;
    if (revision < this.compacted) throw new Refused('compacted');
    return revision;
  }

  #range(request: RangeRequest): object {
    const { limit = 0, order = 'none', target = 'key' } = request;
    const all = this.#found(request, this.#readable(request.revision));
    const reply = { revision: this.#now, count: all.length };
    if (request.countOnly === true) return { ...reply, items: [], more: false };
    const bounds = [
      request.minModRevision,
      request.maxModRevision,
      request.minCreateRevision,
      request.maxCreateRevision,
    ].map((bound) => bound ?? 0);
    const [minMod = 0, maxMod = 0, minCreate = 0, maxCreate = 0] = bounds;
    let items = all;
    const cutsFirst = order === 'none' && bounds.every((bound) => bound === 0) && limit > 0;
    if (cutsFirst) items = items.slice(0, limit + 1);
    items = items
      .filter(({ modRevision }) => maxMod === 0 || modRevision <= maxMod)
      .filter(({ modRevision }) => minMod === 0 || modRevision >= minMod)
      .filter(({ createRevision }) => maxCreate === 0 || createRevision <= maxCreate)
      .filter(({ createRevision }) => minCreate === 0 || createRevision >= minCreate);
    const sign = order === 'descend' ? -1 : 1;
    if (target !== 'key' || order !== 'none') {
      items = items
        .map((item) => ({ item, by: sortedBy(item, target) }))
        .sort((a, b) => (a.by < b.by ? -sign : a.by > b.by ? sign : 0))
        .map(({ item }) => item);
    }
    const more = limit > 0 && items.length > limit;
    if (more) items = items.slice(0, limit);
    return { ...reply, items: request.keysOnly === true ? items.map(without) : items, more };
  }

  #put(request: PutRequest): object {
    const key = hex(request.key);
    const before = this.#at(this.#now).find((item) => item.key === key);
    const revision = this.revision + 1;
    const item: NaiveItem = {
      key,
      value: request.ignoreValue === true && before !== undefined ? before.value : hex(request.value),
      createRevision: before?.createRevision ?? revision,
      modRevision: revision,
      version: (before?.version ?? 0) + 1,
      lease: request.ignoreLease === true && before !== undefined ? before.lease : (request.lease ?? 0),
    };
    this.#pending.push({ revision, key, item });
    return { revision, ...(request.previous === true && before && { previous: before }) };
  }

  #delete(request: DeleteRequest): object {
    const found = this.#found(request, this.#now);
    const revision = this.revision + 1;
    for (const { key } of found) this.#pending.push({ revision, key, item: undefined });
    return { revision: this.#now, deleted: found.length, ...(request.previous === true && { previous: found }) };
  }

  /** The steps that are taken; nested ones are lists. */
  #choose(request: TxnRequest): Chosen {
    const holds = (request.compare ?? []).every((compare) => this.#holds(compare));
    const steps = (holds ? request.then : request.else) ?? [];
    return { holds, steps: steps.map((step) => (step.type === 'txn' ? this.#choose(step) : step)) };
  }

  #holds(compare: Compare): boolean {
    const found = this.#found(compare, this.revision);
    if (found.length > 0) return found.every((item) => compares(compare, item));
    return compare.target !== 'value' && compares(compare, undefined);
  }

  #carryOut({ holds, steps }: Chosen): object {
    const replies: object[] = steps.map((step) => {
      if ('holds' in step) return { type: 'txn', ...this.#carryOut(step) };
      if (step.type === 'range') return { type: 'range', ...this.#range(step) };
      if (step.type === 'put') return { type: 'put', ...this.#put(step) };
      return { type: 'delete', ...this.#delete(step) };
    });
    return { revision: this.#now, holds, replies };
  }

  #whole(carryOut: () => object): object {
    const reply = carryOut();
    this.revision = this.#now;
    this.#changes.push(...this.#pending);
    this.#pending = [];
    return reply;
  }

  #checkLease({ lease = 0 }: PutRequest): void {
    if (lease !== 0 && !this.#leases.has(lease)) throw new Refused('lease-not-found');
  }

  #checkKept({ key, ignoreValue, ignoreLease }: PutRequest): void {
    if (ignoreValue !== true && ignoreLease !== true) return;
    if (this.#found({ key }, this.revision).length === 0) throw new Refused('key-not-found');
  }
}

type Plain = Exclude<Operation, { type: 'txn' }>;

interface Chosen {
  readonly holds: boolean;
  readonly steps: readonly (Plain | Chosen)[];
}

function flat({ steps }: Chosen): Plain[] {
  return steps.flatMap((step) => ('holds' in step ? flat(step) : [step]));
}

function isIn({ key, rangeEnd }: Keys, other: string): boolean {
  const end = hex(rangeEnd);
  if (end === '') return other === hex(key);
  return other >= hex(key) && (end === '00' || other < end);
}

function deleted(key: string, revision: number): NaiveItem {
  return { key, value: '', createRevision: 0, modRevision: revision, version: 0, lease: 0 };
}

type Sorted = 'key' | 'version' | 'create' | 'mod' | 'value' | 'lease';

function sortedBy(item: NaiveItem, target: Sorted): string | number {
  if (target === 'create') return item.createRevision;
  return target === 'mod' ? item.modRevision : item[target];
}

function compares(compare: Compare, item: NaiveItem | undefined): boolean {
  const right = compare.target === 'value' ? hex(compare.value) : compare.value;
  const left = item === undefined ? 0 : sortedBy(item, compare.target);
  switch (compare.result) {
    case 'equal':
      return left === right;
    case 'not-equal':
      return left !== right;
    case 'greater':
      return left > right;
    case 'less':
      return left < right;
  }
}

function checkKey({ key }: Keys): void {
  if (key.length === 0) throw new Refused('empty-key');
}

function checkPut(request: PutRequest): void {
  checkKey(request);
  if (request.ignoreValue === true && hex(request.value) !== '') throw new Refused('value-provided');
  if (request.ignoreLease === true && (request.lease ?? 0) !== 0) throw new Refused('lease-provided');
}

function checkTxn({ compare = [], then: yes = [], else: no = [] }: TxnRequest, most: number): void {
  const largest = Math.max(compare.length, yes.length, no.length);
  if (largest > most) throw new Refused('too-many-operations');
  compare.forEach(checkKey);
  for (const step of [...yes, ...no]) {
    if (step.type === 'txn') checkTxn(step, most - largest);
    else if (step.type === 'put') checkPut(step);
    else checkKey(step);
  }
}

/** Goes through every way that the steps can be taken. */
function checkTwice(steps: readonly Operation[]): void {
  for (const way of ways(steps)) {
    const puts = way.filter((step) => step.type === 'put').map(({ key }) => hex(key));
    const deletes = way.filter((step) => step.type === 'delete');
    const isTwice = new Set(puts).size < puts.length;
    if (isTwice || puts.some((key) => deletes.some((keys) => isIn(keys, key)))) throw new Refused('duplicate-key');
  }
}

function ways(steps: readonly Operation[]): Plain[][] {
  return steps.reduce<Plain[][]>(
    (before, step) => {
      const here = step.type === 'txn' ? [...ways(step.then ?? []), ...ways(step.else ?? [])] : [[step]];
      return before.flatMap((way) => here.map((more) => [...way, ...more]));
    },
    [[]],
  );
}
