/**
 * Where handshakes fail again and again: a token bucket for each address. Others may be behind the same address, so nobody is
 * turned away for it; but who comes from there gives way first, and is not told of.
 */

/** How many addresses are remembered; past it, the one that has waited longest is forgotten. */
const ADDRESSES_MAX = 4096;
const REFILL_MS = 1000;

interface Bucket {
  tokens: number;
  /** Monotonic milliseconds. */
  at: number;
}

export class HandshakeLimiter {
  readonly #burst: number;
  readonly #buckets: Map<string, Bucket> = new Map();

  /** So many failures in a row are let pass, and then one each second. */
  constructor(burst: number) {
    this.#burst = burst;
  }

  /** Whether so many have failed at an address that it is one of an attacker. */
  isSpent(host: string, now: number): boolean {
    const bucket = this.#buckets.get(groupOf(host));
    return bucket !== undefined && tokensAt(bucket, this.#burst, now) < 1;
  }

  /** One more has failed there. */
  spend(host: string, now: number): void {
    const group = groupOf(host);
    const bucket = this.#buckets.get(group);
    const tokens = bucket === undefined ? this.#burst : tokensAt(bucket, this.#burst, now);
    this.#buckets.delete(group);
    if (this.#buckets.size >= ADDRESSES_MAX) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    this.#buckets.set(group, { tokens: Math.max(0, tokens - 1), at: now });
  }
}

function tokensAt({ tokens, at }: Bucket, burst: number, now: number): number {
  return Math.min(burst, tokens + (now - at) / REFILL_MS);
}

/** Addresses that are likely to be of one party: one customer has 2^64 addresses of IPv6, and not one. */
export function groupOf(host: string): string {
  if (!host.includes(':') || host.toLowerCase().startsWith('::ffff:')) return host;
  const [left = [], right = []] = host.split('::').map((side) => side.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
