/**
 * How monitors, links and exit signals reach actors of other nodes. This package knows processes of its own only: what stands
 * for another node in nact's table of systems (`@parliament/remote` enters it there) carries the rest, through the
 * {@link Distribution} that it keeps under {@link DISTRIBUTION}.
 */

import type { ExitReason, SignalReason } from './exit-reason.js';
import { type ActorReference, addressOf, type Reference, systemOf } from './nact.js';
import { type LinkEnd, type Process, processAt } from './process.js';

/** Where a system that stands for another node keeps its {@link Distribution}. */
export const DISTRIBUTION: unique symbol = Symbol.for('@parliament/otp distribution');

/** The way to the processes of one other node. What is told in order arrives in order, also between messages. */
export interface Distribution {
  /** The links of processes of this node with some of that one. This package adds and removes. */
  readonly ends: Set<RemoteEnd>;
  /** `ended` is called once, with `noconnection` when the way is lost. @returns how to stop watching. */
  monitor(object: Reference, ended: (reason: ExitReason) => void): () => void;
  link(self: ActorReference, other: Reference): void;
  unlink(self: ActorReference, other: Reference): void;
  /** `isLink`: the signal goes over a link, which it ends. */
  exit(to: Reference, reason: SignalReason, from: Reference | undefined, isLink: boolean): void;
}

/** The far end of one link between a process of this node and one of another. */
export class RemoteEnd implements LinkEnd {
  readonly reference: Reference;
  readonly links: Set<LinkEnd> = new Set();
  readonly #distribution: Distribution;

  constructor(reference: Reference, distribution: Distribution) {
    this.reference = reference;
    this.#distribution = distribution;
    distribution.ends.add(this);
  }

  /** The near end has ended. */
  signal(reason: SignalReason, from: LinkEnd): void {
    this.#distribution.ends.delete(this);
    this.#distribution.exit(this.reference, reason, from.reference, true);
  }

  /** Takes the link off. What was linked is given back. */
  cut(): LinkEnd[] {
    this.#distribution.ends.delete(this);
    const near = [...this.links];
    for (const end of near) end.links.delete(this);
    this.links.clear();
    return near;
  }
}

/** The way to the node of a reference; undefined when it is of this process of Node.js, or of nowhere. */
export function distributionOf(reference: Reference): Distribution | undefined {
  return (systemOf(reference) as { readonly [DISTRIBUTION]?: Distribution } | undefined)?.[DISTRIBUTION];
}

/** Links a process of this node with one of another, unless they are linked. @returns whether they were not. */
export function joinRemote(self: Process, other: Reference, distribution: Distribution): boolean {
  if (remoteEndOf(self, other) !== undefined) return false;
  const end = new RemoteEnd(other, distribution);
  end.links.add(self);
  self.links.add(end);
  return true;
}

/** The far end of the link of a process with one of another node. */
export function remoteEndOf(self: Process, other: Reference): RemoteEnd | undefined {
  const address = addressOf(other);
  for (const end of self.links) {
    if (end instanceof RemoteEnd && addressOf(end.reference) === address) return end;
  }
  return undefined;
}

/**
 * For the way to another node: one of its processes, `remote`, has linked itself with one of this node.
 *
 * @returns false when there is no such process here: then `remote` is owed an exit signal `noproc`.
 */
export function acceptLink(local: Reference, remote: Reference): boolean {
  const process = processAt(local);
  const distribution = distributionOf(remote);
  if (process === undefined || distribution === undefined) return false;
  joinRemote(process, remote, distribution);
  return true;
}

/** For the way to another node: `remote` has taken its link with a process of this node off. */
export function acceptUnlink(local: Reference, remote: Reference): void {
  const process = processAt(local);
  if (process !== undefined) remoteEndOf(process, remote)?.cut();
}

/** For the way to another node: an exit signal of `remote` has come over a link. Without a link it is void. */
export function acceptLinkExit(local: Reference, remote: Reference, reason: ExitReason): void {
  const process = processAt(local);
  const end = process === undefined ? undefined : remoteEndOf(process, remote);
  if (process === undefined || end === undefined) return;
  end.cut();
  process.signal(reason, end);
}

/** For the way to another node: it is lost, and with it all links. */
export function loseLinks(distribution: Distribution): void {
  for (const end of [...distribution.ends]) {
    for (const near of end.cut()) near.signal('noconnection', end);
  }
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
