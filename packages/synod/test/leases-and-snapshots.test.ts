import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AcceptorMessage,
  createAcceptor,
  createLearner,
  type DurableRecord,
  foundingConfiguration,
  type History,
  type LearnerState,
  majority,
  nextBallot,
  recoverAcceptor,
  recoverLearner,
  resumeAcceptor,
  type Snapshot,
  stepAcceptor,
  trimRecords,
} from '../src/index.js';
import { addPage, createPromises } from '../src/promises.js';
import { playLearner } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const B1 = nextBallot(1, 0);
const B2 = nextBallot(2, B1);

describe('an acceptor that has granted a lease', () => {
  const heartbeat = { type: 'heartbeat', ballot: B1, sequence: 1, decidedUpTo: 0, leaseMs: 250 } as const;
  const prepare = { type: 'prepare', ballot: B2, fromSlot: 1, bytes: 1e9, token: 0 } as const;
  const granted = () => {
    const state = createAcceptor(0, TRIO);
    stepAcceptor(state, { type: 'message', from: 1, message: heartbeat }, 1000);
    const ask = (message: AcceptorMessage, now: number) =>
      stepAcceptor(state, { type: 'message', from: 2, message }, now).messages;
    return { state, ask };
  };

  it('promises nobody else until it has run out', () => {
    const { ask } = granted();
    expect(ask(prepare, 1249)).toEqual([]);
    expect(ask(prepare, 1250)).toMatchObject([{ message: { type: 'promise' } }]);
  });

  it('promises at once whom the leader has handed over to', () => {
    expect(granted().ask({ ...prepare, released: B1 }, 1001)).toMatchObject([{ message: { type: 'promise' } }]);
    expect(granted().ask({ ...prepare, released: B1 + 2048 }, 1001)).toEqual([]);
  });

  it('neither follows nor votes for whoever came to lead without it, until it has run out: a lease read would be stale', () => {
    const higher = { ...heartbeat, ballot: B2 };
    const accept = { type: 'accept', ballot: B2, slot: 1, value: new Uint8Array([1, 1]) } as const;
    const { state, ask } = granted();
    for (const message of [higher, accept]) {
      expect(ask(message, 1249)).toEqual([]);
      expect(state).toMatchObject({ promised: B1, lease: { ballot: B1, until: 1250 } });
    }
    // The one that it was granted to goes on, also at a later ballot of its own.
    const again = { ...accept, ballot: nextBallot(1, B2) };
    expect(stepAcceptor(granted().state, { type: 'message', from: 1, message: again }, 1100).records).toHaveLength(1);
    expect(ask(accept, 1250)).toMatchObject([{ message: { type: 'accepted' } }, {}, {}]);
    // Nor is it in the way of the heir any more, once that is promised.
    const handed = granted();
    handed.ask({ ...prepare, released: B1 }, 1001);
    expect(handed.ask(higher, 1002)).toMatchObject([{ message: { type: 'heartbeat-reply' } }]);
  });

  it('grants no more than it would hold back after a crash, and says how much', () => {
    const state = createAcceptor(0, TRIO, 100);
    const { messages, records } = stepAcceptor(state, { type: 'message', from: 1, message: heartbeat }, 0);
    expect(messages).toMatchObject([{ message: { type: 'heartbeat-reply', leaseMs: 100 } }]);
    // Granted at the promised ballot only, so that it is known after a crash to whom.
    expect(records).toEqual([{ type: 'promised', ballot: B1 }]);
  });

  it('holds back for a whole lease after a crash, though not from the leader it had; and not when it is new', () => {
    const state = createAcceptor(0, TRIO);
    recoverAcceptor(state, { type: 'promised', ballot: B1 });
    resumeAcceptor(state, 5000);
    const ask = (from: number, ballot: number, now: number) =>
      stepAcceptor(state, { type: 'message', from, message: { ...prepare, ballot } }, now).messages.length;
    expect(ask(2, B2, 5249)).toBe(0);
    expect(ask(1, nextBallot(1, B1), 5249)).toBe(1);
    const fresh = createAcceptor(0, TRIO);
    resumeAcceptor(fresh, 5000);
    expect(stepAcceptor(fresh, { type: 'message', from: 2, message: prepare }, 5001).messages).toHaveLength(1);
  });
});

