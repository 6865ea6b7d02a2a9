const { expect, it } = require('@jest/globals');
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
