/** Receives those who dial in, until each of them is a link or gone. */

import type { NodeError } from '../errors.js';
import type { NodeEvent } from '../events.js';
import type { Admission } from '../handshake/admission.js';
import type { Identity } from '../handshake/handshake.js';
import { groupOf, HandshakeLimiter } from '../handshake/handshake-limiter.js';
import { Lobby } from '../handshake/lobby.js';
import { greet } from '../handshake/welcoming.js';
import { hexOf } from '../hex.js';
import type { NodeLimits } from '../limits.js';
import type { PeerIdentity } from '../link/agreement.js';
import type { Channel } from '../platform/channel.js';
import type { Guest } from '../platform/guest.js';
import type { Peer } from './peer.js';

/** What a reception needs of its node. */
export interface ReceptionHost {
  readonly limits: NodeLimits;
  readonly identity: Identity;
  readonly closing: boolean;
  /** The peer of that name, if there is one, or room for one. */
  peer(name: string): Peer | undefined;
  emit(event: NodeEvent): void;
}

/** A connection that dialled in, over a WebSocket, and has not become a link yet. */
interface Caller {
  readonly channel: Channel;
  /** Where it comes from. */
  readonly host: string;
  /** Once it has proved it. */
  name: string | undefined;
}

/** What a stranger does who tries secrets, or harm. A restarting node of the cluster does none of it. */
const SUSPICIOUS: ReadonlySet<NodeError['code']> = new Set([
  'bad-frame',
  'timeout',
  'wrong-secret',
  'wrong-certificate',
]);

/** Who came and went, a second link that was not needed, and this node itself are no events. */
const NO_EVENTS: ReadonlySet<NodeError['code']> = new Set(['unreachable', 'duplicate', 'self']);

/** So many hellos are remembered, the latest. Only those count that know the secret, so that no stranger can push others out. */
const HELLOS_MAX = 4096;

export class Reception {
  readonly #host: ReceptionHost;
  readonly #limiter: HandshakeLimiter;
  /** Of what is told: whatever a stranger does over and over is told some times only. */
  readonly #told: HandshakeLimiter;
  readonly #lobby: Lobby;
  readonly #callers: Set<Caller> = new Set();
  /** By their nonces. A node never uses one again, but whoever has overheard a hello may say it as often as it likes. */
  readonly #hellos: Set<string> = new Set();

  constructor(host: ReceptionHost) {
    this.#host = host;
    this.#limiter = new HandshakeLimiter(host.limits.failedHandshakes);
    this.#told = new HandshakeLimiter(host.limits.failedHandshakes);
    this.#lobby = new Lobby(host.limits.unauthenticated);
  }

  /** A connection has come from a host; `evict` ends it. */
  enter(host: string, evict: () => void): Guest {
    return this.#lobby.enter(groupOf(host), this.#isSuspicious(host), evict);
  }

  /** It has become a channel. */
  greet(channel: Channel, host: string, guest: Guest): void {
    const { identity, limits } = this.#host;
    const caller: Caller = { channel, host, name: undefined };
    this.#callers.add(caller);
    greet(channel, {
      identity,
      handshakeMs: limits.handshakeMs,
      onPromising: (nonce) => {
        if (this.#isNew(nonce)) guest.promise();
      },
      admit: ({ peer }) => this.#admit(caller, peer),
      probe: ({ peer }) => this.#host.peer(peer.name)?.probe(peer) ?? Promise.resolve(undefined),
      onLinked: (agreement) => {
        this.#callers.delete(caller);
        guest.leave();
        this.#host.peer(agreement.peer.name)?.linkUp(channel, agreement);
      },
      onFailed: (error, name) => {
        this.#callers.delete(caller);
        this.#failed(caller, error, name);
      },
    });
  }

  close(): void {
    for (const { channel } of [...this.#callers]) channel.close('closing');
  }

  #isNew(nonce: Uint8Array): boolean {
    const hello = hexOf(nonce);
    if (this.#hellos.has(hello)) return false;
    this.#hellos.add(hello);
    if (this.#hellos.size <= HELLOS_MAX) return true;
    for (const oldest of this.#hellos) {
      this.#hellos.delete(oldest);
      break;
    }
    return true;
  }

  #isSuspicious(host: string): boolean {
    return this.#limiter.isSpent(host, performance.now());
  }

  #admit(caller: Caller, newcomer: PeerIdentity): Admission {
    caller.name = newcomer.name;
    if (newcomer.name === this.#host.identity.name) return 'name-taken';
    const peer = this.#host.peer(newcomer.name);
    const others = [...this.#callers].filter(({ name }) => name === newcomer.name).length;
    if (!peer || others > this.#host.limits.connectionsPerPeer) return 'too-many';
    return peer.admit(newcomer);
  }

  #failed({ channel: { address }, host }: Caller, error: NodeError, name: string | undefined): void {
    const now = performance.now();
    if (SUSPICIOUS.has(error.code)) this.#limiter.spend(host, now);
    if (NO_EVENTS.has(error.code) || this.#told.isSpent(host, now) || this.#host.closing) return;
    this.#told.spend(host, now);
    const node = name === undefined ? {} : { node: name };
    const { code, message: reason } = error;
    if (code === 'bad-frame') this.#host.emit({ type: 'bad-frame', ...node, address, reason });
    else this.#host.emit({ type: 'refused', ...node, address, code, reason, ownNameTaken: false });
  }
}
