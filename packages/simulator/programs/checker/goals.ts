/** What models say must come to pass in them. */

import type { MemberId, QuorumSystem, Slot, Value } from '@parliament/synod';
import { type Members, mayDecide } from './electorate.js';
import type { Goal } from './model.js';
import { textOf } from './plain.js';

/** A step says so by this name. */
export function happens(name: string): Goal {
  return { name };
}

/** Each of so many values is chosen in a slot, in one state or another. */
export function valuesChosen(slot: Slot, count: number): Goal {
  return {
    name: `${count} values can be chosen in slot ${slot}`,
    test: ({ choices }) => {
      return new Set(choices.filter((each) => each.slot === slot).map((each) => textOf(each.value))).size >= count;
    },
  };
}

/** A value that is chosen in a slot is chosen again at another ballot. */
export function chosenAgain(slot: Slot): Goal {
  return {
    name: `what is chosen in slot ${slot} is chosen at another ballot too`,
    test: ({ choices }) => choices.some((each) => each.slot === slot && each.isRepeated),
  };
}

/** This value is chosen in a slot. */
export function chooses(slot: Slot, value: Value): Goal {
  return {
    name: `slot ${slot} is decided with <${value.slice(0, 2).join(' ')}>`,
    test: ({ choices }) => choices.some((each) => each.slot === slot && textOf(each.value) === textOf(value)),
  };
}

/** A slot is decided by votes that would be no quorum without this member, or in another configuration. */
export function decidedWith(slot: Slot, member: MemberId, voters: QuorumSystem): Goal {
  const without = (members: readonly MemberId[]): Members => {
    return members.reduce((all, each) => (each === member ? all : all | (1 << each)), 0);
  };
  return {
    name: `slot ${slot} is decided by a quorum that needs member ${member}`,
    test: ({ choices }) =>
      choices.some(
        (each) => each.slot === slot && each.members.includes(member) && !mayDecide(voters, without(each.members)),
      ),
  };
}

/** A slot is decided at this many ballots, in one state or another. */
export function ballotsDecide(slot: Slot, count: number): Goal {
  return {
    name: `${count} ballots can decide slot ${slot}`,
    test: ({ choices }) =>
      new Set(choices.filter((each) => each.slot === slot).map((each) => each.ballot)).size >= count,
  };
}
