import { afterAll, describe, expect, it } from '@jest/globals';
import {
  AskError,
  type AskErrorCode,
  MachineError,
  type Outcome,
  type Reference,
  Rejection,
  startSystem,
  stop,
} from 'parliament';
import { CommandError } from '../src/errors.js';
import { openPool, type Repeating } from '../src/pool.js';

const nowhere = startSystem('nowhere');
afterAll(() => stop(nowhere));

/** A pool of nodes that fail as told, or answer by their address. */
function pool(addresses: readonly string[], failures: Readonly<Record<string, () => Error>>) {
  const asked: string[] = [];
  let address = '';
  const opened = openPool(
    {
      async reach(at) {
        address = at;
        // Nobody looks at the references: the request below knows whom it asks.
        return { name: at, registers: nowhere, control: nowhere };
      },
    },
    addresses,
  );
  async function request(): Promise<string> {
    const at = address;
    asked.push(at);
    const failure = failures[at];
    if (failure !== undefined) throw failure();
    return at;
  }
  return {
    asked,
    run: (timeoutMs: number, repeating: Repeating = 'may-be-repeated') => opened.run(timeoutMs, repeating, request),
  };
}

const failing = (code: AskErrorCode, outcome: Outcome) => () => new AskError(code, outcome, code);

describe('a request that fails at a node', () => {
  it.each([
    'no-space',
    'overloaded',
    'session-expired',
    'noconnection',
    'noproc',
    'exit',
    'excluded',
    'timeout',
  ] as const)('with %s is done by the next', async (code) => {
    const { asked, run } = pool(['a', 'b'], { a: failing(code, 'not-applied') });
    expect(await run(60_000)).toBe('b');
    expect(asked).toEqual(['a', 'b']);
  });

  it('with what is wrong of itself is asked of nobody else', async () => {
    const { asked, run } = pool(['a', 'b'], { a: failing('bad-request', 'not-applied') });
    await expect(run(60_000)).rejects.toMatchObject({ outcome: 'not-applied', message: 'bad-request' });
    expect(asked).toEqual(['a']);
  });

  it('in a way that nobody foresaw may have been applied', async () => {
    const { run } = pool(['a', 'b'], { a: () => new TypeError('odd') });
    await expect(run(60_000)).rejects.toMatchObject({ outcome: 'unknown', message: expect.stringMatching(/odd/) });
  });

  it('everywhere is asked again after pauses that grow, until the deadline', async () => {
    const { asked, run } = pool(['a', 'b'], {
      a: failing('overloaded', 'not-applied'),
      b: failing('no-space', 'not-applied'),
    });
    // What the last one said that was asked: the deadline may come between the two of a round.
    const message = expect.stringMatching(/^(no-space|overloaded)$/);
    await expect(run(1000)).rejects.toMatchObject({ outcome: 'not-applied', message });
    // Rounds begin after 0, 100, 300 and 700 ms, or later.
    expect(asked.length).toBeGreaterThanOrEqual(4);
    // And a last one, for which the deadline leaves no whole pause, and what comes of a clock that runs ahead of its timers.
    expect(asked.length).toBeLessThanOrEqual(12);
    expect(asked.slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('where nobody knows whether it was applied is never told as not applied', async () => {
    let isFirst = true;
    const { run } = pool(['a'], {
      a: () => {
        const error = isFirst ? new AskError('timeout', 'unknown', 'slow') : new CommandError('a: no link');
        isFirst = false;
        return error;
      },
    });
    await expect(run(300)).rejects.toMatchObject({ outcome: 'unknown', message: 'a: no link' });
  });
});

describe('a request that must not be done twice', () => {
  it.each(['noconnection', 'timeout', 'exit', 'session-expired'] as const)(
    'and may have been applied at a node that fails with %s, is asked of nobody else: it is unknown',
    async (code) => {
      const { asked, run } = pool(['a', 'b'], { a: failing(code, 'unknown') });
      await expect(run(60_000, 'once')).rejects.toMatchObject({ outcome: 'unknown', message: code });
      expect(asked).toEqual(['a']);
      // The next one goes to the node that did not fail.
      expect(await run(60_000, 'once')).toBe('b');
    },
  );

  it('is asked of the next where it was certainly not applied', async () => {
    const { asked, run } = pool(['a', 'b'], { a: failing('timeout', 'not-applied') });
    expect(await run(60_000, 'once')).toBe('b');
    expect(asked).toEqual(['a', 'b']);
  });

  it('that fails in a way that nobody foresaw is asked of nobody else', async () => {
    const { asked, run } = pool(['a', 'b'], { a: () => new TypeError('odd') });
    await expect(run(60_000, 'once')).rejects.toMatchObject({ outcome: 'unknown' });
    expect(asked).toEqual(['a']);
  });

  it('is left to the node that has it for all of its time, and not for a share of it', async () => {
    const limits: number[] = [];
    const reached: number[] = [];
    const { run } = openPool(
      {
        async reach(at, timeoutMs) {
          reached.push(timeoutMs);
          return { name: at, registers: nowhere, control: nowhere };
        },
      },
      ['a', 'b', 'c', 'd'],
    );
    const note = async (_: Reference, limitMs: number): Promise<void> => void limits.push(limitMs);
    await run(60_000, 'once', note);
    await run(60_000, 'may-be-repeated', note);
    expect(reached).toEqual([15_000, 15_000]);
    expect(limits[0]).toBeGreaterThan(15_000);
    expect(limits[1]).toBeLessThanOrEqual(15_000);
  });
});

it.each([new Rejection('compacted', 'gone'), new MachineError('malformed', 'odd')])(
  'what a machine refuses is refused at each node: %p is thrown as it is',
  async (error) => {
    const { asked, run } = pool(['a', 'b'], { a: () => error });
    await expect(run(60_000, 'once')).rejects.toBe(error);
    expect(asked).toEqual(['a']);
  },
);
