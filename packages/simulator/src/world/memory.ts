/** What a world remembers of what was said, to have it said again: the last messages and commands. */

import type { MemberId, Message, SessionEntry } from '@parliament/synod';
import type { Parcel } from './network.js';

/** Messages that would do harm, if anything old could. Heartbeats are many: one in so many is kept. */
const KEPT: ReadonlySet<Message['type']> = new Set([
  'prepare',
  'promise',
  'nack',
  'handover',
  'canvass-reply',
  'heartbeat-reply',
  'mark',
]);
const HEARTBEATS = 8;

const WORDS_LIMIT = 96;
const ENTRIES_LIMIT = 64;

export class Memory<Command> {
  readonly #words: Parcel[] = [];
  readonly #entries: SessionEntry<Command>[] = [];
  #sent = 0;
  #submitted = 0;
  #beats = 0;

  noteSent(parcel: Parcel): void {
    const { type } = parcel.message;
    if (type === 'heartbeat') this.#beats += 1;
    if (type === 'heartbeat' ? this.#beats % HEARTBEATS !== 0 : !KEPT.has(type)) return;
    this.#words[this.#sent % WORDS_LIMIT] = parcel;
    this.#sent += 1;
  }

  /** What is remembered of what was said from or to a member. */
  words(member: MemberId): readonly Parcel[] {
    return this.#words.filter(({ from, to }) => from === member || to === member);
  }

  noteEntry(entry: SessionEntry<Command>): void {
    this.#entries[this.#submitted % ENTRIES_LIMIT] = entry;
    this.#submitted += 1;
  }

  get entries(): readonly SessionEntry<Command>[] {
    return this.#entries;
  }
}
