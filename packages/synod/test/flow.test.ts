import { describe, expect, it } from '@jest/globals';
import {
  createProposer,
  foundingConfiguration,
  type History,
  type Leading,
  type MemberId,
  majority,
  type ProposerInput,
  type ProposerMessage,
  type ProposerOptions,
} from '../src/index.js';
import { playProposer, type Said } from './playing.js';

const TRIO: History = [foundingConfiguration(majority([0, 1, 2]))];
const KIB = 1024;
const WINDOW = 256 * KIB;

/** The time of no question: it says nothing of how long answers take. */
const NO_TOKEN = 2 ** 50;

/** A leader, of three members, with a clock. All heartbeats are answered within `lineMs` by those who are not silent. */
function office(options: Partial<ProposerOptions> = {}) {
  const state = createProposer(0, TRIO, {
    promised: 0,
    decidedUpTo: 0,
    seed: 7,
    now: 0,
    options: { windowBytes: WINDOW, ...options },
  });
  let now = 0;
  const silent = new Set<MemberId>();
  const sent: { at: number; to: MemberId; slot: number; bytes: number }[] = [];
  let settledUpTo = 0;
  const take = (outputs: readonly Said[]): void => {
    for (const output of outputs) {
      if (output.type !== 'send') continue;
      const { to, message } = output;
      if (message.type === 'accept') sent.push({ at: now, to, slot: message.slot, bytes: message.value.length });
      if (message.type !== 'heartbeat' || silent.has(to)) continue;
      const { ballot, sequence } = message;
      hear(to, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 0 });
    }
  };
  const step = (input: ProposerInput): Said[] => {
    const outputs = playProposer(state, input, now);
    take(outputs);
    return outputs;
  };
  const hear = (from: MemberId, message: ProposerMessage): void => void step({ type: 'message', from, message });
  const role = (): Leading => {
    if (state.role.name !== 'leading') throw new Error(state.role.name);
    return state.role;
  };
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now += 25;
      step({ type: 'tick' });
    }
  };
  while (state.role.name !== 'canvassing') pass(25);
  const { attempt } = state.role;
  hear(1, { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 0 });
  for (const from of [0, 1]) {
    const promise = { type: 'promise', fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0 } as const;
    hear(from, { ...promise, ballot: state.highestSeen, votes: [], token: NO_TOKEN });
  }
  const { ballot } = role();
  return {
    role,
    pass,
    hear,
    silent,
    /** What was sent since it was last looked at, to a member, as slots. */
    slotsTo: (member: MemberId): number[] => {
      const found = sent.filter(({ to }) => to === member).map(({ slot }) => slot);
      for (let index = sent.length - 1; index >= 0; index--) if (sent[index]?.to === member) sent.splice(index, 1);
      return found;
    },
    timesTo: (member: MemberId): number[] => [
      ...new Set(sent.filter(({ to }) => to === member).map(({ at }) => at - (sent[0]?.at ?? 0))),
    ],
    forget: (): void => void sent.splice(0),
    propose: (count: number, bytes: number): void => {
      for (let index = 0; index < count; index++) {
        const value = new Uint8Array(bytes);
        value[0] = 1;
        step({ type: 'propose', value, token: index });
      }
    },
    accept: (from: MemberId, slots: readonly number[]): void => {
      for (const slot of slots) hear(from, { type: 'accepted', ballot, slot });
    },
    /** The own learner knows the next slots to be decided, as they were proposed. */
    decide: (upTo: number): void => {
      const settled = [...role().inFlight].map(([slot, value]) => ({ slot, value })).filter(({ slot }) => slot <= upTo);
      settledUpTo = Math.max(settledUpTo, upTo);
      step({ type: 'settled', settled, decidedUpTo: settledUpTo, history: TRIO });
    },
  };
}

/** A leader that has decided its first slot. */
function settledOffice(options?: Partial<ProposerOptions>): ReturnType<typeof office> {
  const made = office(options);
  made.pass(25);
  for (const member of [0, 1, 2]) made.accept(member, [1]);
  made.decide(1);
  made.forget();
  return made;
}

