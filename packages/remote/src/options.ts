import { type Address, isLoopback, requireAddress, requireTarget } from './address.js';
import type { Codec } from './codec.js';
import { NodeError } from './errors.js';
import type { NodeEvent } from './events.js';
import { isNodeName, NODE_NAME } from './names.js';

/** How a node is opened. Unknown options throw. */
export interface NodeOptions {
  /** 1 to 64 of `a-z A-Z 0-9 . _ -`, unique in the cluster. */
  readonly name: string;
  /** Nodes of different clusters refuse each other. Default `parliament`. */
  readonly cluster?: string;
  /** `host:port` to listen on, port 0 for any. Absent: no listener, the node only dials. */
  readonly listen?: string;
  /** The nodes to dial and to dial again for ever: name to `host:port`. Default none. */
  readonly peers?: Readonly<Record<string, string>>;
  /** The secret that all nodes of a cluster share. Needed wherever other machines are involved; 32 random bytes are best. */
  readonly cookie?: string;
  /** Default none: all messages travel as CBOR. */
  readonly codecs?: readonly Codec[];
  readonly limits?: Partial<NodeLimits>;
  /** How often a silent link is asked for a sign of life, in milliseconds; three without one end it. Default 1000. */
  readonly heartbeatMs?: number;
  /** The pause before the first dial after a loss, in milliseconds, before jitter; doubles each time. Default 50. */
  readonly reconnectMinMs?: number;
  /** The longest pause between two dials, in milliseconds. Default 5000. */
  readonly reconnectMaxMs?: number;
  /** Which actors of this node other nodes may reach. Default all. Asked with the path from the root of the system. */
  readonly expose?: (path: readonly string[]) => boolean;
  /** Called with every event from the very first on; more listeners through `Node.onEvent`. */
  readonly onEvent?: (event: NodeEvent) => void;
}

/** Bounds. Defaults in {@link DEFAULT_LIMITS}. */
export interface NodeLimits {
  /** The longest message, in bytes. */
  readonly payloadBytes: number;
  /** Past this many bytes waiting for one peer, `overloaded` is told. */
  readonly queueSoftBytes: number;
  /** Past this many bytes waiting for one peer, its link is dropped. */
  readonly queueHardBytes: number;
  /** How long a handshake may take, in milliseconds. */
  readonly handshakeMs: number;
  /** Inbound connections that have not shown the cookie yet. */
  readonly unauthenticated: number;
  /** Inbound connections of one node at a time. */
  readonly connectionsPerPeer: number;
  /** Nodes remembered, connected or not. */
  readonly peers: number;
}

export const DEFAULT_LIMITS: NodeLimits = {
  payloadBytes: 4 * 1024 * 1024,
  queueSoftBytes: 8 * 1024 * 1024,
  queueHardBytes: 32 * 1024 * 1024,
  handshakeMs: 5000,
  unauthenticated: 64,
  connectionsPerPeer: 4,
  peers: 1024,
};

/** {@link NodeOptions}, checked and complete. */
export interface ResolvedOptions {
  readonly name: string;
  readonly cluster: string;
  readonly listen: Address | undefined;
  readonly peers: ReadonlyMap<string, Address>;
  readonly cookie: string | undefined;
  readonly codecs: readonly Codec[];
  readonly limits: NodeLimits;
  readonly heartbeatMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly expose: (path: readonly string[]) => boolean;
  readonly onEvent: ((event: NodeEvent) => void) | undefined;
}

const KNOWN: ReadonlySet<string> = new Set([
  'name',
  'cluster',
  'listen',
  'peers',
  'cookie',
  'codecs',
  'limits',
  'heartbeatMs',
  'reconnectMinMs',
  'reconnectMaxMs',
  'expose',
  'onEvent',
] satisfies (keyof NodeOptions)[]);

const COOKIE_LENGTH_MAX = 1024;
const DAY_MS = 86_400_000;

