import { textOf } from '@parliament/otp';
import * as platform from '#platform';
import { NodeError, type NodeErrorCode } from '../errors.js';
import { after, detach, type Timer } from '../platform/unattended.js';
import { type Discovery, type Found, intervalOf, usableAddresses } from './discovery.js';

export interface DiscovererOptions {
  /**
   * Dials an address once; resolves with the name of the node that is linked then. `onRefused`: that node, which has shown who it
   * is, refused this one.
   */
  connect(address: string, onRefused: () => void): Promise<string>;
  /** The incarnation of a peer that there is a link to. */
  incarnationOf(peer: string): string | undefined;
  onFailed(reason: string): void;
  /** Somebody is at an address, and there will be no link. `admission`: who is there has shown who it is. */
  onRefused(address: string, error: NodeError, admission: boolean): void;
  /** How long one lookup may take, in milliseconds. Default {@link LOOKUP_MS}. */
  readonly lookupMs?: number;
}

const LOOKUP_MS = 30_000;

/** Nobody is there, or nobody else, or the link is there already. */
const NO_REFUSALS: ReadonlySet<NodeErrorCode> = new Set(['unreachable', 'timeout', 'duplicate', 'self', 'closed']);

/** Looks for nodes again and again, and dials those that are not linked. */
export class Discoverer {
  readonly #discovery: Discovery;
  readonly #options: DiscovererOptions;
  /** Who was found at an address, having shown who it is. Another life of the same node may be elsewhere. */
  readonly #found: Map<string, { readonly name: string; readonly incarnation: string }> = new Map();
  /** What was told last of an address: the same is told once. */
  readonly #refused: Map<string, NodeErrorCode> = new Map();
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
      const present = new Set(addresses);
      for (const known of this.#found.keys()) if (!present.has(known)) this.#found.delete(known);
      for (const known of this.#refused.keys()) if (!present.has(known)) this.#refused.delete(known);
      for (const address of present) detach(this.#visit(address));
    } catch (error) {
      if (this.#stopped) return;
      this.#fail(textOf(error));
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
    if (known !== undefined && this.#options.incarnationOf(known.name) === known.incarnation) return;
    this.#dialling.add(address);
    let admission = false;
    try {
      const name = await this.#options.connect(address, () => {
        admission = true;
      });
      const incarnation = this.#options.incarnationOf(name);
      if (incarnation !== undefined) this.#found.set(address, { name, incarnation });
      this.#refused.delete(address);
    } catch (error) {
      // Whoever cannot be reached may be there at the next round. Also one's own address, which is among those of a service, is
      // dialled again: who says that it is may lie, or be gone by then.
      this.#found.delete(address);
      this.#tellRefusal(address, error, admission);
    } finally {
      this.#dialling.delete(address);
    }
  }

  #tellRefusal(address: string, error: unknown, admission: boolean): void {
    if (!(error instanceof NodeError) || NO_REFUSALS.has(error.code)) return;
    if (this.#refused.get(address) === error.code) return;
    this.#refused.set(address, error.code);
    this.#options.onRefused(address, error, admission);
  }
}

/** @throws Error when the lookup fails, or gives no array. */
async function discover(discovery: Discovery): Promise<Found> {
  if ('addresses' in discovery) return { addresses: discovery.addresses, problem: undefined };
  if ('lookup' in discovery) return usableAddresses(await discovery.lookup());
  return usableAddresses(await platform.discoverByDns(discovery));
}
