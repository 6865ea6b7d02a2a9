import * as platform from '#platform';
import { type Discovery, type Found, intervalOf, usableAddresses } from './discovery.js';
import { reasonOf } from './errors.js';
import { after, detach, type Timer } from './unattended.js';

export interface DiscovererOptions {
  /** Dials an address once; resolves with the name of the node that is linked then. */
  connect(address: string): Promise<string>;
  isLinked(peer: string): boolean;
  onFailed(reason: string): void;
  /** How long one lookup may take, in milliseconds. Default {@link LOOKUP_MS}. */
  readonly lookupMs?: number;
}

const LOOKUP_MS = 30_000;

/** Looks for nodes again and again, and dials those that are not linked. */
export class Discoverer {
  readonly #discovery: Discovery;
  readonly #options: DiscovererOptions;
  /** Who was found at an address, having shown who it is. */
  readonly #found: Map<string, string> = new Map();
  readonly #dialling: Set<string> = new Set();
  #timer: Timer | undefined;
  /** Of the lookup under way. */
  #limit: Timer | undefined;
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
    clearTimeout(this.#limit);
  }

  async #round(): Promise<void> {
    try {
      const { addresses, problem } = await this.#lookUp();
      if (this.#stopped) return;
      if (problem === undefined) this.#lastFailure = undefined;
      else this.#fail(problem);
      for (const known of this.#found.keys()) if (!addresses.includes(known)) this.#found.delete(known);
      for (const address of new Set(addresses)) detach(this.#visit(address));
    } catch (error) {
      if (this.#stopped) return;
      this.#fail(reasonOf(error));
    }
    // Jittered, so that nodes that were started at the same moment do not look, and dial, in step.
    this.#timer = after(intervalOf(this.#discovery) * (0.75 + Math.random() / 2), () => detach(this.#round()));
  }

  /** The same is told once in a row. */
  #fail(problem: string): void {
    const reason = `Looking for nodes failed (${problem}): see the option discover`;
    if (reason !== this.#lastFailure) this.#options.onFailed(reason);
    this.#lastFailure = reason;
  }

  /** One lookup that never ends must not be the end of all. */
  #lookUp(): Promise<Found> {
    return new Promise((resolve, reject) => {
      const limitMs = this.#options.lookupMs ?? LOOKUP_MS;
      this.#limit = after(limitMs, () => reject(new Error(`it took longer than ${limitMs} ms`)));
      detach(
        discover(this.#discovery)
          .then(resolve, reject)
          .finally(() => clearTimeout(this.#limit)),
      );
    });
  }

  async #visit(address: string): Promise<void> {
    if (this.#dialling.has(address)) return;
    const known = this.#found.get(address);
    if (known !== undefined && this.#options.isLinked(known)) return;
    this.#dialling.add(address);
    try {
      this.#found.set(address, await this.#options.connect(address));
    } catch {
      // Whoever cannot be reached may be there at the next round. Also one's own address, which is among those of a service, is
      // dialled again: who says that it is may lie, or be gone by then.
      this.#found.delete(address);
    } finally {
      this.#dialling.delete(address);
    }
  }
}

/** @throws Error when the lookup fails, or gives no array. */
async function discover(discovery: Discovery): Promise<Found> {
  if ('addresses' in discovery) return { addresses: discovery.addresses, problem: undefined };
  if ('lookup' in discovery) return usableAddresses(await discovery.lookup());
  return usableAddresses(await platform.discoverByDns(discovery));
}
