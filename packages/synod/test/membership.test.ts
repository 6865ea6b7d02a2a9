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
  DEFAULT_PROPOSER_OPTIONS,
  everyone,
  flexible,
  foundingConfiguration,
  governing,
  grid,
  type History,
  majority,
  nextBallot,
  type ProposerInput,
  type ProposerState,
  promote,
  pruneHistory,
  type QuorumSystem,
  type Reconfiguration,
  reconfigurationValue,
  remove,
  replace,
  stepAcceptor,
  weighted,
} from '../src/index.js';
import { playLearner, playProposer, type Said } from './playing.js';

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

  it('keeps the quorum system when one member takes the place of another: its weight, its place in the grid', () => {
    const over = (voters: QuorumSystem): Configuration => ({ ...FOUNDING, voters, learners: [9] });
    expect(replace(over(flexible([0, 1, 2, 3, 4], { phase1: 4, phase2: 2 })), 4, 9).voters).toEqual(
      flexible([0, 1, 2, 3, 9], { phase1: 4, phase2: 2 }),
    );
    expect(replace(over(weighted({ 0: 3, 1: 1, 2: 1 })), 0, 9).voters).toEqual(weighted({ 1: 1, 2: 1, 9: 3 }));
    expect(
      replace(
        over(
          grid([
            [0, 1],
            [2, 3],
          ]),
        ),
        2,
        9,
      ).voters,
    ).toEqual(
      grid([
        [0, 1],
        [9, 3],
      ]),
    );
    expect(() => replace(over(majority([0, 1])), 5, 9)).toThrow('member 5 is no voter');
    expect(() => replace(over(weighted({ 0: 3, 1: 1 })), 0, 1)).toThrow(/twice/);
  });

  it('of the number of voters says which quorums they have, unless it is of majorities', () => {
    const configuration = { ...FOUNDING, voters: flexible([0, 1, 2], { phase1: 3, phase2: 1 }), learners: [3] };
    expect(() => promote(configuration, [3])).toThrow('say which quorums members 0, 1, 2, 3 have');
    expect(() => remove(configuration, 2)).toThrow('those of now are flexible');
    const voters = flexible([0, 1, 2, 3], { phase1: 3, phase2: 2 });
    expect(promote(configuration, [3], voters)).toMatchObject({ voters, learners: [] });
    expect(remove(configuration, 3)).toMatchObject({ voters: configuration.voters });
    expect(promote({ ...FOUNDING, learners: [3] }, [3]).voters).toEqual(majority([0, 1, 2, 3]));
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
      playLearner(learner, { type: 'message', from, message: { type: 'accepted', ballot, slot, value: decided } }, 0);
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
      playLearner(
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
  const outputs: Said[] = [];
  const step = (input: ProposerInput): Said[] => {
    const given = playProposer(state, input, now);
    outputs.push(...given);
    return given;
  };
  const pass = (ms: number): Said[] => {
    const given: Said[] = [];
    for (const end = now + ms; now < end; ) {
      now += 25;
      given.push(...step({ type: 'tick' }));
    }
    return given;
  };
  while (state.role.name === 'following') pass(25);
  const hear = (from: number, message: object): Said[] => step({ type: 'message', from, message: message as never });
  for (const from of [1, 2])
    hear(from, { type: 'canvass-reply', attempt: state.attempts, support: true, highestSeen: 0, decidedUpTo: 0 });
  for (const from of [0, 1, 2]) {
    const { ballot } = state.role as unknown as { ballot: number };
    hear(from, {
      type: 'promise',
      ballot,
      fromSlot: 1,
      upTo: undefined,
      isPaused: false,
      decidedUpTo: 0,
      votes: [],
      token: 0,
    });
  }
  Object.assign(state, lastly);
  const settle = (slot: number, value: Uint8Array, known: History = history) =>
    step({ type: 'settled', settled: [{ slot, value }], decidedUpTo: slot, history: known });
  settle(1, new Uint8Array(0));
  return { state, step, hear, pass, settle, outputs, ballot: (state.role as { ballot?: number }).ballot as number };
}

const kinds = (outputs: readonly Said[]) =>
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

  it('brings a change of membership into force by itself, where nothing else is to be decided', () => {
    const { step, settle, pass, hear, state, ballot } = leader();
    const [first] = after([2, (configuration) => addLearner(configuration, 3)]).slice(1);
    const known: History = [FOUNDING, first as Configuration];
    step({ type: 'reconfigure', change: addLearner(FOUNDING, 3), token: 1 });
    settle(2, reconfigurationValue(addLearner(FOUNDING, 3)), known);
    const outputs = [0, 1, 2].flatMap((from) => {
      return hear(from, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 2 });
    });
    const before = state.role as { nextSlot: number };
    pass(25);
    // It governs from slot 6 on: slots 3 to 5 are filled, and not one more.
    expect(before.nextSlot).toBe(6);
    expect(outputs).toEqual([]);
    pass(100);
    expect(before.nextSlot).toBe(6);
  });

  it('does not fill the slots before a change while commands do', () => {
    const { step, settle, pass, state } = leader();
    const known = after([2, (configuration) => addLearner(configuration, 3)]);
    step({ type: 'reconfigure', change: addLearner(FOUNDING, 3), token: 1 });
    settle(2, reconfigurationValue(addLearner(FOUNDING, 3)), known);
    step({ type: 'propose', value: new Uint8Array([1, 1]), token: 2 });
    pass(50);
    expect(state.role).toMatchObject({ nextSlot: 4 });
  });

  it('gives a vote to nobody who has not answered it, however short the log is', () => {
    const history = after([1, (configuration) => addLearner(configuration, 3)]);
    const inForce = { ...(history[1] as Configuration), from: 1 };
    const { step, hear, ballot } = leader([inForce]);
    const ask = (token: number) => step({ type: 'reconfigure', change: promote(inForce, [3]), token });
    expect(ask(1)).toMatchObject([{ type: 'not-submitted', detail: expect.stringMatching(/nothing is heard from/) }]);
    hear(3, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 1 });
    expect(kinds(ask(2))).toContain('submitted');
  });

  it('lets no change by that it would refuse, by whatever way it comes; nor what nobody could read', () => {
    const bad = reconfigurationValue({ base: 7, voters: majority([0, 1, 2]), learners: [] });
    for (const value of [bad, new Uint8Array([9]), new Uint8Array([2, 1])]) {
      const { step, hear, state } = leader();
      expect(step({ type: 'propose', value, token: 1 })).toMatchObject([{ type: 'not-submitted', reason: 'refused' }]);
      expect(hear(1, { type: 'submit', value })).toEqual([]);
      expect(state.role).toMatchObject({ nextSlot: 2, backlog: [] });
    }
    const { hear } = leader();
    const good = reconfigurationValue(addLearner(FOUNDING, 3));
    expect(kinds(hear(1, { type: 'submit', value: good }))).toContain('accept to 0');
    const follower = createProposer(0, [FOUNDING], { promised: 0, decidedUpTo: 0, seed: 3, now: 0 });
    expect(playProposer(follower, { type: 'propose', value: new Uint8Array([9]), token: 1 }, 0)).toMatchObject([
      { type: 'not-submitted', reason: 'refused', detail: expect.stringMatching(/kind 9/) },
    ]);
  });

  it('that can propose nothing, for its own learner is too far behind, makes way for one that is further', () => {
    const { state, hear, pass, ballot } = leader();
    const { role } = state;
    if (role.name !== 'leading') throw new Error(role.name);
    // Phase 1 has found more decided than its own learner knows.
    Object.assign(role, { firstSlot: 50, nextSlot: 50 });
    pass(25);
    expect(state.role.name).toBe('leading');
    hear(1, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 30 });
    hear(2, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 48 });
    const outputs = pass(25);
    expect(kinds(outputs)).toContain('handover to 2');
    expect(state.role.name).toBe('following');
  });

  it('whose learner stands still while others move on makes way, too; one that has nothing to do does not', () => {
    const { state, step, hear, pass, ballot } = leader();
    const reply = (decidedUpTo: number) => {
      for (const from of [0, 1, 2])
        hear(from, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo });
    };
    for (let times = 0; times < 20; times++) {
      reply(1);
      pass(200);
    }
    expect(state.role.name).toBe('leading');
    // Alpha is 4: the others learn all that it can propose, and its own learner nothing.
    for (let token = 1; token <= 4; token++) step({ type: 'propose', value: new Uint8Array([1, 1]), token });
    for (let times = 0; times < 6; times++) {
      reply(4);
      expect(kinds(pass(200))).not.toContain('handover to 1');
    }
    reply(5);
    expect(kinds(pass(50))).toContain('handover to 1');
  });

  it('whose learner stands still makes way where its pipeline is full of bytes before it has alpha slots', () => {
    const { state, step, hear, pass, ballot } = leader([FOUNDING], {
      options: { ...DEFAULT_PROPOSER_OPTIONS, pipelineBytes: 3 },
    });
    // The third one waits: there is no room for its bytes until something is decided.
    for (let token = 1; token <= 3; token++) step({ type: 'propose', value: new Uint8Array([1, 1]), token });
    expect(state.role).toMatchObject({ nextSlot: 4, backlog: [new Uint8Array([1, 1])] });
    const reply = (decidedUpTo: number) => {
      for (const from of [0, 1, 2])
        hear(from, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo });
    };
    for (let times = 0; times < 8; times++) {
      reply(2);
      expect(kinds(pass(200))).not.toContain('handover to 1');
    }
    reply(3);
    expect(kinds(pass(50))).toContain('handover to 1');
  });

  it('whose learner fetches what it lacks stands anew when those who know are gone, and not while one of them is heard', () => {
    const standing = (knows: number): string[] => {
      const { state, hear, pass, ballot } = leader([FOUNDING]);
      // Phase 1 has found one slot more decided than its own learner knows, and no other voter is so far.
      if (state.role.name === 'leading') Object.assign(state.role, { firstSlot: 3, nextSlot: 3 });
      const sent: string[] = [];
      for (let times = 0; times < 30; times++) {
        for (const from of [0, 1, 2])
          hear(from, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 0 });
        hear(3, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: knows });
        sent.push(...kinds(pass(200)));
      }
      return sent.filter((each) => each.startsWith('prepare to') || each.startsWith('handover'));
    };
    // A learner has it, perhaps in a snapshot that takes long: phase 1 could bring nothing sooner.
    expect(standing(2)).toEqual([]);
    expect(standing(1)[0]).toBe('prepare to 0');
  });

  it('of small phase-1 quorums is not ended by its first tick: silence counts from when it leads', () => {
    const voters = flexible([0, 1, 2, 3, 4], { phase1: 2, phase2: 4 });
    const { state, pass } = leader([foundingConfiguration(voters, 4)]);
    pass(500);
    expect(state.role.name).toBe('leading');
    pass(500);
    expect(state.role.name).not.toBe('leading');
  });

  it.each<[string, (stage: ReturnType<typeof leader>) => void]>([
    ['it is deposed', ({ hear, ballot }) => hear(1, { type: 'nack', ballot, promised: nextBallot(1, ballot) })],
    [
      'another one leads',
      ({ hear, ballot }) => {
        hear(1, { type: 'heartbeat', ballot: nextBallot(1, ballot), sequence: 1, decidedUpTo: 0, leaseMs: 0 });
      },
    ],
    [
      'nobody is heard any more',
      ({ state, pass }) => {
        // It has a long time to be seen through.
        if (state.role.name === 'leading') Object.assign(state.role.transfer ?? {}, { until: 1e9 });
        pass(1000);
      },
    ],
    ['a slot is decided otherwise', ({ settle }) => settle(2, new Uint8Array([1, 9]))],
  ])('tells whoever wanted a transfer that nothing came of it, when %s meanwhile', (_, end) => {
    const stage = leader();
    stage.step({ type: 'propose', value: new Uint8Array([1, 1]), token: 1 });
    stage.step({ type: 'transfer', to: 1, token: 77 });
    const before = stage.outputs.length;
    end(stage);
    expect(stage.state.role.name).not.toBe('leading');
    expect(stage.outputs.slice(before).filter((output) => 'token' in output && output.token === 77)).toMatchObject([
      { type: 'not-submitted', reason: 'refused', detail: 'this member leads no longer' },
    ]);
  });

  it('does not step down for slots that its learner knew before it led, and that are as it proposes them', () => {
    const { step, state } = leader();
    const value = (number: number) => new Uint8Array([1, number]);
    for (const number of [2, 3, 4]) step({ type: 'propose', value: value(number), token: number });
    // Its learner has known slots 3 and 4 all along; now it knows slot 2, and hands on all three.
    const settled = [2, 3, 4].map((slot) => ({ slot, value: value(slot) }));
    step({ type: 'settled', settled, decidedUpTo: 4, history: [FOUNDING] });
    expect(state.role).toMatchObject({ name: 'leading', inFlight: new Map() });
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
    [2, /must catch up first: it is at slot 3 of 100/],
  ])('does not hand over to member %d, and says why', (to, detail) => {
    const { step, hear, state, ballot } = leader();
    hear(2, { type: 'heartbeat-reply', ballot, sequence: 1, leaseMs: 0, decidedUpTo: 3 });
    state.decidedUpTo = 100;
    expect(step({ type: 'transfer', to, token: 2 })).toEqual([
      { type: 'not-submitted', token: 2, reason: 'refused', detail: expect.stringMatching(detail) },
    ]);
    expect(state.role.name).toBe('leading');
  });

  it('gives a handover up to one that is no voter by then', () => {
    const { step, settle, state } = leader();
    step({ type: 'propose', value: new Uint8Array([1, 1]), token: 1 });
    expect(step({ type: 'transfer', to: 1, token: 2 })).toEqual([]);
    const [founding] = state.history;
    const without: Configuration = { ...founding, number: 1, from: 3, voters: majority([0, 2]) };
    const outputs = settle(2, new Uint8Array([1, 1]), [founding, without]);
    expect(kinds(outputs)).not.toContain('handover to 1');
    expect(outputs).toContainEqual({
      type: 'not-submitted',
      token: 2,
      reason: 'refused',
      detail: 'member 1 is no voter any more',
    });
    expect(state.role).toMatchObject({ name: 'leading', transfer: undefined });
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
    const hear = (message: object) => playProposer(state, { type: 'message', from: 1, message: message as never }, 10);
    hear({ type: 'heartbeat', ballot, sequence: 1, decidedUpTo: 0, leaseMs: 0 });
    expect(hear({ type: 'handover', ballot: ballot + 2048 })).toEqual([]);
    expect(hear({ type: 'handover', ballot })).toContainEqual({
      type: 'send',
      to: 0,
      message: expect.objectContaining({ type: 'prepare', released: ballot }),
    });
  });

  it('that is far behind is not supported, and learns from the refusal how far the others are', () => {
    const other = createProposer(1, [FOUNDING], { promised: 0, decidedUpTo: 100, seed: 3, now: 0 });
    const ask = (decidedUpTo: number) => {
      const message = { type: 'canvass', attempt: 1, decidedUpTo } as const;
      return playProposer(other, { type: 'message', from: 0, message }, 10);
    };
    expect(ask(83)).toMatchObject([{ message: { type: 'canvass-reply', support: false, decidedUpTo: 100 } }]);
    expect(ask(84)).toMatchObject([{ message: { type: 'canvass-reply', support: true, decidedUpTo: 100 } }]);
  });

  it('that is removed by a change that does not govern yet is not told so: its vote is needed, and it may lead', () => {
    const history = after([10, (configuration) => remove(configuration, 0)]);
    const pending = history[1] as Configuration;
    const ask = (known: number) => {
      const other = createProposer(1, history, { promised: 0, decidedUpTo: known, seed: 3, now: 0 });
      const message = { type: 'canvass', attempt: 1, decidedUpTo: known } as const;
      return playProposer(other, { type: 'message', from: 0, message }, 10);
    };
    expect(ask(12)).toMatchObject([{ message: { type: 'canvass-reply', support: true } }]);
    expect(ask(13)).toMatchObject([{ message: { type: 'dismissal', configuration: pending } }]);
    const state = createProposer(0, [FOUNDING], { promised: 0, decidedUpTo: 9, seed: 3, now: 0 });
    const settle = (decidedUpTo: number, known: History) =>
      playProposer(state, { type: 'settled', settled: [], decidedUpTo, history: known }, 10);
    expect(settle(10, history)).toEqual([]);
    expect(settle(13, pruneHistory(history, 13))).toMatchObject([{ type: 'dismissed' }]);
  });

  it('that does not vote asks around when it hears no leader, and so learns that it was removed', () => {
    const learning = { ...FOUNDING, learners: [7] };
    const removed = { ...FOUNDING, number: 1, spent: [7] };
    const state = createProposer(7, [learning], { promised: 0, decidedUpTo: 5, seed: 3, now: 0 });
    const asked: Said[] = [];
    for (let now = 25; now < 3000; now += 25) asked.push(...playProposer(state, { type: 'tick' }, now));
    const first = asked.slice(0, 3);
    expect(first).toMatchObject([0, 1, 2].map((to) => ({ to, message: { type: 'canvass', decidedUpTo: 5 } })));
    // Not with every tick; and it does not stand, whoever would follow it.
    expect(asked.length).toBeLessThan(3 * 11);
    const attempt = state.attempts;
    const reply = { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 9 } as const;
    for (const from of [0, 1]) playProposer(state, { type: 'message', from, message: reply }, 3000);
    expect(state.role.name).toBe('following');
    const other = createProposer(1, [removed], { promised: 0, decidedUpTo: 20, seed: 3, now: 0 });
    const question = { type: 'canvass', attempt, decidedUpTo: 5 } as const;
    const [answer] = playProposer(other, { type: 'message', from: 7, message: question }, 10);
    if (answer?.type !== 'send' || answer.message.type !== 'dismissal') throw new Error('no dismissal');
    playProposer(state, { type: 'message', from: 1, message: answer.message }, 3000);
    expect(state.dismissed).toEqual(removed);
    for (let now = 3025; now < 20_000; now += 25) expect(playProposer(state, { type: 'tick' }, now)).toEqual([]);
  });

  it('that was removed is told so when it asks for votes, and never stands again', () => {
    const history = after([10, (configuration) => remove(configuration, 0)]);
    const removed = history[1] as Configuration;
    const other = createProposer(1, [removed], { promised: 0, decidedUpTo: 20, seed: 3, now: 0 });
    const [answer] = playProposer(
      other,
      { type: 'message', from: 0, message: { type: 'canvass', attempt: 1, decidedUpTo: 0 } },
      10,
    );
    expect(answer).toMatchObject({ to: 0, message: { type: 'dismissal', configuration: removed } });
    const state = createProposer(0, [FOUNDING], { promised: 0, decidedUpTo: 0, seed: 3, now: 0 });
    const message = { type: 'dismissal', configuration: removed } as const;
    expect(playProposer(state, { type: 'message', from: 1, message }, 10)).toContainEqual({
      type: 'dismissed',
      configuration: removed,
    });
    for (let now = 50; now < 20_000; now += 50) expect(playProposer(state, { type: 'tick' }, now)).toEqual([]);
  });
});