/** @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`. */
export function resolveOptions(options: NodeOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) throw bad('The options of a node must be an object');
  for (const key of Object.keys(options)) {
    if (!KNOWN.has(key)) throw bad(`Unknown option ${JSON.stringify(key)}: known are ${[...KNOWN].join(', ')}`);
  }
  const { name, cluster = 'parliament', cookie, codecs = [], expose = () => true, onEvent } = options;
  if (!isNodeName(name)) throw bad(`name must match ${NODE_NAME}, but is ${JSON.stringify(name)}`);
  if (!isNodeName(cluster)) throw bad(`cluster must match ${NODE_NAME}, but is ${JSON.stringify(cluster)}`);
  if (cookie !== undefined && (typeof cookie !== 'string' || !cookie || cookie.length > COOKIE_LENGTH_MAX)) {
    throw bad(`cookie must be a string of 1 to ${COOKIE_LENGTH_MAX} characters`);
  }
  if (!Array.isArray(codecs)) throw bad('codecs must be an array');
  if (typeof expose !== 'function') throw bad('expose must be a function');
  if (onEvent !== undefined && typeof onEvent !== 'function') throw bad('onEvent must be a function');
  const listen = options.listen === undefined ? undefined : requireAddress(options.listen, 'listen');
  if (listen && cookie === undefined && !isLoopback(listen.host)) throw insecureListen(listen.host);
  const reconnectMinMs = requireInteger(options.reconnectMinMs ?? 50, 'reconnectMinMs', 1, DAY_MS);
  return {
    name,
    cluster,
    listen,
    peers: resolvePeers(options.peers ?? {}, name, cookie),
    cookie,
    codecs,
    limits: resolveLimits(options.limits ?? {}),
    heartbeatMs: requireInteger(options.heartbeatMs ?? 1000, 'heartbeatMs', 10, DAY_MS),
    reconnectMinMs,
    reconnectMaxMs: requireInteger(options.reconnectMaxMs ?? 5000, 'reconnectMaxMs', reconnectMinMs, DAY_MS),
    expose,
    onEvent,
  };
}

/** Without a cookie anybody who reaches the listener could send messages to every actor. */
export function insecureListen(host: string): NodeError {
  return new NodeError(
    'insecure-listen',
    `Listening on ${host} lets other machines in: set a cookie, or listen on 127.0.0.1`,
  );
}

/** Without a cookie whoever answers at the address would be believed. */
export function insecureDial(peer: string): NodeError {
  return new NodeError('insecure-dial', `Dialling ${peer} leaves this machine: set the same cookie on both nodes`);
}

/** @throws NodeError `bad-option` unless `value` is an integer from `least` to `most`. */
export function requireInteger(value: unknown, option: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw bad(`${option} must be an integer from ${least} to ${most}, but is ${String(value)}`);
}

function resolvePeers(peers: unknown, self: string, cookie: string | undefined): Map<string, Address> {
  if (typeof peers !== 'object' || peers === null) throw bad('peers must be an object of name to host:port');
  const resolved = new Map<string, Address>();
  for (const [name, text] of Object.entries(peers)) {
    if (!isNodeName(name)) throw bad(`The names in peers must match ${NODE_NAME}, but one is ${JSON.stringify(name)}`);
    if (name === self) throw bad(`peers names this node itself (${name}): leave it out`);
    const address = requireTarget(text, `peers.${name}`);
    if (cookie === undefined && !isLoopback(address.host)) throw insecureDial(`${name} at ${address.host}`);
    resolved.set(name, address);
  }
  return resolved;
}

function resolveLimits(limits: Partial<NodeLimits>): NodeLimits {
  const resolved: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [key, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, key)) {
      throw bad(`Unknown limit ${JSON.stringify(key)}: known are ${Object.keys(DEFAULT_LIMITS).join(', ')}`);
    }
    resolved[key] = requireInteger(value, `limits.${key}`, 1, 2 ** 30);
  }
  const { payloadBytes = 0, queueSoftBytes = 0, queueHardBytes = 0 } = resolved;
  if (queueHardBytes < Math.max(payloadBytes, queueSoftBytes)) {
    throw bad('limits.queueHardBytes must be at least limits.payloadBytes and limits.queueSoftBytes');
  }
  return resolved as unknown as NodeLimits;
}

function bad(message: string): NodeError {
  return new NodeError('bad-option', message);
}
