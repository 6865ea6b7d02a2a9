/** What comes of one step of a role: of each the same, and nothing else happens. Here steps are put together of smaller ones. */

import type { Envelope } from './messages.js';
import type { DurableRecord } from './records.js';

export interface Step<News> {
  /** To be made durable, in this order. What waits for that is said in `member.ts`. */
  readonly records: readonly DurableRecord[];
  /** To be sent, in this order. */
  readonly messages: readonly Envelope[];
  /** What the rest of the same member is to hear of, or to carry out, in this order. */
  readonly news: readonly News[];
}

/** No records, messages or news: one for all, for most steps come to nothing. */
export const NONE: readonly never[] = [];

export const NOTHING: Step<never> = { records: NONE, messages: NONE, news: NONE };

/** A step that only sends. */
export function sending(messages: readonly Envelope[]): Step<never> {
  return messages.length === 0 ? NOTHING : { records: NONE, messages, news: NONE };
}

/** A step that only sends one message. */
export function sendingOne(to: Envelope['to'], message: Envelope['message']): Step<never> {
  return { records: NONE, messages: [{ to, message }], news: NONE };
}

/** A step that only tells something. */
export function telling<News>(news: News): Step<News> {
  return { records: NONE, messages: NONE, news: [news] };
}

/** One step after the other. */
export function both<First, Second>(first: Step<First>, second: Step<Second>): Step<First | Second> {
  if (first === NOTHING) return second;
  if (second === NOTHING) return first;
  return {
    records: joined(first.records, second.records),
    messages: joined(first.messages, second.messages),
    news: joined<First | Second>(first.news, second.news),
  };
}

/** Many steps, one after the other. */
export function allOf<News>(steps: readonly Step<News>[]): Step<News> {
  return {
    records: steps.flatMap(({ records }) => records),
    messages: steps.flatMap(({ messages }) => messages),
    news: steps.flatMap(({ news }) => news),
  };
}

/** One list after the other. */
export function joined<Item>(first: readonly Item[], second: readonly Item[]): readonly Item[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}
