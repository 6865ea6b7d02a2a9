/** State machines to be replicated: what `@parliament/machine` offers. */

export type { At, Moment } from './at.js';
export {
  decodeAnswer,
  decodeCommand,
  decodeReply,
  type EncodeOptions,
  encodeCommand,
  encodeQuery,
} from './border.js';
export type { Codec } from './codec.js';
export { type CompositionOptions, compose } from './compose.js';
export type { Composition, GuardOf, Multi, MultiReply, Parts, StepOf } from './compose-types.js';
export type { Given } from './core.js';
export { createDigest, type Digest, digest } from './digest.js';
export { type Fault, MACHINE_ERROR_CODES, MachineError, type MachineErrorCode, Rejection } from './errors.js';
export { type Applied, type Hosted, type HostOptions, host } from './host.js';
export { type Definition, machine } from './machine.js';
export { isReplied } from './outcome.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
export type {
  AnswerOf,
  AnyMachine,
  CommandHandler,
  CommandInputOf,
  CommandOf,
  Handled,
  HandledByPart,
  HandledTogether,
  Machine,
  QueryHandler,
  QueryInputOf,
  QueryOf,
  ReplyOf,
  StateOf,
} from './types.js';
