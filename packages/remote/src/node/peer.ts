import { type Address, formatAddress } from '../address.js';
import type { NodeError, RefusalCode } from '../errors.js';
import type { LinkEndReason, PeerStatus } from '../events.js';
import { Exchange, type ExchangeHost } from '../exchange/exchange.js';
import { type Admission, admitDialler, admitListener, refusalBesides, type Situation } from '../handshake/admission.js';
import { type Dial, dial } from '../handshake/dialling.js';
import type { Identity } from '../handshake/handshake.js';
import type { Agreement, PeerIdentity } from '../link/agreement.js';
import { closest, type Pace } from '../link/heartbeat.js';
import { Link, type Traffic } from '../link/link.js';
import type { Channel } from '../platform/channel.js';
import { after, type Timer } from '../platform/unattended.js';
import { backoffMs } from './backoff.js';
import type { ResolvedOptions } from './options.js';

/** What a peer needs of its node. */
export interface PeerHost extends ExchangeHost {
  readonly options: ResolvedOptions;
  readonly identity: Identity;
  onChannel(channel: Channel): void;
}

/** How long a link that stands in a newcomer's way has to show that it lives. */
const PROBE_MS = 1000;

/** Another node, by its name: at most one link, at most one dial, and its entry in nact's table. */
export class Peer {
  readonly name: string;
  /** Where it is dialled for ever; undefined: only it dials. */
  readonly #address: Address | undefined;
  readonly #host: PeerHost;
  /** What goes between the actors here and there. */
  readonly exchange: Exchange;
  /** How closely those who need this peer watch it, the node itself among them. */
  readonly #paces: Set<Pace>;
  readonly #traffic: Traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  #announced: string | undefined;
  #incarnation: string | undefined;
  #link: Link | undefined;
  #linkedAt = 0;
  #dial: Dial | undefined;
  /** The dial, its own or one of `connect`, that has sent its proof and awaits the answer. */
  #proving: Dial | undefined;
  #retry: Timer | undefined;
  #attempts = 0;
  /** The node is closed: no dial any more. */
  #stopped = false;
  #closed = false;
  #state: PeerStatus['state'] = 'disconnected';
  #since: number = Date.now();
  #badFrames = 0;
  #lastError: string | undefined;
  #lastRefusal: NodeError['code'] | undefined;