describe('a window', () => {
  it('bounds what a voter has to answer; what waits goes out in the order of slots as answers come', () => {
    const { propose, slotsTo, accept } = settledOffice();
    propose(20, 32 * KIB);
    expect(slotsTo(1)).toEqual([2, 3, 4]);
    accept(1, [3]);
    expect(slotsTo(1)).toEqual([5]);
    accept(1, [2, 4]);
    expect(slotsTo(1)).toEqual([6, 7]);
    // The own acceptor is behind no line.
    expect(slotsTo(0)).toHaveLength(20);
  });

  it('always has room for one proposal', () => {
    const { propose, slotsTo, accept } = settledOffice();
    propose(3, 1024 * KIB);
    expect(slotsTo(1)).toEqual([2]);
    accept(1, [2]);
    expect(slotsTo(1)).toEqual([3]);
  });

  it('does not hold up others: who is quick gets everything', () => {
    const { propose, slotsTo, accept, decide, role } = settledOffice();
    propose(40, 32 * KIB);
    for (let slots = slotsTo(1); slots.length > 0; slots = slotsTo(1)) accept(1, slots);
    decide(41);
    expect(role().inFlight.size).toBe(0);
    expect(slotsTo(2)).toEqual([2, 3, 4]);
  });

  it('sends nothing to anybody that is decided: who needs it fetches it', () => {
    const { propose, slotsTo, accept, decide } = settledOffice();
    propose(10, 32 * KIB);
    accept(1, slotsTo(1));
    slotsTo(2);
    decide(8);
    accept(2, [2, 3, 4]);
    expect(slotsTo(2)).toEqual([9, 10, 11]);
  });

  it('grows where heartbeats come back soon, up to what is allowed', () => {
    const { propose, pass, slotsTo, accept, decide } = settledOffice();
    propose(60, 32 * KIB);
    let most = 0;
    for (let round = 0; round < 10; round++) {
      const slots = slotsTo(1);
      most = Math.max(most, slots.length);
      accept(1, slots);
      pass(50);
    }
    decide(1);
    expect(most).toBe(7);
  });

  it('shrinks where heartbeats come back late', () => {
    const made = settledOffice();
    const { propose, pass, hear, role, silent, slotsTo, accept } = made;
    silent.add(1);
    pass(50);
    const { ballot, sequence } = role();
    silent.delete(1);
    silent.add(1);
    pass(300);
    hear(1, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 0 });
    propose(20, 16 * KIB);
    expect(slotsTo(1)).toHaveLength(3);
    accept(1, [2]);
    expect(slotsTo(1)).toHaveLength(1);
  });

  it('opens for what a voter has on disk, although its answers got lost', () => {
    const { propose, hear, role, slotsTo, decide, pass } = settledOffice();
    propose(10, 32 * KIB);
    expect(slotsTo(2)).toEqual([2, 3, 4]);
    decide(4);
    const { ballot, sequence } = role();
    hear(2, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 4 });
    pass(25);
    expect(slotsTo(2)).toEqual([5, 6, 7, 8, 9, 10, 11]);
  });
});

describe('what has no answer', () => {
  it('is sent again to one that knows it to be decided, as long as the leader does not', () => {
    const { propose, hear, role, slotsTo, pass } = settledOffice();
    propose(1, KIB);
    expect(slotsTo(2)).toEqual([2]);
    const { ballot, sequence } = role();
    hear(2, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 2 });
    pass(250);
    expect(slotsTo(2)).toEqual([2]);
  });

  it('is sent again to who did not answer only, with growing pauses', () => {
    const { propose, pass, accept, timesTo, slotsTo } = settledOffice();
    propose(2, KIB);
    accept(0, [2, 3]);
    accept(1, [2]);
    pass(6000);
    expect(timesTo(2)).toEqual([0, 200, 600, 1400, 2900, 4400, 5900]);
    expect(slotsTo(0)).toEqual([2, 3]);
    expect(slotsTo(1)).toEqual([2, 3, 3, 3, 3, 3, 3, 3]);
  });

  it('is sent again although what follows it is answered all the time', () => {
    const { propose, pass, accept, slotsTo } = settledOffice();
    let again = 0;
    for (let round = 0; round < 40; round++) {
      propose(1, KIB);
      pass(25);
      const slots = slotsTo(1);
      again += slots.filter((slot) => slot === 2).length;
      accept(
        1,
        slots.filter((slot) => slot !== 2),
      );
    }
    expect(again).toBeGreaterThan(3);
  });

  it('is waited for as long as answers take', () => {
    const { propose, pass, accept, slotsTo } = settledOffice();
    let again = 0;
    for (let slot = 2; slot < 17; slot++) {
      propose(1, KIB);
      pass(2000);
      again = slotsTo(1).length - 1;
      accept(1, [slot]);
    }
    expect(again).toBe(0);
  });

  it('is sent again soon to one that was silent, and is back', () => {
    const { propose, pass, silent, forget, slotsTo } = settledOffice();
    silent.add(2);
    propose(1, KIB);
    pass(3000);
    expect(slotsTo(2)).toEqual([2]);
    forget();
    silent.delete(2);
    pass(150);
    expect(slotsTo(2)).toEqual([2]);
  });

  it('is not sent again before a heartbeat that followed it is answered: on a slow line all may still be on its way', () => {
    const { propose, pass, silent, slotsTo, hear, role } = settledOffice();
    const before = role().sequence;
    for (const member of [1, 2]) silent.add(member);
    pass(25);
    propose(1, 800 * KIB);
    pass(2000);
    const { ballot, sequence } = role();
    const reply = (number: number): void =>
      hear(1, { type: 'heartbeat-reply', ballot, sequence: number, leaseMs: 0, decidedUpTo: 0 });
    for (let number = before; number <= before + 1; number++) reply(number);
    pass(25);
    expect(slotsTo(1)).toEqual([2]);
    // All of them, in their order: nothing is lost, but this one was sent behind the proposal.
    for (let number = before + 2; number <= sequence; number++) reply(number);
    pass(25);
    // The vote may wait for the disk, which the replies do not.
    expect(slotsTo(1)).toEqual([]);
    silent.delete(1);
    pass(100);
    expect(slotsTo(1)).toEqual([2]);
  });

  it('is not sent again to one that has answered all heartbeats, late: they came behind it on a slow line', () => {
    const { propose, pass, silent, forget, slotsTo, hear, role } = settledOffice({ resendMs: 5000 });
    pass(200);
    const answered = role().confirmed.get(2) ?? 0;
    silent.add(2);
    propose(1, KIB);
    pass(400);
    forget();
    const { ballot, sequence: last } = role();
    for (let sequence = answered + 1; sequence <= last; sequence++)
      hear(2, { type: 'heartbeat-reply', ballot, sequence, leaseMs: 0, decidedUpTo: 0 });
    silent.delete(2);
    pass(300);
    expect(answered).toBeGreaterThan(0);
    expect(slotsTo(2)).toEqual([]);
  });

  it('is not sent again when its answer comes late, after it was given up', () => {
    const { propose, pass, accept, slotsTo } = settledOffice({ windowBytes: 128 * KIB });
    propose(8, 60 * KIB);
    expect(slotsTo(1)).toEqual([2, 3]);
    pass(250);
    expect(slotsTo(1)).toEqual([2]);
    accept(1, [3, 2]);
    expect(slotsTo(1)).toEqual([4]);
  });

  it('remembers no more of a voter that never answers than it may, however much is decided meanwhile', () => {
    const { propose, pass, decide, role, accept } = settledOffice({ windowBytes: 1024 * KIB });
    // Its window is wide before it falls silent.
    for (let round = 0; round < 4; round++) {
      const first = role().nextSlot;
      propose(60, 16 * KIB);
      pass(50);
      const slots = Array.from({ length: 60 }, (_, index) => first + index);
      for (const member of [0, 1, 2]) accept(member, slots);
      decide(first + 59);
    }
    const remembered = (): number => role().flows.get(2)?.unanswered.size ?? 0;
    for (let round = 0; round < 60; round++) {
      const first = role().nextSlot;
      propose(200, 1);
      decide(first + 199);
    }
    expect(remembered()).toBeGreaterThan(8000);
    pass(500);
    expect(remembered()).toBeLessThanOrEqual(4096);
  });

  it('keeps a voter that answers nothing from getting more than a proposal at a time', () => {
    const { propose, pass, decide, slotsTo, accept } = settledOffice();
    propose(60, KIB);
    expect(slotsTo(2)).toHaveLength(60);
    pass(250);
    decide(61);
    slotsTo(2);
    pass(500);
    propose(60, KIB);
    expect(slotsTo(2)).toEqual([62]);
    accept(2, [62]);
    expect(slotsTo(2).length).toBeGreaterThan(20);
  });
});

