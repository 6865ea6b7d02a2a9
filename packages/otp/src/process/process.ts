/**
 * A process: one incarnation of an actor, from its start to its end. It is what monitors and links hold on to, as in Erlang,
 * where a reference names a path, and whoever is there.
 *
 * Every actor of this process of Node.js has one. Those started by this package get it at their start; a plain nact actor of
 * the user's gets it when it is first monitored, linked, registered or called.
 */

import { warn } from '#platform';
import type { ExitReason, SignalReason } from '../exit-reason.js';
import {
  type ActorReference,
  type AnyReference,
  actorAt,
  type ConcreteActor,
  isFound,
  isUnconnected,
  type Reference,
} from '../nact.js';
import { textOf } from '../text-of.js';
import { onStop } from './stopping.js';

/** Is told, once, that a process has ended, and why. Must not throw. */
export interface EndListener {
  ended(process: Process, reason: ExitReason): void;
}

/**
 * Somebody who waits, in nact's table of temporary references, for an answer of one process. There may be very many of them,
 * of one process and of others: so those of each are a chain of their own, which needs no memory beside them.
 */
export abstract class Awaiting implements EndListener {
  /** The fields are the process's. */
  abstract before: Awaiting | undefined;
  abstract after: Awaiting | undefined;
  abstract ended(process: Process, reason: ExitReason): void;
  /** The answer comes. */
  abstract dispatch(answer: unknown): void;
}

/**
 * What a process that traps exits gets in its mailbox when one that it is linked to ends, or when it is sent an exit signal:
 * Erlang's `{'EXIT', From, Reason}`.
 */
export class Exit {
  readonly type = 'EXIT';
  readonly from: Reference;
  readonly reason: ExitReason;

  constructor(from: Reference, reason: ExitReason) {
    this.from = from;
    this.reason = reason;
  }
}

/** One end of a link: a process, or what stands for one of another node. */
export interface LinkEnd {
  readonly reference: Reference;
  /** The other ends; the relation is symmetric. */
  readonly links: Set<LinkEnd>;
  /** An exit signal arrives from the other end. */
  signal(reason: SignalReason, from: LinkEnd): void;
}

/** What a process does when it is to end, or is shown in the tree. Those of this package have an order to keep. */
export interface ProcessKind {
  readonly name: 'worker' | 'supervisor' | 'actor';
  /** Ends the process at once, because of an exit signal. */
  end(process: Process, reason: ExitReason): void;
  /** As `end`, because of the signal `kill`: it may do nothing more, not even clean up. */
  kill(process: Process): void;
  /** Ends it in order, with all below it, and takes it out of the tree. */
  halt(process: Process): Promise<void>;
}

/** Where an actor keeps its process: looked up with every call, so it is no table. */
const PROCESS: unique symbol = Symbol('process');

type Tracked = ConcreteActor & { [PROCESS]?: Process };

let numbers = 0;

/** Exit signals on their way to those that are linked. One end may cause many: they take turns, or the stack would not do. */
const signals: { readonly to: LinkEnd; readonly reason: ExitReason; readonly from: Process }[] = [];
let isDelivering = false;

/** All have arrived before anything else happens. */
function sendSignal(to: LinkEnd, reason: ExitReason, from: Process): void {
  signals.push({ to, reason, from });
  if (isDelivering) return;
  isDelivering = true;
  // More come to its end meanwhile. Nothing is taken off its front, which of a long one would cost as much as all the rest.
  for (const signal of signals) {
    try {
      signal.to.signal(signal.reason, signal.from);
    } catch (error) {
      warnOf('an exit signal', error);
    }
  }
  signals.length = 0;
  isDelivering = false;
}

/** One whose way fails must not keep the others from theirs. */
function warnOf(what: string, error: unknown): void {
  warn(`${what} could not be delivered`, textOf(error));
}

/** One incarnation of an actor. */
export class Process implements LinkEnd {
  /** Higher than that of any process before it. */
  readonly number: number;
  readonly actor: ConcreteActor;
  readonly kind: ProcessKind;
  /** Exit signals, but for `kill`, arrive as messages. */
  trapsExits = false;
  /** The names that it has in the registry, in the order in which it got them; undefined: it never had one. */
  names: Set<string> | undefined;
  /** It is looked at with every message that is sent: a field, and no getter. */
  alive = true;
  #reason: ExitReason | undefined;
  readonly #listeners = new Set<EndListener>();
  #firstAwaiting: Awaiting | undefined;
  #lastAwaiting: Awaiting | undefined;
  /** Those that an exit signal goes to at the end. */
  readonly links: Set<LinkEnd> = new Set();

  constructor(actor: ConcreteActor, kind: ProcessKind) {
    numbers += 1;
    this.number = numbers;
    this.actor = actor;
    this.kind = kind;
    (actor as Tracked)[PROCESS] = this;
  }

  get reference(): ActorReference {
    return this.actor.reference;
  }

  /** Why it ended; undefined while it lives. */
  get reason(): ExitReason | undefined {
    return this.#reason;
  }

