/** The machine of registers that are written once: the first value that is decided for a key is its value for ever. */

import type { RegisterPage } from '../client/requests.js';
import type { HostedMachine } from '../host/hosted.js';
import { readOldSnapshot, registerChunks, restoreRegisters } from './registers-codec.js';
import { decodePut, decodeQuestion, decodeValue, encodeCount, encodeFound, encodePage, encodeValue } from './words.js';

/** The registers that have a value, in the order in which they got it. */
export type Registers = Map<string, string>;

/** What is no command, or no question, is given this for an answer, and changes nothing. */
const NOTHING: Uint8Array = new Uint8Array();

/** At most so many registers are shown at a time, or so many units of text and one more register. */
const PAGE_ENTRIES = 1000;
const PAGE_UNITS = 256 * 1024;

/** Those behind the first `after` that got their values. A register keeps its value, and so its place. */
export function pageOf(registers: Registers, after: number): RegisterPage {
  const entries: [string, string][] = [];
  let units = 0;
  let place = 0;
  for (const [key, value] of registers) {
    place += 1;
    if (place <= after) continue;
    if (entries.length === PAGE_ENTRIES || units >= PAGE_UNITS) return { entries, next: after + entries.length };
    entries.push([key, value]);
    units += key.length + value.length;
  }
  return { entries };
}

export const registers: HostedMachine<Registers> = {
  name: 'registers',
  version: 1,
  isRepeatable: () => true,
  initial: () => new Map(),

  apply(state, command) {
    const put = decodePut(command);
    if (put === undefined) return NOTHING;
    const { key, value } = put;
    const decided = state.get(key);
    if (decided !== undefined) return encodeValue(decided);
    state.set(key, value);
    return encodeValue(value);
  },

  query(state, query) {
    const question = decodeQuestion(query);
    switch (question?.type) {
      case 'get':
        return encodeFound(state.get(question.key));
      case 'list':
        return encodePage(pageOf(state, question.after));
      case 'count':
        return encodeCount(state.size);
      default:
        return NOTHING;
    }
  },

  // As long as there have been sessions: a text has two bytes for each of its units. It says who is refused, so it stays what it was.
  weighReply: (reply) => 2 * decodeValue(reply).length,

  snapshot: registerChunks,
  restore: restoreRegisters,
  readOldSnapshot,
};
