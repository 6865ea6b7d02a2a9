import { describe, expect, it } from '@jest/globals';
import {
  addLearner,
  applyChange,
  type Configuration,
  changeOf,
  checkedHistory,
  createAcceptor,
  createLearner,
  createProposer,
  everyone,
  flexible,
  foundingConfiguration,
  governing,
  type History,
  majority,
  nextBallot,
  type ProposerInput,
  type ProposerOutput,
  type ProposerState,
  promote,
  pruneHistory,
  type Reconfiguration,
  reconfigurationValue,
  remove,
  replace,
  stepAcceptor,
  stepLearner,
  stepProposer,
} from '../src/index.js';

const FOUNDING = foundingConfiguration(majority([0, 1, 2]), 4);

/** The history after changes that are decided in these slots, one after the other. */
function after(
  ...changes: readonly (readonly [slot: number, change: (configuration: Configuration) => Reconfiguration])[]
): History {
  let history: History = [FOUNDING];
  for (const [slot, change] of changes) {
    const result = applyChange(history, slot, change(history[history.length - 1] as Configuration));
    if (result.type === 'refused') throw new Error(result.reason);
    history = [...history, result.configuration];
  }
  return history;
}

describe('a change of membership', () => {
  it('that is decided in slot s governs from s + alpha on', () => {
    const history = after(
      [10, (configuration) => addLearner(configuration, 3)],
      [20, (configuration) => promote(configuration, [3])],
    );
    expect(governing(history, 13)).toBe(FOUNDING);
    expect(governing(history, 14)).toMatchObject({ number: 1, learners: [3] });
    expect(governing(history, 23)).toMatchObject({ number: 1 });
    expect(governing(history, 24)).toMatchObject({ number: 2, voters: majority([0, 1, 2, 3]), learners: [] });
    expect(everyone(history)).toEqual([0, 1, 2, 3]);
    expect(pruneHistory(history, 22)).toHaveLength(2);
    expect(pruneHistory(history, 23)).toHaveLength(1);
  });

  it.each<[string, Reconfiguration, number, RegExp]>([
    ['while another one is pending', addLearner({ ...FOUNDING, number: 1 }, 4), 13, /pending: it governs from slot 14/],
    ['that was meant for another configuration', addLearner(FOUNDING, 4), 14, /meant for configuration 0/],
    ['that gives a stranger a vote', promote({ ...FOUNDING, number: 1 }, [9]), 14, /must be a learner before/],
    ['that names a member twice', { base: 1, voters: majority([0, 1, 2]), learners: [2] }, 14, /twice/],
    ['with an id that is none', { base: 1, voters: majority([0, 1, 2]), learners: [5000] }, 14, /whole number/],
  ])('%s has no effect, and says why', (_, change, slot, reason) => {
    const history = after([10, (configuration) => addLearner(configuration, 3)]);
    const result = applyChange(history, slot, change);
    expect(result).toMatchObject({ type: 'refused', reason: expect.stringMatching(reason) });
  });

  it('spends the ids of those who go: they are never members again', () => {
    const history = after(
      [10, (configuration) => addLearner(configuration, 3)],
      [20, (configuration) => replace(configuration, 2, 3)],
      [30, (configuration) => remove(configuration, 1)],
    );
    const last = history[3] as Configuration;
    expect(last).toMatchObject({ voters: majority([0, 3]), spent: [1, 2] });
    for (const gone of [1, 2]) {
      expect(applyChange(history, 40, addLearner(last, gone))).toMatchObject({
        reason: expect.stringMatching(/spent/),
      });
    }
    expect(() => remove({ ...last, voters: majority([0]) }, 0)).toThrow(RangeError);
  });

  it('travels as a decree, and what is none is no change', () => {
    const change = { base: 3, voters: flexible([0, 1, 2], { phase1: 2, phase2: 2 }), learners: [7] };
    expect(changeOf(reconfigurationValue(change))).toEqual(change);
    for (const bytes of [[], [1, 2], [2], [2, 123], [2, 123, 125]])
      expect(changeOf(Uint8Array.from(bytes))).toBeUndefined();
    for (const given of [
      null,
      [],
      [{}],
      [{ ...FOUNDING, alpha: 0 }],
      [{ ...FOUNDING, voters: { kind: 'majority', members: [] } }],
    ]) {
      expect(() => checkedHistory(given)).toThrow();
    }
  });

  it('changes whose votes count, from its slot on: those of a removed member do not, those of a new one do', () => {
    const learner = createLearner(0, [FOUNDING]);
    const ballot = nextBallot(0, 0);
    const value = (slot: number) =>
      slot === 1
        ? reconfigurationValue({ base: 0, voters: majority([0, 1, 2]), learners: [3] })
        : new Uint8Array([1, slot]);
    const vote = (from: number, slot: number, decided = value(slot)) =>
      stepLearner(learner, { type: 'message', from, message: { type: 'accepted', ballot, slot, value: decided } }, 0);
    for (let slot = 1; slot <= 5; slot++) for (const from of [0, 1]) vote(from, slot);
    const swap = reconfigurationValue(replace(learner.history[learner.history.length - 1] as Configuration, 2, 3));
    for (const from of [0, 1]) vote(from, 6, swap);
    for (let slot = 7; slot <= 9; slot++) for (const from of [0, 2]) vote(from, slot);
    expect(learner.decidedUpTo).toBe(9);
    // Slot 10 is the first that the new configuration governs. These votes came before anybody could know that.
    vote(0, 10);
    expect(vote(2, 10).delivered).toEqual([]);
    expect(vote(3, 10).delivered).toHaveLength(1);
  });

  it('is not counted on before the slot is within alpha: votes that came too early are counted then', () => {
    const learner = createLearner(0, [foundingConfiguration(majority([0, 1, 2]), 1)]);
    const ballot = nextBallot(0, 0);
    const vote = (from: number, slot: number) =>
      stepLearner(
        learner,
        { type: 'message', from, message: { type: 'accepted', ballot, slot, value: new Uint8Array([1, slot]) } },
        0,
      );
    for (const slot of [3, 2]) for (const from of [0, 1]) expect(vote(from, slot).settled).toEqual([]);
    vote(0, 1);
    expect(vote(1, 1).delivered.map(({ slot }) => slot)).toEqual([1, 2, 3]);
  });
});

