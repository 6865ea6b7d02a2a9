/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/** Packages whose files of tests fail when they leave a timer, a socket or anything else behind that keeps a process alive. */
const LEAVES_NOTHING = ['otp'];

const project = (name: string): NonNullable<Config['projects']>[number] => ({
  displayName: name,
  testEnvironment: LEAVES_NOTHING.includes(name) ? '<rootDir>/.ci/no-handles.cjs' : 'node',
  testEnvironmentOptions: { customExportConditions: ['@parliament/source', 'node', 'node-addons'] },
  testMatch: [`<rootDir>/packages/${name}/test/**/*.test.ts`],
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
    '^cborg/taglib$': '<rootDir>/node_modules/cborg/lib/taglib.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

const config: Config = {
  maxWorkers: 2,
  testTimeout: 30_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  projects: ['synod', 'otp', 'storage', 'remote', 'parliament', 'simulator', 'cli', 'bench'].map(project),
};

export default config;
