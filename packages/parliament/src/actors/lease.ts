/** Where reads on a lease are refused, and why. */

import { type Ballot, ownerOf } from '@parliament/synod';
import type { FailureReply } from '../client/requests.js';
import type { Settings } from '../options.js';

/** Why nobody has a lease in a parliament with these settings; undefined where its leader has. */
export function objectionToLeases({ timing, lastSlot }: Settings): FailureReply | undefined {
  if (timing.leaseMs === 0) return refused('leases are switched off here (timing.leaseMs): read linearizable');
  if (lastSlot === Number.MAX_SAFE_INTEGER) return undefined;
  return refused('in a log with an end nobody leads for long, and nobody has a lease: read linearizable');
}

/** Why this member has none, which does not lead, and who has. */
export function whyNoLease({ member, members }: Settings, leader: Ballot | undefined): string {
  const owner = leader === undefined ? member : ownerOf(leader);
  if (owner === member) return 'no leader is known here: ask again when there is one, or read linearizable';
  const node = members[owner] ?? `of member ${owner}`;
  return `only the leader has a lease, and this member is not it: ask node ${node}, or read linearizable`;
}

function refused(error: string): FailureReply {
  return { ok: false, code: 'no-lease', outcome: 'not-applied', error };
}
