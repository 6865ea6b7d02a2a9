/**
 * The gate of a parliament: which packets of other members are let in. One that comes from the wrong node, from a member
 * with another idea of who the members are, or from a directory that is not the one written down at the founding, is not.
 */

import { EXPELLED, type MemberId } from '@parliament/synod';
import { describeMembers, type Members } from '../members.js';
import type { Packet } from '../wire/packet.js';
import type { FoundingNews } from './mail.js';

/** What is to be done with a packet. */
export type Verdict =
  /** Its messages count, and its introduction (if it has one) is to be looked at. */
  | { readonly type: 'admit' }
  /** Only its introduction is to be looked at: its sender's directory is not known, or not known to be the right one. */
  | { readonly type: 'introduction-only' }
  /** It was sent before its sender was started anew: it is too late. */
  | { readonly type: 'late' }
  /** Its sender has written less than it had: an old copy of its directory was put back. It must be told, and not counted. */
  | { readonly type: 'relapse'; readonly position: number; readonly message: string }
  /** Its sender runs another machine, as one of an earlier version does: it would take what is decided for something else. */
  | { readonly type: 'stranger'; readonly message: string }
  /** Its sender must be told that it is misconfigured. */
  | { readonly type: 'refuse'; readonly message: string };

/** How far a member had written, as it said itself. */
export interface Written {
  readonly position: number;
  /** In which of its lives it said so, where that is known. */
  readonly life: number | undefined;
  /** Lives of it before that one, the latest of them. What is still on its way from them says nothing of the present one. */
  readonly earlier: readonly number[];
}

/** Of a member of which nothing is known. */
export const NOTHING_WRITTEN: Written = { position: 0, life: undefined, earlier: [] };

/** So many earlier lives of a member are remembered: by then nothing of an older one is on its way. */
const LIVES_LIMIT = 16;

/** A member has said how far it has written, with a packet that was let in. */
export function noteWritten(written: Written, { position, start }: Packet): Written {
  if (position < written.position) return written;
  if (start === undefined || start.life === written.life) return { ...written, position };
  const earlier = written.life === undefined ? written.earlier : [...written.earlier, written.life];
  return { position, life: start.life, earlier: earlier.slice(-LIVES_LIMIT) };
}

/** What is wrong with a member that runs another machine than the others, and what helps. */
function describeStranger(node: string, its: string | undefined, others: string | undefined): string {
  const differ = `node ${node} runs ${its ?? 'registers alone'}, but the others run ${others ?? 'registers alone'}`;
  return its === undefined || others === undefined
    ? `${differ}: install the same version of parliament on every node (earlier ones know registers alone), with the same options`
    : `${differ}: give every node the same machine, in the same version`;
}

/** Judges a packet that came from `node`. `machine`: what this member runs, and in which version; undefined for registers alone. */
export function judge(
  packet: Packet,
  node: string,
  self: MemberId,
  members: Members,
  founding: FoundingNews | undefined,
  written: Written,
  machine?: string,
): Verdict {
  const { from, directory, introduction } = packet;
  const expected = members[from];
  if (from === self) {
    const message =
      `member id ${from} is taken: it is node ${members[self]}; ` +
      `start node ${node} with an id of its own, and the same members on every node`;
    return { type: 'refuse', message };
  }
  if (expected !== node) {
    const message =
      expected === undefined
        ? `there is no member ${from} in this parliament (members: ${describeMembers(members)})`
        : `member id ${from} is taken: it is node ${expected}, not ${node} (members: ${describeMembers(members)})`;
    return { type: 'refuse', message: `${message}; give every node the same members` };
  }
  if (introduction !== undefined && describeMembers(introduction.members) !== describeMembers(members)) {
    const message =
      `node ${node} was started with the members ${describeMembers(introduction.members)}, ` +
      `but the others have ${describeMembers(members)}; give every node the same members`;
    return { type: 'refuse', message };
  }
  const isKnown = founding?.founded === true && founding.known.get(from) === directory;
  if (packet.machine !== machine) {
    // Who was of this kind once is so for ever, as its directory has it written down: this was sent before.
    if (isKnown && written.life !== undefined) return { type: 'late' };
    return { type: 'stranger', message: describeStranger(node, packet.machine, machine) };
  }
  if (packet.start !== undefined && written.earlier.includes(packet.start.life)) return { type: 'late' };
  const least = leastOf(packet, written);
  if (isKnown && least < written.position) {
    const message = describeLostMemory('relapse', node, from, String(written.position), String(least));
    return { type: 'relapse', position: least, message };
  }
  return { type: isKnown ? 'admit' : 'introduction-only' };
}

/**
 * What a member had when it said the least since `written`: in another life it began with what it had when it started, however
 * much it has written by now.
 */
function leastOf({ position, start }: Packet, { life }: Written): number {
  const isOtherLife = start !== undefined && life !== undefined && start.life !== life;
  return isOtherLife ? Math.min(position, start.position) : position;
}

/** What a lost memory means, for the one that lost it or for those that noticed. */
export function describeLostMemory(
  whose: 'own' | 'sender' | 'relapse',
  node: string,
  member: MemberId,
  expected: string,
  found: string,
): string {
  const consequence =
    'It may have forgotten what it promised, so it is not counted. Put the old directory back, if it still exists; ' +
    'otherwise this member id is spent.';
  if (whose === 'relapse') {
    return (
      `an old copy of the data directory of member ${member} (node ${node}) was put back: it had written ${expected} bytes, ` +
      `and now says ${found}. What it promised since is lost, so it is not counted, and this member id is spent.`
    );
  }
  if (expected === EXPELLED) {
    const before = 'after an old copy of its data directory was put back. No directory makes up for that';
    return whose === 'own'
      ? `node ${node} has expelled this member for good, ${before}: this member id is spent.`
      : `member ${member} (node ${node}) was expelled for good, ${before}: it is not counted, and this member id is spent.`;
  }
  return whose === 'own'
    ? `the data directory of this member has the id ${found}, but node ${node} has ${expected} written down for it. ${consequence}`
    : `the data directory of member ${member} (node ${node}) has the id ${found}, but ${expected} is written down. ${consequence}`;
}
