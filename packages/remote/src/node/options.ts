import { type Address, requireAddress, requireTarget } from '../address.js';
import { NodeError } from '../errors.js';
import type { NodeEvent } from '../events.js';
import { DEFAULT_LIMITS, type NodeLimits } from '../limits.js';
import { isNodeName, NODE_NAME } from '../names.js';
import type { Codec } from '../payload/codec.js';
import type { Offers, Rule } from '../references/openings.js';
import {
  insecureDial,
  insecureListen,
  mayDial,
  mayListen,
  resolveSecrets,
  resolveTls,
  type TlsOptions,
  type Trust,
} from '../trust.js';
import { PAYLOAD_BYTES_MIN } from '../wire/frame-validator.js';
import { type Discovery, requireDiscovery, requireTrusted } from './discovery.js';

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
  /** Where else nodes are to be found, looked up again and again. Default nowhere. */
  readonly discover?: Discovery;
  /**
   * What all nodes of a cluster share: 16 to 1024 characters, at random; where other machines are involved, of 32 bytes or more, and needed
   * unless `tls` is given. While it is being exchanged for another, two: the one in use first.
   */
  readonly secret?: string | readonly [string, string];
  /** Links over TLS 1.3, on which both sides show a certificate for their node's name. */
  readonly tls?: TlsOptions;
  /** Default none: all messages travel as CBOR. */
  readonly codecs?: readonly Codec[];
  readonly limits?: Partial<NodeLimits>;
  /** How often a silent link is asked for a sign of life, in milliseconds. Default 1000. */
  readonly heartbeatMs?: number;
  /** A link on which nothing was heard for so long, to a heartbeat, is down. Default four heartbeats. */
  readonly downAfterMs?: number;
  /** The pause before the first dial after a loss, in milliseconds, before jitter; doubles each time. Default 50. */
  readonly reconnectMinMs?: number;
  /** The longest pause between two dials, in milliseconds. Default 5000. */
  readonly reconnectMaxMs?: number;
  /**
   * Which actors of this node other nodes may reach besides those that are registered, or whose reference they hold. Asked
   * with the path from the root of the system. Default none.
   */
  readonly expose?: Rule;
  /** What other nodes may spawn here: by name, what makes a behaviour of an argument. Default nothing. */
  readonly spawn?: Offers;
  /** Web pages whose browsers may be nodes of the cluster: their origins, such as `https://example.org`. Default none. */
  readonly origins?: readonly string[];
  /** Called with every event from the very first on; more listeners through `Node.onEvent`. */
  readonly onEvent?: (event: NodeEvent) => void;
}

/** {@link NodeOptions}, checked and complete. */
export interface ResolvedOptions {
  readonly name: string;
  readonly cluster: string;
  readonly listen: Address | undefined;
  readonly peers: ReadonlyMap<string, Address>;
  readonly discover: Discovery | undefined;
  readonly secrets: readonly string[];
  readonly tls: TlsOptions | undefined;
  readonly codecs: readonly Codec[];
  readonly limits: NodeLimits;
  readonly heartbeatMs: number;
  readonly downAfterMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly expose: Rule | undefined;
  readonly spawn: Offers;
  readonly origins: readonly string[];
  readonly onEvent: ((event: NodeEvent) => void) | undefined;
}

const KNOWN = [
  'name',
  'cluster',
  'listen',
  'peers',
  'discover',
  'secret',
  'tls',
  'codecs',
  'limits',
  'heartbeatMs',
  'downAfterMs',
  'reconnectMinMs',
  'reconnectMaxMs',
  'expose',
  'spawn',
  'origins',
  'onEvent',
] as const satisfies readonly (keyof NodeOptions)[];

const DAY_MS = 86_400_000;

/** How long a call waits unless it says otherwise, and the longest that a timer of Node.js can, in milliseconds. */
const TIMEOUT_MS = 5000;
export const TIMEOUT_MS_MAX: number = 2 ** 31 - 1;

