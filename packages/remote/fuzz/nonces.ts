import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Random } from './random.js';

/**
 * Has the handshake draw its nonces from the seed, too: else a violation could not be had again. The returned function ends
 * that.
 */
export function seedNonces(random: Random): () => void {
  const { randomBytes } = crypto;
  replace((count: number) => Buffer.from(random.bytes(count)));
  return () => replace(randomBytes);
}

function replace(randomBytes: unknown): void {
  Object.assign(crypto, { randomBytes });
  syncBuiltinESMExports();
}
