import { describe, expect, it } from '@jest/globals';
import {
  call,
  childReference,
  type DeadLetter,
  deadLetters,
  dispatch,
  exit,
  onDeadLetter,
  type Reference,
  startActor,
  startSupervisor,
  startSystem,
  stop,
  stopSystem,
  trapExit,
} from '../src/index.js';
import { plain, probe } from './probe.js';
import { forEachTest, gate, rawNact, scribe, turns, until, untyped } from './support.js';

let system: Reference;
forEachTest((fresh) => {
  system = fresh;
});

const NONE = { noproc: 0, ended: 0, overloaded: 0, 'not-understood': 0, unsendable: 0, fenced: 0 };

describe('a bounded mailbox', () => {
  it.each([
    ['refuse', [1, 2, 3], [4, 5], [true, true, true, false, false]],
    ['drop-oldest', [3, 4, 5], [1, 2], [true, true, true, true, true]],
  ] as const)(
    '%s: of 5 messages for 3 places %j are handled, %j are dead letters',
    async (whenFull, handled, lost, taken) => {
      const busy = gate();
      const { ref, seen } = await probe(system, 'a', { mailbox: { limit: 3, whenFull } });
      const letters: DeadLetter[] = [];
      onDeadLetter(system, (letter) => letters.push(letter));
      dispatch(ref, () => busy.opened);
      await turns(2);
      expect([1, 2, 3, 4, 5].map((message) => dispatch(ref, message))).toEqual(taken);
      busy.open();
      await until(() => seen.length === 3);
      await turns(2);
      expect(seen).toEqual(handled);
      expect(letters).toEqual(
        lost.map((message) => ({ recipient: ref, message, sender: undefined, reason: 'overloaded' })),
      );
      expect(deadLetters(system)).toEqual({ ...NONE, overloaded: 2 });
    },
  );

  it.each(['refuse', 'drop-oldest'] as const)(
    "%s: a call that is not handled fails at once, and so does nact's query",
    async (whenFull) => {
      const busy = gate();
      const ref = (await startActor(system, 'a', scribe([], 'a'), { mailbox: { limit: 2, whenFull } })) as Reference;
      dispatch(ref, { wait: busy });
      await turns(2);
      const asked = [1, 2, 3, 4].map(() => call(ref, 'echo', { timeoutMs: 60_000 }));
      const outcomes = asked.map((reply) =>
        reply.then(
          () => 'answered',
          (error: { code: string }) => error.code,
        ),
      );
      const [early, late] =
        whenFull === 'refuse' ? [outcomes.slice(2), outcomes.slice(0, 2)] : [outcomes.slice(0, 2), outcomes.slice(2)];
      expect(await Promise.all(early)).toEqual(['overloaded', 'overloaded']);
      if (whenFull === 'refuse') {
        // A short time: when it fails, nact's query leaves its timer behind.
        await expect(rawNact.query(ref, 'echo', 200)).rejects.toMatchObject({ code: 'overloaded' });
      }
      busy.open();
      expect(await Promise.all(late)).toEqual(['answered', 'answered']);
    },
  );

  it.each(['refuse', 'drop-oldest'] as const)(
    '%s: a Down and an Exit always arrive, and are never dropped',
    async (whenFull) => {
      const busy = gate();
      const { ref, seen, context } = await probe(system, 'a', { mailbox: { limit: 1, whenFull } });
      const objects = await Promise.all(['b', 'c'].map((name) => probe(system, name)));
      context.trapExit(true);
      for (const object of objects) {
        context.monitor(object.ref);
        context.link(object.ref);
      }
      dispatch(ref, () => busy.opened);
      await turns(2);
      for (const object of objects) exit(object.ref, 'shutdown');
      for (const message of [1, 2, 3]) dispatch(ref, message);
      busy.open();
      await until(() => seen.length >= 4);
      await turns(5);
      expect(seen.filter((message) => typeof message === 'object')).toMatchObject([
        { type: 'DOWN' },
        { type: 'EXIT' },
        { type: 'DOWN' },
        { type: 'EXIT' },
      ]);
    },
  );

  it('does not keep an actor from starting, and is that of every incarnation', async () => {
    const busy = gate();
    const supervisor = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a'), mailbox: { limit: 1 } }],
    });
    for (const restarts of [1, 2]) {
      dispatch(supervisor.child('a'), 'boom');
      await until(() => supervisor.status().children[0]?.restarts === restarts);
    }
    dispatch(supervisor.child('a'), { wait: busy });
    await turns(2);
    expect([1, 2].map((message) => dispatch(supervisor.child('a'), message))).toEqual([true, false]);
    busy.open();
    await supervisor.shutdown();
  });

  it.each([
    [{ limit: 0 }, 'a: mailbox.limit: 0 is not a whole number of messages, 1 or more'],
    [{ limit: 1.5 }, 'a: mailbox.limit: 1.5'],
    [{ limit: 1, whenFull: 'drop-newest' }, 'a: mailbox.whenFull: drop-newest is none of refuse, drop-oldest'],
  ])('of %j is refused', async (mailbox, message) => {
    const starting = untyped.startActor(system, 'a', scribe([], 'a'), { mailbox });
    await expect(starting).rejects.toThrow(message);
    const spec = { strategy: 'one_for_one', children: [{ id: 'a', start: scribe([], 'a'), mailbox }] };
    await expect(untyped.startSupervisor(system, 'top', spec)).rejects.toThrow(RangeError);
  });
});

