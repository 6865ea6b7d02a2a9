/** The fields of JSON objects that others have written: each is looked at, and nothing is guessed. */

import { bytesOfText, type Keys, keysWithPrefix, textOfBytes } from '@parliament/machines';
import { didYouMean } from '../nearest.js';

/** What is wrong with a field, or with an object. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

/** An object, and its place in what was given: `then[0]`, or nothing for the whole. */
export interface Fields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly at: string;
}

export function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { values: value as Fields['values'], at };
  }
  throw new FieldError(at === '' ? 'not a JSON object' : `${at}: an object`);
}

/** What is misspelt would be taken for what was left out: a write for a read. @param what the fields are of, for the message. */
export function refuseUnknown({ values, at }: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(values).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  const place = at === '' ? '' : `${at}: `;
  const others = `known with ${what} are ${known.join(', ')}`;
  throw new FieldError(`${place}unknown field ${JSON.stringify(unknown)}; ${others}${didYouMean(unknown, known)}`);
}

/** What is wrong with one field. */
function wrong({ at }: Fields, name: string, wanted: string): FieldError {
  return new FieldError(`${at === '' ? '' : `${at}.`}${name}: ${wanted}`);
}

const BYTES = 'a string, or {"base64":"…"} for bytes';

/** A key or a value: text, or an object with the bytes in base64. */
export function bytesField(fields: Fields, name: string): Uint8Array {
  const value = fields.values[name];
  if (typeof value === 'string') {
    try {
      return bytesOfText(value);
    } catch {
      throw wrong(fields, name, 'it has a lone surrogate, which is no text: give {"base64":"…"}');
    }
  }
  if (value === undefined) throw wrong(fields, name, `it is missing; ${BYTES}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(fields, name, BYTES);
  const inner = fieldsOf(value, fields.at === '' ? name : `${fields.at}.${name}`);
  refuseUnknown(inner, ['base64'], 'bytes');
  const { base64 } = inner.values;
  const bytes = bytesOfBase64(base64);
  if (bytes === undefined) throw wrong(inner, 'base64', 'bytes in base64, as "aGVsbG8="');
  return bytes;
}

/** The same, of one byte or more. */
export function keyField(fields: Fields, name: string): Uint8Array {
  const bytes = bytesField(fields, name);
  if (bytes.length === 0) throw wrong(fields, name, 'it is empty: a key has one byte or more');
  return bytes;
}

/** Which keys: `key`, `key` and `rangeEnd`, or `prefix`. */
export function keysField(fields: Fields): Keys {
  const { key, rangeEnd, prefix } = fields.values;
  if (prefix !== undefined) {
    if (key !== undefined || rangeEnd !== undefined)
      throw wrong(fields, 'prefix', 'it stands alone, without key and rangeEnd');
    return keysWithPrefix(keyField(fields, 'prefix'));
  }
  if (key === undefined) throw wrong(fields, 'key', `it is missing; ${BYTES}; or a prefix`);
  return {
    key: keyField(fields, 'key'),
    ...(rangeEnd === undefined ? {} : { rangeEnd: keyField(fields, 'rangeEnd') }),
  };
}

/** What a field gives that must be there. */
export function requiredField<Value>(fields: Fields, name: string, value: Value | undefined): Value {
  if (value === undefined) throw wrong(fields, name, 'it is missing');
  return value;
}

/** A whole number, where it is given. */
export function wholeField(fields: Fields, name: string, least: number): number | undefined {
  const value = fields.values[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(fields, name, `a whole number from ${least} on, below 2^53`);
}

/** One of a few words, where it is given. */
export function wordField<Word extends string>(fields: Fields, name: string, words: readonly Word[]): Word | undefined {
  const value = fields.values[name];
  if (value === undefined) return undefined;
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  const meant = typeof value === 'string' ? didYouMean(value, words) : '';
  throw wrong(fields, name, `one of ${words.join(', ')}${meant}`);
}

export function flagField(fields: Fields, name: string): boolean | undefined {
  const value = fields.values[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrong(fields, name, 'true or false');
}

export function listField(fields: Fields, name: string): readonly Fields[] {
  const value = fields.values[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong(fields, name, 'a list');
  const at = fields.at === '' ? name : `${fields.at}.${name}`;
  return value.map((each, index) => fieldsOf(each, `${at}[${index}]`));
}

/** Bytes of base64, or undefined where it is none; spelt otherwise it may be cut off. */
export function bytesOfBase64(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Bytes as a field: text where they are text. */
export function bytesAsField(bytes: Uint8Array): string | { readonly base64: string } {
  return textOfBytes(bytes) ?? { base64: Buffer.from(bytes).toString('base64') };
}
