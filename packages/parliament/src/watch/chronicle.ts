/**
 * The chronicle: what the machine has taken of late, slot by slot, for those who watch. It follows from what is decided, so it is the same on
 * every member as far as each remembers it.
 */

import type { Place, ToldSlot, WatchPage } from '../client/watch-requests.js';
import type { HostedMachine } from '../host/hosted.js';

/** One chronicle. To be made by {@link createChronicle}, and changed by the functions of this file only. */
export interface Chronicle {
  /** What is kept has so many bytes at most, but for the newest slot of which something is told. */
  readonly limitBytes: number;
  /** In order, from `head` on: the slots of which something is told. Those before `head` are given up. */
  slots: NotedSlot[];
  head: number;
  bytes: number;
  /** From this slot on to `upTo` it is known of every slot what is told of it. */
  from: number;
  upTo: number;
}

/** A slot, and what it weighs. */
interface NotedSlot extends ToldSlot {
  readonly commands: ToldSlot['commands'][number][];
  bytes: number;
}

/** What a command weighs beside its bytes and those of its reply. */
const COMMAND_OVERHEAD_BYTES = 128;

/** Slots that are given up are taken out of the list when there are so many, and half of it. */
const GAP_SLOTS = 1024;

/** A chronicle before the first slot. */
export function createChronicle(limitBytes: number): Chronicle {
  return { limitBytes, slots: [], head: 0, bytes: 0, from: 1, upTo: 0 };
}

/** The machine, with what it takes noted in the chronicle. */
export function noting<State>(machine: HostedMachine<State>, chronicle: Chronicle): HostedMachine<State> {
  const { told } = machine;
  if (told === undefined) return machine;
  return {
    ...machine,
    apply(state, command, at) {
      const reply = machine.apply(state, command, at);
      const what = told(command, reply);
      if (what === undefined) return reply;
      const bytes = what.command.length + what.reply.length + COMMAND_OVERHEAD_BYTES;
      // A copy: it is a view of a whole decree, of which perhaps nothing else is told.
      const entry = { index: at.index, command: new Uint8Array(what.command), reply: what.reply };
      const last = chronicle.slots.at(-1);
      if (last?.slot === at.slot) {
        last.commands.push(entry);
        last.bytes += bytes;
      } else chronicle.slots.push({ slot: at.slot, time: at.time, commands: [entry], bytes });
      chronicle.bytes += bytes;
      return reply;
    },
  };
}

/** Every slot up to this one is applied. What is too much is given up, the oldest first. */
export function noteApplied(chronicle: Chronicle, upTo: number): void {
  chronicle.upTo = upTo;
  while (chronicle.bytes > chronicle.limitBytes && chronicle.head < chronicle.slots.length - 1) {
    const { slot, bytes } = slotAt(chronicle, chronicle.head);
    chronicle.head += 1;
    chronicle.bytes -= bytes;
    chronicle.from = slot + 1;
  }
  if (chronicle.head < GAP_SLOTS || 2 * chronicle.head < chronicle.slots.length) return;
  chronicle.slots = chronicle.slots.slice(chronicle.head);
  chronicle.head = 0;
}

/** Another member's state has taken the place of the own: nobody here knows what was told up to its slot. */
export function beginAfter(chronicle: Chronicle, slot: number): void {
  chronicle.slots = [];
  chronicle.head = 0;
  chronicle.bytes = 0;
  chronicle.from = slot + 1;
  chronicle.upTo = slot;
}

/**
 * What is told from a place on: of about so many bytes, and one command at least. Undefined where it does not go back so far.
 *
 * @param place absent: after all that is applied.
 */
export function pageOf(chronicle: Chronicle, place: Place | undefined, bytesMax: number): WatchPage | undefined {
  const { upTo, slots } = chronicle;
  const { slot: from, skip } = place ?? { slot: upTo + 1, skip: 0 };
  if (from < chronicle.from) return undefined;
  const page: ToldSlot[] = [];
  let bytes = 0;
  for (let index = indexOf(chronicle, from); index < slots.length; index++) {
    const { slot, time, commands } = slotAt(chronicle, index);
    const first = slot === from ? skip : 0;
    let end = first;
    for (; end < commands.length; end++) {
      const { command, reply } = commands[end] as ToldSlot['commands'][number];
      const more = command.length + reply.length + COMMAND_OVERHEAD_BYTES;
      if (bytes > 0 && bytes + more > bytesMax) break;
      bytes += more;
    }
    if (end > first) page.push({ slot, time, commands: commands.slice(first, end) });
    if (end < commands.length) return { ok: true, slots: page, next: { slot, skip: end } };
  }
  return { ok: true, slots: page, next: { slot: Math.max(from, upTo + 1), skip: from > upTo ? skip : 0 } };
}

/** Where the first slot stands that is this one or comes after it. */
function indexOf(chronicle: Chronicle, from: number): number {
  let low = chronicle.head;
  let high = chronicle.slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (slotAt(chronicle, middle).slot < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function slotAt({ slots }: Chronicle, index: number): NotedSlot {
  return slots[index] as NotedSlot;
}
