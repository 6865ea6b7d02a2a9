const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { expect, it } = require('@jest/globals');
const { default: jestConfig } = require('../jest.config.ts');
const { scripts } = require('../package.json');

/** Each group of scripts: what its headline says of which script, and which scripts follow. */
function groups() {
  const found = [];
  for (const [name, command] of Object.entries(scripts)) {
    if (/^── .* ──$/.test(name)) {
      found.push({ headline: command, names: [] });
    } else found.at(-1)?.names.push(name);
  }
  return found;
}

it('every script is explained in the headline of its group, which `npm run` shows', () => {
  const explained = groups().map(({ headline }) =>
    headline.split('\n').flatMap((line) => {
      // A comment of the shell: whoever runs it runs nothing.
      const [, names] = /^ *# (.+?): ./.exec(line);
      return names.split(', ');
    }),
  );
  expect(explained).toEqual(groups().map(({ names }) => names));
  expect(explained.flat()).toHaveLength(Object.keys(scripts).length - groups().length);
});

/** Below a folder, by paths from the root of the repository. */
function filesIn(folder) {
  return readdirSync(join(__dirname, '..', folder), { withFileTypes: true }).flatMap((entry) => {
    if (/^(node_modules|dist|generated)$/.test(entry.name)) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

it('every file of tests is in a project of jest, and runs', () => {
  // Of the stars of a pattern only these two are used.
  const patterns = jestConfig.projects
    .flatMap(({ testMatch }) => testMatch)
    .map((glob) =>
      glob.replace('<rootDir>/', '').replaceAll('.', '\\.').replaceAll('**/', '(.+/)?').replaceAll('*', '[^/]*'),
    )
    .map((pattern) => new RegExp(`^${pattern}$`));
  const tests = ['packages', 'examples', '.ci', 'proto']
    .flatMap(filesIn)
    .filter((file) => /\.(test|spec)\.[cm]?[jt]sx?$/.test(file));
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((file) => !patterns.some((pattern) => pattern.test(file)))).toEqual([]);
});

it('every part of the repository that has a tsconfig.json is built', () => {
  const parts = filesIn('packages').filter((file) => file.endsWith('/tsconfig.json'));
  const { references } = require('../tsconfig.json');
  expect(references.map(({ path }) => `${path}/tsconfig.json`).sort()).toEqual(parts.sort());
});
