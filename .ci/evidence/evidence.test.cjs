const { describe, expect, it } = require('@jest/globals');
const { LIST, commandOf, lineOf } = require('./list.cjs');
const { runProcess } = require('./process.cjs');
const { runAll } = require('./schedule.cjs');
const { tableOf } = require('./table.cjs');
const { verdictOf } = require('./verdict.cjs');

const entry = {
  name: 'x',
  script: 'x',
  figures: ({ cuts }) => `${cuts} cuts`,
  idle: ({ cuts }) => (cuts ? [] : ['idle']),
};
const told = { name: 'x', script: 'x', says: /^[1-9]\d* killed$/m };
const broken = {
  ...entry,
  idle: () => {
    throw new TypeError('nothing of it is there');
  },
};
const ended = (more) => ({ status: 0, stdout: '{"cuts":2}\n', stderr: '', stall: undefined, ...more });

describe('a piece of evidence', () => {
  it.each([
    ['passed', '2 cuts', entry, ended({})],
    ['passed', '3 killed', told, ended({ stdout: 'more\n3 killed\nlives: one\n' })],
    ['failed', 'ended with 0, and has not said what it did', told, ended({ stdout: '' })],
    ['failed', 'ended with 0, and has not said what it did', told, ended({ stdout: 'more\n' })],
    ['passed', '2 cuts', { ...entry, status: 1 }, ended({ status: 1 })],
    ['failed', 'ended with 1, and not 0', entry, ended({ status: 1 })],
    ['failed', 'ended with 0, and not 1', { ...entry, status: 1 }, ended({})],
    ['failed', 'ended with SIGSEGV, without a report', entry, ended({ status: 'SIGSEGV', stdout: 'text' })],
    ['failed', 'ended with 0, without a report', entry, ended({ stdout: '' })],
    ['failed', 'ended with 0, without a report', entry, ended({ stdout: 'null' })],
    ['failed', 'ended with 0, without a report', entry, ended({ stdout: '12' })],
    ['failed', 'its report is not as it should be: nothing of it is there', broken, ended({})],
    ['failed', 'idle', entry, ended({ stdout: '{"cuts":0}' })],
    ['failed', 'nothing was heard', entry, ended({ stall: 'nothing was heard' })],
    ['skipped', 'no strace', entry, ended({ status: 3, stdout: '', stderr: 'no strace\n' })],
    ['skipped', 'no root', entry, ended({ stdout: '{"skipped":"no root"}' })],
    ['failed', 'ended with SIGKILL, and not 0', entry, ended({ status: 'SIGKILL', stdout: '{"skipped":"no root"}' })],
  ])('has %s: %s', (verdict, did, of, how) => {
    expect(verdictOf(of, how)).toMatchObject({ verdict, did });
  });

  it('that fails shows what it said last', () => {
    const { why } = verdictOf(entry, ended({ status: 1, stderr: 'VIOLATION: a vote is lost\n' }));
    expect(why.at(-1)).toBe('VIOLATION: a vote is lost');
  });

  it('that fails shows what tells of it, however much was said behind', () => {
    const stdout = [
      'SURVIVED | a rule that nobody keeps',
      ...Array.from({ length: 99 }, (_, index) => `killed ${index}`),
    ];
    const { why } = verdictOf(told, ended({ status: 1, stdout: stdout.join('\n') }));
    expect(why[0]).toBe('SURVIVED | a rule that nobody keeps');
    expect(why).not.toContain('killed 2');
  });

  it.each(LIST.map((each) => [each.name, each]))('%s is a script that there is, as it is typed', (_, each) => {
    expect(commandOf(each).length).toBeGreaterThan(1);
    expect(lineOf(each)).toContain(`npm run ${each.script}`);
  });

  it.each(LIST.map((each) => [each.name, each]))(
    '%s is heard of: it has a report, or a line that it ends with',
    (_, each) => {
      expect((each.figures === undefined) === each.says instanceof RegExp).toBe(true);
      // Of one that says nothing, nothing is known.
      expect(verdictOf(each, ended({ status: each.status ?? 0, stdout: '' }))).toMatchObject({ verdict: 'failed' });
      expect(verdictOf(each, ended({ status: each.status ?? 0, stdout: '{}' }))).toMatchObject({ verdict: 'failed' });
    },
  );
});

describe('a program', () => {
  const settings = { cwd: __dirname, env: process.env, silenceMs: 60_000, onLine: () => {} };
  const run = (code, more) => runProcess([process.execPath, '-e', code], { ...settings, ...more });

  it('is heard until its end', async () => {
    const lines = [];
    const found = await run('console.log(1); console.error("half"); process.exitCode = 4', {
      onLine: (line) => lines.push(line),
    });
    expect(found).toEqual({ status: 4, stdout: '1\n', stderr: 'half\n', stall: undefined });
    expect(lines.sort()).toEqual(['1', 'half']);
  });

  it('that is silent for too long is ended, with all that it has started, and says so', async () => {
    const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`;
    // Its output closes when the last of them is gone.
    const { status, stall } = await run(`${child}; setInterval(() => {}, 1000)`, { silenceMs: 50 });
    expect([status, stall]).toEqual(['SIGTERM', 'nothing was heard of it for 0.05 s']);
  });

  it('that cannot be started has failed', async () => {
    const found = await runProcess(['/nowhere/at/all'], settings);
    expect(verdictOf(entry, found)).toMatchObject({ verdict: 'failed' });
  });
});

it('as many run at a time as there are places for, in their order', async () => {
  const log = [];
  const ends = new Map();
  const all = runAll(
    [{ name: 'a', places: 1 }, { name: 'b' }, { name: 'c', places: 1 }, { name: 'd', places: 1 }],
    2,
    ({ name }) => {
      log.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    },
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  expect(log).toEqual(['a']);
  ends.get('a')();
  await turn();
  expect(log).toEqual(['a', 'b']);
  ends.get('b')();
  await turn();
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  ends.get('d')();
  ends.get('c')();
  expect(await all).toEqual(['a', 'b', 'c', 'd']);
});

it('the table has a row for each, and the counts', () => {
  const rows = [
    { name: 'fuzz', verdict: 'passed', did: '3 frames', seconds: 1.4 },
    { name: 'faults', verdict: 'skipped', did: 'no strace', seconds: 0 },
  ];
  expect(tableOf(rows, 2).split('\n')).toEqual([
    'fuzz   | passed  |     1 s | 3 frames',
    'faults | skipped |     0 s | no strace',
    'evidence: 1 passed, 0 failed, 1 skipped, in 2 s',
  ]);
});
