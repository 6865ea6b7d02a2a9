/**
 * The traps of nact 7.6.2, of stopping: what nact does, asserted, so that a version that
 * cures it is noticed; and that whoever goes through this package is not caught.
 */

import { describe, expect, it } from '@jest/globals';
import {
  type AnyBehaviour,
  type ChildSpec,
  call,
  childReference,
  dispatch,
  mayBeAlive,
  type Reference,
  startSupervisor,
  startSystem,
  stop,
} from '../src/index.js';
import { crash, keep, silenceNact, supervise } from './nact-traps.js';
import { allUp, gate, inside, rawNact, scribe, systemsOfThisFile, turns, until } from './support.js';

const newSystem = systemsOfThisFile();
silenceNact();

const { spawn, query } = rawNact;

describe('p01: stop does not stop the children', () => {
  it.each(['a parent', 'a system'])(
    'nact: they go on with what is in their mailboxes when %s is stopped',
    async (what) => {
      const system = startSystem();
      const parent = spawn(system, keep, 'parent');
      let handled = 0;
      const child = spawn(
        parent,
        () =>
          turns(1).then(() => {
            handled += 1;
          }),
        'child',
      ) as object;
      const actor = inside(child);
      for (let message = 0; message < 5; message += 1) dispatch(child as Reference, message);
      await until(() => handled === 1);
      stop(what === 'a parent' ? parent : system);
      await until(() => handled === 5);
      expect(actor?.stopped).toBe(false);
      expect(mayBeAlive(child as Reference)).toBe(false);
      if (what === 'a parent') stop(system);
    },
  );

  it('here: a shutdown stops the tree, leaves first, and nothing is handled afterwards', async () => {
    const log: string[] = [];
    let handled = 0;
    const counts: AnyBehaviour = {
      ...scribe(log, 'leaf'),
      receive: () =>
        turns(1).then(() => {
          handled += 1;
        }),
    };
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [
        { id: 'branch', supervisor: { strategy: 'one_for_one', children: [{ id: 'leaf', start: counts }] } },
        { id: 'stem', start: scribe(log, 'stem') },
      ],
    });
    const leaf = childReference(top.child('branch'), 'leaf');
    const actors = [top.ref, top.child('branch'), leaf].map(inside);
    for (let message = 0; message < 5; message += 1) dispatch(leaf, message);
    await until(() => handled === 1);
    await top.shutdown();
    const before = handled;
    await turns(10);
    expect(handled).toBe(before);
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, true, true]);
    expect(log).toEqual(['+leaf', '+stem', '-stem shutdown', '-leaf shutdown']);
  });
});

describe('p07: stop does not wait for the handler in flight', () => {
  it('nact: its effects come after those of a successor, and an old reference reaches that', async () => {
    const system = newSystem();
    const slow = gate();
    const log: string[] = [];
    const generation = (name: string) => async (_state: unknown, message: string) => {
      log.push(`${name} begins ${message}`);
      if (message === 'slow') await slow.opened;
      log.push(`${name} writes ${message}`);
    };
    const first = spawn(system, generation('first'), 'actor');
    dispatch(first, 'slow');
    dispatch(first, 'lost');
    await until(() => log.length === 1);
    stop(first);
    spawn(system, generation('second'), 'actor');
    dispatch(first, 'old reference');
    await until(() => log.length === 3);
    slow.open();
    await until(() => log.length === 4);
    expect(log).toEqual([
      'first begins slow',
      'second begins old reference',
      'second writes old reference',
      'first writes slow',
    ]);
  });

  it('nact: a late fault runs afterStop a second time', async () => {
    const slow = gate();
    let stops = 0;
    let begun = false;
    const receive = async (): Promise<void> => {
      begun = true;
      await slow.opened;
      crash();
    };
    const actor = spawn(newSystem(), receive, 'actor', {
      afterStop: () => {
        stops += 1;
      },
    });
    dispatch(actor, 'slow');
    await until(() => begun);
    stop(actor);
    slow.open();
    await until(() => stops === 2);
  });

  it('nact: a query to an actor that stops is told so by its timeout only', async () => {
    const actor = spawn(newSystem(), () => new Promise(() => {}), 'actor');
    const pending = query(actor, () => 'x', 10) as Promise<unknown>;
    await turns(2);
    stop(actor);
    await expect(pending).rejects.toThrow('Query Timeout');
  });

  it('here: the successor begins when the handler in flight has ended, and terminate has run once', async () => {
    const log: string[] = [];
    const slow = gate();
    const top = await supervise(newSystem(), { a: scribe(log, 'a'), b: scribe(log, 'b') }, 'one_for_all');
    dispatch(top.child('a'), { wait: slow });
    await turns(2);
    dispatch(top.child('b'), 'boom');
    await until(() => log.includes('-b crash'));
    await turns(5);
    expect(log).toEqual(['+a', '+b', '-b crash']);
    slow.open();
    await until(() => log.length === 6);
    expect(log.slice(3)).toEqual(['-a shutdown', '+a', '+b']);
    await allUp(top);
    await top.shutdown();
    await expect(call(top.child('a'), 'echo', { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'noproc' });
  });
});

describe('p10: shutdownAfter', () => {
  it('nact: of 30 days is over at once', async () => {
    let stopped = false;
    spawn(newSystem(), keep, 'actor', {
      shutdownAfter: 30 * 24 * 3_600_000,
      afterStop: () => {
        stopped = true;
      },
    });
    await until(() => stopped);
  });

  it('here: a time that no timer can wait is refused', async () => {
    const children: ChildSpec[] = [{ id: 'a', start: scribe([], 'a'), shutdown: 30 * 24 * 3_600_000 }];
    const starting = startSupervisor(newSystem(), 'top', { strategy: 'one_for_one', children });
    await expect(starting).rejects.toThrow('child a: shutdown: 2592000000');
  });
});
