// Which package may import which: one way only, as drawn in CONTRIBUTING.md.
const allowed = {
  cbor: [],
  synod: [],
  otp: [],
  storage: ['synod'],
  remote: ['cbor', 'otp'],
  parliament: ['synod', 'otp', 'storage', 'remote'],
  simulator: ['synod', 'storage'],
  cli: ['parliament', 'storage'],
  bench: ['otp', 'remote', 'storage'],
};

// Which room (a folder in src) of a package may import which others of it, from the lowest up; `.` are the files in src itself. A
// room imports only those above it in the list, so there is no circle.
const rooms = {
  otp: {
    platform: [],
    '.': ['platform'],
    process: ['platform', '.'],
    call: ['platform', '.', 'process'],
    actor: ['platform', '.', 'process', 'call'],
    supervisor: ['platform', '.', 'process', 'call', 'actor'],
    tree: ['platform', '.', 'process', 'actor', 'supervisor'],
  },
  remote: {
    '.': [],
    platform: ['.'],
    wire: ['.', 'platform'],
    payload: ['.', 'platform', 'wire'],
    link: ['.', 'platform', 'wire'],
    handshake: ['.', 'platform', 'wire', 'link'],
    references: ['.', 'platform', 'wire'],
    exchange: ['.', 'platform', 'wire', 'payload', 'link', 'references'],
    node: ['.', 'platform', 'wire', 'payload', 'link', 'handshake', 'references', 'exchange'],
  },
  parliament: {
    '.': [],
    wire: ['.'],
    registers: ['.'],
    client: ['.', 'registers'],
    actors: ['.', 'wire', 'registers', 'client'],
    start: ['.', 'wire', 'client', 'actors'],
  },
};

const packages = Object.keys(allowed);

/** The paths of a room. */
const pathsOf = (name, room) => `^packages/${name}/src/${room === '.' ? '[^/]+$' : `${room}/`}`;

/** For each room, that it imports no others than those. */
function directionsOf(name) {
  const all = Object.keys(rooms[name]);
  return Object.entries(rooms[name]).map(([room, below]) => {
    const wrong = below.find((other) => all.indexOf(other) >= all.indexOf(room));
    if (wrong !== undefined) throw new Error(`${name}: ${room} may not import ${wrong}, which comes later`);
    return {
      name: `${name}-${room === '.' ? 'src-itself' : room}-imports-only-${below.join('-').replace('.', 'src') || 'itself'}`,
      severity: 'error',
      from: { path: pathsOf(name, room), pathNot: `^packages/${name}/src/index\\.ts$` },
      to: {
        path: `^packages/${name}/src/`,
        pathNot: [room, ...below].map((each) =>
          each === '.' ? `^packages/${name}/src/(?!index\\.ts$)[^/]+$` : pathsOf(name, each),
        ),
      },
    };
  });
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^packages/' }, to: { circular: true } },
    ...packages.map((name) => ({
      name: `${name}-imports-only-${allowed[name].join('-') || 'itself'}`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: {
        path: packages
          .filter((other) => other !== name && !allowed[name].includes(other))
          .map((other) => `^packages/${other}/`),
      },
    })),
    ...Object.keys(rooms).flatMap(directionsOf),
    {
      name: 'shipped-imports-only-shipped',
      comment: 'What lies beside src (programs that look for faults) is not in the packages that users install.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/(fuzz|programs)/' },
    },
    {
      name: 'only-through-the-public-door',
      comment: 'Another package is reached through its index only.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
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
      from: {
        path: [
          '^packages/(synod|simulator)/src/',
          '^packages/simulator/programs/(checker|coverage|mutants|source-mutants)/',
        ],
      },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^packages/(synod|storage)/',
      },
    },
    {
      name: 'nact-in-one-place',
      comment: 'What is relied on of nact is imported in one module of otp and one of remote; bench measures it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(otp|remote|bench)/src/nact\\.ts$' },
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
