// A process that runs files of tests, with one mutant in force after the other, as it is told.

const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { runCLI } = require('jest');
const { root } = require('./sources.cjs');

const name = process.env.MUTANTS_OF;
const config = {
  rootDir: root,
  roots: [`${root}/packages/${name}`],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@parliament/source', 'node', 'node-addons'] },
  testMatch: [`${root}/packages/${name}/test/**/*.test.ts`],
  transform: { '^.+\\.[cm]?[jt]sx?$': `${__dirname}/transform.cjs` },
  transformIgnorePatterns: ['/node_modules/(?!cborg/)'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: [`${__dirname}/environment.cjs`],
  setupFilesAfterEnv: [`${__dirname}/after.cjs`],
  cacheDirectory: `${root}/node_modules/.cache/mutants/jest-${name}`,
  testTimeout: 15_000,
  reporters: [],
};

// Nobody is left to tell.
process.on('disconnect', () => process.exit());
process.on('message', async ({ mutant, files }) => {
  if (mutant !== undefined) process.env.MUTANT = String(mutant);
  const { results } = await runCLI(
    {
      $0: '',
      _: files ?? allTests(),
      runTestsByPath: true,
      config: JSON.stringify(config),
      runInBand: true,
      watchman: false,
      bail: mutant === undefined ? 0 : 1,
      silent: true,
    },
    [root],
  );
  const failed = results.testResults.filter((each) => each.numFailingTests > 0 || each.testExecError);
  process.send({
    killers: failed.map(({ testFilePath }) => testFilePath),
    times: results.testResults.map(({ testFilePath, perfStats }) => [testFilePath, perfStats.runtime]),
    why: failed[0]?.failureMessage?.slice(0, 2000),
  });
});

function allTests() {
  const folder = join(root, 'packages', name, 'test');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
}
