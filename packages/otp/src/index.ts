export type { ActorContext, AnyBehaviour, Behaviour, ExitReason, Incarnation } from './behaviour.js';
export { type CallSettings, call } from './call.js';
export { CallError, type CallErrorCode, StartError, textOf } from './errors.js';
export {
  type ActorReference,
  addressOf,
  childReference,
  type Deferral,
  dispatch,
  isAlive,
  pathOf,
  type Reference,
  type SystemReference,
  startSystem,
  stop,
  type TemporaryReference,
} from './nact.js';
export { startSupervisor } from './supervisor.js';
export type {
  ChildSpec,
  ChildStatus,
  Restart,
  Strategy,
  SubtreeSpec,
  Supervisor,
  SupervisorEvent,
  SupervisorExit,
  SupervisorSpec,
  SupervisorStatus,
  WorkerSpec,
} from './supervisor-spec.js';
