/**
 * What goes into a composition and comes out of it, as bytes. Each part has its own codec: its commands, queries, replies and answers are
 * byte strings in a CBOR array that names the part.
 */

import { decodeCbor, encodeCbor } from './codec.js';
import type { Core, Form } from './core.js';
import { MachineError } from './errors.js';
import { listOf, quoted } from './text.js';

/** The type of a command that holds steps. No part may be called so. */
export const MULTI = 'multi';

export type CoreParts = ReadonlyMap<string, Core<unknown>>;

/** A command for one of the parts. */
export interface Step {
  readonly type: string;
  readonly command: unknown;
}

/** A query to one of the parts, and what it must answer. */
export interface Guard {
  readonly type: string;
  readonly query: unknown;
  readonly equals: unknown;
}

export interface MultiCommand {
  readonly type: typeof MULTI;
  readonly guards: readonly Guard[];
  readonly then: readonly Step[];
  readonly else: readonly Step[];
}

export type ComposedCommand = Step | MultiCommand;

export interface ComposedQuery {
  readonly type: string;
  readonly query: unknown;
}

/** What a part gave. */
export interface PartReply {
  readonly part: string;
  readonly reply: unknown;
}

export type ComposedReply = PartReply | { readonly holds: boolean; readonly replies: readonly PartReply[] };

export function isMulti(command: ComposedCommand): command is MultiCommand {
  return command.type === MULTI;
}

/** @throws MachineError `unknown-command` */
export function partOf(parts: CoreParts, type: unknown, name: string): Core<unknown> {
  const part = typeof type === 'string' ? parts.get(type) : undefined;
  if (part !== undefined) return part;
  const asked = typeof type === 'string' ? quoted(type) : 'without a type';
  throw new MachineError('unknown-command', `${name} has no part ${asked}; it has: ${listOf(parts.keys())}`);
}

/** The forms of a composition. What they are given was made here: by `admit`, `apply` and `ask`. */
export function formsOf(
  name: string,
  parts: CoreParts,
): Readonly<Record<'commands' | 'queries' | 'replies' | 'answers', Form>> {
  const part = (type: unknown): Core<unknown> => partOf(parts, type, name);
  const write = (what: string, content: unknown): Uint8Array => encodeCbor(content, what, name);
  const malformed = (what: string): MachineError =>
    new MachineError('malformed', `${name}: bytes are no ${what} of a composition`);
  const listIn = (content: unknown, what: string): readonly unknown[] => {
    if (Array.isArray(content)) return content;
    throw malformed(what);
  };
  const read = (what: string, bytes: Uint8Array): readonly unknown[] => listIn(decodeCbor(bytes, what, name), what);
  /** A part, and bytes for it. */
  const inPart = (content: unknown, what: string): readonly [type: string, part: Core<unknown>, bytes: Uint8Array] => {
    const [type, bytes] = listIn(content, what);
    if (typeof type !== 'string' || !(bytes instanceof Uint8Array)) throw malformed(what);
    return [type, part(type), bytes];
  };

  const writeStep = ({ type, command }: Step): unknown => [type, part(type).commands.write(command)];
  const readStep = (content: unknown): Step => {
    const [type, { commands }, bytes] = inPart(content, 'command');
    return { type, command: commands.read(bytes) };
  };
  const writeGuard = ({ type, query, equals }: Guard): unknown => [type, part(type).queries.write(query), equals];
  const readGuard = (content: unknown): Guard => {
    const [type, { queries }, bytes] = inPart(content, 'command');
    return { type, query: queries.read(bytes), equals: listIn(content, 'command')[2] };
  };
  const writeReply = ({ part: type, reply }: PartReply): unknown => [type, part(type).replies.write(reply)];
  const readReply = (content: unknown): unknown => {
    const [, { replies }, bytes] = inPart(content, 'reply');
    return replies.read(bytes);
  };

  return {
    commands: {
      write(value) {
        const command = value as ComposedCommand;
        if (!isMulti(command)) return write('command', writeStep(command));
        const { guards, then, else: otherwise } = command;
        return write('command', [MULTI, guards.map(writeGuard), then.map(writeStep), otherwise.map(writeStep)]);
      },
      read(bytes): ComposedCommand {
        const content = read('command', bytes);
        if (content[0] !== MULTI) return readStep(content);
        const [guards, then, otherwise] = content.slice(1).map((each) => listIn(each, 'command'));
        if (guards === undefined || then === undefined || otherwise === undefined) throw malformed('command');
        return { type: MULTI, guards: guards.map(readGuard), then: then.map(readStep), else: otherwise.map(readStep) };
      },
    },
    queries: {
      write(value) {
        const { type, query } = value as ComposedQuery;
        return write('query', [type, part(type).queries.write(query)]);
      },
      read(bytes): ComposedQuery {
        const [type, { queries }, rest] = inPart(read('query', bytes), 'query');
        return { type, query: queries.read(rest) };
      },
    },
    replies: {
      write(value) {
        const reply = value as ComposedReply;
        const content = 'holds' in reply ? [reply.holds, reply.replies.map(writeReply)] : writeReply(reply);
        return write('reply', content);
      },
      read(bytes) {
        const content = read('reply', bytes);
        const [holds, replies] = content;
        if (typeof holds !== 'boolean') return readReply(content);
        return { holds, replies: listIn(replies, 'reply').map(readReply) };
      },
    },
    answers: {
      write(value) {
        const { part: type, reply } = value as PartReply;
        return write('answer', [type, part(type).answers.write(reply)]);
      },
      read(bytes) {
        const [, { answers }, rest] = inPart(read('answer', bytes), 'answer');
        return answers.read(rest);
      },
    },
  };
}
