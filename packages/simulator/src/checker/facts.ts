/** What must hold of what has happened: one value for each ballot and slot, one value decided for each slot. */

import type { MemberId } from '@parliament/synod';
import type { Fact } from './model.js';
import { textOf } from './plain.js';

interface VoteGroup {
  readonly votes: { readonly bit: number; readonly member: MemberId }[];
  /** The bit that says that this value is decided in this slot. */
  readonly chosen: number;
}

/** The facts of a search, each with the bit that stands for it in a state. */
export class Facts {
  readonly #isChosen: ((members: ReadonlySet<MemberId>) => boolean) | undefined;
  /** By bit of a vote: the votes for the same value in the same slot at the same ballot. */
  readonly #groups = new Map<number, VoteGroup>();
  readonly #byVote = new Map<string, VoteGroup>();
  /** By bit: the bits of facts that must not be true beside it. */
  readonly #rivals = new Map<number, { readonly bits: number[]; readonly what: string }>();
  readonly #byRivalry = new Map<string, { readonly bits: number[]; readonly what: string }>();

  readonly #decided = new Set<number>();
  readonly #seen = new Set<number>();

  constructor(isChosen: ((members: ReadonlySet<MemberId>) => boolean) | undefined) {
    this.#isChosen = isChosen;
  }

  /** How many values were decided in some state or other. */
  get decidedValues(): number {
    return this.#seen.size;
  }

  /** A fact has got a bit. `bitOf` gives the bit of another fact that may follow from it. */
  add(bit: number, fact: Fact, bitOf: (fact: Fact) => number): void {
    if (fact.type === 'vote') {
      if (this.#isChosen === undefined) return;
      const { slot, ballot, value } = fact;
      const key = textOf([slot, ballot, value]);
      let group = this.#byVote.get(key);
      if (group === undefined) {
        group = { votes: [], chosen: bitOf({ type: 'decided', slot, value }) };
        this.#byVote.set(key, group);
      }
      group.votes.push({ bit, member: fact.member });
      this.#groups.set(bit, group);
      return;
    }
    const isProposal = fact.type === 'proposed';
    if (!isProposal) this.#decided.add(bit);
    const key = isProposal ? `${fact.slot}@${fact.ballot}` : `${fact.slot}`;
    const what = isProposal
      ? `two values are proposed in slot ${fact.slot} at ballot ${fact.ballot}`
      : `two values are decided in slot ${fact.slot}`;
    let rivals = this.#byRivalry.get(key);
    if (rivals === undefined) {
      rivals = { bits: [], what };
      this.#byRivalry.set(key, rivals);
    }
    rivals.bits.push(bit);
    this.#rivals.set(bit, rivals);
  }

  /** Facts came true by a step: what follows from them is set in the row too. @returns what is wrong, if anything. */
  check(row: Int32Array, base: number, bits: Int32Array): string | undefined {
    for (const bit of bits) {
      const group = this.#groups.get(bit);
      if (group !== undefined && this.#isChosen !== undefined) {
        const voters = new Set<MemberId>();
        for (const vote of group.votes) if (isSet(row, base, vote.bit)) voters.add(vote.member);
        if (this.#isChosen(voters)) {
          const word = base + (group.chosen >>> 5);
          row[word] = (row[word] as number) | (1 << (group.chosen & 31));
          const found = this.#checkRivals(row, base, group.chosen);
          if (found !== undefined) return found;
        }
      }
      const found = this.#checkRivals(row, base, bit);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #checkRivals(row: Int32Array, base: number, bit: number): string | undefined {
    const rivals = this.#rivals.get(bit);
    if (rivals === undefined) return undefined;
    if (this.#decided.has(bit)) this.#seen.add(bit);
    let found = 0;
    for (const rival of rivals.bits) if (isSet(row, base, rival)) found += 1;
    return found > 1 ? rivals.what : undefined;
  }
}

function isSet(row: Int32Array, base: number, bit: number): boolean {
  return (((row[base + (bit >>> 5)] as number) >>> (bit & 31)) & 1) === 1;
}
