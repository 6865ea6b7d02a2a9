/** Everything that may travel over a link, at random. */

import fc from 'fast-check';
import type { ActorPlace, Envelope, HandshakeFrame, Item, Signal, WireReference } from '../src/wire/frame.js';

const names = fc.stringMatching(/^[a-zA-Z0-9._-]{1,64}$/);
const parts = fc.stringMatching(/^[a-z0-9-$_.+!*'(),]{1,20}$/);
const bytes = fc.uint8Array({ maxLength: 40 });
const none = fc.constant(new Uint8Array(0));
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const incarnations = fc.stringMatching(/^[0-9a-f]{32}$/);
const codecs = fc.stringMatching(/^[a-zA-Z0-9._/+-]{1,20}$/);
const numbers = fc.maxSafeNat();
const places = fc.record({
  incarnation: incarnations,
  peer: fc.oneof(fc.constant(''), names),
  id: fc.oneof(fc.maxSafeInteger(), fc.string({ minLength: 1, maxLength: 20 })),
});

const actors: fc.Arbitrary<ActorPlace> = fc.record({
  kind: fc.constant('actor' as const),
  node: names,
  incarnation: fc.oneof(fc.constant(''), incarnations),
  path: fc.array(parts, { minLength: 1, maxLength: 32 }),
  key: fc.oneof(none, exactly(16)),
});
const temporaries = fc.record({ kind: fc.constant('temporary' as const), node: names, place: places });
const waiting = fc.record({ kind: fc.constant('waiting' as const), id: numbers });
const nodes = fc.record({ kind: fc.constant('node' as const), node: names });

export const references: fc.Arbitrary<WireReference> = fc.oneof(
  actors,
  temporaries,
  nodes,
  fc.record({ kind: fc.constant('system' as const), node: names }),
  fc.record({ kind: fc.constant('nobody' as const) }),
);

const envelopes: fc.Arbitrary<Envelope> = fc.record({
  type: fc.constant('envelope' as const),
  to: fc.oneof(actors, temporaries, waiting, nodes),
  sender: fc.option(fc.oneof(references, waiting), { nil: undefined }),
  codec: fc.oneof(fc.constant(''), codecs),
  payload: bytes,
});

const reasons = fc.uint8Array({ minLength: 1, maxLength: 40 });

export const signals: fc.Arbitrary<Signal> = fc.oneof(
  fc
    .record({
      waiting: fc.option(fc.oneof(waiting, temporaries), { nil: undefined }),
      what: fc.oneof(
        fc.record({ reason: fc.constant('noproc' as const), exitReason: none, codec: fc.constant('') }),
        fc.record({ reason: fc.constant('unknown-type' as const), exitReason: none, codec: codecs }),
        fc.record({ reason: fc.constant('exit' as const), exitReason: reasons, codec: fc.constant('') }),
      ),
    })
    .map((notice) => ({ type: 'undelivered' as const, waiting: notice.waiting, ...notice.what })),
  fc.record({ type: fc.constant('monitor' as const), number: numbers, object: actors }),
  fc.record({ type: fc.constant('demonitor' as const), number: numbers }),
  fc.record({ type: fc.constant('down' as const), number: numbers, reason: reasons }),
  fc.record({ type: fc.constantFrom('link' as const, 'unlink' as const), self: actors, other: actors }),
  fc.record({
    type: fc.constant('exit' as const),
    to: actors,
    from: fc.option(actors, { nil: undefined }),
    reason: reasons,
    overLink: fc.boolean(),
  }),
);

export const items: fc.Arbitrary<Item> = fc.oneof({ arbitrary: envelopes, weight: 3 }, signals);

const macs = fc.oneof(none, exactly(32));

export const handshakeFrames: fc.Arbitrary<HandshakeFrame> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), greeting: bytes }),
  fc.record({ type: fc.constant('welcome' as const), greeting: bytes, mac: macs }),
  fc.record({ type: fc.constant('proof' as const), mac: macs }),
  fc.constant({ type: 'accepted' as const }),
  fc.record({
    type: fc.constant('refused' as const),
    code: fc.constantFrom('version' as const, 'name-taken' as const, 'too-many' as const),
  }),
);

/** Buffers and byte arrays of equal content are equal, -0 is 0. */
export const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, part) => {
      if (part?.type === 'Buffer') return part.data;
      return part instanceof Uint8Array ? [...part] : part;
    }),
  );
