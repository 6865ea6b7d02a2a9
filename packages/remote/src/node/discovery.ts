/** Where nodes are to be found that are not known by name beforehand. */

import { textOf } from '@parliament/otp';
import { parseAddress, requireTarget } from '../address.js';
import { NodeError } from '../errors.js';
import { insecureDial, mayDial, type Trust } from '../trust.js';

/** How long DNS lookups, and addresses of a function, are good for by default, in milliseconds. */
const EVERY_MS = 5000;
const EVERY_MS_MIN = 10;

/** How many addresses one lookup may give. */
const ADDRESSES_MAX = 1024;

/** Gives the addresses, `host:port`, at which nodes may listen at this moment; that of the node itself does no harm. */
export type Lookup = () => Promise<readonly string[]>;

/**
 * Where to look for nodes. Looked up again every `everyMs` (default 5000), and whoever listens at one of the addresses and is
 * not linked is dialled.
 *
 * - `addresses`: a fixed list of `host:port`.
 * - `dns` and `port`: a name with A and AAAA records, one for each node, as a headless service of Kubernetes has.
 * - `srv`: a name with SRV records (RFC 2782), which name hosts and ports.
 * - `lookup`: a function.
 */
export type Discovery = { readonly everyMs?: number } & (
  | { readonly addresses: readonly string[] }
  | { readonly dns: string; readonly port: number }
  | { readonly srv: string }
  | { readonly lookup: Lookup }
);

/** @throws NodeError `bad-option` */
export function requireDiscovery(discovery: unknown): Discovery {
  if (typeof discovery !== 'object' || discovery === null) throw bad('must be an object');
  const { everyMs = EVERY_MS, ...where } = discovery as Record<string, unknown>;
  if (typeof everyMs !== 'number' || !Number.isInteger(everyMs) || everyMs < EVERY_MS_MIN || everyMs > 86_400_000) {
    throw bad(`everyMs must be an integer from ${EVERY_MS_MIN} to 86400000, but is ${String(everyMs)}`);
  }
  const { addresses, dns, port, srv, lookup } = where;
  switch (Object.keys(where).sort().join()) {
    case 'addresses':
      if (!Array.isArray(addresses)) throw bad('addresses must be an array');
      requireAddresses(addresses);
      break;
    case 'dns,port':
      if (typeof dns !== 'string' || dns === '') throw bad('dns must be a name');
      if (parseAddress(`name:${String(port)}`) === undefined || port === 0) throw bad('port must be from 1 to 65535');
      break;
    case 'srv':
      if (typeof srv !== 'string' || srv === '') throw bad('srv must be a name');
      break;
    case 'lookup':
      if (typeof lookup !== 'function') throw bad('lookup must be a function');
      break;
    default:
      throw bad('must have addresses, or dns and port, or srv, or lookup; and everyMs, if wanted');
  }
  return discovery as Discovery;
}

/** Addresses that are known beforehand are held against what may be dialled. @throws NodeError `insecure-dial` */
export function requireTrusted(discovery: Discovery, trust: Trust): void {
  if (!('addresses' in discovery)) return;
  for (const address of discovery.addresses) {
    if (!mayDial(trust, requireTarget(address, 'discover').host)) throw insecureDial(address);
  }
}

/** In milliseconds. */
export function intervalOf({ everyMs = EVERY_MS }: Discovery): number {
  return everyMs;
}

/** What a lookup has given. */
export interface Found {
  readonly addresses: readonly string[];
  /** What was wrong with some of it, which was left out. */
  readonly problem: string | undefined;
}

/** Those that are addresses. @throws NodeError `bad-option` when it is no array. */
export function usableAddresses(found: unknown): Found {
  if (!Array.isArray(found)) throw bad('a lookup must give an array of addresses');
  const addresses: string[] = [];
  let problem = found.length > ADDRESSES_MAX ? `more than ${ADDRESSES_MAX} addresses` : undefined;
  for (const address of found.slice(0, ADDRESSES_MAX)) {
    const parsed = typeof address === 'string' ? parseAddress(address) : undefined;
    if (parsed !== undefined && parsed.port !== 0) addresses.push(address);
    else problem ??= `${textOf(address)} is not of the form host:port`;
  }
  return { addresses, problem };
}

/** @throws NodeError `bad-option` when one is none. */
function requireAddresses(addresses: unknown): void {
  const { problem } = usableAddresses(addresses);
  if (problem !== undefined) throw bad(problem);
}

function bad(what: string): NodeError {
  return new NodeError('bad-option', `discover: ${what}`);
}
