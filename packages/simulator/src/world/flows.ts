/** What a leader sends to a member that answers nothing is bounded, in bytes: by its window, once for each pause. */

import type { Envelope, MemberId, ProposerInput, ProposerState } from '@parliament/synod';
import { Violation } from './violation.js';

/** What a proposal may weigh beside its value. */
const OVERHEAD_BYTES = 100;

/** Bytes of proposals that a member was sent since it was last heard. */
interface Sent {
  bytes: number;
  since: number;
}

export class Flows {
  #ballot: number | undefined;
  readonly #sent = new Map<MemberId, Sent>();
  #largest = 0;

  /** A proposer has taken a step. */
  check(
    { member, role, options }: ProposerState,
    input: ProposerInput,
    messages: readonly Envelope[],
    now: number,
  ): void {
    if (role.name !== 'leading') {
      this.#ballot = undefined;
      return;
    }
    if (role.ballot !== this.#ballot) {
      this.#ballot = role.ballot;
      this.#sent.clear();
      this.#largest = 0;
    }
    if (input.type === 'message') this.#noteHeard(input.from, now);
    for (const { to, message } of messages) {
      if (message.type !== 'accept' || to === member) continue;
      const { length } = message.value;
      this.#largest = Math.max(this.#largest, length + OVERHEAD_BYTES);
      const sent = this.#sent.get(to) ?? this.#noteHeard(to, now);
      sent.bytes += length;
      const { windowBytes, resendMs } = options;
      // What was on its way before may be given up a moment after.
      const times = 2 + Math.floor((now - sent.since) / resendMs);
      if (sent.bytes <= times * Math.max(windowBytes, this.#largest)) continue;
      throw new Violation(
        `member ${member} sends ${sent.bytes} bytes to member ${to}, which has answered none of them`,
      );
    }
  }

  /** From here on it is counted anew. */
  #noteHeard(member: MemberId, now: number): Sent {
    let sent = this.#sent.get(member);
    if (sent === undefined) {
      sent = { bytes: 0, since: now };
      this.#sent.set(member, sent);
    }
    sent.bytes = 0;
    sent.since = now;
    return sent;
  }
}
