/** What `@parliament/cbor` refuses, in the words and classes of this package; how it encodes is tested there. */

import { describe, expect, it } from '@jest/globals';
import { WORK_MAX } from '@parliament/cbor';
import { NodeError } from '../src/errors.js';
import { createMessageCbor } from '../src/payload/message-cbor.js';
import { BadFrameError } from '../src/wire/frame-validator.js';

class Mark {}

const cbor = createMessageCbor({
  isReference: (value) => value instanceof Mark,
  encode: () => Uint8Array.of(1),
  decode(bytes) {
    if (bytes.length !== 1) throw new BadFrameError('no mark');
    return new Mark();
  },
  disarm: (message) => ({ disarmed: message }),
});

/** What it throws. */
function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The class of an error and what is in it. */
function partsOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return [error.constructor, error.message, ...('cause' in error ? [partsOf(error.cause)] : [])];
}

describe('a message', () => {
  it('arrives with its references, and objects of classes as plain ones', () => {
    class Point {
      readonly x = 1;
    }
    const copy = cbor.decode(cbor.encode({ mark: new Mark(), at: new Point() }));
    expect(copy).toEqual({ mark: new Mark(), at: { x: 1 } });
    expect(Buffer.from(cbor.encode([new Mark()])).toString('hex')).toBe('81d9a0014101');
  });

  it('is looked through for what only looks like a reference when something in it is called system', () => {
    expect(cbor.decode(cbor.encode({ system: 1 }))).toEqual({ disarmed: { system: 1 } });
    expect(cbor.decode(cbor.encode({ systems: 1 }))).toEqual({ systems: 1 });
  });

  it('that cannot travel is a TypeError, which names the culprit or says what was thrown, and has that as its cause', () => {
    expect(partsOf(thrownBy(() => cbor.encode({ items: [1, /x/] })))).toEqual([
      TypeError,
      'message.items[1] is of the kind RegExp, which cannot travel to another node: send plain data',
      [expect.any(Function), expect.stringMatching(/unknown|unsupported/i)],
    ]);
    const throwing = {
      get field() {
        throw new RangeError('mine\n');
      },
    };
    expect(partsOf(thrownBy(() => cbor.encode(throwing)))).toEqual([TypeError, 'mine\\u000a', [RangeError, 'mine\n']]);
    const silent = {
      get field() {
        throw undefined;
      },
    };
    expect(partsOf(thrownBy(() => cbor.encode(silent)))).toEqual([TypeError, 'undefined', undefined]);
  });

  it('of too many parts is a NodeError when it is sent, and a bad frame when it comes', () => {
    const error = thrownBy(() => cbor.encode(new Array(WORK_MAX).fill(0)));
    expect(partsOf(error)).toEqual([
      NodeError,
      'A message of so many parts cannot travel (131072, where an entry of an object is three, and one of a map, a set, a date, an error or a bigint five): send it in several, or numbers as a typed array',
    ]);
    expect(error).toMatchObject({ code: 'too-large' });
    const bytes = new Uint8Array(WORK_MAX + 5);
    bytes.set([0x9a, 0, 2, 0, 0]);
    expect(partsOf(thrownBy(() => cbor.decode(bytes)))).toEqual([BadFrameError, 'message of too many parts']);
  });

  it('that is malformed is a bad frame, with what was wrong as its cause', () => {
    expect(partsOf(thrownBy(() => cbor.decode(Uint8Array.of(0xd9, 0xa0, 1, 0x40))))).toEqual([
      BadFrameError,
      'message that cannot be decoded: no mark',
      [BadFrameError, 'no mark'],
    ]);
    const text = 'k'.repeat(300);
    const twice = Buffer.concat([
      Buffer.from('a2', 'hex'),
      ...[0, 1].flatMap(() => [cbor.encode(text), cbor.encode(0)]),
    ]);
    const [kind, message, cause] = partsOf(thrownBy(() => cbor.decode(twice))) as [unknown, string, [unknown, string]];
    expect([kind, message]).toEqual([BadFrameError, `message that cannot be decoded: ${cause[1].slice(0, 200)}`]);
    expect(cause[1].length).toBeGreaterThan(200);
  });
});
