// What is evidence, and not test: long sweeps, floods, kills, crash images, fuzz; here in short forms. Longer ones: CONTRIBUTING.md.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A script that is not here for a reason, such as a tool that is missing, ends so. */
const STATUS_MISSING = 3;

const grouped = (number) => Number(number).toLocaleString('en');
const count = (object) => Object.keys(object).length;
const lacking = (wanted, found) => wanted.filter((name) => !found.includes(name)).map((name) => `there was no ${name}`);
const fewer = (least, found, what) => (found >= least ? [] : [`${grouped(found)} ${what}, and not ${grouped(least)}`]);
const ofStorage = (violations) => `${violations.length} violations`;

/** What a run of the rig of network faults must have come to, or nothing was looked at. */
function idleChaos({ received, lostWithTheirLink, downs, calls }) {
  return [
    ...fewer(1, received, 'messages received'),
    ...fewer(1, lostWithTheirLink, 'messages lost with their link'),
    ...lacking(['noconnection', 'normal', 'shutdown'], Object.keys(downs)),
    ...fewer(1, calls['of an earlier life: noproc'] ?? 0, 'calls of an earlier life'),
  ];
}

const chaosFigures = ({ mode, faults, received, violations }) =>
  `${mode}: ${grouped(Object.values(faults).reduce((sum, each) => sum + each, 0))} faults of ${count(faults)} kinds, ` +
  `${grouped(received)} messages, ${violations} violations`;

const FLOODS = [
  'connections',
  'pings',
  'pings unread',
  'fragments of strangers',
  'fragments',
  'never reading',
  'tiny items',
  'messages of most work',
  'tiny items to an actor',
  'definitions',
];

/**
 * One after the other, as the places are free.
 *
 * - `script`, `args`: a script of package.json, without its build, and what it is given
 * - `env`: what is added to its environment
 * - `places`: so many processor cores it keeps busy; all of them by default
 * - `status`: how it must end; 0 by default
 * - `figures`: what it did, of its report, which is one line of JSON
 * - `idle`: what it should have come by and did not, of the same report: evidence in which nothing happens proves nothing
 * - `says`: of one without a report, the line that tells what it did, which it prints when it has come to its end
 */
