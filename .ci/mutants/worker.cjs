// A process that runs one file of tests after the other, with one mutant in force or none, as it is told.

const { runCLI } = require('jest');
const { order } = require('./order.cjs');
const { project } = require('./projects.cjs');
const { root } = require('./sources.cjs');

const name = process.env.MUTANTS_OF;
const config = {
  ...project,
  rootDir: root,
  roots: [`${root}/packages/${name}`],
  testEnvironment: `${__dirname}/environment.cjs`,
  transform: { '^.+\\.[cm]?[jt]sx?$': `${__dirname}/transform.cjs` },
  moduleNameMapper: { ...project.moduleNameMapper, '^fast-check$': `${__dirname}/fast-check.cjs` },
  cacheDirectory: `${root}/node_modules/.cache/mutants/jest-${name}`,
  // Of hooks: the main program ends a worker that is silent.
  testTimeout: 600_000,
  reporters: [],
};

// Nobody is left to tell.
process.on('disconnect', () => process.exit());
// What a mutant leaves behind may fail at any time; it must not end the next one's tests.
process.on('unhandledRejection', () => {});
process.on('message', async ({ mutant, file, tests }) => {
  Object.assign(order, { mutant, tests: new Map(tests), notes: undefined, failed: undefined, isEndless: false });
  const { results } = await runCLI(
    {
      $0: '',
      _: [file],
      runTestsByPath: true,
      config: JSON.stringify(config),
      runInBand: true,
      watchman: false,
      silent: true,
    },
    [root],
  );
  const [result] = results.testResults;
  const { notes, isEndless } = order;
  const hasFailed =
    isEndless || result === undefined || result.numFailingTests > 0 || result.testExecError !== undefined;
  process.send({
    failed: hasFailed ? (order.failed ?? (isEndless ? 'an endless loop' : 'the file')) : undefined,
    why: result?.failureMessage?.slice(0, 2000),
    atLoad: notes && [...notes.atLoad],
    tests: notes && [...notes.tests].map(([test, { met, ms }]) => ({ test, met: [...met], ms })),
    memory: process.memoryUsage().rss,
  });
});
