/** What a parliament tells its host, as it happens. */

import type { Space } from '@parliament/storage';
import type { LearnerTrouble, MemberId } from '@parliament/synod';
import type { ChildName } from './roles.js';

export type ParliamentEvent =
  /** Every founding member has met every other one: from now on a quorum is enough. */
  | { readonly type: 'founded' }
  /** Another leader is known, or none. `ballot` is its epoch: it grows with every change. */
  | {
      readonly type: 'leader';
      readonly member: number | undefined;
      readonly node: string | undefined;
      readonly ballot: number | undefined;
    }
  /** A role crashed and was restarted by its supervisor. */
  | { readonly type: 'restarted'; readonly role: ChildName; readonly reason: string }
  /** The roles crashed too often: the parliament has stopped on this node. */
  | { readonly type: 'gave-up'; readonly reason: string }
  /** A member, or this one, has another data directory than the one the others wrote down: it is not counted. */
  | {
      readonly type: 'lost-memory';
      readonly member: number;
      readonly node: string;
      /** `relapse`: an old copy of its directory was put back. */
      readonly whose: 'own' | 'sender' | 'relapse';
      readonly message: string;
    }
  /**
   * The disk of the log has become full (`low`: the log goes on in the room that it has; `full`: no new proposals from this
   * member, reads go on), or there is room again (`ok`). `bytes` are left of the present segment of the log.
   */
  | { readonly type: 'space'; readonly space: Space; readonly bytes: number; readonly message: string }
  /** Another member refuses this one. It will not be counted until its configuration is mended. */
  | { readonly type: 'refused'; readonly by: string; readonly message: string }
  /**
   * This member stands still: it votes, and applies nothing more, until its operator does what `message` says. `slot` is where it
   * stopped.
   */
  | {
      readonly type: 'standing-still';
      readonly cause: LearnerTrouble['type'];
      readonly slot: number;
      readonly message: string;
    }
  | { readonly type: 'warning'; readonly message: string };

/**
 * What keeps a member from going on, as a sentence with its remedy.
 *
 * @param flaw what is wrong with a snapshot that cannot be read.
 */
export function explainTrouble(trouble: LearnerTrouble, nodeOf: (member: MemberId) => string, flaw: string): string {
  if (trouble.type === 'unknown-decree') {
    return `slot ${trouble.slot} holds a decree of kind ${trouble.kind}, which this version cannot read: update this member`;
  }
  if (trouble.type === 'snapshot-unreadable') {
    return (
      `this version can make nothing of the snapshot of slot ${trouble.slot} on ${nodeOf(trouble.from)} (${flaw}): ` +
      'give all members the same version; where they have it, mend how their machine restores a snapshot'
    );
  }
  const { from, slot, bytes, limitBytes } = trouble;
  return (
    `the snapshot of slot ${slot} on ${nodeOf(from)} has ${bytes} bytes, and a member takes at most ${limitBytes}: ` +
    'it cannot catch up over the network'
  );
}
