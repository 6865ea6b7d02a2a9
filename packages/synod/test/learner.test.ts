import { describe, expect, it } from '@jest/globals';
import {
  commandsValue,
  createLearner,
  type DurableRecord,
  foundingConfiguration,
  type History,
  type LearnerMessage,
  type LearnerState,
  majority,
  nextBallot,
  recoverLearner,
  reconfigurationValue,
  type Value,
} from '../src/index.js';
import { type Learned, playLearner } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const B1 = nextBallot(1, 0);
const B2 = nextBallot(2, B1);
const B3 = nextBallot(1, B2);
const V = commandsValue(new Uint8Array([1]));
const W = commandsValue(new Uint8Array([2]));

function hear(state: LearnerState, from: number, message: LearnerMessage, now = 0): Learned {
  return playLearner(state, { type: 'message', from, message }, now);
}

const voted = (ballot: number, value: Value, slot = 1): DurableRecord => ({ type: 'voted', slot, ballot, value });
const accepted = (ballot: number, slot: number, value?: Value): LearnerMessage =>
  value === undefined ? { type: 'accepted', ballot, slot } : { type: 'accepted', ballot, slot, value };
const heartbeat = (ballot: number, decidedUpTo: number): LearnerMessage => {
  return { type: 'heartbeat', ballot, sequence: 1, decidedUpTo, leaseMs: 0 };
};

function recovered(records: readonly DurableRecord[]): Value | undefined {
  const learner = createLearner(0, TRIO);
  for (const record of records) recoverLearner(learner, record);
  return learner.decided.get(1);
}

describe('what a learner writes down of a decision', () => {
  it('names its own vote, and recovery takes that one, whatever it voted for later', () => {
    const decided: DurableRecord = { type: 'decided', slot: 1, ballot: B1 };
    expect(recovered([voted(B1, V), decided])).toEqual(V);
    // Told by the leader of B1 while its disk was busy with a vote at B2, which its learner had not heard of (rule 6).
    expect(recovered([voted(B1, V), voted(B2, W), decided])).toEqual(V);
    expect(recovered([voted(B1, V), voted(B2, W), voted(B3, W), decided])).toEqual(V);
    // A vote at another ballot is not what the record speaks of.
    expect(recovered([voted(B2, W), decided])).toBeUndefined();
    expect(recovered([decided])).toBeUndefined();
  });

  it('is its own vote also where others decided at a lower ballot', () => {
    const learner = createLearner(0, TRIO);
    hear(learner, 0, accepted(B3, 1, V));
    hear(learner, 1, accepted(B1, 1));
    const { records, settled } = hear(learner, 2, accepted(B1, 1));
    expect(settled).toEqual([{ slot: 1, value: V }]);
    expect(records).toEqual([{ type: 'decided', slot: 1, ballot: B3 }]);
    expect(recovered([voted(B3, V), ...records])).toEqual(V);
  });

  it('is what the leader says, only where it voted at that very ballot', () => {
    for (const [ballot, known] of [
      [B1, false],
      [B2, true],
      [B3, false],
    ] as const) {
      const learner = createLearner(0, TRIO);
      hear(learner, 0, accepted(ballot, 1, V));
      const { records, delivered } = hear(learner, 1, heartbeat(B2, 1));
      expect(delivered).toEqual(known ? [{ slot: 1, value: V }] : []);
      expect(records).toEqual(known ? [{ type: 'decided', slot: 1, ballot: B2 }] : []);
    }
  });

  it('tells the proposer of all that is handed on, also of what was known ahead of a gap', () => {
    const learner = createLearner(0, TRIO);
    const decisions = [2, 3].map((slot) => ({ slot, value: V }));
    expect(hear(learner, 1, { type: 'decided', decisions, decidedUpTo: 0, token: 0 }).settled).toEqual(decisions);
    const last = { slot: 1, value: W };
    const { settled, delivered } = hear(learner, 1, { type: 'decided', decisions: [last], decidedUpTo: 0, token: 0 });
    expect(delivered).toEqual([last, ...decisions]);
    expect(settled).toEqual([last, ...decisions]);
  });

  it('beyond what the leader says is nothing', () => {
    const learner = createLearner(0, TRIO);
    for (const slot of [1, 2]) hear(learner, 0, accepted(B1, slot, V));
    expect(hear(learner, 1, heartbeat(B1, 1)).delivered.map(({ slot }) => slot)).toEqual([1]);
  });
});

describe('a decree of a kind that this version does not know', () => {
  const UNKNOWN = new Uint8Array([7, 1, 2]);
  const decided = (values: readonly Value[], from = 1): LearnerMessage => {
    const decisions = values.map((value, index) => ({ slot: from + index, value }));
    return { type: 'decided', decisions, decidedUpTo: from + values.length - 1, token: 0 };
  };

  it.each([
    ['of a new kind', UNKNOWN, 7],
    ['that changes the membership in a way it cannot read', new Uint8Array([2, 123, 125]), 2],
  ])(
    '%s stops the learner there, and it says so once: whoever passed it over would come to another state',
    (_, value, kind) => {
      const learner = createLearner(0, TRIO);
      expect(hear(learner, 1, decided([V, value, W])).delivered).toEqual([{ slot: 1, value: V }]);
      expect(learner.decidedUpTo).toBe(1);
      expect(playLearner(learner, { type: 'tick' }, 1000)).toMatchObject({
        trouble: { type: 'unknown-decree', slot: 2, kind },
        messages: [],
      });
      expect(playLearner(learner, { type: 'tick' }, 2000).trouble).toBeUndefined();
      expect(hear(learner, 1, decided([W], 4)).delivered).toEqual([]);
    },
  );

  it('stops it after a restart, too; a snapshot of a member that could read it lets it go on', () => {
    const learner = createLearner(0, TRIO);
    for (const [index, value] of [V, UNKNOWN, W].entries())
      recoverLearner(learner, { type: 'learned', slot: index + 1, value });
    expect(learner.decidedUpTo).toBe(1);
    expect(playLearner(learner, { type: 'tick' }, 0).trouble).toMatchObject({ type: 'unknown-decree', slot: 2 });
    const part = {
      type: 'snapshot-part',
      slot: 2,
      history: TRIO,
      total: 1,
      offset: 0,
      bytes: new Uint8Array(1),
      token: 0,
    } as const;
    expect(hear(learner, 1, part)).toMatchObject({ installed: { slot: 2 }, delivered: [{ slot: 3, value: W }] });
  });

  it('makes it gather nothing more, however long the others go on', () => {
    const learner = createLearner(0, TRIO);
    hear(learner, 1, decided([UNKNOWN]));
    for (let slot = 2; slot <= 100; slot++) {
      for (const from of [0, 1]) hear(learner, from, accepted(B1, slot, V));
      hear(learner, 1, heartbeat(B1, slot));
      hear(learner, 1, decided([W], slot));
    }
    expect(learner).toMatchObject({ decided: new Map([[1, UNKNOWN]]), votes: new Map(), ownVotes: new Map() });
  });

  it('is none that it knows: commands, no-ops and changes are handed on', () => {
    const learner = createLearner(0, TRIO);
    const change = reconfigurationValue({ base: 0, voters: majority([0, 1, 2]), learners: [5] });
    expect(hear(learner, 1, decided([V, new Uint8Array(0), change])).delivered).toHaveLength(3);
    expect(learner.history).toHaveLength(2);
  });
});
