/**
 * To nact a reference is plain data that names a system of its table. So data that came as data, and looks like a reference,
 * would work as one here, past the rules of what may be reached. It gets what the node that sent it may reach by that path,
 * as if it had sent a reference.
 */

import { findSystem, nobody, type Sender } from '../nact.js';
import { isActorPath, isNodeName } from '../names.js';
import { NO_BYTES } from '../wire/frame-validator.js';
import { fromWire, type Home } from './references.js';
import { peerNamed, peerSystemName } from './system-names.js';

/** Puts what each look-alike inside a fresh message may reach in its place. `isGenuine`: it came as a reference. */
export function disarm(home: Home, value: unknown, isGenuine: (value: object) => boolean): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || isGenuine(value)) return value;
  const inside = (part: unknown): unknown => disarm(home, part, isGenuine);
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) value[index] = inside(part);
    return value;
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, part]) => [inside(key), inside(part)] as const);
    value.clear();
    for (const [key, part] of entries) value.set(key, part);
    return value;
  }
  if (value instanceof Set) {
    const elements = [...value].map(inside);
    value.clear();
    for (const part of elements) value.add(part);
    return value;
  }
  if (value instanceof Error) {
    if (typeof value.cause === 'object') value.cause = inside(value.cause);
    return value;
  }
  const known = systemNamedBy(value);
  if (known !== undefined) return reachable(home, value, known);
  for (const [name, part] of Object.entries(value)) {
    // Defined, as to set `__proto__` would be something else.
    if (typeof part === 'object' && part !== null) Object.defineProperty(value, name, { value: inside(part) });
  }
  return value;
}

/** The name of the system that a value names as its own, if it does, and there is one, or may come to be one. */
function systemNamedBy(value: object): string | undefined {
  const { type, system } = value as { readonly type?: unknown; readonly system?: unknown };
  if (type !== 'actor' && type !== 'temp' && type !== 'system') return undefined;
  if (typeof system !== 'object' || system === null) return undefined;
  const { name } = system as { readonly name?: unknown };
  if (typeof name !== 'string') return undefined;
  // A peer enters nact's table when it is first heard of, and what was kept until then would work from then on.
  return findSystem(name) !== undefined || peerNamed(name) !== undefined ? name : undefined;
}

/** As if a reference to the same place had come, without a key. */
function reachable(home: Home, value: object, systemName: string): Sender {
  const node = nodeOf(home, systemName);
  const { type, path } = value as { readonly type?: unknown; readonly path?: { readonly parts?: unknown } };
  if (node !== undefined && type === 'system') return fromWire(home, { kind: 'system', node });
  const parts = path?.parts;
  // Of those who wait for a reply, the numbers in nact's table are no secret: only what they were sealed as leads to them.
  if (node === undefined || type !== 'actor' || !isActorPath(parts)) return nobody();
  return fromWire(home, { kind: 'actor', node, incarnation: '', path: parts, key: NO_BYTES });
}

/** The node that a system of nact's table is or stands for, as this node knows it; what others of this process know is not its. */
function nodeOf(home: Home, systemName: string): string | undefined {
  if (systemName === home.local.name) return home.node;
  const peer = peerNamed(systemName);
  return peer !== undefined && systemName === peerSystemName(home, peer) && isNodeName(peer) ? peer : undefined;
}
