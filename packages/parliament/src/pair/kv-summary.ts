/** What a command to `kv` does, for who looks at a log and does not know whether what it holds is of `kv`. */

import { decodeCommand, encodeCommand } from '@parliament/machine';
import { kv } from '@parliament/machines';
import { saidToKv } from './heads.js';

/** Bytes that are UTF-8 as the text that they are; others so that they fit into JSON. */
type ShownBytes = string | { readonly base64: string };

export interface KvCommandSummary {
  readonly type: 'put' | 'delete' | 'txn' | 'compact' | 'sweep';
  /** Of a `put` or a `delete`: the key, or where its range begins. */
  readonly key?: ShownBytes;
  /** Of a `delete` of a range: where it ends; one zero byte for never. */
  readonly rangeEnd?: ShownBytes;
}

/** Undefined for bytes that {@link encodeCommand} does not give, or that are not as the pair has them. */
export function recognizeKv(payload: Uint8Array): KvCommandSummary | undefined {
  const bytes = saidToKv(payload);
  if (bytes === undefined) return undefined;
  try {
    const command = decodeCommand(kv, bytes);
    // That it has a known type, too.
    if (Buffer.compare(encodeCommand(kv, command), bytes) !== 0) return undefined;
    if (command.type !== 'put' && command.type !== 'delete') return { type: command.type };
    const { type, key } = command;
    const rangeEnd = type === 'delete' ? command.rangeEnd : undefined;
    return { type, key: shown(key), ...(rangeEnd === undefined ? {} : { rangeEnd: shown(rangeEnd) }) };
  } catch {
    return undefined;
  }
}

function shown(bytes: Uint8Array): ShownBytes {
  const given = Buffer.from(bytes);
  const text = given.toString();
  return Buffer.compare(Buffer.from(text), given) === 0 ? text : { base64: given.toString('base64') };
}
