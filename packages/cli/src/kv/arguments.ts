/** Keys, values and ranges, as they stand on the command line. */

import { type Keys, keysWithPrefix } from '@parliament/machines';
import { refuseLost, UsageError } from '../errors.js';
import { flag, type Parsed, stringOption } from '../options.js';
import { bytesOfBase64 } from './fields.js';

/** The bytes of an argument: its text, or with `--base64` what that stands for. @throws UsageError */
export function bytesOfArgument(parsed: Parsed, name: string, text: string): Uint8Array {
  if (!flag(parsed, 'base64')) {
    refuseLost(name, text, 'give it in base64, with --base64');
    return Buffer.from(text);
  }
  const bytes = bytesOfBase64(text);
  if (bytes === undefined) throw new UsageError(`${name} ${text}: with --base64 it is given in base64, as aGVsbG8=`);
  return bytes;
}

/** The same of a key. @param call how the command is called. @throws UsageError also when it is missing, or empty */
export function keyOfArgument(parsed: Parsed, name: string, text: string | undefined, call: string): Uint8Array {
  if (text === undefined) throw new UsageError(`${name} is missing: ${call}`);
  // What a script has left unset would be another range.
  if (text === '') throw new UsageError(`${name} is empty: a key has one byte or more`);
  return bytesOfArgument(parsed, name, text);
}

/** All keys from one on, to another where that is given. @throws UsageError */
export function rangeOfArguments(parsed: Parsed, [from, to]: readonly (string | undefined)[], call: string): Keys {
  const key = keyOfArgument(parsed, 'FROM', from, call);
  return { key, rangeEnd: to === undefined ? Uint8Array.of(0) : keyOfArgument(parsed, 'TO', to, call) };
}

/** The keys of `--prefix` or `--all`, if one of them is given, and nothing else. @throws UsageError */
export function rangeOfOptions(parsed: Parsed, others: boolean, call: string): Keys | undefined {
  const prefix = stringOption(parsed, 'prefix');
  const given = [prefix !== undefined, flag(parsed, 'all'), others].filter((each) => each).length;
  if (given !== 1) throw new UsageError(`${given === 0 ? 'it is not said which keys' : 'give one of them'}: ${call}`);
  if (others) return undefined;
  return keysWithPrefix(prefix === undefined ? '' : keyOfArgument(parsed, '--prefix', prefix, call));
}
