/** Maps and sets, of which no key and no element comes twice: `encode` makes none such, and one of both would be lost. */

import type { TagDecoder } from 'cborg';
import { TAG_MAP, TAG_SET } from 'cborg/extended';

export const COLLECTION_TAGS: Record<number, TagDecoder> = {
  [TAG_MAP](content) {
    const entries = content.entries();
    const map = new Map(entries);
    if (map.size !== entries.length) throw new TypeError('a key of a map comes twice');
    return map;
  },
  [TAG_SET](content) {
    const elements = content();
    if (!Array.isArray(elements)) throw new TypeError('set that is no list');
    const set = new Set<unknown>(elements);
    if (set.size !== elements.length) throw new TypeError('an element of a set comes twice');
    return set;
  },
};
