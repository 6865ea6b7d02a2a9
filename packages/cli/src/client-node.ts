/** A node of the command's own, without a listener, to talk to the nodes of a parliament. */

import { randomBytes } from 'node:crypto';
import { type Node, openNode, type Reference, startSystem, stop } from 'parliament';
import { CommandError, EXIT, reasonOf, UsageError } from './errors.js';
import { flag, optionOrVariable, type Parsed, stringOption } from './options.js';
import { answering, complain } from './output.js';
import { readSecret } from './secret-file.js';
import { parseDuration, parseName } from './values.js';

/** Where the parliament actor of every node is. */
export const REGISTERS = 'registers';

/** Where the actor is that stops a node. */
export const CONTROL = 'control';

const DEFAULT_TIMEOUT = '5s';

export interface ClientSettings {
  readonly cluster: string;
  readonly secret: string | undefined;
  readonly timeoutMs: number;
}

/** What the connection options say. */
export function clientSettings(parsed: Parsed): ClientSettings {
  return {
    cluster: parseName({ text: stringOption(parsed, 'cluster') ?? 'parliament', as: '--cluster' }),
    secret: readSecret(optionOrVariable(parsed, 'secret-file')),
    timeoutMs: parseDuration({ text: stringOption(parsed, 'timeout') ?? DEFAULT_TIMEOUT, as: '--timeout' }),
  };
}

/** How many milliseconds are left of a time, whenever it is asked; never none, so that what comes too late says so itself. */
export function countdown(timeoutMs: number): () => number {
  const deadline = performance.now() + timeoutMs;
  return () => Math.max(1, Math.ceil(deadline - performance.now()));
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

/** Whoever joins a dial of somebody else's waits for it as long as its own time allows, and no longer. */
async function within(timeoutMs: number, dialled: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`no link within ${Math.ceil(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([dialled, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a failure is told with, besides its reason. */
export interface More {
  /** In an answer as JSON. */
  readonly fields: object;
  /** In the line on standard error. */
  readonly note: string;
}

/**
 * Does the work of a command that talks to a node, and gives its exit status. What it has to say is said before the client is closed,
 * which takes its time when the node says nothing.
 */
export async function withClient(
  command: string,
  parsed: Parsed,
  work: (client: Client, settings: ClientSettings) => Promise<number>,
  more: (error: unknown) => More = () => ({ fields: {}, note: '' }),
): Promise<number> {
  let client: Client | undefined;
  async function workAndAnswer(): Promise<number> {
    const settings = clientSettings(parsed);
    client = await openClient(settings);
    return work(client, settings);
  }
  try {
    return await answering(flag(parsed, 'json'), workAndAnswer, (error) => more(error).fields);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    complain(`parliament ${command}: ${reasonOf(error)}${more(error).note}`);
    return EXIT.failed;
  } finally {
    await client?.close();
  }
}

/** Opens a client under a name that nobody else has. */
export async function openClient({ cluster, secret }: Omit<ClientSettings, 'timeoutMs'>): Promise<Client> {
  const name = `client-${randomBytes(8).toString('hex')}`;
  const system = startSystem(name);
  const node = await openNode(system, { name, cluster, ...(secret === undefined ? {} : { secret }) });
  const connected = new Set<string>();
  const nameAt = new Map<string, string>();
  const dials = new Map<string, Promise<string>>();
  node.onEvent((event) => {
    if (event.type === 'nodeup') connected.add(event.node);
    else if (event.type === 'nodedown') connected.delete(event.node);
  });

  /** One dial serves all who want to reach the same address meanwhile. */
  function dial(address: string, timeoutMs: number): Promise<string> {
    const going = dials.get(address);
    if (going !== undefined) return going;
    const dialled = node.connect(address, { timeoutMs: Math.ceil(timeoutMs) });
    dials.set(address, dialled);
    const forget = (): void => {
      dials.delete(address);
    };
    // Whoever dialled hears how it went.
    dialled.then(forget).catch(forget);
    return dialled;
  }

  return {
    node,
    async reach(address, timeoutMs) {
      let peer = nameAt.get(address);
      if (peer === undefined || !connected.has(peer)) {
        try {
          peer = await within(timeoutMs, dial(address, timeoutMs));
        } catch (error) {
          throw new CommandError(`${address}: ${reasonOf(error)}`);
        }
        nameAt.set(address, peer);
      }
      return { name: peer, registers: node.ref(peer, [REGISTERS]), control: node.ref(peer, [CONTROL]) };
    },
    async close() {
      await node.close();
      stop(system);
    },
  };
}
