/** What may come over a link, to its last value, and what may not. */

import { describe, expect, it } from '@jest/globals';
import { parliament } from '#proto';
import { isActorPath } from '../src/names.js';
import { decodeBatch } from '../src/wire/batch-reader.js';
import {
  BadFrameError,
  validateGreeting,
  validateHandshakeFrame,
  validateReference,
  validateSignal,
} from '../src/wire/frame-validator.js';
import { Definitions, REFERENCES_CHARACTERS_MAX, REFERENCES_MAX, TYPES_MAX } from '../src/wire/numbering.js';

const INCARNATION = '0'.repeat(32);
const ZEROS = Array<number>(8).fill(0);
const NAN = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const read = (body: readonly number[]): ReturnType<typeof decodeBatch> =>
  decodeBatch(Uint8Array.from([0x32, body.length, ...body]), new Definitions());
/** A batch of one envelope of these fields. */
const envelope = (...fields: readonly number[]): ReturnType<typeof decodeBatch> =>
  read([0x0a, fields.length + 2, 0x0a, fields.length, ...fields]);
const TO = [0x11, ...ZEROS];

describe('a batch', () => {
  it('asks and tells by any number but 0', () => {
    expect(read([0x10, 0, 0x18, 1])).toMatchObject({ ping: false, pong: true });
    expect(read([0x10, 2, 0x18, 0])).toMatchObject({ ping: true, pong: false });
    expect(() => read([0x10, 0])).toThrow(/empty batch/);
  });

  it('has numbers of 32 bits', () => {
    expect(read([0x10, 0xff, 0xff, 0xff, 0xff, 0x0f])).toMatchObject({ ping: true });
    expect(() => read([0x10, 0x80, 0x80, 0x80, 0x80, 0x10])).toThrow(/more than 32 bits/);
    expect(() => read([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])).toThrow(/more than 32 bits/);
  });

  it('ends with its last field, also with one that this version does not know', () => {
    const whole = [
      [0xa0, 0x06, 0x80, 0x01],
      [0xa1, 0x06, ...ZEROS],
      [0xa2, 0x06, 0x02, 1, 2],
      [0xa5, 0x06, 1, 2, 3, 4],
    ];
    for (const field of whole) {
      expect(read([0x18, 1, ...field])).toMatchObject({ pong: true });
      expect(() => read([0x18, 1, ...field.slice(0, -1)])).toThrow(/ends too early/);
      expect(envelope(...TO, ...field).items).toHaveLength(1);
      // What is cut off in an envelope may not go on in what follows it.
      const fields = [...TO, ...field.slice(0, -1)];
      const item = [0x0a, fields.length + 2, 0x0a, fields.length, ...fields];
      expect(() => read([...item, ...item])).toThrow(BadFrameError);
    }
  });
});

describe('an envelope', () => {
  it('has one receiver, and one sender at most', () => {
    expect(envelope(...TO).items).toMatchObject([{ to: { kind: 'waiting', id: 0 }, sender: undefined, codec: '' }]);
    expect(() => envelope(...TO, ...TO)).toThrow(/two destinations/);
    const sender = [0x29, ...ZEROS];
    expect(envelope(...TO, ...sender).items).toMatchObject([{ sender: { kind: 'waiting', id: 0 } }]);
    expect(() => envelope(...TO, ...sender, ...sender)).toThrow(/two senders/);
    expect(() => envelope(...sender)).toThrow(/without a destination/);
  });

  it('is spoken when it says so', () => {
    expect(envelope(...TO, 0x48, 1).items[0]).toHaveProperty('spoken', true);
    for (const silent of [envelope(...TO, 0x48, 0), envelope(...TO)]) {
      expect(silent.items[0]).not.toHaveProperty('spoken');
    }
  });

  it('does not go to a system, to nobody, or to one who waits under what is no number', () => {
    const reference = (fields: parliament.frame.Reference.$Properties): number[] => [
      ...parliament.frame.Reference.encode(parliament.frame.Reference.create(fields)).finish(),
    ];
    for (const kind of [3, 4]) {
      const bytes = reference({ kind, node: 'a' });
      expect(() => envelope(0x1a, bytes.length, ...bytes)).toThrow(/takes no messages/);
    }
    const node = reference({ kind: 5, node: 'a' });
    expect(envelope(0x1a, node.length, ...node).items).toMatchObject([{ to: { kind: 'node', node: 'a' } }]);
    expect(() => envelope(0x11, ...NAN)).toThrow(/bad number/);
    expect(() => envelope(...TO, 0x29, ...NAN)).toThrow(/bad number/);
  });
});

