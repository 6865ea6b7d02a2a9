import type { Address } from '../address.js';
import { NodeError } from '../errors.js';
import type { NodeEvent, PeerStatus } from '../events.js';
import type { Pace } from '../link/heartbeat.js';
import {
  type ActorReference,
  type ActorSystem,
  findSystem,
  type InSystem,
  type Reference,
  type SystemReference,
} from '../nact.js';
import type { Codec } from '../payload/codec.js';
import type { Opening } from '../references/openings.js';
import { type NodeOptions, resolveOptions } from './options.js';
import type { Rotation } from './rotation.js';
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
   * `peer`. It need not exist, nor the node be connected; it leads to whoever is there. The other node must let it be
   * reached: it is registered there, or exposed.
   *
   * @throws NodeError `bad-option` when either is malformed.
   */
  ref(peer: string, path: string | readonly string[]): ActorReference;
  /**
   * The actor that is registered under a name on node `peer`, if there is one. `timeoutMs`: default 5000.
   *
   * @throws NodeError `noconnection`, `timeout`.
   * @example
   * ```ts
   * import { call, genServer, serverAt, startActor, startSystem } from '@parliament/otp';
   * import { openNode } from '@parliament/remote';
   *
   * const clock = genServer({
   *   init: () => ({ state: null }),
   *   handleCall: { now: (_request, _from, state) => ({ reply: Date.now(), state }) },
   * });
   * const system = startSystem('a');
   * await startActor(system, 'clock', clock, { registeredName: 'clock' });
   * const a = await openNode(system, { name: 'a', listen: '127.0.0.1:0' });
   *
   * const b = await openNode(startSystem('b'), { name: 'b' });
   * await b.connect(`127.0.0.1:${a.address?.port}`);
   * const found = await b.whereis('a', 'clock');
   * if (found !== undefined) console.log(await call<number>(serverAt(found, clock), { type: 'now' }, { timeoutMs: 1000 }));
   * await b.close();
   * await a.close();
   * ```
   */
  whereis(peer: string, name: string, options?: { readonly timeoutMs?: number }): Promise<Reference | undefined>;
  /**
   * Has node `peer` start an actor with a behaviour that its program offers (option `spawn`) under the name `behaviour`,
   * made of `argument`. Resolves with its reference once it has started.
   * Nobody restarts it; link or monitor it. `name`: of the actor, under the system there; default any. `timeoutMs`: default
   * 5000; the actor may have been started all the same.
   *
   * @throws NodeError `spawn-failed`, `overloaded`, `noconnection`, `timeout`.
   */
  spawnAt(
    peer: string,
    behaviour: string,
    argument?: unknown,
    options?: { readonly name?: string; readonly timeoutMs?: number },
  ): Promise<Reference>;
  /**
   * Lets other nodes reach an actor of this one, as if the option `expose` had said so; the returned function ends that.
   * `subtree`, the default: it and all below it. `messages`: it alone, and only to send to it and monitor it; exit signals
   * from there do not reach it, so none can link itself with it.
   *
   * @throws NodeError `bad-option` when it is none of this node's.
   */
  expose(reference: Reference, what?: Opening): () => void;
  /**
   * A function that sends messages of an actor of this node, so that receivers on other nodes can tell them from what others
   * send in its name, or have it send: they get them with the actor as the sender, of which {@link speakerOf} gives the node
   * and the path. Keep it with the actor: whoever has it speaks for the actor. It says whether the message is on its way.
   *
   * ```js
   * const speak = node.speakFor(self);
   * speak(node.ref('b', 'registers'), packet); // there: speakerOf(sender) is { node: 'a', incarnation, path: ['registers'] }
   * ```
   *
   * @throws NodeError `bad-option` when it is none of this node's.
   */
  speakFor(reference: Reference): (to: Reference, message: unknown) => boolean;
  /** The names of the nodes that are connected, sorted. */
  nodes(): string[];
  /**
   * Sends `watcher` one {@link NodeDown} when the link to node `peer` is lost; at once when there is none. The returned
   * function ends that.
   */
  monitorNode(peer: string, watcher: Reference): () => void;
  /**
   * Watches the link to node `peer` more closely than the options say, for who must know soon that it is lost; of several
   * paces the closest counts. The returned function ends that.
   *
   * @throws NodeError `bad-option` when a number is out of its range.
   */
  keepPace(peer: string, pace: Pace): () => void;
  /**
   * Resolves when little waits to be sent to node `peer`, or there is no link to it. Who sends very much awaits it from time
   * to time: past the hard limits the link is dropped.
   */
  drained(peer: string): Promise<void>;
  /**
   * When a part of a message last came from node `peer` that did not end it, in milliseconds of `performance.now()`; undefined when
   * none has over the present link, or where the platform does not tell. Over a slow line, whatever else that node says waits behind
   * a long message: that a part of one has come is a sign of life.
   */
  partAt(peer: string): number | undefined;
  /**
   * The longest message that may go to node `peer`, in bytes: what it takes, or what may wait for it here where that is less. Of this
   * node itself: what it takes. Undefined while there is no link.
   */
  payloadBytes(peer: string): number | undefined;
  /**
   * Dials once the node at an address (`host:port`, `ws://host:port`, `wss://host:port`), whatever its name, and resolves with
   * the name when the link is up. Unlike a node of `peers` it is not dialled again when the link is lost. `timeoutMs`:
   * default 5000.
   *
   * @throws NodeError `unreachable`, `timeout`, `closed`, `insecure-dial`, `bad-option`, or the code of a refusal.
   * @example
   * ```ts
   * import { startSystem } from '@parliament/otp';
   * import { openNode } from '@parliament/remote';
   *
   * const a = await openNode(startSystem('a'), { name: 'a', listen: '127.0.0.1:0' });
   * const b = await openNode(startSystem('b'), { name: 'b' });
   * console.log(await b.connect(`127.0.0.1:${a.address?.port}`, { timeoutMs: 1000 })); // a
   * console.log(b.nodes()); // [ 'a' ]
   * await b.close();
   * await a.close();
   * ```
   */
  connect(address: string, options?: { readonly timeoutMs?: number }): Promise<string>;
  /**
   * Resolves when there is a link to node `peer`, whichever of the two dials; at once when there is one. It dials nobody: name the node
   * in `peers`, or use `connect`. `timeoutMs`: default 5000.
   *
   * @throws NodeError `timeout`, with what the last dial came to or the last refusal; `closed`, `bad-option`.
   * @example
   * ```ts
   * import { startSystem } from '@parliament/otp';
   * import { openNode } from '@parliament/remote';
   *
   * const b = await openNode(startSystem('b'), { name: 'b', listen: '127.0.0.1:0' });
   * const a = await openNode(startSystem('a'), { name: 'a', peers: { b: `127.0.0.1:${b.address?.port}` } });
   * await a.connected('b'); // from here on, what is sent to b goes over the link
   * console.log(a.nodes()); // [ 'b' ]
   * await a.close();
   * await b.close();
   * ```
   */
  connected(peer: string, options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Every node of `peers`, and every other that has been connected, sorted by name. */
  peers(): PeerStatus[];
  /**
   * Exchanges the secret, or the certificates, for others: they hold for handshakes from now on, and links that are up stay. Give
   * all nodes `[new, old]`, one after the other, and then `new`. What is left out stays as it is.
   *
   * @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`; then nothing has changed.
   */
  rotate(rotation: Rotation): void;
  /** Adds a codec; adding it again changes nothing. @throws NodeError `bad-option` */
  addCodec(codec: Codec): void;
  /** Calls `listener` with every event from now on; the returned function ends that. */
  onEvent(listener: (event: NodeEvent) => void): () => void;
  /** Ends all links, fails all pending queries and calls with `noconnection`, frees the port. Never rejects. */
  close(): Promise<void>;
}

