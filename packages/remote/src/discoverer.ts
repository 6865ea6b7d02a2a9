import * as platform from '#platform';
import { type Discovery, intervalOf, requireAddresses } from './discovery.js';
import { NodeError, reasonOf } from './errors.js';
import { after, detach, type Timer } from './unattended.js';

export interface DiscovererOptions {
  /** Dials an address once; resolves with the name of the node that is linked then. */
  connect(address: string): Promise<string>;
  isLinked(peer: string): boolean;
  onFailed(reason: string): void;
}

/** Looks for nodes again and again, and dials those that are not linked. */
export class Discoverer {
  readonly #discovery: Discovery;
  readonly #options: DiscovererOptions;
  /** Who was found at an address; undefined: this node itself. */
  readonly #found: Map<string, string | undefined> = new Map();
  readonly #dialling: Set<string> = new Set();
  #timer: Timer | undefined;
  #lastFailure: string | undefined;
  #stopped = false;

  constructor(discovery: Discovery, options: DiscovererOptions) {
    this.#discovery = discovery;
    this.#options = options;
  }

  start(): void {
    detach(this.#round());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #round(): Promise<void> {
    try {
      const addresses = await discover(this.#discovery);
      this.#lastFailure = undefined;
      if (this.#stopped) return;
      for (const known of this.#found.keys()) if (!addresses.includes(known)) this.#found.delete(known);
      for (const address of new Set(addresses)) detach(this.#visit(address));
    } catch (error) {
      if (this.#stopped) return;
      const reason = `Looking for nodes failed (${reasonOf(error)}): see the option discover`;
      if (reason !== this.#lastFailure) this.#options.onFailed(reason);
      this.#lastFailure = reason;
    }
    // Jittered, so that nodes that were started at the same moment do not look, and dial, in step.
    this.#timer = after(intervalOf(this.#discovery) * (0.75 + Math.random() / 2), () => detach(this.#round()));
  }

  async #visit(address: string): Promise<void> {
    if (this.#dialling.has(address)) return;
    const known = this.#found.get(address);
    if (this.#found.has(address) && (known === undefined || this.#options.isLinked(known))) return;
    this.#dialling.add(address);
    try {
      this.#found.set(address, await this.#options.connect(address));
    } catch (error) {
      // Whoever cannot be reached may be there at the next round. One's own address is among those of a service.
      if (error instanceof NodeError && error.code === 'self') this.#found.set(address, undefined);
    } finally {
      this.#dialling.delete(address);
    }
  }
}

/** @throws Error when the lookup fails, or gives what are no addresses. */
async function discover(discovery: Discovery): Promise<readonly string[]> {
  if ('addresses' in discovery) return discovery.addresses;
  if ('lookup' in discovery) return requireAddresses(await discovery.lookup());
  return requireAddresses(await platform.discoverByDns(discovery));
}