describe('a definition', () => {
  const actor = { kind: 'actor', node: 'a', incarnation: '', path: ['p'], key: new Uint8Array(0) } as const;

  it('is under a number in its range', () => {
    const definitions = new Definitions();
    for (const number of [0, REFERENCES_MAX - 1]) definitions.define(number, actor);
    for (const number of [1, TYPES_MAX]) definitions.define(number, 'x');
    expect([definitions.reference(0), definitions.type(TYPES_MAX), definitions.type(0)]).toEqual([actor, 'x', '']);
    expect(() => definitions.define(REFERENCES_MAX, actor)).toThrow(BadFrameError);
    for (const number of [0, TYPES_MAX + 1]) expect(() => definitions.define(number, 'x')).toThrow(BadFrameError);
    expect(() => definitions.reference(1)).toThrow(/not defined/);
    expect(() => definitions.type(2)).toThrow(/not defined/);
  });

  it('takes room, and gives it back when another takes its number', () => {
    const definitions = new Definitions();
    // A name of one character for the node, and for each name of the path one more than it has.
    const long = { ...actor, path: Array<string>(4).fill('x'.repeat(255)) };
    const characters = 1 + 4 * 256;
    const most = Math.floor(REFERENCES_CHARACTERS_MAX / characters);
    for (let number = 0; number < most; number += 1) definitions.define(number, long);
    for (let round = 0; round < 10; round += 1) definitions.define(round, long);
    expect(() => definitions.define(most, long)).toThrow(/too many characters/);
  });
});

describe('a reference', () => {
  const actor = { kind: 1, node: 'a', path: ['p'] };
  const temporary = { kind: 2, node: 'a', incarnation: INCARNATION };

  it.each<[string, object]>([
    ['an actor', actor],
    ['the deepest path', { ...actor, path: Array(32).fill('p') }],
    ['the longest name', { ...actor, path: ['p'.repeat(255)] }],
    ['the longest path', { ...actor, path: Array(4).fill('p'.repeat(255)).concat('1234') }],
    ['one of an incarnation, with a key', { ...actor, incarnation: INCARNATION, key: new Uint8Array(16) }],
    ['one who waits, by a number', { ...temporary, number: 2 ** 53 - 1 }],
    ['one who waits, by the longest text', { ...temporary, text: 't'.repeat(128) }],
    ['one who waits for a peer', { ...temporary, text: 't', peer: 'b' }],
    ['a system', { kind: 3, node: 'a' }],
    ['nobody', { kind: 4 }],
    ['a node', { kind: 5, node: 'a' }],
  ])('may be to %s', (_what, fields) => {
    expect(validateReference(fields)).toBeDefined();
  });

  it.each<[string, object | null | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['an unknown kind', { kind: 6, node: 'a' }],
    ['no node', { kind: 3 }],
    ['a path too long', { ...actor, path: Array(4).fill('p'.repeat(255)).concat('12345') }],
    ['a path that is none', { ...actor, path: 'p' }],
    ['a name that is no text', { ...actor, path: ['p', 7] }],
    ['a key too long', { ...actor, key: new Uint8Array(17) }],
    ['a peer', { ...temporary, text: 't', peer: 'b c' }],
    ['no identifier', temporary],
    ['an empty identifier', { ...temporary, text: '' }],
    ['an identifier too long', { ...temporary, text: 't'.repeat(129) }],
    ['a fraction', { ...temporary, number: 0.5 }],
    ['a number too large', { ...temporary, number: 2 ** 53 }],
  ])('may not have %s', (_what, fields) => {
    expect(() => validateReference(fields as never)).toThrow(BadFrameError);
  });

  it('has a path of names', () => {
    expect([['p'], []].map(isActorPath)).toEqual([true, false]);
  });
});

