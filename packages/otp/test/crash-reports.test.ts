import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as Otp from '../src/index.js';
import { until } from './support.js';

/** A copy of the package of which nobody has silenced anything yet, as a new program has it. */
let otp: typeof Otp;
let system: Otp.SystemReference;
let written: string[];

beforeEach(async () => {
  jest.resetModules();
  otp = await import('../src/index.js');
  written = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text: string | Uint8Array, ...more: readonly unknown[]) => {
    written.push(String(text).trimEnd());
    for (const done of more) if (typeof done === 'function') done();
    return true;
  });
  system = otp.startSystem('shop');
});

afterEach(async () => {
  await otp.stopSystem(system);
  jest.restoreAllMocks();
});

const throwing: Otp.Behaviour<number, { readonly type: string }> = {
  init: () => 0,
  receive(state, message) {
    if (message.type === 'boom') throw new Error('out of\norder');
    if (message.type === 'later') return Promise.reject(new Error('too late'));
    return state;
  },
};

describe('a crash of which nobody has asked to hear', () => {
  it('is written to standard error: who, why, the type of its message, where', async () => {
    const actor = await otp.startActor(system, 'till', throwing);
    otp.dispatch(actor, { type: 'boom' });
    await otp.whenDown(actor);
    expect(written).toHaveLength(1);
    const [first, second, third] = (written[0] as string).split('\n');
    expect(first).toMatch(
      /^shop:\/\/till \(incarnation \d+\) crashed: out of\\u000aorder; its message was of type boom; nobody restarts it$/,
    );
    expect(second).toMatch(/^ {4}at .*crash-reports\.test\.ts/);
    expect(third).toBeUndefined();
  });

  it('is written of an asynchronous handler too, and of one that was failed from outside', async () => {
    const actor = await otp.startActor(system, 'till', throwing);
    otp.dispatch(actor, { type: 'later' });
    await otp.whenDown(actor);
    expect(written[0]).toContain('crashed: too late; its message was of type later;');
    let context: Otp.ActorContext | undefined;
    const failing = await otp.startActor(system, 'failing', {
      init(given) {
        context = given;
        return 0;
      },
      receive: (state: number) => state,
    });
    context?.fail('disk gone');
    await otp.whenDown(failing);
    expect(written[1]).toMatch(/crashed: disk gone; nobody restarts it$/);
  });

  it('is written of a supervised child with the state of the restarts, and so is that its supervisor gives up', async () => {
    const supervisor = await otp.startSupervisor(system, 'tills', {
      strategy: 'one_for_one',
      intensity: 1,
      periodMs: 60_000,
      children: [{ id: 'a', start: throwing }],
    });
    const { child } = { child: supervisor.child('a') };
    otp.dispatch(child, { type: 'boom' });
    await otp.whenDown(child);
    while (supervisor.whichChildren()[0]?.state !== 'running') await new Promise((resolve) => setImmediate(resolve));
    otp.dispatch(child, { type: 'boom' });
    await supervisor.finished;
    const lines = written.map((text) => text.split('\n')[0]);
    expect(lines).toEqual([
      expect.stringMatching(/^shop:\/\/tills\/a .* type boom; 0 of 1 restarts within 60000 ms before it$/),
      expect.stringMatching(/^shop:\/\/tills\/a .* type boom; 1 of 1 restarts within 60000 ms before it$/),
      expect.stringMatching(/^shop:\/\/tills \(incarnation \d+\) gave up: a ended once too often \(2 times/),
    ]);
  });

  it('is written when a child does not come up again', async () => {
    let starts = 0;
    const supervisor = await otp.startSupervisor(system, 'tills', {
      strategy: 'one_for_one',
      intensity: 1,
      children: [
        {
          id: 'a',
          start: {
            ...throwing,
            init() {
              starts += 1;
              if (starts > 1) throw new Error('no till');
              return 0;
            },
          },
        },
      ],
    });
    otp.dispatch(supervisor.child('a'), { type: 'boom' });
    await supervisor.finished;
    expect(written.map((text) => text.split(': ')[0]?.replace(/ \(.*\)/, ''))).toEqual([
      'shop://tills/a crashed',
      'shop://tills/a did not come up again',
      'shop://tills gave up',
    ]);
  });

  it('is written when onMessage of a supervisor throws, once, whether it is a child or not', async () => {
    const spec: Otp.SupervisorSpec = {
      strategy: 'one_for_one',
      children: [],
      onMessage() {
        throw new Error('no message for me');
      },
    };
    const top = await otp.startSupervisor(system, 'top', spec);
    otp.dispatch(top.ref, { type: 'hello' });
    await top.finished;
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('onMessage of top failed: no message for me; its message was of type hello');
    const above = await otp.startSupervisor(system, 'above', {
      strategy: 'one_for_one',
      children: [{ id: 'below', restart: 'temporary', supervisor: spec }],
    });
    const below = above.child('below');
    otp.dispatch(below, { type: 'hello' });
    await otp.whenDown(below);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain('shop://above/below (');
  });
});

describe('no report', () => {
  it('is written of an end in order, of a start that its caller hears of, or of one that another has ended', async () => {
    const first = await otp.startActor(system, 'a', throwing);
    const second = await otp.startActor(system, 'b', throwing, { link: first });
    await otp.stopActor(first, 'shutdown');
    await otp.whenDown(second);
    const failing = { ...throwing, init: () => Promise.reject(new Error('not today')) };
    await expect(otp.startActor(system, 'c', failing)).rejects.toThrow('not today');
    const third = await otp.startActor(system, 'd', throwing);
    otp.exit(third, 'kill', third);
    await otp.whenDown(third);
    expect(written).toEqual([]);
    const crashing = await otp.startActor(system, 'e', throwing);
    const linked = await otp.startActor(system, 'f', throwing, { link: crashing });
    otp.dispatch(crashing, { type: 'boom' });
    expect(await otp.whenDown(linked)).toMatchObject({ crash: { message: 'out of\norder' } });
    expect(written).toEqual([expect.stringContaining('shop://e (')]);
  });

  it('is written while a listener has them instead; what that throws harms nobody', async () => {
    const reports: Otp.CrashReport[] = [];
    const stop = otp.onCrash((report) => {
      reports.push(report);
      throw new Error('of the listener');
    });
    const error = new TypeError('odd');
    const odd: Otp.Behaviour<number, unknown> = {
      init: () => 0,
      receive() {
        throw error;
      },
    };
    const actor = await otp.startActor(system, 'a', odd);
    otp.dispatch(actor, new Map());
    await otp.whenDown(actor);
    expect(reports).toEqual([
      expect.objectContaining({ type: 'crashed', actor, reason: 'odd', error, messageType: 'Map' }),
    ]);
    expect(written).toEqual([]);
    stop();
    const next = await otp.startActor(system, 'b', odd);
    otp.dispatch(next, 5);
    await otp.whenDown(next);
    expect(written).toHaveLength(1);
    expect(reports).toHaveLength(1);
  });

  it('fails over a message whose fields throw', async () => {
    const actor = await otp.startActor(system, 'a', {
      init: () => 0,
      receive() {
        throw new Error('boom');
      },
    });
    const hostile = {
      get type(): string {
        throw new Error('no type for you');
      },
    };
    otp.dispatch(actor, hostile);
    await otp.whenDown(actor);
    expect(written[0]).toContain('crashed: boom; its message was of type object;');
  });
});

describe('a report that cannot be written', () => {
  it('keeps no child from its restart', async () => {
    jest.mocked(process.stderr.write).mockImplementation(() => {
      throw new Error('no output here');
    });
    const supervisor = await otp.startSupervisor(system, 'tills', {
      strategy: 'one_for_one',
      children: [{ id: 'a', start: throwing }],
    });
    const child = supervisor.child('a');
    otp.dispatch(child, { type: 'boom' });
    await otp.whenDown(child);
    await until(() => supervisor.status().restarts === 1 && otp.inspect(child)?.alive === true);
  });

  it('does not end the process, when nobody reads standard error any more', async () => {
    const program = spawn(process.execPath, [join(__dirname, 'fixtures/log-gone.mjs')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    program.stderr.destroy();
    let output = '';
    program.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    const [code] = await once(program, 'close');
    expect(output).toBe('20 0\n');
    expect(code).toBe(0);
  });
});

describe('a reason that throws when it is read', () => {
  it('is the fault of the handler that gives it, and keeps no child from its restart', async () => {
    const supervisor = await otp.startSupervisor(system, 'tills', {
      strategy: 'one_for_one',
      children: [
        {
          id: 'a',
          start: {
            init: () => 0,
            receive(state: number, _: unknown, context: Otp.ActorContext) {
              context.exit({
                get crash() {
                  throw new Error('not for you');
                },
              });
              return state;
            },
          },
        },
      ],
    });
    const child = supervisor.child('a');
    otp.dispatch(child, 'go');
    expect(await otp.whenDown(child)).toMatchObject({ crash: { message: 'not for you' } });
    await until(() => supervisor.status().restarts === 1);
    expect(written[0]).toContain('crashed: not for you;');
  });
});

describe('what a supervisor still awaits of onMessage', () => {
  it('is told of once when it fails over and over, and not at all once the supervisor is told to end', async () => {
    const waiting: ((error: Error) => void)[] = [];
    const spec: Otp.SupervisorSpec = {
      strategy: 'one_for_one',
      children: [],
      onMessage: () => new Promise<void>((_, reject) => waiting.push(reject)),
    };
    const start = async (name: string): Promise<Otp.Supervisor> => {
      const supervisor = await otp.startSupervisor(system, name, spec);
      for (let count = 0; count < 3; count += 1) otp.dispatch(supervisor.ref, { type: 'hello' });
      await until(() => waiting.length === 3);
      return supervisor;
    };
    const failing = await start('failing');
    for (const reject of waiting.splice(0)) reject(new Error('late'));
    await failing.finished;
    expect(written).toEqual([expect.stringContaining('onMessage of failing failed: late')]);
    const stopped = await start('stopped');
    await stopped.shutdown();
    for (const reject of waiting.splice(0)) reject(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toHaveLength(1);
  });
});
