/**
 * Makes a failure small: plays a recording again with parts left out, and keeps what still fails (delta debugging: Zeller and
 * Hildebrandt, "Simplifying and isolating failure-inducing input", 2002).
 *
 * In a playing, a message is delivered only if it was sent in that playing; so what is left is a true history, of which every
 * step can happen.
 */

import type { Parcel } from './network.js';
import { Violation } from './oracle.js';
import { Stage, type StageEvent, type StageOptions, textOf } from './stage.js';

/** What a playing came to. */
interface Playing {
  readonly violation: Violation | undefined;
  /** The events that had an effect, up to the violation. */
  readonly events: readonly StageEvent[];
}

/** Plays events on a stage of its own. */
export function play<State, Command, Reply>(
  events: readonly StageEvent[],
  options: StageOptions<State, Command, Reply>,
): Playing {
  const sent = new Map<string, Parcel>();
  // Where the roles of a member heard one another later, they do so when the recording says.
  const isDelayed = events.some(({ type }) => type === 'pass');
  const stage = new Stage(options, {
    onSend: (parcel) => {
      const [exact, alike] = keysOf(parcel);
      sent.set(exact, parcel);
      sent.set(alike, parcel);
    },
    onSyncBegun: () => {},
    onFailedSync: () => {},
    onResults: () => {},
    onNews: () => {},
    ...(isDelayed ? { onPass: () => {} } : {}),
  });
  const played: StageEvent[] = [];
  try {
    for (const event of events) {
      if (event.type === 'deliver') {
        // With parts left out, what was sent may differ in its counts; then the latest that is alike takes its place.
        const [exact, alike] = keysOf(event.parcel);
        const parcel = sent.get(exact) ?? sent.get(alike);
        if (parcel === undefined) continue;
        played.push({ ...event, parcel });
        stage.deliver(event.at, parcel);
        continue;
      }
      if (event.type !== 'start' && event.type !== 'upgrade' && 'member' in event && !stage.nodes.has(event.member))
        continue;
      played.push(event);
      stage.apply(event);
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { violation: error, events: played };
  }
  return { violation: undefined, events: played };
}

/**
 * The fewest events that still break a safety rule, as far as leaving out one after the other finds them.
 *
 * @returns undefined when the recording, played again, breaks none: the failure is one of progress, or of what clients saw.
 */
export function shrink<State, Command, Reply>(
  recording: readonly StageEvent[],
  options: StageOptions<State, Command, Reply>,
  { events, pairs }: Budget = PATIENT,
): { readonly violation: Violation; readonly events: readonly StageEvent[] } | undefined {
  let best = play(recording, options);
  if (best.violation === undefined) return undefined;
  let budget = events;
  for (let size = Math.ceil(best.events.length / 2); ; size = Math.ceil(size / 2)) {
    let hasShrunk = true;
    while (hasShrunk) {
      hasShrunk = false;
      // From the end: what comes late is needed less often, and fails sooner without what comes early.
      for (let end = best.events.length; end > 0; end -= size) {
        const start = Math.max(0, end - size);
        const rest = [...best.events.slice(0, start), ...best.events.slice(end)];
        if (budget < 0) return leaveOutPairs(best, options, pairs);
        const playing = play(rest, options);
        budget -= playing.events.length;
        if (playing.violation === undefined || playing.events.length >= best.events.length) continue;
        best = playing;
        hasShrunk = true;
        end = Math.min(end, best.events.length + size);
      }
    }
    if (size === 1) break;
  }
  return leaveOutPairs(best, options, pairs);
}

/** So many events are played in search of a smaller recording: by leaving out parts, and then pairs. */
export interface Budget {
  readonly events: number;
  readonly pairs: number;
}

/** For who waits for nothing else. */
const PATIENT: Budget = { events: 5_000_000, pairs: Number.POSITIVE_INFINITY };

/** For a test that has failed: a second or two. */
export const HASTY: Budget = { events: 200_000, pairs: 100_000 };

/** A recording of at most so many events is shrunk further by pairs. */
const PAIRS_LIMIT = 200;

/** What cannot be left out alone sometimes can together: a canvass and the reply to it, a crash and the restart. */
function leaveOutPairs<State, Command, Reply>(
  start: Playing,
  options: StageOptions<State, Command, Reply>,
  budget: number,
): { readonly violation: Violation; readonly events: readonly StageEvent[] } {
  let best = start;
  let left = budget;
  for (let one = best.events.length - 1; one > 0 && best.events.length <= PAIRS_LIMIT; one--) {
    for (let two = one - 1; two >= 0 && left > 0; two--) {
      const rest = best.events.filter((_, index) => index !== one && index !== two);
      const playing = play(rest, options);
      left -= playing.events.length;
      if (playing.violation === undefined || playing.events.length >= best.events.length) continue;
      best = playing;
      one = Math.min(one, best.events.length);
      break;
    }
  }
  return { violation: best.violation as Violation, events: best.events };
}

/** An event as a line of a story. */
export function describe(event: StageEvent): string {
  const at = `${event.at.toFixed(0).padStart(6)} ms`;
  if (event.type === 'deliver') {
    const { from, to, message } = event.parcel;
    const { type, ...rest } = message;
    return `${at}  ${from} -> ${to}  ${type} ${textOf(rest as never).slice(0, 160)}`;
  }
  const { type, member } = event;
  const detail =
    type === 'propose'
      ? new TextDecoder().decode(event.payload).slice(0, 120)
      : type === 'input'
        ? textOf(event.input as never).slice(0, 120)
        : type === 'pass'
          ? `to its ${event.to}`
          : type === 'restart-roles'
            ? `from its ${event.first} on`
            : '';
  return `${at}  ${member}         ${type} ${detail}`.trimEnd();
}

/** What tells a message from others, and what it has in common with those that may take its place. */
function keysOf({ from, to, message }: Parcel): readonly [exact: string, alike: string] {
  const { ballot, slot, sequence, attempt, token, offset, fromSlot } = message as unknown as Record<
    string,
    number | undefined
  >;
  const alike = `${from}>${to}:${message.type}`;
  return [`${alike}:${ballot}:${slot}:${sequence}:${attempt}:${token}:${offset}:${fromSlot}`, alike];
}
