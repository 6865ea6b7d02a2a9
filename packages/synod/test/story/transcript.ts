/** The lines of a transcript: who, what kind of thing, and what it says, each in its column. */

import type { Decision } from '../../src/index.js';
import type { Packet, Player, Stage } from './stage.js';
import { checkChosen } from './truth.js';
import { decisionsWords, messageWords, type Words } from './words.js';

const WHO_WIDTH = 7;
const KIND_WIDTH = 15;

/** A line. The time is said where it has moved on. */
export function say(stage: Stage, who: string, [kind, rest]: Words): void {
  if (stage.saidAt !== stage.now) stage.transcript.push(`-- ${stage.now}ms --`);
  stage.saidAt = stage.now;
  stage.transcript.push(`${who.padEnd(WHO_WIDTH)} ${kind.padEnd(KIND_WIDTH)} ${rest}`.trimEnd());
}

/** A line that is left out where only what changes is said. */
export function sayInDetail(stage: Stage, who: string, words: Words): void {
  if (!stage.isBrief) say(stage, who, words);
}

/** Messages get lost. */
export function lose(stage: Stage, packets: readonly Packet[]): void {
  for (const { from, to, message } of packets) sayInDetail(stage, `${from} -x ${to}`, messageWords(message));
}

/** A member knows more to be decided than before. */
export function noteDelivered(stage: Stage, { member, log }: Player, delivered: readonly Decision[]): void {
  if (delivered.length === 0) return;
  say(stage, `${member}`, ['knows decided', decisionsWords(delivered)]);
  for (const { slot, value } of delivered) {
    log.set(slot, value);
    checkChosen(stage, member, slot, value);
  }
}