describe('a dead letter', () => {
  it('is what is sent to nobody, by whatever means', async () => {
    const nobody = childReference(system, 'nobody');
    const { context, ref } = await probe(system, 'a');
    const letters: DeadLetter[] = [];
    const unsubscribe = onDeadLetter(system, (letter) => letters.push(letter));
    expect(dispatch(nobody, 1)).toBe(false);
    expect(context.dispatch(nobody, 2, ref)).toBe(false);
    rawNact.dispatch(nobody, 3, ref);
    rawNact.dispatch(childReference(ref, 'below'), 4);
    await expect(call(nobody, 5, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'noproc' });
    expect(letters.map(({ message, sender, reason }) => [message, sender, reason])).toEqual([
      [1, undefined, 'noproc'],
      [2, ref, 'noproc'],
      [3, ref, 'noproc'],
      [4, undefined, 'noproc'],
    ]);
    unsubscribe();
    dispatch(nobody, 6);
    expect(letters).toHaveLength(4);
    expect(deadLetters(system)).toEqual({ ...NONE, noproc: 5 });
  });

  it("does not make anybody of nobody: nact's query, spawn and stop find none", async () => {
    const nobody = childReference(system, 'nobody');
    await expect(rawNact.query(nobody, 1, 60_000)).rejects.toThrow('Actor stopped or never existed');
    expect(() => rawNact.spawn(nobody, () => 0, 'child')).toThrow('Actor has stopped or never even existed');
    rawNact.stop(nobody);
    expect(deadLetters(system)).toEqual(NONE);
  });

  it.each(['stop', 'crash', 'kill'])(
    'is what waits in a mailbox, and what is under way to the handler, at an end: %s',
    async (how) => {
      const busy = gate();
      const { ref } = await probe(system, 'a', { shutdown: 50, onTrouble: () => {} });
      const messages: unknown[] = [];
      onDeadLetter(system, ({ message, reason }) => messages.push([message, reason]));
      dispatch(ref, () => busy.opened);
      await turns(2);
      for (const message of [1, 2, 3]) dispatch(ref, message);
      if (how === 'stop') stop(ref);
      else exit(ref, how === 'kill' ? 'kill' : { crash: new Error('boom') });
      busy.open();
      await until(() => messages.length >= 3);
      await turns(5);
      expect(messages.sort()).toEqual([1, 2, 3].map((message) => [message, 'ended']));
    },
  );

  it('is what an actor that is about to end does not handle any more', async () => {
    const slow = gate();
    const { ref, context } = await probe(system, 'a', {}, { terminate: () => slow.opened });
    context.exit();
    await turns(2);
    expect(dispatch(ref, 'too late')).toBe(true);
    await turns(2);
    expect(deadLetters(system)).toMatchObject({ ended: 1 });
    slow.open();
  });

  it('is counted where it was sent, when it was sent by an incarnation that had ended', async () => {
    const other = startSystem();
    const { ref } = await probe(other, 'b');
    const { context, ref: from } = await probe(system, 'a');
    exit(from, 'kill');
    expect(context.dispatch(ref, 'from beyond')).toBe(false);
    expect(deadLetters(system)).toEqual({ ...NONE, fenced: 1 });
    expect(deadLetters(other)).toEqual(NONE);
    await stopSystem(other);
  });

  it('does no harm when a listener fails, and none is counted once the system has stopped', async () => {
    const seen: unknown[] = [];
    onDeadLetter(system, () => {
      throw new Error('bad listener');
    });
    untyped.onDeadLetter(system, () => Promise.reject(new Error('bad listener')));
    onDeadLetter(system, ({ message }) => seen.push(message));
    dispatch(childReference(system, 'nobody'), 1);
    await stopSystem(system);
    expect(dispatch(childReference(system, 'nobody'), 2)).toBe(false);
    expect(seen).toEqual([1]);
    expect(deadLetters(system)).toEqual(NONE);
    expect(onDeadLetter(system, () => {})()).toBeUndefined();
  });

  it('is not a message to a plain nact actor, and its mailbox can be trusted with a Down', async () => {
    const one = plain(system, 'one');
    trapExit(one.ref, true);
    dispatch(one.ref, 'hello');
    await until(() => one.seen.length === 1);
    expect(deadLetters(system)).toEqual(NONE);
  });
});
