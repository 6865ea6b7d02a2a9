/**
 * The traps of nact 7.6.2, of faults: those that end or hang the process (p04, p05) run on nact in a process of their own: what nact does, asserted, so that a version that
 * cures it is noticed; and that whoever goes through this package is not caught.
 */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type AnyBehaviour,
  type Behaviour,
  dispatch,
  mayBeAlive,
  type Reference,
  startSupervisor,
} from '../src/index.js';
import { crash, decide, gated, keep, type Policy, silenceNact, supervise } from './nact-traps.js';
import {
  allUp,
  type Gate,
  gate,
  inside,
  orderAndRestart,
  rawNact,
  scribe,
  systemsOfThisFile,
  turns,
  until,
} from './support.js';

const newSystem = systemsOfThisFile();
silenceNact();

const { spawn, spawnStateless } = rawNact;

/** Runs one of nact's faults in a process of its own. */
function nactProcess(fault: string): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(__dirname, 'fixtures/nact-fault.cjs'), fault], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

describe('p04: faults that kill the process', () => {
  it.each([
    ['onCrashThrows', 'fatal: onCrash'],
    ['afterStopThrows', 'fatal: afterStop'],
    ['escalatesAfterStop', "reading 'handleFault'"],
  ])('nact: %s', async (fault, message) => {
    const { code, output } = await nactProcess(fault);
    expect(code).toBe(1);
    expect(output).toContain(message);
  });

  it('nact: an actor that stops its children for its own fault is busy for ever', async () => {
    const onCrash = decide('stopAllChildren');
    const actor = spawn(newSystem(), crash, 'actor', { onCrash });
    dispatch(actor, 'boom');
    dispatch(actor, 'more');
    await turns(10);
    expect(inside(actor)).toMatchObject({ busy: true, mailbox: { length: 1 } });
  });

  it('here: nothing that a behaviour or a listener throws, early or late, leaves the supervisor', async () => {
    // What would be an unhandled rejection fails this test.
    const late = gate();
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      onEvent: crash,
      children: [
        {
          id: 'child',
          shutdown: 5,
          start: {
            init: () => 0,
            receive: (_state: number, message: string) => (message === 'boom' ? crash() : late.opened.then(crash)),
            terminate: () => late.opened.then(crash),
          },
        },
      ],
    });
    dispatch(top.child('child'), 'boom');
    await until(() => top.status().children[0]?.restarts === 1);
    dispatch(top.child('child'), 'late');
    await turns(3);
    await top.shutdown();
    late.open();
    await turns(3);
    expect(await top.finished).toMatchObject({ reason: 'shutdown' });
  });

  it('here: a message to something that is no reference crashes the one that sends it, and no other', async () => {
    const sends: Behaviour<number, unknown> = {
      init: () => 0,
      receive(state, to, context) {
        context.dispatch(to as Reference, 'x');
        return state;
      },
    };
    const top = await supervise(newSystem(), { child: sends, other: sends });
    const { system } = top.ref;
    for (const to of [undefined, { type: 'actor', system, path: { parts: 5 } }]) {
      // What has the form of a reference and none of its parts fails where nact looks at those.
      expect(() => dispatch(to as unknown as Reference, 'x')).toThrow(to === undefined ? RangeError : TypeError);
      const { restarts } = top.status();
      dispatch(top.child('child'), to);
      await until(() => top.status().restarts === restarts + 1);
      await allUp(top);
    }
    expect(top.status().children.map(({ restarts }) => restarts)).toEqual([2, 0]);
    await top.shutdown();
  });
});

describe('p05: an init that fails', () => {
  it('nact: and is answered with reset keeps the event loop from ever turning', async () => {
    expect(await nactProcess('initThrows')).toEqual({
      code: 7,
      output: 'the timer has not fired in 50000 attempts\n',
    });
  });

  it.each<[string, () => AnyBehaviour]>([
    ['init', () => ({ init: crash, receive: keep })],
    ['start', crash],
  ])('here: a %s that goes on failing lets the event loop turn, until the supervisor gives up', async (_, next) => {
    let started = 0;
    let turned = 0;
    const count = (): void => {
      turned += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const start = (): AnyBehaviour => {
      started += 1;
      return started === 1 ? scribe([], 'a') : next();
    };
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      intensity: 100,
      children: [{ id: 'a', start }],
    });
    dispatch(top.child('a'), 'boom');
    expect(await top.finished).toMatchObject({ how: 'intensity' });
    clearImmediate(immediate);
    expect(started).toBe(101);
    expect(turned).toBeGreaterThan(100);
  });
});

describe('p14 and p15: how often is too often', () => {
  it('nact: resets an actor for ever', async () => {
    let resets = 0;
    const onCrash = (_message: unknown, _error: unknown, policy: Policy): symbol | undefined => {
      resets += 1;
      return policy.reset;
    };
    const actor = spawn(newSystem(), crash, 'actor', { onCrash });
    for (let message = 0; message < 1000; message += 1) dispatch(actor, message);
    await until(() => resets === 1000);
    expect(mayBeAlive(actor)).toBe(true);
  });

  it('nact: escalates a fault to the top, and leaves what failed running', async () => {
    const onCrash = decide('escalate');
    const top = spawn(newSystem(), keep, 'top', { onCrash });
    const middle = spawn(top, keep, 'middle', { onCrash });
    const leaf = spawn(middle, crash, 'leaf', { onCrash });
    const actors = [top, middle, leaf].map(inside);
    dispatch(leaf, 'boom');
    await until(() => actors[0]?.stopped === true);
    await turns(5);
    expect(actors.map((actor) => actor?.stopped)).toEqual([true, false, false]);
  });

  it('here: gives up after the third restart in five seconds, with nothing left', async () => {
    const system = newSystem();
    const top = await startSupervisor(system, 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
    });
    const actor = inside(top.child('a'));
    for (let crashes = 0; crashes < 3; crashes += 1) await orderAndRestart(top, 'a', 'boom');
    dispatch(top.child('a'), 'boom');
    expect(await top.finished).toMatchObject({ how: 'intensity' });
    expect(inside(system)?.children.size).toBe(0);
    expect(actor?.stopped).toBe(true);
  });
});

describe('p09: spawnStateless', () => {
  it('nact: handles one message at a time, and never asks the policy that it is given', async () => {
    const { receive, most, begun } = gated();
    let asked = 0;
    const handle = (wait: Gate | 'now' | 'boom'): unknown => (wait === 'boom' ? crash() : receive(0, wait));
    const actor = spawnStateless(newSystem(), handle, 'actor', {
      onCrash: () => {
        asked += 1;
      },
    });
    const slow = gate();
    for (const message of ['boom', slow, slow]) dispatch(actor, message);
    await until(() => begun() === 1);
    await turns(5);
    slow.open();
    await until(() => begun() === 2);
    expect([most(), asked, mayBeAlive(actor)]).toEqual([1, 0, true]);
  });

  it('here: no fault goes unseen', async () => {
    const exits: unknown[] = [];
    const top = await startSupervisor(newSystem(), 'top', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: scribe([], 'a') }],
      onEvent: (event) => void (event.type === 'exited' && exits.push(event.reason)),
    });
    await orderAndRestart(top, 'a', 'boom');
    await orderAndRestart(top, 'a', 'reject');
    expect(exits).toEqual(['boom', 'reject']);
    await top.shutdown();
  });
});
