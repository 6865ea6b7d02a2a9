/** What values of options mean. Each is refused with a word on what would be right. */

import { UsageError } from './errors.js';
import { didYouMean } from './nearest.js';

/** A text that was given, and what it was given as: `--node`, or the name of an environment variable. */
export interface Given {
  readonly text: string;
  readonly as: string;
}

/** A duration with its unit, as `500ms`, `5s`, `2m`, in milliseconds. @throws UsageError */
export function parseDuration({ text, as }: Given): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  const milliseconds = unit === undefined ? 0 : Number(match?.[1]) * unit;
  if (!(milliseconds > 0) || milliseconds > 86_400_000) {
    throw new UsageError(`${as} ${text}: give a time with its unit, up to a day: 500ms, 5s, 2m`);
  }
  return milliseconds;
}

/**
 * `host:port`, of the form that nodes take.
 *
 * @param portMin 1 for what is dialled; 0, for a listener, lets the operating system choose.
 * @throws UsageError
 */
export function parseAddress({ text, as }: Given, portMin: 0 | 1 = 1): string {
  const match = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9._-]{1,253}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[1]);
  // A host such as 1.2.3.4.5 has the form of a name, and is none.
  if (port >= portMin && port <= 65_535 && URL.canParse(`ws://${text}`)) return text;
  throw new UsageError(`${as} ${text}: give an address as HOST:PORT, for example 127.0.0.1:7001`);
}

/** A whole number. @throws UsageError */
export function parseWhole({ text, as }: Given, least: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`${as} ${text}: give a whole number from ${least} on, below 2^53`);
}

/** One of a few words. @throws UsageError */
export function parseWord<Word extends string>({ text, as }: Given, words: readonly Word[]): Word {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new UsageError(`${as} ${text}: give one of ${words.join(', ')}${didYouMean(text, words)}`);
}

/** A member id. @throws UsageError */
export function parseMember({ text, as }: Given): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > 1023) {
    throw new UsageError(`${as} ${text}: a member id is a whole number from 0 to 1023`);
  }
  return Number(text);
}

/** A name of a node or a cluster. @throws UsageError */
export function parseName({ text, as }: Given): string {
  if (!/^[a-zA-Z0-9._-]{1,64}$/.test(text)) {
    throw new UsageError(`${as} ${text}: a name is 1 to 64 of the letters, digits and . _ -`);
  }
  return text;
}

/** A peer, given as `NAME=HOST:PORT` or `ID:NAME=HOST:PORT`. */
export interface Peer {
  readonly name: string;
  readonly member?: number;
  readonly address: string;
}

/** @throws UsageError */
export function parsePeer({ text, as }: Given): Peer {
  const match = /^(?:(\d+):)?([^=:]+)=(.+)$/.exec(text);
  const [, member, name, address] = match ?? [];
  if (name === undefined || address === undefined) {
    throw new UsageError(`${as} ${text}: give NAME=HOST:PORT or ID:NAME=HOST:PORT, for example b=127.0.0.1:7002`);
  }
  return {
    name: parseName({ text: name, as }),
    address: parseAddress({ text: address, as }),
    ...(member === undefined ? {} : { member: parseMember({ text: member, as }) }),
  };
}