describe('a signal', () => {
  const actor = { kind: 1, node: 'a', path: ['p'] };
  const reason = Uint8Array.of(1);

  it.each<[string, object, object]>([
    ['a monitor', { monitor: { number: 0, object: actor } }, { type: 'monitor', number: 0 }],
    ['its end', { demonitor: { number: 2 ** 53 - 1 } }, { type: 'demonitor', number: 2 ** 53 - 1 }],
    ['an end', { down: { number: 1, reason: new Uint8Array(65_536) } }, { type: 'down', number: 1 }],
    ['an exit', { exit: { to: actor, reason } }, { type: 'exit', from: undefined, overLink: false }],
    ['an exit over a link', { exit: { to: actor, from: actor, reason, overLink: true } }, { overLink: true }],
    ['a notice to nobody', { undelivered: { reason: 1 } }, { reason: 'noproc', waiting: undefined }],
    ['a notice', { undelivered: { reason: 2, number: 0, type: 'x' } }, { waiting: { id: 0 }, codec: 'x' }],
    ['an end of who was called', { undelivered: { reason: 3, number: 1, exitReason: reason } }, { reason: 'exit' }],
    ['one of sizes', { undelivered: { reason: 4, bytes: 9, limit: 8 } }, { sizes: { bytes: 9, limit: 8 } }],
    ['one of a size', { undelivered: { reason: 4, bytes: 9 } }, { sizes: { bytes: 9, limit: 0 } }],
    ['one without sizes', { undelivered: { reason: 4, bytes: 0 } }, { reason: 'too-large' }],
    ['one of no connection', { undelivered: { reason: 5 } }, { reason: 'noconnection', codec: '' }],
  ])('may be %s', (_what, item, expected) => {
    expect(validateSignal(item)).toMatchObject(expected);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['a monitor of no actor', { monitor: { number: 0, object: { kind: 3, node: 'a' } } }],
    ['a monitor under no number', { monitor: { object: actor } }],
    ['a number below 0', { demonitor: { number: -1 } }],
    ['a number too large', { demonitor: { number: 2 ** 53 } }],
    ['an end without a reason', { down: { number: 1 } }],
    ['an end with an empty one', { down: { number: 1, reason: new Uint8Array(0) } }],
    ['an end with one too long', { down: { number: 1, reason: new Uint8Array(65_537) } }],
    ['a link with nothing', { link: { self: actor } }],
    ['an unlink from nothing', { unlink: { other: actor } }],
    ['an exit from a node', { exit: { to: actor, from: { kind: 5, node: 'a' }, reason } }],
    ['a notice for no reason', { undelivered: { reason: 6 } }],
    ['a notice of a bad type', { undelivered: { reason: 2, type: 'a b' } }],
    ['a notice to an actor', { undelivered: { reason: 1, temporary: actor } }],
    ['a notice of an end without a reason', { undelivered: { reason: 3 } }],
  ])('may not be %s', (_what, item) => {
    expect(() => validateSignal(item)).toThrow(BadFrameError);
  });
});

describe('a step of the handshake', () => {
  const greeting = {
    version: 2,
    oldestVersion: 2,
    cluster: 'c',
    node: 'a',
    incarnation: INCARNATION,
    nonce: new Uint8Array(32),
    payloadLimit: 1024,
  };

  it('has a greeting with bounds, and little else has to be in it', () => {
    expect(validateGreeting(greeting)).toMatchObject({
      secrets: [],
      listen: undefined,
      expected: undefined,
      binds: false,
    });
    expect(
      validateGreeting({ ...greeting, payloadLimit: 2 ** 30, binds: true, listen: '', expected: '' }),
    ).toMatchObject({
      binds: true,
      listen: undefined,
      expected: undefined,
    });
    for (const wrong of [
      { payloadLimit: 2 ** 30 + 1 },
      { oldestVersion: 0 },
      { nonce: undefined },
      { listen: `[${'1'.repeat(260)}]:1` },
      { secrets: [new Uint8Array(8), new Uint8Array(9)] },
    ]) {
      expect(() => validateGreeting({ ...greeting, ...wrong } as never)).toThrow(BadFrameError);
    }
  });

  it('has a mac of 32 bytes, or none', () => {
    expect(validateHandshakeFrame({ proof: {} })).toEqual({ type: 'proof', mac: new Uint8Array(0) });
    expect(validateHandshakeFrame({ welcome: { mac: new Uint8Array(32) } })).toMatchObject({ type: 'welcome' });
    for (const length of [1, 31, 33]) {
      expect(() => validateHandshakeFrame({ proof: { mac: new Uint8Array(length) } })).toThrow(/mac/);
      expect(() => validateHandshakeFrame({ welcome: { mac: new Uint8Array(length) } })).toThrow(/mac/);
    }
    expect(validateHandshakeFrame({ hello: {} })).toEqual({ type: 'hello', greeting: new Uint8Array(0) });
    expect(validateHandshakeFrame({ refused: { code: 9 } })).toEqual({ type: 'refused', code: 'wrong-certificate' });
    for (const code of [0, 10]) expect(() => validateHandshakeFrame({ refused: { code } })).toThrow(BadFrameError);
  });
});
