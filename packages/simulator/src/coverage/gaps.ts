/**
 * Branches that could be taken by a world or a model, and are not yet: known gaps of the evidence, printed by `npm run coverage:protocol`
 * as such. Each file says what would come there. Some are taken now and then, as the seeds fall.
 */

import type { Exception } from './branches.js';

/** The branches of a file that are open: the line of the source, and the arm. */
interface Gaps {
  readonly file: string;
  /** What would come there. */
  readonly why: string;
  readonly branches: readonly (readonly [text: string, arm: string])[];
}

const GAPS: readonly Gaps[] = [
  {
    file: 'acceptor',
    why: 'two leaders at one ballot, or a vote without a value: no member does so; a peer that breaks the rules would show it',
    branches: [
      ['if (isRepeated && !sameValue(earlier.value, value)) return NOTHING;', 'is true'],
      ['if (state.votes.delete(slot)) state.voteBytes -= vote?.value.length ?? 0;', 'comes to 0'],
    ],
  },
  {
    file: 'catching-up',
    why: 'a snapshot that is overtaken, is too large, or whose sender falls silent: a model of catching up with senders gone would come there',
    branches: [
      [
        'if (state.assembly !== undefined && state.assembly.slot <= state.decidedUpTo) state.assembly = undefined;',
        'is true',
      ],
      ['if (to !== undefined) messages.push(requestSlots(state, to, behind.upTo, now));', 'is false'],
      ['if (total > state.sizes.snapshotLimitBytes) {', 'is true'],
      ['if (isSilent(assembly)) return true;', 'is true'],
      ['if (isSilent(assembly)) return true;', 'is false'],
      ['return assembly.from === from && assembly.pace.unanswered > 1;', 'comes to assembly.from === from'],
      ['return assembly.from === from && assembly.pace.unanswered > 1;', 'comes to assembly.pace.unanswered > 1'],
    ],
  },
  {
    file: 'configuration',
    why: 'functions for operators, and refusals of histories: worlds make changes of their own; operators that call them would come there',
    branches: [
      [
        'if (!isVoter(configuration, member)) return { base: configuration.number, voters: configuration.voters, learners };',
        'is true',
      ],
      [
        'if (!isVoter(configuration, member)) return { base: configuration.number, voters: configuration.voters, learners };',
        'is false',
      ],
      [
        'return { base: configuration.number, voters: voters ?? stillMajority(configuration, rest), learners };',
        'comes to voters',
      ],
      [
        'return { base: configuration.number, voters: voters ?? stillMajority(configuration, rest), learners };',
        'comes to stillMajority(configuration, rest)',
      ],
      ["if (voters.kind === 'majority') return majority(members);", 'is false'],
    ],
  },
  {
    file: 'counting',
    why: 'a slot that is decided by the votes of others alone while it is not known whom to ask: a model of a learner without an acceptor would come there',
    branches: [['if (known !== undefined) noteBehind(state, known, slot, now);', 'is false']],
  },
  {
    file: 'decree',
    why: 'a decree that cannot be read: a world with a member of another version would come there',
    branches: [
      ["return change === undefined ? { type: 'unknown' } : { type: 'reconfiguration', change };", 'is true'],
      ['if (!Number.isSafeInteger(base) || !Array.isArray(learners)) return undefined;', 'is true'],
    ],
  },
  {
    file: 'delivering',
    why: 'a decree that cannot be read: a world with a member of another version would come there',
    branches: [
      ['if (state.isHalted) return delivered;', 'is true'],
      ['if (!state.isHalted || state.isHaltTold) return undefined;', 'is false'],
      ['if (!state.isHalted || state.isHaltTold) return undefined;', 'comes to state.isHaltTold'],
      [
        "return { type: 'unknown-decree', slot, kind: state.decided.get(slot)?.[0] ?? 0 };",
        'comes to state.decided.get(slot)?.[0]',
      ],
      ["return { type: 'unknown-decree', slot, kind: state.decided.get(slot)?.[0] ?? 0 };", 'comes to 0'],
    ],
  },
  {
    file: 'election',
    why: 'rare orders of promises: a model with a promise of the own acceptor in pages would come there',
    branches: [['if (!role.promises.complete.has(state.member)) return;', 'is true']],
  },
  {
    file: 'following',
    why: 'a ballot far beyond all others is refused at the acceptor before: a peer that makes up numbers would show it',
    branches: [
      ['if (!isLeap(ballot, state.highestSeen)) state.highestSeen = Math.max(state.highestSeen, ballot);', 'is false'],
    ],
  },
  {
    file: 'founding',
    why: 'positions that were written down, and strangers at the founding: the model of it has neither',
    branches: [
      ["else if (record.type === 'heard') notePosition(state, record.member, record.position);", 'is true'],
      ['if (state.founded) return [];', 'is true'],
      ['if (!state.others.includes(from)) return { records: [], introduce: [] };', 'is true'],
      ['return { records: [], introduce: introduction.founded ? [] : [from], mismatch };', 'is true'],
    ],
  },
  {
    file: 'leadership',
    why: 'limits that no world comes to: a world with a long backlog would',
    branches: [
      ['if (role.backlog.length >= BACKLOG_LIMIT) return false;', 'is true'],
      ['if (role.nextSlot > lastSlot && now - role.beatAt >= heartbeatMs) beat(state, role, now, outputs);', 'is true'],
      ['if (role.known.delete(slot)) {', 'is true'],
    ],
  },
  {
    file: 'learner',
    why: 'limits, and decrees that cannot be read: a world with a member of another version would come there',
    branches: [
      ['if (record.slot > state.decidedUpTo) settle(state, record.slot, record.value);', 'is false'],
      ['return trouble === undefined ? output : { ...output, trouble };', 'is false'],
      [
        "if (state.isHalted && message.type !== 'snapshot-part' && !message.type.startsWith('fetch')) return NOTHING;",
        'is true',
      ],
      [
        "if (state.isHalted && message.type !== 'snapshot-part' && !message.type.startsWith('fetch')) return NOTHING;",
        "comes to message.type !== 'snapshot-part'",
      ],
      [
        "if (state.isHalted && message.type !== 'snapshot-part' && !message.type.startsWith('fetch')) return NOTHING;",
        "comes to !message.type.startsWith('fetch')",
      ],
      ['if (isTooLarge === true) {', 'is true'],
    ],
  },
  {
    file: 'marks',
    why: 'limits, and logs that have an end: a world with thousands of questions at a time would come there',
    branches: [
      ['if (role.marks.length >= MARK_LIMIT) return;', 'is true'],
      ['if (configuration === undefined) return false;', 'is true'],
    ],
  },
  {
    file: 'proposer',
    why: 'refusals, and limits that no world comes to: a world with a long backlog would',
    branches: [
      ["if (role.name === 'leading') reconfigure(state, role, input.change, input.token, now, outputs);", 'is false'],
      ["if (role.name === 'leading') beginTransfer(state, role, input.to, input.token, now, outputs);", 'is false'],
      [
        "outputs.push(isTaken ? { type: 'submitted', token } : { type: 'not-submitted', token, reason: 'overloaded' });",
        'is false',
      ],
      ['if (change === undefined) return `a decree of kind ', 'is true'],
      ["if (leader !== undefined) outputs.push({ type: 'send', to: ownerOf(leader), message });", 'is false'],
      [
        'if (!state.options.standing) state.standAt = state.listenedMs + nextRandom(state.random) * state.options.heartbeatMs;',
        'is true',
      ],
    ],
  },
  {
    file: 'quorum',
    why: 'checks of systems that are made by users, and operators that change members one by one',
    branches: [
      ['thresholds: { readonly phase1?: number; readonly phase2?: number } = {},', 'is left out'],
      ['const { phase1 = half, phase2 = half } = thresholds;', 'is left out'],
      ["case 'flexible':", 'is this case'],
      ["case 'weighted':", 'is this case'],
      ["case 'grid':", 'is this case'],
      [
        'return weighted(Object.fromEntries(members.map((each, index) => [each, system.weights[index] ?? 0])), system);',
        'comes to system.weights[index]',
      ],
      [
        'return weighted(Object.fromEntries(members.map((each, index) => [each, system.weights[index] ?? 0])), system);',
        'comes to 0',
      ],
      [
        'return weighted(Object.fromEntries(system.members.map((id, index) => [id, system.weights[index] ?? -1])), system);',
        'comes to -1',
      ],
    ],
  },
  {
    file: 'reconfiguring',
    why: 'refusals of changes that worlds seldom ask for: operators that ask for more kinds of them would come there',
    branches: [
      [
        'const behind = added.filter((member) => (role.progress.get(member) ?? 0) < state.decidedUpTo - current.alpha);',
        'comes to 0',
      ],
      [
        'return state.listenedMs - (role.heard.get(member) ?? -Infinity) <= state.options.electionTimeoutMaxMs;',
        'comes to -Infinity',
      ],
    ],
  },
  {
    file: 'replica',
    why: 'a snapshot that is not what was written, and codecs without a weight: worlds with other machines would come there',
    branches: [
      [
        'return codec.weighReply ?? ((reply) => codec.writeReply(reply).length);',
        'comes to (reply) => codec.writeReply(reply).length',
      ],
      ["if (end > bytes.length) throw new RangeError('a snapshot that ends within a reply');", 'is true'],
    ],
  },
  {
    file: 'sending-on',
    why: 'snapshots that are lent, and asked for late: a network with bandwidth would come there',
    branches: [
      [
        'const older = lent.find((each) => each.snapshot.slot === slot && offset <= each.snapshot.state.length);',
        'comes to offset <= each.snapshot.state.length',
      ],
      ['if (older !== undefined) {', 'is true'],
      ['if (snapshot === undefined) return [];', 'is true'],
      ['return [partOf(snapshot, to, isBegun ? offset : 0, size, token)];', 'is false'],
    ],
  },
  {
    file: 'sessions',
    why: 'sessions that are closed, too many of them, or too many bytes: worlds with such clients would come there',
    branches: [
      [
        'export function createSessions<Reply>(weigh: (reply: Reply) => number = () => 0): SessionTable<Reply> {',
        'is left out',
      ],
      ["case 'close':", 'is this case'],
      [
        "if (table.sessions.size >= SESSION_LIMIT) return { type: 'refused', reason: 'too-many-sessions', token };",
        'is true',
      ],
      ['if (replies.delete(number)) table.bytes -= weightOf(table, reply as Reply);', 'is false'],
      ['for (const number of replies.keys()) if (number <= upTo) drop(number);', 'is false'],
      ["if (table.bytes >= limitBytes) return refusal('too-much-unacknowledged', id, number);", 'is true'],
    ],
  },
  {
    file: 'transfer',
    why: 'refusals of hand-overs that operators seldom ask for',
    branches: [
      ['if (heir === undefined) follows(state);', 'is true'],
      ['if (role.transfer !== undefined) return `it is being handed over to member ', 'is true'],
    ],
  },
];

export const OPEN_GAPS: readonly Exception[] = GAPS.flatMap(({ file, why, branches }) => {
  return branches.map(([text, arm]): Exception => ({ file, text, arm, why, isOpen: true }));
});
