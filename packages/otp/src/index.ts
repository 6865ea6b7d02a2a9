export {
  type ActorContext,
  type AnyBehaviour,
  type Behaviour,
  IGNORE,
  type Incarnation,
  type Timer,
} from './actor/behaviour.js';
export {
  type AnyMessage,
  type CallResult,
  type From,
  type GenServer,
  genServer,
  type InitResult,
  type Next,
  type Result,
  type ServerBehaviour,
  type Stop,
  type UntypedServer,
} from './actor/gen-server.js';
export type { MailboxBound } from './actor/mailbox.js';
export type { Shutdown } from './actor/running.js';
export { call, cast } from './call/call.js';
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
} from './call/protocol.js';
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
  type ActorReference,
  type AnyReference,
  addressOf,
  childReference,
  type Deferral,
  dispatch,
  isReference,
  pathOf,
  type Reference,
  type SystemReference,
  stop,
  type TemporaryReference,
} from './nact.js';
export { type CrashReport, onCrash, type RestartState } from './process/crash-reports.js';
export {
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterReason,
  deadLetters,
  noteDeadLetter,
  onDeadLetter,
} from './process/dead-letters.js';
export {
  acceptLink,
  acceptLinkExit,
  acceptUnlink,
  DISTRIBUTION,
  type Distribution,
  loseLinks,
  onEnd,
  type RemoteEnd,
} from './process/distribution.js';
export { exit, link, trapExit, unlink } from './process/link.js';
export { Down, demonitor, type Monitor, monitor, whenDown } from './process/monitor.js';
export { Exit, mayBeAlive } from './process/process.js';
export { isRegistered, register, registered, unregister, whereis } from './process/registry.js';
export { startSystem, stopSystem } from './process/systems.js';
export type { ChildState, ChildStatus } from './supervisor/child.js';
export type { ChildCounts, Supervisor, SupervisorExit, SupervisorStatus } from './supervisor/supervision.js';
export { startSupervisor, supervisorAt } from './supervisor/supervisor.js';
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
} from './supervisor/supervisor-spec.js';
export { textOf } from './text-of.js';
export { type ActorInfo, inspect } from './tree/inspect.js';
export { type ActorSettings, startActor, stopActor } from './tree/start-actor.js';
