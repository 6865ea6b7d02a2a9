/** Ranges of any size. One answer has a limit, so a large range is read in parts, all of them at one revision. */

import type { KeyValue, RangeReply, RangeRequest } from '@parliament/machines';
import { AskError, read } from 'parliament';
import { countdown } from '../client-node.js';
import type { KeySpace } from './asking.js';
import type { Level } from './calls.js';

/** The most keys that are asked for at once. */
const PAGE_KEYS = 5000;

/** Reads a range. One that is sorted before its limit cuts it has one answer, which may be too large. */
export function readRange(
  space: KeySpace,
  request: RangeRequest,
  level: Level,
  timeoutMs: number,
): Promise<RangeReply> {
  const left = countdown(timeoutMs);
  const ask: Ask = (part) => read(space, { type: 'range', ...part }, { timeoutMs: left(), level });
  const { order, target = 'key', limit, countOnly } = request;
  if (target !== 'key' || countOnly === true || (order === 'descend' && limit !== undefined)) return ask(request);
  return readPages(ask, request);
}

type Ask = (request: RangeRequest) => Promise<RangeReply>;

/** @param ask may throw `too-large`: then it is asked for fewer. */
export async function readPages(ask: Ask, { order, limit, ...request }: RangeRequest): Promise<RangeReply> {
  const items: KeyValue[] = [];
  let wanted = limit ?? Number.POSITIVE_INFINITY;
  let most = PAGE_KEYS;
  let rest = request;
  let first: RangeReply | undefined;
  for (;;) {
    const keys = Math.min(most, wanted);
    const page = await ask({ ...rest, limit: keys }).catch((error: unknown) => {
      if (error instanceof AskError && error.code === 'too-large' && keys > 1) return undefined;
      throw error;
    });
    if (page === undefined) {
      most = Math.ceil(keys / 4);
      continue;
    }
    first ??= page;
    items.push(...page.items);
    wanted -= page.items.length;
    const last = page.items.at(-1);
    if (!page.more || wanted === 0 || last === undefined) {
      return { ...first, items: order === 'descend' ? items.reverse() : items, more: page.more };
    }
    // Right behind it: no key comes between a key and that key with a zero byte.
    rest = { ...request, key: Buffer.concat([last.key, Buffer.of(0)]), revision: request.revision ?? first.revision };
  }
}
