/** What this package asks of Node.js. In a browser platform/browser.ts stands in its place; see "imports" in package.json. */

import { createHmac, hkdfSync, randomBytes as random, timingSafeEqual } from 'node:crypto';

export { discoverByDns } from './dns.js';
export { type Listener, type ListenOptions, listen } from './listener.js';
export { openSocket } from './socket.js';
export { checkTls } from './tls.js';

export function randomBytes(count: number): Uint8Array {
  return random(count);
}

/** HMAC-SHA-256 (RFC 2104) over all parts, one after the other: 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** HKDF with SHA-256 (RFC 5869): 32 bytes. */
export function hkdfSha256(secret: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, purpose, 32));
}

/** Whether both are the same, in a time that tells nothing about where they differ. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Bytes that may hold anything. */
export function allocate(count: number): Uint8Array {
  return Buffer.allocUnsafe(count);
}

/** Tells whoever runs the process. */
export function warn(message: string): void {
  process.emitWarning(message, { type: 'ParliamentRemoteWarning' });
}
