/** Messages that nobody handles, counted by system. Whoever wants to see them subscribes. */

import {
  type ActorReference,
  type AnyReference,
  type ConcreteActor,
  type ConcreteSystem,
  Nowhere,
  pathOf,
  type Reference,
  type Sender,
  systemOf,
} from '../nact.js';
import { guard } from '../promises.js';
import { Awaiting } from './process.js';

/** Why a message was not handled. */
export const DEAD_LETTER_REASONS = [
  /** No actor is at the reference. */
  'noproc',
  /** The actor ended while the message waited for it. */
  'ended',
  /** The mailbox was full. */
  'overloaded',
  /** The gen-server has no handler for such a message. */
  'not-understood',
  /** A reply that could not be sent: too large for the node of whoever waits, or with something in it that cannot travel. */
  'unsendable',
  /** It was sent on behalf of an incarnation that had ended. */
  'fenced',
] as const;

export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** A message that nobody handled. */
export interface DeadLetter {
  readonly recipient: Reference;
  readonly message: unknown;
  readonly sender: Reference | undefined;
  readonly reason: DeadLetterReason;
}

/** How many messages nobody handled, by reason. */
export type DeadLetterCounts = Readonly<Record<DeadLetterReason, number>>;

interface Office {
  readonly counts: Record<DeadLetterReason, number>;
  readonly listeners: Set<(letter: DeadLetter) => void>;
}

const NONE: DeadLetterCounts = { noproc: 0, ended: 0, overloaded: 0, 'not-understood': 0, unsendable: 0, fenced: 0 };

const offices = new WeakMap<ConcreteSystem, Office>();

/** What nact finds where nobody is, so that what its own `dispatch` sends there is counted, too. */
class Nobody extends Nowhere {
  readonly #recipient: Reference;

  constructor(recipient: Reference) {
    super();
    this.#recipient = recipient;
  }

  dispatch(message: unknown, sender?: Sender): boolean {
    noteDeadLetter(this.#recipient, message, sender, 'noproc');
    return false;
  }
}

/** Opens the dead letter office of a system, once. */
export function officeOf(system: ConcreteSystem): Office {
  const known = offices.get(system);
  if (known !== undefined) return known;
  const office: Office = {
    counts: { ...NONE },
    listeners: new Set(),
  };
  offices.set(system, office);
  // A system that stands for another node finds in its own way.
  if (!Object.hasOwn(system, 'find')) {
    const find = system.find.bind(system);
    system.find = (reference) => {
      if (reference?.type === 'actor') return findActor(system, reference);
      if (reference?.type !== 'temp') return find(reference);
      const waiting = system.tempReferences.get(reference.id);
      return waiting instanceof Awaiting ? waiting : find(reference);
    };
  }
  return office;
}

/** As nact's own, which walks down from the system. */
function findActor(system: ConcreteSystem, reference: ActorReference): ConcreteActor | Nobody {
  let place: ConcreteSystem | ConcreteActor = system;
  for (const part of pathOf(reference)) {
    const below: ConcreteActor | undefined = place.children.get(part);
    if (below === undefined) return new Nobody(reference);
    place = below;
  }
  return place as ConcreteActor;
}

/** Counts a message that nobody handles, in `system`: by default that of its recipient. */
export function noteDeadLetter(
  recipient: Reference,
  message: unknown,
  sender: Sender,
  reason: DeadLetterReason,
  system: ConcreteSystem | undefined = systemOf(recipient),
): void {
  if (system === undefined) return;
  const { counts, listeners } = officeOf(system);
  counts[reason] += 1;
  if (listeners.size === 0) return;
  const letter = { recipient, message, sender: sender?.type === 'nobody' ? undefined : sender, reason };
  for (const listener of listeners) {
    // A listener's fault is its own.
    guard(
      () => listener(letter),
      () => {},
    );
  }
}

/**
 * How many messages of a system nobody has handled so far. Counted are those to actors of the system, from when this
 * package was first used on it; not those to actors of other nodes, and not late replies.
 */
export function deadLetters(system: AnyReference): DeadLetterCounts {
  const concrete = systemOf(system);
  return { ...(concrete === undefined ? NONE : officeOf(concrete).counts) };
}

/**
 * Shows every dead letter of a system to `listener`, as it happens, until the returned function is called. What the
 * listener throws is ignored. It must not send to the dead itself: that would be one more letter.
 */
export function onDeadLetter(system: AnyReference, listener: (letter: DeadLetter) => void): () => void {
  const concrete = systemOf(system);
  if (concrete === undefined) return () => {};
  const { listeners } = officeOf(concrete);
  const entry = (letter: DeadLetter): void => listener(letter);
  listeners.add(entry);
  return () => listeners.delete(entry);
}
