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
    file: 'transfer',
    why:
      'a handover that is under way when the heir loses its vote: one world in some hundreds comes there. The worlds "handovers, members" ' +
      'of the battery do, and `membership.test.ts` of synod',
    branches: [
      [
        `if (!isVoter(configurationNow(state), to)) return giveUp(role, token, \`member \${to} is no voter any more\`);`,
        'is true',
      ],
    ],
  },
  {
    file: 'transfer',
    why: 'a leader that is removed while it hears nobody who could lead: one world in two hundred comes there',
    branches: [['if (heir !== undefined) return [handOver(state, role, heir)];', 'is false']],
  },
  {
    file: 'on-disk',
    why: 'a snapshot of another member that comes while the disk is full: one world in a thousand. `on-disk.test.ts` of synod sees to it',
    branches: [["if (record.type !== 'decided' && record.type !== 'learned') continue;", 'is true']],
  },
];

export const OPEN_GAPS: readonly Exception[] = GAPS.flatMap(({ file, why, branches }) => {
  return branches.map(([text, arm]): Exception => ({ file, text, arm, why, isOpen: true }));
});
