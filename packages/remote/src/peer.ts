import { type Admission, admitDialler, admitListener, type Situation } from './admission.js';
import { type Address, formatAddress } from './address.js';
import { backoffMs } from './backoff.js';
import { type Border, toWire } from './border.js';
import type { Channel } from './channel.js';
import { type Dial, dial } from './dialling.js';
import { NodeError, type RefusalCode } from './errors.js';
import type { LinkEnd, NodeEvent, PeerStatus } from './events.js';
import type { Destination, Envelope, Undelivered } from './frame.js';
import type { Agreement, Identity, PeerIdentity } from './handshake.js';
import { Link, type Traffic } from './link.js';
import type { MessageCodec } from './messages.js';
import type { Sender } from './nact.js';
import type { ResolvedOptions } from './options.js';
import { enterPeerSystem, type PeerSystem } from './peer-system.js';

/** What a peer needs of its node. */
export interface PeerHost {
  readonly options: ResolvedOptions;
  readonly identity: Identity;
  readonly border: Border;
  readonly messages: MessageCodec;
  emit(event: NodeEvent): void;
  onChannel(channel: Channel): void;
  onEnvelope(peer: string, envelope: Envelope): void;
  onUndelivered(peer: string, notice: Undelivered): void;
}

/** How long a link that stands in a newcomer's way has to show that it lives. */
const PROBE_MS = 1000;

/** Another node, by its name: at most one link, at most one dial, and its entry in nact's table. */
export class Peer {
  readonly name: string;
  /** Where it is dialled for ever; undefined: only it dials. */
  readonly #address: Address | undefined;
  readonly #host: PeerHost;
  readonly #system: PeerSystem;
  readonly #traffic: Traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  #announced: string | undefined;
  #incarnation: string | undefined;
  #link: Link | undefined;
  #linkedAt = 0;
  #dial: Dial | undefined;
  /** The dial, its own or one of `connect`, that has sent its proof and awaits the answer. */
  #proving: Dial | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;
  /** The peer refused this node for good, or the node is closed: no dial any more. */
  #stopped = false;
  #closed = false;
  #state: PeerStatus['state'] = 'disconnected';
  #since: number = Date.now();
  #dropped = 0;
  #lastError: string | undefined;
  #lastRefusal: NodeError['code'] | undefined;

