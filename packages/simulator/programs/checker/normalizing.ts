/** States of a proposer that differ in nothing that matters to a model are made one. */

import type { Leading, ProposerState } from '@parliament/synod';
import type { RoleSettings } from './role-settings.js';

/** When something is due, and what only counts, makes no difference here: timeouts come when they like. */
export function normalizeProposer(state: ProposerState, { leaseMs, remembers }: RoleSettings): void {
  const { role } = state;
  state.random.word = 0;
  state.standAt = 0;
  state.tickedAt = 0;
  state.listenedMs = 0;
  state.candidateAt = Number.NEGATIVE_INFINITY;
  state.pauseMs = 0;
  state.paces.clear();
  state.failures = 0;
  state.wanted = true;
  if (role.name === 'following') {
    const leader = remembers?.has('leader') === true ? role.leader : undefined;
    state.role = { name: 'following', leader, heardAt: 0, wordAt: 0 };
  } else if (role.name === 'preparing') {
    role.progressAt = 0;
    role.toldAt = 0;
  } else if (role.name === 'leading') {
    normalizeLeading(role, leaseMs, remembers);
  }
}

function normalizeLeading(role: Leading, leaseMs: number, remembers: RoleSettings['remembers']): void {
  role.progressAt = 0;
  for (const flow of role.flows.values()) {
    flow.unanswered.clear();
    flow.bytes = 0;
    flow.answer = { sentAt: Number.NEGATIVE_INFINITY, at: Number.NEGATIVE_INFINITY };
    flow.cameBefore = Number.NEGATIVE_INFINITY;
  }
  role.beatAt = 0;
  if (remembers?.has('confirmations') !== true) role.progress.clear();
  // Everybody is heard from, always: a leader that steps down is one that stands no more.
  for (const member of role.heard.keys()) role.heard.set(member, 0);
  if (leaseMs > 0) {
    role.confirmed.clear();
    return;
  }
  for (const map of [role.granted, role.sentAt]) map.clear();
  if (remembers?.has('confirmations') === true) {
    // A confirmation from before the oldest question counts for none.
    const least = Math.min(...role.marks.map(({ sequence }) => sequence));
    for (const [member, sequence] of role.confirmed) if (sequence < least) role.confirmed.delete(member);
    return;
  }
  role.heard.clear();
  role.confirmed.clear();
  role.sequence = 0;
}
