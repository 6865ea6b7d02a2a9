// Which package may import which: one way only, as drawn in CONTRIBUTING.md.
const allowed = {
  synod: [],
  otp: [],
  storage: ['synod'],
  remote: ['otp'],
  parliament: ['synod', 'otp', 'storage', 'remote'],
  simulator: ['synod', 'storage'],
  cli: ['parliament', 'storage'],
  bench: ['otp', 'remote', 'storage'],
};

const packages = Object.keys(allowed);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^packages/[^/]+/src' }, to: { circular: true } },
    ...packages.map((name) => ({
      name: `${name}-imports-only-${allowed[name].join('-') || 'itself'}`,
      severity: 'error',
      from: { path: `^packages/${name}/src` },
      to: {
        path: packages
          .filter((other) => other !== name && !allowed[name].includes(other))
          .map((other) => `^packages/${other}/`),
      },
    })),
    {
      name: 'only-through-the-public-door',
      comment: 'Another package is reached through its index only.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src' },
      to: {
        path: '^packages/([^/]+)/src',
        pathNot: [
          '^packages/$1/',
          '^packages/[^/]+/src/index\\.ts$',
          '^packages/storage/src/(format|tools/index)\\.ts$',
        ],
      },
    },
    {
      name: 'pure-protocol',
      comment: 'The protocol has no I/O, no clock and no libraries; the simulator only its command line.',
      severity: 'error',
      from: { path: '^packages/(synod|simulator)/src', pathNot: '^packages/simulator/programs/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^packages/(synod|storage)/',
      },
    },
    {
      name: 'nact-in-one-place',
      comment: 'What is relied on of nact is imported in one module of otp and one of remote; bench measures it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '^packages/(otp|remote|bench)/src/nact\\.ts$' },
      to: { path: 'node_modules/nact/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    exclude: { path: '/(dist|generated|test)/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@parliament/source', 'import', 'node', 'default'],
    },
  },
};
