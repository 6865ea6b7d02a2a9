/** Another secret, or other certificates, for a node that is open. */

import { NodeError } from '../errors.js';
import {
  insecureDial,
  insecureListen,
  mayDial,
  mayListen,
  resolveSecrets,
  resolveTls,
  type TlsOptions,
} from '../trust.js';
import { requireTrusted } from './discovery.js';
import type { ResolvedOptions } from './options.js';

/** What {@link Node.rotate} takes. */
export interface Rotation {
  /** As the option `secret`. */
  readonly secret?: string | readonly [string, string];
  /** As the option `tls`. */
  readonly tls?: TlsOptions;
}

/** The options with another secret, or other certificates. @throws NodeError `bad-option`, `insecure-listen`, `insecure-dial`. */
export function rotated(options: ResolvedOptions, rotation: Rotation): ResolvedOptions {
  const { listen, peers, discover } = options;
  const known = ['secret', 'tls'];
  if (typeof rotation !== 'object' || rotation === null || Object.keys(rotation).some((key) => !known.includes(key))) {
    throw bad(`rotate takes an object of ${known.join(', ')}`);
  }
  const secrets = rotation.secret === undefined ? options.secrets : resolveSecrets(rotation.secret);
  const tls = rotation.tls === undefined ? options.tls : resolveTls(rotation.tls);
  if (tls?.clientCertificates !== options.tls?.clientCertificates) {
    throw bad('tls cannot be begun, nor clientCertificates changed, while the node is open: open it anew');
  }
  if (listen && !mayListen({ secrets, tls }, listen.host)) throw insecureListen(listen.host);
  for (const [name, { host }] of peers) {
    if (!mayDial({ secrets, tls }, host)) throw insecureDial(`${name} at ${host}`);
  }
  if (discover) requireTrusted(discover, { secrets, tls });
  return { ...options, secrets, tls };
}

function bad(message: string): NodeError {
  return new NodeError('bad-option', message);
}
