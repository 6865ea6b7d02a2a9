import * as platform from '#platform';
import { type Address, formatAddress } from '../address.js';
import { NodeError, type RefusalCode } from '../errors.js';
import type { NodeLimits } from '../limits.js';
import type { Agreement, PeerIdentity } from '../link/agreement.js';
import type { Channel } from '../platform/channel.js';
import { after, attempt } from '../platform/unattended.js';
import { LINK_PATH } from '../platform/websocket.js';
import { insecureDial, isGuarded, type TlsMaterial } from '../trust.js';
import { refusalError } from '../wire/refusal.js';
import { checkAccepted, type Dialling, type Identity, prove, sayHello } from './handshake.js';
import { hearHandshake } from './hearing.js';

export interface DialOptions {
  readonly identity: Identity;
  readonly address: Address;
  /** The node that is meant to be reached, when it is known. */
  readonly expected: string | undefined;
  readonly tls: TlsMaterial | undefined;
  /** The WebSocket's scheme, when it is not what `tls` says: a browser has no certificate of its own. */
  readonly scheme?: 'ws' | 'wss' | undefined;
  readonly limits: NodeLimits;
  /** Called with the channel before anything else. */
  onChannel(channel: Channel): void;
  /** The peer has shown who it is. A code vetoes: nothing was promised to it yet. */
  onIdentified(peer: PeerIdentity): RefusalCode | undefined;
  onLinked(channel: Channel, agreement: Agreement): void;
  /** `admission`: the peer, known for who it is, refused this node. Not called after `abort`. */
  onFailed(error: NodeError, admission: boolean): void;
}

/** A dial under way. */
export interface Dial {
  abort(): void;
}

/** Dials, shakes hands, and calls exactly one of `onLinked` and `onFailed`, unless aborted before. */
export function dial(options: DialOptions): Dial {
  const { identity, limits } = options;
  const address = formatAddress(options.address);
  const scheme = options.scheme ?? (options.tls ? 'wss' : 'ws');
  const channel = platform.openSocket({
    url: `${scheme}://${address}${LINK_PATH}`,
    address,
    handshakeMs: limits.handshakeMs,
    payloadBytes: limits.payloadBytes,
    tls: options.tls && { cert: options.tls.cert, key: options.tls.key, ca: options.tls.ca },
    onConnected: (isLoopback) =>
      attempt(() => {
        const isTrusted = isGuarded(identity.secrets) || scheme === 'wss';
        if (!isTrusted && isLoopback === false) fail(insecureDial(address));
      }),
    onOpen: () =>
      attempt(() => {
        if (done) return;
        const { state, send } = sayHello(identity, options.expected, channel.tls());
        greeted = state;
        channel.send(send);
      }),
  });
  options.onChannel(channel);
  let done = false;
  let greeted: Dialling | undefined;
  let agreement: Agreement | undefined;

  const finish = (): boolean => {
    if (done) return false;
    done = true;
    clearTimeout(deadline);
    return true;
  };
  const fail = (error: NodeError): void => {
    if (!finish()) return;
    channel.close('refused');
    options.onFailed(error, agreement !== undefined);
  };
  const deadline = after(limits.handshakeMs, () => {
    fail(new NodeError('timeout', `${address} did not finish the handshake within ${limits.handshakeMs} ms`));
  });

  hearHandshake(channel, {
    isDone: () => done,
    step,
    fail,
    ended: (detail) => `No link to ${address}: ${detail}. Is a node listening there?`,
  });
  return {
    abort() {
      if (finish()) channel.terminate();
    },
  };

  function step(bytes: Uint8Array): void {
    if (agreement) {
      checkAccepted(identity, agreement, bytes);
      if (finish()) options.onLinked(channel, agreement);
      return;
    }
    const proved = prove(greeted as Dialling, bytes);
    const veto = options.onIdentified(proved.agreement.peer);
    if (veto !== undefined) {
      fail(refusalError(veto, identity.name, proved.agreement.peer.name));
      return;
    }
    agreement = proved.agreement;
    channel.send(proved.send);
  }
}
