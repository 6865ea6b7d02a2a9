/** What members say and write down, in plain words. */

import {
  type Ballot,
  type Configuration,
  type Decision,
  type DurableRecord,
  EXPELLED,
  type Message,
  NO_BALLOT,
  ownerOf,
  type ProposerNews,
  type ProposerState,
  readDecree,
  roundOf,
  type Value,
} from '../../src/index.js';

/** The kind of a line, and what it says. */
export type Words = readonly [kind: string, rest: string];

/** A ballot as round and member: 3.1 is the ballot of member 1 in round 3. */
export function ballotWords(ballot: Ballot): string {
  return ballot === NO_BALLOT ? 'none' : `${roundOf(ballot)}.${ownerOf(ballot)}`;
}

export function valueWords(value: Value): string {
  const decree = readDecree(value);
  switch (decree.type) {
    case 'no-op':
      return 'no-op';
    case 'commands':
      return `"${new TextDecoder().decode(decree.payload)}"`;
    case 'reconfiguration': {
      const { voters, learners } = decree.change;
      return `change to ${membersWords(voters.members, learners)}`;
    }
    case 'unknown':
      return 'a decree that cannot be read';
  }
}

function membersWords(voters: readonly number[], learners: readonly number[]): string {
  const suffix = learners.length === 0 ? '' : `, learners ${learners.join(' ')}`;
  return `voters ${voters.join(' ')}${suffix}`;
}

export function configurationWords({ number, from, voters, learners }: Configuration): string {
  return `configuration ${number}: ${membersWords(voters.members, learners)}; governs from slot ${from}`;
}

export function decisionsWords(decisions: readonly Decision[]): string {
  return decisions.map(({ slot, value }) => `slot ${slot} ${valueWords(value)}`).join(', ');
}

function decidedWords(decidedUpTo: number): string {
  return decidedUpTo === 0 ? '' : ` (all decided up to slot ${decidedUpTo})`;
}

export function messageWords(message: Message): Words {
  return [message.type, restOf(message)];
}

function restOf(message: Message): string {
  switch (message.type) {
    case 'canvass':
      return `would you follow me?${decidedWords(message.decidedUpTo)}`;
    case 'canvass-reply':
      return `${message.support ? 'yes' : 'no'}; highest ballot seen: ${ballotWords(message.highestSeen)}${decidedWords(message.decidedUpTo)}`;
    case 'candidacy':
      return `${ballotWords(message.ballot)}: hold off, I stand`;
    case 'prepare': {
      const released = message.released === undefined ? '' : `; ${ballotWords(message.released)} was given up for me`;
      return `${ballotWords(message.ballot)}: promise me, and tell your votes from slot ${message.fromSlot} on${released}`;
    }
    case 'promise': {
      const votes = message.votes.map(
        ({ slot, ballot, value }) => `slot ${slot} ${valueWords(value)} at ${ballotWords(ballot)}`,
      );
      const told = votes.length === 0 ? 'no votes' : `voted in ${votes.join(', ')}`;
      return `${ballotWords(message.ballot)}: promised; ${told}${decidedWords(message.decidedUpTo)}`;
    }
    case 'accept':
      return `${ballotWords(message.ballot)}: vote for ${valueWords(message.value)} in slot ${message.slot}`;
    case 'accepted':
      return `${ballotWords(message.ballot)}: voted in slot ${message.slot}`;
    case 'nack':
      return `${ballotWords(message.ballot)}: refused; promised is ${ballotWords(message.promised)}`;
    case 'heartbeat': {
      const lease = message.leaseMs === 0 ? '' : `; lease for ${message.leaseMs}ms?`;
      return `${ballotWords(message.ballot)}: I lead, number ${message.sequence}${decidedWords(message.decidedUpTo)}${lease}`;
    }
    case 'heartbeat-reply': {
      const lease = message.leaseMs === 0 ? '' : `; lease for ${message.leaseMs}ms`;
      return `${ballotWords(message.ballot)}: you lead, number ${message.sequence}${decidedWords(message.decidedUpTo)}${lease}`;
    }
    case 'fetch':
      return `what is decided in slots ${message.fromSlot} to ${message.upTo}?`;
    case 'decided':
      return message.decisions.length === 0 ? 'nothing that you ask for' : decisionsWords(message.decisions);
    case 'fetch-snapshot':
      return `the snapshot of slot ${message.slot}, from byte ${message.offset} on?`;
    case 'snapshot-part':
      return `the snapshot of slot ${message.slot}, from byte ${message.offset} on, of ${message.total}`;
    case 'handover':
      return `${ballotWords(message.ballot)}: stand now, I lead no longer`;
    case 'dismissal':
      return `you are no member any longer: ${configurationWords(message.configuration)}`;
    case 'submit':
      return `propose ${valueWords(message.value)}`;
    case 'ask-mark':
      return 'from which slot on may one read?';
    case 'mark':
      return `once slot ${message.slot} is applied, one may read`;
  }
}

export function recordWords(record: DurableRecord): Words {
  switch (record.type) {
    case 'promised':
      return ['promised', ballotWords(record.ballot)];
    case 'voted':
      return ['voted', `slot ${record.slot} ${valueWords(record.value)} at ${ballotWords(record.ballot)}`];
    case 'decided':
      return ['decided', `slot ${record.slot} as voted at ${ballotWords(record.ballot)}`];
    case 'learned':
      return ['learned', `slot ${record.slot} ${valueWords(record.value)}`];
    case 'snapshot':
      return ['snapshot', `up to slot ${record.snapshot.slot}`];
    case 'introduced':
      return record.directory === EXPELLED
        ? ['expelled', `member ${record.member} is not counted any more`]
        : ['introduced', `member ${record.member} has directory ${record.directory}`];
    case 'founded':
      return ['founded', 'every member knows every other one'];
    case 'heard':
      return ['heard', `member ${record.member} has written ${record.position} records`];
  }
}

/** What a proposer tells that is not seen by its role: undefined for the rest. */
export function newsWords(news: ProposerNews): Words | undefined {
  switch (news.type) {
    case 'leader':
      return undefined;
    case 'submitted':
      return ['submitted', 'the value is on its way'];
    case 'not-submitted':
      return ['not submitted', news.detail ?? (news.reason === 'no-leader' ? 'no leader is known' : news.reason)];
    case 'mark':
      return ['mark', `once slot ${news.slot} is applied, one may read`];
    case 'leased':
      return ['leased', `nobody else can have had anything decided: once slot ${news.slot} is applied, one may read`];
    case 'not-leased':
      return ['no lease', news.isLeading ? 'it leads, and may not read alone' : 'it does not lead'];
    case 'handed-over':
      return ['handed over', `to member ${news.to}`];
    case 'dismissed':
      return ['dismissed', `no member any longer, and never again: ${configurationWords(news.configuration)}`];
  }
}

export function roleWords({ role }: ProposerState): string {
  switch (role.name) {
    case 'following':
      return role.leader === undefined ? 'follows nobody' : `follows ${ballotWords(role.leader)}`;
    case 'canvassing':
      return 'canvasses';
    case 'preparing':
      return `prepares ${ballotWords(role.ballot)}${role.stage === 'own' ? ', its own acceptor first' : ''}`;
    case 'leading':
      return `leads at ${ballotWords(role.ballot)}`;
  }
}
