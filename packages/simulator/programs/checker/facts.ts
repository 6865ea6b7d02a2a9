/**
 * What must hold of what has happened, by rules that are written here a second time: who has promised, who has voted, and what
 * is decided by that.
 */

import {
  changeOf,
  type History,
  type MemberId,
  ownerOf,
  type Reconfiguration,
  type Slot,
  type Value,
} from '@parliament/synod';
import {
  changed,
  type Electorate,
  electorateOf,
  foundersOf,
  isIn,
  type Members,
  mayDecide,
  mayPromise,
} from './electorate.js';
import type { Choice } from './evidence.js';
import type { Fact } from './model.js';
import { textOf } from './plain.js';

/** Votes for one value in one slot at one ballot. */
interface VoteGroup {
  readonly slot: Slot;
  readonly ballot: number;
  readonly value: Value;
  readonly votes: { readonly bit: number; readonly member: MemberId }[];
  /** The bit that says that this value is decided in this slot. */
  readonly chosen: number;
  /** The sets of members by which it was seen chosen. */
  readonly seen: Set<Members>;
}

/** Facts of which no two may be true: values proposed in a slot at a ballot, or decided in a slot. */
interface Rivals {
  readonly bits: number[];
  readonly what: string;
}

interface Proposal {
  readonly slot: Slot;
  readonly ballot: number;
}

/** The facts of a search, each with the bit that stands for it in a state. */
export class Facts {
  readonly #founders: readonly Electorate[];
  readonly #alpha: number;
  /** By bit of a vote, and by slot, ballot and value. */
  readonly #groups = new Map<number, VoteGroup>();
  readonly #byVote = new Map<string, VoteGroup>();
  readonly #rivals = new Map<number, Rivals>();
  readonly #byRivalry = new Map<string, Rivals>();
  readonly #proposals = new Map<number, Proposal>();
  readonly #used = new Map<number, number>();
  /** By ballot: who promised it. */
  readonly #promises = new Map<number, { readonly bit: number; readonly member: MemberId }[]>();
  /** By slot: the bits of what may be decided there; and by bit the slot. */
  readonly #decided = new Map<Slot, number[]>();
  readonly #slots = new Map<number, Slot>();
  /** Changes of membership that may be decided, in the order of their slots. */
  readonly #changes: { readonly bit: number; readonly slot: Slot; readonly change: Reconfiguration }[] = [];
  readonly choices: Choice[] = [];

  constructor(history: History) {
    this.#founders = foundersOf(history);
    this.#alpha = history[0].alpha;
  }

  /** A fact has got a bit. `bitOf` gives the bit of another fact that may follow from it. */
  add(bit: number, fact: Fact, bitOf: (fact: Fact) => number): void {
    switch (fact.type) {
      case 'vote': {
        const { slot, ballot, value, member } = fact;
        const group = this.#groupOf(slot, ballot, value, bitOf);
        group.votes.push({ bit, member });
        this.#groups.set(bit, group);
        return;
      }
      case 'promised': {
        const known = this.#promises.get(fact.ballot) ?? [];
        known.push({ bit, member: fact.member });
        this.#promises.set(fact.ballot, known);
        return;
      }
      case 'used':
        this.#used.set(bit, fact.ballot);
        return;
      case 'proposed': {
        const { slot, ballot } = fact;
        this.#proposals.set(bit, { slot, ballot });
        this.#addRival(bit, `${slot}@${ballot}`, `two values are proposed in slot ${slot} at ballot ${ballot}`);
        return;
      }
      case 'decided': {
        const { slot, value } = fact;
        this.#decided.set(slot, [...(this.#decided.get(slot) ?? []), bit]);
        this.#slots.set(bit, slot);
        this.#addRival(bit, `${slot}`, `two values are decided in slot ${slot}`);
        const change = changeOf(value);
        if (change === undefined) return;
        this.#changes.push({ bit, slot, change });
        this.#changes.sort((left, right) => left.slot - right.slot);
        return;
      }
    }
  }

  /**
   * Facts came true by a step: what follows from them is set in the row too. `claims` are the bits of what somebody takes for
   * decided. @returns what is wrong, if anything.
   */
  check(row: Int32Array, base: number, bits: Int32Array, claims: Int32Array): string | undefined {
    for (const bit of bits) {
      const group = this.#groups.get(bit);
      if (group !== undefined && this.#choose(row, base, group)) {
        const found = this.#checkRivals(row, base, group.chosen);
        if (found !== undefined) return found;
      }
      const found = this.#checkUse(row, base, bit) ?? this.#checkProposal(row, base, bit);
      if (found !== undefined) return found;
    }
    for (const bit of claims) {
      // Rule 5, for whoever says that it knows.
      if (!isSet(row, base, bit))
        return `slot ${this.#slots.get(bit)} is taken for decided with what no quorum voted for`;
    }
    return undefined;
  }

