import {
  acceptLink,
  acceptLinkExit,
  acceptUnlink,
  type Distribution,
  exit,
  type ExitReason,
  textOf,
} from '@parliament/otp';
import { isNodeErrorCode, NodeError } from '../errors.js';
import type { NodeEvent } from '../events.js';
import type { NodeLimits } from '../limits.js';
import type { Link } from '../link/link.js';
import { type ActorReference, actorReference, type Reference, type Sender } from '../nact.js';
import type { Act } from '../references/openings.js';
import { enterPeerSystem, type PeerSystem } from '../references/peer-system.js';
import { actorFromWire, type Home, isOpen, toWire } from '../references/references.js';
import { RemoteTemporaryReference } from '../references/temporary.js';
import type {
  ActorPlace,
  Destination,
  Item,
  Signal,
  Sizes,
  Undelivered,
  Waiting,
  WireReference,
} from '../wire/frame.js';
import { BadFrameError, NO_BYTES } from '../wire/frame-validator.js';
import { type DeliveryOptions, deliver, failOwn, failWaiting, type Origin, tooLarge } from './delivery.js';
import { createDistribution, LINKS_MAX } from './distribution.js';
import type { MessageCodec } from './message-codec.js';
import { decodeExitReason, decodeReason, encodeExitReason, encodeReason } from './reasons.js';
import { Watches } from './watches.js';

/** What an exchange needs of its node. */
export interface ExchangeHost {
  readonly options: { readonly limits: NodeLimits };
  readonly home: Home;
  readonly delivery: DeliveryOptions;
  emit(event: NodeEvent): void;
}

/**
 * What goes between the actors of this node and those of one other, while there is a link and while there is none: messages,
 * calls and their replies, monitors, links and exit signals.
 */
export class Exchange {
  readonly #host: ExchangeHost;
  readonly #peer: string;
  readonly #link: () => Link | undefined;
  readonly #system: PeerSystem;
  readonly #distribution: Distribution;
  readonly #watches: Watches;
  #dropped = 0;
  /** The incarnation that was last sent what is too large for it. */
  #overtaxed: string | undefined;

