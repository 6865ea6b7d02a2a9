/** What `runWith` tells whose machine, or whose world, is not right. */

import { describe, expect, it } from '@jest/globals';
import { type RunResult, runWith, type Subject, Violation, type WorldOptions } from '../src/index.js';

type Account = { balance: number };

/** The account of the README; with `restore`, one that comes back wrong from a snapshot. */
function account(restore?: () => Account): Subject<Account, { amount: number }, number | 'refused'> {
  return {
    machine: {
      initial: () => ({ balance: 0 }),
      apply(state, { amount }) {
        if (state.balance + amount < 0) return 'refused';
        state.balance += amount;
        return state.balance;
      },
      snapshot: (state) => [new TextEncoder().encode(JSON.stringify(state))],
      restore: restore ?? ((chunks) => JSON.parse(Buffer.concat([...chunks]).toString())),
    },
    command: (draw) => ({ amount: draw(20) - 8 }),
  };
}

function violationOf(run: () => RunResult): Violation {
  try {
    run();
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
  throw new Error('nothing was violated');
}

const plan = { faultyMs: 2000 };

describe('a violation of runWith', () => {
  it('names its seed, and tells what clients asked and were told', () => {
    const forgetful = account(() => ({ balance: 0 }));
    const violation = violationOf(() => runWith(forgetful, { seed: 1, plan: { faultyMs: 3000 } }));
    expect(violation.seed).toBe(1);
    const [first, second, ...lines] = violation.message.split('\n');
    expect(first).toMatch(/^seed 1: what clients were told is not linearizable: after \{.*\} none of \{.*\} fits$/);
    expect(second).toMatch(
      /^runWith\(subject, \{ seed: 1, … \}\), with the same options, plays it again\. What clients/,
    );
    expect(lines.map((line) => line.trim())).toEqual(violation.story.map((line) => line.trim()));
    for (const line of lines) expect(line).toMatch(/^ +\d+ ms to \d+ ms {2}client \d asked \{.*\}, and was told .+$/);
    expect(lines.length).toBeGreaterThan(1);
    // It is the same each time.
    expect(violationOf(() => runWith(forgetful, { seed: 1, plan: { faultyMs: 3000 } })).message).toBe(
      violation.message,
    );
  });

  it('of a rule is told in the events that it needs', () => {
    const forgetful = account(() => ({ balance: 0 }));
    const violation = violationOf(() => runWith(forgetful, { seed: 85, plan: { faultyMs: 3000 } }));
    const { seed, message, story } = violation;
    expect([seed, message.split('\n')[0]]).toEqual([85, expect.stringMatching(/^seed 85: command 3\/4 gave /)]);
    expect(message).toContain(`The same in ${story.length} events (`);
    expect(message).toContain(`\n  (${story.length - 40} lines before these are in the field story)\n`);
    expect(message.split('\n').slice(3)).toEqual(story.slice(-40).map((line) => `  ${line}`));
    for (const line of story) expect(line).toMatch(/^ *\d+ ms {2}\d/);
    expect(violation.cause).toBeInstanceOf(Violation);
  });

  it('that does not happen again says that something does not follow from the seed', () => {
    let applications = 0;
    const sound = account();
    const moody: typeof sound = {
      ...sound,
      machine: {
        ...sound.machine,
        apply(state, command, at) {
          applications += 1;
          // Once in a life of this process: the members no longer agree.
          return applications === 20 ? 'refused' : sound.machine.apply(state, command, at);
        },
      },
    };
    const violation = violationOf(() => runWith(moody, { seed: 10, plan }));
    expect(violation.message).toMatch(/^seed 10: command .* gave /);
    expect(violation.message).toMatch(/Run once more it went well: something in it does not follow from the seed/);
    expect(violation.story.length).toBeGreaterThan(0);
  });
});

describe('a run in which nothing was checked', () => {
  it('there is none: clients go on until one was answered, however slow the disks', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      for (const faultyMs of [0, 500]) {
        expect(runWith(account(), { seed, plan: { faultyMs } }).checked).toBeGreaterThan(0);
      }
    }
  });

  it.each<[string, Partial<WorldOptions>, RegExp]>([
    ['there are no clients', { plan: { faultyMs: 200, clients: 0 } }, /there are 0 clients, and all wait/],
    ['the log is at its end', { plan: { faultyMs: 200 }, proposer: { lastSlot: 1 } }, /: the log is at its end/],
  ])('is a violation where nothing can be: %s', (_, options, message) => {
    const violation = violationOf(() => runWith(account(), { seed: 1, ...options }));
    expect(violation.message).toMatch(/^seed 1: no client was answered, so that nothing was checked: /);
    expect(violation.message).toMatch(message);
  });
});
