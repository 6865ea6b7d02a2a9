import { dispatch, textOf, whereis } from '@parliament/otp';
import * as platform from '#platform';
import { type Address, formatAddress, parseUrl } from '../address.js';
import { NodeError } from '../errors.js';
import type { NodeDown, NodeEvent, PeerStatus } from '../events.js';
import { createMessageCodec } from '../exchange/message-codec.js';
import { type Identity, VERSIONS } from '../handshake/handshake.js';
import { hexOf } from '../hex.js';
import type { Pace } from '../link/heartbeat.js';
import {
  type ActorReference,
  type ActorSystem,
  actorReference,
  findSystem,
  type Reference,
  type SystemReference,
} from '../nact.js';
import { isActorPath, isNodeName } from '../names.js';
import { addCodec, type Codec, type CodecTable, createCodecTable } from '../payload/codec.js';
import type { Channel } from '../platform/channel.js';
import type { Listener } from '../platform/listener.js';
import { attempt, detach } from '../platform/unattended.js';
import { enterLoopback } from '../references/loopback.js';
import type { Opening } from '../references/openings.js';
import { RemoteActor } from '../references/peer-system.js';
import { noteSpeaker } from '../references/provenance.js';
import { Reach } from '../references/reach.js';
import type { Home } from '../references/references.js';
import { peerSystemName } from '../references/system-names.js';
import { insecureDial, mayDial } from '../trust.js';
import { connect, linked } from './connecting.js';
import { Discoverer } from './discoverer.js';
import { createService, type Request } from './node-service.js';
import { type ResolvedOptions, requireInteger, requireKnown, requireTimeout, TIMEOUT_MS_MAX } from './options.js';
import { isOwnNameTaken, Peer, type PeerHost } from './peer.js';
import { Reception } from './reception.js';
import { type Rotation, rotated } from './rotation.js';

const HEARTBEAT_MS_MIN = 10;

