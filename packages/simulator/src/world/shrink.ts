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
  const sent = new Set<string>();
  const stage = new Stage(options, {
    onSend: (parcel) => sent.add(keyOf(parcel)),
    onSyncBegun: () => {},
    onFailedSync: () => {},
    onResults: () => {},
    onOutput: () => {},
  });
  const played: StageEvent[] = [];
  try {
    for (const event of events) {
      if (event.type === 'deliver' && !sent.has(keyOf(event.parcel))) continue;
      if (event.type !== 'start' && 'member' in event && !stage.nodes.has(event.member)) continue;
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
): { readonly violation: Violation; readonly events: readonly StageEvent[] } | undefined {
  let best = play(recording, options);
  if (best.violation === undefined) return undefined;
  for (let size = Math.ceil(best.events.length / 2); ; size = Math.ceil(size / 2)) {
    let hasShrunk = true;
    while (hasShrunk) {
      hasShrunk = false;
      // From the end: what comes late is needed less often, and fails sooner without what comes early.
      for (let end = best.events.length; end > 0; end -= size) {
        const start = Math.max(0, end - size);
        const rest = [...best.events.slice(0, start), ...best.events.slice(end)];
        const playing = play(rest, options);
        if (playing.violation === undefined || playing.events.length >= best.events.length) continue;
        best = playing;
        hasShrunk = true;
        end = Math.min(end, best.events.length + size);
      }
    }
    if (size === 1) break;
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
        : '';
  return `${at}  ${member}         ${type} ${detail}`.trimEnd();
}

function keyOf({ from, to, directory, message }: Parcel): string {
  return `${from}>${to}@${directory}:${textOf(message)}`;
}
