/** Who takes how long a message, and what that leaves to propose. */

import { describe, expect, it } from '@jest/globals';
import { HIGHEST_BALLOT } from '@parliament/synod';
import fc from 'fast-check';
import { messageBytesOf, narrowMembers, roomFor } from '../src/actors/room.js';
import { encodePut } from '../src/registers/words.js';
import { encodeBatch } from '../src/replica/batch.js';
import { Packet } from '../src/wire/packet.js';
import { MACHINE_LENGTH_MAX, machinePacketCodec } from '../src/wire/packet-codec.js';

const MIB = 1024 * 1024;
const TRIO = { 0: 'a', 1: 'b', 2: 'c' };
const FIVE = { ...TRIO, 3: 'd', 4: 'e' };
const ANY = Number.MAX_SAFE_INTEGER;

describe('what a desk may propose', () => {
  it.each([
    ['goes to another leader, which takes it', TRIO, 0, 1, [900, 100, 900], 100, 'b'],
    ['comes back here, or it would not be learned', TRIO, 0, 1, [100, 900, 900], 100, 'a'],
    ['goes by the one that takes less of the two', TRIO, 0, 1, [200, 100, 900], 100, 'b'],
    ['does not go to who need not vote', TRIO, 0, 1, [900, 900, 100], 900, 'a'],
    ['needs one of two others to vote with a leader here', TRIO, 0, 0, [900, 300, 100], 300, 'b'],
    ['needs none to send to a leader here', TRIO, 0, 0, [100, 900, 900], 900, 'b'],
    ['needs a vote besides that of another leader', TRIO, 0, 1, [900, 900, 900], 900, 'a'],
    ['needs two of four others to vote', FIVE, 0, 0, [1, 100, 500, 200, 300], 300, 'e'],
    ['counts who is not connected as taking it', FIVE, 0, 0, [1, 100, undefined, 200, 300], 300, 'e'],
    ['counts a leader that is not connected as taking it', TRIO, 0, 1, [900, undefined, 100], 900, 'a'],
    ['is all where nobody votes but the leader here', { 0: 'a' }, 0, 0, [1], ANY, 'a'],
    ['is all while there is no leader to take it', TRIO, 0, undefined, [100, 100, 100], ANY, ''],
  ] as const)('%s', (_, members, self, leader, limits, messageBytes, node) => {
    expect(roomFor(members, self, leader, (member) => limits[member])).toMatchObject({ messageBytes, node });
  });

  it.each([
    [
      'half of what the narrowest member takes, whoever leads',
      [90_000, 40_001, 50_000],
      [20_000, 20_000, 20_000, 20_000],
    ],
    [
      '16 KiB at least, where only one that is not needed takes less',
      [90_000, 90_000, 1024],
      [16_384, 16_384, 16_384, 512],
    ],
    ['all, where nobody is known to take less', [], [2 ** 52 - 1, 2 ** 52 - 1, 2 ** 52 - 1, 2 ** 52 - 1]],
  ])('is put together up to %s', (_, limits, expected) => {
    const leaders = [undefined, 0, 1, 2];
    const batchBytes = leaders.map((leader) => roomFor(TRIO, 0, leader, (member) => limits[member]).batchBytes);
    expect(batchBytes).toEqual(expected);
  });
});

it('a command takes no longer message than it is counted with, up to what it may have', () => {
  const number = fc.nat(Number.MAX_SAFE_INTEGER);
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const large = fc.constantFrom(1, MIB, 2 * MIB).map((length) => 'v'.repeat(length));
  fc.assert(
    fc.property(
      text,
      fc.oneof(text, large),
      fc.array(number, { minLength: 9, maxLength: 9 }),
      (key, value, numbers) => {
        const [life = 0, number = 0, session = 0, sequence = 0, acknowledged = 0, ...rest] = numbers;
        const [slot = 0, position = 0, started = 0, otherLife = 0] = rest;
        const payload = encodePut({ key, value });
        const command = { member: 1023, life, number, payload, session, sequence, acknowledged };
        const decree = encodeBatch({ opens: [], expiries: [], commands: [command] });
        const bytes = messageBytesOf(payload.length);
        for (const message of [
          { type: 'submit', value: decree } as const,
          { type: 'accept', ballot: HIGHEST_BALLOT, slot, value: decree } as const,
        ]) {
          const start = { life: otherLife, position: started };
          const machine = 'm'.repeat(MACHINE_LENGTH_MAX);
          const packet = new Packet(1023, 'ab'.repeat(16), position, [message], undefined, start, machine);
          const { length } = machinePacketCodec.encode(packet);
          expect(length).toBeLessThanOrEqual(bytes);
          expect(length).toBeGreaterThan(bytes - 256);
        }
      },
    ),
  );
});

describe('a member whose node takes less than the values need', () => {
  it('is told of with its sizes and what helps; with 64 KiB more than a value it takes enough', () => {
    const enough = 1000 + 64 * 1024;
    const limits = [enough, enough - 1, undefined];
    const narrow = narrowMembers(TRIO, (member) => limits[member], 1000);
    expect(narrow).toEqual([{ member: 1, bytes: enough - 1, message: expect.any(String) }]);
    expect(narrow[0]?.message).toMatch(
      /^a message to node b has at most 66535 bytes, .* up to 1000 bytes need 66536: .*raise limits.payloadBytes there/,
    );
  });
});
