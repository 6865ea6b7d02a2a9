/** Lines of the marks from which reads start. */

import type { SourceMutant } from './source-mutant.js';

const RULE = 'where reads come from';

export const READ_LINES: readonly SourceMutant[] = [
  {
    name: 'answers reads with what it has proposed, and not with what it must propose',
    rule: RULE,
    file: 'marks',
    find: 'return Math.max(role.promises.boundUpTo, proposed);',
    put: 'return proposed;',
    first: 'model: reads of a leader that hands over',
  },
  {
    name: 'fixes the mark when it is asked, not when it answers',
    rule: RULE,
    file: 'marks',
    find: 'const slot = markOf(role, mark.slot);',
    put: 'const slot = mark.slot;',
    first: 'model: reads of a new leader, member 2 is replaced',
  },
  {
    name: 'takes a confirmation for good in a configuration that has not promised',
    rule: RULE,
    file: 'marks',
    find: 'return configuration !== undefined && isPrepared(role, configuration);',
    put: 'return configuration !== undefined;',
    first: 'model: reads of a new leader, member 2 is replaced',
  },
  {
    name: 'takes the lease of the members to come for one, where those of before could still decide',
    rule: 'rule 11',
    file: 'marks',
    find: 'configuration.from > mark + 1 || isGranted(role, configuration, now)',
    put: 'true',
    first: 'model: a lease while members are on their way out',
  },
  {
    name: 'reads on a lease in a configuration that has not promised',
    rule: RULE,
    file: 'marks',
    find: 'state.options.leaseReads && isReadable(state, role, slot) && holdsLeaseAt',
    put: 'state.options.leaseReads && holdsLeaseAt',
    first: 'model: reads on a lease, member 2 is replaced',
  },
  {
    name: 'asks the members of a slot whose members it does not know',
    rule: RULE,
    file: 'marks',
    find: 'if (mark + 1 > state.decidedUpTo + state.history[0].alpha)',
    put: 'if (mark > state.decidedUpTo + state.history[0].alpha)',
    first: 'model: reads of a deposed leader that does not know of the change',
  },
  {
    name: 'asks the members of the last slot that it proposed in, not of the next',
    rule: RULE,
    file: 'marks',
    find: 'return governing(state.history, mark + 1);',
    put: 'return governing(state.history, mark);',
    first: 'model: reads of a deposed leader, member 2 is replaced',
  },
  {
    name: 'takes the confirmation of a heartbeat that was sent before the question',
    rule: RULE,
    file: 'marks',
    find: '(role.confirmed.get(member) ?? 0) >= sequence',
    put: '(role.confirmed.get(member) ?? 0) >= sequence - 1',
    first: 'worlds: reads',
  },
  {
    name: 'counts on a lease for some moments after it has ended',
    rule: 'rule 11',
    file: 'marks',
    find: '(role.granted.get(member) ?? -Infinity) > now',
    put: '(role.granted.get(member) ?? -Infinity) > now - 25',
    first: 'model: leases, clocks that drift',
  },
  {
    name: 'takes the last slot that is decided for the last that can be',
    rule: RULE,
    file: 'marks',
    find: `token, now) {
    const slot = markOf(role, role.nextSlot - 1);`,
    put: `token, now) {
    const slot = markOf(role, state.decidedUpTo);`,
    first: 'worlds: reads',
  },
  {
    name: 'counts on a lease of more than half of the members, whatever the quorums',
    rule: 'rule 11',
    file: 'marks',
    find: "return isPhase2Quorum(voters, 'classic', (member) => (role.granted.get(member) ?? -Infinity) > now);",
    put: 'return 2 * voters.members.filter((member) => (role.granted.get(member) ?? -Infinity) > now).length > voters.members.length;',
    first: 'worlds: flexible quorums, leases',
  },
  {
    name: 'takes more than half of the members for enough to confirm, whatever the quorums',
    rule: RULE,
    file: 'marks',
    find: "return isPhase2Quorum(configuration.voters, 'classic', (member) => (role.confirmed.get(member) ?? 0) >= sequence);",
    put: 'return 2 * configuration.voters.members.filter((member) => (role.confirmed.get(member) ?? 0) >= sequence).length > configuration.voters.members.length;',
    first: 'model: reads where one member is in every quorum',
  },
];
