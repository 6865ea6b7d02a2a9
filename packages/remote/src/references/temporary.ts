import type { TemporaryReference } from '../nact.js';

/** Where a temporary reference is found on its own node. */
export interface TemporaryPlace {
  /** The incarnation of the node in which it waits; in another one it no longer exists. */
  readonly incarnation: string;
  /** It waits for this peer; empty: among the temporary references of the node's own system. */
  readonly peer: string;
  /** A number that its node has drawn for that peer, or a text that it has sealed: nobody can make either up. */
  readonly id: number | string;
}

/** A temporary reference that lives on another node: to send to it is to answer a query made there. */
export class RemoteTemporaryReference implements TemporaryReference {
  readonly type = 'temp';
  readonly system: { readonly name: string };
  readonly id: number | string;
  readonly place: TemporaryPlace;
  /** As of {@link RemoteActorReference}. */
  readonly via: string | undefined;

  constructor(systemName: string, place: TemporaryPlace, via?: string) {
    this.via = via;
    this.system = { name: systemName };
    this.id = place.id;
    this.place = place;
  }
}
