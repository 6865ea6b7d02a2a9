import { lookup, resolveSrv } from 'node:dns/promises';
import { formatAddress } from '../address.js';

/** The addresses behind a name: one of each A and AAAA record with the port given, or what SRV records name. */
export async function discoverByDns(
  where: { readonly dns: string; readonly port: number } | { readonly srv: string },
): Promise<readonly string[]> {
  if ('srv' in where) {
    // A name may end in the dot of the root, which an address has not.
    return (await resolveSrv(where.srv)).map(({ name, port }) =>
      formatAddress({ host: name.replace(/\.$/, ''), port }),
    );
  }
  const found = await lookup(where.dns, { all: true });
  return found.map(({ address }) => formatAddress({ host: address, port: where.port }));
}
