import { describe, expect, it } from '@jest/globals';
import {
  createLearner,
  type Envelope,
  foundingConfiguration,
  type History,
  type LearnerMessage,
  type LearnerState,
  majority,
  nextBallot,
  type Slot,
} from '../src/index.js';
import { playLearner } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const MIB = 1024 * 1024;
const VALUE = new Uint8Array([1, 2]);

function hear(state: LearnerState, from: number, message: LearnerMessage, now: number) {
  return playLearner(state, { type: 'message', from, message }, now);
}

/** Lets a learner know all slots up to `upTo`, and take a snapshot there. */
function moveTo(state: LearnerState, upTo: Slot, size: number, now: number): void {
  const decisions = Array.from({ length: upTo - state.decidedUpTo }, (_, index) => {
    return { slot: state.decidedUpTo + 1 + index, value: VALUE };
  });
  hear(state, 2, { type: 'decided', decisions, decidedUpTo: upTo, token: 0 }, now);
  playLearner(
    state,
    { type: 'snapshotted', snapshot: { slot: upTo, history: TRIO, state: new Uint8Array(size) } },
    now,
  );
}

interface Line {
  readonly bytesPerMs: number;
  readonly delayMs: number;
  /** A new snapshot is taken this often. */
  readonly snapshotMs?: number;
  /** Every so many messages one is lost. */
  readonly losesEvery?: number;
  readonly senders?: readonly number[];
  /** From this time on the first sender is silent. */
  readonly silentAt?: number;
}

