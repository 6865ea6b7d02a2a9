import type { Codec } from './codec.js';

/** A message type as `pbjs --target static-module` generates it. */
export interface ProtobufType<Message extends object> {
  /** What instances are of. */
  readonly prototype: Message;
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

/**
 * A codec for the instances of a protobuf type. Its versions follow from the rules of protobuf's fields: a field that the
 * other side does not know is passed over, one that it does not send has its default.
 *
 * @param type names the form on the wire, see {@link Codec.type}.
 * @param check throws on what no correct sender sends. Protobuf itself takes nearly any bytes, the empty ones too, for a
 *   message.
 */
export function protobufCodec<Message extends object>(
  type: string,
  message: ProtobufType<Message>,
  check: (message: Message) => void,
): Codec<Message> {
  return {
    type,
    matches: (candidate): candidate is Message =>
      typeof candidate === 'object' && candidate !== null && Object.getPrototypeOf(candidate) === message.prototype,
    encode: (instance) => message.encode(instance).finish(),
    decode(bytes) {
      const decoded = message.decode(bytes);
      check(decoded);
      return decoded;
    },
  };
}
