/**
 * Branches of the protocol that no world and no model takes, each with the argument why none can or need. An entry whose
 * branch is taken after all must go: the command fails over it as over a branch that is missing here. What could be taken, and is not
 * yet, is in `gaps.ts`.
 */

import type { Exception } from './branches.js';
import { OPEN_GAPS } from './gaps.js';

/** Why nobody here calls a function wrongly. */
const WRONG =
  'only who calls it wrongly comes there: it is refused at the border, and worlds and models make nothing of that kind';

const REMEMBERED =
  'a bound of memory alone: a voter is silent while 4,096 slots are decided, longer than worlds last. What goes is decided, and was ' +
  'kept only to measure how long that voter takes; `flow.test.ts` of synod sees to the bound';

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'ballot',
    text: 'if (ballot > HIGHEST_BALLOT)',
    arm: 'is true',
    why: 'numbers are used up after 2^42 rounds',
  },
  {
    file: 'configuration',
    text: 'if (!Number.isSafeInteger(alpha) || alpha < 1 || alpha > ALPHA_LIMIT)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (!Number.isSafeInteger(count) || count < 0)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (!isMemberId(member))',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: 'if (alpha > ALPHA_LIMIT)',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: "if (!Array.isArray(given)) throw new RangeError('no list of configurations');",
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'configuration',
    text: "if (first === undefined) throw new RangeError('a parliament has at least one configuration');",
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'quorum',
    text: 'return (system.rows[0] ?? []).some((_, column) => system.rows.every((row) => has(row[column] as MemberId)));',
    arm: 'comes to []',
    why: 'a grid has a row: it is refused without one when it is made',
  },
  {
    file: 'quorum',
    text: 'if (!Number.isSafeInteger(total))',
    arm: 'is true',
    why: WRONG,
  },
  {
    file: 'replica',
    text: 'if (slot !== replica.appliedUpTo + 1)',
    arm: 'is true',
    why: 'a fault of the caller: learners hand on every slot once, in order, and the oracle sees to that',
  },
  {
    file: 'decree',
    text: "if (value[0] === COMMANDS) return { type: 'commands', time: 0, payload: value.subarray(1) };",
    arm: 'is true',
    why:
      'a decree of before there were time stamps: worlds write the form of today. `time-stamps.test.ts` of synod sees to it, and ' +
      '`old-directory.test.ts` of parliament, with a log that was written then',
  },
  {
    file: 'on-disk',
    text: 'else onDisk.missing = [...(onDisk.rewriting ?? []), ...onDisk.missing];',
    arm: 'comes to []',
    why: 'a fault of the caller: it tells of a write that it was not given',
  },
  {
    file: 'following',
    text: 'if (state.listenedMs - role.wordAt <= longestMessageMs(state.options)) waitFor(state, role);',
    arm: 'is false',
    why:
      'a message that takes sixteen election timeouts: on such lines nothing is owed. `long-messages.test.ts` of synod sees to the ' +
      'bound',
  },
  {
    file: 'replica',
    text: "if (decree.type === 'unknown')",
    arm: 'is true',
    why: 'a fault of the caller: learners stop at a decree that they cannot read',
  },
  {
    file: 'acceptor',
    text: 'leaseLimitMs: number = DEFAULT_LEASE_MS,',
    arm: 'is left out',
    why: 'a default: worlds and models always say how long a lease is',
  },
  {
    file: 'counting',
    text: 'if (known !== undefined) noteBehind(state, known, slot, now);',
    arm: 'is false',
    why:
      'no quorum is empty; one of the own member alone holds its vote, and the own acceptor tells of a vote with the value, so that ' +
      '`ownVotes` has it at that ballot or a higher one: then the slot is settled a few lines further down',
  },
  {
    file: 'delivering',
    text: 'state.decided.get(slot)?.[0] ?? 0',
    arm: 'comes to 0',
    why: 'for the compiler: a learner stands still only at a value that is known and not empty, for the empty one is the no-op',
  },
  {
    file: 'election',
    text: 'if (!role.promises.complete.has(state.member)) return NONE;',
    arm: 'is true',
    why:
      'in the stage `own` nobody else has heard of the ballot (rule 3), so that the promise which makes a member whole is the own ' +
      'one; another would be made up, and must not let the ballot out. That nobody asks before, models and worlds assert',
  },
  {
    file: 'learner',
    text: 'if (record.slot > state.decidedUpTo) settle(state, record.slot, record.value);',
    arm: 'is false',
    why:
      'such a record is written for a slot above the watermark which the learner had then (`missingOf`). Reading back the records ' +
      'before it gives that state or, where votes not counted again are missing, less; and where a snapshot was put before it, ' +
      '`trimRecords` has left it out unless its slot is above',
  },
  {
    file: 'flow',
    text: 'if (sent.bytes === 0 && surplus-- > 0 && !inFlight.has(slot)) flow.unanswered.delete(slot);',
    arm: 'is true',
    why: REMEMBERED,
  },
  {
    file: 'flow',
    text: 'if (sent.bytes === 0 && surplus-- > 0 && !inFlight.has(slot)) flow.unanswered.delete(slot);',
    arm: 'comes to !inFlight.has(slot)',
    why: REMEMBERED,
  },
  {
    file: 'leadership',
    text: 'const silentMs = state.listenedMs - (role.heard.get(from) ?? -Infinity);',
    arm: 'comes to -Infinity',
    why:
      'heartbeats go to those whose silence is counted, who stay counted when they have left: who answers one without having been ' +
      'asked makes it up',
  },
  {
    file: 'marks',
    text: "if (role.name !== 'leading') return false;",
    arm: 'is true',
    why: 'worlds and models ask leaders only whether their lease holds: nobody else has one, as this line says',
  },
  {
    file: 'marks',
    text: 'if (configuration === undefined) return false;',
    arm: 'is true',
    why: 'for the compiler: `isConfirmed` is asked only where `isReadable`, of the same slot, has found that configuration',
  },
  {
    file: 'member',
    text: 'if (resting === messages.length && records.length === 0) return { atOnce: messages, write: undefined };',
    arm: 'is false',
    why:
      'steps that are taken together: only the actor does that, with all that a packet has for it. `member.test.ts` of synod has them ' +
      'parted',
  },
  {
    file: 'proposer',
    text: 'return sending(lead(state, role, value, now) ?? NONE);',
    arm: 'comes to NONE',
    why:
      'a leader with 4,096 values that wait, which is more than worlds have clients for. What is dropped its client sends again; ' +
      '`proposer.test.ts` of synod sees to the bound',
  },
  {
    file: 'quorum',
    text: 'members.map((each, index) => [each, system.weights[index] ?? 0])',
    arm: 'comes to 0',
    why: 'for the compiler: a system has as many weights as members, or it is refused when it is made',
  },
  {
    file: 'reconfiguring',
    text: '(role.progress.get(member) ?? 0) < state.decidedUpTo - current.alpha',
    arm: 'comes to 0',
    why: 'for the compiler: those of whom nothing was heard (`isLive`) were refused three lines before',
  },
  {
    file: 'reconfiguring',
    text: '(role.heard.get(member) ?? -Infinity)',
    arm: 'comes to -Infinity',
    why:
      'whoever is asked about is a member of a configuration in sight: `createLeading` enters all of those, `noteHistory` all that ' +
      'come into sight later, and nobody is taken out. A change that names anybody else is refused by `applyChange` before',
  },
  {
    file: 'chunks',
    text: "if (next.done === true) throw new RangeError('a snapshot that ends too soon');",
    arm: 'is true',
    why:
      'bytes that are not what `writeReplica` made: parts are put together whole and in order, and what a disk or a line has changed ' +
      'is found by its checksum before. It is refused here rather than read past the end',
  },
  {
    file: 'replica',
    text: "if (form !== FORM) throw new Error('a snapshot that is none of a replica');",
    arm: 'is true',
    why: 'a snapshot of before there was this form: members of worlds run this version only',
  },
  {
    file: 'replica',
    text: 'if (version !== VERSION)',
    arm: 'is true',
    why: 'a snapshot of a later version: members of worlds run this version only',
  },
  {
    file: 'sessions',
    text: "case 'bare': {",
    arm: 'is this case',
    why: 'a command outside of sessions, for a log with an end; the logs of worlds have none',
  },
  {
    file: 'sessions',
    text: 'createSessions<Reply>(weigh: (reply: Reply) => number = () => 0)',
    arm: 'is left out',
    why: 'a default: a replica always says what its replies weigh',
  },
  ...OPEN_GAPS,
];
