import { expect, it } from '@jest/globals';
import { createProposer, foundingConfiguration, type History, majority, nextBallot } from '../src/index.js';
import { playProposer } from './playing.js';

const SLOTS = 1000;
const V = new Uint8Array([1]);
const TRIO: History = [foundingConfiguration(majority([0, 1, 2]), SLOTS)];

it('a leader that is bound in as many slots as alpha allows does not look at all of them for each that is decided', () => {
  const state = createProposer(0, TRIO, { promised: 0, decidedUpTo: 0, seed: 7, now: 0 });
  let now = 0;
  while (state.role.name === 'following') {
    now += 25;
    playProposer(state, { type: 'tick' }, now);
  }
  const reply = {
    type: 'canvass-reply',
    attempt: 1,
    support: true,
    highestSeen: nextBallot(1, 0),
    decidedUpTo: 0,
  } as const;
  playProposer(state, { type: 'message', from: 1, message: reply }, now);
  const ballot = nextBallot(0, nextBallot(1, 0));
  const votes = Array.from({ length: SLOTS }, (_, index) => ({ slot: index + 1, ballot: nextBallot(1, 0), value: V }));
  for (const from of [0, 1]) {
    const page = { fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0, votes, token: 0 } as const;
    playProposer(state, { type: 'message', from, message: { type: 'promise', ballot, ...page } }, now);
  }
  if (state.role.name !== 'leading') throw new Error(state.role.name);
  const { bound } = state.role.promises;
  expect(bound.size).toBe(SLOTS);
  let seen = 0;
  const keys = bound.keys.bind(bound);
  bound.keys = () => {
    seen += bound.size;
    return keys();
  };
  for (let slot = 1; slot <= SLOTS; slot++) {
    playProposer(state, { type: 'settled', settled: [{ slot, value: V }], decidedUpTo: slot, history: TRIO }, now);
    expect(bound.size).toBe(SLOTS - slot);
  }
  expect(state.role.name).toBe('leading');
  expect(seen).toBeLessThan(2 * SLOTS);
});
