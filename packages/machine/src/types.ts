/** What the compiler knows of a machine. Nothing of this exists when the program runs. */

import type { At } from './at.js';
import type { core, Given } from './core.js';
import type { OutputOf, StandardSchema } from './standard-schema.js';

declare const typed: unique symbol;

/**
 * Applies one command. It is synchronous, gives a new state and leaves the old one as it is, and depends on nothing but what it is
 * given. What it throws changes nothing: a `Rejection` is a refusal as planned, anything else a fault.
 */
export type CommandHandler<State, Fields = never> = (state: State, command: Fields, at: At) => Given<State>;

/** Answers one query. It is synchronous, and depends on nothing but what it is given. */
export type QueryHandler<State, Fields = never> = (state: State, query: Fields) => unknown;

/** What a handler takes beside the `type`, what it replies, and, where a schema converts, what a caller gives for it. */
export interface Handled<Fields, Reply, Input = Fields> {
  readonly fields: Fields;
  readonly reply: Reply;
  readonly input: Input;
}

/**
 * A state machine: what `machine` and `compose` give. Where the compiler wants to see its type:
 * `Machine<State, { deposit: Handled<{ amount: number }, number> }, { balance: Handled<unknown, number> }>`.
 */
export interface Machine<State, Commands = unknown, Queries = unknown> {
  readonly name: string;
  readonly version: number;
  /** What only this package knows of it. */
  readonly [core]: unknown;
  /** Never there: it carries the types. */
  readonly [typed]?: { readonly state: State; readonly commands: Commands; readonly queries: Queries };
}

/** Any machine. */
export type AnyMachine = Machine<unknown>;

/** The state of a machine. */
export type StateOf<M extends AnyMachine> = M extends Machine<infer State> ? State : never;

type CommandsOf<M> = M extends Machine<infer _State, infer Commands, infer _Queries> ? Commands : never;
type QueriesOf<M> = M extends Machine<infer _State, infer _Commands, infer Queries> ? Queries : never;

/** A union stays one. What a handler does not look at, or has no type for, is no field. */
type Typed<Type, Fields> = [Fields] extends [never]
  ? { type: Type }
  : unknown extends Fields
    ? { type: Type }
    : Fields extends unknown
      ? Flat<{ type: Type } & Fields>
      : never;

type Flat<All> = { [Key in keyof All]: All[Key] };

type FieldsIn<Each> = Each extends Handled<infer Fields, unknown, unknown> ? Fields : never;
type InputIn<Each> = Each extends Handled<unknown, unknown, infer Input> ? Input : never;

/** The commands of a machine as they are decided, a union: `{ type: 'deposit'; amount: number } | …`. */
export type CommandOf<M extends AnyMachine> = {
  [Type in keyof CommandsOf<M> & string]: Typed<Type, FieldsIn<CommandsOf<M>[Type]>>;
}[keyof CommandsOf<M> & string];

/** The commands of a machine as a caller gives them: other than {@link CommandOf} where a schema converts. */
export type CommandInputOf<M extends AnyMachine> = {
  [Type in keyof CommandsOf<M> & string]: Typed<Type, InputIn<CommandsOf<M>[Type]>>;
}[keyof CommandsOf<M> & string];

/** The queries of a machine, a union. */
export type QueryOf<M extends AnyMachine> = {
  [Type in keyof QueriesOf<M> & string]: Typed<Type, FieldsIn<QueriesOf<M>[Type]>>;
}[keyof QueriesOf<M> & string];

/** The queries of a machine as a caller gives them. */
export type QueryInputOf<M extends AnyMachine> = {
  [Type in keyof QueriesOf<M> & string]: Typed<Type, InputIn<QueriesOf<M>[Type]>>;
}[keyof QueriesOf<M> & string];

/** A command, or a query, that goes to a part of a composition. What answers it depends on what is in it. */
export interface HandledByPart<Part extends AnyMachine, Fields, Reply, Input> extends Handled<Fields, Reply, Input> {
  readonly part: Part;
}

/** Steps for the parts of a composition. */
export interface HandledTogether<Parts, Fields, Reply> extends Handled<Fields, Reply> {
  readonly parts: Parts;
}

