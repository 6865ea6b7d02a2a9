import { describe, expect, it } from '@jest/globals';
import {
  type ActorContext,
  call,
  deadLetters,
  dispatch,
  exit,
  FencedError,
  type Reference,
  type Supervisor,
  startSupervisor,
  stop,
} from '../src/index.js';
import { probe } from './probe.js';
import { forEachTest, type Gate, gate, turns, until } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const SOON = { timeoutMs: 600_000 };

/** How many times the handler below waits. */
const AWAITS = 5;

/** Ways in which an incarnation ends while its handler waits. */
const ENDS: Record<string, (context: ActorContext, supervisor: Supervisor) => void> = {
  'it is failed from outside': (context) => context.fail(new Error('the disk is full')),
  'an exit signal': (context) => exit(context.self, { crash: new Error('a link broke') }),
  'the signal kill': (context) => exit(context.self, 'kill'),
  "nact's stop": (context) => stop(context.self),
  'the crash of a sibling, past its limit': (_, supervisor) => exit(supervisor.child('first'), 'kill'),
};

interface Ledger {
  readonly written: string[];
  write(what: string): Promise<string>;
}

/**
 * An actor that does everything that an actor can do, at every await of one handler, on behalf of its own incarnation.
 */
async function openTree(
  gates: readonly Gate[],
  witness: Reference,
): Promise<{
  readonly supervisor: Supervisor;
  readonly contexts: ActorContext[];
  readonly written: string[];
  readonly refusals: string[];
  readonly reached: number[];
}> {
  const contexts: ActorContext[] = [];
  const written: string[] = [];
  const refusals: string[] = [];
  const reached: number[] = [];
  const ledger: Ledger = {
    written,
    async write(what) {
      written.push(what);
      await turns(1);
      return `wrote ${what}`;
    },
  };
  const supervisor = await startSupervisor(system, 'top', {
    strategy: 'rest_for_one',
    intensity: 100,
    children: [
      { id: 'first', start: { init: () => 0, receive: (state: number) => state } },
      {
        id: 'actor',
        shutdown: 5,
        start: {
          init(context: ActorContext) {
            contexts.push(context);
            return 'fresh';
          },
          async receive(state: string, message: string, context: ActorContext) {
            if (message === 'show') {
              context.dispatch(context.sender as Reference, state);
              return state;
            }
            const { sender } = context;
            const write = context.fenced((what: string) => ledger.write(what));
            const note = (error: unknown): void => void refusals.push((error as { code: string }).code);
            for (let index = 0; index < AWAITS; index += 1) {
              reached.push(index);
              await gates[index]?.opened;
              const { number, alive } = context.incarnation;
              const by = `${index} by ${alive ? 'the living' : 'the dead'}`;
              try {
                await write(by);
              } catch (error) {
                note(error);
              }
              context.dispatch(witness, `${by} ${number}`);
              context.dispatch(context.self, 'show', sender);
              await context.call(witness, `${by}, call`, SOON).catch(note);
              context.sendAfter(0, 'show');
              context.monitor(witness);
              context.link(witness);
              context.exit();
            }
            context.fail(new Error('too late'));
            return 'stale';
          },
        },
      },
    ],
  });
  return { supervisor, contexts, written, refusals, reached };
}

