/** What makes a node believe others: secrets and certificates. */

import { isLoopback } from './address.js';
import { NodeError } from './errors.js';

/** Certificates and keys, each as PEM. */
export interface TlsMaterial {
  /** Who this node is: the certificate names it. Followed by those between it and the authority, if there are any. */
  readonly cert: string;
  readonly key: string;
  /** The authority of the cluster: only what it has signed is trusted. */
  readonly ca: string;
}

/** How many secrets a node may take at a time: the one in use, and the one that it replaces. */
export const SECRETS_MAX = 2;

/** The same as an option. */
export interface TlsOptions extends TlsMaterial {
  /** Whether those that dial must show a certificate. False is for browsers, which prove themselves by the secret. Default true. */
  readonly clientCertificates?: boolean;
}

/** What makes a node believe others. */
export interface Trust {
  readonly secrets: readonly string[];
  readonly tls: TlsOptions | undefined;
}

/** From a handshake that was recorded, a shorter one could be guessed at leisure. */
const GUARD_BYTES_MIN = 32;

/** Whether these secrets keep other machines out. */
export function isGuarded(secrets: readonly string[]): boolean {
  return secrets.length > 0 && secrets.every((secret) => new TextEncoder().encode(secret).length >= GUARD_BYTES_MIN);
}

/** Whether a listener at a host does not let just anybody in. Over TLS without certificates of clients, everybody could come. */
export function mayListen({ secrets, tls }: Trust, host: string): boolean {
  return isGuarded(secrets) || (tls !== undefined && tls.clientCertificates !== false) || isLoopback(host);
}

/** Whether whoever answers at a host is not just believed. */
export function mayDial({ secrets, tls }: Trust, host: string): boolean {
  return isGuarded(secrets) || tls !== undefined || isLoopback(host);
}

export function insecureListen(host: string): NodeError {
  return new NodeError(
    'insecure-listen',
    `Listening on ${host} lets other machines in: set a secret of ${GUARD_BYTES_MIN} bytes or more (or tls, with certificates of both sides), or listen on 127.0.0.1`,
  );
}

export function insecureDial(peer: string): NodeError {
  return new NodeError(
    'insecure-dial',
    `Dialling ${peer} leaves this machine: set the same secret, of ${GUARD_BYTES_MIN} bytes or more, on both nodes, or tls`,
  );
}

/** What a secret may have, in characters: a shorter one is guessed at once, by whoever may connect. */
export const SECRET_LENGTH = { min: 16, max: 1024 } as const;

/** The option `secret`. @throws NodeError `bad-option` */
export function resolveSecrets(secret: unknown): readonly string[] {
  if (secret === undefined) return [];
  const secrets: unknown = typeof secret === 'string' ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length < 1 || secrets.length > SECRETS_MAX) {
    throw bad('secret must be a string, or two: the one in use, and the one that it replaces');
  }
  for (const each of secrets) {
    if (typeof each !== 'string' || each.length < SECRET_LENGTH.min || each.length > SECRET_LENGTH.max) {
      throw bad(`secret must be a string of ${SECRET_LENGTH.min} to ${SECRET_LENGTH.max} characters`);
    }
  }
  return secrets as string[];
}

/** The option `tls`. @throws NodeError `bad-option` */
export function resolveTls(tls: unknown): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const known = ['cert', 'key', 'ca', 'clientCertificates'];
  if (typeof tls !== 'object' || tls === null || Object.keys(tls).some((key) => !known.includes(key))) {
    throw bad(`tls must be an object of ${known.join(', ')}`);
  }
  const { cert, key, ca, clientCertificates = true } = tls as Partial<TlsOptions>;
  for (const [name, pem] of Object.entries({ cert, key, ca })) {
    if (typeof pem !== 'string' || !pem.includes('-----BEGIN')) throw bad(`tls.${name} must be a text of the form PEM`);
  }
  if (typeof clientCertificates !== 'boolean') throw bad('tls.clientCertificates must be true or false');
  return { cert: cert as string, key: key as string, ca: ca as string, clientCertificates };
}

function bad(message: string): NodeError {
  return new NodeError('bad-option', message);
}
