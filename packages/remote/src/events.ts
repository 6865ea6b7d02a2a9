import type { NodeErrorCode } from './errors.js';

/** Why a link ended. */
export type LinkEndReason =
  /** The other node closed. */
  | 'peer-closed'
  /** This node was closed. */
  | 'closing'
  /** The connection broke. */
  | 'connection-lost'
  /** The other node was silent for `downAfterMs`. */
  | 'heartbeat'
  /** The other node sent what the protocol does not allow. */
  | 'bad-frame'
  /** The other node says that it got such a frame from this one. */
  | 'peer-bad-frame'
  /** More was waiting to be sent than `limits.queueHardBytes`. */
  | 'overloaded'
  /** The other node dialled anew, or restarted: a newer link took the place of this one. */
  | 'replaced';

/** What a node tells its program. Listeners are called synchronously, in the order of the events. */
export type NodeEvent =
  /** A link to `node` is up. */
  | { readonly type: 'nodeup'; readonly node: string; readonly incarnation: string }
  /** The link to `node` is gone; messages that were under way may be lost. */
  | { readonly type: 'nodedown'; readonly node: string; readonly incarnation: string; readonly reason: LinkEndReason }
  /**
   * One of two nodes refused the other; this one goes on dialling, with back-off. `ownNameTaken`: another live node has its name, so
   * that most programs had better end.
   */
  | {
      readonly type: 'refused';
      /** As the other node calls itself, or as it is called in `peers`; absent when it did not come to that. */
      readonly node?: string;
      readonly address: string;
      readonly code: NodeErrorCode;
      /** Cause and remedy, for people. */
      readonly reason: string;
      readonly ownNameTaken: boolean;
    }
  /** Something came that the protocol does not allow; the connection was closed. */
  | { readonly type: 'bad-frame'; readonly node?: string; readonly address: string; readonly reason: string }
  /**
   * A message was dropped, because its receiver's node has no codec of its type. `sent`: it went to `node`; else it came from
   * there.
   */
  | { readonly type: 'unknown-type'; readonly node: string; readonly codec: string; readonly sent: boolean }
  /**
   * A message of `bytes` was dropped, because `node` takes no more than `limit`; whoever waits for an answer was told. Told
   * once for each incarnation of the node; `dropped` in `peers()` counts them all.
   */
  | { readonly type: 'too-large'; readonly node: string; readonly bytes: number; readonly limit: number }
  /** Looking for nodes failed; it is tried again. The same reason is told once in a row. */
  | { readonly type: 'discovery-failed'; readonly reason: string }
  /** `bytes` wait to be sent to `node`: past a soft limit (`dropped` false), or past a hard one, which ends the link. */
  | { readonly type: 'overloaded'; readonly node: string; readonly bytes: number; readonly dropped: boolean };

/** What `Node.monitorNode` sends, once: Erlang's `{nodedown, Node}`. */
export interface NodeDown {
  readonly type: 'nodedown';
  readonly node: string;
  /** Undefined when it was not connected. */
  readonly incarnation: string | undefined;
  readonly reason: LinkEndReason | 'not-connected';
}

/** A link, or the lack of one, as `Node.peers()` tells it. */
export interface PeerStatus {
  readonly name: string;
  /** Where this node dials it, else where it says that it listens; undefined when neither is known. */
  readonly address: string | undefined;
  /**
   * `connected`; `connecting`: dialling; `waiting`: until the next dial; `refused`: a node refused the other (`lastError`);
   * `disconnected`: not connected, and nobody here dials.
   */
  readonly state: 'connected' | 'connecting' | 'waiting' | 'refused' | 'disconnected';
  /** The incarnation of the latest link. */
  readonly incarnation: string | undefined;
  /** Whether more waits to be sent than the soft limits allow: calls fail as `overloaded`. */
  readonly overloaded: boolean;
  /** When `state` last changed, in milliseconds of `Date.now()`. */
  readonly since: number;
  /** Over all links to this peer since the node was opened. Frames after the handshake only. */
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Messages that were dropped because there was no link, or because they were longer than the peer takes. */
  readonly dropped: number;
  /** Links that ended because of a malformed frame from there. */
  readonly badFrames: number;
  readonly lastError: string | undefined;
}
