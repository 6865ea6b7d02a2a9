/** What the compiler promises users: never run, compiled from the sources and again from what is shipped (npm run check:package). */

import { expectTypeOf } from 'expect-type';
import {
  AskError,
  type AskErrorCode,
  ask,
  assignMembers,
  type CallOptions,
  clear,
  crash,
  finished,
  type GenPaxosOptions,
  genPaxos,
  type Members,
  type Outcome,
  openNode,
  ParliamentError,
  type ParliamentErrorCode,
  type ParliamentEvent,
  type ParliamentExit,
  type ParliamentStatus,
  paxosFsm,
  type Reference,
  type Result,
  spawnParliament,
  startSystem,
  status,
  stopParliament,
  type kv,
  summarizeDecree,
  machine,
  type ParliamentOf,
  type ProposeResult,
  propose,
  proposeAt,
  type ReadResult,
  read,
  readAt,
  type WatchBatch,
  type WatchSnapshot,
  watch,
  withMachine,
} from 'parliament';
import type { PutReply } from '@parliament/machines';

export async function machines(system: Reference): Promise<void> {
  const counter = machine({
    name: 'counter',
    version: 1,
    initial: () => 0,
    commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: `${count + by}` }) },
    queries: { count: (count) => count },
  });
  const options = { member: 0, members: { 0: 'a' }, directory: './data' } as const;
  const spawned = await spawnParliament(system, 'counter', { machine: counter, ...options });
  expectTypeOf(spawned).toEqualTypeOf<ParliamentOf<typeof counter>>();
  expectTypeOf(propose(spawned, { type: 'add', by: 1 })).resolves.toEqualTypeOf<string>();
  expectTypeOf(read(spawned, { type: 'count' }, { level: 'local' })).resolves.toEqualTypeOf<number>();
  expectTypeOf(withMachine(system, counter)).toEqualTypeOf<ParliamentOf<typeof counter>>();
  const both = await spawnParliament(system, 'registers', options);
  expectTypeOf(both).toEqualTypeOf<ParliamentOf<typeof kv>>();
  expectTypeOf(both).toExtend<Reference>();
  const key = new Uint8Array(1);
  expectTypeOf(propose(both, { type: 'put', key })).resolves.toEqualTypeOf<PutReply>();
  // @ts-expect-error keys are bytes
  expectTypeOf(propose(both, { type: 'put', key: 'text' }));
  const batches = watch(spawned, { from: 1, signal: new AbortController().signal });
  expectTypeOf(batches).toEqualTypeOf<AsyncIterableIterator<WatchBatch<typeof counter>, undefined>>();
  for await (const { slot, next, commands } of batches) {
    expectTypeOf([slot, next]).toEqualTypeOf<number[]>();
    for (const { index, command, reply } of commands) {
      expectTypeOf(index).toEqualTypeOf<number>();
      expectTypeOf(command).toEqualTypeOf<{ type: 'add'; by: number }>();
      expectTypeOf(reply).toEqualTypeOf<string>();
    }
  }
  for await (const batch of watch([spawned, spawned], { snapshot: { type: 'count' } })) {
    if (batch.type === 'snapshot') expectTypeOf(batch).toEqualTypeOf<WatchSnapshot<number>>();
    else expectTypeOf(batch).toEqualTypeOf<WatchBatch<typeof counter>>();
  }
  // @ts-expect-error no such option
  expectTypeOf(watch(spawned, { form: 1 }));
  // @ts-expect-error no such query
  expectTypeOf(watch(spawned, { snapshot: { type: 'sum' } }));
  // @ts-expect-error no such command
  expectTypeOf(propose(spawned, { type: 'subtract', by: 1 }));
  // @ts-expect-error a field is missing
  expectTypeOf(propose(spawned, { type: 'add' }));
  // @ts-expect-error no such query
  expectTypeOf(read(spawned, { type: 'sum' }));
  expectTypeOf(proposeAt(spawned, { type: 'add', by: 1 })).resolves.toEqualTypeOf<ProposeResult<string>>();
  expectTypeOf(readAt(spawned, { type: 'count' }, { level: 'lease', atLeast: 1 })).resolves.toEqualTypeOf<
    ReadResult<number>
  >();
  // @ts-expect-error no such level
  expectTypeOf(read(spawned, { type: 'count' }, { level: 'stale' }));
}