  /** `link`: the link to the peer at this moment. */
  constructor(host: ExchangeHost, peer: string, link: () => Link | undefined) {
    this.#host = host;
    this.#peer = peer;
    this.#link = link;
    this.#watches = new Watches((id, reason) => this.#tellEnd({ kind: 'waiting', id }, reason));
    this.#distribution = createDistribution({
      home: host.home,
      peer,
      messages: host.delivery.messages,
      watches: this.#watches,
      link,
      tell: (signal) => this.tell(signal),
    });
    this.#system = enterPeerSystem(
      host.home,
      peer,
      (to, message, sender, spoken) => this.#send(to, message, sender, spoken),
      this.#distribution,
    );
  }

  /** How many messages found no link, or were too large. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends a signal, if there is a link. */
  tell(signal: Signal): void {
    this.#link()?.tell(signal);
  }

  /** Asks the node itself. @throws NodeError as a query, or what it answers. */
  async ask(request: unknown, timeoutMs: number): Promise<unknown> {
    const answer = await this.#system.query({ kind: 'node', node: this.#peer }, request, timeoutMs);
    if (answer instanceof Error) throw errorFrom(this.#peer, answer);
    return answer;
  }

  /** The link is lost: whoever waits or watches is told. */
  lose(detail: string): void {
    const what = `The link to node ${this.#peer} was lost (${detail})`;
    this.#system.rejectAll(noConnection(`${what}: whether the message arrived is not known`));
    this.#watches.lose(this.#distribution);
  }

  /** Leaves nact's table. */
  close(): void {
    this.#system.rejectAll(noConnection(`Node ${this.#host.home.node} was closed`));
    this.#system.leave();
  }

  /** See {@link Send}. */
  #send(to: Destination, message: unknown, sender: Sender | undefined, spoken = false): boolean {
    const from = sender === undefined || sender.type === 'nobody' ? undefined : this.#senderOnWire(sender);
    const encoded = this.#encode(to, message, from);
    if (encoded === undefined) return false;
    const link = this.#link();
    if (link === undefined) {
      // At most once: what finds no link is not kept. Whoever awaits a reply is told at once.
      this.#dropped += 1;
      this.#fail(from, noConnection(`Node ${this.#peer} is not connected: the message was not sent`));
      return false;
    }
    const refusal = this.#refusal(to, from, link);
    if (refusal !== undefined) {
      this.#fail(from, refusal);
      return false;
    }
    const target = to.kind === 'temporary' ? this.#targetOf(to.place, link) : to;
    if (target === undefined) {
      this.#fail(from, this.#noLife());
      return false;
    }
    if (target.kind === 'waiting') this.#watches.settle(target.id);
    const sizes = link.send({ to: target, sender: from, codec: encoded.codec, payload: encoded.payload, spoken });
    if (sizes === undefined) return true;
    this.#noteTooLarge(link, sizes);
    // Of a reply, the one who waits for it is there.
    if (isWaiting(target)) this.tell(undelivered(target, 'too-large', sizes));
    this.#fail(from, tooLarge(link.peer, sizes), sizes);
    return false;
  }

  /** Undefined: it cannot travel, and those who wait were told so. @throws TypeError when nobody waits for its answer. */
  #encode(
    to: Destination,
    message: unknown,
    from: WireReference | Waiting | undefined,
  ): ReturnType<MessageCodec['encode']> | undefined {
    try {
      return this.#host.delivery.messages.encode(message);
    } catch (error) {
      if (error instanceof NodeError && error.code === 'too-large') {
        this.#dropped += 1;
        if (isWaiting(to)) this.tell(undelivered(to, 'too-large'));
        this.#fail(from, error);
        return undefined;
      }
      const failure = error instanceof Error ? error : new TypeError(textOf(error));
      if (from?.kind === 'waiting' && this.#system.reject(from.id, failure)) return undefined;
      throw error;
    }
  }

  /** Why a message cannot be sent over the link. */
  #refusal(to: Destination, from: WireReference | Waiting | undefined, link: Link): NodeError | undefined {
    if (to.kind === 'actor' && to.incarnation !== '' && to.incarnation !== link.peer.incarnation) {
      return this.#noLife();
    }
    return from?.kind === 'waiting' ? this.#refusalOfCall(link) : undefined;
  }

  #noLife(): NodeError {
    return new NodeError('noproc', `Node ${this.#peer} was restarted since: its earlier life is no more`);
  }

  /** The program is told once of each incarnation that takes less than is sent to it: what it takes is up to the peer. */
  #noteTooLarge({ peer }: Link, { bytes, limit }: Sizes): void {
    this.#dropped += 1;
    if (this.#overtaxed === peer.incarnation) return;
    this.#overtaxed = peer.incarnation;
    this.#host.emit({ type: 'too-large', node: this.#peer, bytes, limit });
  }

  /** One who waits for this peer is told by a number; the rest by references. */
  #senderOnWire(sender: Exclude<Sender, { type: 'nobody' }>): WireReference | Waiting {
    const { name } = this.#system;
    if (sender.type === 'temp' && sender.system.name === name && !(sender instanceof RemoteTemporaryReference)) {
      return { kind: 'waiting', id: this.#system.numberOf(sender.id) };
    }
    return toWire(this.#host.home, sender);
  }

  /** A reply to one who waits for this node on the peer goes by its number. Undefined: that incarnation is no more. */
  #targetOf(place: RemoteTemporaryReference['place'], link: Link): Destination | undefined {
    if (place.incarnation !== link.peer.incarnation) return undefined;
    if (place.peer === this.#host.home.node && typeof place.id === 'number') return { kind: 'waiting', id: place.id };
    return { kind: 'temporary', node: this.#peer, place };
  }

  #refusalOfCall(link: Link): NodeError | undefined {
    const { calls } = this.#host.options.limits;
    if (this.#system.waiting > calls) {
      return new NodeError(
        'overloaded',
        `${calls} calls and queries wait for node ${this.#peer}: wait for some of them`,
      );
    }
    if (!link.overloaded) return undefined;
    return new NodeError('overloaded', `Too much waits to be sent to node ${this.#peer}: try again later`);
  }

  /** Tells whoever waits for the answer to a message that does not leave, on whichever node. */
  #fail(from: WireReference | Waiting | undefined, error: NodeError, sizes?: Sizes): void {
    const { home, delivery } = this.#host;
    if (from?.kind === 'waiting') this.#system.reject(from.id, error);
    else if (from?.kind === 'temporary' && from.node === home.node) failOwn(home, from.place, error);
    else if (from?.kind === 'temporary') delivery.tell(from.node, undelivered(from, reasonFor(error), sizes));
  }

  /** What arrives over a link to an incarnation of the peer comes from here. */
  originOf(incarnation: string): Origin {
    const name = this.#peer;
    return {
      node: name,
      incarnation,
      systemName: this.#system.name,
      waitingUnder: (number) => this.#system.waitingUnder(number),
      reject: (number, error) => this.#system.reject(number, error),
      onCall: (id, path, actor) => this.#watches.owe(id, path, actor),
      onUnknownType: (codec) => this.#host.emit({ type: 'unknown-type', node: name, codec, sent: false }),
      reply: (to, answer) => this.#send(to, answer, undefined),
    };
  }

  /** Something has arrived. @throws BadFrameError when it is not allowed: the link must end. */
  take(item: Item, origin: Origin): void {
    const { delivery, home } = this.#host;
    switch (item.type) {
      case 'envelope':
        deliver(delivery, origin, item);
        break;
      case 'undelivered':
        this.#takeUndelivered(item, origin);
        break;
      case 'monitor': {
        const { number, object } = item;
        this.#watches.watched(number, this.#openedHere(object, 'message'), (reason) => {
          this.tell({ type: 'down', number, reason: encodeExitReason(delivery.messages, reason) });
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
        if (item.to.node === home.node) this.#takeExit(item);
    }
  }

  #takeUndelivered(notice: Undelivered, origin: Origin): void {
    if (notice.reason === 'unknown-type') {
      this.#host.emit({ type: 'unknown-type', node: this.#peer, codec: notice.codec, sent: true });
    }
    failWaiting(this.#host.delivery, origin, notice);
  }

  #takeLink({ self, other }: Extract<Signal, { type: 'link' | 'unlink' }>): void {
    // Over a link comes the end of the other, which may end this one as an exit signal would.
    const local = this.#openedHere(other, 'exit');
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
      const local = this.#openedHere(to, 'exit');
      if (local !== undefined) exit(local, reason, sender);
    }
  }

  /** An actor of this incarnation of this node. */
  #here({ node, incarnation, path }: ActorPlace): ActorReference | undefined {
    const { home } = this.#host;
    if (node !== home.node || (incarnation !== '' && incarnation !== home.incarnation)) return undefined;
    return actorReference(home.local.name, path);
  }

  /** The same, if the peer may do that to it. */
  #openedHere(place: ActorPlace, act: Act): ActorReference | undefined {
    return isOpen(this.#host.home, place, act) ? this.#here(place) : undefined;
  }

  /** An actor of the peer's, as it says. */
  #there(place: ActorPlace): Reference {
    if (place.node !== this.#peer) throw new BadFrameError('signal in the name of another node');
    return actorFromWire(this.#host.home, place) as Reference;
  }

  #tellEnd(waiting: Waiting, reason: ExitReason): void {
    const exitReason = encodeExitReason(this.#host.delivery.messages, reason);
    this.tell({ type: 'undelivered', waiting, reason: 'exit', exitReason, codec: '' });
  }
}

function isWaiting(to: Destination): to is NonNullable<Undelivered['waiting']> {
  return to.kind === 'waiting' || to.kind === 'temporary';
}

function undelivered(
  waiting: NonNullable<Undelivered['waiting']>,
  reason: Undelivered['reason'],
  sizes?: Sizes,
): Undelivered {
  const notice = { type: 'undelivered', waiting, reason, exitReason: NO_BYTES, codec: '' } as const;
  return sizes === undefined ? notice : { ...notice, sizes };
}

/** How a third node, where somebody waits, is told of it. */
function reasonFor({ code }: NodeError): Undelivered['reason'] {
  return code === 'too-large' || code === 'noconnection' ? code : 'noproc';
}

function noConnection(message: string): NodeError {
  return new NodeError('noconnection', message);
}

/** A refusal of the node itself, which has lost its class on the way. A node of another version may have words of its own. */
function errorFrom(peer: string, answer: Error & { readonly code?: unknown }): NodeError {
  const code = isNodeErrorCode(answer.code) ? answer.code : 'spawn-failed';
  return new NodeError(code, `Node ${peer} refused: ${answer.message}`);
}
