import { hexOf } from '../hex.js';
import { type ActorReference, actorPath } from '../nact.js';
import type { ActorPlace } from '../wire/frame.js';

/**
 * A reference to an actor of another node. Plain data, as nact's own are: a copy of it serves as well.
 *
 * One that came from its node leads to the incarnation of the node that it came from: after a restart nobody is there. One
 * that {@link Node.ref} made leads to whoever is at the path.
 */
export class RemoteActorReference implements ActorReference {
  readonly type = 'actor';
  readonly system: { readonly name: string };
  readonly path: ActorReference['path'];
  readonly name: string;
  /** Of its node; empty: whichever there is. */
  readonly incarnation: string;
  /** What opens the way to the actor, as hexadecimal digits: whoever holds the reference may send to it. */
  readonly key: string;
  /** Of the sender of a message: the node that says so, when it is not the actor's own. Else undefined. */
  readonly via: string | undefined;

  constructor(systemName: string, { path, incarnation, key }: ActorPlace, via?: string) {
    this.via = via;
    this.system = { name: systemName };
    this.path = actorPath(systemName, path);
    this.name = path[path.length - 1] as string;
    this.incarnation = incarnation;
    this.key = hexOf(key);
  }
}
