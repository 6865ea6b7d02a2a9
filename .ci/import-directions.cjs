const { readdirSync } = require('node:fs');
const { join } = require('node:path');

// Which package may import which: one way only, as drawn in CONTRIBUTING.md.
const allowed = {
  cbor: [],
  synod: [],
  machine: ['cbor'],
  machines: ['machine'],
  otp: [],
  storage: ['synod'],
  remote: ['cbor', 'otp'],
  parliament: ['synod', 'otp', 'storage', 'remote', 'machine', 'machines'],
  simulator: ['synod', 'storage', 'machine'],
  cli: ['parliament', 'storage', 'machines'],
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
    client: ['.'],
    host: ['.', 'client'],
    registers: ['.', 'client', 'host'],
    pair: ['.', 'client', 'host', 'registers'],
    replica: ['.', 'host', 'registers', 'pair'],
    watch: ['.', 'client', 'host'],
    actors: ['.', 'wire', 'client', 'host', 'replica', 'watch'],
    start: ['.', 'wire', 'client', 'host', 'registers', 'pair', 'actors'],
  },
};

const packages = Object.keys(allowed);

/** The folders that have a file of that kind: an empty one may be left by another branch. */
const foldersWith = (file, ...path) =>
  readdirSync(join(__dirname, '../packages', ...path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => readdirSync(join(__dirname, '../packages', ...path, name)).some((each) => file.test(each)))
    .map(({ name }) => name);

// Of what is not in the lists no rule says anything.
for (const name of foldersWith(/^package\.json$/)) {
  if (!packages.includes(name)) throw new Error(`packages/${name}: say which packages it may import`);
}
for (const [name, own] of Object.entries(rooms)) {
  for (const room of foldersWith(/\.ts$/, name, 'src')) {
    if (!(room in own)) throw new Error(`packages/${name}/src/${room}: say which rooms it may import`);
  }
}

/** What a package rests on, however far down: what its tests may import. */
const reachedBy = (name) => new Set(allowed[name].flatMap((below) => [below, ...reachedBy(below)]));

/** That files of a package import none but itself and those. */
const onlyThose = (name, what, from, those) => ({
  name: `${what}-imports-only-${[...those].join('-') || 'itself'}`,
  severity: 'error',
  from,
  to: {
    path: packages
      .filter((other) => other !== name && ![...those].includes(other))
      .map((other) => `^packages/${other}/`),
  },
});

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

const TESTS = '^packages/[^/]+/test/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-unknown', severity: 'error', from: { path: '^packages/' }, to: { couldNotResolve: true } },
    { name: 'no-cycles', severity: 'error', from: { path: '^packages/' }, to: { circular: true } },
    ...packages.flatMap((name) => [
      onlyThose(name, name, { path: `^packages/${name}/`, pathNot: TESTS }, allowed[name]),
      onlyThose(name, `test-of-${name}`, { path: `^packages/${name}/test/` }, reachedBy(name)),
    ]),
    ...Object.keys(rooms).flatMap(directionsOf),
    {
      name: 'shipped-imports-only-shipped',
      comment: 'What lies beside src (programs that look for faults) is not in the packages that users install.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/(fuzz|programs|test)/' },
    },
    {
      name: 'only-sources',
      comment: 'What was built of a source is imported by what runs it only: bin, and programs that tests start.',
      severity: 'error',
      from: { path: '^packages/', pathNot: [TESTS, '^packages/[^/]+/bin/'] },
      to: { path: '^packages/.*/dist/' },
    },
    {
      name: 'only-own-generated',
      comment: 'What is generated of proto/ is of one package.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/[^/]+/generated/', pathNot: '^packages/$1/' },
    },
    {
      name: 'only-through-the-public-door',
      comment: 'Another package is reached through its index only.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/', pathNot: TESTS },
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
      name: 'pure-machines',
      comment: 'Where the machines of users are applied, members must not differ: no I/O, no clock, no library.',
      severity: 'error',
      from: { path: '^packages/machines?/src/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^packages/(cbor|machine)/',
      },
    },
    {
      name: 'nact-in-one-place',
      comment: 'What is relied on of nact is imported in one module of otp and one of remote; bench measures it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: [TESTS, '^packages/(otp|remote|bench)/src/nact\\.ts$'] },
      to: { path: 'node_modules/nact/' },
    },
  ],
  options: {
    // Without a parser that knows all of TypeScript some imports are not seen: those of `export type … from`.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/', '/generated/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@parliament/source', 'import', 'node', 'default'],
    },
  },
};
