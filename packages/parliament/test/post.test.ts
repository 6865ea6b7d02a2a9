import { expect, it } from '@jest/globals';
import { nextBallot } from '@parliament/synod';
import fc from 'fast-check';
import type { Message } from '@parliament/synod';
import { Packet } from '../src/packet.js';
import { packetCodec } from '../src/packet-codec.js';
import { openPost } from '../src/post.js';

const MIB = 1024 * 1024;
const BALLOT = nextBallot(0, 0);

it('whatever is to be said in one turn is cut into packets that fit into a frame: one large message stays alone', async () => {
  const bytes = fc.constantFrom(0, 1000, 300_000, MIB - 1, 2 * MIB + 256 * 1024);
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 12 }), async (sizes) => {
      const packets: (readonly Message[])[] = [];
      const role = () => {
        throw new Error('nothing is for the own roles');
      };
      const post = openPost({ member: 0, role, send: (_, messages) => packets.push(messages) });
      const sent = sizes.map((size, index): { to: number; message: Message } => ({
        to: 1,
        message: { type: 'accept', ballot: BALLOT, slot: index + 1, value: new Uint8Array(size) },
      }));
      post.deliver(sent, { number: 1, alive: true });
      await null;
      expect(packets.flat()).toEqual(sent.map(({ message }) => message));
      for (const messages of packets) {
        const length = packetCodec.encode(new Packet(0, 'ab'.repeat(16), 0, messages)).length;
        expect(length).toBeLessThan(messages.length === 1 ? 3 * MIB : MIB + 64 * 1024);
      }
    }),
    { numRuns: 50 },
  );
});
