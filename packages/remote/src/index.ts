export type { Address } from './address.js';
export type { Codec } from './codec.js';
export { NodeError, type NodeErrorCode, type RefusalCode } from './errors.js';
export type { LinkEnd, NodeEvent, PeerStatus } from './events.js';
export type { ActorReference, Reference, SystemReference, TemporaryReference } from './nact.js';
export { type InSystem, type Node, nodeOf, openNode, peerOf, remoteRef } from './node.js';
export { DEFAULT_LIMITS, type NodeLimits, type NodeOptions } from './options.js';
