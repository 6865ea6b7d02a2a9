/**
 * Who may vote where: the oracle's own reading of what is decided. It goes through the log slot by slot, as a learner does, and
 * shares nothing with `configuration.ts` but the form of a decree.
 */

import type { Configuration, History, MemberId, Slot, Value } from '@parliament/synod';
import { type OwnQuorums, readQuorums } from './own-quorums.js';
import { Violation } from './violation.js';

/** A configuration, as the oracle knows it. */
export interface OwnConfiguration {
  readonly number: number;
  readonly from: Slot;
  readonly voters: OwnQuorums;
  readonly kind: string;
  readonly learners: readonly MemberId[];
  readonly spent: readonly MemberId[];
}

/** What changes of membership came to. */
export interface ConstitutionCounts {
  changes: number;
  /** More than one voter came or went by one change. */
  severalVoters: number;
  /** The voters had another kind of quorum system before. */
  otherSystems: number;
  /** A change was decided, and had no effect: another was on its way, or it was meant for another configuration … */
  refusedChanges: number;
  /** … or it names a member that was one once. */
  spentMembers: number;
  /** Slots that were decided under a configuration that is not the founding one. */
  slotsAfterChange: number;
}

export class Constitution {
  readonly counts: ConstitutionCounts = {
    changes: 0,
    severalVoters: 0,
    otherSystems: 0,
    refusedChanges: 0,
    spentMembers: 0,
    slotsAfterChange: 0,
  };
  readonly alpha: number;
  readonly #all: OwnConfiguration[];
  /** The last of them: to be looked at first. */
  #latest: OwnConfiguration;
  /** Histories that were compared. */
  readonly #checked = new WeakSet<History>();

  constructor(founding: Configuration) {
    const voters = readQuorums(founding.voters);
    if (voters === undefined) throw new Violation('the founding configuration has quorums that do not meet');
    this.alpha = founding.alpha;
    this.#latest = { number: 0, from: 1, voters, kind: founding.voters.kind, learners: [], spent: [] };
    this.#all = [this.#latest];
  }

  /** The configuration of a slot, as far as it is known: up to what was read plus alpha. */
  governing(slot: Slot): OwnConfiguration {
    if (this.#latest.from <= slot) return this.#latest;
    let index = this.#all.length - 1;
    while (index > 0 && (this.#all[index] as OwnConfiguration).from > slot) index -= 1;
    return this.#all[index] as OwnConfiguration;
  }

  /** The next slot is decided with this value. */
  read(slot: Slot, value: Value): void {
    if (this.#all.length > 1 && this.governing(slot).number > 0) this.counts.slotsAfterChange += 1;
    if (value[0] !== 2) return;
    const decree = decreeOf(value);
    if (decree === undefined) return;
    const next = this.#after(slot, decree);
    if (next === undefined) {
      this.counts.refusedChanges += 1;
      return;
    }
    this.#note(this.#latest, next);
    this.#all.push(next);
    this.#latest = next;
  }

  /** A member that has applied all up to a slot goes by these configurations: by all that are in sight from there, and no other. */
  check(member: MemberId, history: History, decidedUpTo: Slot): void {
    const first = this.governing(decidedUpTo + 1).number;
    let last = this.#all.length - 1;
    // What is decided further on is not its business yet.
    while (last > first && (this.#all[last] as OwnConfiguration).from - this.alpha > decidedUpTo) last -= 1;
    const isWhole = history[0].number === first && history.length === last - first + 1;
    if (isWhole && this.#checked.has(history)) return;
    const expected = this.#all
      .slice(first, last + 1)
      .map(describe)
      .join('; ');
    const found = history.map((configuration) => describe(ownOf(configuration))).join('; ');
    if (expected !== found) {
      throw new Violation(`after slot ${decidedUpTo} member ${member} goes by ${found}; decided is ${expected}`);
    }
    this.#checked.add(history);
  }

  #after(slot: Slot, { base, voters, learners }: Decree): OwnConfiguration | undefined {
    const now = this.#latest;
    const before = [...now.voters.members, ...now.learners];
    const after = [...voters.members, ...learners];
    if (after.some((member) => now.spent.includes(member))) this.counts.spentMembers += 1;
    const isMeant = now.from <= slot && base === now.number;
    const isFit =
      new Set(after).size === after.length &&
      after.every((member) => Number.isInteger(member) && member >= 0 && member < 1024) &&
      !after.some((member) => now.spent.includes(member)) &&
      voters.members.every((member) => before.includes(member));
    if (!isMeant || !isFit) return undefined;
    const gone = before.filter((member) => !after.includes(member));
    return {
      number: base + 1,
      from: slot + this.alpha,
      voters,
      kind: voters.text.split(' ')[0] as string,
      learners: ascending(learners),
      spent: ascending([...now.spent, ...gone]),
    };
  }

  #note(before: OwnConfiguration, after: OwnConfiguration): void {
    const came = after.voters.members.filter((member) => !before.voters.members.includes(member)).length;
    const went = before.voters.members.filter((member) => !after.voters.members.includes(member)).length;
    this.counts.changes += 1;
    if (Math.max(came, went) > 1) this.counts.severalVoters += 1;
    if (before.kind !== after.kind) this.counts.otherSystems += 1;
  }
}

interface Decree {
  readonly base: number;
  readonly voters: OwnQuorums;
  readonly learners: readonly MemberId[];
}

function decreeOf(value: Value): Decree | undefined {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(value.subarray(1)).toString());
  } catch {
    return undefined;
  }
  const { base, voters: given, learners } = found as { base: unknown; voters: unknown; learners: unknown };
  const voters = readQuorums(given);
  if (typeof base !== 'number' || voters === undefined || !Array.isArray(learners)) return undefined;
  return { base, voters, learners: learners.map(Number) };
}

function ownOf({ number, from, voters, learners, spent }: Configuration): OwnConfiguration {
  const own = readQuorums(voters);
  if (own === undefined) throw new Violation(`configuration ${number} has quorums that do not meet`);
  return { number, from, voters: own, kind: voters.kind, learners, spent };
}

function describe({ number, from, voters, learners, spent }: OwnConfiguration): string {
  return `${number} from slot ${from}: ${voters.text}, learners ${learners.join(' ')}, spent ${spent.join(' ')}`;
}

function ascending(members: readonly MemberId[]): MemberId[] {
  return [...members].sort((left, right) => left - right);
}
