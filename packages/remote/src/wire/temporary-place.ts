/** Where answers go. */

/** Where a temporary reference is found on its own node. */
export interface TemporaryPlace {
  /** The incarnation of the node in which it waits; in another one it no longer exists. */
  readonly incarnation: string;
  /** It waits for this peer; empty: among the temporary references of the node's own system. */
  readonly peer: string;
  /** A number that its node has drawn for that peer, or a text that it has sealed: nobody can make either up. */
  readonly id: number | string;
}
