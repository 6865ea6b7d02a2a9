import type { TemporaryReference } from '../nact.js';
import type { TemporaryPlace } from '../wire/temporary-place.js';

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
