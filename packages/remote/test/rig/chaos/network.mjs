// Hosts in network namespaces of their own, on a bridge in one more: a network that can be cut for real, and that nobody else
// notices. It takes root and iproute2, no firewall: a host is cut off from another one way by a wrong address in its table of
// neighbours, so that what it sends is taken by nobody.

import { execFileSync } from 'node:child_process';

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const NOWHERE = '02:00:00:00:00:ff';

/** Whether such a network can be made here; the reason why not. */
export function obstacle() {
  const trial = `rig${process.pid}try`;
  try {
    ip('netns', 'add', trial);
    ip('netns', 'delete', trial);
    return undefined;
  } catch (error) {
    return String(error.stderr ?? error.message).trim();
  }
}

/** Makes hosts 10.77.0.1, 10.77.0.2, … of the names given. */
export function openNetwork(names) {
  const prefix = `rig${process.pid}`;
  const hub = `${prefix}hub`;
  const hosts = new Map(
    names.map((name, index) => [
      name,
      { namespace: `${prefix}${name}`, address: `10.77.0.${index + 1}`, hardware: `02:00:00:00:00:0${index + 1}` },
    ]),
  );
  const namespaces = [hub, ...[...hosts.values()].map(({ namespace }) => namespace)];
  const end = () => {
    for (const namespace of namespaces) {
      try {
        ip('netns', 'delete', namespace);
      } catch {
        // It was not made.
      }
    }
  };
  try {
    for (const namespace of namespaces) ip('netns', 'add', namespace);
    ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', hub, 'link', 'set', 'bridge', 'up');
    for (const [name, { namespace, address, hardware }] of hosts) {
      ip('-n', hub, 'link', 'add', `to${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      ip('-n', hub, 'link', 'set', `to${name}`, 'master', 'bridge', 'up');
      ip('-n', namespace, 'link', 'set', 'eth0', 'address', hardware);
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      ip('-n', namespace, 'link', 'set', 'eth0', 'up');
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
  } catch (error) {
    end();
    throw error;
  }
  const neighbour = (from, to, hardware) => {
    const { namespace } = hosts.get(from);
    ip(
      '-n',
      namespace,
      'neigh',
      'replace',
      hosts.get(to).address,
      'lladdr',
      hardware,
      'dev',
      'eth0',
      'nud',
      'permanent',
    );
  };
  const network = {
    addressOf: (name) => hosts.get(name).address,
    /** The command that runs a program on a host. */
    commandOn: (name, command, args) => ['ip', ['netns', 'exec', hosts.get(name).namespace, command, ...args]],
    /** What `from` sends to `to` is lost from now on. */
    cut: (from, to) => neighbour(from, to, NOWHERE),
    heal: (from, to) => neighbour(from, to, hosts.get(to).hardware),
    end,
  };
  for (const from of names) for (const to of names) if (from !== to) network.heal(from, to);
  return network;
}
