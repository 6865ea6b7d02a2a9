/** What a handshake needs to know of a TLS connection. */

import { createSecureContext, type TLSSocket } from 'node:tls';
import { textOf } from '@parliament/otp';
import { NodeError } from '../errors.js';
import type { TlsMaterial } from '../trust.js';
import type { ChannelSecurity } from './channel.js';

/** RFC 5705: an exporter whose name is of no registry begins with EXPERIMENTAL. */
const EXPORTER = 'EXPERIMENTAL parliament link';
const BINDING_BYTES = 32;

/** `certified`: whether the other side had to show a certificate. */
export function securityOf(connection: TLSSocket, certified: boolean): ChannelSecurity {
  const names = certified ? certifiedNames(connection) : [];
  return {
    binding: connection.exportKeyingMaterial(BINDING_BYTES, EXPORTER, Buffer.alloc(0)),
    // Host names know no difference between large and small letters; a certificate may come from tools that make them small.
    certifies: certified ? (name) => names.some((known) => known.toLowerCase() === name.toLowerCase()) : undefined,
  };
}

/** The names that the checked certificate of the other side is for: its DNS names, or else its common name (RFC 6125 §6.4.4). */
function certifiedNames(connection: TLSSocket): readonly string[] {
  if (!connection.authorized) return [];
  const { subject, subjectaltname } = connection.getPeerCertificate();
  const names = (subjectaltname ?? '')
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
  if (names.length > 0) return names;
  const commonName: unknown = subject?.CN;
  return typeof commonName === 'string' ? [commonName] : [];
}

/** @throws NodeError `bad-option` when the certificates or the key cannot be read, or do not belong together. */
export function checkTls({ cert, key, ca }: TlsMaterial): void {
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    throw new NodeError('bad-option', `tls: cert, key and ca do not serve (${textOf(error)})`, { cause: error });
  }
}
