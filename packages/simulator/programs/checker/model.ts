/**
 * A model: a few members with the shipped roles, and everything that can happen to them within bounds.
 *
 * All messages ever sent stay in the network, and each can be delivered at any time, once, often or never: so every loss,
 * duplication, delay and order is covered. Time stands still but for timeouts, which come when they like. A crash throws away
 * what a member has in memory; it recovers from its records by the shipped functions.
 */

import type { History, MemberId, Message, Slot, Value } from '@parliament/synod';
import type { Evidence } from './evidence.js';

/** What a component does, besides going on with another state. */
export type Effect =
  /** Somebody is to get an input, sooner or later or never. */
  | { readonly type: 'input'; readonly to: ComponentName; readonly from: MemberId; readonly input: Input }
  /** A fact that an invariant is about. Facts are for ever. */
  | { readonly type: 'fact'; readonly fact: Fact }
  /** Somebody takes this for decided: by then a quorum must have voted for it (rule 5). */
  | { readonly type: 'claim'; readonly slot: Slot; readonly value: Value };

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
  /** A proposer asks others to promise its ballot, or to vote at it. */
  | { readonly type: 'used'; readonly ballot: number }
  /** This member's acceptor has durably promised the ballot, and tells its owner. */
  | { readonly type: 'promised'; readonly member: MemberId; readonly ballot: number }
  /** Follows from votes: nobody says so, see `facts.ts`. */
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
  /** What the step threw: the search says so. */
  readonly thrown?: unknown;
  /** What has come to pass by this, for {@link Model.reach}. */
  readonly reached?: readonly string[];
}

/** A role of a member. Its local state is plain data; steps are given a copy, which they may change. */
export interface Component<Local> {
  readonly name: ComponentName;
  /** The roles for which it gets inputs, when it plays more than the one of its name. */
  readonly plays?: readonly ComponentName[];
  readonly member: MemberId;
  readonly initial: Local;
  /** Takes an input that is for `to`: its own name, or one of those it plays. */
  readonly receive: (local: Local, from: MemberId, input: Input, to: ComponentName) => Outcome<Local>;
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
  readonly act?: (locals: readonly unknown[]) => Outcome<readonly unknown[]> | undefined;
  readonly actEach?: (local: unknown, component: Component<unknown>) => unknown;
}

/** Something that must happen in a search: one in which it does not proves nothing about it. */
export interface Goal {
  readonly name: string;
  /** Whether it has happened. Default: a step said so in its `reached`, by this name. */
  readonly test?: (evidence: Evidence) => boolean;
}

/** What must not be true of the local states of two components at once. */
export interface PairInvariant {
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
  /** The configurations in sight at the beginning: whose votes count is found from them and from what is decided. */
  readonly history: History;
  /** What must have come to pass in some state or other, within the limit of CI. */
  readonly reach: readonly Goal[];
}