/** A snapshot of some bytes on its way over a line, on which bytes wait for one another. */
function transfer(size: number, line: Line): { readonly ms: number; readonly sentBytes: number; readonly slot: Slot } {
  const { bytesPerMs, delayMs, snapshotMs = Number.POSITIVE_INFINITY, losesEvery = 0, senders = [1] } = line;
  const known = new Map(senders.map((member) => [member, createLearner(member, TRIO, 0)]));
  const behind = createLearner(0, TRIO, 0);
  const flight: { at: number; from: number; message: LearnerMessage }[] = [];
  let slot = 1000;
  let sentBytes = 0;
  let messages = 0;
  let free = 0;
  let takenAt = 0;
  const take = (now: number): void => {
    takenAt = now;
    slot += 100;
    for (const [member, state] of known) moveTo(state, slot + member, size, now);
    const news = { type: 'heartbeat', ballot: nextBallot(1, 0), sequence: 1, decidedUpTo: slot, leaseMs: 0 } as const;
    hear(behind, 1, news, now);
  };
  take(0);
  for (let now = 0; now < 600_000; now += 5) {
    if (now - takenAt >= snapshotMs) take(now);
    const asked: Envelope[] = [...playLearner(behind, { type: 'tick' }, now).messages];
    while ((flight[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const { from, message } = flight.shift() as (typeof flight)[number];
      const { installed, messages: more } = hear(behind, from, message, now);
      if (installed !== undefined) return { ms: now, sentBytes, slot: installed.slot };
      asked.push(...more);
    }
    for (const { to, message } of asked) {
      const sender = known.get(to);
      if (sender === undefined || (to === senders[0] && now >= (line.silentAt ?? Number.POSITIVE_INFINITY))) continue;
      for (const answer of hear(sender, 0, message as LearnerMessage, now).messages) {
        messages += 1;
        const bytes = answer.message.type === 'snapshot-part' ? answer.message.bytes.length : 100;
        sentBytes += bytes;
        free = Math.max(free, now) + bytes / bytesPerMs;
        if (losesEvery > 0 && messages % losesEvery === 0) continue;
        flight.push({ at: free + delayMs, from: to, message: answer.message as LearnerMessage });
      }
    }
  }
  throw new Error(`nothing was installed; ${sentBytes} bytes were sent`);
}

describe('a snapshot on its way', () => {
  it.each<[string, Line, number]>([
    ['over a quick line', { bytesPerMs: 12_500, delayMs: 2 }, 1.1],
    ['while its sender takes newer ones all the time', { bytesPerMs: 12_500, delayMs: 2, snapshotMs: 500 }, 1.1],
    ['over a line of 10 Mbit/s', { bytesPerMs: 1250, delayMs: 2, snapshotMs: 5000 }, 1.2],
    ['over a line of 1 Mbit/s', { bytesPerMs: 125, delayMs: 2, snapshotMs: 5000 }, 1.5],
    ['over a long line', { bytesPerMs: 125_000, delayMs: 120, snapshotMs: 500 }, 1.1],
    ['from two members at different slots', { bytesPerMs: 1250, delayMs: 2, snapshotMs: 3000, senders: [1, 2] }, 1.2],
    ['though parts are lost', { bytesPerMs: 12_500, delayMs: 2, losesEvery: 4 }, 1.6],
  ])('arrives %s, sent hardly more than once', (_, line, factor) => {
    const { sentBytes } = transfer(8 * MIB, line);
    expect(sentBytes).toBeLessThan(8 * MIB * factor);
  });

  it('from a member that is gone holds up nothing that others can tell: their slots come as quickly as ever', () => {
    const behind = createLearner(0, TRIO, 0, { replyBytes: 20 });
    const living = createLearner(2, TRIO);
    const decisions = Array.from({ length: 3000 }, (_, index) => ({ slot: index + 1, value: VALUE }));
    hear(living, 1, { type: 'decided', decisions, decidedUpTo: 3000, token: 0 }, 0);
    const news = { type: 'heartbeat', ballot: nextBallot(1, 0), sequence: 1, decidedUpTo: 3000, leaseMs: 0 } as const;
    hear(behind, 1, news, 0);
    const part = { type: 'snapshot-part', slot: 2000, history: TRIO, total: 100, offset: 0, token: 0 } as const;
    // It sends its first part, and dies.
    hear(behind, 1, { ...part, bytes: new Uint8Array(10) }, 100);
    let [now, questions] = [100, 0];
    for (; behind.decidedUpTo < 3000 && now < 60_000; now += 25) {
      const asked = [...playLearner(behind, { type: 'tick' }, now).messages];
      for (let question = asked.shift(); question !== undefined; question = asked.shift()) {
        questions += 1;
        if (question.to !== 2) continue;
        for (const { message } of hear(living, 0, question.message as LearnerMessage, now).messages)
          asked.push(...hear(behind, 2, message as LearnerMessage, now).messages);
      }
    }
    // Ten slots to an answer; and hardly any question to the one that is gone.
    expect(behind.decidedUpTo).toBe(3000);
    expect(questions).toBeLessThan(400);
  });

  it('is kept for two that fetch at different speeds: neither has to begin anew for the other', () => {
    const sender = createLearner(1, TRIO, 0);
    moveTo(sender, 10, 100, 0);
    const ask = (slot: number, now: number) =>
      hear(sender, 0, { type: 'fetch-snapshot', slot, offset: 50, bytes: 10, token: 0 }, now).messages;
    ask(10, 0);
    for (let slot = 20; slot <= 60; slot += 10) {
      moveTo(sender, slot, 100, slot * 100);
      expect(ask(10, slot * 100)).toMatchObject([{ message: { slot: 10, offset: 50 } }]);
      if (slot >= 30) expect(ask(30, slot * 100)).toMatchObject([{ message: { slot: 30, offset: 50 } }]);
    }
    // More than three are not kept, whoever fetches them.
    expect(sender.lent.map(({ snapshot }) => snapshot.slot)).toEqual([10, 30]);
    for (let slot = 70; slot <= 110; slot += 10) {
      ask(slot - 10, slot * 100);
      moveTo(sender, slot, 100, slot * 100);
      expect(sender.lent.length).toBeLessThanOrEqual(3);
    }
  });

  it('from a member that has fallen silent is begun anew with another', () => {
    const { ms, slot } = transfer(8 * MIB, { bytesPerMs: 1250, delayMs: 2, senders: [1, 2], silentAt: 2000 });
    expect(slot).toBe(1102);
    expect(ms).toBeLessThan(25_000);
  });

  it('is begun anew with the sender itself, when that was restarted and has another one by now', () => {
    const sender = createLearner(1, TRIO, 0);
    moveTo(sender, 10, 100, 0);
    const behind = createLearner(0, TRIO, 0, { partBytes: 40 });
    hear(behind, 1, { type: 'decided', decisions: [], decidedUpTo: 10, token: 0 }, 0);
    const first = {
      type: 'snapshot-part',
      slot: 9,
      history: TRIO,
      total: 100,
      offset: 0,
      bytes: new Uint8Array(40),
      token: 0,
    } as const;
    expect(hear(behind, 1, first, 100).messages).toMatchObject([{ message: { slot: 9, offset: 40 } }]);
    let installed = false;
    for (let now = 200; now < 2000 && !installed; now += 50) {
      const asked = [...playLearner(behind, { type: 'tick' }, now).messages];
      for (let question = asked.shift(); question !== undefined; question = asked.shift()) {
        for (const answer of hear(sender, 0, question.message as LearnerMessage, now).messages) {
          const output = hear(behind, 1, answer.message as LearnerMessage, now);
          asked.push(...output.messages);
          installed ||= output.installed?.slot === 10;
        }
      }
    }
    expect(installed).toBe(true);
  });

  it('that is larger than is taken is refused aloud, once', () => {
    const learner = createLearner(0, TRIO, 0, { snapshotLimitBytes: 1000 });
    const part = {
      type: 'snapshot-part',
      slot: 9,
      history: TRIO,
      total: 1001,
      offset: 0,
      bytes: new Uint8Array(1),
      token: 0,
    } as const;
    const trouble = { type: 'snapshot-too-large', from: 1, slot: 9, bytes: 1001, limitBytes: 1000 };
    expect(hear(learner, 1, part, 0).trouble).toEqual(trouble);
    expect(hear(learner, 1, part, 0).trouble).toBeUndefined();
    expect(hear(learner, 1, { ...part, slot: 10 }, 0).trouble).toEqual({ ...trouble, slot: 10 });
  });

  it('is kept as long as it is fetched, with what follows it, and no longer', () => {
    const sender = createLearner(1, TRIO, 0);
    moveTo(sender, 10, 100, 0);
    const ask = (slot: number, now: number) =>
      hear(sender, 0, { type: 'fetch-snapshot', slot, offset: 50, bytes: 10, token: 0 }, now).messages;
    expect(ask(10, 0)).toMatchObject([{ message: { slot: 10, offset: 50 } }]);
    moveTo(sender, 20, 100, 100);
    expect(ask(10, 10_000)).toMatchObject([{ message: { slot: 10, offset: 50 } }]);
    moveTo(sender, 30, 100, 10_100);
    expect(
      hear(sender, 0, { type: 'fetch', fromSlot: 11, upTo: 30, bytes: 1e9, token: 0 }, 10_100).messages,
    ).toMatchObject([
      { message: { type: 'decided', decisions: Array.from({ length: 20 }, (_, index) => ({ slot: 11 + index })) } },
    ]);
    playLearner(sender, { type: 'tick' }, 30_000);
    expect(sender.lent).toEqual([]);
    moveTo(sender, 40, 100, 30_100);
    expect(ask(10, 30_200)).toMatchObject([{ message: { slot: 40, offset: 0 } }]);
    expect(sender.decided.size).toBe(0);
  });
});

describe('decided slots', () => {
  /** Slots on their way over a line, on which bytes wait for one another. */
  function fetchAll(
    slots: number,
    size: number,
    bytesPerMs: number,
  ): { ms: number; sentBytes: number; queueMs: number } {
    const ahead = createLearner(1, TRIO);
    const value = new Uint8Array(size).fill(1);
    const decisions = Array.from({ length: slots }, (_, index) => ({ slot: index + 1, value }));
    for (let first = 0; first < slots; first += 1000)
      hear(
        ahead,
        2,
        { type: 'decided', decisions: decisions.slice(first, first + 1000), decidedUpTo: slots, token: 0 },
        0,
      );
    // It has no disk.
    const behind = createLearner(0, TRIO, undefined, { unwrittenBytes: Number.POSITIVE_INFINITY });
    const news = { type: 'heartbeat', ballot: nextBallot(1, 0), sequence: 1, decidedUpTo: slots, leaseMs: 0 } as const;
    hear(behind, 1, news, 0);
    const flight: { at: number; message: LearnerMessage }[] = [];
    let [free, sentBytes, queueMs, now] = [0, 0, 0, 0];
    for (; behind.decidedUpTo < slots; now += 25) {
      if (now > 3_600_000) throw new Error(`at slot ${behind.decidedUpTo} after an hour`);
      const asked: Envelope[] = [...playLearner(behind, { type: 'tick' }, now).messages];
      while ((flight[0]?.at ?? Number.POSITIVE_INFINITY) <= now)
        asked.push(...hear(behind, 1, (flight.shift() as (typeof flight)[number]).message, now).messages);
      for (const { to, message } of asked) {
        if (to !== 1) continue;
        for (const answer of hear(ahead, 0, message as LearnerMessage, now).messages) {
          if (answer.message.type !== 'decided') throw new Error(answer.message.type);
          const bytes = answer.message.decisions.reduce((sum, each) => sum + each.value.length + 20, 50);
          sentBytes += bytes;
          free = Math.max(free, now) + bytes / bytesPerMs;
          queueMs = Math.max(queueMs, free - now);
          flight.push({ at: free + 5, message: answer.message });
        }
      }
    }
    return { ms: now, sentBytes, queueMs };
  }

  it.each([
    ['small ones at 10 Mbit/s', 5000, 1000, 1250],
    ['small ones at 1 Mbit/s', 5000, 1000, 125],
    ['large ones at 10 Mbit/s', 20, 1_000_000, 1250],
    ['large ones at 1 Mbit/s', 20, 1_000_000, 125],
  ])('arrive, %s, in the time that the line takes, and are hardly sent twice', (_, slots, size, bytesPerMs) => {
    const { ms, sentBytes } = fetchAll(slots, size, bytesPerMs);
    expect(sentBytes).toBeLessThan(1.6 * slots * (size + 70));
    expect(ms).toBeLessThan(2 * ((slots * size) / bytesPerMs));
  });
});

describe('a learner that is behind', () => {
  it('asks again with growing pauses, each of the others in turn, and hears of it also where nobody leads', () => {
    const learner = createLearner(0, TRIO);
    hear(learner, 2, { type: 'canvass-reply', attempt: 1, support: false, highestSeen: 0, decidedUpTo: 7 }, 0);
    const asked: [number, number][] = [];
    for (let now = 0; now < 4000; now += 25) {
      for (const { to, message } of playLearner(learner, { type: 'tick' }, now).messages) {
        expect(message).toMatchObject({ type: 'fetch', fromSlot: 1, upTo: 7, token: now });
        asked.push([now, to]);
      }
    }
    expect(asked).toEqual([
      [100, 2],
      [200, 1],
      [400, 2],
      [800, 2],
      [1600, 2],
      [3100, 1],
    ]);
  });

  it('is led by nobody who knows as little: it asks on soon, until it finds one that has the slot', () => {
    const FIVE: History = [foundingConfiguration(majority([0, 1, 2, 3, 4]))];
    const learners = [0, 1, 2, 3, 4].map((member) => createLearner(member, FIVE));
    const [behind, ...others] = learners as [LearnerState, ...LearnerState[]];
    // Only member 4 has slot 1. Member 2 goes on and on, but behind the gap.
    const decisions = [{ slot: 1, value: VALUE }];
    hear(others[3] as LearnerState, 3, { type: 'decided', decisions, decidedUpTo: 1, token: 0 }, 0);
    const ballot = nextBallot(2, 0);
    hear(behind, 2, { type: 'heartbeat', ballot, sequence: 1, decidedUpTo: 1, leaseMs: 0 }, 0);
    const asked: [number, number][] = [];
    for (let now = 0; now < 4000 && behind.decidedUpTo === 0; now += 25) {
      const news = [{ slot: 10 + now, value: VALUE }];
      hear(others[1] as LearnerState, 3, { type: 'decided', decisions: news, decidedUpTo: 0, token: 0 }, now);
      const questions = [...playLearner(behind, { type: 'tick' }, now).messages];
      for (let question = questions.shift(); question !== undefined; question = questions.shift()) {
        asked.push([now, question.to]);
        const { messages } = hear(others[question.to - 1] as LearnerState, 0, question.message as LearnerMessage, now);
        expect(messages).toHaveLength(1);
        for (const { message } of messages) {
          questions.push(...hear(behind, question.to, message as LearnerMessage, now).messages);
        }
      }
    }
    expect(behind.decided.get(1)).toEqual(VALUE);
    expect(asked.map(([, member]) => member)).toContain(4);
    // Nobody need be waited for: one question follows another by no more than the least patience, and a tick.
    for (const [index, [at]] of asked.entries()) expect(at - (asked[index - 1]?.[0] ?? 0)).toBeLessThanOrEqual(125);
  });

  it('asks for no more slots than it would take', () => {
    const learner = createLearner(0, TRIO, 0, { lookAheadSlots: 9 });
    hear(learner, 2, { type: 'canvass-reply', attempt: 1, support: false, highestSeen: 0, decidedUpTo: 70 }, 0);
    const [{ message } = { message: undefined }] = playLearner(learner, { type: 'tick' }, 100).messages;
    expect(message).toMatchObject({ type: 'fetch', fromSlot: 1, upTo: 9 });
  });

  it('waits for the answer that is out, whatever else it hears meanwhile', () => {
    const learner = createLearner(0, TRIO);
    hear(learner, 2, { type: 'canvass-reply', attempt: 1, support: false, highestSeen: 0, decidedUpTo: 7 }, 0);
    expect(playLearner(learner, { type: 'tick' }, 100).messages).toHaveLength(1);
    expect(playLearner(learner, { type: 'tick' }, 200).messages).toHaveLength(1);
    // A late answer to the first question, without the slot: the second one is out, and its answer may be large.
    hear(learner, 2, { type: 'decided', decisions: [], decidedUpTo: 0, token: 100 }, 210);
    for (let now = 225; now < 400; now += 25) expect(playLearner(learner, { type: 'tick' }, now).messages).toEqual([]);
  });

  it('asks on soon after an answer that came an hour late, for it was suspended, and not the line slow', () => {
    const learner = createLearner(0, TRIO);
    hear(learner, 2, { type: 'canvass-reply', attempt: 1, support: false, highestSeen: 0, decidedUpTo: 7 }, 0);
    expect(playLearner(learner, { type: 'tick' }, 100).messages).toMatchObject([{ message: { token: 100 } }]);
    const late = 3_600_000;
    const decisions = [{ slot: 1, value: VALUE }];
    // This question is lost.
    expect(hear(learner, 2, { type: 'decided', decisions, decidedUpTo: 7, token: 100 }, late).messages).toHaveLength(1);
    const ask = (now: number) => playLearner(learner, { type: 'tick' }, now).messages;
    expect(ask(late + 100)).toEqual([]);
    expect(ask(late + 2500)).toHaveLength(1);
  });
});
