import { describe, expect, it } from '@jest/globals';
import {
  type AcceptorMessage,
  type AcceptorState,
  afterAcceptor,
  afterLearner,
  afterLeftOut,
  afterSaved,
  afterWritten,
  both,
  commandsValue,
  createAcceptor,
  createLearner,
  createOnDisk,
  durableUpTo,
  foundingConfiguration,
  type History,
  type LearnerMessage,
  majority,
  nextBallot,
  onDiskAtStart,
  promisedBy,
  proposerStart,
  reconfigurationValue,
  recoverLearner,
  restartedWith,
  stepAcceptor,
  stepLearner,
  takeMissing,
  type Value,
  watermarkOf,
} from '../src/index.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const LOW = nextBallot(1, 0);
const HIGH = nextBallot(2, LOW);
const V = commandsValue(Uint8Array.of(1));

const PREPARE: AcceptorMessage = { type: 'prepare', ballot: HIGH, fromSlot: 1, bytes: 1000, token: 0 };
const ACCEPT: AcceptorMessage = { type: 'accept', ballot: HIGH, slot: 1, value: V };
const BEAT: AcceptorMessage = { type: 'heartbeat', ballot: HIGH, sequence: 1, decidedUpTo: 0, leaseMs: 0 };
const STALE: AcceptorMessage = { type: 'accept', ballot: LOW, slot: 1, value: V };

