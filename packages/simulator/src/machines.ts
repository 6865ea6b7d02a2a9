/** The machine of the worlds: registers by key, each with a value, as small as a machine can be that shows every fault. */

import type { Machine, MachineCodec, SessionEntry } from '@parliament/synod';

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
  snapshot: (state) => encode([...state].sort(([left], [right]) => left - right)),
  restore: (bytes) => new Map(decode(bytes) as [number, number][]),
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

/** Commands and replies as JSON: fit for tests, where bytes should be readable. */
export function jsonCodec<Command, Reply>(): MachineCodec<Command, Reply> {
  // Every member of a world reads the same bytes: they are decoded once, as long as somebody has them.
  const known = new WeakMap<ArrayBufferLike, SessionEntry<Command>[]>();
  return {
    readEntries(payload) {
      const isAlone = payload.byteOffset === 1 && payload.buffer.byteLength === payload.length + 1;
      const found = isAlone ? known.get(payload.buffer) : undefined;
      if (found !== undefined) return found;
      try {
        const entries = decode(payload) as SessionEntry<Command>[];
        if (isAlone) known.set(payload.buffer, entries);
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
