import { textOf } from '@parliament/otp';

/** Why one node refuses another, see {@link NodeEvent} `refused`. */
export const REFUSAL_CODES = [
  /** No version of the protocol is known to both. */
  'version',
  /** It belongs to another cluster. */
  'wrong-cluster',
  /** It does not have the same secret, or only one side has any. */
  'wrong-secret',
  /** Another node was expected at the address. */
  'wrong-node',
  /** It is this node itself. */
  'self',
  /** A live node already has the name. */
  'name-taken',
  /** There is a link between the two already. */
  'duplicate',
  /** It has as many connections or peers as its limits allow. */
  'too-many',
  /** It showed no certificate for its name. */
  'wrong-certificate',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why an operation of this package failed, besides refusals. Codes are stable; messages are for people. */
export const NODE_ERROR_CODES = [
  /** An option is unknown, or its value is not of its form. */
  'bad-option',
  /** A listener on an address that other machines reach needs a secret or TLS. */
  'insecure-listen',
  /** Dialling another machine needs a secret or TLS. */
  'insecure-dial',
  /** The port to listen on is in use. */
  'address-in-use',
  /** The address to listen on cannot be bound. */
  'listen-failed',
  /** A node is already open on this system. */
  'already-open',
  /** The node has been closed. */
  'closed',
  /** No listener answers at the address. */
  'unreachable',
  /** No link to the node, or it was lost before the reply came. The message may or may not have arrived. */
  'noconnection',
  /** No actor at that path. */
  'noproc',
  /** The receiving node has no codec of the message's type. */
  'unknown-type',
  /** The reply or the handshake did not come in time. */
  'timeout',
  /** The message is larger than the receiving node takes. */
  'too-large',
  /** Too much waits for the other node already: try again later, or wait for `Node.drained`. */
  'overloaded',
  /** Asked of a remote actor what only its own node can do. */
  'not-supported',
  /** The other node has no behaviour of that name to spawn, or its start failed. */
  'spawn-failed',
  /** What came over a link is not what this protocol sends. */
  'bad-frame',
] as const;

export type NodeErrorCode = (typeof NODE_ERROR_CODES)[number] | RefusalCode;

export function isNodeErrorCode(code: unknown): code is NodeErrorCode {
  return [...NODE_ERROR_CODES, ...REFUSAL_CODES].some((known) => known === code);
}

/** An error of a node: `code` is stable, `message` says what happened and what helps. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    // Parts of it may come from strangers, and it goes into logs.
    super(textOf(message), options);
    this.code = code;
  }
}

/** The `code` of an error of Node.js, such as `ECONNREFUSED`. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