  constructor(host: PeerHost, name: string, address: Address | undefined) {
    this.#host = host;
    this.name = name;
    this.#address = address;
    this.#system = enterPeerSystem(host.border, name, (to, message, sender) => this.#send(to, message, sender));
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  /** Whether it may be forgotten: nothing here wants it. */
  get idle(): boolean {
    return !this.#link && !this.#address && !this.#proving;
  }

  status(): PeerStatus {
    return {
      name: this.name,
      address: this.#address ? formatAddress(this.#address) : this.#announced,
      state: this.#state,
      incarnation: this.#incarnation,
      since: this.#since,
      ...this.#traffic,
      dropped: this.#dropped,
      lastError: this.#lastError,
    };
  }

  /** Dials the configured address, and again after each failure and each loss. */
  start(): void {
    if (this.#stopped || !this.#address || this.#link || this.#dial) return;
    this.#become('connecting');
    const started = dial({
      identity: this.#host.identity,
      address: this.#address,
      expected: this.name,
      limits: this.#host.options.limits,
      onChannel: this.#host.onChannel,
      onIdentified: (found) => this.claim(found, started),
      onLinked: (channel, agreement) => {
        this.#dial = undefined;
        this.link(channel, agreement);
      },
      onFailed: (error, admission) => {
        this.#dial = undefined;
        this.release(started);
        this.#dialFailed(error, admission);
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

  async probe(): Promise<boolean> {
    return (await this.#link?.probe(PROBE_MS)) ?? false;
  }

  /** A handshake with this peer has come to its end: the link is up. Any other link or dial gives way. */
  link(channel: Channel, agreement: Agreement): void {
    this.#link?.end('replaced', 'a newer connection took its place');
    this.#cancelDials();
    if (this.#closed) {
      // A listener of the event that the lost link made closed the node.
      channel.close('closing');
      return;
    }
    const { options } = this.#host;
    const { name } = this;
    const link = new Link(channel, agreement, this.#traffic, {
      heartbeatMs: options.heartbeatMs,
      queueSoftBytes: options.limits.queueSoftBytes,
      queueHardBytes: options.limits.queueHardBytes,
      onEnvelope: (envelope) => this.#host.onEnvelope(name, envelope),
      onUndelivered: (notice) => this.#host.onUndelivered(name, notice),
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

  /** Sends a notice, if there is a link. */
  tell(notice: Undelivered): void {
    this.#link?.tell(notice);
  }

  /** Notes that this node refused the peer. */
  noteRefusal(error: NodeError): void {
    this.#lastError = error.message;
  }

  /** Ends everything, and leaves nact's table. */
  close(): void {
    this.#closed = true;
    this.#stopped = true;
    this.#cancelDials();
    this.#link?.end('closing', 'this node was closed');
    this.#become('disconnected');
    this.#system.rejectAll(noConnection(`Node ${this.#host.border.node} was closed`));
    this.#system.leave();
  }

  #situation(): Situation {
    const link = this.#link && { incarnation: this.#link.peer.incarnation, silent: this.#link.silent };
    return { self: this.#host.border.node, link, proving: this.#proving !== undefined };
  }

  #send(to: Destination, message: unknown, sender: Sender | undefined): void {
    const { border, messages } = this.#host;
    const { codec, payload } = messages.encode(message);
    const from = sender && sender.type !== 'nobody' ? toWire(border, sender) : undefined;
    if (this.#link) {
      this.#link.send({ to, sender: from, codec, payload });
      return;
    }
    // At most once: what finds no link is not kept. Whoever awaits a reply is told at once.
    this.#dropped += 1;
    const waitsHere = from?.kind === 'temporary' && from.place.peer === this.name && from.node === border.node;
    if (waitsHere)
      this.#system.reject(from.place.id, noConnection(`Node ${this.name} is not connected: the message was not sent`));
  }

  #linkEnded(link: Link, address: string, reason: LinkEnd, detail: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    if (Date.now() - this.#linkedAt >= this.#host.options.reconnectMaxMs) this.#attempts = 0;
    if (reason !== 'closing') this.#lastError = detail;
    this.#become('disconnected');
    this.#system.rejectAll(
      noConnection(`The link to node ${this.name} was lost (${detail}): whether the message arrived is not known`),
    );
    if (reason === 'bad-frame') this.#host.emit({ type: 'bad-frame', node: this.name, address, reason: detail });
    this.#host.emit({ type: 'nodedown', node: this.name, incarnation: link.peer.incarnation, reason });
    this.#scheduleDial();
  }

  #dialFailed(error: NodeError, admission: boolean): void {
    const address = this.#address ? formatAddress(this.#address) : '';
    this.#lastError = error.message;
    if (error.code === 'bad-frame') {
      this.#host.emit({ type: 'bad-frame', node: this.name, address, reason: error.message });
    } else if (error.code !== 'unreachable' && error.code !== 'timeout' && error.code !== 'duplicate') {
      // Only a peer that has shown who it is may make this node give up.
      const fatal = admission && error.code === 'name-taken';
      this.#stopped ||= fatal;
      this.#become('refused');
      // The same refusal at every dial is told once.
      if (fatal || this.#lastRefusal !== error.code) {
        const { code, message: reason } = error;
        this.#host.emit({ type: 'refused', node: this.name, address, code, reason, fatal });
      }
      this.#lastRefusal = error.code;
    }
    this.#scheduleDial();
  }

  #scheduleDial(): void {
    if (this.#stopped || !this.#address || this.#link || this.#dial || this.#retry) return;
    const { reconnectMinMs, reconnectMaxMs } = this.#host.options;
    if (this.#state !== 'refused') this.#become('waiting');
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.start();
      },
      backoffMs(this.#attempts, reconnectMinMs, reconnectMaxMs),
    );
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

function noConnection(message: string): NodeError {
  return new NodeError('no-connection', message);
}