export function spawning(system: Reference): void {
  expectTypeOf(startSystem('a')).toExtend<Reference>();
  expectTypeOf(openNode).toBeCallableWith(system, { name: 'a', listen: '127.0.0.1:0', peers: { b: '127.0.0.1:7102' } });
  const members = { 0: 'a', 1: 'b', 2: 'c' };
  expectTypeOf(spawnParliament).toBeCallableWith(system, 'registers', { member: 0, members, directory: './data' });
  expectTypeOf(spawnParliament).toBeCallableWith(system, 'registers', { member: 0, members, storage: 'memory' });
  expectTypeOf(spawnParliament).toBeCallableWith(system, 'registers', {
    ...{ member: 0, members, directory: './data', cluster: 'one', lastSlot: 1, valueLimitBytes: 1000 },
    timing: { heartbeatMs: 10 },
    snapshots: { logBytes: 1e6 },
    restarts: { intensity: 3, periodMs: 5000 },
    onEvent: (event) => expectTypeOf(event).toEqualTypeOf<ParliamentEvent>(),
  });
  // @ts-expect-error without members
  expectTypeOf(spawnParliament(system, 'registers', { member: 0 }));
  // @ts-expect-error without the own id
  expectTypeOf(spawnParliament(system, 'registers', { members }));
  // @ts-expect-error an id is a number
  expectTypeOf(spawnParliament(system, 'registers', { member: '0', members }));
  // @ts-expect-error no such option
  expectTypeOf(spawnParliament(system, 'registers', { member: 0, members, folder: './data' }));
  // @ts-expect-error no such timing
  expectTypeOf(spawnParliament(system, 'registers', { member: 0, members, timing: { heartbeat: 10 } }));
  // @ts-expect-error no such snapshot setting
  expectTypeOf(spawnParliament(system, 'registers', { member: 0, members, snapshots: { logBites: 10 } }));
  // @ts-expect-error memory, or nothing
  expectTypeOf(spawnParliament(system, 'registers', { member: 0, members, storage: 'disk' }));
}

export function asking(registers: Reference): void {
  expectTypeOf(ask(registers, 'key')).resolves.toEqualTypeOf<string | undefined>();
  expectTypeOf(ask(registers, 'key', 'value', { timeoutMs: 100 })).resolves.toEqualTypeOf<string | undefined>();
  expectTypeOf(ask).toBeCallableWith(registers, 'key', undefined, { signal: new AbortController().signal });
  expectTypeOf<CallOptions>().toEqualTypeOf<{ readonly timeoutMs?: number; readonly signal?: AbortSignal }>();
  expectTypeOf(status(registers)).resolves.toEqualTypeOf<ParliamentStatus>();
  expectTypeOf(clear(registers)).resolves.toEqualTypeOf<void>();
  // @ts-expect-error a value is a text
  expectTypeOf(ask(registers, 'key', 5));
  // @ts-expect-error no parliament
  expectTypeOf(ask({}, 'key'));
  // @ts-expect-error no such option
  expectTypeOf(ask(registers, 'key', 'value', { timeout: 1 }));
  // @ts-expect-error what may be undefined is not yet a text
  expectTypeOf<Promise<string>>(ask(registers, 'key'));
}

export function ending(registers: Reference): void {
  expectTypeOf(stopParliament(registers)).resolves.toEqualTypeOf<void>();
  expectTypeOf(finished(registers)).resolves.toEqualTypeOf<ParliamentExit>();
  expectTypeOf(crash).parameter(1).toEqualTypeOf<'storage' | 'acceptor' | 'learner' | 'proposer' | 'watchers'>();
}

export function failing(error: AskError, other: ParliamentError): void {
  expectTypeOf(error).toExtend<Error>();
  expectTypeOf(error.code).toEqualTypeOf<AskErrorCode>();
  expectTypeOf(error.outcome).toEqualTypeOf<Outcome>();
  expectTypeOf<Outcome>().toEqualTypeOf<'not-applied' | 'unknown'>();
  expectTypeOf<'timeout' | 'aborted' | 'overloaded' | 'too-large' | 'bad-request'>().toExtend<AskErrorCode>();
  expectTypeOf(other.code).toEqualTypeOf<ParliamentErrorCode>();
  expectTypeOf(AskError).toBeConstructibleWith('timeout', 'unknown', 'late');
  expectTypeOf(ParliamentError).toBeConstructibleWith('bad-option', 'no');
}

export function hearing(event: ParliamentEvent): void {
  if (event.type === 'leader') expectTypeOf(event.node).toEqualTypeOf<string | undefined>();
  if (event.type === 'warning') expectTypeOf(event.message).toEqualTypeOf<string>();
  // @ts-expect-error not every event has a message
  expectTypeOf(event.message);
}

export function oldNames(system: Reference): void {
  const options: GenPaxosOptions = { directory: './data' };
  const paxos = genPaxos(system, options);
  expectTypeOf(paxos.startLink(0, ['b', 'c'])).resolves.toEqualTypeOf<Reference>();
  expectTypeOf(paxos.startLink(0, { 0: 'a', 1: 'b' })).resolves.toEqualTypeOf<Reference>();
  expectTypeOf(paxos.ask('key')).resolves.toEqualTypeOf<string | undefined>();
  expectTypeOf(paxos.stop()).resolves.toEqualTypeOf<void>();
  expectTypeOf(paxosFsm(system, options).getResult('subject')).resolves.toEqualTypeOf<Result>();
  // @ts-expect-error without a directory
  expectTypeOf(genPaxos(system, {}));
}

export function tools(): void {
  expectTypeOf(assignMembers({ name: 'a' }, [{ name: 'b', member: 1 }])).toEqualTypeOf<Members>();
  expectTypeOf(summarizeDecree).parameter(0).toEqualTypeOf<Uint8Array>();
}
