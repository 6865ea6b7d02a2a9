import { describe, expect, it } from '@jest/globals';
import {
  addLearner,
  applyChange,
  foundingConfiguration,
  grid,
  type Message,
  nextBallot,
  RECEIVERS,
} from '@parliament/synod';
import fc from 'fast-check';
import { parliament } from '#proto';
import { Packet } from '../src/wire/packet.js';
import { machinePacketCodec, PACKET_CODECS, packetCodec } from '../src/wire/packet-codec.js';

const FROM = 1;
const POSITION = 2 ** 40 + 7;
const DIRECTORY = '0123456789abcdef0123456789abcdef';
const MINE = nextBallot(FROM, 5000);
const THEIRS = nextBallot(2, 5000);

function roundTrip(packet: Packet): Packet {
  // Encoded bytes may stand anywhere in a larger buffer, as frames do.
  const encoded = packetCodec.encode(packet);
  return packetCodec.decode(Buffer.concat([Buffer.from('xx'), encoded]).subarray(2));
}

const value = fc.uint8Array({ maxLength: 64 });
const FOUNDING = foundingConfiguration(
  grid([
    [0, 1],
    [2, 3],
  ]),
  7,
);
const CHANGED = applyChange([FOUNDING], 5, addLearner(FOUNDING, 9));
if (CHANGED.type !== 'changed') throw new Error(CHANGED.reason);
const HISTORY = [FOUNDING, CHANGED.configuration] as const;
const count = fc.maxSafeNat();
const slot = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const ballot = fc.constantFrom(MINE, THEIRS, nextBallot(0, 2 ** 40));

/** Each with all its fields, those that may be absent, too: the compiler misses a new one here. The value of a vote does not travel. */
type Whole<Type extends Message['type']> = Required<
  Omit<Extract<Message, { type: Type }>, Type extends 'accepted' ? 'value' : never>
>;

const messages: { [Type in Message['type']]: fc.Arbitrary<Message & Whole<Type>> } = {
  canvass: fc.record({ type: fc.constant('canvass'), attempt: count, decidedUpTo: count }),
  'canvass-reply': fc.record({
    type: fc.constant('canvass-reply'),
    attempt: count,
    support: fc.boolean(),
    highestSeen: fc.oneof(ballot, fc.constant(0)),
    decidedUpTo: count,
  }),
  candidacy: fc.record({ type: fc.constant('candidacy'), ballot: fc.constant(MINE) }),
  prepare: fc.record({
    type: fc.constant('prepare'),
    ballot: fc.constant(MINE),
    fromSlot: slot,
    bytes: count,
    token: count,
    released: ballot,
  }),
  promise: fc.record({
    type: fc.constant('promise'),
    ballot,
    fromSlot: fc.constant(1),
    upTo: fc.constantFrom(undefined, Number.MAX_SAFE_INTEGER),
    isPaused: fc.boolean(),
    decidedUpTo: count,
    votes: fc.array(fc.record({ slot, ballot, value }), { maxLength: 5 }),
    token: count,
  }),
  accept: fc.record({ type: fc.constant('accept'), ballot: fc.constant(MINE), slot, value }),
  accepted: fc.record({ type: fc.constant('accepted'), ballot, slot }),
  nack: fc.record({ type: fc.constant('nack'), ballot, promised: fc.oneof(ballot, fc.constant(0)) }),
  heartbeat: fc.record({
    type: fc.constant('heartbeat'),
    ballot: fc.constant(MINE),
    sequence: count,
    decidedUpTo: count,
    leaseMs: count,
  }),
  'heartbeat-reply': fc.record({
    type: fc.constant('heartbeat-reply'),
    ballot,
    sequence: count,
    leaseMs: count,
    decidedUpTo: count,
  }),
  'fetch-snapshot': fc.record({ type: fc.constant('fetch-snapshot'), slot, offset: count, bytes: count, token: count }),
  'snapshot-part': fc.record({
    type: fc.constant('snapshot-part'),
    slot,
    history: fc.constant(HISTORY),
    total: fc.constant(2 ** 30),
    offset: fc.nat({ max: 2 ** 29 }),
    bytes: value,
    token: count,
  }),
  handover: fc.record({ type: fc.constant('handover'), ballot: fc.constant(MINE) }),
  dismissal: fc.record({ type: fc.constant('dismissal'), configuration: fc.constant(HISTORY[1]) }),
  fetch: fc.record({ type: fc.constant('fetch'), fromSlot: slot, upTo: slot, bytes: count, token: count }),
  decided: fc.record({
    type: fc.constant('decided'),
    decisions: fc.array(fc.record({ slot, value }), { maxLength: 5 }),
    decidedUpTo: count,
    token: count,
  }),
  submit: fc.record({ type: fc.constant('submit'), value }),
  'ask-mark': fc.record({ type: fc.constant('ask-mark'), token: count }),
  mark: fc.record({ type: fc.constant('mark'), token: count, slot: count }),
};

