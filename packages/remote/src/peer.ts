import type { Distribution, ExitReason, SignalReason } from '@parliament/otp';
import { acceptLink, acceptLinkExit, acceptUnlink, exit } from '@parliament/otp';
import { type Address, formatAddress } from './address.js';
import { type Admission, admitDialler, admitListener, type Situation } from './admission.js';
import { backoffMs } from './backoff.js';
import { actorFromWire, type Border, isOpen, placeOf, toWire } from './border.js';
import type { Channel } from './channel.js';
import { type DeliveryOptions, deliver, failWaiting, type Origin } from './delivery.js';
import { type Dial, dial } from './dialling.js';
import { NodeError, type RefusalCode } from './errors.js';
import type { LinkEnd, NodeEvent, PeerStatus } from './events.js';
import type { ActorPlace, Destination, Item, Signal, Undelivered, Waiting, WireReference } from './frame.js';
import { BadFrameError } from './frame-validator.js';
import type { Agreement, Identity, PeerIdentity } from './handshake.js';
import { closest, type Pace } from './heartbeat.js';
import { Link, type Traffic } from './link.js';
import { type ActorReference, actorReference, type Reference, type Sender } from './nact.js';
import type { ResolvedOptions } from './options.js';
import { enterPeerSystem, type PeerSystem } from './peer-system.js';
import { decodeExitReason, decodeReason, encodeReason } from './reasons.js';
import { RemoteTemporaryReference } from './temporary.js';
import { Watches } from './watches.js';

/** What a peer needs of its node. */
export interface PeerHost {
  readonly options: ResolvedOptions;
  readonly identity: Identity;
  readonly border: Border;
  readonly delivery: DeliveryOptions;
  emit(event: NodeEvent): void;
  onChannel(channel: Channel): void;
}

/** How many links two nodes may have between their actors. */
const LINKS_MAX = 65_536;

/** How long a link that stands in a newcomer's way has to show that it lives. */
const PROBE_MS = 1000;

/** Another node, by its name: at most one link, at most one dial, and its entry in nact's table. */
export class Peer {
  readonly name: string;
  /** Where it is dialled for ever; undefined: only it dials. */
  readonly #address: Address | undefined;
  readonly #host: PeerHost;
  readonly #system: PeerSystem;
  readonly #distribution: Distribution;
  readonly #watches: Watches;
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
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;
  /** The peer refused this node for good, or the node is closed: no dial any more. */
  #stopped = false;
  #closed = false;
  #state: PeerStatus['state'] = 'disconnected';
  #since: number = Date.now();
  #dropped = 0;
  #badFrames = 0;
  #lastError: string | undefined;
  #lastRefusal: NodeError['code'] | undefined;

