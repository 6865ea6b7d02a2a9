/**
 * What a watch promises, as checks of what one watcher has seen against what has happened: those of etcd's robustness tests, for slots as well as
 * for revisions.
 */

/** What happened at a slot or at a revision, as far as the watcher asked for it: each event as a text with all that is told of it. */
export interface Happening {
  readonly at: number;
  readonly events: readonly string[];
}

/** What the watcher was told at once. */
export type Seen =
  | (Happening & { readonly type: 'batch'; readonly next: number })
  /** Stands for all that happened up to there, and gives what had become of it by then. */
  | {
      readonly type: 'snapshot';
      readonly at: number;
      readonly state: string;
      readonly isReset: boolean;
      readonly next: number;
    };

const WATCH_CHECKS = [
  /** Only what was asked for, as it happened: with the reply, the previous value, whether the key came to be. */
  'true',
  /** Never back. */
  'ordered',
  /** Nothing twice. */
  'unique',
  /** What happened together is told together. */
  'atomic',
  /** Nothing is left out between the first and the last that was told. */
  'reliable',
  /** It begins where it was asked to. */
  'resumable',
  /** All that lies before `next` was told, and nothing of it follows. */
  'bookmarkable',
  /** A snapshot is what all up to its slot comes to. */
  'snapshot',
  /** A snapshot stands for what is lost only where it says so. */
  'reset',
] as const;

export type WatchCheck = (typeof WATCH_CHECKS)[number];

/**
 * The promises that were broken.
 *
 * @param from where the watch was to begin; undefined for a watch that begins with a snapshot, or with what it first sees.
 * @param stateAt what all up to a slot comes to.
 */
export function broken(
  happened: readonly Happening[],
  seen: readonly Seen[],
  from: number | undefined,
  stateAt: (at: number) => string = () => '',
): WatchCheck[] {
  const faults = new Set<WatchCheck>();
  const truth = new Map(happened.map(({ at, events }) => [at, events]));
  const told = new Set<string>();
  /** All that lies before was told, or a snapshot stands for it. */
  let covered = from;
  let last = 0;
  for (const each of seen) {
    const { at, next } = each;
    if (next < last) faults.add('ordered');
    if (next <= at && each.type === 'snapshot') faults.add('bookmarkable');
    if (each.type === 'snapshot') {
      if (each.state !== stateAt(at)) faults.add('snapshot');
      if (each.isReset !== (covered !== undefined)) faults.add('reset');
      if (covered !== undefined && next < covered) faults.add('ordered');
      [covered, last] = [next, next];
      continue;
    }
    const { events } = each;
    if (covered !== undefined && events.length > 0 && at < covered)
      faults.add(at < (from ?? 0) ? 'resumable' : 'ordered');
    for (const event of events) {
      const key = `${at} ${event}`;
      if (told.has(key)) faults.add('unique');
      told.add(key);
    }
    const expected = truth.get(at);
    if (events.length > 0 && expected === undefined) faults.add('true');
    if (events.length > 0 && expected !== undefined) {
      if (events.some((event) => !expected.includes(event))) faults.add('true');
      if (events.length !== expected.length || events.some((event, index) => event !== expected[index]))
        faults.add('atomic');
    }
    const begin = covered ?? at;
    for (const { at: other } of happened) {
      if (other < begin || other >= next || other === at) continue;
      faults.add(other < at ? 'reliable' : 'bookmarkable');
    }
    if (expected !== undefined && events.length === 0 && at >= begin && at < next) faults.add('bookmarkable');
    if (next <= at && events.length > 0) faults.add('bookmarkable');
    covered = next;
    last = next;
  }
  return WATCH_CHECKS.filter((check) => faults.has(check));
}