const nodes: WeakMap<ActorSystem, RunningNode> = new WeakMap();

/**
 * Opens a node on an actor system: listens, dials its peers, and keeps the links up until it is closed.
 *
 * @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`, `address-in-use`, `listen-failed`, `already-open`; `closed` when it is closed
 * meanwhile.
 * @example
 * ```ts
 * import { startSystem } from '@parliament/otp';
 * import { openNode } from '@parliament/remote';
 *
 * const node = await openNode(startSystem('a'), {
 *   name: 'a',
 *   listen: '127.0.0.1:7101',
 *   peers: { b: '127.0.0.1:7102' },
 *   onEvent: (event) => console.log(event.type), // nodeup, as soon as b is there
 * });
 * console.log(node.address); // { host: '127.0.0.1', port: 7101 }
 * await node.close();
 * ```
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

/**
 * The node that is open on the system of a reference: of the system itself, or of an actor in it.
 *
 * @returns undefined when there is none.
 * @example
 * ```ts
 * import { startSystem } from '@parliament/otp';
 * import { nodeOf, openNode } from '@parliament/remote';
 *
 * const system = startSystem('a');
 * console.log(nodeOf(system)); // undefined
 * const node = await openNode(system, { name: 'a' });
 * console.log(nodeOf(system) === node); // true
 * await node.close();
 * ```
 */
export function nodeOf(reference: InSystem): Node | undefined {
  const local = findSystem(reference?.system?.name);
  return local && nodes.get(local);
}

/**
 * {@link Node.ref} as a function.
 *
 * @throws NodeError `bad-option` when the name or the path is malformed.
 * @example
 * ```ts
 * import { dispatch, startSystem } from '@parliament/otp';
 * import { openNode, remoteRef } from '@parliament/remote';
 *
 * const node = await openNode(startSystem('a'), { name: 'a', peers: { b: '127.0.0.1:7102' } });
 * const till = remoteRef(node, 'b', 'tills/till');
 * console.log(dispatch(till, { type: 'add', by: 2 })); // false: b is not connected yet
 * await node.close();
 * ```
 */
export function remoteRef(node: Node, peer: string, path: string | readonly string[]): ActorReference {
  return node.ref(peer, path);
}