/** The node behind {@link Node}: its listener, its guests and its peers. */
export class RunningNode {
  readonly name: string;
  readonly incarnation: string = hexOf(platform.randomBytes(16));
  readonly cluster: string;
  readonly system: SystemReference;
  #options: ResolvedOptions;
  readonly #codecs: CodecTable;
  readonly #home: Home;
  readonly #reach: Reach;
  readonly #reception: Reception;
  readonly #host: PeerHost;
  readonly #peers: Map<string, Peer> = new Map();
  readonly #channels: Set<Promise<void>> = new Set();
  readonly #connecting: Set<() => void> = new Set();
  readonly #listeners: Set<(event: NodeEvent) => void> = new Set();
  readonly #onClosed: () => void;
  readonly #leaveLoopback: () => void;
  #listener: Listener | undefined;
  #discoverer: Discoverer | undefined;
  #identity: Identity;
  #opened: Promise<void> = Promise.resolve();
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(local: ActorSystem, options: ResolvedOptions, onClosed: () => void) {
    this.name = options.name;
    this.cluster = options.cluster;
    this.system = local.reference;
    this.#options = options;
    let isEntered = true;
    this.#onClosed = () => {
      // Closed while it is being opened, it comes here twice; by then another may be open on the system.
      if (!isEntered) return;
      isEntered = false;
      this.#leaveLoopback();
      onClosed();
    };
    if (options.onEvent) this.#listeners.add(options.onEvent);
    this.#codecs = createCodecTable(options.codecs);
    const { name, incarnation } = this;
    this.#reach = new Reach(local.name, options.expose);
    this.#home = {
      node: name,
      incarnation,
      local,
      reach: this.#reach,
      places: new WeakMap(),
      references: new WeakMap(),
      wireIds: new Map(),
    };
    this.#identity = this.#identify(undefined);
    this.#host = this.#createHost();
    this.#reception = this.#createReception();
    this.#leaveLoopback = enterLoopback(this.#home);
  }

  /** @throws NodeError as `openNode` */
  open(): Promise<void> {
    this.#opened = this.#open();
    return this.#opened;
  }

  async #open(): Promise<void> {
    const { listen: address, secrets, tls, origins, limits, peers, discover } = this.#options;
    try {
      if (tls) platform.checkTls(tls);
      if (address) {
        const listener = await platform.listen({
          listen: address,
          secrets,
          tls,
          origins,
          limits,
          onConnection: (host, evict) => this.#reception.enter(host, evict),
          onChannel: (channel, host, guest) =>
            attempt(() => {
              this.#track(channel);
              this.#reception.greet(channel, host, guest);
            }),
        });
        if (this.#closing) {
          await listener.close();
          throw closedError(this.name);
        }
        this.#listener = listener;
        this.#identity = this.#identify(formatAddress(listener.address));
      }
    } catch (error) {
      this.#onClosed();
      throw error;
    }
    for (const [name, peerAddress] of peers) this.#peers.set(name, new Peer(this.#host, name, peerAddress));
    for (const peer of this.#peers.values()) peer.start();
    if (discover) {
      this.#discoverer = new Discoverer(discover, {
        connect: (text, onRefused) => this.#connect(text, { timeoutMs: limits.handshakeMs }, onRefused),
        incarnationOf: (peer) => this.#peers.get(peer)?.linkedTo,
        onFailed: (reason) => this.#emit({ type: 'discovery-failed', reason }),
        onRefused: (address, { code, message: reason }, admission) => {
          if (this.#closing) return;
          if (code === 'bad-frame') this.#emit({ type: 'bad-frame', address, reason });
          else this.#emit({ type: 'refused', address, code, reason, ownNameTaken: isOwnNameTaken(code, admission) });
        },
      });
      this.#discoverer.start();
    }
  }

  get address(): Address | undefined {
    return this.#listener?.address;
  }

  ref(peer: string, path: string | readonly string[]): ActorReference {
    const parts: unknown = typeof path === 'string' ? path.split('/') : path;
    if (!isNodeName(peer)) throw new NodeError('bad-option', `Not the name of a node: ${JSON.stringify(peer)}`);
    if (!isActorPath(parts)) throw new NodeError('bad-option', `Not the path of an actor: ${JSON.stringify(path)}`);
    if (peer === this.name) return actorReference(this.system.system.name, parts);
    // Known or not, it is a node: what waits for it, or watches, is told that it is not connected.
    this.#peer(peer);
    return actorReference(peerSystemName(this.#home, peer), parts);
  }

  expose(reference: Reference, what: Opening = 'subtree'): () => void {
    return this.#reach.open(this.#ownPath(reference, 'expose'), what);
  }

  speakFor(reference: Reference): (to: Reference, message: unknown) => boolean {
    const { local } = this.#home;
    const path = this.#ownPath(reference, 'speakFor');
    const speaker = actorReference(local.name, path);
    return (to, message) => {
      const recipient: unknown = findSystem(to.system.name)?.find(to);
      if (recipient instanceof RemoteActor) return recipient.speak(message, speaker);
      // Those of this process hear it in the same way.
      const sender = actorReference(local.name, path);
      noteSpeaker(sender, { node: this.name, incarnation: this.incarnation, path });
      return dispatch(to, message, sender);
    };
  }

  #ownPath(reference: Reference, what: string): readonly string[] {
    const path: unknown = reference.type === 'actor' ? reference.path?.parts : undefined;
    if (reference.system?.name === this.#home.local.name && isActorPath(path)) return path;
    throw new NodeError('bad-option', `${what} takes a reference to an actor of the system that the node is open on`);
  }

  async whereis(
    peer: string,
    name: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Reference | undefined> {
    requireTimeout(options, 'whereis');
    if (peer === this.name) return whereis(this.system, name);
    return (await this.#ask(peer, { type: 'whereis', name }, options)) as Reference | undefined;
  }

  async spawnAt(
    peer: string,
    behaviour: string,
    argument?: unknown,
    { name, ...options }: { readonly name?: string; readonly timeoutMs?: number } = {},
  ): Promise<Reference> {
    const request = { type: 'spawn', behaviour, argument, ...(name === undefined ? {} : { name }) } satisfies Request;
    const reference = (await this.#ask(peer, request, options)) as Reference | undefined;
    if (reference !== undefined) return reference;
    throw new NodeError('spawn-failed', `${behaviour} did not start on node ${peer}: it is not needed there`);
  }

  nodes(): string[] {
    return [...this.#peers.values()]
      .filter(({ linked }) => linked)
      .map(({ name }) => name)
      .sort();
  }

  monitorNode(peer: string, watcher: Reference): () => void {
    const send = (incarnation: string | undefined, reason: NodeDown['reason']): void => {
      stop();
      dispatch(watcher, { type: 'nodedown', node: peer, incarnation, reason } satisfies NodeDown);
    };
    const stop = this.onEvent((event) => {
      if (event.type === 'nodedown' && event.node === peer) send(event.incarnation, event.reason);
    });
    if (!this.#peers.get(peer)?.linked) send(undefined, 'not-connected');
    return stop;
  }

  keepPace(peer: string, pace: Pace): () => void {
    requireKnown(pace, 'The pace of keepPace', ['heartbeatMs', 'downAfterMs']);
    const heartbeatMs = requireInteger(pace.heartbeatMs, 'heartbeatMs', HEARTBEAT_MS_MIN, TIMEOUT_MS_MAX);
    const downAfterMs = requireInteger(pace.downAfterMs, 'downAfterMs', heartbeatMs * 2, TIMEOUT_MS_MAX);
    if (!isNodeName(peer)) throw new NodeError('bad-option', `Not the name of a node: ${JSON.stringify(peer)}`);
    return this.#peer(peer)?.keepPace({ heartbeatMs, downAfterMs }) ?? (() => {});
  }

  drained(peer: string): Promise<void> {
    return this.#peers.get(peer)?.drained() ?? Promise.resolve();
  }

  partAt(peer: string): number | undefined {
    return this.#peers.get(peer)?.partAt;
  }

  payloadBytes(peer: string): number | undefined {
    return peer === this.name ? this.#options.limits.payloadBytes : this.#peers.get(peer)?.payloadBytes;
  }

  connect(text: string, options: { readonly timeoutMs?: number } = {}): Promise<string> {
    return this.#connect(text, options, () => {});
  }

  async connected(peer: string, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = requireTimeout(options, 'connected');
    if (!isNodeName(peer)) throw new NodeError('bad-option', `Not the name of a node: ${JSON.stringify(peer)}`);
    if (peer === this.name) throw new NodeError('bad-option', `${peer} is this node itself: it has no link to itself`);
    if (this.#closing) throw closedError(this.name);
    if (this.#peers.get(peer)?.linked) return;
    await linked({
      peer,
      timeoutMs,
      lastError: () => this.#peers.get(peer)?.status().lastError,
      onEvent: (listener) => this.onEvent(listener),
      onAbandon: (abandon) => this.#onAbandon(abandon),
      closed: () => closedError(this.name),
    });
  }

  #onAbandon(abandon: () => void): () => void {
    this.#connecting.add(abandon);
    return () => this.#connecting.delete(abandon);
  }

  /** `onRefused`: the node there, which has shown who it is, refused this one. */
  async #connect(text: string, options: { readonly timeoutMs?: number }, onRefused: () => void): Promise<string> {
    const { address, scheme } = parseUrl(text);
    const timeoutMs = requireTimeout(options, 'connect');
    if (this.#closing) throw closedError(this.name);
    if (scheme !== 'wss' && !mayDial(this.#options, address.host)) throw insecureDial(text);
    return await connect({
      onRefused,
      address,
      scheme,
      tls: this.#options.tls,
      timeoutMs,
      identity: this.#identity,
      limits: this.#options.limits,
      onChannel: this.#host.onChannel,
      peer: (name) => this.#peer(name),
      onEvent: (listener) => this.onEvent(listener),
      onAbandon: (abandon) => this.#onAbandon(abandon),
    });
  }

  peers(): PeerStatus[] {
    const names = [...this.#peers.keys()].sort();
    return names.map((name) => (this.#peers.get(name) as Peer).status());
  }

  rotate(rotation: Rotation): void {
    const options = rotated(this.#options, rotation);
    if (options.tls) {
      platform.checkTls(options.tls);
      this.#listener?.renew(options.tls);
    }
    this.#options = options;
    this.#identity = this.#identify(this.#identity.listen);
  }

  addCodec(codec: Codec): void {
    addCodec(this.#codecs, codec);
  }

  onEvent(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#discoverer?.stop();
    for (const abandon of [...this.#connecting]) abandon();
    this.#reception.close();
    for (const peer of this.#peers.values()) peer.close();
    await Promise.allSettled([this.#opened, this.#listener?.close(), ...this.#channels]);
    this.#onClosed();
  }

  #createHost(): PeerHost {
    const messages = createMessageCodec(this.#home, this.#codecs);
    const { spawn, limits } = this.#options;
    const service = createService(this.system, spawn, limits.spawned);
    const self = this;
    return {
      get options(): ResolvedOptions {
        return self.#options;
      },
      home: this.#home,
      delivery: {
        home: this.#home,
        messages,
        tell: (node, notice) => this.#peers.get(node)?.exchange.tell(notice),
        onRequest: (request, reply) => service.handle(request, reply),
      },
      get identity(): Identity {
        return self.#identity;
      },
      emit: (event) => this.#emit(event),
      onChannel: (channel) => this.#track(channel),
    };
  }

  #createReception(): Reception {
    const self = this;
    return new Reception({
      limits: this.#options.limits,
      get identity(): Identity {
        return self.#identity;
      },
      get closing(): boolean {
        return self.#closing;
      },
      peer: (name) => this.#peer(name),
      emit: (event) => this.#emit(event),
    });
  }

  async #ask(peer: string, request: Request, options: { readonly timeoutMs?: number }): Promise<unknown> {
    const timeoutMs = requireTimeout(options, request.type === 'spawn' ? 'spawnAt' : 'whereis');
    const known = this.#peers.get(peer);
    if (!known) throw new NodeError('noconnection', `Node ${peer} is not connected`);
    return await known.exchange.ask(request, timeoutMs);
  }

  /** The peer of that name, made when there is room for one more. */
  #peer(name: string): Peer | undefined {
    const known = this.#peers.get(name);
    if (known || this.#closing || name === this.name) return known;
    if (this.#peers.size >= this.#options.limits.peers) {
      const evicted = [...this.#peers.values()].find((peer) => peer.isEvictable);
      if (!evicted) return undefined;
      evicted.close();
      this.#peers.delete(evicted.name);
    }
    const peer = new Peer(this.#host, name, undefined);
    this.#peers.set(name, peer);
    return peer;
  }

  #track(channel: Channel): void {
    this.#channels.add(channel.ended);
    detach(channel.ended, () => this.#channels.delete(channel.ended));
  }

  #emit(event: NodeEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // It must not harm the link that it is told about.
        platform.warn(`A listener of node ${this.name} threw: ${textOf(error)}`);
      }
    }
  }

  #identify(address: string | undefined): Identity {
    const { cluster, name, secrets, limits } = this.#options;
    const { incarnation } = this;
    const payloadLimit = limits.payloadBytes;
    return { cluster, name, incarnation, secrets, listen: address, payloadLimit, versions: VERSIONS };
  }
}

function closedError(name: string): NodeError {
  return new NodeError('closed', `Node ${name} has been closed: open it again`);
}
