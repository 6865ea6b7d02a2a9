/** What is decided, as it is decided, for programs that follow it. */

import {
  type AnswerOf,
  type AnyMachine,
  type CommandOf,
  decodeAnswer,
  decodeCommand,
  decodeReply,
  encodeQuery,
  type QueryInputOf,
  type ReplyOf,
} from '@parliament/machine';
import { AskError } from '../errors.js';
import { checkCall } from './calling.js';
import { endable } from './endable.js';
import { knownMachine, type ParliamentOf } from './propose.js';
import { openRound, type Round } from './round.js';
import type { Place, ToldCommand, ToldSlot } from './watch-requests.js';

/** What a watch takes. */
export interface WatchOptions {
  /** The first slot to be told: `next` of the last batch that was seen, to go on after it. Default: what is decided from now on. */
  readonly from?: number;
  /** Whether there are batches without commands, too, every few seconds at least, for their `next`. Default: false. */
  readonly progress?: boolean;
  /** It fails when no member has answered for so long, in milliseconds: default 30,000, at most a day. */
  readonly timeoutMs?: number;
  /** Ends it: no error, and no more batches. */
  readonly signal?: AbortSignal;
}

/** A command that was decided, and what the machine replied. */
export type Decided<M extends AnyMachine> =
  CommandOf<M> extends infer Command
    ? Command extends CommandOf<M>
      ? {
          /** Its place in the slot. */
          readonly index: number;
          readonly command: Command;
          readonly reply: ReplyOf<M, Command>;
        }
      : never
    : never;

/** What was decided in one slot: always all of it. */
export interface WatchBatch<M extends AnyMachine> {
  readonly type: 'decided';
  readonly slot: number;
  /** The time stamp of the leader, in milliseconds since 1970; 0 in a batch without commands. */
  readonly time: number;
  /** In their order: those that the machine has taken. What it rejected, or failed in, has changed nothing, and is left out. */
  readonly commands: readonly Decided<M>[];
  /** Where to go on: all before this slot was told. */
  readonly next: number;
}

/** What the machine said, and that stands for all that was decided up to the slot. */
export interface WatchSnapshot<Answer> {
  readonly type: 'snapshot';
  readonly slot: number;
  readonly answer: Answer;
  /** Whether it stands for what could not be told any more: what is known so far is out of date. */
  readonly isReset: boolean;
  readonly next: number;
}

/** A parliament, or several members of one: when one does not answer, the next is asked. */
export type Watched<M extends AnyMachine> = ParliamentOf<M> | readonly ParliamentOf<M>[];

const WATCH_OPTIONS: readonly string[] = ['from', 'progress', 'snapshot', 'timeoutMs', 'signal'];

const DEFAULT_GIVE_UP_MS = 30_000;

/**
 * Follows what is decided: slot by slot from `from` on, in order, each once, without a gap, whatever happens to the nodes that tell it. A
 * member remembers the latest of it only (`watchBytes`); what lies further back no watch tells.
 *
 * With `snapshot`, a query, the answer of the machine to that comes first, and what was decided after it follows. So it does where what comes
 * next cannot be told any more; then all that is known so far is to be replaced by it. Given `from`, too, the watch goes on from there, and
 * there is a snapshot in that case only.
 *
 * It asks only while somebody waits for a batch: who is slow costs nothing, and gets all. Other members tell more than one that is cut off
 * from them: give several, where one may fail.
 *
 * @throws AskError, from `next`: `compacted`, where `from` cannot be told any more; its `next` says from where on it can. Other codes when no
 *   member answers.
 * @throws Rejection, MachineError, from `next`: what the machine says to `snapshot`.
 * @throws RangeError when an option is misspelt or out of its range. MachineError when `snapshot` is no query of the machine.
 * @example
 * ```ts
 * import { machine, propose, spawnParliament, startSystem, watch } from 'parliament';
 *
 * const counter = machine({
 *   name: 'counter',
 *   version: 1,
 *   initial: () => 0,
 *   commands: { add: (count, { by }: { by: number }) => ({ state: count + by, reply: count + by }) },
 *   queries: { count: (count) => count },
 * });
 * const members = { 0: 'a' };
 * const count = await spawnParliament(startSystem('a'), 'count', { machine: counter, member: 0, members, directory: './data-a' });
 *
 * const batches = watch(count, { snapshot: { type: 'count' } });
 * await propose(count, { type: 'add', by: 5 });
 * for await (const batch of batches) {
 *   if (batch.type === 'snapshot') console.log(batch.answer);
 *   else for (const { command, reply } of batch.commands) console.log(command.by, reply);
 *   // What to keep, and to give as `from` after a restart.
 *   console.log(batch.next);
 * }
 * ```
 */