describe("what follows from an acceptor's step", () => {
  /** `known`: what it has promised in memory before; `durable`: what of it is known to be on disk. */
  it.each([
    ['a promise waits for its record', PREPARE, 0, 0, { atOnce: [], records: ['promised'], waiting: ['promise'] }],
    [
      'a vote waits for its record, with all who hear of it',
      ACCEPT,
      0,
      0,
      { atOnce: [], records: ['voted'], waiting: ['accepted', 'accepted', 'accepted'] },
    ],
    [
      'an answer to a heartbeat waits for the promise that it is',
      BEAT,
      0,
      0,
      { atOnce: [], records: ['promised'], waiting: ['heartbeat-reply'] },
    ],
    [
      'one at a ballot that is promised, and not on disk yet, waits for the record that was written before',
      BEAT,
      HIGH,
      LOW,
      { atOnce: [], records: [], waiting: ['heartbeat-reply'] },
    ],
    [
      'one at a ballot that is promised on disk leaves at once',
      BEAT,
      HIGH,
      HIGH,
      { atOnce: ['heartbeat-reply'], records: [], waiting: [] },
    ],
    ['a refusal waits for the promise that it names', STALE, HIGH, LOW, { atOnce: [], records: [], waiting: ['nack'] }],
    [
      'one that names a promise on disk leaves at once',
      STALE,
      HIGH,
      HIGH,
      { atOnce: ['nack'], records: [], waiting: [] },
    ],
  ])('%s (rule 1)', (_, message, known, durable, expected) => {
    const state: AcceptorState = { ...createAcceptor(0, TRIO), promised: known };
    const { atOnce, write } = afterAcceptor(
      state,
      durable,
      stepAcceptor(state, { type: 'message', from: 2, message }, 0),
    );
    expect({
      atOnce: atOnce.map((envelope) => envelope.message.type),
      records: (write?.records ?? []).map(({ type }) => type),
      waiting: (write?.messages ?? []).map((envelope) => envelope.message.type),
    }).toEqual(expected);
  });

  it('is parted where steps are taken together: what rests on the disk does not wait for the others', () => {
    const state = createAcceptor(0, TRIO);
    state.promised = HIGH;
    const step = both(
      stepAcceptor(state, { type: 'message', from: 2, message: BEAT }, 0),
      stepAcceptor(state, { type: 'message', from: 2, message: ACCEPT }, 0),
    );
    const { atOnce, write } = afterAcceptor(state, HIGH, step);
    expect(atOnce.map(({ message }) => message.type)).toEqual(['heartbeat-reply']);
    expect(write?.messages.map(({ message }) => message.type)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(write?.records).toHaveLength(1);
  });

  it('is nothing where the step is nothing', () => {
    const state = createAcceptor(0, TRIO);
    const step = stepAcceptor(state, watermarkOf({ history: TRIO }, createOnDisk(3)), 0);
    expect(afterAcceptor(state, 0, step)).toEqual({ atOnce: [], write: undefined });
    expect(state.decidedUpTo).toBe(3);
  });

  it('a promise on disk is never taken back by a write that ends later', () => {
    const state = createAcceptor(0, TRIO);
    const ask = (from: number, message: AcceptorMessage) =>
      afterAcceptor(state, 0, stepAcceptor(state, { type: 'message', from, message }, 0)).write;
    const [first, second] = [ask(1, { ...PREPARE, ballot: LOW }), ask(2, PREPARE)];
    if (first === undefined || second === undefined) throw new Error('nothing is written');
    expect(promisedBy(promisedBy(0, second), first)).toBe(HIGH);
    expect(promisedBy(0, first)).toBe(LOW);
  });
});

describe("what follows from a learner's step", () => {
  const decided = (upTo: number, from = 1, value: Value = V): LearnerMessage => {
    const decisions = Array.from({ length: upTo - from + 1 }, (_, index) => ({ slot: from + index, value }));
    return { type: 'decided', decisions, decidedUpTo: upTo, token: 0 };
  };

  function learn(message: LearnerMessage, learner = createLearner(0, TRIO), onDisk = createOnDisk()) {
    const step = stepLearner(learner, { type: 'message', from: 1, message }, 0);
    return { learner, onDisk, ...afterLearner(learner, onDisk, step) };
  }

  it('is what is to be written, applied and told of what it has learned', () => {
    const { write, delivered, forProposer, isAcceptorTold } = learn(decided(2));
    expect(write).toMatchObject({ decidedUpTo: 2, bytes: 2 * V.length });
    expect(write?.records.map(({ type }) => type)).toEqual(['learned', 'learned']);
    expect(delivered.map(({ slot }) => slot)).toEqual([1, 2]);
    expect(forProposer).toMatchObject({ type: 'settled', decidedUpTo: 2, history: TRIO });
    expect(isAcceptorTold).toBe(false);
  });

  it('is told the proposer, and not applied, where it lies ahead of a gap', () => {
    const { delivered, forProposer } = learn(decided(4, 3));
    expect(delivered).toEqual([]);
    expect(forProposer?.settled.map(({ slot }) => slot)).toEqual([3, 4]);
    expect(forProposer?.decidedUpTo).toBe(0);
  });

  it('has the acceptor hear at once who the members are, and no more than before of what is on disk', () => {
    const change = { base: 0, voters: majority([0, 1, 2]), learners: [3] };
    const { learner, onDisk, isAcceptorTold } = learn(decided(1, 1, reconfigurationValue(change)));
    expect(isAcceptorTold).toBe(true);
    expect(watermarkOf(learner, onDisk)).toEqual({ type: 'watermark', decidedUpTo: 0, history: learner.history });
    expect(learner.history).toHaveLength(2);
  });

  it('the acceptor hears that slots are decided when that is on disk, and not when there was no room for it', () => {
    const { learner, onDisk, write } = learn(decided(2));
    if (write === undefined) throw new Error('nothing is written');
    expect(watermarkOf(learner, onDisk).decidedUpTo).toBe(0);
    expect(afterWritten(onDisk, write)).toEqual({ type: 'written', bytes: write.bytes });
    expect(watermarkOf(learner, onDisk).decidedUpTo).toBe(2);
    const next = learn(decided(3, 3), learner, onDisk);
    if (next.write === undefined) throw new Error('nothing is written');
    expect(afterLeftOut(onDisk, next.write)).toEqual({ type: 'written', bytes: next.write.bytes });
    const last = learn(decided(4, 4), learner, onDisk);
    if (last.write === undefined) throw new Error('nothing is written');
    afterWritten(onDisk, last.write);
    expect(watermarkOf(learner, onDisk).decidedUpTo).toBe(2);
    expect(takeMissing(onDisk)?.map(({ slot }) => slot)).toEqual([3]);
  });

  it('what it has decided by votes weighs nothing: nobody else has sent it', () => {
    const learner = createLearner(0, TRIO);
    learn({ type: 'accepted', ballot: HIGH, slot: 1 }, learner);
    const own = { type: 'accepted', ballot: HIGH, slot: 1, value: V } as const;
    const step = stepLearner(learner, { type: 'message', from: 0, message: own }, 0);
    const { write } = afterLearner(learner, createOnDisk(), step);
    if (write === undefined) throw new Error('nothing is written');
    expect(write.records).toEqual([{ type: 'decided', slot: 1, ballot: HIGH }]);
    expect(afterWritten(createOnDisk(), write)).toBeUndefined();
  });

  it('a snapshot that is taken over is installed; what is behind it counts when it is on disk', () => {
    const snapshot = { slot: 5, history: TRIO, state: Uint8Array.of(7) };
    const { slot, state: bytes } = snapshot;
    const part = { type: 'snapshot-part', slot, history: TRIO, total: 1, offset: 0, bytes, token: 0 } as const;
    const { learner, onDisk, installed, write, isAcceptorTold } = learn(part);
    expect(installed).toEqual(snapshot);
    expect(isAcceptorTold).toBe(true);
    if (write === undefined) throw new Error('nothing is written');
    afterWritten(onDisk, write);
    expect(durableUpTo(onDisk)).toBe(0);
    expect(afterSaved(onDisk, snapshot)).toEqual({ type: 'snapshotted', snapshot });
    expect(watermarkOf(learner, onDisk).decidedUpTo).toBe(5);
  });

  it('is a word about what keeps it from going on', () => {
    const learner = createLearner(0, TRIO);
    learn(decided(1, 1, Uint8Array.of(99)), learner);
    const { trouble, write } = afterLearner(learner, createOnDisk(), stepLearner(learner, { type: 'tick' }, 1000));
    expect(trouble).toEqual({ type: 'unknown-decree', slot: 1, kind: 99 });
    expect(write).toBeUndefined();
  });
});

describe('a restart', () => {
  it.each([
    ['acceptor', ['acceptor', 'learner', 'proposer']],
    ['learner', ['learner', 'proposer']],
    ['proposer', ['proposer']],
  ] as const)('of the %s is one of those behind it, too', (first, expected) => {
    expect(restartedWith(first)).toEqual(expected);
  });

  it('finds on disk all that the learner reads back', () => {
    const learner = createLearner(0, TRIO);
    for (const slot of [1, 2]) recoverLearner(learner, { type: 'learned', slot, value: V });
    const onDisk = onDiskAtStart(learner);
    expect(watermarkOf(learner, onDisk)).toEqual({ type: 'watermark', decidedUpTo: 2, history: TRIO });
    expect(proposerStart(HIGH, learner)).toEqual({ promised: HIGH, decidedUpTo: 2, history: TRIO });
  });
});
