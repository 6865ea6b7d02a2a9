/** Somebody asks a leader where it may read, and whoever answers must know of everything that was applied anywhere by then. */

import type { MemberId, Slot } from '@parliament/synod';
import type { LearnerLocal } from './learner-component.js';
import type { MemberLocal } from './member-component.js';
import type { JointAction } from './model.js';
import { finishProposer, type ProposerLocal } from './proposer-component.js';
import type { RoleSettings } from './role-settings.js';

/** A question to the proposer of a member, asked while these learners are as far as they are; where there are leases, for one. */
export function askingOf(member: MemberId, learners: readonly string[], settings: RoleSettings): JointAction {
  return {
    name: `somebody asks member ${member} where it may read`,
    components: [`proposer ${member}`, ...learners],
    act([asked, ...known]) {
      const local = asked as ProposerLocal;
      const { role } = local.state;
      if (local.asks === 0 || role.name !== 'leading') return undefined;
      local.asks -= 1;
      local.asked = Math.max(0, ...known.map((learner) => appliedBy(learner as LearnerLocal | MemberLocal)));
      const type = settings.leaseMs > 0 ? 'ask-lease' : 'ask-mark';
      const step = settings.steps.proposer(local.state, { type, token: 1 }, local.now);
      const { next, effects, ...rest } = finishProposer(local, role, type, step, settings);
      return { ...rest, next: [next, ...known], effects };
    },
  };
}

function appliedBy(local: LearnerLocal | MemberLocal): Slot {
  return 'learner' in local ? local.learner.decidedUpTo : local.state.decidedUpTo;
}