it('a leader votes also where its vote does not count: so it knows what is decided when the others hear nothing of one another', () => {
  const old = foundingConfiguration(majority([0, 1, 2]), 3);
  const next = { ...old, number: 1, from: 4, voters: majority([0, 1, 2, 3]) };
  const both: History = [old, next];
  const state = createProposer(3, both, { promised: 0, decidedUpTo: 0, seed: 7, now: 0, options: {} });
  const step = (input: ProposerInput): Said[] => playProposer(state, input, now);
  let now = 0;
  for (; state.role.name !== 'canvassing'; now += 25) step({ type: 'tick' });
  const { attempt } = state.role;
  const outputs: Said[] = [];
  for (const from of [0, 2]) {
    const message = { type: 'canvass-reply', attempt, support: true, highestSeen: 0, decidedUpTo: 0 } as const;
    step({ type: 'message', from, message });
  }
  for (const from of [3, 0, 2]) {
    const promise = { type: 'promise', fromSlot: 1, upTo: undefined, isPaused: false, decidedUpTo: 0 } as const;
    const message = { ...promise, ballot: state.highestSeen, votes: [], token: NO_TOKEN };
    outputs.push(...step({ type: 'message', from, message }));
  }
  outputs.push(...step({ type: 'propose', value: Uint8Array.of(1, 7), token: 1 }));
  const asked = outputs.filter((output) => output.type === 'send' && output.message.type === 'accept');
  // Slot 1 is of the old members; the leader is none of them.
  expect(asked).toContainEqual({
    type: 'send',
    to: 3,
    message: expect.objectContaining({ type: 'accept', slot: 1 }),
  });
});

describe('the pipeline', () => {
  it('is bounded in bytes, but for one proposal; the rest waits for what is decided', () => {
    const { propose, role, decide } = settledOffice({ pipelineBytes: 100 * KIB });
    propose(10, 40 * KIB);
    expect(role().inFlight.size).toBe(3);
    decide(2);
    expect([...role().inFlight.keys()]).toEqual([3, 4, 5]);
    expect(role().backlog).toHaveLength(6);
    expect(role().backlogBytes).toBe(6 * 40 * KIB);
    decide(5);
    expect(role().inFlightBytes).toBe(120 * KIB);
  });

  it('takes no more values than so many bytes that wait', () => {
    const { propose, role } = settledOffice({ pipelineBytes: KIB });
    propose(100, 1024 * KIB);
    expect(role().backlog.length).toBe(64);
  });
});
