export {
  type AnswerOf,
  type AnyMachine,
  type At,
  type CommandOf,
  compose,
  type Machine,
  MachineError,
  machine,
  type QueryOf,
  Rejection,
  type ReplyOf,
  type StateOf,
} from '@parliament/machine';
export { kv } from '@parliament/machines';
export {
  CallError,
  type CrashReport,
  call,
  dispatch,
  onCrash,
  type Reference,
  startSupervisor,
  startSystem,
  stop,
  stopSystem,
} from '@parliament/otp';
export {
  type Node,
  NodeError,
  type NodeEvent,
  type NodeOptions,
  nodeOf,
  openNode,
  remoteRef,
  SECRET_LENGTH,
} from '@parliament/remote';
export { LedgerError } from '@parliament/storage';
export { ask, clear, listRegisters, status } from './client/ask.js';
export type { CallOptions } from './client/calling.js';
export {
  type ParliamentOf,
  type ProposeResult,
  propose,
  proposeAt,
  type ReadOptions,
  type ReadResult,
  read,
  readAt,
  withMachine,
} from './client/propose.js';
export {
  type Decided,
  type WatchBatch,
  type Watched,
  type WatchOptions,
  type WatchSnapshot,
  watch,
} from './client/watch.js';
export { type KvBatch, type KvSnapshot, type WatchKvOptions, watchKv } from './client/watch-kv.js';
export { AskError, type AskErrorCode, type Outcome, ParliamentError, type ParliamentErrorCode } from './errors.js';
export type { ParliamentEvent } from './events.js';
export { assignMembers, type Candidate, type Members } from './members.js';
export type { MachineOptions, ParliamentOptions, SnapshotSettings, Timing } from './options.js';
export { type DecreeSummary, summarizeDecree } from './replica/decree-summary.js';
export {
  type GenPaxos,
  type GenPaxosOptions,
  genPaxos,
  type Others,
  type PaxosFsm,
  paxosFsm,
  type Result,
} from './start/gen-paxos.js';
export {
  crash,
  finished,
  type ParliamentExit,
  spawnParliament,
  stopParliament,
} from './start/spawn-parliament.js';
export type { ParliamentStatus } from './status.js';