export function watch<M extends AnyMachine, const Query extends QueryInputOf<M>>(
  parliament: Watched<M>,
  options: WatchOptions & { readonly snapshot: Query },
): AsyncIterableIterator<WatchBatch<M> | WatchSnapshot<AnswerOf<M, Query>>, undefined>;
export function watch<M extends AnyMachine>(
  parliament: Watched<M>,
  options?: WatchOptions,
): AsyncIterableIterator<WatchBatch<M>, undefined>;
export function watch<M extends AnyMachine>(
  parliament: Watched<M>,
  options: WatchOptions & { readonly snapshot?: unknown } = {},
): AsyncIterableIterator<WatchBatch<M> | WatchSnapshot<unknown>, undefined> {
  const { references, machine, timeoutMs } = checkWatched(parliament, options, WATCH_OPTIONS);
  const { from, progress = false, signal } = options;
  // As its overload has it.
  const snapshot = options.snapshot as QueryInputOf<M> | undefined;
  if (from !== undefined && !(Number.isSafeInteger(from) && from >= 1)) {
    throw new RangeError(`from: ${from} is no slot: give the next of a batch, a whole number from 1`);
  }
  if (typeof progress !== 'boolean') throw new RangeError('progress: true or false');
  const query = snapshot === undefined ? undefined : { ask: snapshot, bytes: encodeQuery(machine, snapshot) };
  return endable(signal, (ending) =>
    follow(machine, openRound(references, timeoutMs, ending), { from, progress, query }),
  );
}

/** @throws AskError, RangeError */
export function checkWatched<M extends AnyMachine>(
  watched: Watched<M>,
  options: WatchOptions,
  known: readonly string[],
): { readonly references: readonly ParliamentOf<M>[]; readonly machine: M; readonly timeoutMs: number } {
  const references = isMany(watched) ? watched : [watched];
  const [first] = references;
  if (first === undefined) throw new RangeError('no parliament is given: give one, or several of its members');
  const timeoutMs = checkCall(first, { timeoutMs: DEFAULT_GIVE_UP_MS, ...options }, known);
  const machine = knownMachine(first);
  for (const each of references) {
    checkCall(each, {});
    if (knownMachine(each) === machine) continue;
    throw new AskError('bad-request', 'not-applied', 'the members that are given run different machines');
  }
  return { references, machine, timeoutMs };
}

function isMany<M extends AnyMachine>(watched: Watched<M>): watched is readonly ParliamentOf<M>[] {
  return Array.isArray(watched);
}

/** What {@link follow} is to tell of. */
interface Following<M extends AnyMachine> {
  readonly from: number | undefined;
  readonly progress: boolean;
  readonly query: { readonly ask: QueryInputOf<M>; readonly bytes: Uint8Array } | undefined;
}

/** Follows what is decided, over members of which one or the other answers. */
export async function* follow<M extends AnyMachine>(
  machine: M,
  round: Round,
  { from, progress, query }: Following<M>,
): AsyncGenerator<WatchBatch<M> | WatchSnapshot<unknown>, void> {
  let place: Place | undefined = from === undefined ? undefined : { slot: from, skip: 0 };
  /** Of the slot of which so far a part was told. */
  let parts: ToldCommand[] = [];
  /** Since then all is lost that was to come next. */
  let isLost = from === undefined && query !== undefined;
  for (;;) {
    if (isLost && query !== undefined) {
      const view = await round.ask({ ...(place === undefined ? {} : { place }), query: query.bytes });
      if (!('bytes' in view)) {
        round.moveOn();
        continue;
      }
      const { slot } = view;
      const answer = decodeAnswer(machine, query.ask, view.bytes);
      const isReset = place !== undefined;
      [place, parts, isLost] = [{ slot: slot + 1, skip: 0 }, [], false];
      yield { type: 'snapshot', slot, answer, isReset, next: slot + 1 };
    }
    const page = await round.ask(place === undefined ? {} : { place });
    if ('oldest' in page) {
      if (query === undefined) throw compacted(place, page.oldest);
      isLost = true;
      continue;
    }
    if (!('slots' in page)) continue;
    const { slots, next } = page;
    const hasNews = slots.length > 0 || next.slot !== place?.slot;
    place = next;
    let told = 0;
    for (const { slot, time, commands } of slots) {
      parts.push(...commands);
      if (slot === next.slot) break;
      const batch = batchOf(machine, { slot, time, commands: parts });
      parts = [];
      told = batch.next;
      yield batch;
    }
    if (progress && next.skip === 0 && told !== next.slot) {
      yield { type: 'decided', slot: next.slot - 1, time: 0, commands: [], next: next.slot };
    }
    if (!hasNews) round.moveOn();
  }
}

function batchOf<M extends AnyMachine>(machine: M, { slot, time, commands }: ToldSlot): WatchBatch<M> {
  const decided = commands.map(({ index, command: bytes, reply }) => {
    const command = decodeCommand(machine, bytes);
    return { index, command, reply: decodeReply(machine, command, reply) } as Decided<M>;
  });
  return { type: 'decided', slot, time, commands: decided, next: slot + 1 };
}

function compacted(place: Place | undefined, next: number): AskError {
  const message = `slot ${place?.slot} is not remembered any more: what was decided can be told from slot ${next} on`;
  return new AskError('compacted', 'not-applied', message, { next });
}
