import type { Address } from './address.js';
import type { Codec } from './codec.js';
import { NodeError } from './errors.js';
import type { NodeEvent, PeerStatus } from './events.js';
import { peerNamed } from './border.js';
import { type ActorReference, type ActorSystem, findSystem, type SystemReference } from './nact.js';
import { type NodeOptions, resolveOptions } from './options.js';
import { RunningNode } from './running-node.js';

/** A nact system that other processes can reach, and that reaches theirs. */
export interface Node {
  readonly name: string;
  /** 32 hexadecimal digits, drawn anew each time a node is opened. */
  readonly incarnation: string;
  readonly cluster: string;
  /** What is listened on, with the real port; undefined without a listener. */
  readonly address: Address | undefined;
  readonly system: SystemReference;
  /**
   * A reference to the actor at `path` (names from the root of its system, or one text with `/` between them) on node
   * `peer`. It need not exist, nor the node be connected.
   *
   * @throws NodeError `bad-option` when either is malformed.
   */
  ref(peer: string, path: string | readonly string[]): ActorReference;
  /**
   * Dials once the node at an address, whatever its name, and resolves with the name when the link is up. Unlike a node
   * of `peers` it is not dialled again when the link is lost. `timeoutMs`: default 5000.
   *
   * @throws NodeError `unreachable`, `timeout`, `closed`, `insecure-dial`, `bad-option`, or the code of a refusal.
   */
  connect(address: string, options?: { readonly timeoutMs?: number }): Promise<string>;
  /** Every node of `peers`, and every other that has been connected, sorted by name. */
  peers(): PeerStatus[];
  /** Adds a codec; adding it again changes nothing. @throws NodeError `bad-option` */
  addCodec(codec: Codec): void;
  /** Calls `listener` with every event from now on; the returned function ends that. */
  onEvent(listener: (event: NodeEvent) => void): () => void;
  /** Ends all links, fails all pending queries and calls with `no-connection`, frees the port. Never rejects. */
  close(): Promise<void>;
}

/** Any reference, of nact itself or as plain data: it names its system. */
export interface InSystem {
  readonly system: { readonly name: string };
}

const nodes: WeakMap<ActorSystem, RunningNode> = new WeakMap();

/**
 * Opens a node on an actor system: listens, dials its peers, and keeps the links up until it is closed.
 *
 * @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`, `address-in-use`, `listen-failed`, `already-open`.
 */
export async function openNode(system: InSystem, options: NodeOptions): Promise<Node> {
  const resolved = resolveOptions(options);
  const local = findSystem(system?.system?.name);
  if (!local) {
    throw new NodeError('bad-option', 'A node is opened on a running actor system: pass what start() returned');
  }
  if (nodes.has(local)) {
    throw new NodeError('already-open', `A node is open on the system ${local.name}: close it first, or start another`);
  }
  const node = new RunningNode(local, resolved, () => nodes.delete(local));
  nodes.set(local, node);
  await node.open();
  return node;
}

/** The node that is open on the system of a reference: of the system itself, or of an actor in it. */
export function nodeOf(reference: InSystem): Node | undefined {
  const local = findSystem(reference.system.name);
  return local && nodes.get(local);
}

/** {@link Node.ref} as a function. */
export function remoteRef(node: Node, peer: string, path: string | readonly string[]): ActorReference {
  return node.ref(peer, path);
}

/**
 * The name of the node that a reference leads to; undefined for one of this process. Of a message's sender it is the node
 * that the message came from, as that node has proved to be in the handshake.
 */
export function peerOf(reference: InSystem): string | undefined {
  return peerNamed(reference.system.name);
}
