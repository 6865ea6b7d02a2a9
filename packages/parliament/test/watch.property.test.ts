/** What a watcher is told, whatever becomes of those who tell it: members that lag, restart, take over snapshots, remember little, or stop. */

import { expect, it } from '@jest/globals';
import { encodeCommand, encodeQuery, host, machine, Rejection } from '@parliament/machine';
import fc from 'fast-check';
import { follow } from '../src/client/watch.js';
import type { Round } from '../src/client/round.js';
import type { WatchReply } from '../src/client/watch-requests.js';
import { AskError } from '../src/errors.js';
import { hostedMachine } from '../src/host/hosting.js';
import { beginAfter, createChronicle, type Chronicle, noteApplied, noting, pageOf } from '../src/watch/chronicle.js';
import { dueAt } from '../src/watch/waiting.js';
import { chanceOf } from './support/chance.js';
import { broken, type Happening, type Seen } from './support/watch-checks.js';

const sum = machine({
  name: 'sum',
  version: 1,
  initial: () => 0,
  commands: {
    add(total, { by, padding }: { by: number; padding: string }) {
      if (by < 0) throw new Rejection('negative', padding);
      return { state: total + by, reply: `${total + by}${padding}` };
    },
  },
  queries: { total: (total) => total },
});
const { machine: hosted } = hostedMachine(sum, false);
type Holder = ReturnType<typeof hosted.initial>;

/** What is decided: for each slot the commands; and what that comes to. */
interface History {
  readonly slots: readonly (readonly Uint8Array[])[];
  readonly happened: readonly Happening[];
  readonly totals: readonly number[];
}

function decide(chance: (below: number) => number): History {
  const plain = host(sum);
  const totals = [0];
  const happened: Happening[] = [];
  const slots = Array.from({ length: 1 + chance(60) }, (_, before) => {
    const at = before + 1;
    let total = totals[before] ?? 0;
    const events: string[] = [];
    // Many slots hold nothing that is told.
    const commands = Array.from({ length: Math.max(0, chance(6) - 2) }, (__, index) => {
      const command = { type: 'add', by: chance(9) - 2, padding: 'x'.repeat(chance(2) * chance(300)) } as const;
      const bytes = encodeCommand(sum, command);
      total = plain.apply(total, bytes, { slot: at, index, time: at }).state;
      if (command.by >= 0) events.push(textOf(index, command, `${total}${command.padding}`));
      return bytes;
    });
    totals.push(total);
    if (events.length > 0) happened.push({ at, events });
    return commands;
  });
  return { slots, happened, totals };
}

const textOf = (
  index: number,
  { by, padding }: { readonly by: number; readonly padding: string },
  reply: string,
): string => [index, by, padding.length, reply].join(' ');

/** A member, as far as it tells those who watch. */
class Member {
  readonly #history: History;
  readonly #limitBytes: number;
  #chronicle: Chronicle;
  #noted: typeof hosted;
  #holder: Holder;