/** A learner that knows slots 1 to `upTo`. */
function knowing(member: number, upTo: number, tailSlots = 0): LearnerState {
  const learner = createLearner(member, TRIO, tailSlots);
  const decisions = Array.from({ length: upTo }, (_, index) => ({
    slot: index + 1,
    value: new Uint8Array([1, index]),
  }));
  const message = { type: 'decided', decisions, decidedUpTo: upTo, token: 0 } as const;
  playLearner(learner, { type: 'message', from: 1, message }, 0);
  return learner;
}

describe('a snapshot', () => {
  const snapshot: Snapshot = {
    slot: 40,
    history: TRIO,
    state: new Uint8Array(1_200_000).map((_, index) => index % 251),
  };

  it('goes part by part to whoever asks for slots that are trimmed, also when parts are lost or come twice', () => {
    const ahead = knowing(1, 50, 5);
    playLearner(ahead, { type: 'snapshotted', snapshot }, 0);
    expect(ahead.trimmedUpTo).toBe(35);
    const behind = createLearner(0, TRIO);
    const heartbeat = { type: 'heartbeat', ballot: B1, sequence: 1, decidedUpTo: 50, leaseMs: 0 } as const;
    playLearner(behind, { type: 'message', from: 1, message: heartbeat }, 0);
    let installed: Snapshot | undefined;
    let parts = 0;
    for (let now = 100; now < 10_000 && behind.decidedUpTo < 50; now += 50) {
      const asked = [...playLearner(behind, { type: 'tick' }, now).messages];
      for (let question = asked.shift(); question !== undefined; question = asked.shift()) {
        if (question.to !== 1) continue;
        for (const { message } of playLearner(
          ahead,
          { type: 'message', from: 0, message: question.message as never },
          now,
        ).messages) {
          parts += 1;
          if (parts % 3 === 0) continue;
          for (let times = 0; times < 2; times++) {
            const output = playLearner(behind, { type: 'message', from: 1, message: message as never }, now);
            installed ??= output.installed;
            if (times === 0) asked.push(...output.messages);
          }
        }
      }
    }
    expect(installed).toEqual(snapshot);
    expect(behind.decidedUpTo).toBe(50);
    expect(parts).toBeGreaterThan(3);
  });

  it('that is not further than the own state is of no use, whoever sends it', () => {
    const learner = knowing(0, 40);
    const part = {
      type: 'snapshot-part',
      slot: 40,
      history: TRIO,
      total: 1,
      offset: 0,
      bytes: new Uint8Array(1),
      token: 0,
    } as const;
    expect(playLearner(learner, { type: 'message', from: 1, message: part }, 0).installed).toBeUndefined();
    expect(playLearner(createLearner(0, TRIO), { type: 'message', from: 1, message: part }, 0).installed).toBeDefined();
  });

  it('stands for what it takes the place of: replaying what remains gives the same member', () => {
    const value = new Uint8Array([1, 1]);
    const record = fc.oneof(
      fc.record({ type: fc.constant('promised' as const), ballot: fc.constantFrom(B1, B2, nextBallot(0, B2)) }),
      fc.record({
        type: fc.constant('voted' as const),
        slot: fc.integer({ min: 1, max: 9 }),
        ballot: fc.constantFrom(B1, B2),
        value: fc.constant(value),
      }),
      fc.record({
        type: fc.constant('learned' as const),
        slot: fc.integer({ min: 1, max: 9 }),
        value: fc.constant(value),
      }),
    );
    const recover = (records: readonly DurableRecord[]) => {
      const acceptor = createAcceptor(0, TRIO);
      const learner = createLearner(0, TRIO);
      for (const each of records) {
        recoverAcceptor(acceptor, each);
        recoverLearner(learner, each);
      }
      return { acceptor, learner };
    };
    fc.assert(
      fc.property(fc.array(record, { maxLength: 30 }), (records) => {
        const before = recover(records);
        const at: Snapshot = { slot: before.learner.decidedUpTo, history: TRIO, state: value };
        if (at.slot === 0) return;
        const after = recover(trimRecords(records, at));
        expect(after.acceptor.promised).toBe(before.acceptor.promised);
        expect(after.learner.decidedUpTo).toBe(before.learner.decidedUpTo);
        for (const [slot, vote] of before.acceptor.votes)
          if (slot > at.slot) expect(after.acceptor.votes.get(slot)).toEqual(vote);
      }),
    );
  });

  it('that becomes durable after a later one takes nothing away (found by the simulator)', () => {
    const later: Snapshot = { ...snapshot, slot: 50 };
    const records = trimRecords([{ type: 'learned', slot: 60, value: new Uint8Array(1) }], later);
    expect(trimRecords(records, snapshot)).toEqual(records);
  });
});

