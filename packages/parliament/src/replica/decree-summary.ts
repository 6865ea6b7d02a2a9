/** What a value of the log means, for tools. */

import { readDecree, type Value } from '@parliament/synod';
import { type KvCommandSummary, recognizeKv } from '../pair/kv-summary.js';
import { recognizePut } from '../registers/words.js';
import { decodeBatch } from './batch.js';

export interface DecreeSummary {
  readonly commands: number;
  /** The sessions whose commands it holds, each once. */
  readonly sessions: readonly number[];
  /** Of each command to registers the key, and the value that it has for it; the first value of a key that is decided is its value. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** Of each command to `kv`, beside registers, what it does to which key. */
  readonly kv: readonly KvCommandSummary[];
  /** Of each other command, how many bytes its machine is told. */
  readonly payloadBytes: readonly number[];
}

/** Summarizes a value that was voted for or decided; one that holds no commands has none. */
export function summarizeDecree(value: Value): DecreeSummary {
  const decree = readDecree(value);
  const commands = decree.type === 'commands' ? decodeBatch(decree.payload).commands : [];
  const keys: string[] = [];
  const values: string[] = [];
  const kv: KvCommandSummary[] = [];
  const payloadBytes: number[] = [];
  for (const { payload } of commands) {
    const put = recognizePut(payload);
    const other = put === undefined ? recognizeKv(payload) : undefined;
    if (put !== undefined) {
      keys.push(put.key);
      values.push(put.value);
    } else if (other !== undefined) kv.push(other);
    else payloadBytes.push(payload.length);
  }
  return {
    commands: commands.length,
    sessions: [...new Set(commands.map(({ session }) => session))],
    keys,
    values,
    kv,
    payloadBytes,
  };
}
