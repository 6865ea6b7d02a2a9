import { randomBytes } from 'node:crypto';
import { type Address, formatAddress, isLoopback, requireTarget } from './address.js';
import type { Admission } from './admission.js';
import type { Border } from './border.js';
import { peerSystemName } from './border.js';
import type { Channel } from './channel.js';
import { addCodec, type Codec, type CodecTable, createCodecTable } from './codec.js';
import { connect } from './connecting.js';
import { deliver, failWaiting } from './delivery.js';
import { NodeError, reasonOf } from './errors.js';
import type { NodeEvent, PeerStatus } from './events.js';
import { greet } from './greeting.js';
import type { Identity, PeerIdentity } from './handshake.js';
import { type Listener, listen } from './listener.js';
import { createMessageCodec } from './messages.js';
import { type ActorReference, type ActorSystem, actorReference, type SystemReference } from './nact.js';
import { isActorPath, isNodeName } from './names.js';
import { insecureDial, type ResolvedOptions, requireInteger } from './options.js';
import { Peer, type PeerHost } from './peer.js';

/** A connection that dialled in and has not become a link yet. */
interface Guest {
  readonly channel: Channel;
  /** Once it has proved it. */
  name: string | undefined;
}

const CONNECT_MS = 5000;
const CONNECT_MS_MAX = 2 ** 31 - 1;

/** The node behind {@link Node}: its listener, its guests and its peers. */
export class RunningNode {
  readonly name: string;
  readonly incarnation: string = randomBytes(16).toString('hex');
  readonly cluster: string;
  readonly system: SystemReference;
  readonly #options: ResolvedOptions;
  readonly #codecs: CodecTable;
  readonly #border: Border;
  readonly #host: PeerHost;
  readonly #peers: Map<string, Peer> = new Map();
  readonly #guests: Set<Guest> = new Set();
  readonly #channels: Set<Promise<void>> = new Set();
  readonly #connecting: Set<() => void> = new Set();
  readonly #listeners: Set<(event: NodeEvent) => void> = new Set();
  readonly #onClosed: () => void;
  #listener: Listener | undefined;
  #identity: Identity;
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(local: ActorSystem, options: ResolvedOptions, onClosed: () => void) {
    this.name = options.name;
    this.cluster = options.cluster;
    this.system = local.reference;
    this.#options = options;
    this.#onClosed = onClosed;
    if (options.onEvent) this.#listeners.add(options.onEvent);
    this.#codecs = createCodecTable(options.codecs);
    const { name, incarnation } = this;
    this.#border = { node: name, incarnation, local, expose: (path) => this.#exposes(path) };
    this.#identity = this.#identify(undefined);
    this.#host = this.#createHost();
  }

