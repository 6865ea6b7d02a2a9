/**
 * References between nodes. What leaves names a node and a place there; what arrives becomes a reference that
 * nact resolves: into the own system, or into the system that stands for another node in nact's table.
 */

import { bytesOf } from '../hex.js';
import {
  type ActorReference,
  type ActorSystem,
  isNactReference,
  nobody,
  ownReference,
  type Reference,
  type Sender,
  systemReference,
  type TemporaryReference,
} from '../nact.js';
import { INCARNATION, isActorPath } from '../names.js';
import type { ActorPlace, WireReference } from '../wire/frame.js';
import { NO_BYTES } from '../wire/frame-validator.js';
import type { TemporaryPlace } from '../wire/temporary-place.js';
import type { Act } from './openings.js';
import type { Reach } from './reach.js';
import { RemoteActorReference } from './remote-reference.js';
import { peerSystemName } from './system-names.js';
import { RemoteTemporaryReference } from './temporary.js';
import type { WireIds } from './wire-ids.js';

/** This node, as the translation of references sees it. */
export interface Home {
  readonly node: string;
  readonly incarnation: string;
  readonly local: ActorSystem;
  readonly reach: Reach;
  /** The places of references that have been translated, by the references. */
  readonly places: WeakMap<object, ActorPlace>;
  /** And the other way round. */
  readonly references: WeakMap<ActorPlace, Reference>;
  /** By peer, under which numbers it knows those who wait for it here. */
  readonly wireIds: Map<string, WireIds>;
}

/** Whether a value inside a message is a reference that must be translated. */
export function isReference(home: Home, value: object): value is Sender {
  if (value instanceof RemoteActorReference || value instanceof RemoteTemporaryReference || isNactReference(value)) {
    return true;
  }
  // References are plain data to nact. One that names a system known here would work here, so it is one.
  const { type, system } = value as { type?: unknown; system?: unknown };
  if (type !== 'actor' && type !== 'temp' && type !== 'system') return false;
  if (typeof system !== 'object' || system === null) return false;
  const { name } = system as { name?: unknown };
  return typeof name === 'string' && (name === home.local.name || peerOf(home, name) !== undefined);
}

/** @throws TypeError when the reference means nothing on another node. */
export function toWire(home: Home, reference: Sender): WireReference {
  if (reference.type === 'nobody') return { kind: 'nobody' };
  if (reference.type === 'actor') return placeOf(home, reference);
  const { peer, node } = whereabouts(home, reference);
  if (reference.type === 'system') return { kind: 'system', node };
  if (reference instanceof RemoteTemporaryReference) return { kind: 'temporary', node, place: reference.place };
  const place = { incarnation: home.incarnation, peer, id: home.reach.sealId(peer, reference.id) };
  return { kind: 'temporary', node: home.node, place };
}

/** Where an actor is. One of this node is opened to whoever is sent the place. @throws TypeError as {@link toWire}. */
export function placeOf(home: Home, reference: ActorReference): ActorPlace {
  const known = home.places.get(reference);
  if (known !== undefined) return known;
  const { peer, node } = whereabouts(home, reference);
  const path: unknown = reference.path?.parts;
  if (!isActorPath(path)) throw new TypeError('A reference cannot travel: its path is too long or malformed');
  const place: ActorPlace =
    peer === ''
      ? { kind: 'actor', node, incarnation: home.incarnation, path, key: home.reach.keyOf(path) }
      : { kind: 'actor', node, path, ...opened(reference) };
  home.places.set(reference, place);
  return place;
}

/**
 * What arrives as a reference to an actor of this node that the other side must not reach, or of an earlier incarnation,
 * leads nowhere.
 */
export function fromWire(home: Home, wire: WireReference): Sender {
  switch (wire.kind) {
    case 'nobody':
      return nobody();
    case 'actor':
      return actorFromWire(home, wire);
    case 'temporary':
      if (wire.node !== home.node) {
        return new RemoteTemporaryReference(peerSystemName(home, wire.node), wire.place);
      }
      return ownTemporary(home, wire.place) ?? nobody();
    case 'system':
    case 'node':
      // The own system is no actor that could have been opened to anybody.
      return wire.node === home.node ? nobody() : systemReference(peerSystemName(home, wire.node));
  }
}

/** The reference to an actor at a place. */
export function actorFromWire(home: Home, place: ActorPlace): Sender {
  const known = home.references.get(place);
  if (known !== undefined) return known;
  if (place.node === home.node) return isOpen(home, place) ? ownReference(home.local, place.path) : nobody();
  const reference = new RemoteActorReference(peerSystemName(home, place.node), place);
  home.references.set(place, reference);
  home.places.set(reference, place);
  return reference;
}

/** Whether another node may do this to an actor of this one. */
export function isOpen(home: Home, { incarnation, path, key }: ActorPlace, act: Act = 'message'): boolean {
  if (incarnation !== '' && incarnation !== home.incarnation) return false;
  return home.reach.allows(path, key, act);
}

/**
 * The own temporary reference at a place, to be looked up; undefined when it was of an earlier incarnation, or whoever names
 * it was not told of it.
 */
export function ownTemporary(home: Home, { incarnation, peer, id }: TemporaryPlace): TemporaryReference | undefined {
  if (incarnation !== home.incarnation) return undefined;
  const own = typeof id === 'number' ? home.wireIds.get(peer)?.idOf(id) : home.reach.openId(peer, id);
  if (own === undefined) return undefined;
  return { type: 'temp', system: { name: peer === '' ? home.local.name : peerSystemName(home, peer) }, id: own };
}

/** `peer` is empty for what is of this node. */
function whereabouts(home: Home, reference: Reference): { peer: string; node: string } {
  const systemName = reference.system.name;
  if (systemName === home.local.name) return { peer: '', node: home.node };
  const peer = peerOf(home, systemName);
  if (peer !== undefined) return { peer, node: peer };
  throw new TypeError(`A reference of the system ${systemName} cannot travel: node ${home.node} is open on another`);
}

/** What a reference to an actor of another node holds besides its path, also when it is a copy of one. */
function opened(reference: ActorReference): Pick<ActorPlace, 'incarnation' | 'key'> {
  const { incarnation, key } = reference as { readonly incarnation?: unknown; readonly key?: unknown };
  if (typeof incarnation !== 'string' || !INCARNATION.test(incarnation)) return { incarnation: '', key: NO_BYTES };
  if (typeof key !== 'string' || !INCARNATION.test(key)) return { incarnation, key: NO_BYTES };
  return { incarnation, key: bytesOf(key) };
}

function peerOf(home: Home, systemName: string): string | undefined {
  const prefix = peerSystemName(home, '');
  return systemName.startsWith(prefix) ? systemName.slice(prefix.length) : undefined;
}