  constructor(host: PeerHost, name: string, address: Address | undefined) {
    this.#host = host;
    this.name = name;
    this.#address = address;
    this.#paces = new Set([host.options]);
    this.exchange = new Exchange(host, name, () => this.#link);
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  /** The incarnation that there is a link to. */
  get linkedTo(): string | undefined {
    return this.#link?.peer.incarnation;
  }

  /** Whether it may be forgotten: nothing here wants it. */
  get isEvictable(): boolean {
    return !this.#link && !this.#address && !this.#proving && this.#paces.size === 1;
  }

  /** When a part of a long message last came over the present link. */
  get partAt(): number | undefined {
    return this.#link?.partAt;
  }

  /** The longest message that may go there over the present link. */
  get payloadBytes(): number | undefined {
    return this.#link?.payloadBytes;
  }

  status(): PeerStatus {
    return {
      name: this.name,
      address: this.#address ? formatAddress(this.#address) : this.#announced,
      state: this.#state,
      overloaded: this.#link?.overloaded ?? false,
      incarnation: this.#incarnation,
      since: this.#since,
      ...this.#traffic,
      dropped: this.exchange.dropped,
      badFrames: this.#badFrames,
      lastError: this.#lastError,
    };
  }

  /** Dials the configured address, and again after each failure and each loss. */
  start(): void {
    const address = this.#address;
    if (this.#stopped || !address || this.#link || this.#dial) return;
    this.#become('connecting');
    const started = dial({
      identity: this.#host.identity,
      address,
      expected: this.name,
      tls: this.#host.options.tls,
      limits: this.#host.options.limits,
      onChannel: this.#host.onChannel,
      onIdentified: (found) => this.claim(found, started),
      onLinked: (channel, agreement) => {
        this.#dial = undefined;
        this.linkUp(channel, agreement);
      },
      onFailed: (error, admission) => {
        this.#dial = undefined;
        this.release(started);
        this.#dialFailed(error, admission, formatAddress(address));
      },
    });
    this.#dial = started;
  }

  /** A dial has found this peer and is about to send its proof. A code says why it must not. */
  claim(found: PeerIdentity, by: Dial): RefusalCode | undefined {
    const verdict = admitListener(found, this.#situation());
    if (verdict !== 'admit') return verdict;
    this.#proving = by;
    return undefined;
  }

  /** That dial has failed. */
  release(by: Dial): void {
    if (this.#proving === by) this.#proving = undefined;
  }

  /** The peer dialled and proved who it is. */
  admit(newcomer: PeerIdentity): Admission {
    return admitDialler(newcomer, this.#situation());
  }

  /** Whether the present link lives: then with what a newcomer of the same name is refused. */
  async probe(newcomer: PeerIdentity): Promise<RefusalCode | undefined> {
    const link = this.#link;
    const isAlive = (await link?.probe(PROBE_MS)) ?? false;
    return isAlive ? refusalBesides(newcomer, link?.peer.incarnation) : undefined;
  }

  /** A handshake with this peer has come to its end: the link is up. Any other link or dial gives way. */
  linkUp(channel: Channel, agreement: Agreement): void {
    this.#link?.end('replaced', 'a newer connection took its place');
    this.#cancelDials();
    if (this.#closed) {
      // A listener of the event that the lost link made closed the node.
      channel.close('closing');
      return;
    }
    const { options } = this.#host;
    const { name } = this;
    const { exchange } = this;
    const origin = exchange.originOf(agreement.peer.incarnation);
    const link = new Link(channel, agreement, this.#traffic, {
      pace: closest(this.#paces),
      queueSoftBytes: options.limits.queueSoftBytes,
      queueHardBytes: options.limits.queueHardBytes,
      queueSoftMessages: options.limits.queueSoftMessages,
      queueHardMessages: options.limits.queueHardMessages,
      onItem: (item) => exchange.take(item, origin),
      onOverloaded: (bytes, dropped) => this.#host.emit({ type: 'overloaded', node: name, bytes, dropped }),
      onEnd: (reason, detail) => this.#linkEnded(link, channel.address, reason, detail),
    });
    this.#link = link;
    this.#linkedAt = Date.now();
    this.#announced = agreement.peer.address ?? this.#announced;
    this.#incarnation = agreement.peer.incarnation;
    this.#lastError = undefined;
    this.#lastRefusal = undefined;
    this.#become('connected');
    this.#host.emit({ type: 'nodeup', node: name, incarnation: link.peer.incarnation });
  }

  /** Watches the link at least at that pace; the returned function ends that. */
  keepPace(pace: Pace): () => void {
    // Its own, as the same may be given twice.
    const own = { ...pace };
    this.#paces.add(own);
    this.#link?.watch(closest(this.#paces));
    return () => {
      if (this.#paces.delete(own)) this.#link?.watch(closest(this.#paces));
    };
  }

  /** Resolves when little waits to be sent, or there is no link. */
  drained(): Promise<void> {
    return this.#link?.drained() ?? Promise.resolve();
  }

  /** Ends everything, and leaves nact's table. */
  close(): void {
    this.#closed = true;
    this.#stopped = true;
    this.#cancelDials();
    this.#link?.end('closing', 'this node was closed');
    this.#become('disconnected');
    this.exchange.close();
  }

  #situation(): Situation {
    const link = this.#link && { incarnation: this.#link.peer.incarnation, silent: this.#link.silent };
    return { self: this.#host.home.node, link, proving: this.#proving !== undefined };
  }

  #linkEnded(link: Link, address: string, reason: LinkEndReason, detail: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    if (Date.now() - this.#linkedAt >= this.#host.options.reconnectMaxMs) this.#attempts = 0;
    if (reason !== 'closing') this.#lastError = detail;
    this.#become('disconnected');
    this.exchange.lose(detail);
    if (reason === 'bad-frame') {
      this.#badFrames += 1;
      this.#host.emit({ type: 'bad-frame', node: this.name, address, reason: detail });
    }
    this.#host.emit({ type: 'nodedown', node: this.name, incarnation: link.peer.incarnation, reason });
    this.#scheduleDial();
  }

  #dialFailed(error: NodeError, admission: boolean, address: string): void {
    this.#lastError = error.message;
    if (error.code === 'bad-frame') {
      this.#host.emit({ type: 'bad-frame', node: this.name, address, reason: error.message });
    } else if (error.code !== 'unreachable' && error.code !== 'timeout' && error.code !== 'duplicate') {
      const ownNameTaken = isOwnNameTaken(error.code, admission);
      this.#become('refused');
      // The same refusal at every dial is told once.
      if (this.#lastRefusal !== error.code) {
        const { code, message: reason } = error;
        this.#host.emit({ type: 'refused', node: this.name, address, code, reason, ownNameTaken });
      }
      this.#lastRefusal = error.code;
    }
    this.#scheduleDial();
  }

  #scheduleDial(): void {
    if (this.#stopped || !this.#address || this.#link || this.#dial || this.#retry) return;
    const { reconnectMinMs, reconnectMaxMs } = this.#host.options;
    if (this.#state !== 'refused') this.#become('waiting');
    this.#retry = after(backoffMs(this.#attempts, reconnectMinMs, reconnectMaxMs), () => {
      this.#retry = undefined;
      this.start();
    });
    this.#attempts += 1;
  }

  #cancelDials(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const dials = [this.#dial, this.#proving];
    this.#dial = undefined;
    this.#proving = undefined;
    for (const each of dials) each?.abort();
  }

  #become(state: PeerStatus['state']): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#since = Date.now();
  }
}

/** Only a peer that has shown who it is may say so. It is tried again, since the other one may go. */
export function isOwnNameTaken(code: NodeError['code'], admission: boolean): boolean {
  return admission && code === 'name-taken';
}
