import { NodeError } from '../errors.js';
import { CODEC_TYPE } from '../names.js';

/**
 * A form on the wire for some of a program's messages. Messages that no codec matches travel as CBOR. Both nodes need the
 * codec. References inside a message that a codec encodes are the codec's own affair; the sender always travels.
 */
export interface Codec<T = unknown> {
  /** Names the form on the wire: 1 to 128 of `a-z A-Z 0-9 . _ / + -`, unique on a node. */
  readonly type: string;
  /** Whether this codec is to encode the message. Asked for every message that leaves: be quick. */
  matches(message: unknown): message is T;
  encode(message: T): Uint8Array;
  /**
   * Must check everything, and throw on whatever `encode` would not have made: that closes the link with `bad-frame`.
   * The bytes are a view of the received frame: copy what is kept for long.
   */
  decode(bytes: Uint8Array): T;
}

/** The codecs of a node, in the order in which they are asked. */
export interface CodecTable {
  readonly ordered: Codec[];
  readonly byType: Map<string, Codec>;
}

const CODECS_MAX = 256;

/** @throws NodeError `bad-option` when a codec is malformed or its type is taken. */
export function createCodecTable(codecs: readonly Codec[]): CodecTable {
  const table: CodecTable = { ordered: [], byType: new Map() };
  for (const codec of codecs) addCodec(table, codec);
  return table;
}

/** @throws NodeError `bad-option` when the codec is malformed, its type is taken by another, or there are 256 already. */
export function addCodec(table: CodecTable, codec: Codec): void {
  const { type, matches, encode, decode } = codec;
  if (typeof type !== 'string' || !CODEC_TYPE.test(type)) {
    throw new NodeError('bad-option', `The type of a codec must match ${CODEC_TYPE}, but is ${JSON.stringify(type)}`);
  }
  if ([matches, encode, decode].some((method) => typeof method !== 'function')) {
    throw new NodeError('bad-option', `The codec ${type} needs the functions matches, encode and decode`);
  }
  // Once more the same one is no conflict: several users of a node may each make sure that it is there.
  if (table.byType.get(type) === codec) return;
  if (table.byType.has(type)) {
    throw new NodeError('bad-option', `The codec ${type} exists already: give each codec a type of its own`);
  }
  if (table.ordered.length >= CODECS_MAX) {
    throw new NodeError('bad-option', `There are ${CODECS_MAX} codecs already: let one codec encode several types`);
  }
  table.byType.set(type, codec);
  table.ordered.push(codec);
}
