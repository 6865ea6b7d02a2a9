/** What a desk carries is bytes: here they are texts, so that tests can be read. */

import type { Desk } from '../../src/actors/desk.js';
import { Applied } from '../../src/actors/mail.js';
import type { FailureReply } from '../../src/client/requests.js';
import type { LogFull, Said } from '../../src/host/hosted.js';
import type { Command } from '../../src/replica/batch.js';
import type { OwnResult } from '../../src/replica/hosted-replica.js';

/** What became of a request. */
export type Heard = { readonly ok: true; readonly value: string } | FailureReply | LogFull;

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function heard(reply: Said | FailureReply | LogFull): Heard {
  return reply.ok ? { ok: true, value: textOf(reply.bytes) } : reply;
}

/** Gives the desk a command, which is key and value, one behind the other; without a value a query, which is the key. */
export function take(
  desk: Desk,
  key: string,
  value: string | undefined,
  deadline: number,
  hear: (reply: Heard) => void,
): boolean {
  if (value === undefined) return desk.ask(bytesOf(key), deadline, (reply) => hear(heard(reply)));
  return desk.propose(bytesOf(key + value), deadline, (reply) => hear(heard(reply)));
}

/** What the machine has replied to a command, in slot 1. */
export function repliedTo(command: Command | undefined, text: string): OwnResult {
  const { session = 0, sequence = 0, number = 0 } = command ?? {};
  return { session, sequence: session === 0 ? number : sequence, reply: bytesOf(text), slot: 1 };
}

/** What a learner tells while the session is open. */
export function applied(session: number, results: readonly OwnResult[], decidedUpTo: number): Applied {
  return new Applied(session, session, results, decidedUpTo);
}

/** What a learner tells that has applied the end of that session. */
export function ended(session: number, decidedUpTo: number): Applied {
  return new Applied(undefined, session, [], decidedUpTo);
}
