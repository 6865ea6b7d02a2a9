import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTotals, missingFrom } from '../programs/batch.js';
import { DISK_FAULTS } from '../src/world/plan.js';

const programs = path.join(__dirname, '../programs/dist');

let folder = '';

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'programs-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Runs a built program; `breaking` puts something else in place of a text of the acceptor. */
function call(program: string, args: readonly string[], breaking?: { readonly find: string; readonly put: string }) {
  const env = { ...process.env };
  if (breaking !== undefined) {
    const base = pathToFileURL(path.join(__dirname, '../../synod/dist/')).href;
    const data = { base, mutant: { name: 'a fault', rule: '', file: 'acceptor', ...breaking } };
    const hook = pathToFileURL(path.join(programs, 'source-hook.js')).href;
    const preload = path.join(folder, 'preload.mjs');
    const register = `register(${JSON.stringify(hook)}, { data: ${JSON.stringify(data)} })`;
    fs.writeFileSync(preload, `import { register } from 'node:module'; ${register};`);
    env.NODE_OPTIONS = `--import ${pathToFileURL(preload).href}`;
  }
  const all = [path.join(programs, program), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

const VOTES = 'if (!isRepeated && slot > state.decidedUpTo)';
const THROWS = { find: VOTES, put: `if (earlier !== undefined) throw new TypeError('twice'); ${VOTES}` };

describe('npm run check', () => {
  const few = ['--only', 'two snapshots of one slot'];

  it('goes on from what it has kept, as long as the code is the same', () => {
    const kept = path.join(folder, 'kept');
    const args = [...few, '--resume', kept];
    expect(call('check.js', args).stdout).toMatch(/1,772 states .* all of it/);
    expect(call('check.js', args).stdout).toMatch(/^0 distinct states/m);
    // As though the code had been another one.
    fs.writeFileSync(path.join(kept, 'two-snapshots-of-one-slot', 'code'), 'another');
    expect(call('check.js', args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching('other code'),
    });
  });

  it('goes on from what it had kept before, when it was stopped while it put something newer there', () => {
    const kept = path.join(folder, 'kept');
    const args = [...few, '--resume', kept];
    call('check.js', args);
    const place = path.join(kept, 'two-snapshots-of-one-slot');
    fs.renameSync(place, `${place}.former`);
    expect(call('check.js', args)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^0 distinct states/m) });
    expect(fs.readdirSync(kept)).toEqual(['two-snapshots-of-one-slot']);
  });

  it('names a model that cannot begin, and goes on with the others', () => {
    const breaking = { find: 'const pages = pagesFrom(state, from, message);', put: 'const pages = [];' };
    const { status, stdout } = call('check.js', ['--only', 'of one'], breaking);
    expect(stdout).toMatch(/^two snapshots of one slot: NOT BEGUN: no promise is on its way from 1 to proposer 1\n/);
    expect(stdout).toMatch(/^0 distinct states/m);
    expect(status).toBe(1);
  });

  it('tells the way to a step that throws', () => {
    const { status, stdout } = call('check.js', ['--only', 'one decree, 3 acceptors, 3 ballots'], THROWS);
    expect(stdout).toMatch(/acceptor \d throws TypeError: twice, at vote .*, in \d+ steps\n {3}1 /);
    expect(status).toBe(1);
  });
});

describe('npm run simulate', () => {
  it('goes on from the worlds that are done, as long as the code is the same', () => {
    const kept = path.join(folder, 'kept');
    const args = ['--seeds', '2', '--resume', kept];
    expect(call('simulate.js', args).stdout).toMatch(/^2 worlds sound/);
    const { next, code } = JSON.parse(fs.readFileSync(kept, 'utf8'));
    expect(next).toBe(3);
    const written = fs.readFileSync(kept, 'utf8').replace(code, 'another');
    fs.writeFileSync(kept, written);
    expect(call('simulate.js', args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching('other code'),
    });
  });

  it('names the seed of a world in which a step throws', () => {
    const { status, stderr } = call('simulate.js', ['--seeds', '20', '--jobs', '1'], THROWS);
    expect(stderr).toMatch(/^seed \d+: a step throws TypeError: twice\n +at vote /m);
    expect(stderr).toMatch(/^replay: npm run simulate -- --seed \d+ --seeds 1$/m);
    expect(status).toBe(1);
  });

  it('says of a world that ends otherwise the next time that it does not follow from its seed', () => {
    const isMain = "process.getBuiltinModule('node:worker_threads').isMainThread";
    const put = `if ((${isMain} ? !isRepeated : earlier === undefined) && slot > state.decidedUpTo)`;
    const { status, stderr } = call('simulate.js', ['--seeds', '20', '--jobs', '1'], { find: VOTES, put });
    expect(stderr).toMatch(/^seed \d+: .* does not tell of its vote/m);
    expect(stderr).toMatch(/^run once more it went well: something in it does not follow from the seed$/m);
    expect(status).toBe(1);
  });

  it('owes no fault that it was asked to leave out, nor one that needs more members', () => {
    const totals = { ...createTotals(), worlds: 500 };
    const all = missingFrom(totals, { members: undefined, isPlain: false });
    expect(all).toEqual(expect.arrayContaining([...DISK_FAULTS, 'failedSyncs', 'old backup', 'loss']));
    const plain = missingFrom(totals, { members: 3, isPlain: true });
    expect(plain).toEqual(all.filter((name) => ![...DISK_FAULTS, 'failedSyncs'].includes(name)));
    expect(missingFrom(totals, { members: 1, isPlain: false })).not.toContain('old backup');
  });
});
