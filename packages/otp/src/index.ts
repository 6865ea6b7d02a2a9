export { type ActorSettings, startActor, stopActor } from './actor.js';
export {
  type ActorContext,
  type AnyBehaviour,
  type Behaviour,
  IGNORE,
  type Incarnation,
  type Timer,
} from './behaviour.js';
export { call, cast } from './call.js';
export type { ChildState, ChildStatus } from './child.js';
export {
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterReason,
  deadLetters,
  noteDeadLetter,
  onDeadLetter,
} from './dead-letters.js';
export {
  acceptLink,
  acceptLinkExit,
  acceptUnlink,
  DISTRIBUTION,
  type Distribution,
  loseLinks,
  onEnd,
  type RemoteEnd,
} from './distribution.js';
export {
  CallError,
  type CallErrorCode,
  FencedError,
  NameError,
  StartError,
  SupervisorError,
  type SupervisorErrorCode,
} from './errors.js';
export { type ExitReason, isAbnormal, reasonText, type SignalReason } from './exit-reason.js';
export {
  type CallResult,
  type AnyMessage,
  type From,
  type GenServer,
  genServer,
  type InitResult,
  type Next,
  type Result,
  type ServerBehaviour,
  type Stop,
  type UntypedServer,
} from './gen-server.js';
export { type ActorInfo, inspect } from './inspect.js';
export { exit, link, trapExit, unlink } from './link.js';
export type { MailboxBound } from './mailbox.js';
export { Down, demonitor, type Monitor, monitor, whenDown } from './monitor.js';
export {
  type ActorReference,
  type AnyReference,
  addressOf,
  childReference,
  type Deferral,
  dispatch,
  pathOf,
  type Reference,
  type SystemReference,
  stop,
  type TemporaryReference,
} from './nact.js';
export { Exit, isAlive } from './process.js';
export {
  type CallSettings,
  type PlainReference,
  type ReplyOf,
  type Request,
  type RequestOf,
  type Requests,
  type ServerReference,
  type Serving,
  serverAt,
  type Typed,
  type Untyped,
} from './protocol.js';
export { isRegistered, register, registered, unregister, whereis } from './registry.js';
export type { Shutdown } from './running.js';
export type { ChildCounts, Supervisor, SupervisorExit, SupervisorStatus } from './supervision.js';
export { startSupervisor, supervisorAt } from './supervisor.js';
export type {
  AutoShutdown,
  Backoff,
  ChildSpec,
  ChildTemplate,
  DynamicSpec,
  Restart,
  StaticSpec,
  Strategy,
  SubtreeSpec,
  SupervisorEvent,
  SupervisorSpec,
  WorkerSpec,
} from './supervisor-spec.js';
export { startSystem, stopSystem } from './systems.js';
export { textOf } from './text-of.js';