/** A proposer of member 0 that leads, with everybody heard from at time 0. */
function leader(history: History = [FOUNDING], lastly: Partial<ProposerState> = {}) {
  const state = createProposer(0, history, { promised: 0, decidedUpTo: 0, seed: 3, now: 0 });
  let now = 0;
  const outputs: ProposerOutput[] = [];
  const step = (input: ProposerInput): ProposerOutput[] => {
    const given = stepProposer(state, input, now);
    outputs.push(...given);
    return given;
  };
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now += 25;
      step({ type: 'tick' });
    }
  };
  while (state.role.name === 'following') pass(25);
  const hear = (from: number, message: object): ProposerOutput[] =>
    step({ type: 'message', from, message: message as never });
  for (const from of [1, 2])
    hear(from, { type: 'canvass-reply', attempt: state.attempts, support: true, highestSeen: 0, decidedUpTo: 0 });
  for (const from of [0, 1, 2]) {
    const { ballot } = state.role as unknown as { ballot: number };
    hear(from, { type: 'promise', ballot, fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0, votes: [] });
  }
  Object.assign(state, lastly);
  const settle = (slot: number, value: Uint8Array, known: History = history) =>
    step({ type: 'settled', settled: [{ slot, value }], decidedUpTo: slot, history: known });
  settle(1, new Uint8Array(0));
  return { state, step, hear, pass, settle, ballot: (state.role as { ballot?: number }).ballot as number };
}

const kinds = (outputs: readonly ProposerOutput[]) =>
  outputs.map((output) => (output.type === 'send' ? `${output.message.type} to ${output.to}` : output.type));

