import { encodeCommand, host } from '@parliament/machine';
import {
  deleteRange,
  emptyKv,
  eventsSince,
  type KvState,
  kv,
  put,
  readRange,
  snapshot,
  startRestoring,
  txn,
} from '@parliament/machines';

/** What is measured with. */
export interface Size {
  readonly keys: number;
  readonly valueBytes: number;
  readonly rounds: number;
}

/**
 * What was measured, the middle one of the rounds. Rates are a second's of processor time, with what the garbage collector takes, so that
 * a busy machine does not make them worse.
 */
export interface Figures extends Size {
  readonly newKeys: number;
  readonly overwrites: number;
  readonly gets: number;
  readonly rangesOf100: number;
  readonly counts: number;
  readonly txns: number;
  /** Puts as a replica carries them out: from the bytes of the command to those of the reply. */
  readonly hostedPuts: number;
  readonly deletes: number;
  readonly watchedEvents: number;
  /** Bytes of memory for a key with its value, in all. */
  readonly bytesOfKey: number;
  /** Overwrites while a snapshot is held. */
  readonly overwritesBesideSnapshot: number;
  readonly snapshotBytes: number;
  readonly snapshotMs: number;
  /** How long anybody waits for a chunk: the middle one, and the longest, which has a collection of garbage in it. */
  readonly chunkMs: number;
  readonly longestChunkMs: number;
  readonly restoreMs: number;
  /** The same for taking a chunk; the end is a step, too. */
  readonly restoreStepMs: number;
  readonly longestRestoreStepMs: number;
}

/** How many writes come between two chunks of a snapshot. */
const WRITES_BETWEEN = 20;

const encoder = new TextEncoder();

/** A key as they are in a cluster's key space, each somewhere else in the order than the one before. */
function keyOf(i: number): Uint8Array {
  const somewhere = Math.imul(i, 0x9e37_79b1) >>> 0;
  return encoder.encode(`/registry/pods/namespace-${somewhere % 97}/${somewhere.toString(16)}-${i}`);
}

/** Measures one size. */
export function figuresOf(size: Size): Figures {
  const { keys, valueBytes } = size;
  const value = new Uint8Array(valueBytes).fill(120);
  const all = Array.from({ length: keys }, (_, i) => keyOf(i));
  const some = (i: number): Uint8Array => all[(i * 7_919) % keys] ?? value;
  const tenth = Math.max(Math.min(Math.floor(keys / 10), 30_000), 1_000);
  const before = heapBytes();
  let state = emptyKv();
  const newKeys = rate(keys, (i) => {
    state = put(state, { key: all[i] ?? value, value }).state;
  });
  const bytesOfKey = Math.round((heapBytes() - before) / keys);
  const full = state;
  const middle = (count: number, each: (i: number) => void): number =>
    median(Array.from({ length: size.rounds }, () => rate(count, each)));
  const overwrite = (i: number): void => {
    state = put(state, { key: some(i), value }).state;
  };
  const end = Uint8Array.of(0);
  const overwrites = middle(tenth, overwrite);
  const watchedEvents = watched(state, full.revision + 1);
  state = full;
  const figures = {
    ...size,
    ...{ newKeys, overwrites, watchedEvents, bytesOfKey },
    gets: middle(tenth, (i) => void readRange(full, { key: some(i) })),
    rangesOf100: middle(tenth / 100, (i) => void readRange(full, { key: some(i), rangeEnd: end, limit: 100 })),
    counts: middle(tenth, (i) => void readRange(full, { key: some(i), rangeEnd: end, countOnly: true })),
    txns: middle(tenth, (i) => {
      const key = some(i);
      const compare = [{ key, target: 'version', result: 'greater', value: 0 } as const];
      state = txn(state, { compare, then: [{ type: 'put', key, value }] }).state;
    }),
    hostedPuts: middle(tenth, hostedPut(full, value, some)),
    deletes: rate(tenth, (i) => {
      state = deleteRange(state, { key: some(i) }).state;
    }),
  };
  state = full;
  return { ...figures, ...snapshotFigures(full, size, overwrite) };
}

