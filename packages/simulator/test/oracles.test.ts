import { describe, expect, it } from '@jest/globals';
import {
  applyDecision,
  type DurableRecord,
  foundingConfiguration,
  majority,
  nextBallot,
  type ProposerState,
  stepProposer,
  type Vote,
} from '@parliament/synod';
import { RecordDisk } from '../src/world/disk.js';
import { Oracle } from '../src/world/oracle.js';
import { CALM } from '../src/world/plan.js';
import { run } from '../src/world/run.js';
import { SessionBook } from '../src/world/session-book.js';
import type { Steps } from '../src/world/steps.js';
import { Succession } from '../src/world/succession.js';

const FIRST = nextBallot(0, 0);
const SECOND = nextBallot(1, FIRST);
const value = (number: number) => Uint8Array.of(1, number);

describe('a promise', () => {
  /** Member 2 has voted in slots 1 and 3 at the first ballot, and promises the second one with these votes. */
  function promise(votes: readonly Vote[], { fromSlot = 1, upTo }: { fromSlot?: number; upTo?: number } = {}) {
    const oracle = new Oracle(foundingConfiguration(majority([0, 1, 2]), 16));
    const disk = new RecordDisk([], (record: DurableRecord) => oracle.noteDurable(2, record));
    const voted = [1, 3].map((slot) => ({ type: 'voted', slot, ballot: FIRST, value: value(slot) }) as const);
    disk.append([...voted, { type: 'promised', ballot: SECOND }])();
    const message = {
      type: 'promise',
      ballot: SECOND,
      fromSlot,
      upTo,
      isPaused: false,
      decidedUpTo: 0,
      votes,
      token: 0,
    };
    return () => oracle.checkSent({ member: 2, disk, term: 1 }, 1, { ...message, type: 'promise' });
  }
  const vote = (slot: number): Vote => ({ slot, ballot: FIRST, value: value(slot) });

  it('tells of each vote that is on disk, whatever is chosen', () => {
    expect(promise([vote(1), vote(3)])).not.toThrow();
    expect(promise([vote(3)])).toThrow(/does not tell of its vote at 1024 in slot 1/);
    expect(promise([vote(1)])).toThrow(/does not tell of its vote at 1024 in slot 3/);
  });

  it('of which a page comes speaks of the slots of that page only', () => {
    expect(promise([vote(1)], { upTo: 1 })).not.toThrow();
    expect(promise([vote(3)], { fromSlot: 2 })).not.toThrow();
    expect(promise([vote(1)], { upTo: 3 })).toThrow(/slot 3/);
  });
});

describe('sessions', () => {
  it('are refused where there is no room only', () => {
    const book = new SessionBook();
    const refused = { type: 'refused', reason: 'too-many-sessions', token: 1 } as const;
    expect(() => book.read(1, [refused], () => [])).toThrow(/no session is opened, and there are 0 only/);
  });

  it.each(['acknowledged', 'too-far-ahead'] as const)('refuse no command as %s whose client waits for it', (reason) => {
    // All members agree on it: nothing else is wrong.
    const refusing: Steps['applyDecision'] = (replica, decision) =>
      applyDecision(replica, decision).map((result) => {
        if (result.type !== 'replied' || result.number % 5 !== 4) return result;
        const { session, number } = result;
        return { type: 'refused', reason, session, number };
      });
    const plan = { ...CALM, faultyMs: 2000 };
    expect(() => run({ seed: 1, plan })).not.toThrow();
    expect(() => run({ seed: 1, plan, steps: { applyDecision: refusing } })).toThrow(/and its client waits for it/);
  });
});

describe('a lease', () => {
  it('that comes to hold when another one leads already is noticed', () => {
    const leading = new Map<number, number>();
    /** As if its acceptors had granted the leader a lease too late, and only then. */
    const late: Steps['proposer'] = (state, input, now) => {
      const step = stepProposer(state, input, now);
      const { role, member } = state;
      leading.set(member, role.name === 'leading' ? role.ballot : 0);
      if (role.name === 'leading' && Math.max(...leading.values()) > role.ballot) {
        for (const each of role.heard.keys())
          role.granted.set(each, { at: now + 1000, time: Number.POSITIVE_INFINITY });
      }
      return step;
    };
    const seeds = [1, 2, 3, 4, 5];
    // Others come to lead before whoever led has noticed that nobody hears it.
    const faults = new Set(['isolation', 'one-way cut', 'partial partition'] as const);
    const pace = { heartbeatMs: 25, electionTimeoutMinMs: 60, electionTimeoutMaxMs: 400, resendMs: 60, leaseMs: 40 };
    const play = (steps: Partial<Steps>) => () => {
      for (const seed of seeds) {
        leading.clear();
        run({ seed, steps, plan: { ...CALM, faults, harmMs: 100, pace } });
      }
    };
    expect(play({})).not.toThrow();
    expect(play({ proposer: late })).toThrow(/leads already while member \d has a lease that holds/);
  });
});

describe('an heir', () => {
  it('is one that votes', () => {
    const configuration = { ...foundingConfiguration(majority([0, 1]), 16), learners: [2] };
    const state: Pick<ProposerState, 'member' | 'history' | 'decidedUpTo'> = {
      member: 0,
      history: [configuration],
      decidedUpTo: 0,
    };
    const succession = new Succession();
    expect(() => succession.checkHeir(state, 1, 0)).not.toThrow();
    expect(() => succession.checkHeir(state, 2, 0)).toThrow(/member 2, which does not vote/);
  });
});
