/**
 * The own node, as others name it: an entry of nact's table that leads to the actors of this process. What a peer names as the
 * sender of its message is no actor of this node that has sent something here, though one may well answer it: so it must not
 * look like one.
 */

import { type ActorReference, actorReference, enterSystem } from '../nact.js';
import { isActorPath } from '../names.js';
import type { Home } from './references.js';
import { peerSystemName } from './system-names.js';

/** Enters it; the returned function takes it out. */
export function enterLoopback(home: Home): () => void {
  const { leave } = enterSystem(peerSystemName(home, home.node), (system) => {
    system.find = (reference) => {
      if (reference?.type === 'system') return system;
      const parts: unknown = reference?.type === 'actor' ? (reference as ActorReference).path?.parts : undefined;
      if (!isActorPath(parts)) return undefined;
      return home.local.find(actorReference(home.local.name, parts));
    };
    system.stop = () => {};
  });
  return leave;
}