describe('an incarnation that ended while its handler waited', () => {
  const places = Array.from({ length: AWAITS }, (_, index) => index);
  const cases = Object.keys(ENDS).flatMap((how) => places.map((place) => [how, place] as const));

  it.each(cases)(
    'by %s, at await %i, can neither write nor send nor leave a state behind, however late it finishes',
    async (how, place) => {
      const gates = places.map(() => gate());
      const witnessed: unknown[] = [];
      const { ref: witness, context: own } = await probe(
        system,
        'witness',
        {},
        {
          receive(state, message, context) {
            witnessed.push(message);
            if (context.sender !== undefined) context.dispatch(context.sender, 'heard');
            return state;
          },
        },
      );
      own.trapExit(true);
      const { supervisor, contexts, written, refusals, reached } = await openTree(gates, witness);
      dispatch(supervisor.child('actor'), 'work', witness);
      for (const open of gates.slice(0, place)) open.open();
      await until(() => reached.length === place + 1);
      const before = { written: [...written], witnessed: witnessed.length };
      ENDS[how]?.(contexts[0] as ActorContext, supervisor);
      // Its successor is there, and at work, before the old handler goes on.
      await until(() => contexts.length === 2 && supervisor.status().children[1]?.state === 'running');
      for (const open of gates) open.open();
      await until(() => reached.length === AWAITS);
      await turns(20);
      expect(written).toEqual(before.written);
      expect(witnessed.filter((message) => /^\d by the dead/.test(String(message)))).toEqual([]);
      // What it had sent before it ended, and nothing since.
      expect(witnessed.filter((message) => typeof message === 'string').length).toBe(before.witnessed);
      // At each await that was left: the write, and the call.
      expect(refusals).toEqual(Array.from({ length: 2 * (AWAITS - place) }, () => 'fenced'));
      expect(supervisor.status().children[1]?.fencedMessages).toBe(2 * (AWAITS - place));
      expect(deadLetters(system).fenced).toBe(2 * (AWAITS - place));
      expect(await call(supervisor.child('actor'), 'show', SOON)).toBe('fresh');
      // Its successor is not ended by what the old one wanted to end.
      expect(contexts).toHaveLength(2);
      expect(contexts[1]?.incarnation.alive).toBe(true);
      // Nor linked by it.
      expect(own.incarnation.alive).toBe(true);
    },
  );
});

describe('a handle that is fenced', () => {
  it('passes on what its function gives, throws or rejects, as long as the incarnation lives', async () => {
    const { context } = await probe(system, 'a');
    const echo = context.fenced((value: number) => value);
    expect(echo(7)).toBe(7);
    expect(await context.fenced(async (value: number) => value)(8)).toBe(8);
    const fault = new Error('the disk is full');
    const failing = context.fenced(() => {
      throw fault;
    });
    expect(failing).toThrow(fault);
    await expect(context.fenced(() => Promise.reject(fault))()).rejects.toBe(fault);
  });

  it('refuses before it acts, and what it has begun does not count, whatever it comes to', async () => {
    const { context } = await probe(system, 'a');
    const slow = gate();
    let acted = 0;
    const act = context.fenced(async (fails: boolean) => {
      acted += 1;
      await slow.opened;
      if (fails) throw new Error('the disk is full');
      return 'written';
    });
    const begun = [act(false), act(true)].map((result) => expect(result).rejects.toBeInstanceOf(FencedError));
    context.fail(new Error('boom'));
    expect(() => act(false)).toThrow(FencedError);
    slow.open();
    await Promise.all(begun);
    expect(acted).toBe(2);
  });
});

describe('a call on behalf of an incarnation', () => {
  it('fails at once when that ends, and does not reach the actor itself, which would wait for ever', async () => {
    const { context, ref } = await probe(system, 'a');
    const { ref: other, seen } = await probe(system, 'b');
    const waiting = context.call(other, 'question', SOON);
    await expect(context.call(ref, 'myself', SOON)).rejects.toMatchObject({ code: 'calling-self' });
    await until(() => seen.length === 1);
    exit(ref, 'shutdown');
    await expect(waiting).rejects.toMatchObject({ code: 'fenced' });
    await expect(context.call(other, 'question', SOON)).rejects.toMatchObject({ code: 'fenced' });
    expect(seen).toEqual(['question']);
  });
});

describe('a message to oneself that is still to come', () => {
  it('comes, unless it is taken back or the incarnation ends', async () => {
    const { context, seen } = await probe(system, 'a');
    context.sendAfter(0, 'one');
    const two = context.sendAfter(5, 'two');
    expect([two.cancel(), two.cancel()]).toEqual([true, false]);
    await until(() => seen.length === 1);
    const three = context.sendAfter(0, 'three');
    exit(context.self, 'kill');
    expect(three.cancel()).toBe(false);
    expect(context.sendAfter(0, 'four').cancel()).toBe(false);
    await turns(20);
    expect(seen).toEqual(['one']);
    for (const delay of [-1, Number.NaN, 2 ** 31]) expect(() => context.sendAfter(delay, 'x')).toThrow(RangeError);
  });
});