describe('the pages of promises', () => {
  it('of answers at any times, lost, repeated and in any order, count once they leave no gap; then no vote is missing', () => {
    // Member 1 has voted in slots 1 to 6. Its learner moves on between its answers, so that they are cut in different places.
    const delivery = fc.record({ answer: fc.nat({ max: 2 }), page: fc.nat({ max: 5 }) });
    let whole = 0;
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(delivery, { minLength: 4, maxLength: 40 }),
        (steps, votesPerPage, deliveries) => {
          const acceptor = createAcceptor(1, TRIO, 0, { pageBytes: 33 * votesPerPage });
          for (let slot = 1; slot <= 6; slot++) {
            const accept = { type: 'accept', ballot: B1, slot, value: new Uint8Array([slot]) } as const;
            stepAcceptor(acceptor, { type: 'message', from: 1, message: accept }, 0);
          }
          let decidedUpTo = 0;
          const answers = steps.map((step) => {
            decidedUpTo = Math.min(5, decidedUpTo + step);
            stepAcceptor(acceptor, { type: 'watermark', decidedUpTo, history: TRIO }, 0);
            const message = { type: 'prepare', ballot: B2, fromSlot: 1, bytes: 1e9, token: 0 } as const;
            return stepAcceptor(acceptor, { type: 'message', from: 2, message }, 0).messages.map(
              (each) => each.message,
            );
          });
          const promises = createPromises(0);
          for (const { answer, page } of deliveries) {
            const message = answers[answer]?.[page];
            if (message?.type === 'promise') addPage(promises, 1, message, 0);
          }
          if (!promises.complete.has(1)) return;
          whole += 1;
          for (let slot = promises.decidedUpTo + 1; slot <= 6; slot++)
            expect(promises.bound.get(slot)).toMatchObject({ ballot: B1, value: new Uint8Array([slot]) });
        },
      ),
      { numRuns: 1000 },
    );
    expect(whole).toBeGreaterThan(50);
  });

  it('of long answers come a few at a time, but to the own proposer, which is promised a ballot once', () => {
    const acceptor = createAcceptor(1, TRIO, 0, { pageBytes: 1 });
    for (let slot = 1; slot <= 5; slot++) {
      const accept = { type: 'accept', ballot: B1, slot, value: new Uint8Array([slot]) } as const;
      stepAcceptor(acceptor, { type: 'message', from: 1, message: accept }, 0);
    }
    // A vote of one byte weighs 33.
    const ask = (from: number, ballot: number, fromSlot: number) => {
      const message = { type: 'prepare', ballot, fromSlot, bytes: 50, token: 7 } as const;
      return stepAcceptor(acceptor, { type: 'message', from, message }, 0).messages.map((each) => each.message);
    };
    expect(ask(2, B2, 1)).toMatchObject([
      { fromSlot: 1, upTo: 1, isPaused: false, token: 7 },
      { fromSlot: 2, upTo: 2, isPaused: true, token: 7 },
    ]);
    expect(ask(2, B2, 5)).toMatchObject([{ fromSlot: 5, upTo: undefined, isPaused: false }]);
    const own = ask(1, nextBallot(1, B2), 1);
    expect(own).toHaveLength(5);
    expect(own.every((message) => message.type === 'promise' && !message.isPaused)).toBe(true);
  });
});
