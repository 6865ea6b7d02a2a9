// Requests as etcd's gateway takes them, and its answers as ours are in tests.

import { type Compare, codeOfEtcdText, type KeyValue, type Operation } from '../src/index.js';
import type { Json } from './etcd.js';
import type { Step } from './steps.js';

const base64 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('base64');
const hexOf = (text: unknown): string => Buffer.from(typeof text === 'string' ? text : '', 'base64').toString('hex');
const numberOf = (text: unknown): number => Number(text ?? 0);
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? { ...value } : {});

/** The gateway's method for a step, and the body. */
export function asked(step: Exclude<Step, { type: 'events' }>): readonly [method: string, body: Json] {
  switch (step.type) {
    case 'range':
      return ['kv/range', operationJson(step)];
    case 'put':
      return ['kv/put', operationJson(step)];
    case 'delete':
      return ['kv/deleterange', operationJson(step)];
    case 'txn':
      return ['kv/txn', operationJson(step)];
    case 'compact':
      return ['kv/compaction', { revision: step.revision }];
  }
}

function operationJson(step: Operation): Json {
  switch (step.type) {
    case 'range':
      return {
        ...{ key: base64(step.key), range_end: base64(step.rangeEnd), revision: step.revision, limit: step.limit },
        ...{ sort_order: step.order?.toUpperCase(), sort_target: step.target?.toUpperCase() },
        ...{ keys_only: step.keysOnly, count_only: step.countOnly },
        ...{ min_mod_revision: step.minModRevision, max_mod_revision: step.maxModRevision },
        ...{ min_create_revision: step.minCreateRevision, max_create_revision: step.maxCreateRevision },
      };
    case 'put':
      return {
        ...{ key: base64(step.key), value: base64(step.value), lease: step.lease, prev_kv: step.previous },
        ...{ ignore_value: step.ignoreValue, ignore_lease: step.ignoreLease },
      };
    case 'delete':
      return { key: base64(step.key), range_end: base64(step.rangeEnd), prev_kv: step.previous };
    case 'txn':
      return {
        compare: (step.compare ?? []).map(compareJson),
        success: (step.then ?? []).map(stepJson),
        failure: (step.else ?? []).map(stepJson),
      };
  }
}

const NAMES = { range: 'range', put: 'put', delete: 'delete_range', txn: 'txn' };

function stepJson(step: Operation): Json {
  return { [`request_${NAMES[step.type]}`]: operationJson(step) };
}

function compareJson({ key, rangeEnd, target, result, value }: Compare): Json {
  const name = target === 'create' || target === 'mod' ? `${target}_revision` : target;
  return {
    ...{ key: base64(key), range_end: base64(rangeEnd), target: target.toUpperCase() },
    ...{ result: result.toUpperCase().replace('-', '_'), [name]: typeof value === 'number' ? value : base64(value) },
  };
}

/** What was answered, as `plain` shows ours. */
export function answered(step: Exclude<Step, { type: 'events' }>, answer: Json): unknown {
  const { error } = answer;
  if (typeof error === 'string') return { refused: codeOfEtcdText(error) ?? error };
  if (step.type === 'compact') return { revision: revisionOf(answer) };
  return operationAnswer(step, answer);
}

function operationAnswer(step: Operation, answer: Json): unknown {
  const revision = revisionOf(answer);
  switch (step.type) {
    case 'range': {
      const items = listOf(answer.kvs).map(itemOf);
      return { revision, items, more: answer.more === true, count: numberOf(answer.count) };
    }
    case 'put':
      return {
        revision,
        ...(answer.prev_kv === undefined ? {} : { previous: itemOf(objectOf(answer.prev_kv)) }),
      };
    case 'delete': {
      const previous = listOf(answer.prev_kvs).map(itemOf);
      return { revision, deleted: numberOf(answer.deleted), ...(step.previous === true ? { previous } : {}) };
    }
    case 'txn': {
      const holds = answer.succeeded === true;
      const steps = (holds ? step.then : step.else) ?? [];
      const replies = listOf(answer.responses).map((each, i) => {
        const inner = steps[i];
        if (inner === undefined) throw new Error('etcd answers more steps than there are');
        const reply = operationAnswer(inner, objectOf(each[`response_${NAMES[inner.type]}`]));
        return { type: inner.type, ...objectOf(reply) };
      });
      return { revision, holds, replies };
    }
  }
}

function revisionOf(answer: Json): number {
  return numberOf(objectOf(answer.header).revision);
}

type PlainItem = { readonly [Name in keyof KeyValue]: KeyValue[Name] extends number ? number : string };

/** An item of etcd's, which leaves out what is zero or empty. */
function itemOf(item: Json): PlainItem {
  return {
    key: hexOf(item.key),
    value: hexOf(item.value),
    createRevision: numberOf(item.create_revision),
    modRevision: numberOf(item.mod_revision),
    version: numberOf(item.version),
    lease: numberOf(item.lease),
  };
}

/** The body of a watch. */
export function watchJson(step: Step & { readonly type: 'events' }): Json {
  const filters = [...(step.noPuts === true ? ['NOPUT'] : []), ...(step.noDeletes === true ? ['NODELETE'] : [])];
  const range = { key: base64(step.key ?? Uint8Array.of(0)), range_end: base64(step.rangeEnd ?? Uint8Array.of(0)) };
  return { create_request: { ...range, start_revision: step.from, prev_kv: step.previous, filters } };
}

interface PlainEvent {
  readonly revision: number;
  readonly type: 'put' | 'delete';
  readonly item: PlainItem;
  readonly previous?: PlainItem;
}

/** The events of a watch's message. */
export function eventsOf(message: Json): readonly PlainEvent[] {
  return listOf(objectOf(message.result).events).map((event) => {
    const item = itemOf(objectOf(event.kv));
    const previous = event.prev_kv === undefined ? {} : { previous: itemOf(objectOf(event.prev_kv)) };
    return { revision: item.modRevision, type: event.type === 'DELETE' ? 'delete' : 'put', item, ...previous };
  });
}
