/** What the actors of all roles are set up with. */

import type { Reference } from '@parliament/otp';
import type { History, MemberId } from '@parliament/synod';
import type { Post } from './post.js';

/** What every role needs to know. */
export interface RoleSettings {
  readonly member: MemberId;
  /** The configurations at the founding. */
  readonly history: History;
  /** The longest lease that the acceptor grants, in milliseconds. */
  readonly leaseMs: number;
  readonly parliament: Reference;
  readonly storage: Reference;
  readonly acceptor: Reference;
  readonly learner: Reference;
  readonly proposer: Reference;
  readonly watchers: Reference;
  readonly post: Post;
  /** So many slots are kept below a snapshot. */
  readonly tailSlots: number;
}

/** Reading all records back may take this long, in milliseconds; past it the role counts as failed. */
export const RECOVERY_LIMIT_MS: number = 10 * 60_000;