  /** Whether the votes of a group are a quorum (rule 5); the row says so then. */
  #choose(row: Int32Array, base: number, group: VoteGroup): boolean {
    const electorate = this.#electorateOf(row, base, group.slot);
    if (electorate === undefined) return false;
    const members = membersOf(row, base, group.votes);
    if (!mayDecide(electorate.voters, members)) return false;
    const isRepeated = isSet(row, base, group.chosen);
    const word = base + (group.chosen >>> 5);
    row[word] = (row[word] as number) | (1 << (group.chosen & 31));
    const seen = isRepeated ? ~members : members;
    if (!group.seen.has(seen)) {
      group.seen.add(seen);
      const { slot, ballot, value } = group;
      const voted = group.votes.map(({ member }) => member).filter((member) => isIn(members, member));
      this.choices.push({ slot, ballot, value, members: voted, configuration: electorate.number, isRepeated });
    }
    return true;
  }

  /** Rule 3: a ballot is used when the acceptor of its owner has promised it. */
  #checkUse(row: Int32Array, base: number, bit: number): string | undefined {
    const ballot = this.#used.get(bit);
    if (ballot === undefined || isIn(this.#promisedBy(row, base, ballot), ownerOf(ballot))) return undefined;
    return `ballot ${ballot} is used, and its owner has not promised it`;
  }

  /** Rule 7: a quorum of those who vote in this slot has promised, and it is decided who they are. */
  #checkProposal(row: Int32Array, base: number, bit: number): string | undefined {
    const proposal = this.#proposals.get(bit);
    if (proposal === undefined) return undefined;
    const { slot, ballot } = proposal;
    const electorate = this.#electorateOf(row, base, slot);
    if (electorate === undefined) return `somebody proposes in slot ${slot} before it is decided who votes there`;
    if (mayPromise(electorate.voters, this.#promisedBy(row, base, ballot))) return this.#checkRivals(row, base, bit);
    return `somebody proposes in slot ${slot} at ballot ${ballot} without the promises of a quorum there`;
  }

  #promisedBy(row: Int32Array, base: number, ballot: number): Members {
    return membersOf(row, base, this.#promises.get(ballot) ?? []);
  }

  /** Who votes in a slot; undefined as long as that is not decided. */
  #electorateOf(row: Int32Array, base: number, slot: Slot): Electorate | undefined {
    for (let before = slot - this.#alpha; before >= 1; before--) {
      if (this.#decided.get(before)?.some((bit) => isSet(row, base, bit)) !== true) return undefined;
    }
    let electorates = this.#founders;
    for (const { bit, slot: at, change } of this.#changes) {
      if (at + this.#alpha <= slot && isSet(row, base, bit))
        electorates = changed(electorates, at, this.#alpha, change);
    }
    return electorateOf(electorates, slot);
  }

  #groupOf(slot: Slot, ballot: number, value: Value, bitOf: (fact: Fact) => number): VoteGroup {
    const key = textOf([slot, ballot, value]);
    let group = this.#byVote.get(key);
    if (group === undefined) {
      const chosen = bitOf({ type: 'decided', slot, value });
      group = { slot, ballot, value, votes: [], chosen, seen: new Set() };
      this.#byVote.set(key, group);
    }
    return group;
  }

  #addRival(bit: number, key: string, what: string): void {
    const rivals = this.#byRivalry.get(key) ?? { bits: [], what };
    rivals.bits.push(bit);
    this.#byRivalry.set(key, rivals);
    this.#rivals.set(bit, rivals);
  }

  #checkRivals(row: Int32Array, base: number, bit: number): string | undefined {
    const rivals = this.#rivals.get(bit);
    if (rivals === undefined) return undefined;
    let found = 0;
    for (const rival of rivals.bits) if (isSet(row, base, rival)) found += 1;
    return found > 1 ? rivals.what : undefined;
  }
}

function membersOf(
  row: Int32Array,
  base: number,
  said: readonly { readonly bit: number; readonly member: MemberId }[],
): Members {
  let members = 0;
  for (const { bit, member } of said) if (isSet(row, base, bit)) members |= 1 << member;
  return members;
}

function isSet(row: Int32Array, base: number, bit: number): boolean {
  return (((row[base + (bit >>> 5)] as number) >>> (bit & 31)) & 1) === 1;
}