const LIST = [
  { name: 'mutants', script: 'mutants', says: /^[1-9]\d* of \d+ mutants killed .*$/m },
  // Every change of a source draws another sample: of ten mutants two may live where nine in ten of all are noticed, more may not. The
  // rate itself is measured with larger samples (CONTRIBUTING.md). By which tests is written down (`--remember`): else those of the package run once before.
  ...[
    ['cbor', '10', '2'],
    ['machine', '10', '3'],
    ['machines', '10', '1'],
    ['otp', '10', '3'],
    ['remote', '5', '5'],
    ['storage', '10', '1'],
    ['parliament', '10', '1'],
  ].map(([name, sample, seed]) => ({
    name: `mutants of ${name}`,
    script: 'mutants:shells',
    args: [name, '--sample', sample, '--seed', seed, '--least', '0.8'],
    places: 1,
    says: new RegExp(`^${name}: of ${sample} mutants.*$`, 'm'),
  })),
  { name: 'simulate', script: 'simulate', args: ['--seeds', '2000'], says: /^2,000 worlds sound: .*$/m },
  { name: 'coverage:protocol', script: 'coverage:protocol', says: /^\d+ branches not taken, .*$/m },
  { name: 'check', script: 'check', places: 1, says: /^[1-9][\d,]* distinct states .*$/m },
  {
    name: 'properties',
    script: 'properties',
    env: { PROPERTIES: 'long' },
    args: ['--json'],
    places: 1,
    figures: ({ numPassedTests, numFailedTests }) => `${numPassedTests} passed, ${numFailedTests} failed`,
    idle: ({ numPassedTests }) => fewer(3, numPassedTests, 'properties'),
  },
  {
    name: 'crash-images',
    script: 'crash-images',
    args: ['--images', '5000', '--json'],
    places: 1,
    figures: ({ images, operations, secondLives, overtakings, violations }) =>
      `${grouped(images)} images of ${grouped(operations)} operations, ${secondLives} second lives, ${overtakings} spares overtaken, ${ofStorage(violations)}`,
    idle: ({ images, secondLives, overtakings }) => [
      ...fewer(5000, images, 'images'),
      ...fewer(50, secondLives, 'second lives'),
      ...fewer(2, overtakings, 'spares overtaken'),
    ],
  },
  {
    name: 'disk-errors',
    script: 'disk-errors',
    args: ['--stride', '3', '--json'],
    places: 1,
    figures: ({ points, calls, violations }) =>
      `${grouped(points)} failures of ${count(calls)} kinds of calls, ${ofStorage(violations)}`,
    idle: ({ points, calls }) => [
      ...fewer(200, points, 'failures'),
      ...lacking(['write', 'sync', 'rename', 'create', 'syncDirectory'], Object.keys(calls)),
    ],
  },
  {
    name: 'bit-rot',
    script: 'bit-rot',
    args: ['--every', '11', '--json'],
    places: 1,
    figures: ({ flips, detected, harmless, violations }) =>
      `${grouped(flips)} flips: ${grouped(detected)} detected, ${grouped(harmless)} harmless, ${ofStorage(violations)}`,
    idle: ({ detected }) => fewer(10_000, detected, 'flips detected'),
  },
  {
    name: 'faults',
    script: 'faults',
    args: ['--stride', '40', '--json'],
    places: 1,
    figures: ({ rows, violations }) =>
      `${grouped(rows.reduce((sum, { points }) => sum + points, 0))} points of system calls, ${ofStorage(violations)}`,
    idle: ({ rows }) =>
      lacking(
        ['fdatasync killed', 'pwrite64 killed', 'rename killed', 'unlink killed', 'fdatasync EIO once'],
        rows.filter(({ points }) => points > 0).map(({ fault }) => fault),
      ),
  },
  {
    name: 'power-cut',
    script: 'power-cut',
    args: ['--cuts', '12', '--json'],
    places: 1,
    figures: ({ cuts, checked, failures }) =>
      `${cuts} cuts, ${grouped(checked)} appends checked, ${grouped(failures)} failures`,
    idle: ({ cuts, checked }) => [...fewer(12, cuts, 'cuts'), ...fewer(1, checked, 'appends checked')],
  },
  {
    name: 'power-cut, blind',
    script: 'power-cut',
    args: ['--cuts', '2', '--without-sync', '--json'],
    places: 1,
    status: 1,
    figures: ({ failures }) => `a ledger without syncs is found out: ${grouped(failures)} times`,
    idle: ({ problems }) => (/was acknowledged/.test(problems.join('\n')) ? [] : ['nothing was missed']),
  },
  {
    name: 'fuzz',
    script: 'fuzz',
    args: ['--runs', '300000', '--json'],
    places: 1,
    figures: ({ runs, targets, finding }) =>
      `${grouped(runs)} frames for ${count(targets)} targets: ${finding === undefined ? 'nothing found' : finding.message}`,
    idle: ({ runs, targets }) => [
      ...fewer(300_000, runs, 'frames'),
      ...fewer(25, count(targets), 'targets'),
      ...Object.entries(targets)
        .filter(([, { refused, accepted }]) => refused === 0 || accepted === 0)
        .map(([name]) => `${name} refused all, or nothing`),
    ],
  },
  {
    name: 'chaos, proxies',
    script: 'chaos:remote',
    args: ['--mode', 'proxy', '--seconds', '15', '--json'],
    places: 1,
    figures: chaosFigures,
    idle: (report) => [...idleChaos(report), ...fewer(7, count(report.faults), 'kinds of faults')],
  },
  {
    name: 'chaos, network',
    script: 'chaos:remote',
    args: ['--seconds', '15', '--json'],
    places: 1,
    figures: chaosFigures,
    idle: (report) => [
      ...idleChaos(report),
      ...fewer(report.mode === 'netns' ? 5 : 7, count(report.faults), 'kinds of faults'),
    ],
  },
  {
    name: 'chaos, reconnects',
    script: 'chaos:remote',
    args: ['--reconnects', '100', '--json'],
    places: 1,
    figures: chaosFigures,
    idle: ({ faults, received }) => [
      ...fewer(100, faults['lost connection'] ?? 0, 'lost connections'),
      ...fewer(1, received, 'messages received'),
    ],
  },
  {
    name: 'flood',
    script: 'flood',
    args: ['--small', '--json'],
    figures: ({ nodes: [{ floods, peakRss, peers }] }) =>
      `${floods.length} floods, at most ${Math.round(peakRss / 2 ** 20)} MiB, ` +
      `${grouped(peers.reduce((sum, { received }) => sum + received, 0))} good messages came back`,
    idle: ({ nodes: [{ floods, peers }] }) => [
      ...lacking(
        FLOODS,
        floods.map(({ flood }) => flood),
      ),
      ...peers.flatMap(({ sent }) => fewer(1000, sent, 'messages of a good peer')),
    ],
  },
  {
    name: 'kill-cycles',
    script: 'kill-cycles',
    args: ['--cycles', '60', '--small', '--json'],
    places: 1,
    figures: ({ cycles, kills, answered, violations }) =>
      `${cycles} cycles, ${kills} kills, ${grouped(answered)} answers kept, ${ofStorage(violations)}`,
    idle: ({ cycles, kills, answered }) => [
      ...fewer(60, cycles, 'cycles'),
      ...fewer(60, kills, 'kills'),
      ...fewer(200, answered, 'answers'),
    ],
  },
  {
    name: 'sync-audit',
    script: 'sync-audit',
    args: ['--seconds', '5', '--json'],
    places: 1,
    figures: ({ accepted, promise, syncs, violations }) =>
      `${grouped(accepted)} votes and ${promise} promises left after ${grouped(syncs)} syncs, ${violations.length} too early`,
    idle: ({ accepted, syncs }) => [...fewer(50, accepted, 'votes'), ...fewer(50, syncs, 'syncs')],
  },
  {
    name: 'sync-audit, blind',
    script: 'sync-audit',
    args: ['--seconds', '2', '--sabotage', '--json'],
    places: 1,
    status: 1,
    figures: ({ violations }) => `a member that is too early is found out: ${grouped(violations.length)} times`,
    idle: ({ violations }) => fewer(1, violations.length, 'that left too early'),
  },
];

/** The command of an entry: that of its script, without the build before it. */
function commandOf({ script, args = [] }) {
  const words = scripts[script].split('&&').at(-1).trim().split(/\s+/);
  return [words[0] === 'node' ? process.execPath : words[0], ...words.slice(1), ...args];
}

/** The same, as it is typed. */
function lineOf({ script, env = {}, args = [] }) {
  const before = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  return `${before.join('')}npm run ${[script, ...(args.length === 0 ? [] : ['--', ...args])].join(' ')}`;
}

module.exports = { LIST, STATUS_MISSING, commandOf, lineOf, root };