type ReplyIn<Each, Command> =
  Each extends HandledByPart<infer Part, unknown, infer All, unknown>
    ? Command extends { readonly command: infer Inner extends Named }
      ? ReplyOf<Part, Inner>
      : All
    : Each extends HandledTogether<infer Parts, unknown, infer All>
      ? Command extends { readonly then: infer Then }
        ? MultiReplyOf<Parts, Then, Command extends { readonly else: infer Else } ? Else : readonly []>
        : All
      : Each extends Handled<unknown, infer Reply, unknown>
        ? Reply
        : never;

type AnswerIn<Each, Query> =
  Each extends HandledByPart<infer Part, unknown, infer All, unknown>
    ? Query extends { readonly query: infer Inner extends Named }
      ? AnswerOf<Part, Inner>
      : All
    : Each extends Handled<unknown, infer Answer, unknown>
      ? Answer
      : never;

/** What answers steps: one reply for each, in their order. */
type MultiReplyOf<Parts, Then, Else> =
  | { readonly holds: true; readonly replies: StepReplies<Parts, Then> }
  | { readonly holds: false; readonly replies: StepReplies<Parts, Else> };

type StepReplies<Parts, Steps> = {
  readonly [Index in keyof Steps]: Steps[Index] extends {
    readonly type: infer Part extends keyof Parts;
    readonly command: infer Command extends Named;
  }
    ? Parts[Part] extends AnyMachine
      ? ReplyOf<Parts[Part], Command>
      : never
    : never;
};

/** What tells commands and queries apart. */
interface Named {
  readonly type: string;
}

/** What a command, or each of a union of them, is answered by. */
export type ReplyOf<M extends AnyMachine, Command extends Named = CommandOf<M>> = Command extends {
  readonly type: infer Type extends keyof CommandsOf<M>;
}
  ? ReplyIn<CommandsOf<M>[Type], Command>
  : never;

/** What a query, or each of a union of them, is answered by. */
export type AnswerOf<M extends AnyMachine, Query extends Named = QueryOf<M>> = Query extends {
  readonly type: infer Type extends keyof QueriesOf<M>;
}
  ? AnswerIn<QueriesOf<M>[Type], Query>
  : never;

/** The second parameter of a handler. */
type ParameterOf<Handler> = Handler extends (...all: infer All) => unknown
  ? All extends readonly [unknown, infer Fields, ...unknown[]]
    ? Fields
    : unknown
  : never;

type ResultOf<Handler> = Handler extends (...all: never) => infer Result ? Result : never;

/** Of a union of results, the replies of all. */
type ReplyGiven<Result> = Result extends { readonly reply: infer Reply } ? Reply : undefined;

type InputGiven<Handler, Schemas, Type> = Type extends keyof Schemas
  ? Schemas[Type] extends StandardSchema<infer Input, unknown>
    ? Input
    : never
  : ParameterOf<Handler>;

/** The types of a table of handlers of commands. */
export type CommandTypes<Handlers, Schemas> = {
  readonly [Type in keyof Handlers]: Handled<
    ParameterOf<Handlers[Type]>,
    ReplyGiven<ResultOf<Handlers[Type]>>,
    InputGiven<Handlers[Type], Schemas, Type>
  >;
};

/** The types of a table of handlers of queries. */
export type QueryTypes<Handlers, Schemas> = {
  readonly [Type in keyof Handlers]: Handled<
    ParameterOf<Handlers[Type]>,
    ResultOf<Handlers[Type]>,
    InputGiven<Handlers[Type], Schemas, Type>
  >;
};

/** Schemas by the type of what they are for. */
export type Schemas = { readonly [type: string]: StandardSchema };

/** The handlers that are there, each with what its schema gives. */
export type CommandTable<State, Of extends Schemas> = {
  readonly [Type in keyof Of]: CommandHandler<State, OutputOf<Of[Type]>>;
} & { readonly [type: string]: CommandHandler<State> };

export type QueryTable<State, Of extends Schemas> = {
  readonly [Type in keyof Of]: QueryHandler<State, OutputOf<Of[Type]>>;
} & { readonly [type: string]: QueryHandler<State> };