  constructor(host: PeerHost, name: string, address: Address | undefined) {
    this.#host = host;
    this.name = name;
    this.#address = address;
    this.#paces = new Set([host.options]);
    this.#distribution = this.#createDistribution();
    this.#system = enterPeerSystem(
      host.border,
      name,
      (to, message, sender) => this.#send(to, message, sender),
      this.#distribution,
    );
    this.#watches = new Watches((id, reason) => this.#tellEnd({ kind: 'waiting', id }, reason));
  }

  get linked(): boolean {
    return this.#link !== undefined;
  }

  /** Whether it may be forgotten: nothing here wants it. */
  get idle(): boolean {
    return !this.#link && !this.#address && !this.#proving && this.#paces.size === 1;
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
      dropped: this.#dropped,
      badFrames: this.#badFrames,
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
      tls: this.#host.options.tls,
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
    const origin = this.#originOf(agreement.peer.incarnation);
    const link = new Link(channel, agreement, this.#traffic, {
      pace: closest(this.#paces),
      queueSoftBytes: options.limits.queueSoftBytes,
      queueHardBytes: options.limits.queueHardBytes,
      queueSoftMessages: options.limits.queueSoftMessages,
      queueHardMessages: options.limits.queueHardMessages,
      onItem: (item) => this.#take(item, origin),
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

  /** Sends a signal, if there is a link. */
  tell(signal: Signal): void {
    this.#link?.tell(signal);
  }

  /** Asks the node itself. @throws NodeError as a query, or what it answers. */
  async ask(request: unknown, timeoutMs: number): Promise<unknown> {
    const answer = await this.#system.query({ kind: 'node', node: this.name }, request, timeoutMs);
    if (answer instanceof Error) throw errorFrom(this.name, answer);
    return answer;
  }

  /** Watches the link at least at that pace; the returned function ends that. */
  attend(pace: Pace): () => void {
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
    const { codec, payload } = this.#host.delivery.messages.encode(message);
    const from = sender === undefined || sender.type === 'nobody' ? undefined : this.#senderOnWire(sender);
    const link = this.#link;
    if (link === undefined) {
      // At most once: what finds no link is not kept. Whoever awaits a reply is told at once.
      this.#dropped += 1;
      this.#fail(from, noConnection(`Node ${this.name} is not connected: the message was not sent`));
      return;
    }
    if (to.kind === 'actor' && to.incarnation !== '' && to.incarnation !== link.peer.incarnation) {
      this.#fail(
        from,
        new NodeError('no-process', `Node ${this.name} was restarted since: the actor of its earlier life is no more`),
      );
      return;
    }
    if (from?.kind === 'waiting') {
      const refusal = this.#refusalOfCall(link);
      if (refusal !== undefined) {
        this.#fail(from, refusal);
        return;
      }
    }
    const target = to.kind === 'temporary' ? this.#targetOf(to.place, link) : to;
    if (target === undefined) return;
    if (target.kind === 'waiting') this.#watches.settle(target.id);
    link.send({ to: target, sender: from, codec, payload });
  }

  /** One who waits for this peer is told by a number; the rest by references. */
  #senderOnWire(sender: Exclude<Sender, { type: 'nobody' }>): WireReference | Waiting {
    const { name } = this.#system;
    if (sender.type === 'temp' && sender.system.name === name && !(sender instanceof RemoteTemporaryReference)) {
      // Both counters that ids come from are here; nact's own queries do not wait for peers.
      return { kind: 'waiting', id: sender.id as number };
    }
    return toWire(this.#host.border, sender);
  }

  /** A reply to one who waits for this node on the peer goes by its number. Undefined: that incarnation is no more. */
  #targetOf(place: RemoteTemporaryReference['place'], link: Link): Destination | undefined {
    if (place.incarnation !== link.peer.incarnation) return undefined;
    if (place.peer === this.#host.border.node && typeof place.id === 'number') return { kind: 'waiting', id: place.id };
    return { kind: 'temporary', node: this.name, place };
  }

  #refusalOfCall(link: Link): NodeError | undefined {
    const { calls } = this.#host.options.limits;
    if (this.#system.waiting.size > calls) {
      return new NodeError(
        'overloaded',
        `${calls} calls and queries wait for node ${this.name}: wait for some of them`,
      );
    }
    if (!link.overloaded) return undefined;
    return new NodeError('overloaded', `Too much waits to be sent to node ${this.name}: try again later`);
  }

  /** Tells whoever waits for this peer, if somebody does. */
  #fail(from: WireReference | Waiting | undefined, error: NodeError): void {
    if (from?.kind === 'waiting') this.#system.reject(from.id, error);
  }

  #originOf(incarnation: string): Origin {
    const { name } = this;
    return {
      node: name,
      incarnation,
      systemName: this.#system.name,
      waiting: this.#system.waiting,
      onCall: (id, path, actor) => this.#watches.owe(id, path, actor),
      onUnknownType: (codec) => this.#host.emit({ type: 'unknown-type', node: name, codec, sent: false }),
      reply: (to, answer) => this.#send(to, answer, undefined),
    };
  }

  #take(item: Item, origin: Origin): void {
    const { delivery, border } = this.#host;
    switch (item.type) {
      case 'envelope':
        deliver(delivery, origin, item);
        break;
      case 'undelivered':
        this.#takeUndelivered(item, origin);
        break;
      case 'monitor': {
        const { number, object } = item;
        this.#watches.watched(number, this.#openedHere(object), (reason) => {
          this.tell({ type: 'down', number, reason: encodeReason(delivery.messages, reason) });
        });
        break;
      }
      case 'demonitor':
        this.#watches.unwatched(item.number);
        break;
      case 'down':
        this.#watches.down(item.number, decodeExitReason(delivery.messages, item.reason));
        break;
      case 'link':
        this.#takeLink(item);
        break;
      case 'unlink': {
        const local = this.#here(item.other);
        if (local !== undefined) acceptUnlink(local, this.#there(item.self));
        break;
      }
      case 'exit':
        if (item.to.node === border.node) this.#takeExit(item);
    }
  }

  #takeUndelivered(notice: Undelivered, origin: Origin): void {
    if (notice.reason === 'unknown-type') {
      this.#host.emit({ type: 'unknown-type', node: this.name, codec: notice.codec, sent: true });
    }
    failWaiting(this.#host.delivery, origin, notice);
  }

  #takeLink({ self, other }: Extract<Signal, { type: 'link' | 'unlink' }>): void {
    const local = this.#openedHere(other);
    // Both sides may have made as many at the same moment.
    if (this.#distribution.ends.size >= 2 * LINKS_MAX) throw new BadFrameError(`more than ${2 * LINKS_MAX} links`);
    if (local !== undefined && acceptLink(local, this.#there(self))) return;
    const reason = encodeReason(this.#host.delivery.messages, 'noproc');
    this.tell({ type: 'exit', to: self, from: other, reason, overLink: true });
  }

  #takeExit({ to, from, reason: bytes, overLink }: Extract<Signal, { type: 'exit' }>): void {
    const reason = decodeReason(this.#host.delivery.messages, bytes);
    const sender = from && this.#there(from);
    if (overLink) {
      const local = this.#here(to);
      if (local === undefined || sender === undefined) return;
      // Over a link it is an exit reason; `kill` would not be one.
      acceptLinkExit(local, sender, reason === 'kill' ? 'killed' : reason);
    } else {
      const local = isOpen(this.#host.border, to, 'exit') ? this.#here(to) : undefined;
      if (local !== undefined) exit(local, reason, sender);
    }
  }

  /** An actor of this incarnation of this node. */
  #here({ node, incarnation, path }: ActorPlace): ActorReference | undefined {
    const { border } = this.#host;
    if (node !== border.node || (incarnation !== '' && incarnation !== border.incarnation)) return undefined;
    return actorReference(border.local.name, path);
  }

  /** The same, if the peer may reach it. */
  #openedHere(place: ActorPlace): ActorReference | undefined {
    return isOpen(this.#host.border, place) ? this.#here(place) : undefined;
  }

  /** An actor of the peer's, as it says. */
  #there(place: ActorPlace): Reference {
    if (place.node !== this.name) throw new BadFrameError('signal in the name of another node');
    return actorFromWire(this.#host.border, place) as Reference;
  }

  #tellEnd(waiting: Waiting, reason: ExitReason): void {
    const exitReason = encodeReason(this.#host.delivery.messages, reason);
    this.tell({ type: 'undelivered', waiting, reason: 'ended', exitReason, codec: '' });
  }

  #createDistribution(): Distribution {
    const { border } = this.#host;
    /** What cannot be told at once, or is not there: by the reference alone. */
    const missing = (object: Reference): ExitReason | undefined => {
      if (this.#link === undefined) return 'noconnection';
      const { incarnation } = placeOf(border, object as ActorReference);
      return incarnation === '' || incarnation === this.#link.peer.incarnation ? undefined : 'noproc';
    };
    const encode = (reason: SignalReason): Uint8Array => encodeReason(this.#host.delivery.messages, reason);
    return {
      ends: new Set(),
      monitor: (object, ended) => {
        const reason = object.type === 'actor' ? missing(object) : 'noproc';
        if (reason !== undefined) {
          ended(reason);
          return () => {};
        }
        const number = this.#watches.watch(ended);
        this.tell({ type: 'monitor', number, object: placeOf(border, object as ActorReference) });
        return () => {
          if (this.#watches.unwatch(number)) this.tell({ type: 'demonitor', number });
        };
      },
      link: (self, other) => {
        const reason = missing(other);
        if (this.#distribution.ends.size > LINKS_MAX) {
          throw new NodeError('overloaded', `${LINKS_MAX} links with actors of node ${this.name} are the most`);
        }
        if (reason !== undefined) acceptLinkExit(self, other, reason);
        else this.tell({ type: 'link', self: placeOf(border, self), other: placeOf(border, other as ActorReference) });
      },
      unlink: (self, other) => {
        this.tell({ type: 'unlink', self: placeOf(border, self), other: placeOf(border, other as ActorReference) });
      },
      exit: (to, reason, from, isLink) => {
        if (missing(to) !== undefined) return;
        const sender =
          from?.type === 'actor' && from.system.name === border.local.name ? placeOf(border, from) : undefined;
        const place = placeOf(border, to as ActorReference);
        this.tell({ type: 'exit', to: place, from: sender, reason: encode(reason), overLink: isLink });
      },
    };
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
    this.#watches.lose(this.#distribution);
    if (reason === 'bad-frame') {
      this.#badFrames += 1;
      this.#host.emit({ type: 'bad-frame', node: this.name, address, reason: detail });
    }
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

/** A refusal of the node itself, which has lost its class on the way. */
function errorFrom(peer: string, answer: Error & { readonly code?: unknown }): NodeError {
  const code = (typeof answer.code === 'string' ? answer.code : 'spawn-failed') as NodeError['code'];
  return new NodeError(code, `Node ${peer} refused: ${answer.message}`);
}