describe('packets', () => {
  it.each(Object.keys(RECEIVERS) as Message['type'][])('carry %s as it is, zeros included', (type) => {
    const arbitrary: fc.Arbitrary<Message> = messages[type];
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 4 }), (sent) => {
        const received = roundTrip(new Packet(FROM, DIRECTORY, POSITION, sent));
        expect(received).toEqual(new Packet(FROM, DIRECTORY, POSITION, sent));
      }),
      { numRuns: 50 },
    );
  });

  it('carry no released ballot where there is none', () => {
    const sent: Message = { type: 'prepare', ballot: MINE, fromSlot: 1, bytes: 0, token: 0 };
    const { messages: received } = roundTrip(new Packet(FROM, DIRECTORY, POSITION, [sent]));
    expect(received.map((message) => Object.keys(message).sort())).toEqual([Object.keys(sent).sort()]);
  });

  it('carry an introduction', () => {
    const members = { 0: 'a', 1: 'b', 7: 'c' };
    for (const yours of [undefined, DIRECTORY]) {
      const sent = new Packet(0, DIRECTORY, 0, [], { yours, founded: yours !== undefined, members });
      expect(roundTrip(sent)).toEqual(sent);
    }
  });

  it('name the machine of their sender, in a form of its own, which members of registers alone do not know', () => {
    const alone = new Packet(0, DIRECTORY, 9, []);
    const other = new Packet(0, DIRECTORY, 9, [], undefined, undefined, 'account 1');
    const matching = (packet: Packet) => PACKET_CODECS.filter((codec) => codec.matches(packet)).map(({ type }) => type);
    expect([matching(alone), matching(other)]).toEqual([['parliament.packet.v2'], ['parliament.packet.v3']]);
    expect(machinePacketCodec.decode(machinePacketCodec.encode(other))).toEqual(other);
    expect(() => packetCodec.decode(machinePacketCodec.encode(other))).toThrow('it names a machine');
    expect(() => machinePacketCodec.decode(packetCodec.encode(alone))).toThrow('it names no machine');
    const long = new Packet(0, DIRECTORY, 9, [], undefined, undefined, 'a'.repeat(129));
    expect(() => machinePacketCodec.decode(machinePacketCodec.encode(long))).toThrow('129 characters');
  });

  it('carry when their sender was started, where it says so', () => {
    for (const start of [undefined, { life: 1, position: 0 }, { life: 2 ** 47, position: 5 }]) {
      const sent = new Packet(0, DIRECTORY, 9, [], undefined, start);
      expect(roundTrip(sent)).toEqual(sent);
    }
  });

  it('do not carry the value of a vote: only the own learner is told it', () => {
    const sent: Message = { type: 'accepted', ballot: MINE, slot: 1, value: new Uint8Array(9) };
    expect(roundTrip(new Packet(FROM, DIRECTORY, POSITION, [sent])).messages).toEqual([
      { type: 'accepted', ballot: MINE, slot: 1 },
    ]);
  });

  it('give values that do not share memory with the frame', () => {
    const frame = packetCodec.encode(
      new Packet(FROM, DIRECTORY, POSITION, [{ type: 'submit', value: new Uint8Array([1, 2, 3]) }]),
    );
    const [message] = packetCodec.decode(frame).messages;
    frame.fill(0);
    expect(message).toEqual({ type: 'submit', value: new Uint8Array([1, 2, 3]) });
  });
});

