/**
 * A model: a few members with the shipped roles, and everything that can happen to them within bounds.
 *
 * All messages ever sent stay in the network, and each can be delivered at any time, once, often or never: so every loss,
 * duplication, delay and order is covered. Time stands still but for timeouts, which come when they like. A crash throws away
 * what a member has in memory; it recovers from its records by the shipped functions.
 */

import type { MemberId, Message, Slot, Value } from '@parliament/synod';

/** What a component does, besides going on with another state. */
export type Effect =
  /** Somebody is to get an input, sooner or later or never. */
  | { readonly type: 'input'; readonly to: ComponentName; readonly from: MemberId; readonly input: Input }
  /** A fact that an invariant is about. Facts are for ever. */
  | { readonly type: 'fact'; readonly fact: Fact };

/** What can become of things, and must not become of two different ones. */
export type Fact =
  | {
      readonly type: 'vote';
      readonly member: MemberId;
      readonly slot: Slot;
      readonly ballot: number;
      readonly value: Value;
    }
  | { readonly type: 'proposed'; readonly slot: Slot; readonly ballot: number; readonly value: Value }
  | { readonly type: 'decided'; readonly slot: Slot; readonly value: Value };

/** What comes to a component. */
export type Input =
  | { readonly type: 'message'; readonly message: Message }
  /** What the learner of the same member tells the other roles. */
  | { readonly type: 'watermark'; readonly content: unknown };

/** `acceptor 0`, `proposer 1`. */
type ComponentName = string;

/** What follows from an input or an action. */
export interface Outcome<Local> {
  readonly next: Local;
  readonly effects: readonly Effect[];
  /** What is wrong with this step or state, if anything. */
  readonly violation?: string;
}

/** A role of a member. Its local state is plain data; steps are given a copy, which they may change. */
export interface Component<Local> {
  readonly name: ComponentName;
  readonly member: MemberId;
  readonly initial: Local;
  readonly receive: (local: Local, from: MemberId, input: Input) => Outcome<Local>;
  /** What it may do of itself in this state, by name. */
  readonly actions: (local: Local) => readonly string[];
  readonly act: (local: Local, action: string) => Outcome<Local>;
}

/** Something that happens to several components at once: a crash of a member, a tick of every clock. */
export interface JointAction {
  readonly name: string;
  readonly components: readonly ComponentName[];
  /**
   * The local states after it, in the order of `components`; undefined when it cannot happen now. What happens to each may
   * depend on all (`act`), or, which is found much faster, on its own state alone (`actEach`).
   */
  readonly act?: (locals: readonly unknown[]) => readonly unknown[] | undefined;
  readonly actEach?: (local: unknown, component: Component<unknown>) => unknown;
}

/** What must not be true of the local states of two components at once. */
interface PairInvariant {
  readonly left: ComponentName;
  readonly right: ComponentName;
  readonly violation: (left: unknown, right: unknown) => string | undefined;
}

export interface Model {
  readonly name: string;
  readonly components: readonly Component<unknown>[];
  readonly joint: readonly JointAction[];
  readonly pairs: readonly PairInvariant[];
  /** What is on its way when the search begins, and what is true by then. */
  readonly effects?: readonly Effect[];
  /** How many inputs and facts there may be; a state has a bit for each. Default 512. */
  readonly inputLimit?: number;
  /** Whether these members, having voted in a slot at one ballot, have decided. Undefined where it depends on more. */
  readonly isChosen: ((members: ReadonlySet<MemberId>) => boolean) | undefined;
}
