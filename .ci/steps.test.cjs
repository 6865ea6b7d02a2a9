const { spawnSync } = require('node:child_process');
const { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');
const { afterAll, beforeAll, expect, it } = require('@jest/globals');

/** In the place of the programs that the scripts start: it notes how it was called, and fails when its turn has come. */
const STAND_IN = `#!/usr/bin/env bash
call="\${0##*/} $*"
echo "$call" >> "$CALLS"
mapfile -t calls < "$CALLS"
if [ "\${#calls[@]}" -eq "$FAILS_AT" ]; then exit 7; fi
case "$call" in
  'git clone'*) mkdir -p "\${!#}" ;;
  'npm ci') echo "$SAYS" >&2 ;;
  *--outputFile*) printf '{"numPassedTests":2,"numFailedTests":1,"numRuntimeErrorTestSuites":1}' > "\${!#}" ;;
esac
`;

let folder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'steps-'));
  for (const name of ['npm', 'npx', 'git', 'chromium']) {
    writeFileSync(join(folder, name), STAND_IN);
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How a script ends, and the programs that it has started, when one of these fails; 0: none does. */
function outcomeOf(script, failsAt, says = '') {
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const PATH = `${folder}${delimiter}${process.env.PATH}`;
  const { status, stdout } = spawnSync('bash', [join(__dirname, script)], {
    encoding: 'utf8',
    env: { ...process.env, PATH, CALLS: calls, FAILS_AT: String(failsAt), SAYS: says },
  });
  return { status, stdout, calls: readFileSync(calls, 'utf8').trim().split('\n') };
}

it.each([
  ['run', 16],
  ['readme', 6],
])('.ci/%s fails when any of what it starts does', (script, most) => {
  const { status, stdout, calls } = outcomeOf(script, 0);
  expect(status).toBe(0);
  if (script === 'run') expect(stdout).toMatch(/\n2 passed, 2 failed\n$/);
  expect(calls.length).toBeGreaterThanOrEqual(most);
  const unnoticed = calls.filter((_, index) => outcomeOf(script, index + 1).status === 0);
  expect(unnoticed).toEqual([]);
});

it('.ci/run fails when npm ci warns of something', () => {
  const { status, calls } = outcomeOf('run', 0, 'npm warn deprecated');
  expect([status, calls]).toEqual([1, ['npm ci']]);
});

it('.ci/run tries the evidence also when a test has failed', () => {
  const atTests = outcomeOf('run', 0).calls.findIndex((call) => call.startsWith('npm test'));
  expect(outcomeOf('run', atTests + 1).calls).toContain('npm run evidence');
});
