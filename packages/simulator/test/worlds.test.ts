import { describe, expect, it } from '@jest/globals';
import { stepAcceptor, stepLearner, stepProposer } from '@parliament/synod';
import { type RunResult, run, type Steps, Violation } from '../src/index.js';

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

/** Everything that a run can count, summed over runs. */
function sum(results: readonly RunResult[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { counts, network, decided } of results) {
    for (const [name, count] of Object.entries({ ...counts, ...network, decided })) {
      total[name] = (total[name] ?? 0) + count;
    }
  }
  return total;
}

describe('in any world', () => {
  it('three members agree, at every step, and make progress once the faults end (200 seeds)', () => {
    const results = seeds(1, 200).map((seed) => run({ seed }));
    // Not vacuous: every fault happened, and things were decided in spite of it.
    const total = sum(results);
    for (const name of ['lost', 'cut', 'duplicated', 'replayed', 'slowed', 'crashes', 'cuts', 'reads']) {
      expect([name, total[name]]).toEqual([name, expect.any(Number)]);
      expect(total[name]).toBeGreaterThan(200);
    }
    expect(total.leaders).toBeGreaterThan(400);
    expect(total.decided).toBeGreaterThan(5000);
  });

  it.each([1, 2, 4, 5])('so do %d members', (members) => {
    const results = seeds(1000, 20).map((seed) => run({ seed, members }));
    expect(sum(results).decided).toBeGreaterThan(100);
  });

  it('one decree is decided once, by members that stand only on demand', () => {
    for (const seed of seeds(2000, 40)) {
      const { decided } = run({ seed, proposer: { lastSlot: 1, standing: false } });
      expect(decided).toBe(1);
    }
  });

  it('a short pipeline decides too', () => {
    for (const seed of seeds(3000, 10))
      expect(run({ seed, proposer: { pipelineSlots: 1 } }).decided).toBeGreaterThan(0);
  });

  it('the same seed gives the same world', () => {
    for (const seed of seeds(1, 10)) expect(run({ seed })).toEqual(run({ seed }));
    expect(run({ seed: 1 }).hash).not.toBe(run({ seed: 2 }).hash);
  });
});

describe('the oracle notices', () => {
  /** Rules broken on purpose. Each must be found, or the worlds prove nothing. */
  const mutants: Record<string, Partial<Steps>> = {
    'an acceptor that votes below its promise': {
      acceptor(state, input) {
        if (input.type === 'message' && input.message.type === 'accept') {
          const { promised } = state;
          state.promised = 0;
          const output = stepAcceptor(state, input);
          state.promised = promised;
          return output;
        }
        return stepAcceptor(state, input);
      },
    },
    'an acceptor that answers before its records are durable': { waitsForSync: false },
    'a member that forgets everything in a crash': { recovers: false },
    'an acceptor whose vote does not raise its promise': {
      acceptor(state, input) {
        const { promised } = state;
        const output = stepAcceptor(state, input);
        if (input.type === 'message' && input.message.type === 'accept') state.promised = promised;
        return output;
      },
    },
    'an acceptor that hides its votes': {
      acceptor(state, input) {
        const output = stepAcceptor(state, input);
        const messages = output.messages.map((envelope) => {
          if (envelope.message.type !== 'promise') return envelope;
          return { ...envelope, message: { ...envelope.message, votes: [] } };
        });
        return { ...output, messages };
      },
    },
    'a learner that takes one vote for a quorum': {
      learner(state, input, now) {
        if (input.type === 'message' && input.message.type === 'accepted') {
          const others = state.quorums.members.filter((member) => member !== input.from);
          for (const from of others) stepLearner(state, { ...input, from }, now);
        }
        return stepLearner(state, input, now);
      },
    },
    'a leader that proposes its own values where others were voted for': {
      proposer(state, input, now) {
        const wasPreparing = state.role.name === 'preparing';
        const outputs = stepProposer(state, input, now);
        if (!wasPreparing || state.role.name !== 'leading') return outputs;
        return outputs.map((output) => {
          if (output.type !== 'send' || output.message.type !== 'accept') return output;
          return { ...output, message: { ...output.message, value: new Uint8Array(0) } };
        });
      },
    },
    'a leader that serves reads from what it knows, without asking whether it still leads': {
      proposer(state, input, now) {
        const outputs = stepProposer(state, input, now);
        if (input.type === 'ask-mark' && state.role.name === 'leading') {
          outputs.push({ type: 'mark', token: input.token, slot: state.decidedUpTo });
        }
        return outputs;
      },
    },
  };

  it.each(Object.entries(mutants))('%s', (_, steps) => {
    const find = (): void => {
      for (const seed of seeds(1, 300)) run({ seed, steps });
    };
    expect(find).toThrow(Violation);
  });
});
