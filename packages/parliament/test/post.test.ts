import { describe, expect, it } from '@jest/globals';
import { startActor, startSystem, stop } from '@parliament/otp';
import type { Message } from '@parliament/synod';
import { foundingConfiguration, HIGHEST_BALLOT, majority, nextBallot } from '@parliament/synod';
import fc from 'fast-check';
import { Received } from '../src/actors/mail.js';
import { openPost } from '../src/actors/post.js';
import { Packet } from '../src/wire/packet.js';
import { MACHINE_LENGTH_MAX, machinePacketCodec, PACKET_MESSAGE_LIMIT, packetCodec } from '../src/wire/packet-codec.js';

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
      const post = openPost({ member: 0, role, send: (_, messages) => packets.push(messages), reach: () => undefined });
      const sent = sizes.map((size, index): { to: number; message: Message } => ({
        to: 1,
        message: { type: 'accept', ballot: BALLOT, slot: index + 1, value: new Uint8Array(size) },
      }));
      post.send(sent, { number: 1, alive: true });
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

/** A post, and what it has sent to members whose nodes take messages of `reach` bytes. */
function postOf(reach?: number): {
  readonly post: ReturnType<typeof openPost>;
  readonly sent: [number, readonly Message[]][];
} {
  const sent: [number, readonly Message[]][] = [];
  const role = () => {
    throw new Error('nothing is for the own roles');
  };
  return {
    post: openPost({ member: 0, role, send: (to, messages) => sent.push([to, messages]), reach: () => reach }),
    sent,
  };
}

const ALIVE = { number: 1, alive: true };
const heartbeat = (sequence: number): Message => {
  return { type: 'heartbeat', ballot: BALLOT, sequence, decidedUpTo: 0, leaseMs: 0 };
};

describe('what a role has to say', () => {
  it('is said once, to each member in a packet of its own for each turn', async () => {
    const { post, sent } = postOf();
    for (const [to, sequence] of [
      [1, 1],
      [2, 2],
      [1, 3],
    ] as const) {
      post.send([{ to, message: heartbeat(sequence) }], ALIVE);
    }
    expect(sent).toEqual([]);
    await null;
    expect(sent).toEqual([
      [1, [heartbeat(1), heartbeat(3)]],
      [2, [heartbeat(2)]],
    ]);
    await null;
    post.send([{ to: 2, message: heartbeat(4) }], ALIVE);
    await null;
    expect(sent.slice(2)).toEqual([[2, [heartbeat(4)]]]);
  });

  it('after its incarnation has ended is not said', async () => {
    const { post, sent } = postOf();
    post.send([{ to: 1, message: heartbeat(1) }], { number: 1, alive: false });
    await null;
    expect(sent).toEqual([]);
  });

  it('is cut where a packet has as many messages as it may', async () => {
    const { post, sent } = postOf();
    const many = Array.from({ length: 2 * PACKET_MESSAGE_LIMIT + 1 }, (_, index) => heartbeat(index));
    post.send(
      many.map((message) => ({ to: 1, message })),
      ALIVE,
    );
    await null;
    expect(sent.map(([, messages]) => messages.length)).toEqual([PACKET_MESSAGE_LIMIT, PACKET_MESSAGE_LIMIT, 1]);
  });

  it('fits into what the node of its receiver takes: a longer message is alone, and keeps nothing else from coming', async () => {
    const reach = 64 * 1024;
    const { post, sent } = postOf(reach);
    const accept = (size: number, slot: number): Message => {
      return { type: 'accept', ballot: HIGHEST_BALLOT, slot, value: new Uint8Array(size) };
    };
    const [ballot, slot] = [HIGHEST_BALLOT, Number.MAX_SAFE_INTEGER];
    const beat: Message = { type: 'heartbeat', ballot, sequence: slot, decidedUpTo: slot, leaseMs: slot };
    const short = Array.from({ length: 5000 }, (_, index) =>
      index % 2 === 0 || index < 3000 ? beat : accept(100, index),
    );
    const said = [...short, accept(reach, 5000), ...[30_000, 3000, 30_000].map(accept), heartbeat(5001)];
    post.send(
      said.map((message) => ({ to: 1, message })),
      ALIVE,
    );
    await null;
    const packets = sent.map(([, messages]) => messages);
    expect(packets.flat()).toEqual(said);
    const tooLong = packets.filter((messages) => {
      const start = { life: Number.MAX_SAFE_INTEGER, position: Number.MAX_SAFE_INTEGER };
      const machine = 'm'.repeat(MACHINE_LENGTH_MAX);
      const packet = new Packet(1023, 'ab'.repeat(16), Number.MAX_SAFE_INTEGER, messages, undefined, start, machine);
      return machinePacketCodec.encode(packet).length > reach;
    });
    expect(tooLong).toEqual([[accept(reach, 5000)]]);
  });

  it.each<[string, (size: number) => Message]>([
    ['accept', (size) => ({ type: 'accept', ballot: BALLOT, slot: 1, value: new Uint8Array(size) })],
    ['submit', (size) => ({ type: 'submit', value: new Uint8Array(size) })],
    [
      'promise',
      (size) => {
        const votes = [1, 2].map((slot) => ({ slot, ballot: BALLOT, value: new Uint8Array(size / 2) }));
        const page = { fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0, token: 0 };
        return { type: 'promise', ballot: BALLOT, ...page, votes };
      },
    ],
    [
      'decided',
      (size) => {
        const decisions = [1, 2].map((slot) => ({ slot, value: new Uint8Array(size / 2) }));
        return { type: 'decided', decisions, decidedUpTo: 2, token: 0 };
      },
    ],
    [
      'snapshot-part',
      (size) => {
        const history = [foundingConfiguration(majority([0]))] as const;
        return {
          type: 'snapshot-part',
          slot: 1,
          history,
          total: size,
          offset: 0,
          bytes: new Uint8Array(size),
          token: 0,
        };
      },
    ],
  ])('of %s goes by the bytes of its values: a packet has a MiB of them, exactly', async (_, make) => {
    const { post, sent } = postOf();
    const sizes = [MIB / 2, MIB / 2, MIB / 2, MIB / 2 + 2, 4];
    post.send(
      sizes.map((size) => ({ to: 1, message: make(size) })),
      ALIVE,
    );
    await null;
    expect(sent.map(([, messages]) => messages.length)).toEqual([2, 1, 2]);
  });

  it('to the own roles goes to each that it is for, in its order', async () => {
    const system = startSystem();
    const heard: [string, unknown][] = [];
    const roles = new Map(
      await Promise.all(
        ['acceptor', 'learner', 'proposer'].map(async (name) => {
          const recorder = await startActor(system, name, {
            init: () => 0,
            receive(state: number, message: unknown) {
              if (message instanceof Received) heard.push([name, message]);
              return state;
            },
          });
          return [name, recorder] as const;
        }),
      ),
    );
    const role = (name: string) => {
      const found = roles.get(name);
      if (found === undefined) throw new Error(`no ${name}`);
      return found;
    };
    const post = openPost({ member: 3, role, send: () => {}, reach: () => undefined });
    const messages = [heartbeat(1), { type: 'submit', value: new Uint8Array(1) } as const, heartbeat(2)];
    post.send(
      messages.map((message) => ({ to: 3, message })),
      ALIVE,
    );
    while (heard.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const beats = expect.objectContaining({ from: 3, messages: [heartbeat(1), heartbeat(2)] });
    for (const name of ['acceptor', 'learner']) expect(heard).toContainEqual([name, beats]);
    expect(heard.filter(([name]) => name === 'proposer')).toHaveLength(1);
    stop(system);
  });
});
