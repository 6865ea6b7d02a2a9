/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** Those whose tests run actors. */
const ACTORS: ReadonlySet<string> = new Set(['otp', 'remote', 'parliament', 'cli', 'bench']);

const project = (
  name: string,
  testMatch = `<rootDir>/packages/${name}/test/**/*.test.ts`,
): NonNullable<Config['projects']>[number] => ({
  displayName: name,
  ...(ACTORS.has(name) ? { setupFiles: ['<rootDir>/.ci/quiet-crashes.ts'] } : {}),
  // A file of tests fails when it leaves a timer, a socket or anything else behind that keeps a process alive.
  testEnvironment: '<rootDir>/.ci/no-handles.cjs',
  testEnvironmentOptions: { customExportConditions: ['@parliament/source', 'node', 'node-addons'] },
  testMatch: [testMatch],
  transform: {
    '^.+\\.[cm]?[jt]sx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // cborg ships ES modules only: jest transforms it like our own sources.
  transformIgnorePatterns: ['/node_modules/(?!cborg/)'],
  moduleNameMapper: {
    '^cborg$': '<rootDir>/node_modules/cborg/cborg.js',
    '^cborg/extended$': '<rootDir>/node_modules/cborg/lib/extended/extended.js',
    '^cborg/length$': '<rootDir>/node_modules/cborg/lib/length.js',
    '^cborg/taglib$': '<rootDir>/node_modules/cborg/lib/taglib.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

const config: Config = {
  maxWorkers: 2,
  // The last resort, for what goes on for ever: on a busy machine everything takes longer.
  testTimeout: 300_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  projects: [
    ...[
      'cbor',
      'synod',
      'machine',
      'machines',
      'otp',
      'storage',
      'remote',
      'parliament',
      'simulator',
      'cli',
      'bench',
    ].map((name) => project(name)),
    project('evidence', '<rootDir>/.ci/**/*.test.cjs'),
    project('examples', '<rootDir>/examples/test/*.test.ts'),
  ],
};

export default config;
