import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Errand, HunterReport } from '../programs/hunter.js';
import { type Catch, huntAll } from '../programs/hunters.js';
import { BATTERY } from '../programs/source-mutants/battery.js';
import { SOURCE_MUTANTS } from '../programs/source-mutants/index.js';
import { mutated, StaleMutantError } from '../programs/source-mutants/source-mutant.js';

const built = path.join(__dirname, '../../synod/dist');
const program = path.join(__dirname, '../programs/dist/mutants.js');

/** Runs the built program, which loads the built protocol with the fault in it. */
function mutants(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('a mutant of the source', () => {
  const some = { name: 'counts wrongly', rule: 'rule 5', file: 'x', find: 'a > b', put: 'a >= b' };

  it('differs from the source in the one place that it names', () => {
    expect(mutated('if (a > b) return c > d;', some)).toBe('if (a >= b) return c > d;');
  });

  it('is stale when that stands there no longer, or more than once, and says so', () => {
    expect(() => mutated('if (a < b) return;', some)).toThrow(StaleMutantError);
    expect(() => mutated('if (a < b) return;', some)).toThrow(/counts wrongly.*stale.*stands not in x\.js/);
    expect(() => mutated('a > b && a > b', some)).toThrow(/stands 2 times in x\.js/);
    expect(() => mutated('a > b', { ...some, put: 'a > b' })).toThrow(/changes nothing/);
  });

  it('fits the protocol as it is built', () => {
    for (const mutant of SOURCE_MUTANTS) mutated(readFileSync(path.join(built, `${mutant.file}.js`), 'utf8'), mutant);
  });

  it('has a name of its own in its file, and names a stage of the battery that there is', () => {
    const names = SOURCE_MUTANTS.map(({ file, name }) => `${file}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
    const stages = BATTERY.map(({ name }) => name);
    for (const { first } of SOURCE_MUTANTS) if (first !== undefined) expect(stages).toContain(first);
  });

  it('exists for every safety rule, at least seventy in all', () => {
    expect(SOURCE_MUTANTS.length).toBeGreaterThanOrEqual(70);
    for (let rule = 1; rule <= 11; rule++) {
      const about = SOURCE_MUTANTS.filter((mutant) => new RegExp(`rules? (\\d+, )*${rule}(?!\\d)`).test(mutant.rule));
      expect({ rule, isThere: about.length > 0 }).toEqual({ rule, isThere: true });
    }
  });
});

describe('a hunter that is lost', () => {
  const errand = { type: 'step', name: 'any' } as const;
  const lost: Catch = { type: 'lost', how: 'hangs' };
  const survived: Catch = { type: 'verdict', verdict: undefined };

  it('is sent again, and waited for longer: a mutant is killed by what its hunter finds, or by being lost twice', async () => {
    const waited: number[] = [];
    const told: Catch[] = [];
    const catches = [lost, survived, lost, lost];
    await huntAll(
      [errand, errand],
      1,
      (_, found) => told.push(found),
      (_, silenceMs) => {
        waited.push(silenceMs);
        return Promise.resolve(catches[waited.length - 1] ?? survived);
      },
    );
    expect(told).toEqual([survived, lost]);
    expect(waited[1]).toBeGreaterThan(waited[0] ?? 0);
    expect(waited).toHaveLength(4);
  });
});

describe('a hunter', () => {
  it('that puts what is no program any longer hunts for no mutant, and says so', async () => {
    const base = pathToFileURL(`${built}/`).href;
    const mutant = {
      name: 'goes by what was renamed',
      rule: 'rule 4',
      file: 'acceptor',
      find: 'if (!isRepeated && slot > state.decidedUpTo)',
      put: 'if (formerVote === undefined && slot > state.decidedUpTo)',
      first: 'model: one decree, 3 acceptors, 3 ballots',
    };
    const hunter = fork(path.join(__dirname, '../programs/dist/hunter.js'), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const said: unknown[] = [];
    hunter.on('message', (report: HunterReport) => said.push(report.type));
    const errors = hunter.stderr === null ? '' : text(hunter.stderr);
    hunter.send({ type: 'source', hook: { base, mutant }, isFirstOnly: true } satisfies Errand);
    const [status] = await once(hunter, 'exit');
    expect({ status, said }).toEqual({ status: 70, said: ['progress'] });
    expect(await errors).toMatch('it does not fit the source any longer: formerVote is not defined');
  });

  it('that cannot begin kills no mutant', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hunter-'));
    const preload = path.join(folder, 'preload.mjs');
    writeFileSync(preload, "if (process.argv[1]?.endsWith('hunter.js')) throw new Error('there is no room');");
    const args = [program, '--kind', 'source', '--only', 'remembers its first vote in a slot'];
    const env = { ...process.env, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    rmSync(folder, { recursive: true });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/a hunter could not hunt, and ended by status 1: .*there is no room/s);
  });
});

describe('npm run mutants', () => {
  it('kills a mutant of the source by the code that ships, and says who did', () => {
    const { status, stdout } = mutants('--kind', 'source', '--only', 'remembers its first vote in a slot');
    expect(stdout).toMatch(/^killed \| acceptor: remembers its first vote in a slot, not the last \| rule 4 \| /);
    expect(stdout).toMatch(/violation in model: one decree, 3 acceptors, 3 ballots, after [\d,]+ states: /);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/1 of 1 mutants killed/) });
  });

  it('kills a mutant of a step', () => {
    const { status, stdout } = mutants('--kind', 'step', '--only', 'does not write down its votes');
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^killed \| acceptor that/) });
  });

  it('lists what each of them changes', () => {
    const { stdout } = mutants('--list', '--only', 'fixes the mark when it is asked');
    expect(stdout).toMatch(/marks\.js: const slot = markOf\(role, mark\.slot\);\n *=> const slot = mark\.slot;/);
  });

  it('refuses what it does not know', () => {
    expect(mutants('--kind', 'gamma')).toMatchObject({ status: 2, stderr: expect.stringMatching(/step or source/) });
    expect(mutants('--only', 'no such')).toMatchObject({ status: 2, stderr: expect.stringMatching(/no mutant/) });
  });
});
