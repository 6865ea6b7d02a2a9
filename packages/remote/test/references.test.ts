/** References as they leave a node and as they arrive: which are which, and where they lead. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Reference } from '../src/index.js';
import { actorReference, nobody, type Sender, systemReference } from '../src/nact.js';
import { actorFromWire, fromWire, isReference, ownTemporary, placeOf, toWire } from '../src/references/references.js';
import { RemoteActorReference } from '../src/references/remote-reference.js';
import { peerSystemName } from '../src/references/system-names.js';
import { RemoteTemporaryReference } from '../src/references/temporary.js';
import { spawnInbox } from './actors.js';
import { HERE, Node, place, THERE } from './exchange-rig.js';

const KEY = new Uint8Array(16).fill(7);

let node: Node;
let own: string;
let far: string;
beforeEach(() => {
  node = new Node();
  own = node.home.local.name;
  far = peerSystemName(node.home, 'b');
});
afterEach(() => node.end());

const waiter = { incarnation: THERE, peer: 'a', id: 5 };
const ownKey = (name: string): Uint8Array => node.home.reach.keyOf([name]);

it('a reference is what nact or this package made, or plain data that names a system which works here', () => {
  const data = (type: unknown, name: unknown): object => ({ type, system: { name } });
  const made = [nobody(), systemReference('elsewhere'), node.there('x'), new RemoteTemporaryReference('any', waiter)];
  const plain = ['actor', 'temp', 'system'].flatMap((type) => [data(type, own), data(type, far)]);
  for (const reference of [...made, ...plain]) expect(isReference(node.home, reference)).toBe(true);
  const others = [
    {},
    data('other', own),
    data(undefined, own),
    data('actor', 'elsewhere'),
    data('actor', 7),
    data('actor', `remote:${'f'.repeat(32)}/b`),
    { type: 'actor', system: null },
    { type: 'actor', system: own },
    { type: 'actor' },
  ];
  for (const other of others) expect(isReference(node.home, other)).toBe(false);
});

describe('a reference that leaves', () => {
  it('says where it leads, and an own one takes a key along', () => {
    const leaving = (reference: Sender): unknown => toWire(node.home, reference);
    expect(leaving(nobody())).toEqual({ kind: 'nobody' });
    expect(leaving(systemReference(own))).toEqual({ kind: 'system', node: 'a' });
    expect(leaving(systemReference(far))).toEqual({ kind: 'system', node: 'b' });
    expect(leaving(actorReference(own, ['x']))).toEqual({ ...place('a', 'x', HERE), key: ownKey('x') });
    expect(leaving(node.there('x', THERE))).toEqual(place('b', 'x', THERE));
    expect(leaving(new RemoteTemporaryReference(far, waiter))).toEqual({ kind: 'temporary', node: 'b', place: waiter });
    for (const [system, peer] of [
      [own, ''],
      [far, 'b'],
    ] as const) {
      const sealed = leaving({ type: 'temp', system: { name: system }, id: 3 }) as { place: { id: string } };
      expect(sealed).toMatchObject({ kind: 'temporary', node: 'a', place: { incarnation: HERE, peer } });
      expect(node.home.reach.openId(peer, sealed.place.id)).toBe(3);
    }
  });

  it('is known again, and else computed anew', () => {
    const reference = actorReference(own, ['x']);
    expect(placeOf(node.home, reference)).toBe(placeOf(node.home, reference));
  });

  it('and is a copy holds what the other one held, as far as it makes sense', () => {
    const copyOf = (changes: object): unknown =>
      placeOf(
        node.home,
        Object.assign(actorReference(far, ['x']), { incarnation: THERE, key: '07'.repeat(16), ...changes }),
      );
    expect(copyOf({})).toEqual({ ...place('b', 'x', THERE), key: KEY });
    for (const key of [undefined, 7, '', '07'.repeat(15), 'x'.repeat(32)]) {
      expect(copyOf({ key })).toEqual(place('b', 'x', THERE));
    }
    for (const incarnation of [undefined, 7, '', 'x'.repeat(32)]) {
      expect(copyOf({ incarnation })).toEqual(place('b', 'x'));
    }
  });

  it('is refused when it means nothing elsewhere', () => {
    expect(() => toWire(node.home, actorReference('elsewhere', ['x']))).toThrow(
      'A reference of the system elsewhere cannot travel: node a is open on another',
    );
    for (const path of [[], [''], new Array<string>(33).fill('x')]) {
      expect(() => placeOf(node.home, actorReference(own, path))).toThrow(/too long or malformed/);
    }
    expect(() => placeOf(node.home, { type: 'actor', system: { name: own } } as never)).toThrow(/malformed/);
  });
});

describe('a reference that arrives', () => {
  it('leads to an actor of another node, and is the same for the same place', () => {
    const there = { ...place('c', 'x', THERE), key: KEY };
    const reference = actorFromWire(node.home, there) as Reference;
    expect(reference).toBeInstanceOf(RemoteActorReference);
    expect(reference).toMatchObject({ system: { name: peerSystemName(node.home, 'c') }, incarnation: THERE });
    expect([actorFromWire(node.home, there), placeOf(node.home, reference as never)]).toEqual([reference, there]);
    expect(actorFromWire(node.home, there)).toBe(reference);
    expect(placeOf(node.home, reference as never)).toBe(there);
  });

  it('leads to an own actor that may be reached, in this life, and else to nobody', () => {
    const { reference } = spawnInbox(node.system, 'open');
    spawnInbox(node.system, 'hidden');
    expect(fromWire(node.home, place('a', 'open'))).toBe(reference);
    expect(fromWire(node.home, place('a', 'open', HERE))).toBe(reference);
    expect(fromWire(node.home, { ...place('a', 'hidden'), key: ownKey('hidden') })).toMatchObject({ type: 'actor' });
    expect(fromWire(node.home, place('a', 'later'))).toMatchObject({ type: 'actor', system: { name: own } });
    for (const wrong of [place('a', 'hidden'), { ...place('a', 'hidden'), key: KEY }, place('a', 'open', THERE)]) {
      expect(fromWire(node.home, wrong)).toEqual(nobody());
    }
  });

  it('leads to systems of other nodes, and not to the own one', () => {
    for (const kind of ['system', 'node'] as const) {
      expect(fromWire(node.home, { kind, node: 'b' })).toMatchObject({ type: 'system', system: { name: far } });
      expect(fromWire(node.home, { kind, node: 'a' })).toEqual(nobody());
    }
    expect(fromWire(node.home, { kind: 'nobody' })).toEqual(nobody());
  });

  it('leads to one who waits here and was told of, in this life, or to one who waits elsewhere', () => {
    const sealed = node.home.reach.sealId('', 3);
    const arriving = (changes: object): unknown =>
      fromWire(node.home, {
        kind: 'temporary',
        node: 'a',
        place: { incarnation: HERE, peer: '', id: sealed, ...changes },
      });
    expect(arriving({})).toEqual({ type: 'temp', system: { name: own }, id: 3 });
    const number = node.home.wireIds.get('b')?.numberOf(4) as number;
    expect(arriving({ peer: 'b', id: number })).toEqual({ type: 'temp', system: { name: far }, id: 4 });
    for (const wrong of [
      { incarnation: THERE },
      { peer: 'b' },
      { id: `${sealed}0` },
      { id: 3 },
      { peer: 'c', id: number },
      { peer: 'b', id: number + 1 },
    ]) {
      expect(arriving(wrong)).toEqual(nobody());
    }
    expect(ownTemporary(node.home, waiter)).toBeUndefined();
    const elsewhere = fromWire(node.home, { kind: 'temporary', node: 'b', place: waiter });
    expect(elsewhere).toBeInstanceOf(RemoteTemporaryReference);
    expect(elsewhere).toMatchObject({ system: { name: far }, place: waiter });
  });
});