  constructor(history: History, limitBytes: number) {
    this.#history = history;
    this.#limitBytes = limitBytes;
    [this.#chronicle, this.#noted, this.#holder] = this.#begin(0);
  }

  #begin(slot: number): [Chronicle, typeof hosted, Holder] {
    const chronicle = createChronicle(this.#limitBytes);
    beginAfter(chronicle, slot);
    return [chronicle, noting(hosted, chronicle), { current: this.#history.totals[slot] }];
  }

  get upTo(): number {
    return this.#chronicle.upTo;
  }

  apply(): void {
    const slot = this.upTo + 1;
    const commands = this.#history.slots[slot - 1];
    if (commands === undefined) return;
    for (const [index, command] of commands.entries())
      this.#noted.apply(this.#holder, command, { slot, index, time: slot });
    noteApplied(this.#chronicle, slot);
  }

  /** It comes back with a snapshot of that slot. */
  restart(slot: number): void {
    [this.#chronicle, this.#noted, this.#holder] = this.#begin(slot);
  }

  /** It takes over the state of that slot. */
  install(slot: number): void {
    beginAfter(this.#chronicle, slot);
    this.#holder.current = this.#history.totals[slot];
  }

  tell({ place, query }: Parameters<Round['ask']>[0], bytes: number): WatchReply {
    if (query !== undefined) return { ok: true, slot: this.upTo, bytes: hosted.query(this.#holder, query) };
    return pageOf(this.#chronicle, place, bytes) ?? { ok: true, oldest: this.#chronicle.from };
  }
}

/** How often somebody asks for a history, at most: it never takes so long. */
const ASKED_LIMIT = 20_000;

/** Members to which all happens that may, while they are asked. */
function roundOver(members: readonly Member[], last: number, chance: (below: number) => number): Round {
  let index = 0;
  let asked = 0;
  const moveOn = (): void => {
    index = (index + 1) % members.length;
  };
  const happen = (): void => {
    const member = members[chance(members.length)] as Member;
    const what = chance(40);
    if (what === 0) member.restart(chance(member.upTo + 1));
    else if (what === 1) member.install(member.upTo + chance(last - member.upTo + 1));
    else for (let count = chance(4); count > 0; count--) member.apply();
  };
  return {
    async ask(request) {
      for (;;) {
        asked += 1;
        if (asked > ASKED_LIMIT) throw new Error('no end');
        happen();
        const member = members[index] as Member;
        if (chance(8) === 0) moveOn();
        else if (dueAt({ type: 'watch', ...request, timeoutMs: 1 }) <= member.upTo)
          return member.tell(request, 1 + chance(600));
        else if (request.place !== undefined && chance(3) === 0) return { ok: true, slots: [], next: request.place };
      }
    },
    moveOn,
  };
}

/** What is seen from a slot on, until all was seen; or where it broke off, from where on it can be told. */
async function legOf(
  round: Round,
  last: number,
  from: number | undefined,
  hasSnapshot: boolean,
  progress: boolean,
): Promise<{ seen: Seen[]; next?: number }> {
  const query = hasSnapshot
    ? { ask: { type: 'total' } as const, bytes: encodeQuery(sum, { type: 'total' }) }
    : undefined;
  const seen: Seen[] = [];
  try {
    for await (const each of follow(sum, round, { from, progress, query })) {
      const { next, slot: at } = each;
      if (each.type === 'snapshot')
        seen.push({ type: 'snapshot', at, next, state: `${each.answer}`, isReset: each.isReset });
      else {
        const events = each.commands.map(({ index, command, reply }) => textOf(index, command, reply));
        seen.push({ type: 'batch', at, events, next });
      }
      if (next > last) break;
    }
    return { seen };
  } catch (error) {
    if (!(error instanceof AskError) || error.code !== 'compacted' || error.next === undefined) throw error;
    return { seen, next: error.next };
  }
}

const RUNS = process.env.PROPERTIES === 'long' ? 20_000 : 300;

it('a watcher sees all that is decided, once and in order, over any failures; what is lost it is told of', async () => {
  const met = { batches: 0, resets: 0, compacted: 0, progress: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.boolean(), fc.boolean(), async (seed, hasSnapshot, progress) => {
      const chance = chanceOf(seed);
      const history = decide(chance);
      const last = history.happened.at(-1)?.at ?? 0;
      if (last === 0) return;
      const stateAt = (at: number): string => `${history.totals[at]}`;
      const limitBytes = [1, 500, 3000, 1e6][chance(4)] ?? 1;
      const members = Array.from({ length: 1 + chance(3) }, () => new Member(history, limitBytes));
      const round = roundOver(members, history.slots.length, chance);
      let from: number | undefined = hasSnapshot && chance(2) === 0 ? undefined : 1 + chance(last);
      for (;;) {
        const { seen, next } = await legOf(round, last, from, hasSnapshot, progress || from === undefined);
        expect(broken(history.happened, seen, from, stateAt)).toEqual([]);
        met.batches += seen.length;
        met.resets += seen.filter((each) => each.type === 'snapshot' && each.isReset).length;
        met.progress += seen.filter((each) => each.type === 'batch' && each.events.length === 0).length;
        if (next === undefined) break;
        // What lies before is lost, and said to be.
        expect(next).toBeGreaterThan(from ?? 0);
        met.compacted += 1;
        if (next > last) break;
        from = next;
      }
    }),
    { numRuns: RUNS },
  );
  // Not vacuous.
  for (const count of [met.batches, met.resets, met.compacted, met.progress]) expect(count).toBeGreaterThan(RUNS / 10);
});
