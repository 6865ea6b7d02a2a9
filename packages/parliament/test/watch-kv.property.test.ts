/** What a watcher of keys is told, whatever becomes of those who tell it: members that lag, come back with less, or stop; and compactions. */

import { expect, it } from '@jest/globals';
import { encodeCommand, Rejection } from '@parliament/machine';
import { eventsSince, type Keys, type KvEvent, type KvState, kv, readRange, type KeyValue } from '@parliament/machines';
import fc from 'fast-check';
import { followKv } from '../src/client/watch-kv.js';
import type { Round } from '../src/client/round.js';
import { hostedMachine } from '../src/host/hosting.js';
import { dueAt } from '../src/watch/waiting.js';
import { chanceOf } from './support/chance.js';
import { broken, type Happening, type Seen } from './support/watch-checks.js';

const { machine } = hostedMachine(kv, false);
type Command = Parameters<typeof encodeCommand<typeof kv>>[1];
type Chance = (below: number) => number;

const key = (number: number): Uint8Array => Uint8Array.of(97 + number);
const ALL: Keys = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };

function commandOf(chance: Chance, revision: number, isCompacting: boolean): Command {
  const what = chance(isCompacting ? 12 : 10);
  const put = { type: 'put', key: key(chance(6)), value: new Uint8Array(chance(3) * chance(100)) } as const;
  if (what < 6) return put;
  if (what < 8) return { type: 'delete', key: key(chance(6)), ...(chance(3) === 0 ? { rangeEnd: key(6) } : {}) };
  if (what < 10) {
    const then = [
      { ...put, key: key(6 + chance(3)) },
      { type: 'delete', key: key(0), rangeEnd: key(2) },
      { ...put, key: key(2 + chance(4)) },
    ] as const;
    return { type: 'txn', then: then.slice(0, 1 + chance(3)) };
  }
  return { type: 'compact', revision: Math.max(1, revision - chance(6)) };
}

/** After each slot what the key space is, and after each command. */
interface History {
  readonly states: readonly KvState[];
  readonly all: readonly KvState[];
}

function decide(chance: Chance, isCompacting: boolean): History {
  const holder = machine.initial();
  const now = (): KvState => holder.current as KvState;
  const states = [now()];
  const all = [now()];
  const last = 1 + chance(50);
  for (let slot = 1; slot <= last; slot++) {
    // Many slots hold nothing.
    for (let index = chance(5) - 2; index >= 0; index--) {
      const bytes = encodeCommand(kv, commandOf(chance, now().revision, isCompacting));
      machine.apply(holder, bytes, { slot, index, time: 1 });
      all.push(now());
    }
    states.push(now());
  }
  return { states, all };
}

const shown = ({ key: bytes, value, createRevision, modRevision, version }: KeyValue): string =>
  [...bytes, value.length, createRevision, modRevision, version].join('.');

const textOf = ({ type, item, previous }: KvEvent): string =>
  `${type} ${shown(item)}${previous === undefined ? '' : ` before ${shown(previous)}`}`;

/** A member is a place in the history. */
function roundOver(history: History, count: number, chance: Chance): Round {
  const { states } = history;
  const members = Array.from({ length: count }, () => 0);
  let index = 0;
  let asked = 0;
  return {
    async ask(request) {
      for (;;) {
        asked += 1;
        if (asked > 20_000) throw new Error('no end');
        const member = chance(count);
        const upTo = members[member] ?? 0;
        const step = chance(20);
        members[member] = step === 0 ? chance(upTo + 1) : Math.min(states.length - 1, upTo + chance(4));
        const slot = members[index] ?? 0;
        const { place, query } = request;
        const isDue = dueAt({ type: 'watch', ...request, timeoutMs: 1 }) <= slot;
        if (chance(3) === 0) index = chance(count);
        else if (isDue && query !== undefined) {
          return { ok: true, slot, bytes: machine.query({ current: states[slot] }, query) };
        } else if (!isDue && place !== undefined && chance(2) === 0) return { ok: true, slots: [], next: place };
      }
    },
    moveOn() {
      index = (index + 1) % count;
    },
  };
}

const RUNS = process.env.PROPERTIES === 'long' ? 10_000 : 200;

it('a watcher of keys sees all that happens to them, once and in order, over any failures; what is compacted it is told of', async () => {
  const met = { batches: 0, resets: 0, compacted: 0, progress: 0, deletes: 0, previous: 0, snapshots: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      async (seed, isCompacting, snapshot, progress) => {
        const chance = chanceOf(seed);
        const history = decide(chance, isCompacting);
        const final = history.states.at(-1) as KvState;
        const range = [undefined, { key: key(chance(6)) }, { key: key(0), rangeEnd: key(4) }, ALL][chance(4)];
        // What was there before is not known where it was compacted: which that is depends on when it is asked for.
        const previous = !isCompacting && chance(2) === 0;
        const filters = { previous, noPuts: chance(4) === 0, noDeletes: chance(4) === 0, bytes: 1 + chance(200) };
        const happened: Happening[] = [];
        let seenUpTo = 1;
        for (const state of history.all) {
          const since = { ...(range ?? {}), ...filters, from: seenUpTo + 1, bytes: 1e6 };
          for (const { revision, events } of eventsSince(state, since).batches) {
            happened.push({ at: revision, events: events.map(textOf) });
          }
          seenUpTo = state.revision;
        }
        const last = happened.at(-1)?.at;
        if (last === undefined) return;
        const stateAt = (revision: number): string => {
          const state = history.all.find((each) => each.revision >= revision) ?? final;
          return readRange(state, { ...(range ?? ALL), revision })
            .items.map(shown)
            .join();
        };
        let from = snapshot && chance(2) === 0 ? undefined : 1 + chance(last);
        const round = roundOver(history, 1 + chance(3), chance);
        for (;;) {
          const seen: Seen[] = [];
          let lost: number | undefined;
          const isTold = progress || from === undefined;
          try {
            for await (const each of followKv(round, {
              range: range ?? {},
              filters,
              pageKeys: 1 + chance(3),
              from,
              progress: isTold,
              snapshot,
            })) {
              const { next, revision: at } = each;
              if (each.type === 'snapshot') {
                seen.push({ type: 'snapshot', at, next, state: each.items.map(shown).join(), isReset: each.isReset });
              } else seen.push({ type: 'batch', at, next, events: each.events.map(textOf) });
              if (next > last) break;
            }
          } catch (error) {
            if (!(error instanceof Rejection) || error.code !== 'compacted' || snapshot) throw error;
            lost = (error.data as { readonly compacted: number }).compacted;
          }
          expect(broken(happened, seen, from, stateAt)).toEqual([]);
          for (const each of seen) {
            if (each.type === 'snapshot') met[each.isReset ? 'resets' : 'snapshots'] += 1;
            else if (each.events.length === 0) met.progress += 1;
            else met.batches += 1;
            if (each.type === 'batch') met.deletes += each.events.filter((event) => event.startsWith('delete')).length;
            if (each.type === 'batch') met.previous += each.events.filter((event) => event.includes('before')).length;
          }
          if (lost === undefined) break;
          expect(lost).toBeGreaterThan(from ?? 0);
          met.compacted += 1;
          if (lost > last) break;
          from = lost;
        }
      },
    ),
    { numRuns: RUNS },
  );
  // Not vacuous.
  for (const [what, count] of Object.entries(met)) expect([what, count > RUNS / 50]).toEqual([what, true]);
});
