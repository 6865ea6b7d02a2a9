/** The bounds of a node, and their defaults. */

/** Bounds. Defaults in {@link DEFAULT_LIMITS}. */
export interface NodeLimits {
  /** The longest message, in bytes; 1,024 at least. */
  readonly payloadBytes: number;
  /** Past this many bytes waiting for one peer, `overloaded` is told. */
  readonly queueSoftBytes: number;
  /** Past this many bytes waiting for one peer, its link is dropped. */
  readonly queueHardBytes: number;
  /** The same in messages. */
  readonly queueSoftMessages: number;
  readonly queueHardMessages: number;
  /** Calls and queries that wait for one peer; past it they fail as `overloaded`. */
  readonly calls: number;
  /** How long a handshake may take, in milliseconds. */
  readonly handshakeMs: number;
  /** Incoming connections, of all kinds. */
  readonly connections: number;
  /** Handshakes of one address that may fail in a row, and then one each second; past it, who comes from there gives way first. Of so many is told. */
  readonly failedHandshakes: number;
  /** Incoming connections that have not shown who they are yet. */
  readonly unauthenticated: number;
  /** Incoming connections of one node at a time. */
  readonly connectionsPerPeer: number;
  /** Nodes remembered, connected or not. */
  readonly peers: number;
  /** Actors that other nodes have spawned here and that live. */
  readonly spawned: number;
}

export const DEFAULT_LIMITS: NodeLimits = {
  payloadBytes: 4 * 1024 * 1024,
  queueSoftBytes: 8 * 1024 * 1024,
  queueHardBytes: 32 * 1024 * 1024,
  queueSoftMessages: 65_536,
  queueHardMessages: 1_048_576,
  calls: 65_536,
  handshakeMs: 5000,
  connections: 1024,
  failedHandshakes: 20,
  unauthenticated: 64,
  connectionsPerPeer: 4,
  peers: 1024,
  spawned: 1024,
};

/** The longest exit reason, in bytes: what a frame has room for beside a message, whatever that may have. */
export const EXIT_REASON_BYTES_MAX = 65_536;
