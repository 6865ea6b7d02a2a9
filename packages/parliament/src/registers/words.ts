/** What is said to the registers, and what they say, as bytes. */

import { NumberReader, numberOf } from '@parliament/storage/format';
import { parliament } from '#proto';
import type { RegisterPage } from '../client/requests.js';

const { RegisterCommand, RegisterQuery, RegisterAnswer } = parliament.protocol;

/** "Let the register `key` have `value`, unless it has one." The reply is the value that it has. */
export interface Put {
  readonly key: string;
  readonly value: string;
}

export function encodePut({ key, value }: Put): Uint8Array {
  return RegisterCommand.encode({ key, value }).finish();
}

/** Undefined for bytes that are no command: every member finds the same. */
export function decodePut(payload: Uint8Array): Put | undefined {
  try {
    const { key, value } = RegisterCommand.decode(new NumberReader(payload));
    return { key: key ?? '', value: value ?? '' };
  } catch {
    return undefined;
  }
}

/** The same, of bytes that {@link encodePut} gives for a key and of no others: for who does not know whether they are of registers. */
export function recognizePut(payload: Uint8Array): Put | undefined {
  const put = decodePut(payload);
  if (put === undefined || put.key === '') return undefined;
  return Buffer.compare(encodePut(put), payload) === 0 ? put : undefined;
}

/** The value of a register, as the reply of a command. */
export function encodeValue(value: string): Uint8Array {
  return Buffer.from(value);
}

export function decodeValue(reply: Uint8Array): string {
  return Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString();
}

/** What may be asked: the value of a key; a page of the registers behind the first so many; how many there are. */
export type RegisterQuestion =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'list'; readonly after: number }
  | { readonly type: 'count' };

export function encodeQuestion(question: RegisterQuestion): Uint8Array {
  switch (question.type) {
    case 'get':
      return RegisterQuery.encode({ get: question.key }).finish();
    case 'list':
      return RegisterQuery.encode({ list: question.after }).finish();
    case 'count':
      return RegisterQuery.encode({ count: true }).finish();
  }
}

/** Undefined for bytes that are no question. */
export function decodeQuestion(bytes: Uint8Array): RegisterQuestion | undefined {
  try {
    const query = RegisterQuery.decode(new NumberReader(bytes));
    switch (query.query) {
      case 'get':
        return { type: 'get', key: query.get ?? '' };
      case 'list':
        return { type: 'list', after: numberOf(query.list) };
      case 'count':
        return { type: 'count' };
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

export function encodeFound(value: string | undefined): Uint8Array {
  return RegisterAnswer.encode(value === undefined ? {} : { value }).finish();
}

export function decodeFound(answer: Uint8Array): string | undefined {
  return RegisterAnswer.decode(new NumberReader(answer)).value ?? undefined;
}

export function encodePage({ entries, next }: RegisterPage): Uint8Array {
  const registers = entries.map(([key, value]) => ({ key, value }));
  return RegisterAnswer.encode(next === undefined ? { registers } : { registers, next }).finish();
}

export function decodePage(answer: Uint8Array): RegisterPage {
  const { registers, next } = RegisterAnswer.decode(new NumberReader(answer));
  const entries = (registers ?? []).map(({ key, value }) => [key ?? '', value ?? ''] as const);
  const seen = numberOf(next);
  return seen === 0 ? { entries } : { entries, next: seen };
}

export function encodeCount(count: number): Uint8Array {
  return RegisterAnswer.encode({ count }).finish();
}

export function decodeCount(answer: Uint8Array): number {
  return numberOf(RegisterAnswer.decode(new NumberReader(answer)).count);
}