describe('what is no packet', () => {
  const encode = (packet: parliament.protocol.Packet.$Properties): Uint8Array =>
    parliament.protocol.Packet.encode({ from: FROM, directory: Buffer.from(DIRECTORY, 'hex'), ...packet }).finish();

  it.each([
    ['nothing at all', new Uint8Array(0)],
    ['a sender out of range', encode({ from: 1024 })],
    ['a directory id of the wrong length', encode({ directory: new Uint8Array(5) })],
    ['an empty message', encode({ messages: [{}] })],
    [
      'a prepare at a ballot that is not its sender’s',
      encode({ messages: [{ prepare: { ballot: THEIRS, fromSlot: 1 } }] }),
    ],
    ['an accept at a ballot that is not its sender’s', encode({ messages: [{ accept: { ballot: THEIRS, slot: 1 } }] })],
    ['a heartbeat at a ballot that is not its sender’s', encode({ messages: [{ heartbeat: { ballot: THEIRS } }] })],
    ['an accept without a ballot', encode({ messages: [{ accept: { slot: 1 } }] })],
    ['an accept without a slot', encode({ messages: [{ accept: { ballot: MINE } }] })],
    ['a ballot of round 0', encode({ messages: [{ nack: { ballot: 5, promised: MINE } }] })],
    ['a number above 2^53', Buffer.from(`0801121000000000000000000000000000000000220b5209${'ff'.repeat(9)}01`, 'hex')],
    ['a page that ends before it begins', encode({ messages: [{ promise: { ballot: MINE, fromSlot: 5, upTo: 4 } }] })],
    ['a page of no slot', encode({ messages: [{ promise: { ballot: MINE } }] })],
    ...([4, 8] as const).map((voted): [string, Uint8Array] => [
      `a vote in slot ${voted} on a page of slots 5 to 7`,
      encode({
        messages: [{ promise: { ballot: MINE, fromSlot: 5, upTo: 7, votes: [{ slot: voted, ballot: THEIRS }] } }],
      }),
    ]),
    [
      'a truncated packet',
      packetCodec
        .encode(new Packet(FROM, DIRECTORY, POSITION, [{ type: 'submit', value: new Uint8Array(9) }]))
        .subarray(0, 25),
    ],
  ])('is refused: %s', (_, bytes) => {
    expect(() => packetCodec.decode(bytes)).toThrow(expect.objectContaining({ name: 'MalformedPacket' }));
  });

  it('never gets past the codec in any other way than a malformed packet, whatever the bytes', () => {
    const sound = packetCodec.encode(
      new Packet(FROM, DIRECTORY, POSITION, [{ type: 'accept', ballot: MINE, slot: 7, value: new Uint8Array(20) }], {
        yours: DIRECTORY,
        founded: true,
        members: { 0: 'a', 1: 'b' },
      }),
    );
    const mutated = fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })).map(([index, byte]) => {
      const copy = Uint8Array.from(sound);
      copy[index] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        try {
          const packet = packetCodec.decode(bytes);
          expect(packet.directory).toMatch(/^[0-9a-f]{32}$/);
        } catch (error) {
          expect(error).toMatchObject({ name: 'MalformedPacket' });
        }
      }),
      { numRuns: 3000 },
    );
  });
});
