/** A node of the command's own, without a listener, to talk to the nodes of a parliament. */

import { randomBytes } from 'node:crypto';
import { type Node, openNode, type Reference, startSystem, stop } from 'parliament';
import { CommandError, oneLine } from './errors.js';
import { type Parsed, parseDuration, parseName, readCookie, stringOption } from './options.js';

/** Where the parliament actor of every node is. */
export const REGISTERS = 'registers';

/** Where the actor is that stops a node. */
export const CONTROL = 'control';

const DEFAULT_TIMEOUT = '5s';

export interface ClientSettings {
  readonly cluster: string;
  readonly cookie: string | undefined;
  readonly timeoutMs: number;
}

/** What the connection options say. */
export function clientSettings(parsed: Parsed): ClientSettings {
  return {
    cluster: parseName(stringOption(parsed, 'cluster') ?? 'parliament', 'cluster'),
    cookie: readCookie(stringOption(parsed, 'cookie-file')),
    timeoutMs: parseDuration(stringOption(parsed, 'timeout') ?? DEFAULT_TIMEOUT, 'timeout'),
  };
}

/** An opened client. */
export interface Client {
  readonly node: Node;
  /**
   * Connects to the node that listens at an address.
   *
   * @throws CommandError telling why it cannot.
   */
  reach(address: string, timeoutMs: number): Promise<{ name: string; registers: Reference; control: Reference }>;
  close(): Promise<void>;
}

/** Opens a client under a name that nobody else has. */
export async function openClient({ cluster, cookie }: Omit<ClientSettings, 'timeoutMs'>): Promise<Client> {
  const name = `client-${randomBytes(8).toString('hex')}`;
  const system = startSystem(name);
  const node = await openNode(system, { name, cluster, ...(cookie === undefined ? {} : { cookie }) });
  return {
    node,
    async reach(address, timeoutMs) {
      try {
        const peer = await node.connect(address, { timeoutMs });
        return { name: peer, registers: node.ref(peer, [REGISTERS]), control: node.ref(peer, [CONTROL]) };
      } catch (error) {
        throw new CommandError(`${address}: ${oneLine(error)}`);
      }
    },
    async close() {
      await node.close();
      stop(system);
    },
  };
}
