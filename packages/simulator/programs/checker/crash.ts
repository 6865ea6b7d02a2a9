/** A crash: what the roles of a member have in memory is gone, and they recover from what was durable. */

import { type MemberId, type ProposerStart, proposerStart } from '@parliament/synod';
import type { AcceptorLocal } from './acceptor-component.js';
import { claimsOf, type LearnerLocal } from './learner-component.js';
import type { JointAction, Outcome } from './model.js';
import { copyOf } from './plain.js';
import { newProposer, type ProposerLocal, usedBy } from './proposer-component.js';
import type { RoleSettings } from './role-settings.js';

/** The roles of a member that crashes, as they are before. */
type Roles = readonly [AcceptorLocal, ProposerLocal | undefined, LearnerLocal | undefined];

/** The crash of a member that has an acceptor, and of the other roles those that `names` has. */
export function crashOf(member: MemberId, names: ReadonlySet<string>, settings: RoleSettings): JointAction {
  const [acceptor, proposer, learner] = ['acceptor', 'proposer', 'learner'].map((role) => `${role} ${member}`);
  const involved = [acceptor, proposer, learner].filter((name) => name !== undefined && names.has(name));
  return {
    name: `member ${member} crashes and recovers`,
    components: involved as string[],
    act(locals) {
      const rest = locals.slice(1);
      const standing = names.has(proposer as string) ? (rest.shift() as ProposerLocal) : undefined;
      // A member that cannot stand again can do nothing new after a crash.
      if (standing !== undefined && standing.stands === 0) return undefined;
      return recover([locals[0] as AcceptorLocal, standing, rest[0] as LearnerLocal | undefined], settings);
    },
  };
}

function recover([acceptor, proposer, learner]: Roles, settings: RoleSettings): Outcome<readonly unknown[]> {
  const recovered = copyOf(acceptor.recovered);
  settings.steps.resumeAcceptor(recovered, acceptor.now);
  const next: unknown[] = [{ ...acceptor, state: recovered }];
  const learned = learner === undefined ? undefined : copyOf(learner.recovered);
  if (proposer !== undefined) {
    const known = learned ?? { decidedUpTo: 0, history: settings.history };
    next.push(reborn(proposer, proposerStart(recovered.promised, known), settings));
  }
  if (learner !== undefined) next.push({ ...learner, state: learned, recovered: copyOf(learner.recovered) });
  const known = [...(learned?.decided ?? [])].map(([slot, value]) => ({ slot, value }));
  return { next, effects: claimsOf(known, undefined) };
}

/** A member's proposer in its next life. */
export function reborn(proposer: ProposerLocal, start: ProposerStart, settings: RoleSettings): ProposerLocal {
  const state = newProposer(proposer.state.member, start, settings);
  return { ...proposer, state, usedBefore: usedBy(proposer), asked: 0 };
}