/** A put as bytes, of a key space of its own that begins as another one. */
function hostedPut(full: KvState, value: Uint8Array, keyAt: (i: number) => Uint8Array): (i: number) => void {
  const hosted = host(kv);
  const commands = Array.from({ length: 1_000 }, (_, i) => encodeCommand(kv, { type: 'put', key: keyAt(i), value }));
  let state = full;
  return (i) => {
    const command = commands[i % commands.length] ?? value;
    state = hosted.apply(state, command, { slot: i + 1, index: 0, time: i }).state;
  };
}

type SnapshotFigures = Pick<
  Figures,
  | 'overwritesBesideSnapshot'
  | 'snapshotBytes'
  | 'snapshotMs'
  | 'chunkMs'
  | 'longestChunkMs'
  | 'restoreMs'
  | 'restoreStepMs'
  | 'longestRestoreStepMs'
>;

/** A snapshot that is taken piece by piece, with writes between, and let go; then another one, from which is restored. */
function snapshotFigures(full: KvState, { rounds }: Size, overwrite: (i: number) => void): SnapshotFigures {
  const all = Array.from({ length: rounds }, (): SnapshotFigures => {
    const taken = new Steps();
    const written = new Steps();
    const restored = new Steps();
    const iterator = snapshot(full);
    let writes = 0;
    let snapshotBytes = 0;
    for (let next = taken.of(() => iterator.next()); next.done !== true; next = taken.of(() => iterator.next())) {
      snapshotBytes += next.value.length;
      written.of(() => {
        for (let i = 0; i < WRITES_BETWEEN; i += 1) overwrite(writes + i);
      });
      writes += WRITES_BETWEEN;
    }
    const restoring = startRestoring();
    for (const chunk of snapshot(full)) restored.of(() => restoring.take(chunk));
    restored.of(() => restoring.state());
    return {
      overwritesBesideSnapshot: Math.round((writes / written.totalMs) * 1_000),
      ...{ snapshotBytes, snapshotMs: taken.totalMs, chunkMs: taken.medianMs, longestChunkMs: taken.longestMs },
      ...{ restoreMs: restored.totalMs, restoreStepMs: restored.medianMs, longestRestoreStepMs: restored.longestMs },
    };
  });
  const middle = (name: keyof SnapshotFigures): number => median(all.map((each) => each[name]));
  return {
    overwritesBesideSnapshot: middle('overwritesBesideSnapshot'),
    snapshotBytes: middle('snapshotBytes'),
    snapshotMs: middle('snapshotMs'),
    chunkMs: middle('chunkMs'),
    longestChunkMs: middle('longestChunkMs'),
    restoreMs: middle('restoreMs'),
    restoreStepMs: middle('restoreStepMs'),
    longestRestoreStepMs: middle('longestRestoreStepMs'),
  };
}

/** Events a second that a reader goes through who has to catch up. */
function watched(state: KvState, first: number): number {
  let from = first;
  let events = 0;
  const started = cpuMs();
  while (from <= state.revision) {
    const reply = eventsSince(state, { from, previous: true });
    for (const batch of reply.batches) events += batch.events.length;
    from = reply.next;
  }
  return Math.round((events / (cpuMs() - started)) * 1_000);
}

/** How long steps take. */
class Steps {
  readonly #allMs: number[] = [];

  get totalMs(): number {
    return this.#allMs.reduce((sum, ms) => sum + ms, 0);
  }

  get medianMs(): number {
    return median(this.#allMs);
  }

  get longestMs(): number {
    return this.#allMs.reduce((longest, ms) => Math.max(longest, ms), 0);
  }

  of<Result>(step: () => Result): Result {
    const started = cpuMs();
    const result = step();
    this.#allMs.push(cpuMs() - started);
    return result;
  }
}

function rate(count: number, each: (i: number) => void): number {
  const started = cpuMs();
  for (let i = 0; i < count; i += 1) each(i);
  return Math.round((count / (cpuMs() - started)) * 1_000);
}

/** Processor time of this process so far. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
