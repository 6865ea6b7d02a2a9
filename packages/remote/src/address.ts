import { NodeError } from './errors.js';

/** Where a node listens. */
export interface Address {
  readonly host: string;
  /** 0 to 65535; 0 lets the operating system choose. */
  readonly port: number;
}

/** The longest text of an address: a DNS name has at most 253 characters. */
export const ADDRESS_LENGTH_MAX = 261;

const ADDRESS: RegExp = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([a-zA-Z0-9._-]{1,253})):(\d{1,5})$/;

/** Reads `host:port` or `[IPv6]:port`; undefined when the text is neither. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > ADDRESS_LENGTH_MAX) return undefined;
  const match = ADDRESS.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  // A host such as 1.2.3.4.5 has the form of a name, and is none.
  return host !== undefined && port <= 65_535 && URL.canParse(`ws://${text}`) ? { host, port } : undefined;
}

/** @throws NodeError `bad-option` naming `option`. */
export function requireAddress(text: unknown, option: string): Address {
  const address = typeof text === 'string' ? parseAddress(text) : undefined;
  if (address !== undefined) return address;
  throw new NodeError('bad-option', `${option} must be 'host:port' or '[IPv6]:port', but is ${JSON.stringify(text)}`);
}

/** Reads what can be dialled: `host:port`, or `ws://host:port` or `wss://host:port`. @throws NodeError `bad-option` */
export function parseUrl(text: unknown): { readonly address: Address; readonly scheme: 'ws' | 'wss' | undefined } {
  const match = typeof text === 'string' ? /^(wss?):\/\/([^/]*)\/?$/.exec(text) : null;
  const scheme = match?.[1] as 'ws' | 'wss' | undefined;
  return { address: requireTarget(match?.[2] ?? text, 'address'), scheme };
}

/** {@link requireAddress}, of a place that can be dialled. */
export function requireTarget(text: unknown, option: string): Address {
  const address = requireAddress(text, option);
  if (address.port > 0) return address;
  throw new NodeError(
    'bad-option',
    `${option} has port 0, which only a listener can take: give the port that it bound`,
  );
}

/** The inverse of {@link parseAddress}. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(host);
}