describe('a leader', () => {
  it('refuses a change that would leave no live quorum, naming who is silent', () => {
    const history = after([1, (configuration) => addLearner(configuration, 3)]);
    const inForce = { ...(history[1] as Configuration), from: 1 };
    const { step, pass, hear, ballot } = leader([inForce]);
    const change = promote(inForce, [3], majority([0, 3]));
    expect(step({ type: 'reconfigure', change, token: 5 })).toEqual([
      {
        type: 'not-submitted',
        token: 5,
        reason: 'refused',
        detail: expect.stringMatching(/no live quorum: .* member 3/),
      },
    ]);
    pass(50);
    const reply = { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0 };
    hear(3, { ...reply, decidedUpTo: 0 });
    expect(step({ type: 'reconfigure', change, token: 6 })).toContainEqual({ type: 'submitted', token: 6 });
  });

  it('refuses to give a vote to a learner that has not caught up', () => {
    const history = after([1, (configuration) => addLearner(configuration, 3)]);
    const inForce = { ...(history[1] as Configuration), from: 1 };
    const { step, hear, ballot, state } = leader([inForce]);
    state.decidedUpTo = 100;
    hear(3, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 95 });
    const change = promote(inForce, [3]);
    const [refused] = step({ type: 'reconfigure', change, token: 5 });
    expect(refused).toMatchObject({ type: 'not-submitted', detail: expect.stringMatching(/member 3 must catch up/) });
  });

  it('asks the members of a new configuration for their promise at the same ballot, and proposes there when it has it', () => {
    const alphaOne = foundingConfiguration(majority([0, 1, 2]), 1);
    const { step, hear, settle, state, ballot } = leader([alphaOne]);
    const added = applyChange([alphaOne], 2, addLearner(alphaOne, 3));
    if (added.type !== 'changed') throw new Error(added.reason);
    const swapped = applyChange([added.configuration], 3, replace(replaceable(added.configuration), 1, 3));
    if (swapped.type !== 'changed') throw new Error(swapped.reason);
    // Only members 0 and 1 had promised; of the new voters 0, 2 and 3 that is one.
    (state.role as { promises: { complete: Set<number> } }).promises.complete.delete(2);
    step({ type: 'propose', value: new Uint8Array([1, 1]), token: 1 });
    const outputs = settle(2, new Uint8Array([1, 1]), [swapped.configuration]);
    // Member 2 was asked when this leader stood, and may be slow; member 3 is new.
    expect(kinds(outputs)).toEqual(expect.arrayContaining(['prepare to 3']));
    expect(kinds(step({ type: 'propose', value: new Uint8Array([1, 2]), token: 2 }))).toEqual(['submitted']);
    const promise = {
      type: 'promise',
      ballot,
      fromSlot: 1,
      upTo: undefined,
      isPaused: false,
      decidedUpTo: 0,
      votes: [],
    };
    expect(kinds(hear(3, promise))).toEqual(['accept to 0', 'accept to 2', 'accept to 3']);
  });

  it('hands over when nothing is in flight, and leads no longer by then', () => {
    const { step, settle, state } = leader();
    step({ type: 'propose', value: new Uint8Array([1, 1]), token: 1 });
    expect(step({ type: 'transfer', to: 1, token: 2 })).toEqual([]);
    // What comes meanwhile goes back to whoever asked.
    expect(step({ type: 'propose', value: new Uint8Array([1, 2]), token: 3 })).toMatchObject([
      { type: 'not-submitted' },
    ]);
    expect(kinds(settle(2, new Uint8Array([1, 1])))).toEqual(['handover to 1', 'handed-over', 'leader']);
    expect(state.role).toMatchObject({ name: 'following', leader: undefined });
  });

  it.each([
    [0, /leads already/],
    [9, /no voter/],
  ])('does not hand over to member %d, and says why', (to, detail) => {
    const { step, state } = leader();
    expect(step({ type: 'transfer', to, token: 2 })).toEqual([
      { type: 'not-submitted', token: 2, reason: 'refused', detail: expect.stringMatching(detail) },
    ]);
    expect(state.role.name).toBe('leading');
  });

  it('gives a handover up that takes too long', () => {
    const { step, pass, hear, state, ballot } = leader();
    step({ type: 'propose', value: new Uint8Array([1, 1]), token: 1 });
    step({ type: 'transfer', to: 1, token: 2 });
    pass(200);
    for (const from of [0, 1]) hear(from, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 0 });
    pass(150);
    expect(state.role).toMatchObject({ name: 'leading', transfer: undefined });
  });
});

function replaceable(configuration: Configuration): Configuration {
  return { ...configuration, from: 1 };
}

describe('an acceptor', () => {
  it('tells a leader of its vote that is no member any longer: it has slots to see through (found by the simulator)', () => {
    const state = createAcceptor(0, [foundingConfiguration(majority([0, 2, 3]))]);
    const accept = { type: 'accept', ballot: nextBallot(1, 0), slot: 1, value: new Uint8Array(1) } as const;
    const { messages } = stepAcceptor(state, { type: 'message', from: 1, message: accept }, 0);
    expect(messages.map(({ to }) => to)).toEqual([0, 2, 3, 1]);
  });
});

describe('a member', () => {
  it('to which its leader hands over stands at once; one that is told by another does not', () => {
    const state = createProposer(0, [FOUNDING], { promised: 0, decidedUpTo: 0, seed: 3, now: 0 });
    const ballot = nextBallot(1, 0);
    const hear = (message: object) => stepProposer(state, { type: 'message', from: 1, message: message as never }, 10);
    hear({ type: 'heartbeat', ballot, sequence: 1, decidedUpTo: 0, leaseMs: 0 });
    expect(hear({ type: 'handover', ballot: ballot + 2048 })).toEqual([]);
    expect(hear({ type: 'handover', ballot })).toContainEqual({
      type: 'send',
      to: 0,
      message: expect.objectContaining({ type: 'prepare', released: ballot }),
    });
  });

  it('that was removed is told so when it asks for votes, and never stands again', () => {
    const history = after([10, (configuration) => remove(configuration, 0)]);
    const removed = history[1] as Configuration;
    const other = createProposer(1, [removed], { promised: 0, decidedUpTo: 20, seed: 3, now: 0 });
    const [answer] = stepProposer(
      other,
      { type: 'message', from: 0, message: { type: 'canvass', attempt: 1, decidedUpTo: 0 } },
      10,
    );
    expect(answer).toMatchObject({ to: 0, message: { type: 'dismissal', configuration: removed } });
    const state = createProposer(0, [FOUNDING], { promised: 0, decidedUpTo: 0, seed: 3, now: 0 });
    const message = { type: 'dismissal', configuration: removed } as const;
    expect(stepProposer(state, { type: 'message', from: 1, message }, 10)).toContainEqual({
      type: 'dismissed',
      configuration: removed,
    });
    for (let now = 50; now < 20_000; now += 50) expect(stepProposer(state, { type: 'tick' }, now)).toEqual([]);
  });
});