/** @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`. */
export function resolveOptions(options: NodeOptions): ResolvedOptions {
  requireKnown(options, 'The options of a node', KNOWN);
  const { name, cluster = 'parliament', codecs = [], expose, spawn = {}, origins = [], onEvent } = options;
  if (!isNodeName(name)) throw bad(`name must match ${NODE_NAME}, but is ${JSON.stringify(name)}`);
  if (!isNodeName(cluster)) throw bad(`cluster must match ${NODE_NAME}, but is ${JSON.stringify(cluster)}`);
  if (!Array.isArray(codecs)) throw bad('codecs must be an array');
  if (expose !== undefined && typeof expose !== 'function') throw bad('expose must be a function');
  if (onEvent !== undefined && typeof onEvent !== 'function') throw bad('onEvent must be a function');
  if (!isRecord(spawn) || Object.values(spawn).some((offer) => typeof offer !== 'function')) {
    throw bad('spawn must be an object of name to a function that makes a behaviour');
  }
  if (!Array.isArray(origins) || origins.some((origin) => typeof origin !== 'string')) {
    throw bad('origins must be an array of texts such as https://example.org');
  }
  const secrets = resolveSecrets(options.secret);
  const tls = resolveTls(options.tls);
  const trust = { secrets, tls };
  const listen = options.listen === undefined ? undefined : requireAddress(options.listen, 'listen');
  if (listen && !mayListen(trust, listen.host)) throw insecureListen(listen.host);
  const discover = options.discover === undefined ? undefined : requireDiscovery(options.discover);
  if (discover) requireTrusted(discover, trust);
  const heartbeatMs = requireInteger(options.heartbeatMs ?? 1000, 'heartbeatMs', 10, DAY_MS);
  const reconnectMinMs = requireInteger(options.reconnectMinMs ?? 50, 'reconnectMinMs', 1, DAY_MS);
  return {
    name,
    cluster,
    listen,
    peers: resolvePeers(options.peers ?? {}, name, trust),
    discover,
    secrets,
    tls,
    codecs,
    limits: resolveLimits(options.limits ?? {}),
    heartbeatMs,
    downAfterMs: requireInteger(options.downAfterMs ?? heartbeatMs * 4, 'downAfterMs', heartbeatMs * 2, 4 * DAY_MS),
    reconnectMinMs,
    reconnectMaxMs: requireInteger(options.reconnectMaxMs ?? 5000, 'reconnectMaxMs', reconnectMinMs, DAY_MS),
    expose,
    spawn,
    origins,
    onEvent,
  };
}

/** What is misspelt would be taken for what was left out. @throws NodeError `bad-option` */
export function requireKnown(options: object, what: string, known: readonly string[]): void {
  if (!isRecord(options)) throw bad(`${what} must be an object`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw bad(`Unknown option ${JSON.stringify(key)}: known are ${known.join(', ')}`);
  }
}

/** An array has keys, too, and would be taken for an object of them. */
function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The option `timeoutMs` of a call. @throws NodeError `bad-option` */
export function requireTimeout(options: { readonly timeoutMs?: number }, what: string): number {
  requireKnown(options, `The options of ${what}`, ['timeoutMs']);
  return requireInteger(options.timeoutMs ?? TIMEOUT_MS, 'timeoutMs', 1, TIMEOUT_MS_MAX);
}

/** @throws NodeError `bad-option` unless `value` is an integer from `least` to `most`. */
export function requireInteger(value: unknown, option: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw bad(`${option} must be an integer from ${least} to ${most}, but is ${String(value)}`);
}

function resolvePeers(peers: unknown, self: string, trust: Trust): Map<string, Address> {
  if (!isRecord(peers)) throw bad('peers must be an object of name to host:port');
  const resolved = new Map<string, Address>();
  for (const [name, text] of Object.entries(peers)) {
    if (!isNodeName(name)) throw bad(`The names in peers must match ${NODE_NAME}, but one is ${JSON.stringify(name)}`);
    if (name === self) throw bad(`peers names this node itself (${name}): leave it out`);
    const address = requireTarget(text, `peers.${name}`);
    if (!mayDial(trust, address.host)) throw insecureDial(`${name} at ${address.host}`);
    resolved.set(name, address);
  }
  return resolved;
}

function resolveLimits(limits: Partial<NodeLimits>): NodeLimits {
  if (!isRecord(limits)) throw bad('limits must be an object of name to number');
  const resolved: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [key, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, key)) {
      throw bad(`Unknown limit ${JSON.stringify(key)}: known are ${Object.keys(DEFAULT_LIMITS).join(', ')}`);
    }
    resolved[key] = requireInteger(value, `limits.${key}`, key === 'payloadBytes' ? PAYLOAD_BYTES_MIN : 1, 2 ** 30);
  }
  const { payloadBytes = 0, queueSoftBytes = 0, queueHardBytes = 0 } = resolved;
  const { queueSoftMessages = 0, queueHardMessages = 0 } = resolved;
  if (queueHardMessages < queueSoftMessages) {
    throw bad('limits.queueHardMessages must be at least limits.queueSoftMessages');
  }
  if (queueHardBytes < Math.max(payloadBytes, queueSoftBytes)) {
    throw bad('limits.queueHardBytes must be at least limits.payloadBytes and limits.queueSoftBytes');
  }
  return resolved as unknown as NodeLimits;
}

function bad(message: string): NodeError {
  return new NodeError('bad-option', message);
}
