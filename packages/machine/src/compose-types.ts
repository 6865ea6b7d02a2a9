/** What the compiler knows of a composition. Nothing of this exists when the program runs. */

import type {
  AnswerOf,
  AnyMachine,
  CommandInputOf,
  CommandOf,
  HandledByPart,
  HandledTogether,
  Machine,
  QueryInputOf,
  QueryOf,
  ReplyOf,
  StateOf,
} from './types.js';

/** The machines of a composition, by what they are called in it. */
export type Parts = { readonly [part: string]: AnyMachine };

/** A step of a composed command: a command of one of the parts. */
export type StepOf<P extends Parts> = {
  [Part in keyof P & string]: { readonly type: Part; readonly command: CommandInputOf<P[Part]> };
}[keyof P & string];

/** A condition of a composed command: what a query of one of the parts must answer. */
export type GuardOf<P extends Parts> = {
  [Part in keyof P & string]: GuardOfPart<P, Part, QueryInputOf<P[Part]>>;
}[keyof P & string];

type GuardOfPart<P extends Parts, Part extends keyof P & string, Query> = Query extends { readonly type: string }
  ? { readonly type: Part; readonly query: Query; readonly equals: AnswerOf<P[Part], Query> }
  : never;

/** The steps of a composed command: `then` is done when all guards hold, else `else`. All steps take effect, or none. */
export interface Multi<P extends Parts> {
  readonly guards?: readonly GuardOf<P>[];
  readonly then: readonly StepOf<P>[];
  readonly else?: readonly StepOf<P>[];
}

/** What a composed command is answered by: whether the guards held, and the reply to each step that was done. */
export interface MultiReply<P extends Parts> {
  readonly holds: boolean;
  readonly replies: readonly { [Part in keyof P]: ReplyOf<P[Part]> }[keyof P][];
}

/** A composition as a machine. */
export type Composition<P extends Parts> = Machine<
  { readonly [Part in keyof P]: StateOf<P[Part]> },
  {
    readonly [Part in keyof P]: HandledByPart<
      P[Part],
      { readonly command: CommandOf<P[Part]> },
      ReplyOf<P[Part]>,
      { readonly command: CommandInputOf<P[Part]> }
    >;
  } & { readonly multi: HandledTogether<P, Multi<P>, MultiReply<P>> },
  {
    readonly [Part in keyof P]: HandledByPart<
      P[Part],
      { readonly query: QueryOf<P[Part]> },
      AnswerOf<P[Part]>,
      { readonly query: QueryInputOf<P[Part]> }
    >;
  }
>;
