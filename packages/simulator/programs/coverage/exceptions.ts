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
    file: 'chunks',
    text: 'const [first = new Uint8Array()] = parts;',
    arm: 'is left out',
    why: 'a snapshot without a byte: every snapshot has a head',
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
    why: 'a snapshot of before there was this form: worlds have members of this version only, and none reads what it is not for',
  },
  {
    file: 'replica',
    text: 'if (version !== VERSION)',
    arm: 'is true',
    why: 'a snapshot of a later version: worlds have members of this version only',
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
