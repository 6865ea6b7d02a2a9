/** What a story claims: `expect …`. A claim that does not hold fails the story, also when its transcript is written anew. */

import { EXPELLED, governing, holdsLease, isMember, ownerOf } from '../../src/index.js';
import { memberIds } from './commands.js';
import { type Player, playerOf, runningPlayerOf, type Stage } from './stage.js';
import { ballotWords, valueWords } from './words.js';

interface Claim {
  readonly form: string;
  readonly pattern: RegExp;
  /** @returns what is so instead; undefined when it holds. */
  readonly check: (stage: Stage, ...words: string[]) => string | undefined;
}

const CLAIMS: readonly Claim[] = [
  {
    form: 'MEMBER leads at BALLOT',
    pattern: /^(\d+) leads at (\S+)$/,
    check: (stage, member = '', ballot = '') => {
      const { role } = runningPlayerOf(stage, Number(member)).proposer;
      const found = role.name === 'leading' ? `it leads at ${ballotWords(role.ballot)}` : 'it does not lead';
      return found === `it leads at ${ballot}` ? undefined : found;
    },
  },
  {
    form: 'MEMBER… lead not',
    pattern: /^(\d+(?: \d+)*) leads? not$/,
    check: (stage, members = '') =>
      firstOf(stage, members, ({ isUp, proposer }) =>
        isUp && proposer.role.name === 'leading' ? `leads at ${ballotWords(proposer.role.ballot)}` : undefined,
      ),
  },
  {
    form: 'MEMBER… follows MEMBER/nobody',
    pattern: /^(\d+(?: \d+)*) follows? (\d+|nobody)$/,
    check: (stage, members = '', leader = '') =>
      firstOf(stage, members, ({ proposer: { role } }) => {
        if (role.name !== 'following') return `is ${role.name}`;
        const found = role.leader === undefined ? 'nobody' : String(ownerOf(role.leader));
        return found === leader ? undefined : `follows ${found}`;
      }),
  },
  {
    form: 'MEMBER… knows VALUE…',
    pattern: /^(\d+(?: \d+)*) knows? ((?:"[^"]*"|no-op|change|nothing)(?: (?:"[^"]*"|no-op|change))*)$/,
    check: (stage, members = '', values = '') =>
      firstOf(stage, members, ({ log }) => {
        const found = [...log.values()].map((value) => valueWords(value).replace(/^change .*$/, 'change'));
        const known = found.length === 0 ? 'nothing' : found.join(' ');
        return known === values ? undefined : `knows ${known}`;
      }),
  },
  {
    form: 'MEMBER… promised BALLOT/none',
    pattern: /^(\d+(?: \d+)*) promised (\S+)$/,
    check: (stage, members = '', ballot = '') =>
      firstOf(stage, members, ({ acceptor }) => {
        const found = ballotWords(acceptor.promised);
        return found === ballot ? undefined : `promised ${found}`;
      }),
  },
  {
    form: 'MEMBER… voted VALUE in slot SLOT',
    pattern: /^(\d+(?: \d+)*) voted ("[^"]*"|no-op|nothing) in slot (\d+)$/,
    check: (stage, members = '', value = '', slot = '') =>
      firstOf(stage, members, ({ acceptor }) => {
        const vote = acceptor.votes.get(Number(slot));
        const found = vote === undefined ? 'nothing' : valueWords(vote.value);
        return found === value ? undefined : `voted ${found}`;
      }),
  },
  {
    form: 'MEMBER holds a/no lease',
    pattern: /^(\d+) holds (a|no) lease$/,
    check: (stage, member = '', word = '') => {
      const holds = holdsLease(runningPlayerOf(stage, Number(member)).proposer, stage.now);
      return holds === (word === 'a') ? undefined : `it holds ${holds ? 'a' : 'no'} lease`;
    },
  },
  {
    form: 'MEMBER… is governed by voters MEMBER…',
    pattern: /^(\d+(?: \d+)*) (?:is|are) governed by voters (\d+(?: \d+)*)$/,
    check: (stage, members = '', voters = '') =>
      firstOf(stage, members, ({ learner: { history, decidedUpTo } }) => {
        const found = governing(history, decidedUpTo + 1).voters.members.join(' ');
        return found === voters ? undefined : `is governed by voters ${found}`;
      }),
  },
  {
    form: 'MEMBER… is a member no longer',
    pattern: /^(\d+(?: \d+)*) (?:is a member|are members) no longer$/,
    check: (stage, members = '') =>
      firstOf(stage, members, ({ member, proposer: { dismissed } }) =>
        dismissed !== undefined && !isMember(dismissed, member) ? undefined : 'has not heard that it is none',
      ),
  },
  {
    form: 'MEMBER… counts MEMBER no longer',
    pattern: /^(\d+(?: \d+)*) counts? (\d+) no longer$/,
    check: (stage, members = '', lost = '') =>
      firstOf(stage, members, ({ founding }) =>
        founding.introduced.get(Number(lost)) === EXPELLED ? undefined : 'counts it',
      ),
  },
];

/** Every form of a claim. */
export const CLAIM_FORMS: readonly string[] = CLAIMS.map(({ form }) => form);

/** @throws Error when the claim does not hold, or is none. */
export function checkClaim(stage: Stage, claim: string): void {
  for (const { pattern, check } of CLAIMS) {
    const match = pattern.exec(claim);
    if (match === null) continue;
    const found = check(stage, ...match.slice(1));
    if (found !== undefined) throw new Error(`expected: ${claim}; but ${found}`);
    return;
  }
  throw new Error(`no such claim: ${claim}\n${CLAIM_FORMS.map((form) => `  expect ${form}`).join('\n')}`);
}

/** What is so with the first member of which `check` finds something. */
function firstOf(stage: Stage, members: string, check: (player: Player) => string | undefined): string | undefined {
  for (const member of memberIds(members)) {
    const found = check(playerOf(stage, member));
    if (found !== undefined) return `member ${member} ${found}`;
  }
  return undefined;
}
