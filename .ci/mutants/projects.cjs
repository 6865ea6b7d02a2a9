// Jest's project of the package whose mutants are tried: its tests run as they always do.

const { register } = require('esbuild-register/dist/node');
const { root } = require('./sources.cjs');

const { unregister } = register();
const { projects } = require('../../jest.config.ts').default;
unregister();
const project = projects.find(({ displayName }) => displayName === process.env.MUTANTS_OF);

module.exports = { project, environment: project.testEnvironment.replace('<rootDir>', root) };