  /** Those who wait for an answer of it, in the order in which they began to. */
  get awaiting(): readonly Awaiting[] {
    const awaiting: Awaiting[] = [];
    for (let each = this.#firstAwaiting; each !== undefined; each = each.after) awaiting.push(each);
    return awaiting;
  }

  /** Somebody waits for an answer of it from now on. */
  await(waiting: Awaiting): void {
    waiting.before = this.#lastAwaiting;
    if (this.#lastAwaiting === undefined) this.#firstAwaiting = waiting;
    else this.#lastAwaiting.after = waiting;
    this.#lastAwaiting = waiting;
  }

  /** And not any more; once or twice. */
  unawait(waiting: Awaiting): void {
    const { before, after } = waiting;
    if (before !== undefined) before.after = after;
    else if (this.#firstAwaiting === waiting) this.#firstAwaiting = after;
    else return;
    if (after !== undefined) after.before = before;
    else this.#lastAwaiting = before;
    waiting.before = undefined;
    waiting.after = undefined;
  }

  /** How many are told of its end, besides those who wait for an answer. */
  get watchers(): number {
    return this.#listeners.size;
  }

  /** Calls back at its end, until {@link unlisten}. Of one that has ended already: nothing. */
  listen(listener: EndListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: EndListener): void {
    this.#listeners.delete(listener);
  }

  /**
   * The end, once: from here on nobody finds it. Told are those who wait for an answer, then those who listen, each in the
   * order in which they began to, and then its links. All of that happens before anything else can be sent, so whatever it has sent itself arrives before.
   */
  die(reason: ExitReason): void {
    if (!this.alive) return;
    this.alive = false;
    this.#reason = reason;
    for (const listener of [...this.awaiting, ...this.#listeners]) {
      try {
        listener.ended(this, reason);
      } catch (error) {
        warnOf('the end of an actor', error);
      }
    }
    this.#listeners.clear();
    const linked = [...this.links];
    this.links.clear();
    for (const other of linked) {
      other.links.delete(this);
      sendSignal(other, reason, this);
    }
  }

  /**
   * An exit signal arrives. The rules are those of the Erlang reference manual, "Receiving Exit Signals".
   *
   * @param from the process that has ended, or that says so; undefined when it is none.
   */
  signal(reason: SignalReason, from: { readonly reference: Reference } | undefined): void {
    if (!this.alive) return;
    if (reason === 'kill') this.kind.kill(this);
    else if (this.trapsExits) {
      const sender = from?.reference ?? this.actor.system.reference;
      enqueue(this, new Exit(sender, reason), sender);
    } else if (reason !== 'normal' || from === this) this.kind.end(this, reason);
  }
}

const dispatchOf = new WeakMap<ConcreteActor, ConcreteActor['dispatch']>();

/** Where a bounded mailbox keeps its unbounded entrance: what must arrive is not refused. */
export function setUnbounded(actor: ConcreteActor, dispatch: ConcreteActor['dispatch']): void {
  dispatchOf.set(actor, dispatch);
}

/** Puts a message into the mailbox of a process, however full that is. */
export function enqueue(process: Process, message: unknown, sender?: Reference): void {
  const { actor } = process;
  if (actor.stopped) return;
  const unbounded = dispatchOf.get(actor);
  if (unbounded === undefined) actor.dispatch(message, sender);
  else unbounded(message, sender);
}

/** The process of an actor; one that has ended when the actor has, but is not yet out of the tree. */
export function processOf(actor: ConcreteActor): Process {
  const known = (actor as Tracked)[PROCESS];
  if (known !== undefined) return known;
  let told: ExitReason | undefined;
  // A user's own actor: nact ends it.
  const end = (_: Process, reason: ExitReason): void => {
    told = reason;
    if (!actor.stopped) actor.stop();
  };
  const process = new Process(actor, {
    name: 'actor',
    end,
    kill: (self) => end(self, 'killed'),
    halt: () => haltPlain(actor),
  });
  onStop(actor, ({ fault }) => process.die(told ?? (fault === undefined ? 'shutdown' : { crash: fault.error })));
  return process;
}

async function haltPlain(actor: ConcreteActor): Promise<void> {
  await haltBelow(actor);
  if (!actor.stopped) actor.stop();
}

/** Ends what is below an actor or a system, in order: what was started last ends first, with all below it. */
export async function haltBelow({ children }: Pick<ConcreteActor, 'children'>): Promise<void> {
  for (const child of [...children.values()].reverse()) {
    const process = knownProcess(child);
    await (process === undefined ? haltPlain(child) : process.kind.halt(process));
  }
}

/** Ends what is below an actor at once; nothing of it cleans up. */
export function killBelow({ children }: Pick<ConcreteActor, 'children'>): void {
  for (const child of [...children.values()].reverse()) {
    killBelow(child);
    const process = knownProcess(child);
    if (process?.alive === true) process.kind.kill(process);
  }
}

/** The process that lives at a reference of this process of Node.js at this moment. */
export function processAt(reference: AnyReference): Process | undefined {
  const actor = actorAt(reference);
  if (actor === undefined) return undefined;
  const process = processOf(actor);
  return process.alive ? process : undefined;
}

/**
 * Whether an actor (or a system) lives at `reference` at this moment; one that has ended and still cleans up does not. Of
 * another node that is not known: true.
 */
export function mayBeAlive(reference: AnyReference): boolean {
  const actor = actorAt(reference);
  if (actor !== undefined) return knownProcess(actor)?.alive ?? true;
  return isFound(reference) || isUnconnected(reference);
}

/** The process of an actor that this package started or has watched; alive or not. */
export function knownProcess(actor: ConcreteActor): Process | undefined {
  return (actor as Tracked)[PROCESS];
}
