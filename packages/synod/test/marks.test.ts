import { expect, it } from '@jest/globals';
import {
  commandsValue,
  createProposer,
  foundingConfiguration,
  type History,
  holdsLease,
  majority,
  nextBallot,
  type ProposerMessage,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const value = (number: number) => commandsValue(new Uint8Array([number]));

it('a mark looks up what the promises of the next configuration tell, also those that came after the question', () => {
  // Slots 1 to 5 are decided. Members 0, 1 and 2 vote up to slot 6; from slot 7 on member 3 votes in the place of member 2.
  const old = { ...foundingConfiguration(majority([0, 1, 2]), 2), learners: [3] };
  const next = { ...old, number: 1, from: 7, voters: majority([0, 1, 3]), learners: [], spent: [2] };
  const history: History = [old, next];
  const before = nextBallot(0, 0);
  const state = createProposer(1, history, {
    promised: before,
    decidedUpTo: 5,
    seed: 1,
    now: 0,
    options: { leaseMs: 0 },
  });
  let now = 0;
  const marks: number[] = [];
  const note = (outputs: readonly Said[]): void => {
    for (const output of outputs) if (output.type === 'mark') marks.push(output.slot);
  };
  const hear = (from: number, message: ProposerMessage) =>
    note(playProposer(state, { type: 'message', from, message }, now));
  const tick = () => {
    now += 25;
    note(playProposer(state, { type: 'tick' }, now));
  };
  while (state.role.name === 'following') tick();
  const { attempts: attempt } = state;
  hear(2, { type: 'canvass-reply', attempt, support: true, highestSeen: before, decidedUpTo: 5 });
  const { ballot } = state.role as unknown as { ballot: number };
  const page = {
    type: 'promise',
    ballot,
    fromSlot: 6,
    upTo: undefined,
    isPaused: false,
    decidedUpTo: 5,
    token: 0,
  } as const;
  const vote = (slot: number) => ({ slot, ballot: before, value: value(slot) });
  for (const from of [1, 2]) hear(from, { ...page, votes: [vote(6)] });
  expect(state.role.name).toBe('leading');
  // Member 0, that led before, has had slot 7 decided by itself and member 3, and told its client. Now somebody asks to read.
  note(playProposer(state, { type: 'ask-mark', token: 1 }, now));
  note(playProposer(state, { type: 'settled', settled: [{ slot: 6, value: value(6) }], decidedUpTo: 6, history }, now));
  hear(3, { ...page, fromSlot: 7, decidedUpTo: 6, votes: [vote(7)] });
  for (const from of [1, 3]) {
    const { sequence } = state.role as unknown as { sequence: number };
    hear(from, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 6 });
  }
  expect(marks).toEqual([7]);
});

it('a lease holds while a change is on its way only where both configurations have granted it', () => {
  // Slots 1 to 5 are decided; from slot 9 on members 3 and 4 vote in the place of members 1 and 2, who could still decide the others.
  const old = { ...foundingConfiguration(majority([0, 1, 2]), 4), learners: [3, 4] };
  const next = { ...old, number: 1, from: 9, voters: majority([0, 3, 4]), learners: [], spent: [1, 2] };
  const history: History = [old, next];
  const state = createProposer(0, history, { promised: 0, decidedUpTo: 5, seed: 1, now: 0 });
  let now = 0;
  const hear = (from: number, message: ProposerMessage) => playProposer(state, { type: 'message', from, message }, now);
  const confirm = (...members: number[]) => {
    const { role } = state;
    if (role.name !== 'leading') throw new Error(role.name);
    const { ballot, sequence } = role;
    for (const from of members) hear(from, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 250, decidedUpTo: 5 });
  };
  const before = nextBallot(1, 0);
  hear(1, { type: 'heartbeat', ballot: before, sequence: 1, decidedUpTo: 5, leaseMs: 250 });
  hear(1, { type: 'handover', ballot: before });
  const page = { type: 'promise', ballot: state.highestSeen, fromSlot: 6, upTo: undefined, isPaused: false } as const;
  for (const from of [0, 1]) hear(from, { ...page, decidedUpTo: 5, votes: [], token: 0 });
  // The window is filled, and nothing of it is decided yet.
  for (const number of [6, 7, 8]) playProposer(state, { type: 'propose', value: value(number), token: number }, now);
  expect(state.role).toMatchObject({ name: 'leading', nextSlot: 9 });
  confirm(0, 1, 3);
  expect(holdsLease(state, now)).toBe(true);
  now = 200;
  playProposer(state, { type: 'tick' }, now);
  confirm(0, 3, 4);
  // What member 1 granted has run out: it may follow member 2, and they decide slot 6.
  now = 300;
  expect(holdsLease(state, now)).toBe(false);
  confirm(2);
  expect(holdsLease(state, now)).toBe(true);
});
