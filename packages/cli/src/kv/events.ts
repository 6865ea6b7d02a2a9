/** What a watch of keys tells, as JSON and as people read it. */

import type { KvEvent } from '@parliament/machines';
import type { KvBatch, KvSnapshot } from 'parliament';
import { shorten } from '../output.js';
import { answerToRange } from './answers.js';
import { bytesAsField } from './fields.js';
import { shownBytes } from './shown.js';

/** The fields of a line: `events`, or `items` where it is a snapshot. */
export function fieldsOfBatch(batch: KvBatch | KvSnapshot): object {
  const { revision } = batch;
  if (batch.type === 'events') return { revision, events: batch.events.map(eventOf) };
  const { items, isReset } = batch;
  const { items: shown } = answerToRange({}, { revision, items, count: items.length, more: false }) as {
    readonly items: object;
  };
  return { revision, items: shown, reset: isReset };
}

function eventOf({ type, item, previous }: KvEvent): object {
  const before =
    previous === undefined ? {} : { previous: { value: bytesAsField(previous.value), version: previous.version } };
  const key = bytesAsField(item.key);
  if (type === 'delete') return { type, key, ...before };
  return { type, key, value: bytesAsField(item.value), version: item.version, ...before };
}

/** A line for each event, or for each key of a snapshot. */
export function linesOfBatch(batch: KvBatch | KvSnapshot): string[] {
  const { revision } = batch;
  const line = (what: string, key: Uint8Array, ...values: readonly Uint8Array[]): string =>
    [`${revision}`, what, shownBytes(key), ...values.map((value) => shorten(shownBytes(value)))].join('\t');
  if (batch.type === 'snapshot') return batch.items.map(({ key, value }) => line('is', key, value));
  return batch.events.map(({ type, item, previous }) => {
    const before = previous === undefined ? [] : [previous.value];
    return type === 'put' ? line('put', item.key, item.value, ...before) : line('delete', item.key, ...before);
  });
}
