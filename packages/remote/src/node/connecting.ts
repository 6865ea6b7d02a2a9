import { type Address, formatAddress } from '../address.js';
import { NodeError } from '../errors.js';
import type { NodeEvent } from '../events.js';
import { type Dial, dial } from '../handshake/dialling.js';
import type { Identity } from '../handshake/handshake.js';
import type { NodeLimits } from '../limits.js';
import type { Channel } from '../platform/channel.js';
import { after } from '../platform/unattended.js';
import type { TlsMaterial } from '../trust.js';
import type { Peer } from './peer.js';

export interface ConnectOptions {
  readonly address: Address;
  readonly scheme: 'ws' | 'wss' | undefined;
  readonly tls: TlsMaterial | undefined;
  readonly timeoutMs: number;
  readonly identity: Identity;
  readonly limits: NodeLimits;
  /** The node there, which has shown who it is, refused this one. */
  onRefused(): void;
  onChannel(channel: Channel): void;
  /** The peer of that name; undefined when there are too many. */
  peer(name: string): Peer | undefined;
  onEvent(listener: (event: NodeEvent) => void): () => void;
  /** Registers what to do when the node is closed meanwhile; the returned function takes it back. */
  onAbandon(abandon: () => void): () => void;
}

/** Dials an address once and resolves with the name of the node found there when the link to it is up. */
export function connect(options: ConnectOptions): Promise<string> {
  const { address, timeoutMs, identity } = options;
  const where = formatAddress(address);
  return new Promise((resolve, reject) => {
    let found: Peer | undefined;
    const settle = (error?: NodeError): void => {
      clearTimeout(timer);
      stopListening();
      takeBack();
      if (error) reject(error);
      else resolve((found as Peer).name);
    };
    const abandon = (error: NodeError): void => {
      started.abort();
      found?.release(started);
      settle(error);
    };
    const timer = after(timeoutMs, () => {
      abandon(new NodeError('timeout', `No link to ${where} within ${timeoutMs} ms`));
    });
    const takeBack = options.onAbandon(() => {
      abandon(new NodeError('closed', `Node ${identity.name} was closed while it dialled ${where}`));
    });
    // Whether by this dial or by another that won, what counts is that the link is up.
    const stopListening = options.onEvent((event) => {
      if (event.type === 'nodeup' && event.node === found?.name) settle();
    });
    const started: Dial = dial({
      identity,
      address,
      expected: undefined,
      tls: options.tls,
      scheme: options.scheme,
      limits: options.limits,
      onChannel: options.onChannel,
      onIdentified(peer) {
        found = options.peer(peer.name);
        return found ? found.claim(peer, started) : 'too-many';
      },
      onLinked: (channel, agreement) => found?.linkUp(channel, agreement),
      onFailed(error, admission) {
        found?.release(started);
        if (admission) options.onRefused();
        if (error.code !== 'duplicate') settle(error);
        // Else another dial is about to succeed, unless the link is there.
        else if (found?.linked) settle();
      },
    });
  });
}

export interface LinkedOptions {
  readonly peer: string;
  readonly timeoutMs: number;
  /** Why the last dial came to nothing. */
  lastError(): string | undefined;
  onEvent(listener: (event: NodeEvent) => void): () => void;
  /** As in {@link ConnectOptions}. */
  onAbandon(abandon: () => void): () => void;
  closed(): NodeError;
}

/** Resolves when a link to a node comes up, whoever dials. */
export function linked({ peer, timeoutMs, lastError, ...node }: LinkedOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    /** What this node, or the other, has been refused. */
    let refusal: string | undefined;
    const settle = (error?: NodeError): void => {
      clearTimeout(timer);
      stopListening();
      takeBack();
      if (error) reject(error);
      else resolve();
    };
    const timer = after(timeoutMs, () => {
      const cause =
        refusal ?? lastError() ?? 'neither has dialled the other: is it in peers, or does it dial this node?';
      settle(new NodeError('timeout', `No link to node ${peer} within ${timeoutMs} ms: ${cause}`));
    });
    const takeBack = node.onAbandon(() => settle(node.closed()));
    const stopListening = node.onEvent((event) => {
      if (!('node' in event) || event.node !== peer) return;
      if (event.type === 'nodeup') settle();
      else if (event.type === 'refused') refusal = event.reason;
    });
  });
}