  /** @throws NodeError as `openNode` */
  async open(): Promise<void> {
    const { listen: address, cookie, limits, peers } = this.#options;
    try {
      if (address) {
        const unauthenticated = (): number => this.#guests.size;
        this.#listener = await listen({
          listen: address,
          cookie,
          limits,
          unauthenticated,
          onChannel: (c) => this.#greet(c),
        });
        this.#identity = this.#identify(formatAddress(this.#listener.address));
      }
    } catch (error) {
      this.#onClosed();
      throw error;
    }
    for (const [name, peerAddress] of peers) this.#peers.set(name, new Peer(this.#host, name, peerAddress));
    for (const peer of this.#peers.values()) peer.start();
  }

  get address(): Address | undefined {
    return this.#listener?.address;
  }

  ref(peer: string, path: string | readonly string[]): ActorReference {
    const parts: unknown = typeof path === 'string' ? path.split('/') : path;
    if (!isNodeName(peer)) throw new NodeError('bad-option', `Not the name of a node: ${JSON.stringify(peer)}`);
    if (!isActorPath(parts)) throw new NodeError('bad-option', `Not the path of an actor: ${JSON.stringify(path)}`);
    if (peer === this.name) return actorReference(this.system.system.name, parts);
    return actorReference(peerSystemName(this.#border, peer), parts);
  }

  async connect(text: string, options: { readonly timeoutMs?: number } = {}): Promise<string> {
    const address = requireTarget(text, 'address');
    const timeoutMs = requireInteger(options.timeoutMs ?? CONNECT_MS, 'timeoutMs', 1, CONNECT_MS_MAX);
    if (this.#closing) throw closedError(this.name);
    if (this.#options.cookie === undefined && !isLoopback(address.host)) throw insecureDial(text);
    return await connect({
      address,
      timeoutMs,
      identity: this.#identity,
      limits: this.#options.limits,
      onChannel: this.#host.onChannel,
      peer: (name) => this.#peer(name),
      onEvent: (listener) => this.onEvent(listener),
      onAbandon: (abandon) => {
        this.#connecting.add(abandon);
        return () => this.#connecting.delete(abandon);
      },
    });
  }

  peers(): PeerStatus[] {
    const names = [...this.#peers.keys()].sort();
    return names.map((name) => (this.#peers.get(name) as Peer).status());
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
    for (const abandon of [...this.#connecting]) abandon();
    for (const guest of [...this.#guests]) guest.channel.close('closing');
    for (const peer of this.#peers.values()) peer.close();
    await Promise.all([this.#listener?.close(), ...this.#channels]);
    this.#onClosed();
  }

  #createHost(): PeerHost {
    const messages = createMessageCodec(this.#border, this.#codecs);
    const self = this;
    return {
      options: this.#options,
      border: this.#border,
      messages,
      get identity(): Identity {
        return self.#identity;
      },
      emit: (event) => this.#emit(event),
      onChannel: (channel) => this.#track(channel),
      onEnvelope: (peer, envelope) =>
        deliver(
          {
            border: this.#border,
            messages,
            tell: (node, notice) => this.#peers.get(node)?.tell(notice),
            onUnknownType: (codec) => this.#emit({ type: 'unknown-type', node: peer, codec }),
          },
          envelope,
        ),
      onUndelivered: (peer, notice) => failWaiting(this.#border, notice, peer),
    };
  }

  /** The peer of that name, made when there is room for one more. */
  #peer(name: string): Peer | undefined {
    const known = this.#peers.get(name);
    if (known || this.#closing || name === this.name) return known;
    if (this.#peers.size >= this.#options.limits.peers) {
      const [idle] = [...this.#peers.values()].filter((peer) => peer.idle);
      if (!idle) return undefined;
      idle.close();
      this.#peers.delete(idle.name);
    }
    const peer = new Peer(this.#host, name, undefined);
    this.#peers.set(name, peer);
    return peer;
  }

  #greet(channel: Channel): void {
    this.#track(channel);
    if (this.#closing) {
      channel.close('closing');
      return;
    }
    const guest: Guest = { channel, name: undefined };
    this.#guests.add(guest);
    greet(channel, {
      identity: this.#identity,
      handshakeMs: this.#options.limits.handshakeMs,
      admit: ({ peer }) => this.#admit(guest, peer),
      probe: ({ peer }) => this.#peers.get(peer.name)?.probe() ?? Promise.resolve(false),
      onLinked: (agreement) => {
        this.#guests.delete(guest);
        this.#peers.get(agreement.peer.name)?.link(channel, agreement);
      },
      onFailed: (error, name) => {
        this.#guests.delete(guest);
        this.#guestFailed(guest, error, name);
      },
    });
  }

  #admit(guest: Guest, newcomer: PeerIdentity): Admission {
    guest.name = newcomer.name;
    if (newcomer.name === this.name) return 'name-taken';
    const peer = this.#peer(newcomer.name);
    const others = [...this.#guests].filter(({ name }) => name === newcomer.name).length;
    if (!peer || others > this.#options.limits.connectionsPerPeer) return 'too-many';
    return peer.admit(newcomer);
  }

  #guestFailed(guest: Guest, error: NodeError, name: string | undefined): void {
    const { address } = guest.channel;
    const node = name === undefined ? {} : { node: name };
    // Who came and went, and a second link that was not needed, are no events.
    if (error.code === 'unreachable' || error.code === 'duplicate' || this.#closing) return;
    if (error.code === 'bad-frame') this.#emit({ type: 'bad-frame', ...node, address, reason: error.message });
    else this.#emit({ type: 'refused', ...node, address, code: error.code, reason: error.message, fatal: false });
  }

  #track(channel: Channel): void {
    this.#channels.add(channel.ended);
    void channel.ended.then(() => this.#channels.delete(channel.ended));
  }

  #emit(event: NodeEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        // It must not harm the link that it is told about.
        process.emitWarning(`A listener of node ${this.name} threw: ${reasonOf(error)}`, {
          type: 'ParliamentRemoteWarning',
        });
      }
    }
  }

  #exposes(path: readonly string[]): boolean {
    try {
      return this.#options.expose(path);
    } catch (error) {
      process.emitWarning(`The option expose of node ${this.name} threw: ${reasonOf(error)}`, {
        type: 'ParliamentRemoteWarning',
      });
      return false;
    }
  }

  #identify(address: string | undefined): Identity {
    const { cluster, name, cookie, limits } = this.#options;
    return { cluster, name, incarnation: this.incarnation, cookie, listen: address, payloadLimit: limits.payloadBytes };
  }
}

function closedError(name: string): NodeError {
  return new NodeError('closed', `Node ${name} has been closed: open it again`);
}
