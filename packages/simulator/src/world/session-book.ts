/**
 * Sessions, read a second time: one is opened once for each token, under a number that was never given, and ends when its client
 * closes it or when nobody has used it since the slot that is named.
 */

import type { SessionEntry, SessionResult, Slot } from '@parliament/synod';
import { Violation } from './violation.js';

interface OpenSession {
  readonly token: number;
  usedAt: Slot;
}

/** While fewer are open nobody is refused one: as many as the README of synod promises. */
const LEAST_REFUSED = 10_000;

export class SessionBook {
  readonly #open = new Map<number, OpenSession>();
  /** By token: the session that was opened with it and has not ended. */
  readonly #byToken = new Map<number, number>();
  #opened = 0;
  #readUpTo: Slot = 0;

  /**
   * What became of the entries of a slot, as the first member that applies it says.
   *
   * @param entriesOf gives them: they are looked at only where a session was to end.
   */
  read(
    slot: Slot,
    results: readonly SessionResult<unknown>[],
    entriesOf: () => readonly SessionEntry<unknown>[],
  ): void {
    if (slot <= this.#readUpTo) return;
    this.#readUpTo = slot;
    for (let index = 0; index < results.length; index++) {
      const result = results[index] as SessionResult<unknown>;
      switch (result.type) {
        case 'opened':
          this.#noteOpened(slot, result.session, result.token);
          break;
        case 'replied':
          this.#noteUsed(slot, result.session);
          break;
        case 'refused':
          if (result.reason === 'too-many-sessions') {
            if (this.#open.size >= LEAST_REFUSED) break;
            throw new Violation(`in slot ${slot} no session is opened, and there are ${this.#open.size} only`);
          }
          if (result.reason !== 'session-expired') this.#noteUsed(slot, result.session);
          else if (this.#open.has(result.session)) {
            throw new Violation(`in slot ${slot} session ${result.session} is said to have ended, and has not`);
          }
          break;
        case 'ended':
        case 'kept':
          this.#noteEnd(slot, result, entriesOf()[index]);
          break;
        case 'answered':
          break;
      }
    }
  }

  #noteOpened(slot: Slot, session: number, token: number): void {
    const known = this.#byToken.get(token);
    if (known === session) return;
    if (known !== undefined) {
      throw new Violation(`in slot ${slot} session ${session} is opened for a token that has session ${known}`);
    }
    if (session <= this.#opened) throw new Violation(`in slot ${slot} the number of session ${session} is given again`);
    this.#opened = session;
    this.#open.set(session, { token, usedAt: slot });
    this.#byToken.set(token, session);
  }

  #noteUsed(slot: Slot, session: number): void {
    const found = this.#open.get(session);
    if (found === undefined) throw new Violation(`in slot ${slot} session ${session} is used, which is not open`);
    found.usedAt = slot;
  }

  #noteEnd(
    slot: Slot,
    { type, session }: { readonly type: 'ended' | 'kept'; readonly session: number },
    entry: SessionEntry<unknown> | undefined,
  ): void {
    const found = this.#open.get(session);
    const isIdle = entry?.type !== 'expire' || found === undefined || found.usedAt === entry.usedAt;
    if (isIdle !== (type === 'ended')) {
      throw new Violation(`in slot ${slot} session ${session} is ${type}; it was last used in slot ${found?.usedAt}`);
    }
    if (found === undefined || type === 'kept') return;
    this.#open.delete(session);
    this.#byToken.delete(found.token);
  }
}
