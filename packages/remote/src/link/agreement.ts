/** What a handshake comes to, and a link begins with. */

import type { Opener, Sealer } from './seal.js';

/** The other node, once the handshake has shown who it is. */
export interface PeerIdentity {
  readonly name: string;
  readonly incarnation: string;
  readonly address: string | undefined;
  readonly payloadLimit: number;
}

/** A handshake that came to its end on this side: who the other is, and the seals of the link. */
export interface Agreement {
  readonly peer: PeerIdentity;
  /** The newest version of the protocol that both speak. */
  readonly version: number;
  readonly sealer: Sealer;
  readonly opener: Opener;
}
