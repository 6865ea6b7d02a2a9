/** The machine of the worlds: registers by key, each with a value, as small as a machine can be that shows every fault. */

import { commandsValue, joinChunks, type Machine, type MachineCodec, type SessionEntry } from '@parliament/synod';

/** A command on one register. */
export type RegisterCommand =
  | { readonly type: 'put'; readonly key: number; readonly value: number }
  /** Puts `value` if the register has `expected`. */
  | { readonly type: 'swap'; readonly key: number; readonly expected: number; readonly value: number }
  /** Adds to the register: applied twice, it shows. */
  | { readonly type: 'add'; readonly key: number; readonly value: number };

/** What the register had before. A register that was never put has 0. */
export type RegisterReply = number;

export type Registers = Map<number, number>;

export const registers: Machine<Registers, RegisterCommand, RegisterReply> = {
  initial: () => new Map(),
  apply(state, command) {
    const before = state.get(command.key) ?? 0;
    state.set(command.key, registerAfter(before, command));
    return before;
  },
  snapshot: (state) => [encode([...state].sort(([left], [right]) => left - right))],
  restore: (chunks) => new Map(decode(joinChunks(chunks)) as [number, number][]),
};

/** What a register has after a command, where it had `before`. */
export function registerAfter(before: number, command: RegisterCommand): number {
  switch (command.type) {
    case 'put':
      return command.value;
    case 'swap':
      return before === command.expected ? command.value : before;
    case 'add':
      return before + command.value;
  }
}

/** What the batch that stands in a buffer says. */
interface Known<Command> {
  readonly buffer: ArrayBufferLike;
  readonly entries: SessionEntry<Command>[];
}

/** What stands before the payload of a decree. */
const HEAD_BYTES: number = commandsValue(new Uint8Array()).length;

/** So many batches are remembered at most: a power of two. More are seldom on their way at a time. */
const REMEMBERED = 1024;

/** Where a batch is remembered: by its last bytes, in which batches that come soon after one another differ. */
function placeOf(payload: Uint8Array): number {
  let place = payload.length;
  for (let index = Math.max(0, payload.length - 48); index < payload.length; index++) {
    place = (place * 31 + (payload[index] as number)) & (REMEMBERED - 1);
  }
  return place;
}

/** Commands and replies as JSON: fit for tests, where bytes should be readable. */
export function jsonCodec<Command, Reply>(): MachineCodec<Command, Reply> {
  // Every member of a world reads the same bytes, soon after one another: they are decoded once.
  const known: (Known<Command> | undefined)[] = new Array(REMEMBERED).fill(undefined);
  return {
    readEntries(payload) {
      const isAlone = payload.byteOffset === HEAD_BYTES && payload.buffer.byteLength === payload.length + HEAD_BYTES;
      const place = placeOf(payload);
      const found = known[place];
      if (isAlone && found?.buffer === payload.buffer) return found.entries;
      try {
        const entries = decode(payload) as SessionEntry<Command>[];
        if (isAlone) known[place] = { buffer: payload.buffer, entries };
        return entries;
      } catch {
        return [];
      }
    },
    writeReply: (reply) => encode(reply),
    readReply: (bytes) => decode(bytes) as Reply,
  };
}

/** A codec that says of replies that they weigh so much, or does not say. */
export function weighing<Command, Reply>(
  codec: MachineCodec<Command, Reply>,
  replyBytes: number | 'not said' | undefined,
): MachineCodec<Command, Reply> {
  if (replyBytes === undefined) return codec;
  const { weighReply: _, ...rest } = codec;
  return replyBytes === 'not said' ? rest : { ...rest, weighReply: () => replyBytes };
}

/** The bytes of a batch, for {@link jsonCodec}. */
export function encodeEntries(entries: readonly SessionEntry<unknown>[]): Uint8Array {
  return encode(entries);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function encode(content: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(content));
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}
