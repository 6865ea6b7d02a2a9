/**
 * How monitors, links and exit signals reach actors of other nodes. This package knows processes of its own only: what stands
 * for another node in nact's table of systems (`@parliament/remote` enters it there) carries the rest, through the
 * {@link Distribution} that it keeps under {@link DISTRIBUTION}.
 */

import type { ExitReason, SignalReason } from '../exit-reason.js';
import { type ActorReference, type AnyReference, addressOf, isUnconnected, type Reference, systemOf } from '../nact.js';
import { type LinkEnd, type Process, processAt } from './process.js';
import { unlinksOf } from './unlinks.js';

/** Where a system that stands for another node keeps its {@link Distribution}. */
export const DISTRIBUTION: unique symbol = Symbol.for('@parliament/otp distribution');

/**
 * The way to the processes of one other node. A system that stands for it is named `remote:`, 32 hexadecimal digits, a slash,
 * and the name of the node: so it is known also when nact's table does not have it. What is told in order arrives in order, also
 * between messages.
 */
export interface Distribution {
  /** The links of processes of this node with some of that one. This package adds and removes. */
  readonly ends: Set<RemoteEnd>;
  /** `ended` is called once, with `noconnection` when the way is lost. @returns how to stop watching. */
  monitor(object: Reference, ended: (reason: ExitReason) => void): () => void;
  link(self: ActorReference, other: Reference): void;
  /** Also the answer to an unlink of the other side: each is answered by one. */
  unlink(self: ActorReference, other: Reference): void;
  /** `isLink`: the signal goes over a link, which it ends. */
  exit(to: Reference, reason: SignalReason, from: Reference | undefined, isLink: boolean): void;
}

/** The far end of one link between a process of this node and one of another. */
export class RemoteEnd implements LinkEnd {
  readonly reference: Reference;
  readonly links: Set<LinkEnd> = new Set();
  /** The way is being asked to make the link: what it says now, it says itself. */
  isNew = false;
  readonly #near: Process;
  readonly #distribution: Distribution;

  constructor(near: Process, reference: Reference, distribution: Distribution) {
    this.reference = reference;
    this.#near = near;
    this.#distribution = distribution;
    this.links.add(near);
    near.links.add(this);
    farEndsOf(near).set(addressOf(reference), this);
    distribution.ends.add(this);
  }

  /** The near end has ended. */
  signal(reason: SignalReason, from: LinkEnd): void {
    this.cut();
    this.#distribution.exit(this.reference, reason, from.reference, true);
  }

  /** Takes the link off. @returns the near end. */
  cut(): Process {
    const near = this.#near;
    this.#distribution.ends.delete(this);
    farEndsOf(near).delete(addressOf(this.reference));
    near.links.delete(this);
    this.links.clear();
    return near;
  }
}

/** The far ends of the links of a process, by their addresses: there may be very many. */
const farEnds = new WeakMap<Process, Map<string, RemoteEnd>>();

function farEndsOf(process: Process): Map<string, RemoteEnd> {
  const known = farEnds.get(process);
  if (known !== undefined) return known;
  const ends = new Map<string, RemoteEnd>();
  farEnds.set(process, ends);
  return ends;
}

function farEndOf(process: Process, other: Reference): RemoteEnd | undefined {
  return farEnds.get(process)?.get(addressOf(other));
}

/** The way to the node of a reference; undefined when it is of this process of Node.js, or of nowhere. */
export function distributionOf(reference: AnyReference): Distribution | undefined {
  if (isUnconnected(reference)) return UNCONNECTED;
  return (systemOf(reference) as { readonly [DISTRIBUTION]?: Distribution } | undefined)?.[DISTRIBUTION];
}

/** The way to a node of which nact's table has nothing: there is none. */
const UNCONNECTED: Distribution = {
  ends: new Set(),
  monitor(object, ended) {
    ended(object.type === 'actor' ? 'noconnection' : 'noproc');
    return () => {};
  },
  link: (self, other) => acceptLinkExit(self, other, 'noconnection'),
  unlink() {},
  exit() {},
};

/**
 * Links a process of this node with one of another, unless they are linked.
 *
 * @throws what the way throws; then they are not.
 */
export function linkRemote(self: Process, other: Reference, distribution: Distribution): void {
  if (farEndOf(self, other) !== undefined) return;
  unlinksOf(distribution).link(self.reference, other);
  const end = new RemoteEnd(self, other, distribution);
  end.isNew = true;
  try {
    distribution.link(self.reference, other);
  } catch (error) {
    end.cut();
    throw error;
  } finally {
    end.isNew = false;
  }
}

/** Takes a link with a process of another node off. */
export function unlinkRemote(self: Process, other: Reference, distribution: Distribution): void {
  const end = farEndOf(self, other);
  if (end === undefined) return;
  end.cut();
  unlinksOf(distribution).begin(self.reference, other);
  distribution.unlink(self.reference, other);
}

/**
 * For the way to another node: one of its processes, `remote`, has linked itself with one of this node.
 *
 * @returns false when there is no such process here: then `remote` is owed an exit signal `noproc`.
 */
export function acceptLink(local: Reference, remote: Reference): boolean {
  const process = processAt(local);
  const distribution = distributionOf(remote);
  if (distribution === undefined) return false;
  unlinksOf(distribution).link(local, remote);
  if (process === undefined) return false;
  // It was sent before the other side knew that the link has been taken off here: there, too, it will be.
  if (unlinksOf(distribution).isUnanswered(local, remote)) return true;
  if (farEndOf(process, remote) === undefined) new RemoteEnd(process, remote, distribution);
  return true;
}

/**
 * For the way to another node: `remote` has taken its link with a process of this node off, or answers that one here has done
 * so.
 */
export function acceptUnlink(local: ActorReference, remote: Reference): void {
  const distribution = distributionOf(remote);
  if (distribution === undefined || unlinksOf(distribution).takeAnswer(local, remote)) return;
  const process = processAt(local);
  if (process !== undefined) farEndOf(process, remote)?.cut();
  // Whether somebody is there or not: the other one waits for it.
  if (unlinksOf(distribution).answer(local, remote)) distribution.unlink(local, remote);
}

/** For the way to another node: an exit signal of `remote` has come over a link. Without a link it is void. */
export function acceptLinkExit(local: Reference, remote: Reference, reason: ExitReason): void {
  const process = processAt(local);
  const end = process === undefined ? undefined : farEndOf(process, remote);
  const distribution = distributionOf(remote);
  if (process === undefined || end === undefined || distribution === undefined) return;
  // It was sent over a link that has been taken off here, and not over the one that was made since.
  if (!end.isNew && unlinksOf(distribution).isUnanswered(local, remote)) return;
  end.cut();
  process.signal(reason, end);
}

/** For the way to another node: it is lost, and with it all links. */
export function loseLinks(distribution: Distribution): void {
  unlinksOf(distribution).forget();
  for (const end of [...distribution.ends]) end.cut().signal('noconnection', end);
}

/**
 * For the way to another node: calls back, synchronously, when the process that lives at a reference of this node ends.
 *
 * @returns how to stop that; undefined when nobody is there.
 */
export function onEnd(local: Reference, ended: (reason: ExitReason) => void): (() => void) | undefined {
  const process = processAt(local);
  if (process === undefined) return undefined;
  const listener = { ended: (_: Process, reason: ExitReason) => ended(reason) };
  process.listen(listener);
  return () => process.unlisten(listener);
}
