/** The names under which other nodes stand in nact's table of systems. */

/**
 * The name under which a peer is entered. Unique to the opened node, since several may live in one process; it holds a slash,
 * which no system of a user's needs.
 */
export function peerSystemName({ incarnation }: { readonly incarnation: string }, peer: string): string {
  return `remote:${incarnation}/${peer}`;
}

const PEER_SYSTEM_NAME = /^remote:[0-9a-f]{32}\/(.+)$/;

/** The peer that a system in nact's table stands for, whichever node of this process it belongs to. */
export function peerNamed(systemName: string): string | undefined {
  return PEER_SYSTEM_NAME.exec(systemName)?.[1];
}
