/**
 * References at the border of a node. What leaves names a node and a place there; what arrives becomes a reference that
 * nact resolves: into the own system, or into the system that stands for another node in nact's table.
 */

import type { WireReference } from './frame.js';
import { isActorPath } from './names.js';
import {
  type ActorSystem,
  actorReference,
  isNactReference,
  nobody,
  type Sender,
  systemReference,
  type TemporaryReference,
} from './nact.js';
import { RemoteTemporaryReference, type TemporaryPlace } from './temporary.js';

/** What a node needs to know to translate references. */
export interface Border {
  readonly node: string;
  readonly incarnation: string;
  readonly local: ActorSystem;
  readonly expose: (path: readonly string[]) => boolean;
}

/**
 * The name under which a peer is entered in nact's table. Unique to the opened node, since several may live in one process;
 * it holds a slash, which no system of a user's needs.
 */
export function peerSystemName(border: Border, peer: string): string {
  return `remote:${border.incarnation}/${peer}`;
}

const PEER_SYSTEM_NAME = /^remote:[0-9a-f]{32}\/(.+)$/;

/** The peer that a system in nact's table stands for, whichever node of this process it belongs to. */
export function peerNamed(systemName: string): string | undefined {
  return PEER_SYSTEM_NAME.exec(systemName)?.[1];
}

/** Whether a value inside a message is a reference that must be translated. */
export function isReference(border: Border, value: object): value is Sender {
  if (value instanceof RemoteTemporaryReference || isNactReference(value)) return true;
  // References are plain data to nact. One that names a system known here would work here, so it is one.
  const { type, system } = value as { type?: unknown; system?: unknown };
  if (type !== 'actor' && type !== 'temp' && type !== 'system') return false;
  if (typeof system !== 'object' || system === null) return false;
  const { name } = system as { name?: unknown };
  return typeof name === 'string' && (name === border.local.name || peerOf(border, name) !== undefined);
}

/** @throws TypeError when the reference means nothing on another node. */
export function toWire(border: Border, reference: Sender): WireReference {
  if (reference.type === 'nobody') return { kind: 'nobody' };
  const systemName = reference.system.name;
  const peer = systemName === border.local.name ? '' : peerOf(border, systemName);
  if (peer === undefined) {
    throw new TypeError(
      `A reference of the system ${systemName} cannot travel: node ${border.node} is open on another`,
    );
  }
  const node = peer === '' ? border.node : peer;
  switch (reference.type) {
    case 'actor': {
      const path: unknown = reference.path?.parts;
      if (!isActorPath(path)) throw new TypeError('A reference cannot travel: its path is too long or malformed');
      return { kind: 'actor', node, path };
    }
    case 'temp': {
      if (reference instanceof RemoteTemporaryReference) return { kind: 'temporary', node, place: reference.place };
      const place = { incarnation: border.incarnation, peer, id: reference.id };
      return { kind: 'temporary', node: border.node, place };
    }
    case 'system':
      return { kind: 'system', node };
  }
}

/** A reference of the own node leads nowhere when `expose` denies it, or when it is of an earlier incarnation. */
export function fromWire(border: Border, wire: WireReference): Sender {
  if (wire.kind === 'nobody') return nobody();
  const own = wire.node === border.node;
  const systemName = own ? border.local.name : peerSystemName(border, wire.node);
  switch (wire.kind) {
    case 'actor':
      return own && !border.expose(wire.path) ? nobody() : actorReference(systemName, wire.path);
    case 'temporary':
      if (!own) return new RemoteTemporaryReference(systemName, wire.place);
      return ownTemporary(border, wire.place) ?? nobody();
    case 'system':
      return systemReference(systemName);
  }
}

/** The own temporary reference at a place, to be looked up; undefined when it was of an earlier incarnation. */
export function ownTemporary(border: Border, place: TemporaryPlace): TemporaryReference | undefined {
  if (place.incarnation !== border.incarnation) return undefined;
  const name = place.peer === '' ? border.local.name : peerSystemName(border, place.peer);
  return { type: 'temp', system: { name }, id: place.id };
}

function peerOf(border: Border, systemName: string): string | undefined {
  const prefix = peerSystemName(border, '');
  return systemName.startsWith(prefix) ? systemName.slice(prefix.length) : undefined;
}
